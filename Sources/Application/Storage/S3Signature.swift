import Crypto
import Domain
import Foundation
import Platforms

/// Where an S3 store is, and who asks.
public struct S3Settings: Sendable, Equatable {
    /// Scheme, host and port, without a path.
    public let endpoint: URL
    public let bucket: String
    /// What all keys of this installation begin with: empty, or words that end with a slash.
    public let prefix: String
    public let region: String
    public let accessKeyID: String
    public let secretAccessKey: String
    /// Whether the bucket stands in the path rather than before the host's name.
    public let pathStyle: Bool

    public init(
        endpoint: URL, bucket: String, prefix: String = "", region: String, accessKeyID: String, secretAccessKey: String, pathStyle: Bool
    ) {
        self.endpoint = endpoint
        self.bucket = bucket
        self.prefix = prefix
        self.region = region
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.pathStyle = pathStyle
    }

    /// As it stands in requests: the port only where it is not the scheme's own.
    var host: String {
        let name = (pathStyle ? "" : "\(bucket).") + (endpoint.host() ?? "").lowercased()
        guard let port = endpoint.port, port != (endpoint.scheme == "http" ? 80 : 443) else { return name }
        return "\(name):\(port)"
    }

    /// Of a key of ours, or of the bucket itself; every byte but letters, digits, `-._~` and the slashes of the key encoded, once (RFC 3986).
    func path(of key: String) -> String {
        let encoded = (key.isEmpty ? "" : prefix + key).split(separator: "/", omittingEmptySubsequences: false).map {
            FormEncoding.escape(String($0))
        }.joined(separator: "/")
        return pathStyle ? "/\(FormEncoding.escape(bucket))\(key.isEmpty ? "" : "/")\(encoded)" : "/\(encoded)"
    }
}

/// One request, to be signed by AWS Signature Version 4 (the `Authorization` header). What is signed is exactly what is sent.
struct S3Request {
    var method: String
    /// Without the installation's prefix; empty: the bucket itself.
    var key = ""
    var query: [(name: String, value: String)] = []
    /// Names in small letters.
    var headers: [(name: String, value: String)] = []
    /// Lower-case hex of the SHA-256 of the body.
    var digest = SHA256.hash(data: Data()).hexadecimal

    /// In the order of names, as the signature wants it.
    var encodedQuery: String {
        query.map { (FormEncoding.escape($0.name), FormEncoding.escape($0.value)) }.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
    }

    func url(_ settings: S3Settings) -> String {
        let query = encodedQuery
        return "\(settings.endpoint.scheme ?? "https")://\(settings.host)\(settings.path(of: key))\(query.isEmpty ? "" : "?\(query)")"
    }

    /// All headers but `Host`, the signature among them.
    func signed(_ settings: S3Settings, at time: Timestamp) -> [(name: String, value: String)] {
        let stamp = Self.stamp(time)
        var headers = headers + [("x-amz-content-sha256", digest), ("x-amz-date", stamp)]
        let all = (headers + [("host", settings.host)]).sorted { $0.name < $1.name }
        let names = all.map(\.name).joined(separator: ";")
        let canonical = [
            method, settings.path(of: key), encodedQuery,
            all.map { "\($0.name):\($0.value.trimmingCharacters(in: .whitespaces))\n" }.joined(), names, digest,
        ].joined(separator: "\n")
        let scope = "\(stamp.prefix(8))/\(settings.region)/s3/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(SHA256.hash(data: Data(canonical.utf8)).hexadecimal)"
        let seed = SymmetricKey(data: Data("AWS4\(settings.secretAccessKey)".utf8))
        let key = scope.split(separator: "/").reduce(seed) { key, part in
            SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
        let signature = Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)).hexadecimal
        headers.append(
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(settings.accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
            ))
        return headers
    }

    /// `20261128T070000Z`.
    private static func stamp(_ time: Timestamp) -> String {
        time.description.prefix { $0 != "." && $0 != "Z" }.filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
