import Foundation

/// Numbers by day as bars or a line, drawn on the server: the same without scripts, on paper and for those who listen to the table beside it.
struct Chart {
    struct Point {
        let label: String
        /// Nil where nothing is known.
        let value: Int?
    }

    enum Shape: String { case bars, line }

    /// The sides of the drawing in its own units.
    private static let (width, height) = (440.0, 170.0)
    /// Room for the numbers at the side and the days below.
    private static let (left, bottom) = (46.0, 20.0)

    let shape: Shape
    let points: [Point]
    let language: String

    /// Nil where nothing is known of any day, or a line would have one point.
    var model: Model? {
        let known = points.compactMap(\.value)
        guard known.count > (shape == .line ? 1 : 0), let most = known.max() else { return nil }
        // A line of many followers would be flat from nothing on.
        let least = shape == .line ? known.min() ?? 0 : 0
        let (low, high) = Self.scale(least, most)
        return [
            "viewBox": "0 0 \(Int(Self.width)) \(Int(Self.height))", "bars": shape == .bars ? bars(low, high) : [],
            "line": shape == .line ? line(low, high) : nil, "marks": marks(low, high), "days": days,
            "rows": points.reversed().map { ["label": $0.label, "value": $0.value.map(number) ?? "–"] as Model },
        ]
    }

    /// Round numbers around the values.
    static func scale(_ least: Int, _ most: Int) -> (low: Int, high: Int) {
        let span = max(1, most - least)
        let power = Int(pow(10, floor(log10(Double(span)))))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 * 2 >= span } ?? span
        let low = least / step * step
        return (low, max(low + 1, (most + step - 1) / step * step))
    }

    private func x(_ index: Int) -> Double { Self.left + (Self.width - Self.left) * (Double(index) + 0.5) / Double(points.count) }

    private func y(_ value: Int, _ low: Int, _ high: Int) -> Double {
        let room = Self.height - Self.bottom - 8
        return 8 + room * (1 - Double(value - low) / Double(high - low))
    }

    private func bars(_ low: Int, _ high: Int) -> [Model] {
        let width = max(1, (Self.width - Self.left) / Double(points.count) * 0.7)
        return points.enumerated().compactMap { index, point in
            guard let value = point.value, value > low else { return nil }
            let top = y(value, low, high)
            return [
                "x": Self.text(x(index) - width / 2), "y": Self.text(top), "width": Self.text(width),
                "height": Self.text(Self.height - Self.bottom - top), "title": "\(point.label): \(number(value))",
            ]
        }
    }

    private func line(_ low: Int, _ high: Int) -> String {
        points.enumerated().compactMap { index, point in
            point.value.map { "\(Self.text(x(index))),\(Self.text(y($0, low, high)))" }
        }.joined(separator: " ")
    }

    private func marks(_ low: Int, _ high: Int) -> [Model] {
        Set([low, (low + high) / 2, high]).sorted().map { value in
            ["y": Self.text(y(value, low, high)), "end": Self.text(Self.width), "start": Self.text(Self.left), "label": short(value)]
        }
    }

    private var days: [Model] {
        let every = max(1, points.count / 4)
        return stride(from: every / 2, to: points.count, by: every).map {
            ["x": Self.text(x($0)), "y": Self.text(Self.height - 4), "label": points[$0].label]
        }
    }

    /// `12.5K`: the side has room for little.
    private func short(_ number: Int) -> String {
        guard number >= 10_000 else { return self.number(number) }
        return number.formatted(.number.notation(.compactName).precision(.significantDigits(1...3)).locale(Locale(identifier: language)))
    }

    private func number(_ number: Int) -> String { number.formatted(.number.locale(Locale(identifier: language))) }

    private static func text(_ number: Double) -> String { String((number * 10).rounded() / 10) }
}
