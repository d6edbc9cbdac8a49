import Foundation
import NIOCore

/// The public pages of a platform: an account's posts, one post with its replies, and the pictures in them.
enum PlatformPages {
    /// Pages all platforms have in the same place. A platform adds those with its own addresses.
    static func operations(of platform: some SimulatedPlatform) -> [Operation] {
        [
            .page("\(platform.name).picture", "/_media/{id}") { call in picture(platform, call.parameter("id")) },
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
        guard [.image, .gif].contains(attachment.kind), state.pictures.picture(attachment.id) != nil else {
            let size = ByteCountFormatter.string(fromByteCount: Int64(attachment.byteCount), countStyle: .file)
            return "<figure><div class='file'>\(attachment.kind.rawValue) · \(size)</div><figcaption>\(caption)</figcaption></figure>"
        }
        let source = "\(platform.prefix)/_media/\(Encoding.percent(attachment.id))"
        return "<figure><img src=\"\(source)\" alt=\"\(alt)\" loading=\"lazy\"><figcaption>\(caption)</figcaption></figure>"
    }

    private static func picture(_ platform: some SimulatedPlatform, _ id: String) -> Reply {
        if id.hasPrefix("avatar-") {
            return Reply(status: 200, headers: [("content-type", "image/png")], body: ByteBuffer(bytes: AvatarImage.png(seed: id)))
        }
        guard let picture = platform.store.update({ $0.pictures.picture(id) }) else { return .empty(404) }
        return Reply(
            status: 200,
            headers: [
                ("content-type", picture.contentType), ("x-content-type-options", "nosniff"), ("content-security-policy", "sandbox"),
            ], body: picture.bytes)
    }
}
