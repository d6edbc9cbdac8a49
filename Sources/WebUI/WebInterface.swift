import Application
import Domain
import Gateway
import Hummingbird

/// The pages that people use in a browser.
public struct WebInterface: Sendable {
    private let site: Site

    /// Reads templates, styles and scripts, and the words unless they are given. Throws when one of them is missing or has a mistake in it.
    public init(services: Services, words: InterfaceWords? = nil) throws { site = try Site(services: services, words: words) }

    /// What a person sees whose form was refused because its page was out of date.
    public var refusedForm: ErrorPage { ErrorPages(site: site).refusedForm }

    /// Has what is registered on `router` from here on answer the scripts of the pages in the person's language.
    public func speak(on router: Router<AppRequestContext>) { router.add(middleware: SpokenAnswers(site: site)) }

    /// Adds every page, and the static files below `/assets`, to `router`.
    public func register(on router: Router<AppRequestContext>) {
        router.get("/assets/:fingerprint/**") { try await AssetFiles(site: site).serve($0, $1) }
        router.add(middleware: ErrorPages(site: site))
        let pages = router.group()
        registerDoors(on: pages)
        registerWork(on: pages)
        registerSettings(on: pages)
    }

    private typealias Pages = RouterGroup<AppRequestContext>

    private func registerDoors(on pages: Pages) {
        let doors = SignInPages(site: site)
        pages.get("/login", use: doors.login).post("/login", use: doors.submitLogin)
        pages.post("/login/code", use: doors.submitCode)
        let providers = ProviderPages(site: site)
        pages.post("/login/with/:provider", use: providers.begin)
        pages.get("/login/with/:provider/callback", use: providers.callback)
        pages.get("/register", use: doors.register).post("/register", use: doors.submitRegister)
        pages.get("/forgot", use: doors.forgot).post("/forgot", use: doors.submitForgot)
        pages.get("/reset", use: doors.reset).post("/reset", use: doors.submitReset)
        pages.post("/logout", use: doors.logout)
        let stopping = MailStopPages(site: site)
        let mailed = MailedReviewPages(site: site)
        pages.get("/review/:token", use: mailed.show).post("/review/:token", use: mailed.decide)
        let portal = PortalPages(site: site)
        pages.get("/portal/:link/enter/:secret", use: portal.enter)
        pages.get("/portal/:link", use: portal.show)
        pages.get("/portal/:link/posts/:post", use: portal.post).post("/portal/:link/posts/:post", use: portal.act)
        pages.get("/mails/stop/:token", use: stopping.show).post("/mails/stop/:token", use: stopping.stop)
        let activation = ActivationPages(site: site)
        pages.get("/activate", use: activation.show).post("/activate", use: activation.submit)
        pages.post("/activate/again", use: activation.again)
        let invitation = InvitationPages(site: site)
        pages.get("/invitation", use: invitation.show).post("/invitation", use: invitation.accept)
        let authorize = AuthorizePages()
        pages.get("/oauth/authorize") { [site] request, context in
            if context.signedIn == nil { try AuthorizePages.checkBeforeSignIn(request) }
            return try await authorize.show(Visit(request, context, at: site))
        }
        post(pages, "/oauth/authorize", authorize.decide)
        let start = StartPages()
        get(pages, "/", start.home)
        get(pages, "/onboarding", start.onboarding)
    }

