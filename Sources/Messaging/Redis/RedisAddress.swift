import Foundation

/// Where Redis is, from `REDIS_URL`.
///
/// - `redis://[user:password@]host[:port][/database]`, `rediss://` with TLS;
/// - `redis+sentinel://[user:password@]host[:port],host[:port]…/name[/database]`: the primary is the one that Sentinel holds for `name`;
///   `rediss+sentinel://` with TLS to Sentinels and servers. User and password are the servers'.
public struct RedisAddress: Sendable, Equatable {
    public static let schemes = ["redis", "rediss", "redis+sentinel", "rediss+sentinel"]

    struct Endpoint: Sendable, Equatable {
        let host: String
        let port: Int

        var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    enum Place: Sendable, Equatable {
        case server(Endpoint)
        case sentinels([Endpoint], name: String)
    }

    let place: Place
    let user: String?
    let password: String?
    public let database: Int
    public let isEncrypted: Bool

    /// For people: without user and password.
    public var description: String {
        switch place {
        case .server(let endpoint): endpoint.description
        case .sentinels(let endpoints, let name): "\(name) at Sentinel \(endpoints.map(\.description).joined(separator: ", "))"
        }
    }

    /// Throws `RedisAddressMistake`, whose words hold no part of a password.
    public init(_ url: String) throws(RedisAddressMistake) {
        guard let scheme = url.range(of: "://").map({ String(url[..<$0.lowerBound]).lowercased() }), Self.schemes.contains(scheme) else {
            throw RedisAddressMistake("begin it with redis://, rediss:// or redis+sentinel://")
        }
        let isSentinel = scheme.hasSuffix("+sentinel")
        isEncrypted = scheme.hasPrefix("rediss")
        var rest = url.dropFirst(scheme.count + 3)
        guard !rest.contains("?"), !rest.contains("#") else {
            throw RedisAddressMistake("leave out '?' and '#' and what follows; in a password write them as %3F and %23")
        }
        (user, password) = try Self.credentials(in: &rest)
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let hosts = parts[0].split(separator: ",", omittingEmptySubsequences: false)
        var endpoints: [Endpoint] = []
        for host in hosts { endpoints.append(try Self.endpoint(String(host), usualPort: isSentinel ? 26379 : 6379)) }
        var path = parts.dropFirst().filter { !$0.isEmpty }
        if isSentinel {
            guard let name = path.first else {
                throw RedisAddressMistake("name the primary as Sentinel knows it: redis+sentinel://host:26379/mymaster")
            }
            path.removeFirst()
            place = .sentinels(endpoints, name: name)
        } else {
            guard endpoints.count == 1 else { throw RedisAddressMistake("name one server; several are for redis+sentinel://") }
            place = .server(endpoints[0])
        }
        guard path.count <= 1, let database = Int(path.first ?? "0"), (0...65535).contains(database) else {
            throw RedisAddressMistake("what follows the last '/' is the number of a database, such as 0")
        }
        self.database = database
    }

    private static func credentials(in rest: inout Substring) throws(RedisAddressMistake) -> (user: String?, password: String?) {
        guard let at = rest.lastIndex(of: "@") else { return (nil, nil) }
        let words = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        rest = rest[rest.index(after: at)...]
        let decoded = words.map { String($0).removingPercentEncoding }
        guard decoded.count == 2, let user = decoded[0], let password = decoded[1] else {
            throw RedisAddressMistake("write user and password as user:password@ or :password@, with special characters as %40")
        }
        return (user.isEmpty ? nil : user, password)
    }

    private static func endpoint(_ text: String, usualPort: Int) throws(RedisAddressMistake) -> Endpoint {
        var (host, port) = (text, usualPort)
        let afterBracket = text.lastIndex(of: "]").map { text.index(after: $0) } ?? text.startIndex
        if let colon = text[afterBracket...].lastIndex(of: ":") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65535).contains(number) else {
                throw RedisAddressMistake("the port is a number from 1 to 65535")
            }
            (host, port) = (String(text[..<colon]), number)
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || "[]".contains($0) }) else { throw RedisAddressMistake("name a host") }
        return Endpoint(host: host, port: port)
    }
}

/// What is wrong with an address, as advice.
public struct RedisAddressMistake: Error, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
