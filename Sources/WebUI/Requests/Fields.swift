import Domain
import Foundation
import Gateway
import Hummingbird

extension FormFields {
    /// The last value of `name`, trimmed: a ticked box wins over the hidden field before it. Empty when there is none.
    func text(_ name: String) -> String { all(name).last?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "" }

    /// The same; nil when empty.
    func given(_ name: String) -> String? { text(name).unlessEmpty }

    /// The last value of every field whose name begins with `prefix`, by the rest of the name.
    func group(_ prefix: String) -> [String: String] {
        Dictionary(pairs.filter { $0.name.hasPrefix(prefix) }.map { (String($0.name.dropFirst(prefix.count)), $0.value) }) { _, last in last
        }
    }
}

extension String {
    /// As a value in an address's query.
    var queryEncoded: String {
        let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        // Only unpaired surrogates cannot be encoded, and a String has none.
        return addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    /// This path if it leads to a page of ours, else `fallback`: never to an address elsewhere.
    func localPath(or fallback: String) -> String {
        hasPrefix("/") && !hasPrefix("//") && !contains("\\") && unicodeScalars.allSatisfy { $0.value > 0x20 } ? self : fallback
    }
}

/// A path with a query; empty values are left out.
func link(_ path: String, _ query: KeyValuePairs<String, String?>) -> String {
    let pairs = query.compactMap { name, value in value?.unlessEmpty.map { "\(name)=\($0.queryEncoded)" } }
    return pairs.isEmpty ? path : "\(path)?\(pairs.joined(separator: "&"))"
}
