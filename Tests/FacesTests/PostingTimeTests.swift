import Domain
import Testing

@testable import WebUI

@Suite("Posting times typed in one line")
struct PostingTimeTests {
    @Test(
        "Hours and minutes, with commas or blanks between them",
        arguments: [("9, 13, 18:30", [540, 780, 1110]), ("", []), ("0 23:59", [0, 1439]), ("7;8", [420, 480])])
    func times(_ text: String, _ minutes: [Int]) throws {
        #expect(try ChannelsPages.times(text) == minutes)
    }

    @Test("What is no time is refused by its name", arguments: ["24", "9:60", "noon", "9:", ":30", "1:2:3", "-1"])
    func refused(_ text: String) {
        let problem = #expect(throws: ProblemReport.self) { try ChannelsPages.times(text) }
        #expect(problem?.message.contains("'\(text)' is no time of day") == true)
    }
}
