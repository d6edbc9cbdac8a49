import Application
import Domain
import Foundation

/// What the composer shows: a draft, the channels it may go to, and what was wrong with it.
struct Composing {
    let visit: Visit
    let post: PostView?
    let draft: PostDraft
    /// Ids of the channels that are ticked; nil for the usual ones of a new post.
    let chosen: [String]?
    let refusal: ProblemReport?
    /// The one channel for which a post is changed that is out on others.
    let amends: IntegrationID?
    private var words: Words { visit.words }

    init(_ visit: Visit, post: PostView?, draft: PostDraft, chosen: [String]?, refusal: ProblemReport? = nil, amends: IntegrationID? = nil) {
        self.visit = visit
        self.post = post
        self.draft = draft
        self.chosen = chosen
        self.refusal = refusal
        self.amends = amends
    }

    /// Of more channels than this, those that a post does not go to are folded.
    private static let fewChannels = 8

    /// The channels that posts can go to, and what their platforms are like.
    static func surroundings(_ visit: Visit) async throws -> ([ChannelView], [PlatformID: PlatformView]) {
        async let channels = visit.services.channels.list(as: visit.caller)
        async let platforms = visit.services.channels.platforms(as: visit.caller)
        let byId = Dictionary(try await platforms.map { ($0.id, $0) }) { first, _ in first }
        return (try await channels.filter { $0.status != .disabled }, byId)
    }

    func model() async throws -> Model {
        let (all, platforms) = try await Self.surroundings(visit)
        let channels = amends.map { one in all.filter { $0.id == one } } ?? all
        // Somebody with one channel means that one.
        let chosen = Set(self.chosen ?? (channels.count == 1 ? [channels[0].id.text] : []))
        let isMany = channels.count > Self.fewChannels && channels.contains { chosen.contains($0.id.text) }
        let parts = draft.parts ?? []
        let (date, time) = wallTime
        let draftable = post.map { $0.status == .draft } ?? true
        let problems = refusal?.details["problems"]?.array ?? []
        let waiting = try await visit.services.approvalRules.waiting(among: channels, as: visit.caller)
        let model: Model = [
            "waits": waiting.isEmpty
                ? nil : visit.words("waitsFor", ["channels": waiting.map(\.title).joined(separator: ", ")]),
            "bodyClass": "composing", "action": post.map { "/posts/\($0.id)/edit" + (amends.map { "?channel=\($0)" } ?? "") } ?? "/compose",
            "revision": post.map { String($0.revision) },
            "leave": post.map { $0.status == .draft ? "/posts" : "/posts/\($0.id)" } ?? "/calendar", "hasChannels": !channels.isEmpty,
            "banner": problems.isEmpty
                ? refusal.map { visit.voice.banner($0) } : nil,
            "channels": channels.map { channel in
                let isSelected = chosen.contains(channel.id.text)
                return chip(channel, isSelected: isSelected).merging(["isFurther": isMany && !isSelected])
            }, "isMany": isMany, "parts": plainParts(parts),
            "settingsGroups": channels.compactMap { group($0, platforms[$0.platform]) },
            "tags": (draft.tags ?? []).joined(separator: " "),
            "links": try await linkChoice(), "date": date, "time": time,
            "zone": draft.timeZone ?? visit.time.zone.name,
            "zones": ZoneData.inForce.offered, "canDraft": draftable || post?.status == .inReview,
            "scheduleLabel": words(draftable || amends != nil ? "schedule" : "saveChanges"),
            "mainDeed": amends == nil ? "schedule" : "now",
            "mainLabel": amends == nil
                ? words(draftable ? "schedule" : "saveChanges") : words("sendToChannel", ["channel": channels.first?.platformName ?? ""]),
            "saveNote": draftable ? nil : words(amends == nil ? "notSavedUntil" : "amending"), "canQueue": amends == nil,
            "problems": problems.map { ["severity": $0["severity"]?.string, "message": $0["message"]?.string] as Model },
            "userEmail": visit.signedIn.user.email, "composerData": try await data(channels, platforms, waiting: Set(waiting.map(\.id))),
            "ai": visit.services.ai.isConfigured, "canRepeat": amends == nil, "scopes": post?.seriesId != nil && !draftable && amends == nil,
        ]
        return model.merging(RepeatForm.model(of: draft.recurrence, zone: draft.timeZone ?? visit.time.zone.name, words))
    }

