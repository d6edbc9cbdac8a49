import Domain
import Testing

@Suite("Two texts word by word")
struct WordDifferenceTests {
    private func shown(_ earlier: String, _ later: String) -> String {
        WordDifference.runs(from: earlier, to: later).map { run in
            switch run.kind {
            case .same: run.text
            case .removed: "[-\(run.text)-]"
            case .added: "{+\(run.text)+}"
            }
        }.joined()
    }

    @Test(
        "Words that differ are marked, the rest stands once",
        arguments: [
            ("", "", ""), ("tea", "tea", "tea"), ("", "tea", "{+tea+}"), ("tea", "", "[-tea-]"),
            ("We open on Monday.", "We open on Friday.", "We open on [-Monday-]{+Friday+}."),
            ("one two three", "one three", "one [-two -]three"), ("one three", "one two three", "one {+two +}three"),
            ("Straße 1", "Straße 12", "Straße [-1-]{+12+}"), ("a\nb", "a\n\nb", "a[-\n-]{+\n\n+}b"),
            ("Fun 👩‍👩‍👧!", "Fun 👩‍👩‍👧 today!", "Fun 👩‍👩‍👧{+ today+}!"),
        ])
    func marks(earlier: String, later: String, expected: String) {
        #expect(shown(earlier, later) == expected)
    }

    @Test("Whatever two texts are, both can be read off their difference, and neighbours are of different kinds", arguments: 1...200)
    func complete(seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let words = ["tea", " ", "\n", "été", ".", "👍🏽", "two", "  ", "#a", "_x1"]
        func text() -> String { (0..<random(40)).map { _ in words[random(words.count)] }.joined() }
        let (earlier, later) = (text(), text())
        let runs = WordDifference.runs(from: earlier, to: later)
        #expect(runs.filter { $0.kind != .added }.map(\.text).joined() == earlier)
        #expect(runs.filter { $0.kind != .removed }.map(\.text).joined() == later)
        #expect(zip(runs, runs.dropFirst()).allSatisfy { $0.kind != $1.kind })
        #expect(runs.allSatisfy { !$0.text.isEmpty })
    }

    @Test("Of two very long texts what is alike at both ends is found, whatever the middle")
    func long() {
        let (first, second) = ((0..<3_000).map { "a\($0)" }, (0..<3_000).map { "b\($0)" })
        let runs = WordDifference.runs(
            from: "Dear all. \(first.joined(separator: " ")) Yours", to: "Dear all. \(second.joined(separator: " ")) Yours")
        #expect(runs.map(\.kind) == [.same, .removed, .added, .same])
        #expect(runs.first?.text == "Dear all. " && runs.last?.text == " Yours")
    }
}

@Suite("Versions of a post")
struct PostRevisionTests {
    private let post = PostID()
    private let organization = OrganizationID()
    private let ada = UserID()
    private let ben = UserID()

    private func revision(
        at milliseconds: Int64, by person: UserID?, origin: Origin = .web, draft: Bool = true, restored: Int? = nil
    ) -> PostRevision {
        PostRevision(
            postId: post, organizationId: organization, revision: 1, savedAt: Timestamp(milliseconds: milliseconds), savedBy: person,
            origin: origin, isDraft: draft, restored: restored, document: document("a"))
    }

    private func document(_ text: String, tags: [String] = [], at time: Timestamp? = nil) -> PostDocument {
        PostDocument(
            content: PostContent(parts: [PostPart(text: text)]), channels: [], scheduledFor: time, timeZone: nil, wallTime: nil, tags: tags)
    }

    @Test("What a person's draft saved by itself in one stretch gives way to what it saved next; nothing else does")
    func thinning() {
        let first = revision(at: 1_000, by: ada)
        #expect(revision(at: 60_000, by: ada).supersedes(first))
        #expect(!revision(at: 120_000, by: ada).supersedes(first))
        #expect(!revision(at: 60_000, by: ben).supersedes(first))
        #expect(!revision(at: 60_000, by: ada, draft: false).supersedes(first))
        #expect(!revision(at: 60_000, by: ada, origin: .mcp).supersedes(first))
        #expect(!revision(at: 60_000, by: ada, restored: 1).supersedes(first))
        #expect(!revision(at: 60_000, by: ada).supersedes(revision(at: 1_000, by: ada, restored: 1)))
        #expect(!revision(at: 60_000, by: nil).supersedes(revision(at: 1_000, by: nil)))
    }

    @Test("A comparison names everything that differs, also what one channel gets that had no version of its own")
    func comparison() {
        let (channel, other, picture) = (IntegrationID(), IntegrationID(), MediaID())
        var later = document("We open on Friday", tags: ["b"], at: Timestamp(milliseconds: 5))
        later.content.versions = [channel: [PostPart(text: "We open"), PostPart(text: "Come", mediaIds: [picture])]]
        later.content.settings = [channel: ["visibility": "private"]]
        later.channels = [channel]
        var earlier = document("We open on Monday", tags: ["a"])
        earlier.channels = [other]
        let found = PostComparison(from: earlier, to: later)
        #expect(found.texts.map(\.part) == [1, 1, 2] && found.texts.map(\.integrationId) == [nil, channel, channel])
        #expect(found.texts[1].runs == [TextRun(.same, "We open"), TextRun(.removed, " on Monday")])
        #expect(found.files == [PostComparison.Files(integrationId: channel, part: 2, before: [], after: [picture])])
        #expect(found.settings.map(\.name) == ["visibility"] && found.settings[0].before == nil)
        #expect((found.channelsRemoved, found.channelsAdded) == ([other], [channel]))
        #expect((found.tagsRemoved, found.tagsAdded) == (["a"], ["b"]))
        #expect(found.isMoved && !found.isEmpty)
        #expect(PostComparison(from: later, to: later).isEmpty)
    }
}
