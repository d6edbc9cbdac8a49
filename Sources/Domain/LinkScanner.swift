/// Finds links the way X does (twitter-text): a host needs a known top-level domain, labels have at most 63 characters, and what stands
/// before a link decides whether it is one.
public enum LinkScanner {
    /// Where the links of `text` are, in order. `bareHosts` also finds `example.com` without a scheme. Linear in the length of the text.
    public static func links(in text: String, bareHosts: Bool = true) -> [Range<String.Index>] {
        var reached = text.startIndex
        var offset = 0
        func index(at target: Int) -> String.Index {
            reached = text.unicodeScalars.index(reached, offsetBy: target - offset)
            offset = target
            return reached
        }
        return links(in: Array(text.unicodeScalars), bareHosts: bareHosts).map { range in
            let start = index(at: range.lowerBound)
            return start..<index(at: range.upperBound)
        }
    }

    static func links(in scalars: [Unicode.Scalar], bareHosts: Bool) -> [Range<Int>] {
        guard scalars.contains(".") else { return [] }
        var links = [Range<Int>]()
        var position = 0
        // The end of the last run of host characters that was looked at: no bare host starts inside it.
        var examined = 0
        while position < scalars.count {
            var end: Int?
            if let scheme = schemeLength(in: scalars, at: position), mayPrecedeLink(scalars, position) {
                end = linkEnd(in: scalars, hostAt: position + scheme, bare: false)
            } else if bareHosts, position >= examined, isBareHost(scalars[position]) {
                if mayPrecedeLink(scalars, position), mayPrecedeBareHost(scalars, position) {
                    end = linkEnd(in: scalars, hostAt: position, bare: true)
                }
                examined = hostRunEnd(in: scalars, from: position, isBareHost)
            }
            if let end, end - position <= longestLink {
                links.append(position..<end)
                position = end
                examined = max(examined, end)
            } else {
                position += 1
            }
        }
        return links
    }
}

// MARK: - Where a link starts

extension LinkScanner {
    private static let longestLink = 4096
    private static let longestLabel = 63
    private static let deepestBrackets = 2
    private static let schemes: [[Unicode.Scalar]] = ["https://", "http://"].map { Array($0.unicodeScalars) }

    private static func schemeLength(in scalars: [Unicode.Scalar], at start: Int) -> Int? {
        guard scalars[start] == "h" || scalars[start] == "H" else { return nil }
        return schemes.first { scheme in
            start + scheme.count <= scalars.count && zip(scheme, scalars[start...]).allSatisfy { $0 == $1.lowercasedASCII }
        }?.count
    }

    private static func mayPrecedeLink(_ scalars: [Unicode.Scalar], _ position: Int) -> Bool {
        guard position > 0 else { return true }
        return switch scalars[position - 1] {
        case "a"..."z", "A"..."Z", "0"..."9", "@", "$", "#", "＠", "＃", "\u{202A}"..."\u{202E}": false
        default: true
        }
    }

    private static func mayPrecedeBareHost(_ scalars: [Unicode.Scalar], _ position: Int) -> Bool {
        position == 0 || !["-", "_", ".", "/"].contains(scalars[position - 1])
    }
}

// MARK: - How far a link reaches

extension LinkScanner {
    private static func linkEnd(in scalars: [Unicode.Scalar], hostAt start: Int, bare: Bool) -> Int? {
        guard var end = hostEnd(in: scalars, from: start, bare ? isBareHost : isHost) else { return nil }
        if end + 1 < scalars.count, scalars[end] == ":", scalars[end + 1].isDigit {
            end += 1
            while end < scalars.count, scalars[end].isDigit { end += 1 }
        }
        // No further than tells a link that is too long: a text full of nested addresses stays linear.
        let reach = min(scalars.count, end + longestLink)
        if end < reach, scalars[end] == "/" { end = pathEnd(in: scalars[..<reach], from: end) }
        if end < reach, scalars[end] == "?" { end = queryEnd(in: scalars[..<reach], from: end) }
        return end
    }

    private static func hostRunEnd(in scalars: [Unicode.Scalar], from start: Int, _ belongs: (Unicode.Scalar) -> Bool) -> Int {
        scalars[start...].firstIndex { !belongs($0) } ?? scalars.count
    }