    /// Whether the post's links go out as they are written: a question only where something else would become of them.
    private func linkChoice() async throws -> Model? {
        let asWritten = draft.linksAsWritten ?? false
        let isIdle = try await visit.services.linkRules.isIdle(as: visit.caller)
        return asWritten || !isIdle ? ["asWritten": asWritten] : nil
    }

    /// The date and time for the inputs, in the draft's zone.
    private var wallTime: (date: String, time: String) {
        guard let text = draft.scheduledFor else { return ("", "") }
        if let instant = Timestamp(text) {
            let local = LocalTime(zone: draft.timeZone ?? visit.time.zone.name, locale: "en")
            return (local.date(instant), local.clock(instant))
        }
        let halves = text.split(separator: "T", maxSplits: 1).map(String.init)
        return (halves.first ?? "", halves.count > 1 ? String(halves[1].prefix(5)) : "")
    }

    private func chip(_ channel: ChannelView, isSelected: Bool) -> Model {
        [
            "id": channel.id.text, "platform": channel.platform.rawValue, "platformName": channel.platformName, "mark": channel.mark,
            "name": channel.displayName, "initial": channel.displayName.prefix(1).uppercased(),
            "picture": channel.picturePath,
            "handle": channel.handle.isEmpty ? channel.displayName : channel.handle, "selected": isSelected,
        ]
    }

    /// The parts as plain fields, with one more to go on writing without scripts.
    private func plainParts(_ parts: [PartDraft]) -> [Model] {
        let shown = parts.isEmpty ? [PartDraft(text: "")] : parts
        let fields: [Model] = shown.enumerated().map { index, part in
            let count = part.mediaIds?.count ?? 0
            return [
                "number": String(index + 1), "label": words("partNumber", ["number": String(index + 1)]), "text": part.text ?? "",
                "first": index == 0,
                "media": (part.mediaIds ?? []).map(\.text).joined(separator: ","),
                "mediaNote": count > 0 ? words.count("files", count) : nil,
            ]
        }
        let number = String(shown.count + 1)
        return fields + [
            [
                "number": number, "label": words("partNumber", ["number": number]), "class": "without-script", "text": "", "media": "",
                "first": false,
            ]
        ]
    }

    private func group(_ channel: ChannelView, _ platform: PlatformView?) -> Model? {
        guard let platform, !platform.settings.isEmpty else { return nil }
        let set = draft.settings?[channel.id.text] ?? [:]
        return [
            "id": channel.id.text, "platform": channel.platform.rawValue, "mark": channel.mark,
            "label": words("settingsOf", ["channel": channel.platformName]),
            "handle": channel.handle.isEmpty ? channel.displayName : channel.handle,
            "fields": platform.settings.map {
                field($0, value: set[$0.name] ?? channel.settings[$0.name] ?? $0.defaultValue, of: channel, on: platform)
            },
        ]
    }

