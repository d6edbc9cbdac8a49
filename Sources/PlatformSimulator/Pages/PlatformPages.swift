import Foundation
import NIOCore

/// The public pages of a platform: an account's posts, one post with its replies, and the pictures and films in them.
enum PlatformPages {
    /// Pages all platforms have in the same place. A platform adds those with its own addresses.
    static func operations(of platform: some SimulatedPlatform) -> [Operation] {
        [
            .page("\(platform.name).file", "/_media/{id}") { call in file(platform, call) },
            .page("\(platform.name).profile", "/@{username}") { call in profile(platform, call.parameter("username"), now: call.now) },
            .page("\(platform.name).home", "/") { _ in home(platform) },
        ]
    }

    static func profile(_ platform: some SimulatedPlatform, _ username: String, kind: Account.Kind? = nil, now: Date) -> Reply {
        platform.store.update { state in
            let kinds = kind.map { [$0] } ?? Account.Kind.all
            guard let account = kinds.compactMap({ state.accounts.find(username, kind: $0) }).first else { return missing(platform) }
            let roots = state.timeline.latest(200, by: account.id) { $0.parent.flatMap { state.timeline[$0] } == nil }
            let posts = roots.map { post($0, platform, state, now: now, depth: 0) }.joined(separator: "\n")
            let body = """
                <div class="card by">\(Page.avatar(account))<span><b>\(Encoding.html(account.name))</b><small>@\(Encoding.html(account.username))</small></span></div>
                \(posts.isEmpty ? "<p class='note'>Nothing published yet.</p>" : posts)
                """
            return .html(Page.html(title: "\(account.name) on \(platform.title)", platform: platform, body))
        }
    }

    static func post(_ platform: some SimulatedPlatform, _ id: String, now: Date) -> Reply {
        platform.store.update { state in
            guard let publication = state.timeline[id] else { return missing(platform) }
            return .html(
                Page.html(
                    title: String(publication.text.prefix(60)), platform: platform, post(publication, platform, state, now: now, depth: 0)))
        }
    }

    private static func home(_ platform: some SimulatedPlatform) -> Reply {
        let accounts = platform.store.update { $0.accounts.all }
        return .html(Page.html(title: platform.title, platform: platform, "<div class='card'>\(list(accounts, platform))</div>"))
    }

    static func list(_ accounts: [Account], _ platform: some SimulatedPlatform) -> String {
        let rows = accounts.prefix(200).map { account in
            """
            <li><a href="\(platform.prefix + platform.profilePath(account))">\(Page.avatar(account))
            <span><b>\(Encoding.html(account.name))</b> <small>@\(Encoding.html(account.username))</small></span></a></li>
            """
        }
        return "<ul class='list'>\(rows.joined())</ul>"
    }

    private static func missing(_ platform: some SimulatedPlatform) -> Reply {
        .html(
            Page.html(title: "Not found", platform: platform, "<div class='card'><h1>This does not exist (any more).</h1></div>"),
            status: 404)
    }

    private static func post(
        _ publication: Publication, _ platform: some SimulatedPlatform, _ state: PlatformState, now: Date, depth: Int
    ) -> String {
        guard let author = state.accounts[publication.author] else { return "" }
        let address = platform.prefix + platform.postPath(publication, author: author)
        let files = publication.attachments.map { figure($0, platform, state) }.joined()
        let remarks = platform.remarks(on: publication).map { "<li>\(Page.text($0))</li>" }.joined()
        // A thread is a chain: past some depth the reader follows a link instead.
        let replies =
            depth < 60 ? state.timeline.replies(to: publication.id).map { post($0, platform, state, now: now, depth: depth + 1) } : []
        return """
            <article class="post"><div class="by">\(Page.avatar(author))<span><b>\(Encoding.html(author.name))</b>
            <small>@\(Encoding.html(author.username))</small></span><a href="\(address)">\(Page.time(publication.createdAt))</a></div>
            <div class="words">\(Page.text(publication.text))</div>\(files.isEmpty ? "" : "<div class='media'>\(files)</div>")
            \(remarks.isEmpty ? "" : "<ul class='facts'>\(remarks)</ul>")
            \(replies.isEmpty ? "" : "<div class='replies'>\(replies.joined(separator: "\n"))</div>")</article>
            """
    }

    private static func figure(_ attachment: Attachment, _ platform: some SimulatedPlatform, _ state: PlatformState) -> String {
        let alt = Encoding.html(attachment.altText)
        let caption = alt.isEmpty ? "no alt text" : "alt: \(alt)"
        let source = "\(platform.prefix)/_media/\(Encoding.percent(attachment.id))"
        let whole = attachment.byteCount > 0 && state.files.size(attachment.id) == attachment.byteCount
        switch attachment.kind {
        case .image where whole, .gif where whole:
            return "<figure><img src=\"\(source)\" alt=\"\(alt)\" loading=\"lazy\"><figcaption>\(caption)</figcaption></figure>"
        case .video where whole:
            let video = "<video src=\"\(source)\" controls preload=\"metadata\" aria-label=\"\(alt.isEmpty ? "video" : alt)\"></video>"
            return "<figure>\(video)<figcaption>\(caption)</figcaption></figure>"
        default:
            let size = ByteCountFormatter.string(fromByteCount: Int64(attachment.byteCount), countStyle: .file)
            return "<figure><div class='file'>\(attachment.kind.rawValue) · \(size)</div><figcaption>\(caption)</figcaption></figure>"
        }
    }

    /// A file as it was uploaded, or the part of it that is asked for.
    private static func file(_ platform: some SimulatedPlatform, _ call: Call) -> Reply {
        let id = call.parameter("id")
        if id.hasPrefix("avatar-") {
            return Reply(status: 200, headers: [("content-type", "image/png")], body: ByteBuffer(bytes: AvatarImage.png(seed: id)))
        }
        guard let file = platform.store.update({ $0.files.file(id) }) else { return .empty(404) }
        let headers = [
            ("content-type", file.contentType), ("x-content-type-options", "nosniff"), ("content-security-policy", "sandbox"),
            ("accept-ranges", "bytes"),
        ]
        let size = file.bytes.readableBytes
        guard let wanted = call.header("range") else { return Reply(status: 200, headers: headers, body: file.bytes) }
        guard let range = range(wanted, of: size) else {
            return .empty(416, headers: headers.dropFirst() + [("content-range", "bytes */\(size)")])
        }
        let told = ("content-range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
        let bytes = file.bytes.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer()
        return Reply(status: 206, headers: headers + [told], body: bytes)
    }

    /// A single range of bytes (RFC 9110 §14.1.2); nil when it lies outside of the file, or is none.
    private static func range(_ text: String, of size: Int) -> Range<Int>? {
        guard let (_, from, to) = text.wholeMatch(of: /bytes=(\d*)-(\d*)/)?.output else { return nil }
        if let last = Int(to), from.isEmpty { return last > 0 && size > 0 ? max(0, size - last)..<size : nil }
        guard let first = Int(from), first < size, let end = to.isEmpty ? size : Int(to).map({ min($0, size - 1) + 1 }), first < end else {
            return nil
        }
        return first..<end
    }
}
