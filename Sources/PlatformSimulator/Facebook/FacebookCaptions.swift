import Foundation
import NIOCore

extension Facebook {
    /// One language of a film; the name of the file tells which: `anything.en_US.srt`.
    func addCaptions(_ call: Call) async throws -> Reply {
        let id = call.parameter("id")
        guard call.isMultipart else { throw GraphFailure.missing("captions_file").refusal }
        let form = try await UploadForm.read(call, fileField: "captions_file")
        var parameters = GraphParameters(call.query)
        parameters.merge(form.fields)
        return try store.update { state in
            let caller = try authenticate(parameters, call, scope: "pages_manage_posts", state)
            guard let film = state.timeline[id], film.author == caller.page, state.media[id]?.kind == .video else {
                throw GraphFailure.unknown(id).refusal
            }
            guard let locale = form.file?.name?.wholeMatch(of: /.+\.([a-z]{2,3}_[A-Z]{2})\.srt/)?.output.1 else {
                throw GraphFailure(386, "(#386) The caption file's name must be filename.locale.srt", words: "The captions have no known language.")
                    .refusal
            }
            let text = form.file?.part.kept.map { String(buffer: $0) } ?? ""
            guard text.contains(/\d{2}:\d{2}:\d{2},\d{3} --> \d{2}:\d{2}:\d{2},\d{3}/) else {
                throw GraphFailure(385, "(#385) The caption file is not in the SRT format", words: "The captions cannot be read.").refusal
            }
            Captioning.add(text, language: String(locale), to: id, &state)
            return .json(["success": true])
        }
    }
}

/// Captions as the page of an account shows them, and tests read them.
enum Captioning {
    static func add(_ text: String, language: String, to id: String, _ state: inout PlatformState) {
        guard let post = state.timeline[id] else { return }
        var details = post.details.object ?? [:]
        details["captions"] = .object((details["captions"]?.object ?? [:]).merging([language: .string(text)]) { $1 })
        let changed = JSON.object(details)
        state.timeline.change(id) { $0.details = changed }
    }

    static func remark(on details: JSON) -> [String] {
        (details["captions"]?.object?.keys.sorted()).map { ["Captions: " + $0.joined(separator: ", ")] } ?? []
    }
}
