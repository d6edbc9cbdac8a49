import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Connected accounts: how they are, when they post, and connecting more.
struct ChannelsPages {
    func show(_ visit: Visit) async throws -> Response {
        async let removed = visit.services.channels.inTrash(as: visit.caller)
        if visit.query.text("show") == "trash" { return try await ChannelTrashPage(channels: try await removed, visit: visit).show() }
        var query = ChannelQuery()
        query.cursor = visit.query.given("cursor")
        let wanted = query
        async let page = visit.services.channels.page(wanted, as: visit.caller)
        async let platforms = visit.services.channels.platforms(as: visit.caller)
        let (known, next) = (try await page.items, try await page.nextCursor)
        let (accounts, offered) = (try await accounts(visit), try await platforms)
        let unready = offered.filter { !$0.configured }
        let model: Model = [
            "channels": known.map { ChannelCard(channel: $0, account: accounts[$0.id], visit: visit).model }, "hasChannels": !known.isEmpty,
            "platforms": offered.filter(\.configured).map { platform($0, visit) }, "unready": unready.map { platform($0, visit) },
            "hasUnready": !unready.isEmpty, "unreadyCount": visit.words.count("platformsUnready", unready.count),
            "banner": Self.banner(visit), "mayManage": visit.caller.may(.manage),
            "pausing": try await pausing(visit), "trashed": try await removed.count.nonZero.map(String.init),
            "nextPage": next.map { link("/channels", ["cursor": $0]) }, "returnTo": visit.query.text("returnTo").localPath(or: "/channels"),
        ]
        return Self.told(try await visit.site.page("pages/channels", title: visit.words("channels"), model, for: visit), visit)
    }

    /// The page that says how connecting ended: it is said once.
    static func told(_ page: Response, _ visit: Visit) -> Response {
        var response = page
        if Flash(visit.request) != nil {
            response.headers[values: .setCookie].append(Flash.taken(for: visit.context, visit.services.configuration))
        }
        return response
    }

    /// The switches that hold everything, as far as the person may use them and they are not on; nil where there are none.
    private func pausing(_ visit: Visit) async throws -> Model? {
        let state = try await visit.services.pausing.state(as: visit.caller)
        var scopes: [PauseScope] = []
        if visit.caller.may(.manage), state.pausedAt == nil { scopes.append(.workspace) }
        if visit.caller.instanceRole == .admin, state.instancePausedAt == nil { scopes.append(.instance) }
        guard !scopes.isEmpty else { return nil }
        return ["pauses": scopes.map { ["scope": $0.rawValue, "label": visit.words("pause_\($0.rawValue)")] as Model }]
    }

    /// How the accounts fared in the last thirty days, for those who may see figures.
    private func accounts(_ visit: Visit) async throws -> [IntegrationID: AccountSeries] {
        guard visit.caller.may(.analyticsRead) else { return [:] }
        let now = visit.services.time.now
        let series = try await visit.services.analytics.accounts(channel: nil, from: now - .days(30), to: now, as: visit.caller)
        return Dictionary(uniqueKeysWithValues: series.map { ($0.integrationId, $0) })
    }

    /// How connecting ended: what the callback says.
    static func banner(_ visit: Visit) -> Model? {
        guard let flash = Flash(visit.request) else {
            guard let code = visit.query.given("error") else { return nil }
            return ["tone": "danger", "icon": "alert", "role": "alert", "text": visit.words("connectFailed", ["code": code])]
        }
        let failed = flash.kind == .failure
        return [
            "tone": failed ? "danger" : "positive", "icon": failed ? "alert" : "check", "role": failed ? "alert" : "status",
            "text": visit.say(flash.message),
            "link": failed ? nil : ["href": "/compose", "label": visit.words("newPost")] as Model,
        ]
    }

    private func platform(_ platform: PlatformView, _ visit: Visit) -> Model {
        [
            "id": platform.id.rawValue, "mark": platform.mark, "name": platform.name,
            "missing": visit.words("platformMissing", ["variables": platform.missing.joined(separator: ", ")]),
            "setUp": visit.caller.instanceRole == .admin ? PlatformKeysPages.place(of: platform.id) : nil,
            "callbackUrl": platform.callbackUrl, "asksForInstance": platform.connect.asksForInstance,
            "warning": platform.warning.map(visit.say),
        ]
    }

    // MARK: Choosing among accounts

    /// So many are seen at a glance; more of them can be filtered.
    private static let fewAccounts = 7

    func choose(_ visit: Visit) async throws -> Response {
        let key = visit.query.text("key")
        let accounts = try await visit.services.channels.choices(key, as: visit.caller)
        let groups = AccountGroup.of(accounts)
        let model: Model = [
            "key": key, "returnTo": visit.query.given("returnTo"), "back": visit.query.text("returnTo").localPath(or: "/channels"),
            "many": accounts.count > Self.fewAccounts,
            "groups": groups.map { group -> Model in
                [
                    // What belongs to nothing needs a name only beside what does.
                    "label": group.label ?? (groups.count > 1 ? visit.words("withoutGroup") : nil),
                    "accounts": group.accounts.map { account -> Model in
                        ["id": account.id, "name": account.displayName, "handle": account.username, "only": accounts.count == 1]
                    },
                ]
            },
        ]
        return try await visit.site.page("pages/channels-choose", title: visit.words("chooseAccounts"), model, for: visit)
    }

