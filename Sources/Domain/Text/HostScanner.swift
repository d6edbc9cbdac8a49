/// Finds hosts: labels with dots between them, the last of which is, or begins with, a top-level domain. Each run of host characters is
/// looked at once, from its end, so that a text full of dots stays linear.
struct HostScanner {
    private struct Label {
        let range: Range<Int>
        /// Whether it may end where it ends: not in a hyphen or underscore, and a dot follows.
        let endsWell: Bool
        let lastUnderscore: Int?
        /// Where the top-level domain ends that the label begins with.
        let topLevelEnd: Int?
        /// The end of the longest host that begins with the label.
        var hostEnd: Int?
    }

    private let scalars: [Unicode.Scalar]
    private let isHost: @Sendable (Unicode.Scalar) -> Bool
    /// The run that was looked at last. Hosts are asked for from left to right.
    private var run = 0..<0
    private var labels: [Label] = []
    private var current = 0

    init(scalars: [Unicode.Scalar], isHost: @escaping @Sendable (Unicode.Scalar) -> Bool) {
        self.scalars = scalars
        self.isHost = isHost
    }

    /// The end of the longest host that begins at `start`; nil when none does.
    mutating func end(from start: Int) -> Int? {
        guard start < scalars.count, isHost(scalars[start]) else { return nil }
        if !run.contains(start) { read(from: start) }
        if labels[current].range.lowerBound > start { current = 0 }
        while labels[current].range.upperBound <= start { current += 1 }
        let label = labels[current]
        guard label.endsWell else { return nil }
        let next = labels[current + 1]
        return next.hostEnd ?? (label.lastUnderscore.map { $0 < start } ?? true ? next.topLevelEnd : nil)
    }

    private mutating func read(from start: Int) {
        var end = start
        while end < scalars.count, isPart(scalars[end]) { end += 1 }
        run = start..<end
        current = 0
        labels = []
        var labelStart = start
        while labelStart <= end {
            let labelEnd = scalars[labelStart..<end].firstIndex(of: ".") ?? end
            labels.append(label(labelStart..<labelEnd, dotFollows: labelEnd < end))
            labelStart = labelEnd + 1
        }
        for index in labels.indices.dropLast().reversed() where labels[index].endsWell && isHost(scalars[labels[index].range.lowerBound]) {
            let next = labels[index + 1]
            labels[index].hostEnd = next.hostEnd ?? (labels[index].lastUnderscore == nil ? next.topLevelEnd : nil)
        }
    }

    private func isPart(_ scalar: Unicode.Scalar) -> Bool { scalar == "." || scalar == "-" || scalar == "_" || isHost(scalar) }

    private func label(_ range: Range<Int>, dotFollows: Bool) -> Label {
        Label(
            range: range, endsWell: dotFollows && range.last.map { isHost(scalars[$0]) } == true,
            lastUnderscore: scalars[range].lastIndex(of: "_"), topLevelEnd: topLevelEnd(in: range), hostEnd: nil)
    }

    /// Text in another script may follow a top-level domain without a space.
    private func topLevelEnd(in label: Range<Int>) -> Int? {
        let reach = min(label.upperBound, label.lowerBound + TopLevelDomains.longest)
        for end in stride(from: reach, to: label.lowerBound, by: -1) where !continuesTopLevel(at: end) {
            var name = String.UnicodeScalarView()
            name.append(contentsOf: scalars[label.lowerBound..<end])
            if TopLevelDomains.contains(String(name).lowercased()) { return end }
        }
        return punycodeEnd(in: label)
    }

    private func continuesTopLevel(at index: Int) -> Bool {
        index < scalars.count && (scalars[index].isASCIILetterOrDigit || ["@", "+", "-"].contains(scalars[index]))
    }

    private func punycodeEnd(in label: Range<Int>) -> Int? {
        let prefix = "xn--".unicodeScalars
        guard label.count > prefix.count, zip(prefix, scalars[label]).allSatisfy({ $0 == $1.lowercasedASCII }) else { return nil }
        let end = scalars[label].firstIndex { !$0.isASCIILetterOrDigit && $0 != "-" } ?? label.upperBound
        return end > label.lowerBound + prefix.count ? end : nil
    }

    /// The hosts of Latin letters within the host at `host`, in order.
    func latinHosts(in host: Range<Int>) -> [Range<Int>] {
        func isLatin(_ scalar: Unicode.Scalar) -> Bool { scalar.isASCIILetterOrDigit || scalar == "-" || scalar.isAccentedLatin }
        var found: [Range<Int>] = []
        var start = host.lowerBound
        while let first = scalars[start..<host.upperBound].firstIndex(where: isLatin) {
            var position = first
            var end: Int?
            while let labelEnd = scalars[position..<host.upperBound].firstIndex(where: { !isLatin($0) }), labelEnd > position,
                scalars[labelEnd] == "."
            {
                position = labelEnd + 1
                let next = scalars[position..<host.upperBound].firstIndex(of: ".") ?? host.upperBound
                end = topLevelEnd(in: position..<next) ?? end
            }
            if let end { found.append(first..<end) }
            // What was walked over without finding a host has none from any later start either.
            start = end ?? scalars[position..<host.upperBound].firstIndex { !isLatin($0) } ?? host.upperBound
        }
        return found
    }
}
