import Crypto
import Domain
import Foundation
import Platforms

/// Large files, in parts: each is checked by itself, and only the last call makes a file of them.
extension S3Store {
    /// As few as may be, of at least 16 MB.
    static func parts(of size: Int) -> [Range<Int>] {
        let length = max(smallestInParts, (size + mostParts - 1) / mostParts)
        return stride(from: 0, to: size, by: length).map { $0..<min($0 + length, size) }
    }

    func putInParts(_ file: DiskFile, size: Int, as key: String) async throws {
        let action = "begin a large file"
        let begun = try await send(S3Request(method: "POST", key: key, query: [("uploads", "")]), to: action)
        guard let id = S3Document(begun.body)["UploadId"], !id.isEmpty else {
            throw StoreError(action: action, code: "NoUploadId", status: begun.status, message: "")
        }
        do {
            var tags: [String] = []
            for (index, range) in Self.parts(of: size).enumerated() {
                let query = [(name: "partNumber", value: "\(index + 1)"), (name: "uploadId", value: id)]
                tags.append(try await put(try await sum(file, range), of: file, S3Request(method: "PUT", key: key, query: query)))
            }
            try await complete(id, tags, size: size, as: key)
        } catch {
            // Also when this task is cancelled. What is not reached is swept a day later.
            await Task { await forget(id, key) }.value
            throw error
        }
    }

    /// Makes a file of the parts. Answers differ, and one may be lost on the way: what counts is what stands there then.
    private func complete(_ id: String, _ tags: [String], size: Int, as key: String) async throws {
        let parts = tags.enumerated().map { "<Part><PartNumber>\($0 + 1)</PartNumber><ETag>\(Self.escaped($1))</ETag></Part>" }
        let text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(parts.joined())</CompleteMultipartUpload>"
        let body = Data(text.utf8)
        var request = S3Request(method: "POST", key: key, query: [("uploadId", id)], headers: [("content-type", "application/xml")])
        request.digest = SHA256.hash(data: body).hexadecimal
        let action = "make a file of its parts"
        var failure: StoreError?
        do {
            let answer = try await send(request, body: .bytes(body, contentType: "application/xml"), to: action)
            // It may begin with success and end with an error.
            if S3Document(answer.body).elements("Error").first != nil { failure = StoreError(action: action, answer: answer) }
        } catch let error as StoreError {
            failure = error
        }
        let stored = try await self.size(of: key)
        if let failure, stored != size || failure.code != "NoSuchUpload" { throw failure }
        guard stored == size else {
            throw StoreError(action: action, code: "WrongSize", status: nil, message: "\(stored ?? 0) bytes are there instead of \(size)")
        }
    }

    private static func escaped(_ tag: String) -> String {
        tag.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }

    private func forget(_ id: String, _ key: String) async {
        do {
            _ = try await send(S3Request(method: "DELETE", key: key, query: [("uploadId", id)]), to: "forget a large file")
        } catch let error as StoreError where error.isMissing {
        } catch {
            log(error, "parts of a file that was not stored stay in the store until the clean-up")
        }
    }

    /// Uploads under keys of ours alone: a bucket may hold other things.
    public func removeUnfinished(before time: Timestamp) async throws {
        try await removeUnfinished(before: time) { MediaKey.digest(of: $0) != nil || $0.hasPrefix(MediaKey.pieces) }
    }

    func removeUnfinished(before time: Timestamp, where isOurs: (String) -> Bool) async throws {
        for upload in try await unfinished() where upload.began < time && isOurs(upload.key) {
            do {
                _ = try await send(S3Request(method: "DELETE", key: upload.key, query: [("uploadId", upload.id)]), to: "forget a large file")
            } catch let error as StoreError where error.isMissing {
            }
        }
    }

    /// At most a thousand: the next clean-up finds what is left.
    func unfinished() async throws -> [UnfinishedUpload] {
        let answer = try await send(
            S3Request(method: "GET", query: [("uploads", ""), ("max-uploads", "1000"), ("prefix", settings.prefix)]),
            to: "list unfinished uploads")
        return S3Document(answer.body).elements("Upload").compactMap { UnfinishedUpload($0, without: settings.prefix) }
    }
}
