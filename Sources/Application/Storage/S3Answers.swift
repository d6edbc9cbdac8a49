import Domain
import Foundation
import Platforms

/// The few texts that S3 stores answer, all in elements without attributes that matter: a name, a text between, the five entities of XML.
struct S3Document {
    private let bytes: ArraySlice<UInt8>

    init(_ data: Data) { bytes = Array(data)[...] }
    private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// What stands within each element of that name, at whatever depth.
    func elements(_ name: String) -> [S3Document] {
        var found: [S3Document] = []
        var rest = bytes
        while let opening = rest.firstRange(of: Array("<\(name)".utf8)) {
            rest = rest[opening.upperBound...]
            // Another name that begins alike, or an empty element.
            guard let next = rest.first, next == UInt8(ascii: ">") || next == UInt8(ascii: " "),
                let end = rest.firstIndex(of: UInt8(ascii: ">")), let closing = rest[end...].firstRange(of: Array("</\(name)>".utf8))
            else { continue }
            found.append(S3Document(rest[rest.index(after: end)..<closing.lowerBound]))
            rest = rest[closing.upperBound...]
        }
        return found
    }

    subscript(name: String) -> String? { elements(name).first?.plain }

    private var plain: String {
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")]
            .reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}

extension StoreError {
    /// From an answer that is no success. One to HEAD has no text: its status is all there is.
    init(action: String, answer: HTTPAnswer) {
        // Some behind a proxy answer in HTML: no words of it are for people.
        let error = S3Document(answer.body.prefix(65_536)).elements("Error").first
        self.init(
            action: action, code: error?["Code"] ?? "\(answer.status)", status: answer.status, message: String((error?["Message"] ?? "").prefix(300)))
    }

    init(action: String, failure: TransportFailure) {
        self.init(action: action, code: "NoAnswer", status: nil, message: failure.reason)
    }

    /// Whether the same request may do better in a moment.
    var isPassing: Bool {
        status.map { [408, 429, 500, 502, 503, 504].contains($0) } ?? (code == "NoAnswer") || ["RequestTimeout", "SlowDown"].contains(code)
    }
}

/// An upload in parts that was begun and not ended.
struct UnfinishedUpload: Equatable {
    let key: String
    let id: String
    let began: Timestamp

    /// Nil when its key does not begin with `prefix`, too.
    init?(_ document: S3Document, without prefix: String) {
        guard let whole = document["Key"], let key = whole.dropping(prefix), let id = document["UploadId"],
            let began = document["Initiated"].flatMap(Timestamp.init)
        else { return nil }
        (self.key, self.id, self.began) = (key, id, began)
    }
}

extension StoredFile {
    /// Nil when its key does not begin with `prefix`, too.
    init?(_ document: S3Document, without prefix: String) {
        guard let whole = document["Key"], let key = whole.dropping(prefix), let size = document["Size"].flatMap({ Int($0) }),
            let changed = document["LastModified"].flatMap(Timestamp.init)
        else { return nil }
        self.init(key: key, size: size, changed: changed)
    }
}

extension String {
    /// What follows `prefix`; nil when that is not how it begins.
    fileprivate func dropping(_ prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}

/// A piece of a file with the sums by which a store and we check it.
struct SummedPart: Sendable {
    let range: Range<Int>
    /// Lower-case hex.
    let sha256: String
    let md5: Data

    /// Whether a store's entity tag may be that of other bytes: where it is no MD5 it tells nothing (parts, or keys of the store's own).
    func contradicts(_ answer: HTTPAnswer) -> Bool {
        let encryption = answer.headers["x-amz-server-side-encryption"] ?? ""
        guard !encryption.hasPrefix("aws:kms"), answer.headers["x-amz-server-side-encryption-customer-algorithm"] == nil else { return false }
        let tag = (answer.headers["etag"] ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "\"")).lowercased()
        return tag.count == 32 && tag.allSatisfy(\.isHexDigit) && tag != md5.hexadecimal
    }
}
