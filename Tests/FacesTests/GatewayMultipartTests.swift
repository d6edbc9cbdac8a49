import Domain
import NIOCore
import Testing

@testable import Gateway

@Suite("Multipart bodies")
struct GatewayMultipartTests {
    /// Looks like a delimiter in several places, and is not.
    static let picture = Array("\r\n--almost\r\n-\r\n--boundar\r\n--\0\u{FF}\r\n".utf8)

    static let body: [UInt8] =
        Array("a preamble\r\n--boundary \r\nContent-Disposition: form-data; name=\"altText\"\r\n\r\nA cat\r\n".utf8)
        + Array("--boundary\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".png\"\r\nContent-Type: image/png\r\n\r\n".utf8)
        + picture + Array("\r\n--boundary\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--boundary--\r\nan epilogue".utf8)

    private func reader(_ bytes: [UInt8], chunk: Int) -> MultipartReader<AsyncStream<ByteBuffer>> {
        let stream = AsyncStream<ByteBuffer> { continuation in
            for start in stride(from: 0, to: bytes.count, by: chunk) {
                continuation.yield(ByteBuffer(bytes: bytes[start..<min(start + chunk, bytes.count)]))
            }
            continuation.finish()
        }
        return MultipartReader(stream, boundary: "boundary")
    }

    @Test("are read the same whatever the chunks", arguments: 1...64)
    func everyChunkSize(chunk: Int) async throws {
        let reader = reader(Self.body, chunk: chunk)
        #expect(try await reader.nextPart() == MultipartPart(name: "altText", fileName: nil, contentType: nil))
        #expect(try await reader.text() == "A cat")
        #expect(try await reader.nextPart() == MultipartPart(name: "file", fileName: "a \"b\".png", contentType: "image/png"))
        var file: [UInt8] = []
        for try await piece in PartBody(reader) { file += Array(piece.readableBytesView) }
        #expect(file == Self.picture)
        #expect(try await reader.nextPart()?.name == "empty")
        #expect(try await reader.text() == "")
        #expect(try await reader.nextPart() == nil)
    }

    @Test("a part that nobody reads is skipped", arguments: [1, 7, 64])
    func skipping(chunk: Int) async throws {
        let reader = reader(Self.body, chunk: chunk)
        var names: [String] = []
        while let part = try await reader.nextPart() { names.append(part.name) }
        #expect(names == ["altText", "file", "empty"])
    }

    @Test("one that breaks off is an incomplete upload, wherever it breaks", arguments: Array(stride(from: 0, to: body.count - 15, by: 11)))
    func truncated(length: Int) async throws {
        let reader = reader(Array(Self.body.prefix(length)), chunk: 16)
        let error = await #expect(throws: ProblemReport.self) { while try await reader.nextPart() != nil {} }
        #expect(error?.code == .uploadIncomplete)
    }

    @Test(
        "a file name in the form of RFC 8187 counts, alone and before the plain one; one that is malformed does not",
        arguments: [
            ("filename*=UTF-8''caf%C3%A9%20menu.png", "café menu.png"), ("filename=\"menu.png\"; filename*=utf-8'en'caf%c3%a9.png", "café.png"),
            ("filename*=ISO-8859-1''caf%E9.png", "café.png"), ("filename=\"menu.png\"; filename*=UTF-8''%E9.png", "menu.png"),
            ("filename=\"menu.png\"; filename*=UTF-8''100%.png", "menu.png"), ("filename*=koi8-r''%C1.png; filename=a.png", "a.png"),
            ("filename*=UTF-8''it's.png", "it's.png"),
        ])
    func extendedNames(parameters: String, name: String) {
        let part = MultipartPart(head: "Content-Disposition: form-data; name=\"file\"; \(parameters)")
        #expect(part.name == "file")
        #expect(part.fileName == name)
    }

    @Test("heads and fields without end are refused")
    func limits() async throws {
        let head = Array("--boundary\r\nX: ".utf8) + Array(repeating: 120, count: MultipartParser.largestHead + 100)
        await #expect(throws: ProblemReport.self) { try await reader(head, chunk: 4096).nextPart() }
        let field = Array("--boundary\r\nContent-Disposition: form-data; name=a\r\n\r\n".utf8) + Array(repeating: 120, count: 70_000)
        let long = reader(field, chunk: 4096)
        #expect(try await long.nextPart()?.name == "a")
        let error = await #expect(throws: ProblemReport.self) { try await long.text() }
        #expect(error?.code == .tooLarge)
    }
}
