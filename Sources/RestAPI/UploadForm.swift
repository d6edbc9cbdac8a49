import Application
import Domain
import Gateway
import Hummingbird
import NIOCore

/// A form with one file: its part is called `file`, or carries a file name. `altText` may stand before or behind it (RFC 7578 gives the order
/// of parts no meaning).
struct UploadForm {
    private let reader: MultipartReader<RequestBody>
    private var altText: String?

    init(_ reader: MultipartReader<RequestBody>) { self.reader = reader }

    /// Reads the form while it arrives. Throws what `MediaLibrary.upload` does, and `VALIDATION_FAILED` for a form without a file, with two, or
    /// with a field that means nothing here; nothing is kept then.
    func upload(to media: MediaLibrary, as caller: Caller) async throws -> MediaView {
        var form = self
        guard let file = try await form.nextFile() else {
            throw ProblemReport.invalid("file", "The form has no file. Send it in a part called \"file\".")
        }
        return try await media.upload(
            name: file.fileName ?? "", altText: form.altText, expectedBytes: nil, body: PartBody(reader), as: caller
        ) {
            guard try await form.nextFile() == nil else {
                throw ProblemReport.invalid("file", "The form has more than one file. Send each in a request of its own.")
            }
            return form.altText
        }
    }

    /// Reads fields up to the next file.
    private mutating func nextFile() async throws -> MultipartPart? {
        while let part = try await reader.nextPart() {
            switch part.name {
            case _ where part.fileName != nil: return part
            case "file": return part
            case "altText":
                guard altText == nil else { throw ProblemReport.invalid("altText", "The form has \"altText\" twice. Send it once.") }
                altText = try await reader.text()
            case "_charset_": continue  // RFC 7578 §4.6. Texts are read as UTF-8.
            default:
                let name = String(part.name.prefix(60))
                throw ProblemReport.invalid(
                    name, "The form has a part \"\(name)\" that means nothing here. Send \"file\", and \"altText\" if you like.")
            }
        }
        return nil
    }
}
