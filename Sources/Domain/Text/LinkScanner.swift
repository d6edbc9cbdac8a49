/// Finds links the way X and Mastodon do: a host needs a known top-level domain, what stands before a link decides whether it is one, and
/// punctuation at its end belongs to the sentence around it. Linear in the length of the text.
public struct LinkScanner {
    /// Where the links of `text` are as X finds them, in order; with them hosts that stand alone, such as `example.com`.
    public static func links(in text: String) -> [Range<String.Index>] {
        places(of: links(in: Array(text.unicodeScalars), .x), in: text)
    }

    /// Where the addresses of pages are that are written out, with `http://` or `https://`: the same on every platform, also where one would make
    /// links of more, or of less. What marks up the text around them is none of them: `<address|words>`, `[address](address)`.
    public static func addresses(in text: String) -> [Range<String.Index>] {
        guard text.contains("://") else { return [] }
        let scalars = Array(text.unicodeScalars)
        let found = links(in: scalars, .mastodon).flatMap { withoutMarkup($0, in: scalars) }
        return places(of: found.filter { isWeb(scalars[$0]) }, in: text)
    }

    private static func isWeb(_ link: ArraySlice<Unicode.Scalar>) -> Bool {
        ["http://", "https://"].contains { scheme in
            link.count > scheme.unicodeScalars.count && zip(link, scheme.unicodeScalars).allSatisfy { $0.lowercasedASCII == $1 }
        }
    }

    /// `link` up to the markup in it, and the links behind that.
    private static func withoutMarkup(_ link: Range<Int>, in scalars: [Unicode.Scalar]) -> [Range<Int>] {
        let isSlack = link.lowerBound > 0 && scalars[link.lowerBound - 1] == "<"
        let mark = link.first { index in
            switch scalars[index] {
            case "`": true
            case "|": isSlack
            case "]": index + 1 < scalars.count && scalars[index + 1] == "("
            default: false
            }
        }
        guard let mark else { return [link] }
        let behind = links(in: Array(scalars[mark..<link.upperBound]), .mastodon)
        return [link.lowerBound..<mark] + behind.map { mark + $0.lowerBound..<mark + $0.upperBound }
    }

    private static func places(of ranges: [Range<Int>], in text: String) -> [Range<String.Index>] {
        var reached = text.startIndex
        var offset = 0
        func index(at target: Int) -> String.Index {
            reached = text.unicodeScalars.index(reached, offsetBy: target - offset)
            offset = target
            return reached
        }
        return ranges.map { range in
            let start = index(at: range.lowerBound)
            return start..<index(at: range.upperBound)
        }
    }

    static func links(in scalars: [Unicode.Scalar], _ grammar: LinkGrammar) -> [Range<Int>] {
        guard scalars.contains(grammar.bareHosts ? "." : ":") else { return [] }
        var scanner = LinkScanner(scalars: scalars, grammar: grammar)
        scanner.scan()
        return scanner.links
    }

    private let scalars: [Unicode.Scalar]
    private let grammar: LinkGrammar
    private var hosts: HostScanner
    private var links: [Range<Int>] = []

    private init(scalars: [Unicode.Scalar], grammar: LinkGrammar) {
        self.scalars = scalars
        self.grammar = grammar
        hosts = HostScanner(scalars: scalars, isHost: grammar.isHost)
    }

    /// A link needs a character before it, which nothing else has used, or the beginning of the text. At the beginning a character before
    /// it is preferred: of `öffi.at` only `ffi.at` is a link.
    private mutating func scan() {
        var position = 1
        var atBeginning = true
        while position <= scalars.count {
            if position < scalars.count, mayPrecede(scalars[position - 1]), let end = take(at: position) {
                position = end + 1
            } else if atBeginning, let end = take(at: 0) {
                position = end + 1
            } else {
                position += 1
            }
            atBeginning = false
        }
    }

