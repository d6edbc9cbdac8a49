import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What is Reddit's own: communities, kinds of posts, files whose posts come late, refusals within a success.
@Suite(.timeLimit(.minutes(10)))
struct RedditTests {
    private func publish(
        _ bench: Bench, _ text: String, media: [OutgoingMedia] = [], with settings: [String: JSONValue] = [:]
    ) async throws -> PublishOutcome {
        try await bench.publish(bench.request([OutgoingPart(text: text, media: media)], settings: settings), journal: MemoryJournal())
    }

    /// What publishing throws at once.
    private func failure(
        _ bench: Bench, _ text: String = "Hello", media: [OutgoingMedia] = [], with settings: [String: JSONValue] = [:]
    ) async throws -> PlatformError? {
        await #expect(throws: PlatformError.self) {
            try await bench.platform.publish(bench.request([OutgoingPart(text: text, media: media)], settings: settings), journal: MemoryJournal())
        }
    }

    @Test("Every kind of post arrives as that kind, with its settings")
    func kinds() async throws {
        try await withBench(.reddit) { bench in
            let marks: [String: JSONValue] = ["nsfw": true, "spoiler": true, "send_replies": false]
            _ = try await publish(bench, "A *text*", with: marks)
            _ = try await publish(bench, "About it", with: ["post_type": "link", "url": "https://example.com/a?b=1&c=2"])
            _ = try await publish(bench, "A picture", media: [.picture()])
            _ = try await publish(bench, "Pictures", media: [.picture(), .picture(), .picture()])
            _ = try await publish(bench, "A film", media: [.film()])
            _ = try await publish(bench, "Which?", with: ["post_type": "poll", "poll_options": "Tea | Coffee|Water", "poll_days": "7"])
            let posts = bench.publications
            #expect(posts.map(\.text) == ["A *text*", "About it", "A picture", "Pictures", "A film", "Which?"])
            #expect(posts.map { $0.details["kind"]?.string } == ["self", "link", "image", nil, "video", nil])
            #expect(posts.allSatisfy { $0.details["title"]?.string == "A title & more" && $0.details["subreddit"]?.string == "test" })
            #expect(posts.map(\.media.count) == [0, 0, 1, 3, 1, 0])
            for name in ["nsfw", "spoiler"] { #expect(posts.map { $0.details[name]?.bool } == [true] + [Bool?](repeating: false, count: 5)) }
            #expect(posts[0].details["sendreplies"]?.bool == false)
            #expect(posts[1].details["url"]?.string == "https://example.com/a?b=1&c=2")
            #expect(posts[5].details["options"]?.strings == ["Tea", "Coffee", "Water"])
            #expect(posts[5].details["duration"]?.int == 7)
        }
    }

    @Test("A crosspost shares the post at an address, and is found again after a lost answer")
    func crosspost() async throws {
        try await withBench(.reddit) { bench in
            guard case .published(let id, _, _) = try await publish(bench, "First") else { throw Crash() }
            func shared(_ address: String) -> [String: JSONValue] {
                ["post_type": "crosspost", "crosspost_of": .string(address), "subreddit": "flairs"]
            }
            let settings = shared("https://www.reddit.com/r/test/comments/\(id.dropFirst(3))/first/").merging(["flair_id": Self.tea]) { $1 }
            try bench.fault(.dropAfter, "reddit.createPost")
            guard case .published = try await publish(bench, "Shared", with: settings) else { throw Crash() }
            #expect(bench.publications.map(\.text) == ["First", "Shared"])
            #expect(bench.publications.last?.details["crosspost_parent"]?.string == id)
            let error = try await failure(bench, with: shared("https://redd.it/gone").merging(["flair_id": Self.tea]) { $1 })
            #expect(error?.code == "REDDIT_CROSSPOST_REFUSED")
        }
    }

    private static let tea: JSONValue = "0a1b2c3d-1111-11ee-8000-000000000002"

    @Test(
        "The post to share is told by each address of Reddit's",
        arguments: [
            ("https://www.reddit.com/r/test/comments/1kh35wk/a_title/", "t3_1kh35wk"),
            ("https://old.reddit.com/r/test/comments/1kh35wk", "t3_1kh35wk"),
            ("https://redd.it/1kh35wk", "t3_1kh35wk"), ("https://www.reddit.com/user/ada/comments/abc/x/", "t3_abc"), ("https://example.com/", nil),
        ])
    func sharedPost(address: String, name: String?) throws {
        #expect(Reddit.shared(address) == name)
        let pattern = try #require(Reddit.descriptor.settings.first { $0.name == "crosspost_of" }?.pattern)
        #expect((try Regex(pattern).wholeMatch(in: address) != nil) == (name != nil))
    }

    @Test("A post of a file has its own id and address once Reddit shows it, and is sent once", arguments: [0, 1, 5])
    func late(reads: Int) async throws {
        try await withBench(.reddit) { bench in
            try bench.simulator.control.set("mediaPolls", to: .int(reads), platform: "reddit")
            let request = bench.request([OutgoingPart(text: "Look", media: [.picture()]), OutgoingPart(text: "A comment")])
            let journal = MemoryJournal()
            var outcomes = [PublishOutcome]()
            repeat { outcomes.append(try await bench.platform.publish(request, journal: journal)) } while outcomes.last?.isProcessing == true
            guard case .published(let id, let url, _)? = outcomes.last else { throw Crash() }
            #expect(outcomes.count == reads + 1)
            #expect(bench.publications.map(\.text) == ["Look", "A comment"])
            #expect(bench.publications.first?.id == id)
            #expect(bench.publications.last?.parentID == id)
            #expect(url?.contains("/r/test/comments/\(id.dropFirst(3))/") == true)
        }
    }

    @Test("A file's post that never appears is left to the person, and not sent again")
    func neverShown() async throws {
        let time = ManualPast()
        try await withBench(.reddit) { bench in
            try bench.simulator.control.set("mediaFailure", to: true, platform: "reddit")
            let journal = MemoryJournal(time: time)
            let request = bench.request([OutgoingPart(text: "Look", media: [.picture()])])
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            #expect(error?.decidable == false)
            #expect(bench.simulator.control.log(operation: "reddit.createPost").count == 1)
        }
    }

    /// The journal's clock an hour ago: what was sent then is long over.
    private struct ManualPast: TimeSource {
        var now: Timestamp { .now - .minutes(61) }
        func sleep(until instant: Timestamp) async throws {}
    }

    @Test("A lost answer to a file's post is looked up, and for ten minutes nothing is sent again")
    func lostMedia() async throws {
        try await withBench(.reddit) { bench in
            for kind in [Fault.Kind.dropAfter, .dropBefore] {
                let request = bench.request([OutgoingPart(text: "Lost \(kind.rawValue)", media: [.picture()])])
                let journal = MemoryJournal()
                try bench.fault(kind, "reddit.createPost")
                _ = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                if kind == .dropAfter {
                    guard case .published = try await bench.publish(request, journal: journal) else { throw Crash() }
                } else {
                    for _ in 0..<3 {
                        let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                        #expect(error?.kind == .unknownOutcome)
                        #expect((error?.retryAfter).map { $0 <= .minutes(1) } == true)
                    }
                    journal.lose("part-0", triedAgo: .minutes(11))
                    guard case .published = try await bench.publish(request, journal: journal) else { throw Crash() }
                }
            }
            #expect(bench.publications.map(\.text) == ["Lost dropAfter", "Lost dropBefore"])
        }
    }

    @Test("A film takes the picture beside it for its cover, and a plain one otherwise")
    func cover() async throws {
        try await withBench(.reddit) { bench in
            for media in [[OutgoingMedia.film(), .picture()], [.film()]] {
                _ = try await publish(bench, "A film", media: media, with: ["post_type": "video"])
                #expect(bench.publications.last?.media.map(\.kind) == [.video])
            }
            #expect(bench.simulator.control.log(operation: "reddit.upload").count == 4)
        }
    }

    @Test(
        "A community is found however it is written",
        arguments: [
            ("test", "test"), ("r/test", "test"), ("/r/test/", "test"), ("R2D2", "R2D2"), ("u/ada", "u_ada"), ("/user/ada", "u_ada"),
            ("u_ada", "u_ada"),
        ])
    func community(text: String, name: String) { #expect(Reddit.community(text) == name) }

    @Test("A post to one's own profile is found again after a lost answer")
    func profile() async throws {
        try await withBench(.reddit) { bench in
            try bench.fault(.dropAfter, "reddit.createPost")
            let request = bench.request([OutgoingPart(text: "Mine")], settings: ["subreddit": "u/ada"])
            guard case .published = try await bench.publish(request, journal: MemoryJournal()) else { throw Crash() }
            #expect(bench.publications.map { $0.details["subreddit"]?.string } == ["u_ada"])
        }
    }

    @Test("The pictures of a gallery have the captions and links that were given for each, in their order")
    func gallery() async throws {
        try await withBench(.reddit) { bench in
            let settings: [String: JSONValue] = ["gallery_captions": "Tea | | Cake", "gallery_links": "https://example.com/a"]
            let pictures = (0..<3).map { _ in OutgoingMedia.picture() }
            _ = try await bench.publish(bench.request([OutgoingPart(text: "", media: pictures)], settings: settings), journal: MemoryJournal())
            let items = try #require(bench.publications.last?.details["gallery"]?.array)
            #expect(items.map { $0["caption"] } == ["Tea", "", "Cake"])
            #expect(items.map { $0["outbound_url"] } == ["https://example.com/a", "", ""])
            let error = try await failure(bench, media: Array(pictures.prefix(2)), with: settings)
            #expect(error?.code == "REDDIT_TOO_MANY_TEXTS")
        }
    }

    @Test(
        "A caption has 180 characters at most, and a gallery twenty of them",
        arguments: [
            ("gallery_captions", String(repeating: "c", count: 180) + "|", true), ("gallery_captions", String(repeating: "c", count: 181), false),
            ("gallery_captions", String(repeating: "|", count: 19), true), ("gallery_captions", String(repeating: "|", count: 20), false),
            ("gallery_links", "https://example.com/a | |http://example.com/b", true), ("gallery_links", "example.com", false),
        ])
    func galleryForms(name: String, text: String, fits: Bool) throws { #expect(try Reddit.descriptor.takes(text, in: name) == fits) }

    // MARK: Refusals

    @Test(
        "What a community refuses is final and says why",
        arguments: [
            (["subreddit": "nosuch"], "COMMUNITY_UNKNOWN"), (["subreddit": "closed"], "COMMUNITY_CLOSED"), (["subreddit": "banned"], "BANNED"),
            (["subreddit": "linksonly"], "NO_TEXT_POSTS"), (["subreddit": "flairs"], "FLAIR_REQUIRED"),
            (["subreddit": "flairs", "flair_id": "0a1b2c3d-ffff"], "FLAIR_UNKNOWN"),
            (["subreddit": "textonly", "post_type": "link", "url": "https://example.com/"], "NO_LINK_POSTS"),
            (["post_type": "link", "url": "https://localhost/"], "INVALID_LINK"),
            (["post_type": "link", "url": "https://spam.example.com/"], "DOMAIN_BANNED"),
        ] as [([String: JSONValue], String)])
    func refused(settings: [String: JSONValue], code: String) async throws {
        try await withBench(.reddit) { bench in
            let error = try await failure(bench, with: settings)
            #expect(error?.kind == .invalidContent)
            #expect(error?.code == "REDDIT_\(code)")
            #expect(bench.publications.isEmpty)
        }
    }

    @Test("A community's own rule comes in its own words, before anything is made")
    func ownRule() async throws {
        try await withBench(.reddit) { bench in
            let error = try await failure(bench, with: ["subreddit": "polite", "title": "I SHOUT"])
            #expect(error?.kind == .invalidContent)
            #expect(error?.message.contains("does not allow \"shout\" in titles") == true)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test("Where the community takes no files, pictures and galleries are refused in words")
    func noFiles() async throws {
        try await withBench(.reddit) { bench in
            let there: [String: JSONValue] = ["subreddit": "nopictures"]
            let pictures = try await failure(bench, media: [.picture()], with: there)
            #expect(pictures?.code == "REDDIT_NO_LINK_POSTS")
            let galleries = try await failure(bench, media: [.picture(), .picture()], with: there)
            #expect(galleries?.code == "REDDIT_NO_GALLERIES")
            let tooSmall = try await failure(bench, media: [.picture()], with: ["post_type": "gallery"])
            #expect(tooSmall?.code == "REDDIT_GALLERY_TOO_SMALL")
        }
    }

    @Test(
        "Every code of Reddit's has its class",
        arguments: [
            ("USER_REQUIRED", PublishingErrorKind.authentication), ("SUBREDDIT_RATELIMIT", .rateLimited), ("QUOTA_FILLED", .rateLimited),
            ("SUBREDDIT_NO_ACCESS", .invalidContent), ("TOO_SHORT", .invalidContent), ("TOO_OLD", .invalidContent),
            ("THREAD_LOCKED", .invalidContent), ("DELETED_THING", .invalidContent), ("USER_BLOCKED", .invalidContent),
            ("MUTED_FROM_SUBREDDIT", .invalidContent), ("USER_MUTED", .invalidContent), ("DELETED_COMMENT", .invalidContent),
            ("NO_TEXT", .invalidContent),
            ("NO_URL", .invalidContent), ("BAD_URL", .invalidContent), ("NO_SELFS", .invalidContent), ("NO_LINKS", .invalidContent),
            ("GALLERIES_DISABLED", .invalidContent), ("INVALID_OPTION", .invalidContent), ("TOO_LONG", .invalidContent),
            ("SUBREDDIT_NOEXIST", .invalidContent), ("SUBREDDIT_NOTALLOWED", .invalidContent), ("BANNED_FROM_SUBREDDIT", .invalidContent),
            ("DOMAIN_BANNED", .invalidContent), ("BAD_FLAIR_TEMPLATE_ID", .invalidContent), ("ALREADY_SUB", .invalidContent),
            ("IN_TIMEOUT", .invalidContent), ("VERIFIED_USER_REQUIRED", .invalidContent),
            ("SOMETHING_NEW", .invalidContent),
        ])
    func codes(code: String, kind: PublishingErrorKind) async throws {
        try await withBench(.reddit) { bench in
            try bench.simulator.control.set("refusal", to: .string(code), platform: "reddit")
            let error = try await failure(bench)
            #expect(error?.kind == kind)
            #expect((error?.code == "REDDIT_REFUSED") == (code == "SOMETHING_NEW"))
            #expect((error?.retryAfter != nil) == (kind == .rateLimited))
        }
    }

    @Test("The wait between posts is the one that was told, in seconds or in words", arguments: [("refuse", 707), ("words", 660)])
    func postingLimit(limit: String, seconds: Int64) async throws {
        try await withBench(.reddit) { bench in
            try bench.simulator.control.set("postingLimit", to: .string(limit), platform: "reddit")
            let error = try await failure(bench)
            #expect(error?.kind == .rateLimited)
            #expect(error?.code == "REDDIT_POSTS_TOO_OFTEN")
            #expect(error?.retryAfter == .seconds(seconds))
        }
    }

    @Test("A limit that is told with an id is a success")
    func createdAllTheSame() async throws {
        try await withBench(.reddit) { bench in
            try bench.simulator.control.set("postingLimit", to: "created", platform: "reddit")
            guard case .published(let id, _, _) = try await publish(bench, "Made") else { throw Crash() }
            #expect(bench.publications.map(\.id) == [id])
        }
    }

    @Test("A link is posted again only where that is allowed")
    func repost() async throws {
        try await withBench(.reddit) { bench in
            let link: [String: JSONValue] = ["post_type": "link", "url": "https://example.com/once"]
            _ = try await publish(bench, "First", with: link)
            let again = try await failure(bench, "Second", with: link)
            #expect(again?.code == "REDDIT_ALREADY_POSTED")
            _ = try await publish(bench, "Third", with: link.merging(["allow_repost": true]) { $1 })
            #expect(bench.publications.map(\.text) == ["First", "Third"])
        }
    }

    @Test("A title of 300 characters is taken, and one more is not")
    func titleLimit() async throws {
        try await withBench(.reddit) { bench in
            _ = try await publish(bench, "Long", with: ["title": .string(String(repeating: "é", count: 300))])
            let tooLong = try await failure(bench, "Too long", with: ["title": .string(String(repeating: "é", count: 301))])
            #expect(tooLong?.code == "REDDIT_TEXT_TOO_LONG")
            let title = Reddit.descriptor.settings.first { $0.name == "title" }
            #expect(title?.maxLength == 300)
        }
    }

    @Test("Texts of the longest length are taken, and one more is not", arguments: [(0, 40_000), (1, 10_000)])
    func textLimits(part: Int, limit: Int) async throws {
        try await withBench(.reddit) { bench in
            for (length, isTaken) in [(limit, true), (limit + 1, false)] {
                var parts = [OutgoingPart(text: "First \(length)"), OutgoingPart(text: "Second \(length)")]
                parts[part] = OutgoingPart(text: String(repeating: "a", count: length))
                let before = bench.publications.count
                let request = bench.request(parts)
                if isTaken {
                    _ = try await bench.publish(request, journal: MemoryJournal())
                    #expect(bench.publications.count == before + 2)
                } else {
                    let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: MemoryJournal()) }
                    #expect(error?.code == "REDDIT_TEXT_TOO_LONG")
                }
            }
        }
    }

    @Test("A missing permission asks the person to connect again")
    func scope() async throws {
        try await withBench(.reddit) { bench in
            let narrowed = try bench.simulator.control.grant(platform: "reddit", account: "ada", scopes: ["identity"])
            var credentials = bench.account.credentials
            credentials.accessToken = narrowed.grant.token
            let narrow = ConnectedAccount(account: bench.account.account, credentials: credentials)
            let request = PublishRequest(narrow, [OutgoingPart(text: "Hello")], settings: bench.conformance.settings)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: MemoryJournal()) }
            #expect(error?.kind == .authentication)
            #expect(error?.code == "REDDIT_SCOPE_MISSING")
        }
    }

    // MARK: Connection and look-ups

    @Test("The connection lasts: it is renewed with the same refresh token, and ends as a whole")
    func tokens() async throws {
        try await withBench(.reddit) { bench in
            let first = bench.account.credentials
            #expect(first.expiresAt.map { $0 > .now + .hours(23) } == true)
            let second = try await bench.platform.refresh(first)
            #expect(second.accessToken != first.accessToken)
            #expect(second.refreshToken == first.refreshToken)
            #expect(Set(second.scopes) == Set(Reddit.scopes))
            try await bench.platform.revoke(second)
            for old in [first, second] {
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.accounts(old) }
                #expect(error?.kind == .authentication)
            }
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(second) }
            #expect(error?.kind == .authentication)
        }
    }

    @Test("The account comes with a picture whose address does not end")
    func account() async throws {
        try await withBench(.reddit) { bench in
            let account = bench.account.account
            #expect(account.username == "ada")
            #expect(account.displayName == "u/ada")
            #expect(account.pictureURL?.contains("?") == false)
        }
    }

    @Test("Communities and flairs are listed, without those for moderators")
    func lookUps() async throws {
        try await withBench(.reddit) { bench in
            var found = [[String]]()
            for (field, query) in [
                ("subreddit", "manners"), ("subreddit", "members only"), ("flair_id", "r/flairs"), ("flair_id", "textonly"), ("poll_days", "7"),
            ] {
                let options = try await bench.platform.options(field: field, query: query, account: bench.account)
                found.append(options.map(\.label))
            }
            #expect(found == [["r/polite"], [], ["Question", "Tea"], [], ["7"]])
            let own = try await bench.platform.options(field: "subreddit", query: nil, account: bench.account)
            #expect(own.map(\.value).contains("test"))
        }
    }

    @Test("Several communities in one post are refused with what to do", arguments: ["test,polite", "r/test r/polite", "test|polite"])
    func severalCommunities(text: String) {
        let channel = Integration(
            id: IntegrationID(), organizationId: OrganizationID(), platform: "reddit", platformAccountId: "1", username: "ada",
            displayName: "Ada", createdAt: .now, updatedAt: .now)
        let problems = SettingCheck.problems(
            ["subreddit": .string(text)], on: ChannelContext(integration: channel, descriptor: Reddit.descriptor))
        #expect(problems.count == 1 && problems.first?.message.contains("For each further one write a post of its own.") == true)
    }

    @Test("A flair's text goes along where it may be changed")
    func flair() async throws {
        try await withBench(.reddit) { bench in
            _ = try await publish(bench, "Tea", with: ["subreddit": "flairs", "flair_id": Self.tea, "flair_text": "Green tea"])
            #expect(bench.publications.last?.details["flair_text"]?.string == "Green tea")
        }
    }

    @Test("A comment that Reddit does not tell counts as made")
    func silentComment() async throws {
        try await withBench(.reddit) { bench in
            try bench.simulator.control.set("tellsComments", to: false, platform: "reddit")
            let request = bench.request([OutgoingPart(text: "Post"), OutgoingPart(text: "Comment")])
            guard case .published = try await bench.publish(request, journal: MemoryJournal()) else { throw Crash() }
            #expect(bench.publications.map(\.text) == ["Post", "Comment"])
        }
    }
}

extension PublishOutcome {
    fileprivate var isProcessing: Bool { if case .processing = self { true } else { false } }
}
