import Application
import Domain
import Foundation
import Gateway

/// Mails as they look, about things that never happened.
struct MailSamples {
    let visit: Visit

    func kind(_ topic: MailTopic) -> MailKind {
        let (words, now) = (visit.words, visit.services.time.now)
        let address = visit.services.configuration.mainURL
        let channel = "Mastodon \(words("mailSample_channel"))"
        func post(_ problems: [String] = [], at time: Timestamp, channel: String? = nil) -> MailKind.Post {
            MailKind.Post(
                time: time, opening: [channel, words("mailSample_post")].compactMap(\.self).joined(separator: ": "),
                address: address.appending(path: "posts").absoluteString, problems: problems)
        }
        let ended = "Mastodon no longer accepts this connection. Connect the account again."
        switch topic {
        case .failures: return .failures(posts: [post([ended], at: now - .minutes(5), channel: channel)], count: 1)
        case .connections:
            let connection = MailKind.Connection(channel: channel, end: nil, ended: ended, posts: [post(at: now + .hours(20))], count: 1)
            return .connections([connection], page: address.appending(path: "channels").absoluteString)
        case .reviews: return .reviews(waiting: [post(at: now + .hours(20))], sentBack: [], approved: [])
        case .weekly:
            let week = MailKind.Week(
                workspace: visit.signedIn.organization.name, published: 7,
                figures: [(.impressions, 1240), (.likes, 86), (.comments, 12), (.shares, 9)], best: post(at: now - .days(2)),
                planned: [post(at: now + .hours(20))], plannedCount: 1)
            return .weekly(weeks: [week])
        }
    }
}

/// The lines that set mail up, from what was typed, else from what is set.
struct MailEnvironment {
    static let fields = ["host", "port", "secure", "user", "from", "name"]
    private static let longest = 255

    /// What the form shows, by its fields.
    let values: [String: String]
    /// Whether somebody has filled in the form, rather than looks at what is set.
    let isTyped: Bool

    init(_ form: FormFields, _ server: SMTPServer?) {
        isTyped = Self.fields.contains { form[$0] != nil }
        var values: [String: String] = [:]
        if let server, !isTyped {
            values = [
                "host": server.host, "port": String(server.port), "secure": String(server.tlsFromStart), "user": server.user ?? "",
                "from": server.fromAddress, "name": server.fromName,
            ]
        }
        for field in Self.fields where isTyped { values[field] = Self.line(form.text(field)) }
        values["secure"] = values["secure"] == "true" ? "true" : "false"
        self.values = values
    }

    /// Nil without a server. A password is typed where it is kept and nowhere else.
    var text: String? {
        guard let host = values["host"]?.unlessEmpty else { return nil }
        let secure = values["secure"] ?? "false"
        let user = values["user"]?.unlessEmpty
        let lines: [(String, String?)] = [
            ("HOST", host), ("PORT", values["port"]?.unlessEmpty ?? (secure == "true" ? "465" : "587")), ("SECURE", secure), ("USER", user),
            ("PASS", user.map { _ in "" }), ("FROM_ADDRESS", values["from"]?.unlessEmpty), ("FROM_NAME", values["name"]?.unlessEmpty),
        ]
        return lines.compactMap { name, value in value.map { "EMAIL_\(name)=\(Self.quoted($0))" } }.joined(separator: "\n")
    }

    /// What files of an environment read as something else stands between quotes.
    private static func quoted(_ value: String) -> String {
        value.contains { "#$\"\\`".contains($0) } ? "'\(value.replacing("'", with: "\\'"))'" : value
    }

    /// Nothing that would begin a line of its own.
    private static func line(_ text: String) -> String {
        let printable = text.unicodeScalars.filter { $0.value >= 32 && !(127...159).contains($0.value) && !(0x2028...0x2029).contains($0.value) }
        return String(String(String.UnicodeScalarView(printable)).trimmingCharacters(in: .whitespaces).prefix(longest))
    }
}
