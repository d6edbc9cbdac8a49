/// The emoji of several code points that X counts as one: those of its public list (twemoji-parser 11, Emoji 11 of 2018), which the counting
/// of twitter-text 3.1.0 rests on. A sequence that it does not know is counted sign by sign.
enum EmojiSequence {
    private static let emojiSelector: Unicode.Scalar = "\u{FE0F}"
    private static let keycap: Unicode.Scalar = "\u{20E3}"
    private static let joiner: Unicode.Scalar = "\u{200D}"
    private static let tones: ClosedRange<Unicode.Scalar> = "\u{1F3FB}"..."\u{1F3FF}"
    private static let regionalIndicators: ClosedRange<Unicode.Scalar> = "\u{1F1E6}"..."\u{1F1FF}"

    /// How many code points the sequence that starts at `start` takes; 0 when none starts there, also for an emoji of one code point.
    static func length(in scalars: [Unicode.Scalar], at start: Int) -> Int {
        guard start + 1 < scalars.count else { return 0 }
        let first = scalars[start]
        if first.isASCII { return keycapLength(scalars, start) }
        if regionalIndicators.contains(first) { return isFlag(first, scalars[start + 1]) ? 2 : 0 }
        if let length = fixed[first]?.first(where: { scalars[start...].starts(with: $0) })?.count { return length }
        var length = 1
        if scalars[start + 1] == emojiSelector, selectable.contains(first) { length = 2 }
        if start + length < scalars.count, tones.contains(scalars[start + length]), length == 1 || selectableBeforeTone.contains(first),
            toned.contains(first)
        {
            length += 1
        }
        let joined = joinedLength(scalars, start, first, after: length)
        return joined > 0 ? joined : length > 1 ? length : 0
    }

    private static func keycapLength(_ scalars: [Unicode.Scalar], _ start: Int) -> Int {
        guard scalars[start].isDigit || scalars[start] == "#" || scalars[start] == "*" else { return 0 }
        let sign = scalars[start + 1] == emojiSelector ? start + 2 : start + 1
        return sign < scalars.count && scalars[sign] == keycap ? sign + 1 - start : 0
    }

    /// Person, perhaps a skin tone, joiner, and what the person does or is.
    private static func joinedLength(_ scalars: [Unicode.Scalar], _ start: Int, _ first: Unicode.Scalar, after length: Int) -> Int {
        let join = start + length
        guard join + 1 < scalars.count, scalars[join] == joiner else { return 0 }
        let what = scalars[join + 1]
        let selected = join + 2 < scalars.count && scalars[join + 2] == emojiSelector
        let isSelected = scalars[join - 1] == emojiSelector
        if first == "👨" || first == "👩" {
            if work.contains(what) { return length + 2 }
            return selected && ["⚕", "⚖", "✈"].contains(what) ? length + 3 : 0
        }
        guard selected, what == "♀" || what == "♂" else { return 0 }
        // The first need a tone or a selector between, the others may have a tone only, the last neither.
        if athletes.contains(first) { return length == 2 ? length + 3 : 0 }
        if gendered.contains(first) { return isSelected ? 0 : length + 3 }
        return untoned.contains(first) && length == 1 ? length + 3 : 0
    }

    private static func isFlag(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
        guard regionalIndicators.contains(second), let list = flags["\(letter(first))"] else { return false }
        return list.contains(letter(second))
    }

    private static func letter(_ indicator: Unicode.Scalar) -> Character {
        Character(Unicode.Scalar(UInt8(indicator.value - regionalIndicators.lowerBound.value) + 0x61))
    }
}

// MARK: - The list

extension EmojiSequence {
    private static let work = scalars("🌾🍳🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦰🦱🦲🦳")
    private static let athletes = scalars("🏋🏌🕴🕵⛹")
    private static let gendered = ranges(
        "1f3c3-1f3c4 1f3ca 1f46e 1f471 1f473 1f477 1f481-1f482 1f486-1f487 1f645-1f647 1f64b 1f64d-1f64e 1f6a3 1f6b4-1f6b6 1f926 1f935"
            + " 1f937-1f939 1f93d-1f93e 1f9b8-1f9b9 1f9d6-1f9dd")
    private static let untoned = scalars("👯🤼🧞🧟")

