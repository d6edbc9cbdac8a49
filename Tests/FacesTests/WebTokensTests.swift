import Foundation
import Testing

/// Colours that meet on a page, read from the style sheet itself.
@Suite("The colours of the pages")
struct WebTokensTests {
    private static let sheet = WebSources.text("static/css/tokens.css")

    private static let readable: [(text: String, on: [String])] = [
        ("text-1", ["surface-0", "surface-1", "surface-2", "surface-3"]), ("text-2", ["surface-0", "surface-1", "surface-2", "surface-3"]),
        ("text-3", ["surface-0", "surface-1", "surface-2", "surface-3"]), ("accent-text", ["surface-0", "surface-1", "surface-2"]),
        ("text-1", ["accent-tint", "positive-tint", "warning-tint", "danger-tint", "info-tint"]),
        ("text-2", ["accent-tint", "info-tint", "danger-tint", "warning-tint"]),
        ("on-accent", ["accent-fill", "accent-fill-hover"]), ("positive-text", ["positive-tint", "surface-0", "surface-1"]),
        ("warning-text", ["warning-tint", "surface-0", "surface-1"]),
        ("danger-text", ["danger-tint", "surface-0", "surface-1", "surface-2"]),
        ("info-text", ["info-tint", "surface-1"]), ("on-mark", ["mark-bluesky", "mark-x", "mark-linkedin", "mark-mastodon", "mark-other"]),
        ("surface-1", ["text-1", "danger-text"]),
    ]

    private static let visible: [(edge: String, on: [String])] = [
        ("line-control", ["surface-0", "surface-1", "surface-2"]), ("focus", ["surface-0", "surface-1", "surface-2"]),
        ("accent-fill", ["surface-0", "surface-1"]),
    ]

    @Test("text has a contrast of at least 4.5 to 1 with what is behind it, by day and by night", arguments: readable.indices)
    func textIsReadable(_ index: Int) throws {
        let (text, surfaces) = Self.readable[index]
        for surface in surfaces {
            for night in [false, true] {
                let ratio = try Self.color(text, night).contrast(with: Self.color(surface, night))
                #expect(ratio >= 4.5, "\(text) on \(surface), \(night ? "night" : "day"): \(ratio)")
            }
        }
    }

    @Test("edges of controls and the focus ring have a contrast of at least 3 to 1", arguments: visible.indices)
    func controlsAreVisible(_ index: Int) throws {
        let (edge, surfaces) = Self.visible[index]
        for surface in surfaces {
            for night in [false, true] {
                let ratio = try Self.color(edge, night).contrast(with: Self.color(surface, night))
                #expect(ratio >= 3, "\(edge) on \(surface), \(night ? "night" : "day"): \(ratio)")
            }
        }
    }

    private static func color(_ name: String, _ night: Bool) throws -> Oklch {
        let number = #"([0-9.]+)"#
        let one = #"oklch\(\#(number) \#(number) \#(number)\)"#
        let pattern = try Regex<AnyRegexOutput>("--\(name): (?:light-dark\\(\(one), \(one)\\)|\(one));")
        let match = try #require(try pattern.firstMatch(in: sheet), "no token --\(name)")
        let figures = match.output.dropFirst().compactMap { $0.substring.flatMap { Double($0) } }
        let start = figures.count == 6 && night ? 3 : 0
        return Oklch(lightness: figures[start], chroma: figures[start + 1], hue: figures[start + 2])
    }
}

/// A colour in OKLCH, measured as WCAG 2 does.
private struct Oklch {
    let lightness, chroma, hue: Double

    /// Relative luminance of the nearest colour that a screen can show.
    var luminance: Double {
        let (a, b) = (chroma * cos(hue * .pi / 180), chroma * sin(hue * .pi / 180))
        let l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
        let m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
        let s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
        let red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s
        let green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s
        let blue = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s
        let shown = [red, green, blue].map { min(1, max(0, $0)) }
        return 0.2126 * shown[0] + 0.7152 * shown[1] + 0.0722 * shown[2]
    }

    func contrast(with other: Oklch) -> Double {
        let (light, dark) = (max(luminance, other.luminance), min(luminance, other.luminance))
        return (light + 0.05) / (dark + 0.05)
    }
}

/// The files the pages are made from, as they are in the tree.
enum WebSources {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/WebUI/Resources").standardized

    /// The text of a file; empty when it is missing, which the test that reads it will notice.
    static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: folder.appending(path: path).path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
