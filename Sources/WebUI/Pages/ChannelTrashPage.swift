import Application
import Domain
import Hummingbird

/// Channels that were removed and can still come back.
struct ChannelTrashPage {
    let channels: [ChannelView]
    let visit: Visit

    func show() async throws -> Response {
        let words = visit.words
        let model: Model = [
            "trashNote": words.count("trashKept", Int(visit.services.trash.keeps / .days(1))), "hasChannels": !channels.isEmpty,
            "channels": channels.map { channel -> Model in
                [
                    "id": channel.id.text, "initial": String(channel.displayName.prefix(1)).uppercased(), "platform": channel.platform.rawValue,
                    "mark": channel.mark, "name": channel.displayName, "platformName": channel.platformName, "handle": channel.handle,
                    "removed": channel.deletedAt.map { words("posts_deleted", ["time": visit.time.moment($0)]) },
                    "waiting": (channel.scheduledCount ?? 0).nonZero.map { words.count("channelTrash_waiting", $0) },
                ]
            },
        ]
        return try await visit.site.page("pages/channels-trash", title: words("channelTrash"), model, for: visit)
    }
}

extension Int {
    /// Nil for nothing.
    var nonZero: Int? { self == 0 ? nil : self }
}
