import Application
import Domain
import Foundation
import Hummingbird

extension ChannelsPages {
    /// The picture of a channel's account, kept by the browser for a day. Where there is none, nothing can be seen in its place: pages show the
    /// name's first letter below.
    func picture(_ visit: Visit) async throws -> Response {
        let channel = try await visit.services.channels.get(try visit.id("channel"), as: visit.caller)
        if let picture = await visit.services.media.portrait(of: channel) {
            return Self.answer(picture, "image/webp", seconds: 24 * 3600)
        }
        return Self.answer(Data(#"<svg xmlns="http://www.w3.org/2000/svg"/>"#.utf8), "image/svg+xml", seconds: 600)
    }

    private static func answer(_ data: Data, _ type: String, seconds: Int) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "private, max-age=\(seconds)"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }
}
