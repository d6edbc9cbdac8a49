import Domain

extension SecretBox {
    /// `value` as text for a cookie or an address, which this installation alone can read and nobody can change. Whoever has it can show it again.
    func text(sealing value: some Encodable, context: String) throws -> String {
        Base64URL.text(try seal(try JSON.data(value), context: context))
    }

    /// What `text` holds. Nil for what is none of ours, or was sealed for something else or with a key that is gone: all of them begin anew.
    func value<Value: Decodable>(sealedIn text: String?, context: String) -> Value? {
        guard let text, text.utf8.count <= 4096, let sealed = Base64URL.data(text), let plain = try? open(sealed, context: context) else {
            return nil
        }
        return try? JSON.decode(from: plain)
    }
}
