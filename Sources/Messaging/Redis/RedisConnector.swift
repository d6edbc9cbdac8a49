import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// Makes connections that are ready for commands: encrypted, signed in, at the right database, of the server that is the primary now.
struct RedisConnector: Sendable {
    /// For a connection, and for an answer that needs no waiting.
    static let patience = Duration.seconds(2)

    let address: RedisAddress
    private let tls: NIOSSLContext?

    /// `authorities` is a PEM file of those who may vouch for the server, besides the system's. Throws when it cannot be read.
    init(_ address: RedisAddress, authorities: String? = nil) throws {
        self.address = address
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities { configuration.additionalTrustRoots = [.file(authorities)] }
        tls = address.isEncrypted ? try NIOSSLContext(configuration: configuration) : nil
    }

    /// `heard` is called on the connection's thread with each message of the channels that it subscribes to.
    func connect(heard: (@Sendable (RESPValue) -> Void)? = nil) async throws(RedisError) -> RedisConnection {
        let connection = try await open(try await endpoint(), heard: heard)
        do throws(RedisError) {
            try await greet(connection)
            return connection
        } catch {
            connection.close()
            throw error
        }
    }

    private func greet(_ connection: RedisConnection) async throws(RedisError) {
        var commands: [RedisCommand] = []
        if let password = address.password { commands.append(RedisCommand(["AUTH"] + [address.user].compactMap { $0 } + [password])) }
        if address.database != 0 { commands.append(RedisCommand("SELECT", "\(address.database)")) }
        if case .sentinels = address.place { commands.append(RedisCommand("ROLE")) }
        commands.append(RedisCommand("PING"))
        let answers = try await connection.send(commands, patience: Self.patience)
        for case .error(let refusal) in answers { throw .refused(refusal) }
        // One that was primary when Sentinel was asked, and is none any more, would take nothing.
        if case .sentinels = address.place, answers[answers.count - 2].array?.first?.text != "master" {
            throw .unavailable("the server that Sentinel named is not the primary yet")
        }
        guard answers.last?.text == "PONG" else { throw .unavailable("it does not answer PING with PONG") }
    }

    private func endpoint() async throws(RedisError) -> RedisAddress.Endpoint {
        switch address.place {
        case .server(let endpoint): return endpoint
        case .sentinels(let sentinels, let name):
            var failure = RedisError.unavailable("no Sentinel is named")
            for sentinel in sentinels {
                do throws(RedisError) { return try await primary(name, accordingTo: sentinel) } catch { failure = error }
            }
            throw failure
        }
    }

    private func primary(_ name: String, accordingTo sentinel: RedisAddress.Endpoint) async throws(RedisError) -> RedisAddress.Endpoint {
        let connection = try await open(sentinel, heard: nil)
        defer { connection.close() }
        let answer = try await connection.call(RedisCommand("SENTINEL", "get-master-addr-by-name", name), patience: Self.patience)
        guard let words = answer.array, words.count == 2, let host = words[0].text, let port = words[1].integer else {
            throw .unavailable("Sentinel \(sentinel.description) knows no primary of the name \(name)")
        }
        return RedisAddress.Endpoint(host: host, port: port)
    }

    func open(
        _ endpoint: RedisAddress.Endpoint, heard: (@Sendable (RESPValue) -> Void)?
    ) async throws(RedisError) -> RedisConnection {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.milliseconds(Self.patience.milliseconds))
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelInitializer { [tls] channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let tls { try pipeline.addHandler(Self.encryption(tls, to: endpoint.host)) }
                        try pipeline.addHandlers(ByteToMessageHandler(RESPDecoder()), RedisExchange(heard: heard))
                    }
                }
                .connect(host: endpoint.host, port: endpoint.port).get()
            return RedisConnection(channel: channel)
        } catch {
            throw .unavailable("\(endpoint.description) cannot be reached: \(ConnectionWords.of(error))")
        }
    }

    private static func encryption(_ context: NIOSSLContext, to host: String) throws -> NIOSSLClientHandler {
        // An IP address is no name for SNI; the certificate is then checked against the address itself.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }
}
