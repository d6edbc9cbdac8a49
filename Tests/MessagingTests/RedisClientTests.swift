import Domain
import Foundation
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Messaging

@Suite("Redis client", .enabled(if: RedisProgram.isAny))
struct RedisClientTests {
    @Test("signs in with password, or user and password, and keeps to its database", arguments: RedisProgram.all)
    func credentials(on program: RedisProgram) async throws {
        try await program.withServer(["--requirepass", "p@ss:w/rd"]) { server in
            let (first, second) = ("redis://:p%40ss%3Aw%2Frd@127.0.0.1:\(server.port)/1", "redis://ann:b%3Fc@127.0.0.1:\(server.port)")
            let client = try await server.client(first)
            #expect(client.isConnected)
            try await client.call("ACL", "SETUSER", "ann", "on", ">b?c", "~*", "&*", "+@all")
            try await client.call("SET", "k", "of one")
            let other = try await server.client(second)
            #expect(try await other.call("ACL", "WHOAMI") == .text("ann"))
            #expect(try await other.call("GET", "k") == .null)
            #expect(try await client.call("GET", "k") == .text("of one"))
            for wrong in ["redis://127.0.0.1:\(server.port)", "redis://:no@127.0.0.1:\(server.port)"] {
                let refused = try await server.client(wrong)
                let complaint = try #require(await refused.complaint())
                #expect(complaint.contains("REDIS_URL"), "\(complaint)")
                await refused.close()
            }
            for client in [client, other] { await client.close() }
        }
    }

    @Test("answers each of many tasks on one connection with its own", arguments: RedisProgram.one)
    func pipelining(on program: RedisProgram) async throws {
        try await program.withServer { server in
            let client = try await server.client()
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<500 { group.addTask { try await client.call("ECHO", "\(number)") == .text("\(number)") } }
                for try await isRight in group { #expect(isRight) }
            }
            let clients = try await client.call("INFO", "clients").text ?? ""
            #expect(clients.contains("connected_clients:1\r\n"))
            await client.close()
        }
    }

    @Test("comes back by itself when the server does, and says meanwhile what is the matter", arguments: RedisProgram.all)
    func comesBack(on program: RedisProgram) async throws {
        try await program.withServer { server in
            let client = try await server.client()
            #expect(await client.complaint() == nil)
            try await server.kill()
            try await eventually("the loss is noticed") { !client.isConnected }
            await #expect(throws: RedisError.self) { try await client.call("PING") }
            #expect(await client.complaint()?.contains("away") == true)
            try await server.start()
            try await eventually("it is connected again") { client.isConnected }
            #expect(await client.complaint() == nil)
            await client.close()
        }
    }

    @Test("gives up a server that hangs, fails at once from then on, and comes back when it goes on", arguments: RedisProgram.one)
    func hangs(on program: RedisProgram) async throws {
        try await program.withServer { server in
            let client = try await server.client()
            server.freeze()
            await #expect(throws: RedisError.self) { try await client.call("PING") }
            try await eventually("the connection is given up") { !client.isConnected }
            server.thaw()
            try await eventually("it is connected again") { client.isConnected }
            #expect(try await client.call("ECHO", "mine") == .text("mine"))
            await client.close()
        }
    }

    @Test("opens without a server, and is connected once there is one", arguments: RedisProgram.one)
    func lateServer(on program: RedisProgram) async throws {
        try await program.withServer { server in
            try await server.kill()
            let client = try await server.client()
            #expect(!client.isConnected)
            try await server.start()
            try await eventually("it is connected") { client.isConnected }
            await client.close()
        }
    }

    @Test("does not trust a server that cannot write its file, and trusts it again when it can", arguments: RedisProgram.all)
    func cannotWriteItsFile(on program: RedisProgram) async throws {
        try await program.withServer(["--save", "3600", "1"]) { server in
            let client = try await server.client()
            // A folder in the way of the file: the snapshot fails, also for root.
            try FileManager.default.createDirectory(at: server.folder.appending(path: "dump.rdb"), withIntermediateDirectories: true)
            try await client.call("SET", "k", "v")
            try await client.call("BGSAVE")
            try await eventually("writes are refused") {
                guard let answer = try? await client.send([RedisCommand("SET", "k", "v")])[0] else { return true }
                if case .error(let refusal) = answer { return refusal.code == "MISCONF" }
                return false
            }
            try await eventually("health tells") { await client.complaint()?.contains("MISCONF") == true }
            try FileManager.default.removeItem(at: server.folder.appending(path: "dump.rdb"))
            let operatorOfServer = try await RedisConnectorWithoutPing.connect(server)
            _ = try await operatorOfServer.call(RedisCommand("BGSAVE"), patience: .seconds(5))
            try await eventually("it is connected again") { client.isConnected }
            try await client.call("SET", "k", "v")
            operatorOfServer.close()
            await client.close()
        }
    }

    @Test("waits while a server that came back loads its file, and says so", arguments: RedisProgram.all)
    func loads(on program: RedisProgram) async throws {
        // 1,500 keys of 8 KB that take 2 ms each: it answers after each 2 MB, for three seconds.
        try await program.withServer(["--rdbcompression", "no"]) { server in
            let client = try await server.client()
            for number in 0..<1_500 { try await client.call("SET", "key:\(number)", String(repeating: "x", count: 8_192)) }
            try await client.call("SAVE")
            try await server.kill()
            try await eventually("the loss is noticed") { !client.isConnected }
            try await server.start(["--key-load-delay", "2000"])
            try await eventually("it says that it loads") { await client.complaint()?.contains("loading") == true }
            await #expect(throws: RedisError.self) { try await client.call("GET", "key:0") }
            try await eventually("it is back with what it knew") { await client.complaint() == nil }
            #expect(try await client.call("EXISTS", "key:1499") == .integer(1))
            await client.close()
        }
    }