    private func registerWork(on pages: Pages) {
        get(pages, "/sidebar", Frame.sidebar)
        get(pages, "/today", TodayPage().show)
        let news = NewsPage()
        post(pages, "/today/away", news.forgetAbsence)
        get(pages, "/notifications", news.show)
        post(pages, "/notifications/seen", news.seen)
        let order = QueueActions()
        post(pages, "/queue/move", order.move)
        post(pages, "/queue/order", order.order)
        post(pages, "/queue/shuffle", order.shuffle)
        post(pages, "/queue/arrangements/:id/undo", order.undo)
        get(pages, "/calendar", CalendarPage().show)
        get(pages, "/calendar/cells", CalendarPage().cells)
        get(pages, "/calendar/feeds", FeedPages().show)
        post(pages, "/calendar/feeds", FeedPages().create)
        post(pages, "/calendar/feeds/:id/revoke", FeedPages().revoke)
        get(pages, "/posts", PostsPage().show)
        let views = ViewPages()
        get(pages, "/views", views.show)
        post(pages, "/views", views.create)
        post(pages, "/views/:id", views.change)
        post(pages, "/views/:id/remove", views.remove)
        let imports = ImportPages()
        get(pages, "/posts/import", imports.start)
        post(pages, "/posts/import", imports.paste)
        get(pages, "/posts/import/sample.csv", imports.sample)
        get(pages, "/posts/import/:id", imports.show)
        post(pages, "/posts/import/:id", imports.run)
        post(pages, "/posts/import/:id/undo", imports.undo)
        get(pages, "/posts/export.csv", imports.export)
        get(pages, "/analytics", AnalyticsPage().show)
        get(pages, "/analytics.csv", AnalyticsPage().csv)
        get(pages, "/posts/:id", PostPage().show)
        get(pages, "/posts/:id/card", PostPage().card)
        get(pages, "/posts/:id/versions", VersionsPage().show)
        post(pages, "/posts/:id/versions/:version/restore", VersionsPage().restore)
        let composer = ComposePages()
        get(pages, "/compose", composer.new)
        post(pages, "/compose", composer.save)
        let series = SeriesPages()
        get(pages, "/compose/recurrence", series.preview)
        get(pages, "/series", series.list)
        get(pages, "/series/:id", series.show)
        for (name, deed) in SeriesPages.deeds { post(pages, "/series/:id/\(name)") { try await series.perform(deed, $0) } }
        get(pages, "/posts/:id/edit", composer.edit)
        post(pages, "/posts/:id/edit", composer.save)
        let actions = PostActions()
        for (name, action) in PostActions.simple {
            post(pages, "/posts/:id/\(name)") { try await actions.perform(name, action, $0) }
        }
        let review = ReviewActions()
        post(pages, "/posts/approve", review.approveChosen)
        post(pages, "/posts/chosen/:deed", ChosenPosts().perform)
        post(pages, "/posts/:id/approve", review.approve)
        post(pages, "/posts/:id/send-back", review.sendBack)
        let comments = CommentActions()
        post(pages, "/posts/:id/comments", comments.add)
        post(pages, "/posts/:id/comments/:comment/remove", comments.remove)
        post(pages, "/posts/:id/delete", actions.delete)
        post(pages, "/posts/:id/duplicate", actions.duplicate)
        post(pages, "/posts/:id/move", actions.move)
        post(pages, "/posts/:id/unplan", actions.unplan)
        post(pages, "/posts/:id/publications/:publication/resolve", actions.resolve)
        let channels = ChannelsPages()
        get(pages, "/channels", channels.show)
        get(pages, "/channels/choose", channels.choose)
        post(pages, "/channels/choose", channels.chosen)
        let links = PortalLinkPages()
        get(pages, "/channels/portal", links.show)
        post(pages, "/channels/portal", links.create)
        post(pages, "/channels/portal/:id/revoke", links.revoke)
        get(pages, "/channels/connect/:platform", ConnectFormPage().show)
        post(pages, "/channels/connect/:platform", ConnectFormPage().submit)
        get(pages, "/channels/:id", ChannelPage().show)
        let plugs = PlugPages()
        get(pages, "/channels/:id/plugs", plugs.show)
        post(pages, "/channels/:id/plugs", plugs.create)
        post(pages, "/channels/:id/plugs/switch", plugs.turn)
        post(pages, "/channels/:id/plugs/remove", plugs.remove)
        get(pages, "/channels/:id/remove", channels.askRemoval)
        post(pages, "/channels/:id/remove", channels.remove)
        post(pages, "/channels/:id/restore", channels.restore)
        post(pages, "/channels/:id/purge", channels.purge)
        post(pages, "/channels/:id/customer", ChannelPage().setCustomer)
        post(pages, "/channels/:id/pause", channels.pause)
        post(pages, "/channels/:id/resume", channels.resume)
        let pausing = PausePages()
        post(pages, "/pause", pausing.pause)
        post(pages, "/resume", pausing.resume)
        post(pages, "/channels/:id/slots", channels.setSlots)
        get(pages, "/channels/:id/picture", channels.picture)
        let media = MediaPages()
        get(pages, "/media", media.show)
        post(pages, "/media/:id", media.describe)
        post(pages, "/media/:id/captions", media.caption)
        post(pages, "/media/chosen/:deed", media.perform)
        post(pages, "/trash/empty", media.emptyTrash)
    }

