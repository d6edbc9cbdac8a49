import CXML
import Foundation

/// Why a feed cannot be used, in words that complete "The feed cannot be read: …".
struct FeedFault: Error, Equatable {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// An element of an XML document with what it holds.
struct XMLElement {
    /// Without a prefix.
    let name: String
    /// The namespace; empty for none.
    let space: String
    /// By local name.
    var attributes: [String: String] = [:]
    /// All text directly inside.
    var text = ""
    var children: [XMLElement] = []
    /// What is inside an element of Atom that says it holds XHTML, as it was written.
    var markup: String?

    var trimmed: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// Reads XML with libxml2. Nothing is ever fetched or expanded: documents that declare entities are refused, those that only name the usual ones
/// of HTML are understood.
enum XMLDocument {
    static let deepest = 64
    static let mostElements = 100_000

    /// The root. `charset` is what the server said of it. Throws `FeedFault`.
    static func root(of data: Data, charset: String?) throws -> XMLElement {
        guard data.range(of: Data("<!ENTITY".utf8)) == nil else { throw FeedFault("it declares entities, which feeds must not") }
        let data = HTMLEntities.numbered(data)
        let says = data.prefix(200).range(of: Data("encoding=".utf8)) != nil || data.starts(with: [0xEF, 0xBB, 0xBF])
        let faults = Faults()
        return try withExtendedLifetime(faults) {
            try data.withUnsafeBytes { bytes in
                let options = XML_PARSE_NONET.rawValue | XML_PARSE_RECOVER.rawValue | XML_PARSE_NOBLANKS.rawValue
                let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                guard let reader = xmlReaderForMemory(start, Int32(bytes.count), nil, says ? nil : charset, Int32(options)) else {
                    throw FeedFault("it is empty")
                }
                defer { xmlFreeTextReader(reader) }
                xmlTextReaderSetStructuredErrorHandler(
                    reader,
                    { context, error in
                        guard let context, let error = error?.pointee else { return }
                        Unmanaged<Faults>.fromOpaque(context).takeUnretainedValue().note(error)
                    }, Unmanaged.passUnretained(faults).toOpaque())
                let root = try tree(reader)
                if let fault = faults.fatal { throw FeedFault("its XML is damaged (\(fault))") }
                return root
            }
        }
    }

    private static func tree(_ reader: xmlTextReaderPtr) throws -> XMLElement {
        var open: [XMLElement] = []
        var root: XMLElement?
        var count = 0
        func close() {
            guard let element = open.popLast() else { return }
            if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
        }
        while xmlTextReaderRead(reader) == 1 {
            switch xmlTextReaderNodeType(reader) {
            case 1:
                count += 1
                guard count <= mostElements, open.count < deepest else { throw FeedFault("it has too many elements, or too deep ones") }
                let isEmpty = xmlTextReaderIsEmptyElement(reader) == 1
                open.append(element(reader))
                if isEmpty { close() }
            case 3, 4, 14: if !open.isEmpty { open[open.count - 1].text += text(xmlTextReaderConstValue(reader)) }
            case 15: close()
            default: break
            }
        }
        while !open.isEmpty { close() }
        guard let root else { throw FeedFault("it is no XML") }
        return root
    }

    private static func element(_ reader: xmlTextReaderPtr) -> XMLElement {
        var element = XMLElement(name: text(xmlTextReaderConstLocalName(reader)), space: text(xmlTextReaderConstNamespaceUri(reader)))
        while xmlTextReaderMoveToNextAttribute(reader) == 1 {
            element.attributes[text(xmlTextReaderConstLocalName(reader))] = text(xmlTextReaderConstValue(reader))
        }
        xmlTextReaderMoveToElement(reader)
        if element.attributes["type"] == "xhtml", let inner = xmlTextReaderReadInnerXml(reader) {
            element.markup = text(inner)
            postiz_xml_free(inner)
        }
        return element
    }

    static func text(_ bytes: UnsafePointer<xmlChar>?) -> String { bytes.map { String(cString: $0) } ?? "" }

    /// What libxml2 found wrong. Used by one thread, during one call.
    private final class Faults {
        /// Where the parser goes on without losing more than a character.
        private static let harmless: Set<UInt32> = [
            XML_ERR_INVALID_CHAR.rawValue, XML_ERR_ENTITYREF_SEMICOL_MISSING.rawValue, XML_ERR_UNDECLARED_ENTITY.rawValue,
            XML_WAR_UNDECLARED_ENTITY.rawValue, XML_ERR_NAME_REQUIRED.rawValue,
        ]
        private(set) var fatal: String?

        func note(_ error: xmlError) {
            guard error.level == XML_ERR_FATAL, fatal == nil, !Self.harmless.contains(UInt32(max(error.code, 0))) else { return }
            let words = error.message.map { String(cString: $0).trimmingCharacters(in: .whitespacesAndNewlines) } ?? "error \(error.code)"
            fatal = "line \(error.line): \(words.prefix(200))"
        }
    }
}

/// The named characters of HTML, which feeds use although XML does not know them.
enum HTMLEntities {
    private static let known: Set<String> = ["amp", "lt", "gt", "quot", "apos"]

    /// The same document with each `&name;` of HTML as a number. Inside CDATA that changes nothing: HTML reads both alike.
    static func numbered(_ data: Data) -> Data {
        guard data.contains(UInt8(ascii: "&")) else { return data }
        var (result, rest) = (Data(capacity: data.count), data[...])
        while let ampersand = rest.firstIndex(of: UInt8(ascii: "&")) {
            let after = rest.index(after: ampersand)
            let name = rest[after...].prefix(12).prefix {
                ($0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z")) || (48...57).contains($0)
            }
            result.append(rest[..<ampersand])
            let end = name.endIndex
            let text = String(decoding: name, as: UTF8.self)
            if end < rest.endIndex, rest[end] == UInt8(ascii: ";"), !known.contains(text), let entity = htmlEntityLookup(text) {
                result.append(contentsOf: "&#\(entity.pointee.value);".utf8)
                rest = rest[rest.index(after: end)...]
            } else {
                result.append(UInt8(ascii: "&"))
                rest = rest[after...]
            }
        }
        result.append(rest)
        return result
    }
}
