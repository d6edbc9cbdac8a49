import Domain
import Testing

/// Files of captions, as programs write them.
@Suite
struct CaptionsTests {
    @Test(
        "SubRip and WebVTT give the same lines, whatever ends them and stands around them",
        arguments: [
            "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:01:02,003 --> 01:00:00,000\nTwo\nlines\n",
            "\u{FEFF}1\r\n00:00:01,000 --> 00:00:02,500\r\nHello\r\n\r\n2\r\n00:01:02,003 --> 01:00:00,000\r\nTwo\r\nlines\r\n\r\n",
            "1\r00:00:01,000 --> 00:00:02,500 X1:0 X2:10\r<font color=\"red\">Hello</font>\r\r2\r00:01:02,003 --> 01:00:00,000\r<b>Two</b>\rlines",
            "1\n00:00:01,000 --> 00:00:02,500\nHello\n2\n00:01:02,003 --> 01:00:00,000\nTwo\nlines",
            "WEBVTT\n\n00:01.000 --> 00:02.500\nHello\n\n01:02.003 --> 01:00:00.000\nTwo\nlines",
            "\u{FEFF}WEBVTT - A title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnot said\n\nfirst\n00:00:01.000 --> 00:00:02.500 align:start\n"
                + "<v Ada>Hello</v>\n\n00:01:02.003 --> 01:00:00.000\n<00:01:03.000><c>Two</c>\nlines\n",
        ])
    func forms(_ file: String) throws {
        let captions = try Captions(file, language: "de")
        #expect(captions.cues.map(\.text) == ["Hello", "Two\nlines"])
        #expect(captions.cues.map(\.start) == [1000, 62_003])
        #expect(captions.cues.map(\.end) == [2500, 3_600_000])
        // What is written reads as what it was written from.
        #expect(try Captions(captions.srt, language: "de") == captions)
        #expect(try Captions(captions.vtt, language: "de") == captions)
    }

    @Test("Signs that mean something to one form are words in the other")
    func signs() throws {
        let words = "1 < 2 & 3 > 2 --> yes &amp; no"
        let captions = try Captions("1\n00:00:01,000 --> 00:00:02,000\n\(words)\n", language: "en")
        #expect(captions.cues.map(\.text) == ["1 < 2 & 3 > 2 → yes &amp; no"])
        #expect(try Captions(captions.vtt, language: "en") == captions)
        #expect(captions.vtt.contains("1 &lt; 2 &amp; 3 &gt; 2 → yes &amp;amp; no"))
    }

    @Test(arguments: [
        ("", "no captions"), ("WEBVTT\n\nNOTE nothing\n", "no captions"), ("Just a text", "line 1"),
        ("1\n00:00:02,000 --> 00:00:01,000\nA\n", "line 2 ends before"),
        ("1\n00:00:05,000 --> 00:00:06,000\nA\n\n2\n00:00:01,000 --> 00:00:02,000\nB", "line 6 begins before"),
        ("1\nfrom 1 --> to 2\nA\n", "line 2 has no times"), ("1\n00:00:61,000 --> 00:01:02,000\nA\n", "line 2 has no times"),
        ("1\n00:00:11,000 --> 00:00:12,000\nA\n", "when the film is over"),
        ("1\n00:00:01,000 --> 00:00:02,000\n" + String(repeating: "a", count: Captions.longestFile), "more than 200 kB"),
    ])
    func faults(file: String, words: String) {
        let problem = #expect(throws: ProblemReport.self) { try Captions(file, language: "de", duration: 10) }
        #expect(problem?.message.contains(words) == true, "\(problem?.message ?? "")")
    }

    @Test func theLanguageIsOne() {
        let problem = #expect(throws: ProblemReport.self) {
            try Captions("1\n00:00:01,000 --> 00:00:02,000\nA\n", language: "German")
        }
        #expect(problem?.details["field"] == "language")
    }
}
