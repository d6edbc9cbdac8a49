import Crypto
import Domain
import Foundation
import Logging
import Platforms

/// Files in a bucket of a store that speaks Amazon's S3.
///
/// Uses what all such stores have in common (docs/storage.md): Signature Version 4, bodies of known length with a signed SHA-256, never
/// `aws-chunked`; files are removed one by one; conditional requests and the store's own ranges beyond a single one are not relied on.
public struct S3Store: MediaStore {
    /// From this size on a file is stored in parts.
    static let smallestInParts = 16 << 20
    static let mostParts = 10_000

    let settings: S3Settings
    private let http: any HTTPSender
    private let logger: Logger
    /// The installation's name; nil: the mark is neither set nor looked at.
    private let owner: (@Sendable () async throws -> String)?
    /// What signatures tell: stores refuse one that is more than some minutes off.
    private let now: @Sendable () -> Timestamp
    public let place = "in the S3 bucket"
    public let blockSize = 1 << 20

    public init(
        _ settings: S3Settings, http: any HTTPSender, owner: (@Sendable () async throws -> String)? = nil,
        logger: Logger = Logger(label: "postiz.storage"),
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.settings = settings
        self.http = http
        self.owner = owner
        self.logger = logger
        self.now = now
    }

    // MARK: Reading

    public func size(of key: String) async throws -> Int? {
        do {
            let answer = try await send(S3Request(method: "HEAD", key: key), to: "tell a file's size")
            guard let size = answer.headers["content-length"].flatMap({ Int($0) }) else {
                throw StoreError(action: "tell a file's size", code: "NoLength", status: answer.status, message: "")
            }
            return size
        } catch let error as StoreError where error.isMissing {
            return nil
        }
    }

    public func read(_ key: String, at offset: Int, count: Int) async throws -> Data {
        let count = min(count, blockSize)
        guard count > 0 else { return Data() }
        let action = "hand out a file"
        let request = S3Request(method: "GET", key: key, headers: [("range", "bytes=\(offset)-\(offset + count - 1)")])
        do {
            let answer = try await send(request, to: action)
            let isWhole = answer.status != 206
            let data = isWhole ? answer.body.dropFirst(offset).prefix(count) : answer.body
            // `bytes 0-99/1234`
            let total = isWhole ? answer.body.count : answer.headers["content-range"]?.split(separator: "/").last.flatMap { Int($0) }
            guard let total, data.count == max(0, min(count, total - offset)) else {
                throw StoreError(action: action, code: "WrongRange", status: answer.status, message: "\(data.count) bytes came")
            }
            return Data(data)
        } catch let error as StoreError where error.status == 416 {
            return Data()
        }
    }

    public func list(_ prefix: String, after key: String) async throws -> [StoredFile] {
        var request = S3Request(method: "GET", query: [("list-type", "2"), ("max-keys", "1000"), ("prefix", settings.prefix + prefix)])
        if !key.isEmpty { request.query.append(("start-after", settings.prefix + key)) }
        let answer = try await send(request, to: "list files")
        return S3Document(answer.body).elements("Contents").compactMap { StoredFile($0, without: settings.prefix) }
    }

    public func localPath(of key: String) async throws -> String? { nil }

    public func check() async throws {
        _ = try await send(S3Request(method: "GET", query: [("list-type", "2"), ("max-keys", "1")]), to: "list the bucket \(settings.bucket)")
        if let owner { try await claim(for: try await owner()) }
    }

    /// Names the installation whose files these are. What two keep in one place, either removes for the other.
    static let mark = "postiz-installation"

    private func claim(for owner: String) async throws {
        let action = "mark the bucket as this installation's"
        do {
            let found = try await send(S3Request(method: "GET", key: Self.mark), to: action)
            guard String(decoding: found.body, as: UTF8.self) != owner else { return }
            let place = settings.prefix.isEmpty ? "The bucket \(settings.bucket)" : "\(settings.prefix) in the bucket \(settings.bucket)"
            throw StoreError(action: action, code: "AnotherInstallation", status: nil, message: "\(place) keeps the files of another one")
        } catch let error as StoreError where error.isMissing {
            let body = Data(owner.utf8)
            var request = S3Request(method: "PUT", key: Self.mark, headers: [("content-type", "text/plain")])
            request.digest = SHA256.hash(data: body).hexadecimal
            _ = try await send(request, body: .bytes(body, contentType: "text/plain"), to: action)
        }
    }

