import Domain
import Foundation
import Persistence
import Platforms

/// Reads the documents in which clients describe themselves, at the addresses that are their names (OAuth Client ID Metadata Document).
struct ClientDocuments: Sendable {
    private static let largest = 64 * 1024
    private static let patience = Duration.seconds(5)
    /// How long a document is good whose server does not say.
    private static let usualLife = Duration.hours(1)
    private static let longestLife = Duration.days(1)

    let guarded: GuardedHTTP

    private struct Document: Decodable {
        let id: String
        let name: String
        let redirectURIs: [String]
        let authenticationMethod: String?
        let secret: String?

        enum CodingKeys: String, CodingKey {
            case id = "client_id"
            case name = "client_name"
            case redirectURIs = "redirect_uris"
            case authenticationMethod = "token_endpoint_auth_method"
            case secret = "client_secret"
        }
    }

    /// Whether `id` can be the address of a document: with a path, and without fragment, user name or dot segments.
    static func mayName(_ id: String) -> Bool {
        guard id.utf8.count <= 1000, let url = URLComponents(string: id), ["https", "http"].contains(url.scheme), url.host?.isEmpty == false,
            url.user == nil, url.password == nil, url.fragment == nil, url.path.count > 1
        else { return false }
        return !url.path.split(separator: "/").contains { $0 == "." || $0 == ".." }
    }

    /// Throws `BAD_REQUEST` or `ADDRESS_REFUSED`, in words for the person who is to decide.
    func client(_ id: String, at now: Timestamp) async throws -> OAuthClient {
        let (body, life) = try await fetch(id)
        let document: Document
        do {
            document = try JSON.decode(from: String(decoding: body, as: UTF8.self))
        } catch is DecodingError {
            throw Self.unusable("it lacks client_id, client_name or redirect_uris")
        }
        guard document.id == id else { throw Self.unusable("its client_id is not its own address") }
        guard document.secret == nil, !(document.authenticationMethod ?? "none").hasPrefix("client_secret") else {
            throw Self.unusable("it names a secret, which a public document cannot keep")
        }
        guard let name = Authorization.displayName(document.name) else { throw Self.unusable("its client_name is empty") }
        do {
            let redirects = try Authorization.redirects(document.redirectURIs)
            return OAuthClient(id: id, name: name, redirectURIs: redirects.map(\.text), createdAt: now, freshUntil: now + life)
        } catch {
            throw Self.unusable("its redirect_uris are not acceptable")
        }
    }

    private func fetch(_ url: String) async throws -> (Data, life: Duration) {
        do {
            // Redirects are not followed: the document must lie where its name says.
            return try await guarded.download(url, redirects: 0, within: Self.patience) { answer in
                guard answer.status == 200 else { throw Self.unusable("its server answered with status \(answer.status)") }
                var body = Data()
                for try await piece in answer.body {
                    body.append(contentsOf: piece.readableBytesView)
                    guard body.count <= Self.largest else { throw Self.unusable("it is longer than \(Self.largest / 1024) KB") }
                }
                return (body, Self.life(answer.headers["cache-control"]))
            }
        } catch let failure as TransportFailure {
            throw Self.unusable("it could not be read: \(failure.reason)")
        }
    }

    /// As `Cache-Control` says, within bounds (RFC 9111 §5.2.2).
    static func life(_ header: String?) -> Duration {
        let directives = (header ?? "").lowercased().split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if directives.contains(where: { $0 == "no-store" || $0.hasPrefix("no-cache") }) { return .zero }
        guard let age = directives.lazy.compactMap({ $0.hasPrefix("max-age=") ? Int64($0.dropFirst(8)) : nil }).first else { return usualLife }
        return min(.seconds(max(0, min(age, 1_000_000))), longestLife)
    }

    private static func unusable(_ reason: String) -> ProblemReport {
        ProblemReport(.badRequest, "The program that sent you here describes itself in a document that cannot be used: \(reason).")
    }
}
