import Domain
import Testing

@Suite struct ValueTests {
    @Test(
        "A post's status follows from its publications",
        arguments: [
            ([], .draft), ([.cancelled], .cancelled), ([.draft, .cancelled], .draft), ([.published, .cancelled], .published),
            ([.failed, .failed], .failed), ([.published, .failed], .partiallyPublished), ([.published, .queued], .publishing),
            ([.published, .scheduled], .partiallyPublished), ([.published, .onHold], .partiallyPublished), ([.published, .unconfirmed], .publishing),
            ([.failed, .processing], .publishing),
        ] as [([PublicationStatus], PostStatus)])
    func postStatus(publications: [PublicationStatus], status: PostStatus) {
        #expect(PostStatus.derived(from: publications, fallback: .draft) == status)
    }

    @Test func idsMadeLaterSortLaterAndReadBack() throws {
        let first = PostID(at: Timestamp(milliseconds: 1000))
        let second = PostID(at: Timestamp(milliseconds: 1001))
        #expect(first < second)
        #expect(PostID(first.text.uppercased()) == first)
        #expect(PostID("not an id") == nil)
        let text = try JSON.text([first: 1])
        let read = try JSON.decode([PostID: Int].self, from: text)
        #expect(read == [first: 1])
    }

    @Test(
        "Only a UUID is an id",
        arguments: [
            "", "01890a5d-ac96-774b-bcce-b302099a805", "01890a5d-ac96-774b-bcce-b302099a80577", "01890a5dac96774bbcceb302099a8057----",
            "01890a5d-ac96-774b-bcce-b302099a805g", "01890a5d-ac96-774b-bcceb-302099a8057", "01890a5d_ac96_774b_bcce_b302099a8057",
            "01890a5d-ac96-774b-bcce-b302099a80ü", "{01890a5d-ac96-774b-bcce-b302099a80}", " 01890a5d-ac96-774b-bcce-b302099a805",
        ])
    func id(text: String) {
        #expect(PostID(text) == nil)
        #expect(PostID("01890a5d-AC96-774b-bcce-b302099a8057")?.text == "01890a5d-ac96-774b-bcce-b302099a8057")
    }

    // Not compared with Foundation's UUID, which takes blanks and signs for digits (swift-foundation of Swift 6.3.1).
    @Test("Whatever byte stands wherever in it: an id is read when it is a digit, or a dash in its place, and written in lower case")
    func idBytes() {
        let usual = Array("01890a5d-ac96-774b-bcce-b302f9e8dc7f".utf8)
        for place in usual.indices {
            for byte in UInt8.min...UInt8.max {
                var text = usual
                text[place] = byte
                let character = Character(Unicode.Scalar(byte))
                let fits = usual[place] == UInt8(ascii: "-") ? character == "-" : character.isASCII && character.isHexDigit
                let id = text.withUnsafeBufferPointer { PostID(utf8: $0) }
                #expect(id?.text == (fits ? String(decoding: text, as: UTF8.self).lowercased() : nil), "\(byte) at \(place)")
            }
        }
    }

    @Test(
        "A JSON document reads back as it was written",
        arguments: ["null", "true", "1", "-2.5", "\"é\"", "[1,[],{}]", #"{"a":{"b":null},"c":[true]}"#])
    func json(text: String) throws {
        let value = try JSON.decode(JSONValue.self, from: text)
        let written = try JSON.text(value)
        #expect(written == text)
    }

    @Test func everyProblemCodeHasAStatusOfAnError() {
        #expect(ProblemReport.Code.allCases.allSatisfy { (400...599).contains($0.status) })
    }

    @Test func aRoleMayDoWhatLowerRolesMay() {
        #expect(Role.owner > .admin && Role.admin > .user)
    }
}