    private func mayPrecede(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "@", "＠", "$", "#", "＃": false
        default: !scalar.isASCIILetterOrDigit && !scalar.isForbiddenInLinks
        }
    }

    /// Notes what is a link at `start` and returns where the search goes on; nil when there is nothing like a link. What looks like one and
    /// is none after all is used up as well.
    private mutating func take(at start: Int) -> Int? {
        if let scheme = schemeLength(at: start), let hostEnd = hosts.end(from: start + scheme) {
            let end = linkEnd(after: hostEnd)
            takeAddress(start..<end, host: start + scheme..<hostEnd, isWeb: scalars[start].lowercasedASCII == "h")
            return end
        }
        guard let hostEnd = hosts.end(from: start) else { return nil }
        let end = linkEnd(after: hostEnd)
        if grammar.bareHosts { takeBare(start..<end, host: start..<hostEnd) }
        return end
    }

    private func schemeLength(at start: Int) -> Int? {
        grammar.schemes.first { scheme in
            start + scheme.count <= scalars.count && zip(scheme, scalars[start...]).allSatisfy { $0 == $1.lowercasedASCII }
        }?.count
    }

    private mutating func takeAddress(_ link: Range<Int>, host: Range<Int>, isWeb: Bool) {
        guard link.count <= LinkGrammar.longestLink, isValid(host: host) else { return }
        guard isWeb, isShortener(host) else { return links.append(link) }
        // Of a t.co address the slug is the link, with its query, whatever follows.
        let slugStart = host.upperBound + 1
        let slugEnd = scalars[..<link.upperBound].dropFirst(slugStart).firstIndex { !$0.isASCIILetterOrDigit } ?? link.upperBound
        guard host.upperBound < link.upperBound, scalars[host.upperBound] == "/", slugEnd > slugStart else { return links.append(link) }
        guard slugEnd - slugStart <= LinkGrammar.longestSlug else { return }
        links.append(link.lowerBound..<queryEnd(at: slugEnd, LinkGrammar.isQueryOfX, LinkGrammar.isQueryEndOfX))
    }

    private func isShortener(_ host: Range<Int>) -> Bool { scalars[host].map(\.lowercasedASCII).elementsEqual("t.co".unicodeScalars) }

    /// Of a host without a scheme only what is Latin is a link; with a path, the last of them has it, and port and query with it.
    private mutating func takeBare(_ link: Range<Int>, host: Range<Int>) {
        if link.lowerBound > 0, ["-", "_", ".", "/"].contains(scalars[link.lowerBound - 1]) { return }
        guard link.count + "https://".count <= LinkGrammar.longestLink, isValid(host: host) else { return }
        var latin = hosts.latinHosts(in: host)
        guard let last = latin.popLast() else { return }
        let hasPath = link.upperBound > host.upperBound && pathStart(after: host.upperBound) != nil
        links += latin + [hasPath ? last.lowerBound..<link.upperBound : last]
    }

    private func isValid(host: Range<Int>) -> Bool {
        // What calls itself Punycode is of ASCII.
        if scalars[host].starts(with: "xn--".unicodeScalars), hosts.latinHosts(in: host).isEmpty { return false }
        return scalars[host].split(separator: ".").allSatisfy { Punycode.length(of: $0) <= LinkGrammar.longestLabel }
    }
}

// MARK: - How far a link reaches

extension LinkScanner {
    private func linkEnd(after host: Int) -> Int {
        var end = portEnd(at: host)
        if end < scalars.count, scalars[end] == "/" { end = pathEnd(at: end) }
        return queryEnd(at: end, grammar.isQuery, grammar.isQueryEnd)
    }

    private func portEnd(at start: Int) -> Int {
        guard start + 1 < scalars.count, scalars[start] == ":", scalars[start + 1].isDigit else { return start }
        return run(from: start + 1, while: \.isDigit)
    }

    private func pathStart(after host: Int) -> Int? {
        let end = portEnd(at: host)
        return end < scalars.count && scalars[end] == "/" ? end : nil
    }

    /// The end of the path that begins with the slash at `start`.
    private func pathEnd(at start: Int) -> Int {
        var position = start + 1
        var end = position
        while position < scalars.count {
            if scalars[position] == "(", let closed = bracketsEnd(at: position) {
                position = closed
                end = closed
            } else if grammar.isPath(scalars[position]) {
                position += 1
                if grammar.isPathEnd(scalars[position - 1]) { end = position }
            } else {
                break
            }
        }
        return end
    }

    /// The end of the brackets that open at `start`; nil when they are empty, not closed, or more than two deep.
    private func bracketsEnd(at start: Int) -> Int? {
        let first = run(from: start + 1, while: grammar.isPath)
        guard first < scalars.count else { return nil }
        if scalars[first] == ")" { return first > start + 1 ? first + 1 : nil }
        guard scalars[first] == "(" else { return nil }
        let inner = run(from: first + 1, while: grammar.isPath)
        guard inner > first + 1, inner < scalars.count, scalars[inner] == ")" else { return nil }
        let last = run(from: inner + 1, while: grammar.isPath)
        return last < scalars.count && scalars[last] == ")" ? last + 1 : nil
    }

    private func queryEnd(at start: Int, _ isQuery: (Unicode.Scalar) -> Bool, _ isQueryEnd: (Unicode.Scalar) -> Bool) -> Int {
        guard start < scalars.count, scalars[start] == "?" else { return start }
        let last = run(from: start + 1, while: isQuery)
        return scalars[start + 1..<last].lastIndex(where: isQueryEnd).map { $0 + 1 } ?? start
    }

    private func run(from start: Int, while belongs: (Unicode.Scalar) -> Bool) -> Int {
        var end = start
        while end < scalars.count, belongs(scalars[end]) { end += 1 }
        return end
    }
}
