import Application
import Domain
import Foundation
import PlatformSimulator
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct MediaFromURLTests {
    @Test(arguments: TestDatabase.all)
    func aPictureIsFetchedFromAnAllowedAddress(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let url = try #require(try await world.connect("mastodon", as: "ada").pictureUrl)
            try await Library.with(kind, allowedHosts: ["127.0.0.1:\(world.simulator.port)"]) { library in
                let view = try await library.media.fromURL(url, altText: "Ada", as: library.person)
                #expect((view.mimeType, view.altText) == ("image/png", "Ada"))
                #expect(view.width ?? 0 > 0)
                #expect(try await library.stored(view.id).count == view.size)
                let pasted = try await library.media.fromURL(" \t\(url)\r\n", altText: nil, as: library.person)
                #expect(pasted.size == view.size)
                try await refused(.validationFailed) {
                    try await library.media.fromURL(world.simulator.baseURL + "/nowhere", altText: nil, as: library.person)
                }
                try await refused(.unsupportedMedia) {
                    try await library.media.fromURL(world.simulator.baseURL + "/", altText: nil, as: library.person)
                }
            }
            try await Library.with(kind) { library in
                try await refused(.addressRefused) { try await library.media.fromURL(url, altText: nil, as: library.person) }
            }
        }
    }

    @Test func theAccountsPictureIsMadeSmallAndOnlyFetchedWhereThatIsAllowed() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            try await Library.with(
                allowedHosts: ["127.0.0.1:\(world.simulator.port)"], tools: MediaTools(timeLimit: .minutes(3))
            ) { library in
                let picture = try #require(await library.media.portrait(of: channel))
                #expect(picture.starts(with: Data("RIFF".utf8)) && picture.count < 20_000)
                #expect(await library.media.portrait(of: channel) == picture)
                // It is no file of the library, and nothing of it stays where files arrive.
                #expect(try library.files.isEmpty)
            }
            try await Library.with(.sqlite) { library in #expect(await library.media.portrait(of: channel) == nil) }
        }
    }

    @Test func aPictureThatIsTooLargeOrOutOfReachIsNotStored() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let url = try #require(try await world.connect("mastodon", as: "ada").pictureUrl)
            let allowed: Set<String> = ["127.0.0.1:\(world.simulator.port)", "127.0.0.1:1"]
            try await Library.with(maximumBytes: 500, allowedHosts: allowed) { library in
                try await refused(.tooLarge) { try await library.media.fromURL(url, altText: nil, as: library.person) }
                // Nobody listens on port 1.
                try await refused(.validationFailed) {
                    try await library.media.fromURL("http://127.0.0.1:1/a.png", altText: nil, as: library.person)
                }
                #expect(try library.files.isEmpty)
            }
        }
    }
}