    /// Couples, families and flags, by their first code point, the longest first.
    private static let fixed = Dictionary(grouping: sequences, by: { $0[0] }).mapValues { $0.sorted { $0.count > $1.count } }
    private static let sequences: [[Unicode.Scalar]] =
        (couples + families + ["🏳️‍🌈", "🏴‍☠️", "👁‍🗨"]).map { Array($0.unicodeScalars) }
        + ["gbeng", "gbsct", "gbwls"].map { region in
            ["🏴"] + region.unicodeScalars.compactMap { Unicode.Scalar(0xE0000 + $0.value) } + ["\u{E007F}"]
        }
    private static let couples = ["👨‍❤️‍💋‍👨", "👩‍❤️‍💋‍👨", "👩‍❤️‍💋‍👩", "👨‍❤️‍👨", "👩‍❤️‍👨", "👩‍❤️‍👩"]
    private static let families = ["👨", "👩", "👨‍👨", "👨‍👩", "👩‍👩"].flatMap { parents in
        ["👦", "👧", "👦‍👦", "👧‍👦", "👧‍👧"].map { "\(parents)\u{200D}\($0)" }
    }

    /// By the letters of the country's code (ISO 3166-1).
    private static let flags = Dictionary(
        uniqueKeysWithValues: """
            acdefgilmoqrstuwxz babdefghijlmnoqrstvwyz cacdfghiklmnopruvwxyz degjkmoz eaceghrstu fijkmor gabdefghilmnpqrstuwy hkmnrtu icdelmnoqrst
            jemop keghimnprwyz labcikrstuvy macdefghklmnopqrstuvwxyz nacefgilopruz om paefghklmnrstwy qa reosuw sabcdeghijklmnorstvxyz
            tacdfghjklmnortvwz uagmnsyz vaceginu wfs xk yet zamw
            """.split(whereSeparator: \.isWhitespace).map { (String($0.prefix(1)), Set($0.dropFirst())) })

    /// What counts as one with U+FE0F after it.
    private static let selectable = ranges(
        "a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 231a-231b 2328 23cf 23ed-23ef 23f1-23f2 23f8-23fa 24c2 25aa-25ab 25b6 25c0 25fb-25fe"
            + " 2600-2604 260e 2611 2614-2615 2618 261d 2620 2622-2623 2626 262a 262e-262f 2638-263a 2640 2642 2648-2653 265f-2660 2663 2665-2666"
            + " 2668 267b 267f 2692-2697 2699 269b-269c 26a0-26a1 26aa-26ab 26b0-26b1 26bd-26be 26c4-26c5 26c8 26cf 26d1 26d3-26d4 26e9-26ea"
            + " 26f0-26f5 26f7-26fa 26fd 2702 2708-2709 270c-270d 270f 2712 2714 2716 271d 2721 2733-2734 2744 2747 2757 2763-2764 27a1 2934-2935"
            + " 2b05-2b07 2b1b-2b1c 2b50 2b55 3030 303d 3297 3299 1f004 1f170-1f171 1f17e-1f17f 1f202 1f21a 1f22f 1f237 1f321 1f324-1f32c 1f336"
            + " 1f37d 1f396-1f397 1f399-1f39b 1f39e-1f39f 1f3cb-1f3ce 1f3d4-1f3df 1f3f3 1f3f5 1f3f7 1f43f 1f441 1f4fd 1f549-1f54a 1f56f-1f570"
            + " 1f573-1f579 1f587 1f58a-1f58d 1f590 1f5a5 1f5a8 1f5b1-1f5b2 1f5bc 1f5c2-1f5c4 1f5d1-1f5d3 1f5dc-1f5de 1f5e1 1f5e3 1f5e8 1f5ef"
            + " 1f5f3 1f5fa 1f6cb 1f6cd-1f6cf 1f6e0-1f6e5 1f6e9 1f6f0 1f6f3")

    /// What counts as one with a skin tone after it.
    private static let toned = ranges(
        "261d 26f7 26f9 270a-270d 1f385 1f3c2-1f3c4 1f3c7 1f3ca-1f3cc 1f442-1f443 1f446-1f450 1f466-1f469 1f46e 1f470-1f478 1f47c 1f481-1f483"
            + " 1f485-1f487 1f4aa 1f574-1f575 1f57a 1f590 1f595-1f596 1f645-1f647 1f64b-1f64f 1f6a3 1f6b4-1f6b6 1f6c0 1f6cc 1f918-1f91c 1f91e-1f91f"
            + " 1f926 1f930-1f939 1f93d-1f93e 1f9b5-1f9b6 1f9b8-1f9b9 1f9d1-1f9dd")
    private static let selectableBeforeTone = ranges("261d 26f7 26f9 270c-270d 1f3cb-1f3cc 1f574-1f575 1f590")

    private static func scalars(_ text: String) -> Set<Unicode.Scalar> { Set(text.unicodeScalars) }

    private static func ranges(_ text: String) -> Set<Unicode.Scalar> {
        text.split(separator: " ").reduce(into: []) { set, range in
            let ends = range.split(separator: "-").compactMap { UInt32($0, radix: 16) }
            for value in ends[0]...ends[ends.count - 1] { if let scalar = Unicode.Scalar(value) { set.insert(scalar) } }
        }
    }
}