    func chosen(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let key = form.text("key")
        let accounts = form.all("account")
        guard !accounts.isEmpty else {
            return try visit.redirect(
                to: link("/channels/choose", ["key": key, "returnTo": form.given("returnTo")]), Toast(visit.words("chooseOne")))
        }
        do {
            let channels = try await visit.services.channels.choose(key, accountIds: accounts, as: visit.caller)
            let names = channels.map(\.displayName).joined(separator: ", ")
            return try visit.redirect(
                to: form.text("returnTo").localPath(or: "/channels"), Toast(visit.words("done_connect", ["channel": names])))
        } catch let report as ProblemReport {
            return try visit.redirect(to: form.text("returnTo").localPath(or: "/channels"), Toast(visit.say(report.message)))
        }
    }

    // MARK: Changing a channel

    func pause(_ visit: Visit) async throws -> Response {
        let id: IntegrationID = try visit.id("channel")
        let back = try await Self.back(visit)
        let channel = try await visit.services.channels.pause(id, as: visit.caller)
        return try visit.redirect(
            to: back, Toast(visit.words("done_pause", ["channel": channel.displayName]), undo: "/channels/\(id)/resume"))
    }

    func resume(_ visit: Visit) async throws -> Response {
        let back = try await Self.back(visit)
        let channel = try await visit.services.channels.resume(try visit.id("channel"), as: visit.caller)
        return try visit.redirect(to: back, Toast(visit.words("done_resume", ["channel": channel.displayName])))
    }

    /// The page that a channel was changed from.
    private static func back(_ visit: Visit) async throws -> String { try await visit.form().text("back").localPath(or: "/channels") }

    func askRemoval(_ visit: Visit) async throws -> Response {
        let channel = try await visit.services.channels.get(try visit.id("channel"), as: visit.caller)
        let model: Model = [
            "id": channel.id.text, "question": visit.words("removeQuestion", ["channel": "\(channel.platformName) \(channel.displayName)"]),
            "consequence": visit.words.count("removeConsequence", channel.scheduledCount ?? 0),
            "comesBack": visit.words.count("removeComesBack", Int(visit.services.trash.keeps / .days(1))),
        ]
        return try await visit.site.page("pages/channel-remove", title: visit.words("removeChannel"), model, for: visit)
    }

    func remove(_ visit: Visit) async throws -> Response {
        let id: IntegrationID = try visit.id("channel")
        let channel = try await visit.services.channels.get(id, as: visit.caller)
        try await visit.services.channels.remove(id, as: visit.caller)
        return try visit.redirect(
            to: "/channels", Toast(visit.words("done_trashChannel", ["channel": channel.displayName]), undo: "/channels/\(id)/restore"))
    }

    func restore(_ visit: Visit) async throws -> Response {
        let id: IntegrationID = try visit.id("channel")
        return try await visit.orSay("/channels?show=trash") {
            let channel = try await visit.services.channels.restore(id, as: visit.caller)
            return try visit.redirect(to: "/channels", Toast(visit.words("done_restoreChannel", ["channel": channel.displayName])))
        }
    }

    func purge(_ visit: Visit) async throws -> Response {
        let id: IntegrationID = try visit.id("channel")
        return try await visit.orSay("/channels?show=trash") {
            try await visit.services.channels.remove(id, forGood: true, as: visit.caller)
            return try visit.redirect(to: "/channels?show=trash", Toast(visit.words("done_removed")))
        }
    }

    func setSlots(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let slots: [Slot] = (0..<ChannelCard.mostSlots).compactMap { index in
            let time = form.text("slot.\(index).time").split(separator: ":").compactMap { UInt16($0) }
            guard time.count >= 2 else { return nil }
            let days = form.all("slot.\(index).day").compactMap { Int($0) }.sorted()
            let zone = form.given("slot.\(index).zone") ?? visit.signedIn.organization.timeZone
            let tag = String(form.text("slot.\(index).tag").trimmingPrefix("#")).unlessEmpty
            return Slot(weekdays: days.count == 7 ? [] : days, minute: Int(time[0]) * 60 + Int(time[1]), timeZone: zone, tag: tag)
        }
        return try await visit.orSay("/channels") {
            let more = try Self.times(form.text("several")).map { Slot(weekdays: [], minute: $0, timeZone: zone(of: slots, visit)) }
            _ = try await visit.services.channels.setSlots(
                try visit.id("channel"), slots + more.filter { new in !slots.contains { $0.minute == new.minute } }, as: visit.caller)
            return try visit.redirect(to: "/channels", Toast(visit.words("done_slots")))
        }
    }

    private func zone(of slots: [Slot], _ visit: Visit) -> String { slots.first?.timeZone ?? visit.signedIn.organization.timeZone }

