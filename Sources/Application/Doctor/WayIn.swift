import Domain
import Foundation
import Platforms

/// How a request arrives: what `GET /api/health/request` tells its sender.
public struct RequestSeen: Codable, Sendable, Equatable {
    /// Host and port.
    public let host: String
    /// `http` or `https`.
    public let scheme: String
    /// The address that it came from.
    public let address: String
    public let version: String

    public init(host: String, scheme: String, address: String, version: String) {
        (self.host, self.scheme, self.address, self.version) = (host, scheme, address, version)
    }
}

/// The way that people and platforms come in, tried by ourselves: through `MAIN_URL` and whatever stands before it.
extension NetworkExaminations {
    func wayIn() async -> [Diagnosis] { await HTTPTransport.briefly(patience) { await wayIn(through: $0.platform) } }

    /// Of one look, with whatever answers.
    var patience: TransportSettings {
        TransportSettings(userAgent: "Postiz/\(version)", connectTimeout: .seconds(3), readTimeout: .seconds(5), deadline: .seconds(10))
    }

    private func wayIn(through http: any HTTPSender) async -> [Diagnosis] {
        let main = configuration.mainURL
        let answer: HTTPAnswer
        do {
            answer = try await http.send(HTTPCall("GET", main.absoluteString + "/api/health/request"))
        } catch {
            // On this machine alone, the look at the port has said it.
            guard main.mayBePublic else { return [] }
            let reason = (error as? TransportFailure)?.reason ?? "\(error)"
            return [
                Diagnosis(
                    "way in", .warning, "\(main.absoluteString) cannot be opened from this machine: \(reason).",
                    advice: """
                        Open it from another network: some routers do not let a machine reach itself by its public address. If it does not open there \
                        either, look at DNS, the firewall and the proxy.
                        """)
            ]
        }
        guard answer.status == 200, let seen = try? JSON.decode(RequestSeen.self, from: answer.body) else {
            return [
                Diagnosis(
                    "way in", .warning, "\(main.absoluteString) does not lead to this server: it answers \(answer.status).",
                    advice: "Set MAIN_URL to the address that the proxy forwards from, and let it forward every path, /api/ and /mcp with it.")
            ]
        }
        return [arrived(seen)] + (await files(through: http))
    }

    private func arrived(_ seen: RequestSeen) -> Diagnosis {
        let main = configuration.mainURL
        let port = main.port.map { ":\($0)" } ?? ""
        let told = "Host \(seen.host), \(seen.scheme), from \(seen.address)"
        var wrong: [String] = []
        if seen.host.lowercased() != "\(main.host() ?? "")\(port)".lowercased() { wrong.append("the host is another than that of MAIN_URL") }
        if seen.scheme != main.scheme { wrong.append("the scheme is not \(main.scheme ?? "")") }
        guard wrong.isEmpty else {
            return Diagnosis(
                "way in", .warning, "A request through MAIN_URL arrives as \(told): \(wrong.joined(separator: ", and ")).",
                advice: "Let the proxy pass on Host and say X-Forwarded-Proto, and name it in TRUSTED_PROXIES. Whole configurations: docs/proxies.md."
            )
        }
        return Diagnosis("way in", .ok, "A request through MAIN_URL arrives as \(told).")
    }

    /// An address of a file that there is not: only our own answer shows that platforms get through to those that there are.
    private func files(through http: any HTTPSender) async -> [Diagnosis] {
        let main = configuration.mainURL
        guard main.mayBePublic else { return [] }
        let path = "/api/files/none/file.jpg"
        let answer = try? await http.send(HTTPCall("GET", main.absoluteString + path))  // No answer is one that is not ours.
        struct Ours: Decodable { struct Problem: Decodable { let code: String }; let error: Problem }
        guard let answer, answer.status == 404, (try? JSON.decode(Ours.self, from: answer.body))?.error.code == "NOT_FOUND" else {
            return [
                Diagnosis(
                    "files", .warning,
                    "Addresses of files under \(main.absoluteString)/api/files/ do not reach this server: \(answer.map { "\($0.status)" } ?? "no answer").",
                    advice: "Let the proxy forward /api/files/ without a sign-in or a check of its own: platforms fetch pictures and films there.")
            ]
        }
        return [Diagnosis("files", .ok, "Platforms find files under \(main.absoluteString)/api/files/, as far as that can be seen from here.")]
    }
}
