import Application
import Domain
import Foundation
import Gateway
import Testing

@testable import WebUI

@Suite("Forms and addresses of the pages")
struct WebFormTests {
    @Test("without scripts a draft is made from one field a part, and empty parts are dropped")
    func plainForm() throws {
        let form = try FormFields(
            "channel=a&channel=b&text=One%0D%0Atwo&media=&text=+&media=&text=Three&media=&tags=%23spring,+launch&date=2026-11-26&time=09:30&zone=Europe/Paris&action=schedule"
        )
        let read = try ComposeForm(form, editing: nil, channels: [], platforms: [:])
        #expect(read.action == .schedule)
        #expect(read.draft.parts?.map(\.text) == ["One\ntwo", "Three"])
        #expect(read.draft.platforms == ["a", "b"])
        #expect(read.draft.tags == ["spring", "launch"])
        #expect(read.draft.scheduledFor == "2026-11-26T09:30")
        #expect(read.draft.timeZone == "Europe/Paris")
        #expect(read.draft.status == .scheduled)
    }

    @Test("with scripts the texts and versions come as one document; versions of channels not chosen are left out")
    func scriptedForm() throws {
        let content = #"{"parts":[{"text":"Shared","mediaIds":[]}],"versions":{"a":[{"text":"Own"}],"z":[{"text":"Old"}]}}"#
        let read = try ComposeForm(
            try FormFields("channel=a&text=ignored&content=\(content.queryEncoded)&action=draft"), editing: nil, channels: [],
            platforms: [:])
        #expect(read.draft.parts?.map(\.text) == ["Shared"])
        #expect(read.draft.versions?.keys.sorted() == ["a"])
        #expect(read.draft.status == .draft)
    }

    @Test(
        "publishing now and the next free slot take no time from the form",
        arguments: [("now", ScheduleChoice.now), ("next-slot", .nextSlot)])
    func chosenTime(action: String, choice: ScheduleChoice) throws {
        let read = try ComposeForm(
            try FormFields("text=Hello&date=2026-11-26&time=09:30&action=\(action)"), editing: nil, channels: [], platforms: [:])
        #expect(read.draft.schedule == choice)
        #expect(read.draft.scheduledFor == nil)
    }

    @Test(
        "a page to return to is one of ours",
        arguments: ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)", "/a b", ""])
    func foreignAddresses(path: String) {
        #expect(path.localPath(or: "/") == "/")
    }

    @Test("an address keeps its query when it is one of ours")
    func ownAddresses() {
        #expect("/posts?status=DRAFT&q=a%20b".localPath(or: "/") == "/posts?status=DRAFT&q=a%20b")
        #expect(link("/posts", ["q": "a & b", "status": nil]) == "/posts?q=a%20%26%20b")
    }

    @Test("missing files are said with where they were looked for and what to do")
    func missingFiles() {
        #expect(throws: ResourceFolder.Missing.self) { try ResourceFolder.locate(candidates: [URL(filePath: "/nonexistent")]) }
        #expect(ResourceFolder.Missing(searched: ["/nonexistent"]).description.contains("/nonexistent"))
    }
}
