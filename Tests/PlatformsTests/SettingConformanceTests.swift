import Domain
import Foundation
import Testing

@testable import Platforms

/// What a descriptor offers, the platform takes: every setting of every kind is sent by itself, and held against the platform's contract.
@Suite(.timeLimit(.minutes(10)))
struct SettingConformanceTests {
    /// What the settings of one platform are given.
    struct Samples: Sendable, CustomTestStringConvertible {
        let conformance: ConformanceCase
        /// What goes along with every post.
        var always: [String: JSONValue] = [:]
        /// Of texts, and of choices of which an account has some only.
        let values: [String: String]
        /// What names a thing at the platform that has to be there first: it has a test of its own.
        var elsewhere: Set<String> = []

        var testDescription: String { conformance.testDescription }
    }

    private static let reels = [
        "user_tags": "bo.example 0.1 0.9", "collaborators": "bo.example, @cy.example", "location_id": "123", "thumb_offset": "1500",
        "audio_name": "Own sound", "audio_id": "9001", "audio_volume": "40", "video_volume": "0",
    ]

    /// TikTok takes fifteen posts a day.
    private static var manyOnTikTok: ConformanceCase {
        var conformance = ConformanceCase.tikTok
        conformance.switches = ["dailyPosts": 1000]
        return conformance
    }

    static let all: [Samples] =
        [
            Samples(conformance: .instagram, values: reels), Samples(conformance: .instagramStandalone, values: reels),
            Samples(
                conformance: .threads,
                values: [
                    "text_spoilers": "cake", "topic_tag": "Tea time", "location_id": "123", "country_codes": "DE,AT", "link": "https://example.com/a",
                    "poll_option_a": "Tea", "poll_option_b": "Cake", "poll_option_c": "Both", "poll_option_d": "None", "gif_id": "abc123",
                    "long_text": "Once", "long_text_link": "https://example.com/b",
                ], elsewhere: ["quote_post_id", "poll_option_d"]),
            Samples(
                conformance: .youtube, always: ["language": "en"],
                values: [
                    "title": "Tea", "tags": "tea, green tea", "language": "pt-BR", "recordingDate": "2026-05-31",
                    "localizedTitles": "de: Tee | fr: Thé", "localizedDescriptions": "de: Mit Kuchen",
                ], elsewhere: ["playlist"]),
            Samples(
                conformance: manyOnTikTok, always: ["privacy_level": "PUBLIC_TO_EVERYONE"],
                values: ["privacy_level": "MUTUAL_FOLLOW_FRIENDS", "video_cover_timestamp_ms": "1500", "title": "Tea", "photo_cover_index": "0"]),
            Samples(
                conformance: .reddit, always: ["allow_repost": true],
                values: [
                    "subreddit": "r/test", "title": "Tea", "url": "https://example.com/tea", "poll_options": "Tea | Cake",
                    "gallery_captions": "One | Two", "gallery_links": "https://example.com/a |",
                ], elsewhere: ["flair_id", "flair_text", "crosspost_of", "allow_repost"]),
            Samples(
                conformance: .pinterest,
                values: [
                    "title": "Tea", "link": "https://example.com/tea", "dominant_color": "#6E7874", "cover_time": "2", "carousel_titles": "One | Two",
                    "carousel_descriptions": "First | Second", "carousel_links": "https://example.com/a|https://example.com/b",
                ], elsewhere: ["board", "section"]),
        ]
        + [
            Samples(
                conformance: .facebook, always: ["url": "https://example.com/tea"],
                values: [
                    "url": "https://example.com/cake", "text_format_preset_id": "106018623298955", "title": "Tea", "place": "1234", "tags": "11, 12",
                    "backdated": "2019-05-31", "collaborator": "4711", "audience_countries": "DE, AT", "feed_countries": "DE", "feed_ages": "18-35",
                ])
        ]
        + ConformanceCase.all.compactMap(more)
        + ConformanceCase.all.filter { $0.platform == "bluesky" }.map {
            Samples(conformance: $0, values: ["languages": "en, pt-BR", "tags": "#tea, green tea"], elsewhere: ["quote"])
        }

