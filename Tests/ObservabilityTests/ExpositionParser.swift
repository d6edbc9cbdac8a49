import Foundation

/// Reads Prometheus' text format 0.0.4 strictly: what it does not know is an error.
struct ParsedExposition {
    struct Sample: Equatable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct Invalid: Error {
        let line: String
        let reason: String
    }

    private(set) var kinds: [String: String] = [:]
    private(set) var samples: [Sample] = []

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Invalid(line: "", reason: "the last line has no end") }
        var family: (name: String, kind: String)?
        var seen = Set<String>()
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                guard words.count == 4, Self.isMetricName(words[2]), ["counter", "gauge", "histogram", "summary"].contains(words[3]) else {
                    throw Invalid(line: line, reason: "not a TYPE line")
                }
                guard kinds[words[2]] == nil else { throw Invalid(line: line, reason: "a second TYPE line") }
                kinds[words[2]] = words[3]
                family = (words[2], words[3])
                continue
            }
            let sample = try Self.sample(line)
            guard let family, Self.belongs(sample, to: family.name, family.kind) else {
                throw Invalid(line: line, reason: "not below its TYPE line")
            }
            let key = sample.name + sample.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.debugDescription)" }.joined()
            guard seen.insert(key).inserted else { throw Invalid(line: line, reason: "the same series twice") }
            samples.append(sample)
        }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private static func belongs(_ sample: Sample, to family: String, _ kind: String) -> Bool {
        switch kind {
        case "histogram":
            sample.name == family + "_bucket"
                ? sample.labels["le"] != nil : [family + "_sum", family + "_count"].contains(sample.name) && sample.labels["le"] == nil
        case "summary": [family + "_sum", family + "_count"].contains(sample.name)
        default: sample.name == family
        }
    }

    /// `name{label="value",…} number`.
    private static func sample(_ line: String) throws -> Sample {
        var rest = Substring(line)
        let name = String(rest.prefix { $0 != "{" && $0 != " " })
        guard isMetricName(name) else { throw Invalid(line: line, reason: "not a metric name") }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            repeat {
                let label = String(rest.prefix { $0 != "=" })
                guard isLabelName(label) else { throw Invalid(line: line, reason: "not a label name") }
                rest = rest.dropFirst(label.count + 1)
                guard labels.updateValue(try quoted(&rest, line), forKey: label) == nil else {
                    throw Invalid(line: line, reason: "a label twice")
                }
            } while try comma(&rest, line)
        }
        guard rest.first == " ", let value = number(String(rest.dropFirst())) else { throw Invalid(line: line, reason: "not a number") }
        return Sample(name: name, labels: labels, value: value)
    }

    private static func quoted(_ rest: inout Substring, _ line: String) throws -> String {
        guard rest.popFirst() == "\"" else { throw Invalid(line: line, reason: "no opening quote") }
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            guard character == "\\" else {
                value.append(character)
                continue
            }
            switch rest.popFirst() {
            case "\\": value += "\\"
            case "\"": value += "\""
            case "n": value += "\n"
            default: throw Invalid(line: line, reason: "an unknown escape")
            }
        }
        throw Invalid(line: line, reason: "no closing quote")
    }

    /// Whether another label follows.
    private static func comma(_ rest: inout Substring, _ line: String) throws -> Bool {
        switch rest.popFirst() {
        case ",": true
        case "}": false
        default: throw Invalid(line: line, reason: "neither comma nor brace")
        }
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.allSatisfy { "0123456789+-.e".contains($0) } ? Double(text) : nil
        }
    }

    private static func isMetricName(_ name: String) -> Bool { name.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil }
    private static func isLabelName(_ name: String) -> Bool { name.wholeMatch(of: /[a-zA-Z_][a-zA-Z0-9_]*/) != nil }
}
