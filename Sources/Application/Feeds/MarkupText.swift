import CXML
import Foundation

/// Plain text from HTML, read as browsers read it.
struct MarkupText {
    /// Paragraphs with an empty line between them, points of lists with a bullet.
    private(set) var text = ""
    /// The address of the first picture in it, as it was written.
    private(set) var picture: String?
    private var breaks = 0
    private var hasBlank = false

    init(_ html: String) {
        guard html.contains(where: { $0 == "<" || $0 == "&" }) else {
            text = html.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return
        }
        let options = HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue | HTML_PARSE_NONET.rawValue
        // In an element of its own, text before the first tag stays where it is.
        let bytes = Array("<div>\(html.replacing("\0", with: ""))</div>".utf8CString)
        guard let document = htmlReadMemory(bytes, Int32(bytes.count - 1), nil, "UTF-8", Int32(options)) else { return }
        defer { xmlFreeDoc(document) }
        if let root = xmlDocGetRootElement(document) { add(root) }
    }

    private static let silent: Set<String> = ["script", "style", "head", "title", "noscript", "template", "svg", "iframe", "object", "select"]
    private static let lines: Set<String> = ["br", "tr", "dt", "dd"]
    private static let paragraphs: Set<String> = [
        "p", "div", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "pre", "figure", "section", "article", "hr",
        "header", "footer", "aside", "main", "figcaption",
    ]

    /// As deep as libxml2 lets a document of HTML be, which is 256.
    private mutating func add(_ node: xmlNodePtr) {
        switch node.pointee.type {
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE: add(words: XMLDocument.text(node.pointee.content))
        case XML_ELEMENT_NODE: add(element: node)
        default: break
        }
    }

    private mutating func add(element node: xmlNodePtr) {
        let name = XMLDocument.text(node.pointee.name).lowercased()
        guard !Self.silent.contains(name) else { return }
        if name == "img", picture == nil, let source = xmlGetProp(node, "src") {
            picture = XMLDocument.text(source)
            postiz_xml_free(source)
        }
        let isBlock = Self.paragraphs.contains(name)
        if isBlock { breaks = max(breaks, 2) } else if name == "li" || Self.lines.contains(name) { breaks = max(breaks, 1) }
        if name == "li" { add(words: "• ") }
        var child = node.pointee.children
        while let next = child {
            add(next)
            child = next.pointee.next
        }
        if isBlock { breaks = max(breaks, 2) } else if name == "li" { breaks = max(breaks, 1) }
        if name == "td" || name == "th" { hasBlank = true }
    }

    private mutating func add(words: String) {
        for character in words {
            guard !character.isWhitespace || character == "\u{A0}" else {
                hasBlank = true
                continue
            }
            if breaks > 0, !text.isEmpty {
                text += String(repeating: "\n", count: breaks)
            } else if hasBlank, !text.isEmpty {
                text += " "
            }
            (breaks, hasBlank) = (0, false)
            text.append(character == "\u{A0}" ? " " : character)
        }
    }
}
