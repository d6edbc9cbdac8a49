import Domain

/// Which model is asked where the operator has named none. What was found counts for an hour.
actor ModelDirectory {
    private static let life = Duration.hours(1)
    /// Parts of the names of models that do something else than write.
    private static let others = [
        "embed", "bge", "minilm", "rerank", "whisper", "tts", "audio", "realtime", "transcribe", "image", "dall-e", "diffusion", "moderation",
        "guard", "search", "research", "davinci", "babbage", "sora", "codex", "turbo-instruct",
    ]

    private let time: any TimeSource
    private var found: (name: String, at: Timestamp)?

    init(time: any TimeSource) { self.time = time }

    var known: String? { found.flatMap { $0.at + Self.life > time.now ? $0.name : nil } }

    func note(_ name: String) { found = (name, time.now) }

    /// Of an answer to `GET /models`: of those that write, a small one (`mini` is a word of its name) before others, then the newest, then the first
    /// that the server names. Nil when none is left.
    static func choice(in answer: JSONValue) -> String? {
        let models = (answer["data"]?.array ?? []).compactMap { model in
            model["id"]?.string.map { (name: $0, created: model["created"]?.int ?? 0) }
        }
        let writing = models.filter { model in
            let name = model.name.lowercased()
            return !name.isEmpty && name.utf8.count <= 200 && !others.contains { name.contains($0) }
        }
        let small = writing.filter { $0.name.lowercased().split { !$0.isLetter && !$0.isNumber }.contains("mini") }
        let offered = small.isEmpty ? writing : small
        guard let newest = offered.map(\.created).max() else { return nil }
        return offered.first { $0.created == newest }?.name
    }
}