    /// Where only some kinds of posts have the setting, or it needs another one, its help says so.
    private func field(_ field: SettingField, value: JSONValue, of channel: ChannelView, on platform: PlatformView) -> Model {
        let kinds = platform.kinds
        let lookup = platform.lookups.first { $0.name == field.name }
        let having = kinds.filter { field.name == ContentKind.settingName || $0.settings?.contains(field.name) ?? true }
        let only = having.count < kinds.count ? words("onlyFor", ["kinds": having.map { visit.say($0.label) }.joined(separator: ", ")]) : ""
        let needed = platform.settings.first { $0.name == field.needs }
        let with = needed.map { words("onlyWith", ["setting": visit.say($0.label)]) } ?? ""
        let help = [visit.say(field.help), with, only].filter { !$0.isEmpty }.joined(separator: " ")
        return [
            "kinds": having.count < kinds.count ? having.map(\.name).joined(separator: " ") : nil,
            "key": "setting.\(channel.id).\(field.name)", "name": field.name, "label": visit.say(field.label), "help": help.unlessEmpty,
            "choice": field.kind == .choice, "toggle": field.kind == .toggle, "plain": field.kind == .text, "on": value.bool ?? false,
            "value": value.string ?? "", "maxLength": field.maxLength.map(String.init),
            "lookup": lookup.map { $0.needsQuery ? "query" : "all" },
            "options": field.options.map { ["value": $0.value, "label": visit.say($0.label), "selected": $0.value == value.string] as Model },
        ]
    }

    // MARK: For the script

    private struct Data: Encodable {
        struct Channel: Encodable {
            let id, name, handle, platform, platformName, mark: String
            let limit, followUpLimit: Int
            let thread: ThreadRule.Kind
            let mentions, coverPicture: Bool
            /// Whether what is planned there waits for an approval.
            let waits: Bool
            let look: PreviewLook
            /// Of the account.
            let picture: String?
        }
        struct Person: Encodable {
            let id: UserID
            let email, zone: String
        }
        /// The planned time as the form shows it, and as it is.
        struct Planned: Encodable { let date, time, zone, value: String }
        let user: Person
        let post: PostView?
        let amends: IntegrationID?
        let planned: Planned?
        let channels: [Channel]
        let parts: [PostPart]
        let versions: [String: [PostPart]]
        let media: [MediaView]
    }

    private var planned: Data.Planned? {
        let (date, time) = wallTime
        return post?.plannedFor.map { .init(date: date, time: time, zone: draft.timeZone ?? visit.time.zone.name, value: $0) }
    }

    private func data(
        _ channels: [ChannelView], _ platforms: [PlatformID: PlatformView], waiting: Set<IntegrationID>
    ) async throws -> String {
        func written(_ part: PartDraft) -> PostPart { PostPart(text: part.text ?? "", mediaIds: part.mediaIds ?? []) }
        let parts = (draft.parts ?? []).map(written)
        let versions = (draft.versions ?? [:]).mapValues { $0.map(written) }
        var media: [MediaView] = []
        for id in Set((parts + versions.values.joined()).flatMap(\.mediaIds)).sorted() {
            do {
                media.append(try await visit.services.media.get(id, as: visit.caller))
            } catch let report as ProblemReport where report.code == .notFound {
                continue
            }
        }
        let data = Data(
            user: .init(id: visit.signedIn.user.id, email: visit.signedIn.user.email, zone: visit.time.zone.name), post: post,
            amends: amends, planned: amends == nil ? planned : nil,
            channels: channels.compactMap { channel in
                platforms[channel.platform].map { Self.rule(channel, $0, waits: waiting.contains(channel.id)) }
            }, parts: parts,
            versions: versions, media: media)
        // Inside a script element only "</" could end it early.
        return try JSON.text(data).replacing("<", with: "\\u003c")
    }

    private static func rule(_ channel: ChannelView, _ platform: PlatformView, waits: Bool) -> Data.Channel {
        let limit = channel.limits.textLength ?? platform.text.limit
        return Data.Channel(
            id: channel.id.text, name: channel.displayName, handle: channel.handle, platform: channel.platform.rawValue,
            platformName: channel.platformName, mark: channel.mark, limit: limit,
            followUpLimit: platform.thread.followUpTextLimit ?? limit, thread: platform.thread.kind,
            mentions: platform.lookups.contains { $0.name == "mention" },
            coverPicture: ([platform.media] + platform.kinds.compactMap(\.media)).contains { $0.cover != nil }, waits: waits,
            look: .of(channel.platform),
            picture: channel.picturePath)
    }
}
