/// The rules by which versions of this product before it read zone files computed: edition 2025b, as far as today's differ for later years.
///
/// Those versions did not keep the wall time of a post. It is what these rules show at the instant that they stored.
public enum EarlierRules {
    /// The wall time that was meant by `instant` in the zone of that name; nil for a zone that is not known.
    public static func wallTime(at instant: Timestamp, in zone: String) -> WallTime? {
        guard let rule = rules[zone] else { return ZoneData.inForce.zone(named: zone).map { WallTime(instant, in: $0) } }
        if rule == morocco, ramadans.contains(where: { $0.contains(instant.second) }) { return WallTime(instant, offset: 0) }
        // Our own table: each of its rules can be read.
        return (try? Zone(name: zone, rule: rule)).map { WallTime(instant, in: $0) }
    }

    private static let (pacific, mountain, central) = ("PST8PDT,M3.2.0,M11.1.0", "MST7MDT,M3.2.0,M11.1.0", "CST6CDT,M3.2.0,M11.1.0")
    private static let (cuba, moldova, morocco) = ("CST5CDT,M3.2.0/0,M11.1.0/1", "EET-2EEST,M3.5.0,M10.5.0/3", "<+01>-1")

    private static let rules: [String: String] = [
        "Africa/Casablanca": morocco, "Africa/El_Aaiun": morocco, "America/Edmonton": mountain, "America/Havana": cuba,
        "America/Inuvik": mountain, "America/Rainy_River": central, "America/Vancouver": pacific, "America/Winnipeg": central,
        "America/Yellowknife": mountain, "Canada/Central": central, "Canada/Mountain": mountain, "Canada/Pacific": pacific, "Cuba": cuba,
        "Europe/Chisinau": moldova, "Europe/Tiraspol": moldova,
    ]

    /// When Morocco's clocks were to show universal time, within the years for which posts are planned.
    private static let ramadans: [Range<Int>] = [
        1_801_965_600..<1_804_989_600, 1_832_205_600..<1_835_834_400, 1_863_050_400..<1_866_074_400, 1_893_290_400..<1_896_919_200,
        1_924_135_200..<1_927_159_200, 1_954_980_000..<1_958_004_000,
    ]
}
