import Domain

/// Several messages in one array (2025-03-26).
struct Batch: Sendable {
    let handshake: Handshake
    let questions: Questions

    /// The answers in one array, in the order of the requests; nil when nothing wants one. `receive` takes what is no request.
    func answer(
        _ messages: [Result<Message, Message.Malformed>], in conversation: any Conversation, receive: @Sendable (Message) async -> Void
    ) async -> String? {
        var answers: [String] = []
        for message in messages {
            switch message {
            case .failure(let malformed): answers.append(malformed.text)
            case .success(.request(let request)): if let text = await answer(request, in: conversation) { answers.append(text) }
            case .success(let other): await receive(other)
            }
        }
        return answers.isEmpty ? nil : "[" + answers.joined(separator: ",") + "]"
    }

    private func answer(_ request: Message.Request, in conversation: any Conversation) async -> String? {
        guard request.method != "initialize" else {
            return Message.text(RPCError(.invalidRequest, "initialize travels alone."), to: request.id)
        }
        return await handshake.answer(request, in: conversation, HandshakeChannel(request, in: conversation.session, questions, speak: nil))
            .text(to: request)
    }
}
