import Domain
import Foundation
import Platforms
import TestSupport
import Testing

@testable import Application

/// The stores that every test of `MediaStore` runs against: a folder, and two that check signatures.
enum TestStore: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case folder
    case swift
    case radosgw

    /// All of them; the folder alone when `POSTIZ_TEST_WITHOUT_S3=1` says that leaving the others out is meant.
    static var all: [TestStore] { ProcessInfo.processInfo.environment["POSTIZ_TEST_WITHOUT_S3"] == "1" ? [.folder] : allCases }
    static var s3: [TestStore] { all.filter { $0 != .folder } }
    static let (key, secret) = ("test:tester", "testing")

    var testDescription: String { rawValue }

    struct MissingServer: Error, CustomStringConvertible {
        let variable: String
        var description: String {
            "\(variable) is not set: it names an S3 store. `bin/test-s3 swift test` starts two; POSTIZ_TEST_WITHOUT_S3=1 leaves them out."
        }
    }

    /// Calls `body` with an empty store, and removes what is in it afterwards. `watching` may stand between an S3 store and the wire.
    func with(
        watching: @escaping (any HTTPSender) -> any HTTPSender = { $0 }, _ body: (any MediaStore) async throws -> Void
    ) async throws {
        guard self != .folder else {
            let path = FileManager.default.temporaryDirectory.appending(path: "postiz-store-\(UUID())").path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let result: Result<Void, any Error>
            do { result = .success(try await body(FolderStore(path: path))) } catch { result = .failure(error) }
            try FileManager.default.removeItem(atPath: path)
            return try result.get()
        }
        try await withS3(watching: watching) { try await body($0) }
    }

    /// As `with`, in a bucket of its own.
    func withS3(
        watching: @escaping (any HTTPSender) -> any HTTPSender = { $0 }, _ body: (S3Store) async throws -> Void
    ) async throws {
        let settings = try settings()
        let transport = HTTPTransport(settings: TransportSettings(userAgent: "Postiz/test"))
        let plain = S3Store(settings, http: transport.platform)
        let result: Result<Void, any Error>
        do {
            _ = try await plain.send(S3Request(method: "PUT"), to: "make a bucket")
            try await body(S3Store(settings, http: watching(transport.platform)))
            for upload in try await plain.unfinished() {
                _ = try await plain.send(S3Request(method: "DELETE", key: upload.key, query: [("uploadId", upload.id)]), to: "forget")
            }
            try await plain.removeAll("")
            _ = try await plain.send(S3Request(method: "DELETE"), to: "remove a bucket")
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await transport.shutdown()
        try result.get()
    }

    func settings(key: String = TestStore.key, secret: String = TestStore.secret) throws -> S3Settings {
        let variable = "TEST_S3_\(rawValue.uppercased())"
        guard let address = ProcessInfo.processInfo.environment[variable], let endpoint = URL(string: address) else {
            throw MissingServer(variable: variable)
        }
        return S3Settings(
            endpoint: endpoint, bucket: "test-\(UUID().uuidString.lowercased())",
            // One of them is shared with others.
            prefix: self == .radosgw ? "team-a/files/" : "", region: "us-east-1", accessKeyID: key, secretAccessKey: secret,
            pathStyle: true)
    }
}

extension MediaStore {
    /// Stores bytes, from a file that is removed afterwards.
    func put(_ data: Data, as key: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "postiz-put-\(UUID())")
        try data.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // It may have been moved.
        try await put(file.path, as: key)
    }

    /// All bytes of a file.
    func data(_ key: String) async throws -> Data {
        var data = Data()
        let size = try #require(try await size(of: key))
        for try await buffer in try await StoredBytes(self, key, 0..<size) { data.append(contentsOf: buffer.readableBytesView) }
        return data
    }

    func keys(_ prefix: String = "", after key: String = "") async throws -> [String] {
        try await list(prefix, after: key).map(\.key)
    }
}

extension Data {
    /// Bytes without a pattern, the same each time.
    static func noise(_ count: Int, seed: UInt64 = 1) -> Data {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var bytes = [UInt8]()
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            Swift.withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
        }
        return Data(bytes.prefix(count))
    }
}
