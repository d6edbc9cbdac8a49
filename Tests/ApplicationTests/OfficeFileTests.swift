import Domain
import Foundation
import Testing

@testable import Application

@Suite("Documents", .timeLimit(.minutes(10)))
struct OfficeFileTests {
    @Test(
        "Word and PowerPoint are known by what is inside",
        arguments: [
            (["[Content_Types].xml", "word/document.xml"], FileSignature.docx), (["[Content_Types].xml", "ppt/presentation.xml"], .pptx),
        ])
    func openXML(_ names: [String], _ type: FileSignature) async throws {
        try await Library.with { library in
            let file = SampleFile.zip(names)
            let view = try await library.upload(file, name: "text.bin")
            #expect((view.kind, view.mimeType) == (.document, type.rawValue))
            #expect(try await library.stored(view.id) == file)
        }
    }

    @Test("So are the older ones", arguments: [("WordDocument", FileSignature.doc), ("PowerPoint Document", .ppt)])
    func compound(_ stream: String, _ type: FileSignature) async throws {
        try await Library.with { library in
            #expect(try await library.upload(SampleFile.compoundFile(["Root Entry", stream])).mimeType == type.rawValue)
        }
    }

    @Test("Other archives, tables of numbers and what has macros are refused")
    func others() async throws {
        let files = [
            SampleFile.zip(["photos/a.jpg"]), SampleFile.zip(["[Content_Types].xml", "xl/workbook.xml"]),
            SampleFile.zip(["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]), SampleFile.zip([]),
            SampleFile.compoundFile(["Root Entry", "Workbook"]), SampleFile.compoundFile(["Root Entry", "WordDocument", "VBA"]),
        ]
        try await Library.with { library in
            for file in files {
                let problem = await #expect(throws: ProblemReport.self) { try await library.upload(file) }
                #expect(problem?.code == .unsupportedMedia)
            }
            #expect(try library.files.isEmpty)
        }
    }

    @Test(
        "Cut off, they end in an answer",
        arguments: [
            SampleFile.zip(["[Content_Types].xml", "word/document.xml"]), SampleFile.compoundFile(["Root Entry", "WordDocument"]),
        ])
    func cutOff(_ file: Data) async throws {
        try await Library.with { library in
            for length in stride(from: 1, to: file.count, by: 61) {
                do {
                    try await library.upload(file.prefix(length), chunk: 1_000)
                } catch let problem as ProblemReport {
                    #expect(problem.code == .unsupportedMedia)
                }
            }
        }
    }

    @Test("The pages of a PDF are counted", .enabled(if: MediaInspectionTests.has("pdfinfo")))
    func pages() async throws {
        let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"
        let objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>", page, page]
        let body = objects.enumerated().map { "\($0 + 1) 0 obj\n\($1)\nendobj\n" }.joined()
        let file = Data("%PDF-1.4\n\(body)trailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n".utf8)
        try await Library.with(tools: MediaTools(timeLimit: .minutes(3))) { library in
            let view = try await library.upload(file)
            let media = try #require(try await library.media.items([view.id], of: library.workspace.organization)[view.id])
            #expect(media.facts.pages == 2)
        }
    }
}

extension SampleFile {
    /// An archive of empty files.
    static func zip(_ names: [String]) -> Data {
        var (files, directory) = (Data(), Data())
        for name in names {
            let (offset, text) = (files.count, Data(name.utf8))
            let common = Data([10, 0, 0, 0, 0, 0, 0, 0, 0, 0]) + Data(count: 12) + little16(text.count) + little16(0)
            files += Data([0x50, 0x4B, 3, 4]) + common + text
            directory += Data([0x50, 0x4B, 1, 2, 10, 0]) + common + Data(count: 10) + little32(offset) + text
        }
        // An archive that is not empty begins with a file; this one begins like one in any case.
        if names.isEmpty { files = Data([0x50, 0x4B, 3, 4]) + Data(count: 26) }
        return files + directory + Data([0x50, 0x4B, 5, 6, 0, 0, 0, 0]) + little16(names.count) + little16(names.count)
            + little32(directory.count) + little32(files.count) + little16(0)
    }

    /// A compound file of one sector of names, its allocation table in the first sector, its directory in the second.
    static func compoundFile(_ names: [String]) -> Data {
        var header = Data([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) + Data(count: 16)
        header += little16(0x3E) + little16(3) + little16(0xFFFE) + little16(9) + little16(6) + Data(count: 10) + little32(1) + little32(1)
        header += Data(count: 512 - 8 - 68) + Data()
        header.replaceSubrange(76..<80, with: little32(0))
        header = header.prefix(512) + Data(count: max(0, 512 - header.count))
        let table = little32(0xFFFF_FFFD) + little32(0xFFFF_FFFE) + Data(repeating: 0xFF, count: 504)
        var directory = Data()
        for name in names {
            let units = name.utf16.reduce(into: Data()) { $0 += little16(Int($1)) } + Data(count: 2)
            directory += units + Data(count: 64 - units.count) + little16(units.count) + Data([2, 1]) + Data(count: 60)
        }
        return header + table + directory + Data(count: 512 - directory.count)
    }
}