    private func registerSettings(on pages: Pages) {
        let settings = SettingsPages()
        get(pages, "/settings", settings.show)
        get(pages, "/settings/general", settings.show)
        post(pages, "/settings/profile", settings.saveProfile)
        post(pages, "/settings/mails", settings.chooseMails)
        post(pages, "/settings/password", settings.changePassword)
        post(pages, "/settings/theme", settings.saveTheme)
        post(pages, "/settings/sessions/:id/revoke", settings.revokeSession)
        let security = SecurityPages()
        get(pages, "/settings/security", security.show)
        post(pages, "/settings/security/begin", security.begin)
        post(pages, "/settings/security/confirm", security.confirm)
        post(pages, "/settings/security/recovery-codes", security.replaceCodes)
        post(pages, "/settings/security/off", security.turnOff)
        post(pages, "/settings/security/rule", security.setRule)
        let providers = ProviderPages(site: site)
        let deletion = DeletionPages()
        get(pages, "/settings/security/delete", deletion.show)
        post(pages, "/settings/security/delete", deletion.request)
        get(pages, "/settings/people", deletion.people)
        post(pages, "/settings/people/:id/delete", deletion.removePerson)
        post(pages, "/settings/people/workspaces/:id/delete", deletion.removeWorkspace)
        post(pages, "/settings/security/passkeys/:id", PasskeyPages().rename)
        post(pages, "/settings/security/passkeys/:id/remove", PasskeyPages().remove)
        post(pages, "/settings/security/identities", providers.connect)
        post(pages, "/settings/security/identities/:id/remove", providers.disconnect)
        let team = TeamPages()
        get(pages, "/settings/team", team.show)
        post(pages, "/settings/team/invitations", team.invite)
        post(pages, "/settings/team/invitations/:id/revoke", team.revoke)
        post(pages, "/settings/team/members/:id/role", team.setRole)
        post(pages, "/settings/team/members/:id/remove", team.remove)
        post(pages, "/settings/team/hand-over", team.handOver)
        post(pages, "/settings/team/leave", team.leave)
        let approvals = ApprovalPages()
        post(pages, "/settings/team/approvals", approvals.save)
        post(pages, "/settings/team/approvals/remove", approvals.remove)
        post(pages, "/workspaces", team.create)
        post(pages, "/workspaces/enter", team.enter)
        let keys = KeysPages()
        get(pages, "/settings/keys", keys.show)
        post(pages, "/settings/keys", keys.create)
        post(pages, "/settings/keys/:id/revoke", keys.revoke)
        let assistants = AssistantsPages()
        get(pages, "/settings/mcp", assistants.show)
        post(pages, "/settings/mcp", assistants.submit)
        get(pages, "/settings/mcp/connections", assistants.connections)
        post(pages, "/settings/mcp/connections/:id/revoke", assistants.revokeGrant)
        let log = AssistantLogPage()
        get(pages, "/settings/log", log.show)
        post(pages, "/settings/log/:id/undo", log.undo)
        let webhooks = WebhookPages()
        get(pages, "/settings/webhooks", webhooks.list)
        post(pages, "/settings/webhooks", webhooks.create)
        let incoming = IncomingPages()
        get(pages, "/settings/webhooks/incoming", incoming.show)
        post(pages, "/settings/webhooks/incoming", incoming.create)
        post(pages, "/settings/webhooks/incoming/:id/revoke", incoming.revoke)
        get(pages, "/settings/webhooks/:id", webhooks.show)
        post(pages, "/settings/webhooks/:id/test", webhooks.test)
        post(pages, "/settings/webhooks/:id/secret", webhooks.replaceSecret)
        post(pages, "/settings/webhooks/:id/stop") { try await webhooks.set(.stopped, $0) }
        post(pages, "/settings/webhooks/:id/start") { try await webhooks.set(.active, $0) }
        post(pages, "/settings/webhooks/:id/remove", webhooks.remove)
        post(pages, "/settings/webhooks/:id/replay", webhooks.replay)
        registerAutomations(on: pages)
        registerTemplates(on: pages)
        let links = LinkPages()
        get(pages, "/settings/links", links.show)
        post(pages, "/settings/links", links.create)
        post(pages, "/settings/links/shortening", links.chooseShortening)
        post(pages, "/settings/links/:id", links.save)
        post(pages, "/settings/links/:id/turn", links.turn)
        post(pages, "/settings/links/:id/remove", links.remove)
        let ai = AIPages()
        get(pages, "/settings/ai", ai.show)
        post(pages, "/settings/ai/:task", ai.save)
        let platforms = PlatformKeysPages()
        get(pages, "/settings/platforms", platforms.show)
        post(pages, "/settings/platforms/:platform", platforms.save)
        let mail = MailPages()
        get(pages, "/settings/mail", mail.show)
        post(pages, "/settings/mail/test", mail.test)
        post(pages, "/settings/mail/reset-link", mail.resetLink)
        get(pages, "/settings/health", HealthPage().show)
    }