    @Test("tells that the memory is full", arguments: RedisProgram.all)
    func fullMemory(on program: RedisProgram) async throws {
        try await program.withServer { server in
            let client = try await server.client()
            try await client.call("CONFIG", "SET", "maxmemory", "1")
            await #expect(throws: RedisError.self) { try await client.call("XADD", "s", "*", "id", "1") }
            #expect(await client.complaint()?.contains("maxmemory") == true)
            await client.close()
        }
    }

    @Test("tells what it is, how it keeps things and what it does when its memory is full", arguments: RedisProgram.all)
    func inspection(on program: RedisProgram) async throws {
        try await program.withServer(["--maxmemory-policy", "allkeys-lru"]) { server in
            let found = try await RedisInspection.of(try RedisAddress(server.url))
            let expected = try #require(["redis-7.0": "Redis 7.0", "redis-6.2": "Redis 6.2", "valkey-9": "Valkey 9"][program.name])
            #expect("\(found.product) \(found.version)".hasPrefix(expected))
            #expect(found.durability == .snapshots && !found.isTooOld)
            #expect(found.warning?.contains("noeviction") == true)
            let client = try await server.client()
            try await client.call("CONFIG", "SET", "save", "")
            try await client.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
            #expect(try await RedisInspection.of(try RedisAddress(server.url)).durability == .nothing)
            try await client.call("CONFIG", "SET", "appendonly", "yes")
            let last = try await RedisInspection.of(try RedisAddress(server.url))
            #expect(last.durability == .appendOnly && last.warning == nil && last.remarks.isEmpty)
            await client.close()
        }
    }

    @Test("speaks TLS with a server whose authority is named, and with no other", .enabled(if: RedisProgram.all.first?.name == "redis-7.0"))
    func encryption() async throws {
        let authority = try TestAuthority()
        defer { authority.remove() }
        try await RedisProgram.one[0].withServer { server in
            let port = server.port + 1
            try await server.kill()
            try await server.start([
                "--tls-port", "\(port)", "--tls-cert-file", authority.certificate, "--tls-key-file", authority.key, "--tls-ca-cert-file",
                authority.certificate, "--tls-auth-clients", "no",
            ])
            let client = try await server.client("rediss://127.0.0.1:\(port)", authorities: authority.certificate)
            #expect(try await client.call("ECHO", "private") == .text("private"))
            let stranger = try await server.client("rediss://127.0.0.1:\(port)")
            #expect(!stranger.isConnected)
            for client in [client, stranger] { await client.close() }
        }
    }

    @Test("finds the primary through Sentinel, and the new one after a failover", arguments: RedisProgram.all)
    func sentinel(on program: RedisProgram) async throws {
        try await program.withServer { first in
            try await program.withServer(["--replicaof", "127.0.0.1", "\(first.port)"]) { second in
                let file = FileManager.default.temporaryDirectory.appending(path: "postiz-sentinel-\(UUID())")
                try
                    "sentinel monitor main 127.0.0.1 \(first.port) 1\nsentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 3000\n"
                    .write(to: file, atomically: true, encoding: .utf8)
                try await program.withServer([file.path, "--sentinel"]) { sentinel in
                    let client = try await first.client("redis+sentinel://127.0.0.1:1,127.0.0.1:\(sentinel.port)/main")
                    try await eventually("the primary is found") { client.isConnected }
                    try await client.call("SET", "k", "v")
                    let observer = try await sentinel.client()
                    try await eventually("the replica is known and in step") {
                        let replicas = try await observer.call("SENTINEL", "replicas", "main")
                        return "\(replicas)".contains("\"ok\"")
                    }
                    try await first.kill()
                    try await eventually("the new primary is found") { (try? await client.call("SET", "k", "w")) != nil }
                    let direct = try await second.client()
                    #expect(try await direct.call("GET", "k") == .text("w"))
                    for client in [client, observer, direct] { await client.close() }
                }
                try FileManager.default.removeItem(at: file)
            }
        }
    }

    @Test("leaves a server that became a replica", arguments: RedisProgram.one)
    func demoted(on program: RedisProgram) async throws {
        try await program.withServer { server in
            let client = try await server.client()
            try await client.call("REPLICAOF", "127.0.0.1", "1")
            await #expect(throws: RedisError.self) { try await client.call("SET", "k", "v") }
            #expect(await client.complaint()?.isEmpty == false)
            try await eventually("it is connected again") { (try? await client.call("REPLICAOF", "NO", "ONE")) != nil }
            try await eventually("it takes writes again") { (try? await client.call("SET", "k", "v")) != nil }
            await client.close()
        }
    }
}

/// A server that refuses PING can still be told to mend itself.
private enum RedisConnectorWithoutPing {
    static func connect(_ server: RedisServer) async throws -> RedisConnection {
        try await RedisConnector(try RedisAddress(server.url)).open(.init(host: "127.0.0.1", port: server.port), heard: nil)
    }
}

/// A certificate for 127.0.0.1 that vouches for itself.
private struct TestAuthority {
    let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-authority-\(UUID())")
    var certificate: String { folder.appending(path: "certificate.pem").path }
    var key: String { folder.appending(path: "key.pem").path }

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test"]
            + ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    /// The system empties its folder for temporary files anyway.
    func remove() { try? FileManager.default.removeItem(at: folder) }
}
