import CXML
import Foundation

/// Reads XML of any length piece by piece with libxml2. Nothing is fetched or expanded: documents that declare anything are refused.
enum XMLEvents {
    enum Event {
        case start(name: String, attributes: [String: String])
        case text(String)
        case end(name: String)
    }

    /// Names are without prefixes. Throws `TableFault` for what is no XML, and whatever `take` throws.
    static func read(_ data: Data, _ take: (Event) throws -> Void) throws {
        guard data.range(of: Data("<!DOCTYPE".utf8)) == nil, data.count < Int32.max else {
            throw TableFault("it declares what tables have no use for")
        }
        try data.withUnsafeBytes { bytes in
            let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_HUGE.rawValue
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            guard let reader = xmlReaderForMemory(start, Int32(bytes.count), nil, nil, Int32(options)) else {
                throw TableFault("a part of it is empty")
            }
            defer { xmlFreeTextReader(reader) }
            var status = xmlTextReaderRead(reader)
            while status == 1 {
                switch xmlTextReaderNodeType(reader) {
                case 1:
                    let name = XMLDocument.text(xmlTextReaderConstLocalName(reader))
                    let isEmpty = xmlTextReaderIsEmptyElement(reader) == 1
                    var attributes: [String: String] = [:]
                    while xmlTextReaderMoveToNextAttribute(reader) == 1 {
                        attributes[XMLDocument.text(xmlTextReaderConstLocalName(reader))] = XMLDocument.text(xmlTextReaderConstValue(reader))
                    }
                    xmlTextReaderMoveToElement(reader)
                    try take(.start(name: name, attributes: attributes))
                    if isEmpty { try take(.end(name: name)) }
                case 3, 4, 14: try take(.text(XMLDocument.text(xmlTextReaderConstValue(reader))))
                case 15: try take(.end(name: XMLDocument.text(xmlTextReaderConstLocalName(reader))))
                default: break
                }
                status = xmlTextReaderRead(reader)
            }
            guard status == 0 else { throw TableFault("its XML is damaged") }
        }
    }
}
