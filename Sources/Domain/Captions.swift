import Foundation

/// What is said in a film, line by line, in one language: read from a SubRip (`.srt`) or WebVTT (`.vtt`) file and written as either.
///
/// Only the words and their times are kept: positions, colours and names of voices are not understood by every platform.
public struct Captions: Codable, Sendable, Equatable {
    public struct Cue: Codable, Sendable, Equatable {
        /// Milliseconds from the beginning of the film.
        public let start: Int
        public let end: Int
        public let text: String
    }

    /// Bytes of a file that is taken.
    public static let longestFile = 200_000

    /// A language tag such as `en` or `pt-BR`.
    public let language: String
    public let cues: [Cue]

    /// Reads a file. `duration` is the film's in seconds, where it is known.
    ///
    /// Throws `VALIDATION_FAILED` for what is neither SubRip nor WebVTT (W3C "WebVTT: The Web Video Text Tracks Format"), times out of order, and
    /// captions behind the end of the film.
    public init(_ file: String, language: String, duration: Double? = nil) throws {
        guard LanguageTag.isKnown(language) else {
            throw ProblemReport.invalid("language", "The language is a code such as en, pt-BR or zh-TW: '\(language.prefix(20))' is none.")
        }
        guard file.utf8.count <= Self.longestFile else {
            throw ProblemReport.invalid("captions", "The captions have more than \(Self.longestFile / 1000) kB. Is this the right file?")
        }
        var reader = CaptionReader(file)
        let cues = try reader.cues()
        guard let last = cues.last else {
            throw ProblemReport.invalid("captions", "There are no captions in the file. It has to be SubRip (.srt) or WebVTT (.vtt), in UTF-8.")
        }
        if let duration, Double(last.start) / 1000 > duration {
            throw ProblemReport.invalid(
                "captions", "The last caption begins at \(Self.time(last.start, ".")), when the film is over. Are these the captions of another film?"
            )
        }
        self.language = language
        self.cues = cues
    }

    public var srt: String {
        cues.enumerated().map { "\($0 + 1)\n\(Self.time($1.start, ",")) --> \(Self.time($1.end, ","))\n\($1.text)\n" }.joined(separator: "\n")
    }

    public var vtt: String {
        "WEBVTT\n" + cues.map { "\n\(Self.time($0.start, ".")) --> \(Self.time($0.end, "."))\n\(Self.escaped($0.text))\n" }.joined()
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private static func time(_ milliseconds: Int, _ point: String) -> String {
        func padded(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let (hours, minutes, seconds) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds / 1000 % 60)
        return "\(padded(hours, 2)):\(padded(minutes, 2)):\(padded(seconds, 2))\(point)\(padded(milliseconds % 1000, 3))"
    }
}

/// Reads both forms: they differ by a header, the sign before the milliseconds, and what may stand within the words.
private struct CaptionReader {
    private let lines: [Substring]
    private let isVTT: Bool

    init(_ file: String) {
        let text = file.replacing("\r\n", with: "\n").replacing("\r", with: "\n").drop { $0 == "\u{FEFF}" }
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        isVTT = lines.first.map { $0.hasPrefix("WEBVTT") } ?? false
    }

    mutating func cues() throws -> [Captions.Cue] {
        var (cues, open): ([Captions.Cue], (start: Int, end: Int)?) = ([], nil)
        var words: [String] = []
        var isAside = isVTT  // Up to the first empty line: the header. Then notes and styles.
        func close() {
            guard let times = open else { return }
            let text = words.map(plain).filter { !$0.isEmpty }.joined(separator: "\n")
            if !text.isEmpty { cues.append(Captions.Cue(start: times.start, end: times.end, text: text)) }
            (open, words) = (nil, [])
        }
        for (number, line) in lines.enumerated() {
            // An arrow among words is one of them, but for WebVTT, which has none there.
            if line.contains("-->"), open == nil || isVTT || line.prefixMatch(of: /[ \t]*[0-9][0-9:.,]*[ \t]*-->/) != nil {
                // In SubRip the number of the caption stands before it, perhaps without an empty line between.
                if open != nil, words.last?.allSatisfy(\.isWholeNumber) == true { words.removeLast() }
                close()
                let times = try times(line, number)
                if let before = cues.last, times.start < before.start {
                    throw fault(number, "begins before the one in front of it")
                }
                open = times
            } else if line.allSatisfy(\.isWhitespace) {
                close()
                isAside = false
            } else if open != nil {
                words.append(String(line))
            } else if isVTT, ["NOTE", "STYLE", "REGION"].contains(where: line.hasPrefix) {
                isAside = true
            } else if !isAside, !isVTT, !line.allSatisfy({ $0.isWholeNumber || $0.isWhitespace }), cues.isEmpty {
                throw fault(number, "has no times such as 00:00:01,000 --> 00:00:02,500")
            }
        }
        close()
        return cues
    }

    private func times(_ line: Substring, _ number: Int) throws -> (start: Int, end: Int) {
        let time = /(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{3})/
        let halves = line.split(separator: "-->", maxSplits: 1, omittingEmptySubsequences: false)
        let found = halves.compactMap { half -> Int? in
            guard let match = half.drop(while: \.isWhitespace).prefixMatch(of: time)?.output,
                let minutes = Int(match.2), let seconds = Int(match.3), let rest = Int(match.4), minutes < 60, seconds < 60
            else { return nil }
            return (match.1.flatMap { Int($0) } ?? 0) * 3_600_000 + minutes * 60_000 + seconds * 1000 + rest
        }
        guard found.count == 2 else { throw fault(number, "has no times such as 00:00:01,000 --> 00:00:02,500") }
        guard found[0] < found[1] else { throw fault(number, "ends before it begins") }
        return (found[0], found[1])
    }

    private func fault(_ line: Int, _ what: String) -> ProblemReport {
        ProblemReport.invalid("captions", "The caption at line \(line + 1) \(what). Correct the file and upload it again.")
    }

    /// Words without marks of style; WebVTT writes `&`, `<` and `>` as HTML does.
    private func plain(_ line: String) -> String {
        let text = line.replacing(/<\/?[A-Za-z0-9][^<>]*>/, with: "")
        let words =
            isVTT
            ? text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&nbsp;", with: " ").replacing(/&[lr]rm;/, with: "")
                .replacing("&amp;", with: "&") : text
        // An arrow would begin another caption.
        return words.replacing("-->", with: "→").trimmingCharacters(in: .whitespaces)
    }
}