    // MARK: Writing

    public func put(_ path: String, as key: String) async throws {
        let (file, size) = try await DiskFile.onThread { (try DiskFile.reading(path), try DiskFile.size(path)) }
        defer { file.close() }
        guard size >= Self.smallestInParts else {
            let part = try await sum(file, 0..<size)
            _ = try await put(part, of: file, S3Request(method: "PUT", key: key))
            return
        }
        try await putInParts(file, size: size, as: key)
    }

    public func remove(_ key: String) async throws {
        do {
            _ = try await send(S3Request(method: "DELETE", key: key), to: "remove a file")
        } catch let error as StoreError where error.isMissing {
        }
    }

    /// Sends a piece of a file and returns the store's entity tag. Throws `StoreError` also when the store took other bytes.
    func put(_ part: SummedPart, of file: DiskFile, _ request: S3Request) async throws -> String {
        var request = request
        request.digest = part.sha256
        request.headers += [("content-md5", part.md5.base64EncodedString()), ("content-type", "application/octet-stream")]
        let body = HTTPBody.reading(part.range.count, contentType: "application/octet-stream") { offset, count in
            try await DiskFile.onThread { try file.read(at: part.range.lowerBound + offset, count: count) }
        }
        let answer = try await send(request, body: body, to: "store a file")
        guard !part.contradicts(answer) else {
            throw StoreError(action: "store a file", code: "WrongETag", status: answer.status, message: "it stored other bytes than were sent")
        }
        return answer.headers["etag"] ?? ""
    }

    func sum(_ file: DiskFile, _ range: Range<Int>) async throws -> SummedPart {
        var (sha256, md5, offset) = (SHA256(), Insecure.MD5(), range.lowerBound)
        while offset < range.upperBound {
            let from = offset
            let bytes = try await DiskFile.onThread { try file.read(at: from, count: min(1 << 20, range.upperBound - from)) }
            guard !bytes.isEmpty else { throw UnexpectedEnd() }
            sha256.update(data: bytes)
            md5.update(data: bytes)
            offset += bytes.count
        }
        return SummedPart(range: range, sha256: sha256.finalize().hexadecimal, md5: Data(md5.finalize()))
    }

    private struct UnexpectedEnd: Error {}

    // MARK: Asking

    private static let pauses: [Duration] = [.milliseconds(200), .milliseconds(800), .seconds(2)]

    /// Sends a request, again after a pause where that may help: all that are used here can be repeated. `action` is what is asked of the store.
    func send(_ request: S3Request, body: HTTPBody? = nil, to action: String) async throws -> HTTPAnswer {
        for pause in Self.pauses {
            do {
                return try await sendOnce(request, body: body, to: action)
            } catch let error as StoreError where error.isPassing {
                logger.debug("the store is asked again", metadata: ["error": "\(error)"])
                try await Task.sleep(for: pause)
            }
        }
        return try await sendOnce(request, body: body, to: action)
    }

    private func sendOnce(_ request: S3Request, body: HTTPBody?, to action: String) async throws -> HTTPAnswer {
        let call = HTTPCall(
            request.method, request.url(settings), headers: request.signed(settings, at: now()), body: body, secrets: [settings.secretAccessKey])
        let answer: HTTPAnswer
        do {
            answer = try await http.send(call)
        } catch let failure as TransportFailure {
            throw StoreError(action: action, failure: failure)
        }
        guard answer.isSuccess else { throw StoreError(action: action, answer: answer) }
        return answer
    }

    func log(_ error: any Error, _ words: String) { logger.warning("\(words)", metadata: ["error": "\(error)"]) }
}
