import Crypto
import Domain
import Foundation
import NIOConcurrencyHelpers
import Platforms
import TestSupport
import Testing

@testable import Application

/// Sees, and may change, what passes between an S3 store and the wire.
private final class Wire: HTTPSender {
    private let base: any HTTPSender
    private let seen = NIOLockedValueBox<[HTTPCall]>([])
    private let change: @Sendable (HTTPCall, any HTTPSender) async throws -> HTTPAnswer

    init(_ base: any HTTPSender, _ change: @escaping @Sendable (HTTPCall, any HTTPSender) async throws -> HTTPAnswer = { try await $1.send($0) }) {
        self.base = base
        self.change = change
    }

    var calls: [HTTPCall] { seen.withLockedValue { $0 } }

    func send(_ call: HTTPCall) async throws -> HTTPAnswer {
        seen.withLockedValue { $0.append(call) }
        return try await change(call, base)
    }
}

@Suite("An S3 store", .timeLimit(.minutes(10)))
struct S3StoreTests {
    private static let key = MediaKey.file(SHA256.hash(data: Data("s3".utf8)).hexadecimal)

    @Test("signs as Amazon's documentation does", arguments: [true, false])
    func vectors(_ isObject: Bool) throws {
        // "Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference.
        let settings = S3Settings(
            endpoint: try #require(URL(string: "https://s3.amazonaws.com")), bucket: "examplebucket", region: "us-east-1",
            accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", pathStyle: false)
        let request =
            isObject
            ? S3Request(method: "GET", key: "test.txt", headers: [("range", "bytes=0-9")])
            : S3Request(method: "GET", query: [("prefix", "J"), ("max-keys", "2")])
        #expect(
            request.url(settings)
                == (isObject
                    ? "https://examplebucket.s3.amazonaws.com/test.txt" : "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"))
        let time = try #require(Timestamp("2013-05-24T00:00:00Z"))
        let signature = try #require(request.signed(settings, at: time).first { $0.name == "authorization" }?.value)
        #expect(
            signature.hasSuffix(
                isObject
                    ? "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                        + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
                    : "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"), "\(signature)")
    }

    @Test("is refused with a wrong secret or key, in words that name the settings", arguments: TestStore.s3)
    func wrongKeys(_ kind: TestStore) async throws {
        let transport = HTTPTransport(settings: TransportSettings(userAgent: "Postiz/test"))
        for settings in [try kind.settings(secret: "wrong"), try kind.settings(key: "test:nobody")] {
            let error = await #expect(throws: StoreError.self) { try await S3Store(settings, http: transport.platform).check() }
            #expect(error?.isMisconfigured == true)
            #expect(error?.status == 403)
            #expect(error?.problem.message.contains("S3_") == true, "\(error?.problem.message ?? "")")
            #expect(error?.description.contains("testing") == false)
        }
        let nowhere = await #expect(throws: StoreError.self) { try await S3Store(try kind.settings(), http: transport.platform).check() }
        #expect(nowhere?.code == "NoSuchBucket")
        #expect(nowhere?.problem.message.contains("S3_BUCKET") == true)
        try await transport.shutdown()
    }

    @Test("takes keys with every sign, each encoded once", arguments: TestStore.s3)
    func keys(_ kind: TestStore) async throws {
        try await kind.withS3 { store in
            let keys = [
                "a b", "a+b", "a~b", "a%20b", "a'()!*b", "a&b=c?d", "a;b,c@d", "a//b", "a/./dot/../x", "trailing/", "e\u{301}", "日本/ファイル", "🎬.mp4",
            ]
            for key in keys {
                try await store.put(Data(key.utf8), as: key)
                #expect(try await store.data(key) == Data(key.utf8), "\(key)")
            }
            let found = try await store.keys()
            #expect(found.map { Array($0.utf8) } == keys.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
        }
    }

    @Test("belongs to one installation: another one is refused in words, and in a part of its own sees nothing of the first", arguments: TestStore.s3)
    func owners(_ kind: TestStore) async throws {
        try await kind.withS3 { plain in
            let transport = HTTPTransport(settings: TransportSettings(userAgent: "Postiz/test"))
            func store(_ owner: String, prefix: String) -> S3Store {
                let known = plain.settings
                return S3Store(
                    S3Settings(
                        endpoint: known.endpoint, bucket: known.bucket, prefix: prefix, region: known.region, accessKeyID: known.accessKeyID,
                        secretAccessKey: known.secretAccessKey, pathStyle: known.pathStyle), http: transport.platform
                ) { owner }
            }
            let first = store("first", prefix: plain.settings.prefix)
            for _ in 0..<2 { try await first.check() }
            try await first.put(Data("mine".utf8), as: Self.key)
            let intruder = store("second", prefix: plain.settings.prefix)
            let refusal = await #expect(throws: StoreError.self) { try await intruder.check() }
            #expect(refusal?.isMisconfigured == true)
            #expect(refusal?.problem.message.contains("S3_PREFIX") == true)
            let beside = store("second", prefix: "\(plain.settings.prefix)b/")
            try await beside.check()
            #expect(try await beside.keys() == [S3Store.mark])
            try await beside.put(Data("other".utf8), as: Self.key)
            #expect(try await first.data(Self.key) == Data("mine".utf8))
            try await beside.removeAll("")
            #expect(try await first.keys() == [Self.key, S3Store.mark])
            try await transport.shutdown()
        }
    }

    @Test("is sent bodies of a length and a digest that are signed, and nothing that only some stores know", arguments: TestStore.s3)
    func plain(_ kind: TestStore) async throws {
        let wire = NIOLockedValueBox<Wire?>(nil)
        try await kind.withS3(watching: { base in
            let new = Wire(base)
            wire.withLockedValue { $0 = new }
            return new
        }) { (store: S3Store) async throws -> Void in
            try await store.put(Data.noise(1000), as: Self.key)
            try await store.put(Data.noise(S3Store.smallestInParts), as: Self.key)
            for key in try await store.keys() { try await store.remove(key) }
        }
        let calls = try #require(wire.withLockedValue { $0 }).calls
        #expect(calls.count > 5)
        for call in calls {
            let headers = Dictionary(call.headers.map { ($0.name, $0.value) }) { $1 }
            #expect(headers["x-amz-content-sha256"]?.count == 64)
            for name in [
                "content-encoding", "transfer-encoding", "x-amz-trailer", "x-amz-decoded-content-length", "if-none-match", "if-match", "expect",
            ] {
                #expect(headers[name] == nil)
            }
            let isListed = Set(["GET", "HEAD", "PUT", "POST", "DELETE"]).contains(call.method)
            #expect(isListed && !call.url.contains("?delete"))
            if call.method == "PUT" { #expect(headers["content-md5"] != nil && call.body.map { $0.length > 0 } == true) }
        }
    }

    @Test("does not keep bytes that changed on the way", arguments: TestStore.s3)
    func changedOnTheWay(_ kind: TestStore) async throws {
        try await kind.withS3(watching: { base in
            Wire(base) { call, base in
                var call = call
                if call.method == "PUT", let body = call.body {
                    call.body = .reading(body.length, contentType: "application/octet-stream") { _, count in Data(repeating: 7, count: count) }
                }
                return try await base.send(call)
            }
        }) { (store: S3Store) async throws -> Void in
            let error = await #expect(throws: StoreError.self) { try await store.put(Data.noise(1000), as: Self.key) }
            #expect(error?.status == 400)
            #expect(try await store.size(of: Self.key) == nil)
        }
    }

    @Test("is not believed when its tag is the MD5 of other bytes, but may have tags of its own", arguments: TestStore.s3)
    func tags(_ kind: TestStore) async throws {
        for (headers, isBelieved) in [
            (["etag": "\"\(String(repeating: "0", count: 32))\""], false), (["etag": ""], true), (["etag": "\"abc-2\""], true),
            (["etag": "\"\(String(repeating: "0", count: 32))\"", "x-amz-server-side-encryption": "aws:kms"], true),
        ] {
            try await kind.withS3(watching: { base in
                Wire(base) { call, base in
                    let answer = try await base.send(call)
                    guard call.method == "PUT" else { return answer }
                    return HTTPAnswer(status: answer.status, headers: answer.headers.merging(headers) { $1 }, body: answer.body)
                }
            }) { (store: S3Store) async throws -> Void in
                do {
                    try await store.put(Data.noise(10), as: Self.key)
                    #expect(isBelieved)
                } catch let error as StoreError {
                    #expect(!isBelieved && error.code == "WrongETag")
                }
            }
        }
    }

    @Test("is asked again when it is busy, and left when it stays so", arguments: TestStore.s3)
    func busy(_ kind: TestStore) async throws {
        let refusals = NIOLockedValueBox(2)
        try await kind.withS3(watching: { base in
            Wire(base) { call, base in
                guard refusals.withLockedValue({ left in (left > 0, left -= 1).0 }) else { return try await base.send(call) }
                return HTTPAnswer(status: 503, headers: [:], body: Data("<Error><Code>SlowDown</Code><Message/></Error>".utf8))
            }
        }) { (store: S3Store) async throws -> Void in
            try await store.put(Data.noise(10), as: Self.key)
            refusals.withLockedValue { $0 = 100 }
            let error = await #expect(throws: StoreError.self) { try await store.size(of: Self.key) }
            #expect(error?.description.contains("SlowDown, status 503") == true)
            refusals.withLockedValue { $0 = 0 }
        }
    }

    @Test("forgets a large file that could not be stored whole", arguments: TestStore.s3)
    func aborted(_ kind: TestStore) async throws {
        try await kind.withS3(watching: { base in
            Wire(base) { call, base in
                guard !call.url.contains("partNumber=2") else { return HTTPAnswer(status: 400, headers: [:], body: Data()) }
                return try await base.send(call)
            }
        }) { (store: S3Store) async throws -> Void in
            await #expect(throws: StoreError.self) { try await store.put(Data.noise(S3Store.smallestInParts + 1), as: Self.key) }
            #expect(try await store.unfinished().isEmpty)
            #expect(try await store.size(of: Self.key) == nil)
        }
    }

    @Test("has a large file also when its last answer was lost, and not when that was an error", arguments: TestStore.s3, [false, true])
    func completing(_ kind: TestStore, _ isRefused: Bool) async throws {
        try await kind.withS3(watching: { base in
            let isFirst = NIOLockedValueBox(true)
            return Wire(base) { call, base in
                guard call.method == "POST", call.url.contains("uploadId=") else { return try await base.send(call) }
                if isRefused {
                    return HTTPAnswer(status: 200, headers: [:], body: Data("\n<Error><Code>InternalError</Code><Message></Message></Error>".utf8))
                }
                let answer = try await base.send(call)
                guard isFirst.withLockedValue({ first in (first, first = false).0 }) else { return answer }
                throw TransportFailure(mayHaveArrived: true, reason: "lost")
            }
        }) { (store: S3Store) async throws -> Void in
            let data = Data.noise(S3Store.smallestInParts + 1)
            if isRefused {
                let error = await #expect(throws: StoreError.self) { try await store.put(data, as: Self.key) }
                #expect(error?.code == "InternalError")
            } else {
                try await store.put(data, as: Self.key)
                #expect(try await store.size(of: Self.key) == data.count)
            }
            #expect(try await store.unfinished().isEmpty)
        }
    }

    @Test("is swept of uploads that never ended, ours alone and only old ones", arguments: TestStore.s3)
    func sweeping(_ kind: TestStore) async throws {
        try await kind.withS3 { store in
            for key in [Self.key, "somebody-elses"] {
                _ = try await store.send(S3Request(method: "POST", key: key, query: [("uploads", "")]), to: "begin")
            }
            try await store.removeUnfinished(before: .now - .days(1))
            #expect(try await store.unfinished().count == 2)
            try await store.removeUnfinished(before: .now + .hours(1))
            #expect(try await store.unfinished().map(\.key) == ["somebody-elses"])
        }
    }

    @Test("is told from its answers, whatever they leave out")
    func answers() {
        let bare = StoreError(action: "store a file", answer: HTTPAnswer(status: 403, headers: [:], body: Data()))
        #expect(bare.description == "The S3 store did not store a file: 403")
        let silent = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message></Message><Key>a&amp;b</Key></Error>"
        let denied = StoreError(action: "store a file", answer: HTTPAnswer(status: 403, headers: [:], body: Data(silent.utf8)))
        #expect(denied.description == "The S3 store did not store a file: AccessDenied, status 403")
        #expect(denied.problem.code == .storageUnavailable && denied.problem.message.contains("S3_BUCKET"))
        let page = StoreError(action: "store a file", answer: HTTPAnswer(status: 502, headers: [:], body: Data("<html><Code>x".utf8)))
        #expect(page.description == "The S3 store did not store a file: 502" && page.isPassing)
        let full = "<Error><Code>QuotaExceeded</Code><Message>no</Message></Error>"
        #expect(
            StoreError(action: "store a file", answer: HTTPAnswer(status: 403, headers: [:], body: Data(full.utf8))).problem.code == .storageFull)
        #expect(S3Document(Data("<A><Key>x&lt;&amp;lt;</Key><KeyMarker/><Key/></A>".utf8))["Key"] == "x<&lt;")
        #expect(S3Document(Data("<A><Key>x".utf8)).elements("Key").isEmpty)
    }

    @Test("is given parts of at least 16 MB, and at most 10,000 of them", arguments: [16 << 20, (16 << 20) + 1, 1 << 40])
    func parts(_ size: Int) {
        let parts = S3Store.parts(of: size)
        #expect(parts.first?.lowerBound == 0 && parts.last?.upperBound == size)
        #expect(parts.count <= S3Store.mostParts && parts.dropLast().allSatisfy { $0.count >= 16 << 20 })
        #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    }
}
