import Domain
import Foundation

/// A mail as it is sent: RFC 5322 headers in ASCII (RFC 2047) and a quoted-printable body (RFC 2045). Whatever the texts hold, no header
/// can be added through them.
struct MailDocument {
    let data: Data

    /// `id` names the mail in the outbox: a mail that is sent twice after a lost connection has the same Message-ID, so that readers see one.
    init(_ message: MailMessage, id: String, from server: SMTPServer, at time: Timestamp) {
        let headers = [
            "Date: \(Self.date(time))",
            "From: \(Self.words(server.fromName)) <\(Self.visible(server.fromAddress))>",
            "To: <\(Self.visible(message.to))>",
            "Subject: \(Self.words(message.subject))",
            "Message-ID: <\(id)@\(Self.visible(server.fromDomain))>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
        ]
        let stopping = message.unsubscribe.map {
            ["List-Unsubscribe: <\(Self.visible($0))>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
        }
        let lines = message.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(Self.quotedPrintable)
        data = Data((headers + (stopping ?? []) + [""] + lines + [""]).joined(separator: "\r\n").utf8)
    }

    /// Letters, digits and blanks stay as they are; anything else becomes encoded words of at most 75 characters, none of which splits a
    /// character.
    static func words(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 == UInt8(ascii: " ") || isAlphanumeric($0) }
        if isPlain, text.utf8.count <= 60 { return text }
        var words = [""]
        for scalar in text.unicodeScalars {
            // With the name of the header the first line stays below 76.
            if words[words.count - 1].utf8.count + scalar.utf8.count > 39 { words.append("") }
            words[words.count - 1].unicodeScalars.append(scalar)
        }
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// One line of text as lines of at most 76 characters.
    static func quotedPrintable(_ line: some StringProtocol) -> String {
        let bytes = Array(line.utf8)
        var (lines, current) = ([String](), "")
        for (index, byte) in bytes.enumerated() {
            let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
            let isLiteral = isBlank ? index < bytes.count - 1 : (33...126).contains(byte) && byte != UInt8(ascii: "=")
            let piece = isLiteral ? String(UnicodeScalar(byte)) : "=" + hexadecimal(byte)
            if current.utf8.count + piece.utf8.count > 75 {
                lines.append(current + "=")
                current = ""
            }
            current += piece
        }
        return (lines + [current]).joined(separator: "\r\n")
    }

    /// RFC 5322 §3.3, in UTC: `Mon, 23 Nov 2026 09:00:00 +0000`.
    static func date(_ time: Timestamp) -> String {
        let wall = WallTime(time, offset: 0)
        let (year, month, day) = wall.date
        let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][wall.weekday - 1]
        let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
        return "\(weekday), \(day < 10 ? "0" : "")\(day) \(name) \(year) \(wall.description.dropFirst(11).prefix(8)) +0000"
    }

    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value > 32 && $0.value != 127 && $0 != "<" && $0 != ">" }))
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: false
        }
    }
}
