import CCurl
import Foundation
import NIOPosix

/// Why a mail was not taken.
struct MailFailure: Error, Equatable {
    /// What happened and what helps, in words that the catalogue knows.
    let advice: String
    /// What the server said last, such as `550 5.1.1 No such user here`; empty where it said nothing.
    var answer = ""
    /// Whether trying again is of no use.
    let isFinal: Bool
    /// For the log: where, and in the words of whoever noticed it.
    let reason: String

    /// For people.
    var told: String { answer.isEmpty ? advice : "\(advice) The server said: \(answer)" }
}

extension SMTPServer {
    /// libcurl blocks, so it has threads of its own. They live as long as the process.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()

    /// Returns what the server said when it has taken the mail. Throws `MailFailure`.
    @discardableResult
    func send(_ document: MailDocument, to recipient: String) async throws -> String {
        try await Self.threads.runIfActive { try SMTPConversation(document.data).hold(with: self, to: recipient) }
    }
}

/// One mail on its way to the server. libcurl calls back into it, on the thread that runs `hold`.
private final class SMTPConversation {
    private var unsent: Data.SubSequence
    /// What the server said last, such as `550 5.1.1 No such user here`.
    private var answer = ""

    init(_ document: Data) { unsent = document[...] }

    func hold(with server: SMTPServer, to recipient: String) throws -> String {
        guard let handle = curl_easy_init() else {
            throw MailFailure(advice: "This server cannot send mail: libcurl cannot be used.", isFinal: false, reason: "no handle")
        }
        defer { curl_easy_cleanup(handle) }
        let recipients = curl_slist_append(nil, "<\(recipient)>")
        defer { curl_slist_free_all(recipients) }
        try check(postiz_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients), server)
        try describe(server, to: handle)
        try takePart(in: handle, server)
        try check(withExtendedLifetime(self) { curl_easy_perform(handle) }, server)
        return answer
    }

    private func describe(_ server: SMTPServer, to handle: UnsafeMutableRawPointer) throws {
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        var texts: [(CURLoption, String)] = [
            // The path is the name given in EHLO.
            (CURLOPT_URL, "\(server.tlsFromStart ? "smtps" : "smtp")://\(host):\(server.port)/\(server.fromDomain)"),
            (CURLOPT_MAIL_FROM, "<\(server.fromAddress)>"),
            // A proxy for web traffic is no way to a mail server.
            (CURLOPT_PROXY, ""),
        ]
        if let file = server.authoritiesFile { texts.append((CURLOPT_CAINFO, file)) }
        if let user = server.user { texts += [(CURLOPT_USERNAME, user), (CURLOPT_PASSWORD, server.password ?? "")] }
        for (option, text) in texts { try check(postiz_curl_set_string(handle, option, text), server) }

        let encryption = server.tlsFromStart || server.demandsEncryption ? CURLUSESSL_ALL : CURLUSESSL_TRY
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_USE_SSL, Int(encryption.rawValue)), (CURLOPT_UPLOAD, 1), (CURLOPT_NOSIGNAL, 1), (CURLOPT_CONNECTTIMEOUT, 15),
            (CURLOPT_TIMEOUT, 60),
        ]
        for (option, number) in numbers { try check(postiz_curl_set_long(handle, option, number), server) }
    }

    private func takePart(in handle: UnsafeMutableRawPointer, _ server: SMTPServer) throws {
        let me = Unmanaged.passUnretained(self).toOpaque()
        try check(postiz_curl_set_pointer(handle, CURLOPT_READDATA, me), server)
        try check(postiz_curl_set_pointer(handle, CURLOPT_HEADERDATA, me), server)
        let give: postiz_curl_read = { buffer, size, count, me in
            guard let buffer, let me else { return 0 }
            return Unmanaged<SMTPConversation>.fromOpaque(me).takeUnretainedValue().give(UnsafeMutableRawPointer(buffer), size * count)
        }
        let hear: postiz_curl_read = { buffer, size, count, me in
            guard let buffer, let me else { return 0 }
            let line = UnsafeRawBufferPointer(start: buffer, count: size * count)
            Unmanaged<SMTPConversation>.fromOpaque(me).takeUnretainedValue().hear(line)
            return line.count
        }
        try check(postiz_curl_set_read(handle, give), server)
        try check(postiz_curl_set_header(handle, hear), server)
    }

    private func give(_ buffer: UnsafeMutableRawPointer, _ room: Int) -> Int {
        let piece = unsent.prefix(room)
        UnsafeMutableRawBufferPointer(start: buffer, count: room).copyBytes(from: piece)
        unsent = unsent.dropFirst(piece.count)
        return piece.count
    }

    private func hear(_ line: UnsafeRawBufferPointer) {
        let text = String(decoding: line.prefix(500), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        // 221 is its farewell, which libcurl asks for after a refusal as well.
        if !text.hasPrefix("221") { answer = text }
    }

    private func check(_ code: CURLcode, _ server: SMTPServer) throws {
        guard code != CURLE_OK else { return }
        // What it said before something else went wrong, such as `220 Ready`, explains nothing.
        let refusal = answer.hasPrefix("4") || answer.hasPrefix("5") ? answer : ""
        let reason = "\(server.host):\(server.port): \(String(cString: curl_easy_strerror(code)))"
        // 55x: the server will never take this mail. Other refusals, such as a wrong password, can be mended by the operator.
        throw MailFailure(
            advice: SMTPAdvice.words(code, answer: refusal), answer: refusal, isFinal: answer.hasPrefix("55"),
            reason: [reason, answer].filter { !$0.isEmpty }.joined(separator: "; the server said: "))
    }
}
