/// A page in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
struct Exposition {
    private(set) var text = ""

    mutating func family(_ name: String, kind: String) { text += "# TYPE \(name) \(kind)\n" }

    /// `labels` as `MetricName.labels` writes them.
    mutating func sample(_ name: String, labels: String = "", value: Double) {
        text += labels.isEmpty ? "\(name) \(Self.number(value))\n" : "\(name){\(labels)} \(Self.number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }
}

/// Names and labels as the format allows them.
enum MetricName {
    static func metric(_ label: String) -> String { cleaned(label, colons: true) }

    /// `a="1",b="2"`, sorted; of labels with the same name the last one counts.
    static func labels(_ dimensions: [(String, String)]) -> String {
        var values: [String: String] = [:]
        for (name, value) in dimensions { values[label(name)] = value }
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    /// `le`, `quantile` and names that begin with two underscores belong to the format.
    private static func label(_ name: String) -> String {
        let name = cleaned(name, colons: false)
        return name == "le" || name == "quantile" || name.hasPrefix("__") ? "label_" + name : name
    }

    private static func cleaned(_ name: String, colons: Bool) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case "0"..."9": result += result.isEmpty ? "_\(scalar)" : "\(scalar)"
            case ":" where colons: result += ":"
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