    /// The minutes of the day in `9, 13, 18:30`. Throws `VALIDATION_FAILED` for what is no time.
    static func times(_ text: String) throws -> [Int] {
        try text.split { [",", ";", " "].contains($0) }.map { piece in
            let numbers = piece.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(numbers.count), let hour = numbers[0], (0...23).contains(hour),
                let minute = numbers.count == 2 ? numbers[1] : 0, (0...59).contains(minute)
            else { throw ProblemReport.invalid("several", "'\(piece.prefix(20))' is no time of day. Write them as 9, 13, 18:30.") }
            return hour * 60 + minute
        }
    }
}

/// One channel's card.
struct ChannelCard {
    /// As many posting times as the form can hold.
    static let mostSlots = 24
    let channel: ChannelView
    let account: AccountSeries?
    let visit: Visit
    private var words: Words { visit.words }

    var model: Model {
        let look = look
        return [
            "id": channel.id.text, "initial": String(channel.displayName.prefix(1)).uppercased(), "platform": channel.platform.rawValue,
            "mark": channel.mark, "name": channel.displayName, "platformName": channel.platformName,
            "handle": channel.handle, "picture": channel.picturePath, "tone": look.tone, "status": look.status,
            "problem": look.problem, "atRisk": atRisk, "warning": channel.warning.map(visit.say), "problemTone": look.tone,
            "reconnect": look.problem == nil ? nil : reconnect,
            "again": reconnect,
            "followers": account.flatMap { FollowersLine($0, visit: visit)?.model }, "facts": facts, "slots": slots,
            "slotZoneExplained": words("slotZone", ["zone": slotZone]),
            "canPause": channel.status == .active, "canResume": channel.status == .paused, "profile": channel.profileUrl,
        ]
    }

    private var reconnect: String {
        link(
            "/api/auth/\(channel.platform)",
            ["reconnect": channel.id.text, "instance": channel.instanceUrl, "returnTo": "/channels"])
    }

    private var look: (status: String, tone: String, problem: String?) {
        let soon = channel.tokenExpiresAt.map { $0 < visit.services.time.now + ConnectionWarnings.notice } ?? false
        let ends = soon || channel.postsAtRisk != nil
        return switch channel.status {
        case .needsReconnect: (words("channelBroken"), "danger", channel.reconnectReason.map(visit.say) ?? words("channelBrokenWhy"))
        case .paused: (words("channelPaused"), "neutral", nil)
        case .disabled: (words("channelDisabled"), "neutral", nil)
        case .active where ends: (words("channelEnding"), "warning", words("channelEndingWhy", ["time": expiry]))
        case .active: (words("channelFine"), "positive", nil)
        }
    }

    private var atRisk: Model? {
        guard let risk = channel.postsAtRisk else { return nil }
        let more = risk.count - risk.posts.count
        return [
            "text": words.count(channel.status == .needsReconnect ? "postsWaiting" : "postsAtRisk", risk.count),
            "posts": risk.posts.map { post -> Model in
                [
                    "href": "/posts/\(post.postId)", "opening": post.opening.unlessEmpty ?? words("noText"),
                    "time": post.dueAt.map(visit.time.moment),
                ]
            },
            "more": more > 0 ? words("andMore", ["count": String(more)]) : nil,
        ]
    }

    private var expiry: String { channel.tokenExpiresAt.map(visit.time.moment) ?? words("never") }

    private var facts: [Model] {
        [
            ("scheduledHere", String(channel.scheduledCount ?? 0)),
            ("connectionEnds", channel.tokenExpiresAt == nil ? words("renewsItself") : expiry),
            ("postingTimes", times),
        ].map { ["name": words($0.0), "value": $0.1] }
    }

    private var times: String {
        channel.slots.isEmpty ? words("defaultSlots") : channel.slots.map(Self.words).joined(separator: ", ")
    }

    private var slotZone: String { channel.slots.first?.timeZone ?? visit.signedIn.organization.timeZone }

    /// The slots there are, and one empty line for another.
    private var slots: [Model] {
        let kept: [Slot?] = channel.slots.prefix(Self.mostSlots - 1).map { $0 }
        return (kept + [nil]).enumerated().map { index, slot in
            [
                "index": String(index), "time": slot.map { Self.clock($0.minute) } ?? "", "zone": slot?.timeZone ?? slotZone,
                "tag": slot?.tag ?? "",
                "weekdays": visit.time.week.map { day -> Model in
                    let isOn = slot.map { $0.weekdays.isEmpty || $0.weekdays.contains(day.number) } ?? true
                    return ["value": String(day.number), "short": day.narrow, "long": day.long, "on": isOn]
                },
            ]
        }
    }

    private static func words(_ slot: Slot) -> String { [clock(slot.minute), slot.tag.map { "#\($0)" }].compactMap(\.self).joined(separator: " ") }

    private static func clock(_ minute: Int) -> String {
        [minute / 60, minute % 60].map { $0 < 10 ? "0\($0)" : String($0) }.joined(separator: ":")
    }
}