    /// The end of the longest host that begins at `start` and ends in a top-level domain.
    private static func hostEnd(in scalars: [Unicode.Scalar], from start: Int, _ belongs: (Unicode.Scalar) -> Bool) -> Int? {
        var longest: Int?
        var labelStart = start
        let runEnd = hostRunEnd(in: scalars, from: start, belongs)
        while labelStart < runEnd {
            let labelEnd = scalars[labelStart..<runEnd].firstIndex(of: ".") ?? runEnd
            if labelStart > start, let end = topLevelDomainEnd(in: scalars, labelStart..<labelEnd) { longest = end }
            guard labelEnd > labelStart, labelEnd - labelStart <= longestLabel, scalars[labelStart] != "-", scalars[labelEnd - 1] != "-"
            else { break }
            labelStart = labelEnd + 1
        }
        return longest
    }

    /// Where the top-level domain at the beginning of `label` ends; text in another script may follow it without a space.
    private static func topLevelDomainEnd(in scalars: [Unicode.Scalar], _ label: Range<Int>) -> Int? {
        let asciiEnd = scalars[label].firstIndex { !$0.isASCII || $0 == "_" } ?? label.upperBound
        for end in [label.upperBound, asciiEnd] where end > label.lowerBound && end - label.lowerBound <= longestLabel {
            if end < scalars.count, scalars[end].isASCIILetterOrDigit || ["@", "+", "-"].contains(scalars[end]) { continue }
            var name = String.UnicodeScalarView()
            name.append(contentsOf: scalars[label.lowerBound..<end])
            if TopLevelDomains.contains(String(name).lowercased()) { return end }
        }
        return nil
    }

    /// The end of the path at `start`: punctuation at its end and a closing bracket without its partner belong to the sentence around it.
    private static func pathEnd(in scalars: ArraySlice<Unicode.Scalar>, from start: Int) -> Int {
        var depth = 0
        var position = start
        var end = start + 1
        while position < scalars.endIndex, isPath(scalars[position]) {
            if scalars[position] == "(" { depth += 1 }
            if scalars[position] == ")" { depth -= 1 }
            if depth < 0 || depth > deepestBrackets { break }
            position += 1
            if depth == 0, isPathEnding(scalars[position - 1]) { end = position }
        }
        return end
    }

    private static func queryEnd(in scalars: ArraySlice<Unicode.Scalar>, from start: Int) -> Int {
        var end = start
        for (position, scalar) in zip((start + 1)..., scalars[(start + 1)...]) {
            guard isQuery(scalar) else { break }
            if isQueryEnding(scalar) { end = position + 1 }
        }
        return end
    }
}

// MARK: - Which characters belong where

extension LinkScanner {
    private static func isBareHost(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCIILetterOrDigit || scalar == "-" || scalar == "." || scalar.isAccentedLatin
    }

    private static func isHost(_ scalar: Unicode.Scalar) -> Bool {
        isBareHost(scalar) || scalar == "_"
            || (!scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar.isMark))
    }

    private static func isPath(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "!", "*", "'", ";", ":", "=", "+", ",", ".", "$", "%", "[", "]", "-", "–", "_", "~", "@", "|", "&", "/", "#", "(", ")": true
        default: scalar.isASCIILetterOrDigit || scalar.isAccentedLatin || scalar.isCyrillic
        }
    }

    private static func isPathEnding(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "+", "-", "=", "_", "#", "/", ")": true
        default: scalar.isASCIILetterOrDigit || scalar.isAccentedLatin || scalar.isCyrillic
        }
    }

    private static func isQuery(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "!", "?", "*", "'", "@", "(", ")", ";", ":", "&", "=", "+", "$", "/", "%", "#", "[", "]", "-", "_", ".", ",", "~", "|": true
        default: scalar.isASCIILetterOrDigit
        }
    }

    private static func isQueryEnding(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "-", "_", "&", "=", "#", "/": true
        default: scalar.isASCIILetterOrDigit
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
    fileprivate var isASCIILetterOrDigit: Bool { isDigit || ("a"..."z").contains(lowercasedASCII) }
    fileprivate var lowercasedASCII: Unicode.Scalar {
        ("A"..."Z").contains(self) ? Unicode.Scalar(UInt8(value) + 32) : self
    }
    fileprivate var isAccentedLatin: Bool { ("\u{C0}"..."\u{24F}").contains(self) && self != "×" && self != "÷" }
    fileprivate var isCyrillic: Bool { ("\u{400}"..."\u{4FF}").contains(self) }
    fileprivate var isMark: Bool { [.nonspacingMark, .spacingMark].contains(properties.generalCategory) }
}
