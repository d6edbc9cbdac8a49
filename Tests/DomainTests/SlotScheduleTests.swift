import Domain
import Testing

@Suite struct SlotScheduleTests {
    private func next(_ after: String, _ slots: [Slot], taken: [String] = []) throws -> String? {
        let instant = try #require(Timestamp(after))
        return SlotSchedule.next(after: instant, slots: slots, taken: Set(taken.compactMap(Timestamp.init)))?.instant.description
    }

    @Test func theNextSlotIsStrictlyLater() throws {
        let slots = SlotSchedule.defaultSlots(zone: "UTC")
        let morning = try next("2026-11-24T08:59:59Z", slots)
        let noon = try next("2026-11-24T09:00:00Z", slots)
        let tomorrow = try next("2026-11-24T18:00:00Z", slots)
        #expect(morning == "2026-11-24T09:00:00.000Z")
        #expect(noon == "2026-11-24T13:00:00.000Z")
        #expect(tomorrow == "2026-11-25T09:00:00.000Z")
    }

    @Test func takenSlotsAreSkipped() throws {
        let slots = SlotSchedule.defaultSlots(zone: "UTC")
        let found = try next("2026-11-24T08:00:00Z", slots, taken: ["2026-11-24T09:00:00Z", "2026-11-24T13:00:00Z"])
        #expect(found == "2026-11-24T18:00:00.000Z")
    }

    @Test func weekdaysAreThoseOfTheSlotsZone() throws {
        // Monday 00:30 in Kolkata is Sunday 19:00 in UTC.
        let found = try next("2026-11-24T00:00:00Z", [Slot(weekdays: [1], minute: 30, timeZone: "Asia/Kolkata")])
        #expect(found == "2026-11-29T19:00:00.000Z")
    }

    @Test func theEarliestOfSeveralZonesWins() throws {
        let slots = [Slot(minute: 540, timeZone: "America/New_York"), Slot(minute: 540, timeZone: "Asia/Kolkata")]
        let found = try next("2026-11-24T00:00:00Z", slots)
        #expect(found == "2026-11-24T03:30:00.000Z")
    }

    @Test(
        "A slot keeps its wall time across daylight-saving changes",
        arguments: [
            ("Europe/Paris", 540, "2026-03-28T08:00:00Z", "2026-03-29T07:00:00.000Z"),
            ("Europe/Paris", 150, "2026-03-28T01:30:00Z", "2026-03-29T01:30:00.000Z"),
            ("Europe/Paris", 150, "2026-03-29T01:30:00Z", "2026-03-30T00:30:00.000Z"),
            ("Europe/Paris", 150, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00.000Z"),
            ("America/New_York", 540, "2026-10-31T13:00:00Z", "2026-11-01T14:00:00.000Z"),
            ("Asia/Kolkata", 540, "2026-10-31T03:30:00Z", "2026-11-01T03:30:00.000Z"),
            ("Australia/Lord_Howe", 540, "2026-10-02T22:30:00Z", "2026-10-03T22:00:00.000Z"),
        ])
    func daylightSaving(zone: String, minute: Int, after: String, expected: String) throws {
        let found = try next(after, [Slot(minute: minute, timeZone: zone)])
        #expect(found == expected)
    }

    @Test func thereIsNoneWithoutSlotsOrBeyondSixtyDays() throws {
        let none = try next("2026-11-24T00:00:00Z", [])
        #expect(none == nil)
        let start = try #require(Timestamp("2026-11-24T00:00:00Z"))
        let slots = [Slot(minute: 0, timeZone: "UTC")]
        let nearly = Set((1..<60).map { start + .days(Int64($0)) })
        #expect(SlotSchedule.next(after: start, slots: slots, taken: nearly)?.instant == start + .days(60))
        #expect(SlotSchedule.next(after: start, slots: slots, taken: nearly.union([start + .days(60)])) == nil)
    }

    @Test(
        "Slots that cannot be are refused",
        arguments: [
            Slot(weekdays: [0], minute: 0, timeZone: "UTC"), Slot(weekdays: [8], minute: 0, timeZone: "UTC"),
            Slot(minute: 1440, timeZone: "UTC"), Slot(minute: -1, timeZone: "UTC"), Slot(minute: 0, timeZone: "Mars/Phobos"),
        ])
    func invalidSlots(slot: Slot) {
        #expect(throws: ProblemReport.self) { try slot.validate() }
    }

    @Test func ordinarySlotsAreAccepted() throws {
        try Slot(weekdays: [1, 7], minute: 1439, timeZone: "Europe/Paris").validate()
    }

    @Test func freeSlotsAreAllThatAreNotTakenInTheOrderOfTime() throws {
        let start = try #require(Timestamp("2026-11-24T10:00:00Z"))
        let end = try #require(Timestamp("2026-11-25T13:00:00Z"))
        let taken = Set([Timestamp("2026-11-24T18:00:00Z")].compactMap { $0 })
        let free = SlotSchedule.free(after: start, until: end, slots: SlotSchedule.defaultSlots(zone: "UTC"), taken: taken)
        #expect(free.map(\.instant.description) == ["2026-11-24T13:00:00.000Z", "2026-11-25T09:00:00.000Z", "2026-11-25T13:00:00.000Z"])
    }

    @Test func freeSlotsKeepTheirWallTimeWhenTheClocksChangeAndEndAtTheHorizon() throws {
        let start = try #require(Timestamp("2027-03-26T12:00:00Z"))
        let free = SlotSchedule.free(
            after: start, until: start + .days(400), slots: [Slot(minute: 540, timeZone: "Europe/Paris")], taken: [])
        #expect(free.prefix(3).map(\.instant.description) == ["2027-03-27T08:00:00.000Z", "2027-03-28T07:00:00.000Z", "2027-03-29T07:00:00.000Z"])
        #expect(free.count == 60)
        #expect(SlotSchedule.free(after: start, until: start, slots: [Slot(minute: 540, timeZone: "UTC")], taken: []).isEmpty)
    }

    @Test func aPostTakesTheSlotsThatAreKeptForItsTagAndOthersTakeTheRest() throws {
        let (tips, offers) = (Slot(minute: 540, timeZone: "UTC", tag: "Tips"), Slot(minute: 600, timeZone: "UTC", tag: "offers"))
        let open = Slot(minute: 900, timeZone: "UTC")
        func slots(_ tags: [String], _ own: [Slot]) -> [Slot] { SlotSchedule.slots(own, for: tags, zone: "UTC") }
        #expect(slots(["tips"], [tips, offers, open]) == [tips])
        #expect(slots(["tips", "offers"], [tips, offers, open]) == [tips, offers])
        #expect(slots([], [tips, offers, open]) == [open])
        #expect(slots(["news"], [tips, offers, open]) == [open])
        #expect(slots([], [tips, offers]).isEmpty)
        #expect(slots(["tips"], []) == SlotSchedule.defaultSlots(zone: "UTC"))
        // At one time the slot that is kept for nobody stands for both.
        let start = try #require(Timestamp("2026-11-24T00:00:00Z"))
        let same = [Slot(minute: 900, timeZone: "UTC", tag: "Tips"), open]
        #expect(SlotSchedule.free(after: start, until: start + .days(1), slots: same, taken: []).map(\.tag) == [nil])
    }
}
