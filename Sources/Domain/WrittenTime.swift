/// A time as ISO 8601 writes it: `2026-11-24T09:00`, `2026-11-24 09:00:30.5`, `2026-11-24T09:00:00Z`, `2026-11-24T09:00+01:00`.
/// Read as a whole: anything left over, or a day that the calendar does not have, makes it unreadable.
struct WrittenTime: Equatable {
    let wall: WallTime
    /// Seconds ahead of UTC; nil when the text does not say.
    let offset: Int?

    init?(_ text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2), reader.skip("-"),
            let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(digits: 2), reader.skip(":"), let minute = reader.number(digits: 2)
        else { return nil }
        var second = 0
        var millisecond = 0
        if reader.skip(":") {
            guard let number = reader.number(digits: 2) else { return nil }
            second = number
            if reader.skip(".") || reader.skip(",") {
                guard let fraction = reader.thousandths() else { return nil }
                millisecond = fraction
            }
        }
        guard
            let wall = WallTime(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond),
            case .some(let offset) = reader.offset(), reader.isAtEnd
        else { return nil }
        self.wall = wall
        self.offset = offset
    }
}

/// Reads a short text of digits and signs from left to right.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func digit() -> Int? {
        guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        rest.removeFirst()
        return Int(byte) - 48
    }

    mutating func number(digits: Int) -> Int? {
        var number = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// A fraction of any length; what is finer than a thousandth is cut off.
    mutating func thousandths() -> Int? {
        guard var number = digit().map({ $0 * 100 }) else { return nil }
        var unit = 10
        while let digit = digit() {
            number += digit * unit
            unit /= 10
        }
        return number
    }

    /// `Z`, `+01:00`, `+0100`, `+01`, or nothing. The outer nil: unreadable; the inner: not said.
    mutating func offset() -> Int?? {
        if isAtEnd { return .some(nil) }
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(digits: 2), hours <= 23 else { return nil }
        if isAtEnd { return sign * hours * 3600 }
        _ = skip(":")
        guard let minutes = number(digits: 2), minutes <= 59 else { return nil }
        return sign * (hours * 60 + minutes) * 60
    }
}
