import NIOCore
import Testing

@testable import Messaging

@Suite("RESP2")
struct RESPTests {
    private func read(_ text: String, limits: RESPDecoder.Limits = .init()) throws -> [RESPValue] {
        var (decoder, buffer, values) = (RESPDecoder(limits: limits), ByteBuffer(string: text), [RESPValue]())
        while let value = try decoder.next(in: &buffer) { values.append(value) }
        return values
    }

    private static let conversation =
        "+OK\r\n:-42\r\n$-1\r\n$0\r\n\r\n$9\r\ngr\u{FC}\u{DF}e\n\r\r\n*-1\r\n*0\r\n*2\r\n*2\r\n$1\r\na\r\n:1\r\n*1\r\n$-1\r\n-ERR no such thing\r\n"
    private static let meaning: [RESPValue] = [
        .text("OK"), .integer(-42), .null, .text(""), .text("grüße\n\r"), .null, .array([]),
        .array([.array([.text("a"), .integer(1)]), .array([.null])]), .error(RedisRefusal("ERR no such thing")),
    ]

    @Test("reads every kind of value, however it is cut")
    func pieces() throws {
        let bytes = Array(Self.conversation.utf8)
        for size in [1, 2, 3, 7, bytes.count] {
            var (decoder, buffer, values) = (RESPDecoder(), ByteBuffer(), [RESPValue]())
            for start in stride(from: 0, to: bytes.count, by: size) {
                buffer.writeBytes(bytes[start..<min(start + size, bytes.count)])
                while let value = try decoder.next(in: &buffer) { values.append(value) }
            }
            #expect(values == Self.meaning, "in pieces of \(size)")
        }
    }

    @Test("refuses what is no RESP2", arguments: ["hello\r\n", "\r\n", ":x\r\n", "$-2\r\n", "$x\r\n", "*x\r\n", "$1\r\nab\r\n", "+a\rb\r\n"])
    func malformed(_ text: String) {
        #expect(throws: RESPViolation.malformed) { try read(text) }
    }

    @Test("refuses more than it has room for, before it comes")
    func bounds() throws {
        let limits = RESPDecoder.Limits(depth: 2, elements: 4, bytes: 10, line: 8)
        #expect(throws: RESPViolation.tooDeep) { try read("*1\r\n*1\r\n*1\r\n", limits: limits) }
        #expect(throws: RESPViolation.tooLarge) { try read("*5\r\n", limits: limits) }
        #expect(throws: RESPViolation.tooLarge) { try read("$11\r\n", limits: limits) }
        #expect(throws: RESPViolation.tooLarge) { try read("+123456789", limits: limits) }
        // Together they are too many, though none is alone.
        #expect(throws: RESPViolation.tooLarge) { try read("*2\r\n*2\r\n:1\r\n:1\r\n*2\r\n", limits: limits) }
        #expect(throws: RESPViolation.tooLarge) { try read("*2\r\n$5\r\nabcde\r\n$5\r\n", limits: limits) }
        // Each answer has the whole room.
        #expect(try read("$3\r\nabc\r\n$3\r\nabc\r\n$3\r\nabc\r\n", limits: limits).count == 3)
    }

    @Test("writes a command as bulk strings, with their lengths in bytes")
    func commands() {
        var buffer = ByteBuffer()
        RedisCommand("SET", "k", "ü\r\n").write(to: &buffer)
        #expect(String(buffer: buffer) == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\nü\r\n\r\n")
    }

    @Test("knows errors by their first word, in whatever version's words")
    func refusals() {
        let meanings: [String: RedisRefusal.Meaning] = [
            "NOGROUP No such key 'b' or consumer group": .groupGone, "UNBLOCKED the stream key no longer exists": .groupGone,
            "WRONGTYPE Operation against a key": .wrongType, "LOADING Redis is loading": .notNow, "READONLY You can't write": .notNow,
            "MISCONF Redis is configured": .notNow, "OOM command not allowed": .notNow, "NOAUTH Authentication required.": .credentials,
            "WRONGPASS invalid": .credentials, "ERR unknown command": .other,
        ]
        for (words, meaning) in meanings { #expect(RedisRefusal(words).meaning == meaning, "\(words)") }
    }
}

@Suite("Redis addresses")
struct RedisAddressTests {
    @Test("reads host, port, database, user and password, TLS and Sentinels")
    func parts() throws {
        let plain = try RedisAddress("redis://cache.example.com")
        #expect(plain.place == .server(.init(host: "cache.example.com", port: 6379)) && plain.database == 0 && !plain.isEncrypted)
        let full = try RedisAddress("rediss://us%40er:p%3A%2Fw%40@[::1]:7000/3")
        #expect(full.place == .server(.init(host: "::1", port: 7000)))
        #expect(full.user == "us@er" && full.password == "p:/w@" && full.database == 3 && full.isEncrypted)
        #expect(try RedisAddress("redis://:secret@h").user == nil)
        let sentinel = try RedisAddress("redis+sentinel://:secret@a,b:26380/mymaster/2")
        #expect(sentinel.place == .sentinels([.init(host: "a", port: 26379), .init(host: "b", port: 26380)], name: "mymaster"))
        #expect(sentinel.database == 2 && sentinel.password == "secret")
    }

    @Test(
        "refuses what leads nowhere, without a part of it in the words",
        arguments: [
            "http://secret@h", "redis://", "redis://secret@h", "redis://:secret@h:0", "redis://:secret@h:port", "redis://:secret@h/x",
            "redis://:secret@h/1/2", "redis://:secret@a,b", "redis+sentinel://:secret@a", "redis://:secret@h?x=1", "redis://:sec#ret@h",
            "redis://:secret@h/-1", "redis://:secret@a b",
        ])
    func mistakes(_ url: String) {
        let error = #expect(throws: RedisAddressMistake.self) { try RedisAddress(url) }
        #expect(error?.description.contains("secret") == false)
    }

    @Test("shows itself without user and password")
    func description() throws {
        #expect(try RedisAddress("redis://me:secret@h:1/2").description == "h:1")
        #expect(try RedisAddress("redis+sentinel://me:secret@h,i/m").description == "m at Sentinel h:26379, i:26379")
    }
}

@Suite("What is said of a Redis that does not do as it is asked")
struct RedisWordsTests {
    @Test("a password that a server repeats is left out")
    func repeated() {
        let refusal = RedisRefusal("ERR unknown command 'AUTH', with args beginning with: 'postiz' 'open-sesame' ")
        #expect(refusal.words == "ERR unknown command 'AUTH'" && refusal.code == "ERR")
    }

    @Test(
        "why a server cannot be reached is said without a library's names",
        arguments: ["redis://:secret@127.0.0.1:1", "redis://:secret@redis.invalid:6379"])
    func unreachable(_ url: String) async throws {
        let error = await #expect(throws: RedisError.self) { _ = try await RedisInspection.of(try RedisAddress(url)) }
        let words = try #require(error?.description)
        #expect(words.contains("cannot be reached: connection refused") || words.contains("its name is not known (DNS)"))
        #expect(!words.contains("NIO") && !words.contains("errno") && !words.contains("Error") && !words.contains("secret"))
    }
}
