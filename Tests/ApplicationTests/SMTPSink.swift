import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport

/// A mail server on a free loopback port that keeps what it is given and refuses what it was told to refuse.
final class SMTPSink: Sendable {
    struct Mail: Sendable {
        var sender = ""
        var recipients: [String] = []
        /// Headers and body, with line ends CR LF.
        var document = ""
    }

    private struct State {
        var commands: [String] = []
        var mails: [Mail] = []
        var refusals: [String: String] = [:]
    }

    private let state: NIOLockedValueBox<State>
    let port: Int

    /// Every line that clients sent, mail texts left out.
    var commands: [String] { state.withLockedValue(\.commands) }
    var mails: [Mail] { state.withLockedValue(\.mails) }

    /// Answers `verb` with `answer`, such as `RCPT` with `550 No such user`; nil answers as usual again.
    func refuse(_ verb: String, with answer: String?) { state.withLockedValue { $0.refusals[verb] = answer } }

    static func with(_ body: (SMTPSink) async throws -> Void) async throws {
        let state = NIOLockedValueBox(State())
        try await LoopbackServer.with { pipeline in
            try pipeline.addHandler(Conversation(state))
        } _: { port in
            try await body(SMTPSink(state: state, port: port))
        }
    }

    private init(state: NIOLockedValueBox<State>, port: Int) {
        self.state = state
        self.port = port
    }

    private final class Conversation: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let state: NIOLockedValueBox<State>
        private var received = Data()
        private var mail = Mail()
        private var isInText = false
        private var isSigningIn = false

        init(_ state: NIOLockedValueBox<State>) { self.state = state }

        func channelActive(context: ChannelHandlerContext) { say("220 sink.example.org ready", context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.append(contentsOf: unwrapInboundIn(data).readableBytesView)
            while let end = received.firstRange(of: Data("\r\n".utf8)) {
                let line = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                received = Data(received[end.upperBound...])
                if isInText { readText(line, context) } else { obey(line, context) }
            }
        }

        private func obey(_ line: String, _ context: ChannelHandlerContext) {
            let verb = String(line.prefix { $0 != " " }).uppercased()
            let refusal = state.withLockedValue { state in
                state.commands.append(line)
                return state.refusals[verb]
            }
            if let refusal { return say(refusal, context) }
            defer { isSigningIn = verb == "AUTH" }
            let address = line.firstIndex(of: "<").flatMap { start in line.lastIndex(of: ">").map { String(line[start...$0]) } } ?? ""
            switch verb {
            case "EHLO": say("250-sink.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN", context)
            case "AUTH": say("334 ", context)
            case _ where isSigningIn: say("235 signed in", context)
            case "MAIL":
                mail.sender = address
                say("250 go on", context)
            case "RCPT":
                mail.recipients.append(address)
                say("250 go on", context)
            case "DATA":
                isInText = true
                say("354 end with a dot", context)
            case "QUIT":
                say("221 bye", context)
                context.close(promise: nil)
            default: say("502 unknown", context)
            }
        }

        private func readText(_ line: String, _ context: ChannelHandlerContext) {
            guard line == "." else {
                mail.document += (line.hasPrefix(".") ? String(line.dropFirst()) : line) + "\r\n"
                return
            }
            isInText = false
            let refusal = state.withLockedValue { state in
                if state.refusals["."] == nil { state.mails.append(mail) }
                return state.refusals["."]
            }
            mail = Mail()
            say(refusal ?? "250 taken", context)
        }

        private func say(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
        }
    }
}

/// What a mail program shows of a document.
extension SMTPSink.Mail {
    var headerLines: [String] {
        guard let end = document.range(of: "\r\n\r\n") else { return [] }
        return document[..<end.lowerBound].replacing("\r\n ", with: " ").components(separatedBy: "\r\n")
    }

    /// A header's value with its encoded words read.
    func header(_ name: String) -> String? {
        guard let line = headerLines.first(where: { $0.hasPrefix("\(name): ") }) else { return nil }
        let joined = String(line.dropFirst(name.count + 2)).replacing("?= =?", with: "?==?")
        return joined.replacing(/=\?utf-8\?B\?([^?]*)\?=/) { match in
            String(decoding: Data(base64Encoded: String(match.1)) ?? Data(), as: UTF8.self)
        }
    }

    /// The text as it was written, quoted-printable undone, with line ends LF.
    var text: String {
        guard let end = document.range(of: "\r\n\r\n") else { return "" }
        let lines = document[end.upperBound...].replacing("=\r\n", with: "").replacing("\r\n", with: "\n")
        var bytes: [UInt8] = []
        var rest = Substring(lines).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else { bytes.append(byte); continue }
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