    private static func more(_ conformance: ConformanceCase) -> Samples? {
        switch conformance.platform {
        case "x":
            Samples(
                conformance: conformance,
                values: [
                    "community": "https://x.com/i/communities/1493446837214187523", "place_id": "5a110d312052166f", "tagged_users": "12, 783214",
                    "poll_options": "Tea | Cake", "article_title": "Tea",
                ], elsewhere: ["quote"])
        case "mastodon" where conformance.server ?? "mastodon" == "mastodon":
            Samples(
                conformance: conformance,
                values: ["spoiler_text": "Cake", "language": "pt-BR", "focus": "0.5,-0.25 | -1,1", "poll_options": "Tea | Cake"], elsewhere: ["quote"]
            )
        case "linkedin", "linkedin-page":
            Samples(
                conformance: conformance,
                values: [
                    "article_url": "https://example.com/tea", "article_title": "Tea", "article_description": "And cake",
                    "poll_question": "Which one?",
                    "poll_options": "Tea | Cake", "carousel_name": "Tea", "target_places": "101282230, 102890719",
                ])
        default: nil
        }
    }

    @Test(arguments: all)
    func everySettingIsTakenByItself(_ samples: Samples) async throws {
        try await withBench(samples.conformance) { bench in
            let whole = bench.platform.descriptor
            var number = 0
            for kind in whole.kinds.isEmpty ? [nil] : whole.kinds.map(Optional.some) {
                let descriptor = whole.narrowed(to: kind)
                let needed = descriptor.settings.filter { $0.required && samples.conformance.settings[$0.name] == nil }.map(\.name)
                // A kind that needs something that is there already.
                guard samples.elsewhere.isDisjoint(with: needed) else { continue }
                var base = samples.always
                for name in needed where base[name] == nil { base[name] = samples.values[name].map { .string($0) } }
                base[ContentKind.settingName] = kind.map { .string($0.name) }
                for field in descriptor.settings where field.name != ContentKind.settingName && !samples.elsewhere.contains(field.name) {
                    for value in try values(of: field, samples, descriptor) {
                        number += 1  // Some refuse the same text twice.
                        let part = OutgoingPart(
                            text: kind?.text?.limit == 0 ? "" : "Tea and cake \(number)", media: media(for: field, descriptor, kind, samples))
                        let request = bench.request([part], settings: base.merging([field.name: value]) { $1 })
                        do {
                            _ = try await bench.publish(request, journal: MemoryJournal())
                        } catch {
                            Issue.record(error, "\(kind?.name ?? "") \(field.name) \(value)")
                        }
                    }
                }
            }
        }
    }

    private func values(of field: SettingField, _ samples: Samples, _ descriptor: PlatformDescriptor) throws -> [JSONValue] {
        if let sample = samples.values[field.name] {
            #expect(try descriptor.takes(sample, in: field.name), "\(field.name)")
            return [.string(sample)]
        }
        switch field.kind {
        case .choice: return field.options.map { .string($0.value) }
        case .toggle: return [true, false]
        case .text:
            Issue.record("\(descriptor.id) has no sample of \(field.name)")
            return []
        }
    }

    /// The files that suit the kind, and the setting where only some have it.
    private func media(
        for field: SettingField, _ descriptor: PlatformDescriptor, _ kind: ContentKind?, _ samples: Samples
    ) -> [OutgoingMedia] {
        let isOfJPEGs = samples.conformance.platform == "tiktok" || kind?.name == "carousel"
        let pictures = isOfJPEGs ? [Self.jpeg, Self.jpeg] : [.picture(), .picture()]
        if ["tagged_users", "focus"].contains(field.name), descriptor.media.maxImages > 1 { return pictures }
        if field.name.hasPrefix("carousel_") || kind?.suits.first == .several { return pictures }
        guard descriptor.media.required else { return [] }
        return descriptor.media.maxImages > 0 ? [pictures[0]] : [.film()]
    }

    /// The beginning of a JPEG of 16 by 16 pixels: what is looked at.
    private static let jpeg = OutgoingMedia.file(
        Data([0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0, 16, 0, 16, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1]) + Data(count: 60), type: "image/jpeg",
        name: "picture.jpg")
}