    private func registerAutomations(on pages: Pages) {
        let feeds = AutomationPages()
        get(pages, "/settings/automations", feeds.list)
        post(pages, "/settings/automations", feeds.create)
        get(pages, "/settings/automations/feeds/:id", feeds.show)
        post(pages, "/settings/automations/feeds/:id", feeds.save)
        post(pages, "/settings/automations/feeds/:id/pause") { try await feeds.set(.paused, $0) }
        post(pages, "/settings/automations/feeds/:id/resume") { try await feeds.set(.active, $0) }
        post(pages, "/settings/automations/feeds/:id/read", feeds.read)
        post(pages, "/settings/automations/feeds/:id/held-known") { try await feeds.decide(areNew: false, $0) }
        post(pages, "/settings/automations/feeds/:id/held-new") { try await feeds.decide(areNew: true, $0) }
        post(pages, "/settings/automations/feeds/:id/post", feeds.post)
        post(pages, "/settings/automations/feeds/:id/ignore", feeds.ignore)
        post(pages, "/settings/automations/feeds/:id/ideas", feeds.ideas)
        post(pages, "/settings/automations/feeds/:id/remove", feeds.remove)
        let evergreen = EvergreenPages()
        get(pages, "/settings/automations/evergreen", evergreen.list)
        post(pages, "/settings/automations/evergreen", evergreen.create)
        get(pages, "/settings/automations/evergreen/:id", evergreen.show)
        post(pages, "/settings/automations/evergreen/:id", evergreen.save)
        post(pages, "/settings/automations/evergreen/:id/turn", evergreen.turn)
        post(pages, "/settings/automations/evergreen/:id/remove", evergreen.remove)
    }

    private func registerTemplates(on pages: Pages) {
        let templates = TemplatePages()
        get(pages, "/settings/templates", templates.show)
        post(pages, "/settings/templates", templates.create)
        post(pages, "/settings/templates/:id", templates.save)
        post(pages, "/settings/templates/:id/remove", templates.remove)
        post(pages, "/settings/signatures", templates.addSignature)
        post(pages, "/settings/signatures/:id", templates.saveSignature)
        post(pages, "/settings/signatures/:id/remove", templates.removeSignature)
        post(pages, "/settings/hashtags", templates.addGroup)
        post(pages, "/settings/hashtags/:id", templates.saveGroup)
        post(pages, "/settings/hashtags/:id/remove", templates.removeGroup)
    }

    // MARK: Pages for those who are signed in

    private typealias Handler = @Sendable (Visit) async throws -> Response

    private func get(_ pages: Pages, _ path: RouterPath, _ handler: @escaping Handler) {
        pages.get(path) { [site] request, context in try await handler(Visit(request, context, at: site)) }
    }

    private func post(_ pages: Pages, _ path: RouterPath, _ handler: @escaping Handler) {
        pages.post(path) { [site] request, context in
            // A body can be read once. Where its token came in a header it has not been read yet; from here on it can be, again and again.
            var request = request
            if request.isForm { _ = try await request.form() }
            return try await handler(Visit(request, context, at: site))
        }
    }
}

/// Serves the static files. An address with an old fingerprint still works, for pages that are open while the program is replaced.
struct AssetFiles: Sendable {
    let site: Site

    func serve(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let path = context.parameters.getCatchAll().joined(separator: "/")
        guard let file = site.assets.file(path) else { throw ProblemReport(.notFound, "There is no such file.") }
        let current = context.parameters.get("fingerprint") == site.assets.fingerprint
        let response = FileResponse(
            .bytes(file.body), mimeType: file.type, tag: site.assets.fingerprint,
            cacheControl: current ? "public, max-age=31536000, immutable" : "no-cache")
        return try await response.response(to: request)
    }
}
