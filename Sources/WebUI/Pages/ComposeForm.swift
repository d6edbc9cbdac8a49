import Application
import Domain
import Foundation
import Gateway

/// A draft as the composer's form sends it: with scripts the texts come as one field `content`, without them as one field a part.
struct ComposeForm {
    enum Action: String { case save, draft, schedule, now, nextSlot = "next-slot" }

    let action: Action
    let draft: PostDraft
    /// Which posts of a series are meant.
    let scope: SeriesScope

    private struct Content: Decodable {
        let parts: [PartDraft]
        let versions: [String: [PartDraft]]
    }

    /// `post` is what is edited; `descriptors` tell which settings the platforms of `channels` have.
    init(_ form: FormFields, editing post: PostView?, channels: [ChannelView], platforms: [PlatformID: PlatformView]) throws {
        action = Action(rawValue: form.text("action")) ?? .save
        let chosen = form.all("channel")
        var draft = PostDraft(
            platforms: chosen, tags: form.text("tags").split { $0.isWhitespace || $0 == "," || $0 == "#" }.map(String.init),
            linksAsWritten: form.text("linksAsWritten") == "yes" ? true : nil, revision: Int(form.text("revision")))
        if let content = form.given("content") {
            let content = try JSON.decode(Content.self, from: content)
            draft.parts = content.parts
            draft.versions = content.versions.filter { chosen.contains($0.key) }
        } else {
            draft.parts = Self.parts(texts: form.all("text"), media: form.all("media"))
            draft.versions = post.flatMap { PostDraft($0).versions }?.filter { chosen.contains($0.key) }
        }
        draft.settings = Self.settings(form, channels: channels.filter { chosen.contains($0.id.text) }, platforms: platforms)
        let (date, time) = (form.text("date"), form.text("time"))
        if !date.isEmpty {
            draft.scheduledFor = "\(date)T\(time.isEmpty ? "09:00" : time)"
            draft.timeZone = form.given("zone")
            // The form shows minutes: what it did not change stays to the second, and the second of two times that the clocks show alike.
            if let post, let instant = post.scheduledFor, post.timeZone == draft.timeZone,
                post.wallTime?.minuteText ?? Self.shown(instant, in: post.timeZone) == draft.scheduledFor
            {
                draft.scheduledFor = post.plannedFor
            }
        }
        // Without a time there is nothing to repeat from.
        if !date.isEmpty || action == .nextSlot, action != .now { draft.recurrence = try RepeatForm.rule(form) }
        switch action {
        case .draft: draft.status = .draft
        case .save: draft.status = post.map { [.draft, .inReview].contains($0.status) } ?? true ? .draft : .scheduled
        case .schedule: draft.status = .scheduled
        case .now: draft.schedule = .now
        case .nextSlot: draft.schedule = .nextSlot
        }
        if draft.schedule != nil { (draft.scheduledFor, draft.timeZone, draft.status) = (nil, nil, .scheduled) }
        self.draft = draft
        scope = SeriesScope(rawValue: form.text("scope")) ?? .this
    }

    private static func shown(_ instant: Timestamp, in zone: String?) -> String? {
        zone.flatMap(ZoneData.inForce.zone(named:)).map { WallTime(instant, in: $0).minuteText }
    }

    /// Parts that are wholly empty are dropped, except when nothing else is there.
    private static func parts(texts: [String], media: [String]) -> [PartDraft] {
        let all = texts.enumerated().map { index, text in
            PartDraft(
                text: text.replacing("\r\n", with: "\n"),
                mediaIds: index < media.count ? media[index].split(separator: ",").compactMap { MediaID(String($0)) } : [])
        }
        let filled = all.filter { !($0.text ?? "").allSatisfy(\.isWhitespace) || $0.mediaIds?.isEmpty == false }
        return filled.isEmpty ? Array(all.prefix(1)) : filled
    }

    private static func settings(
        _ form: FormFields, channels: [ChannelView], platforms: [PlatformID: PlatformView]
    ) -> [String: [String: JSONValue]] {
        var settings: [String: [String: JSONValue]] = [:]
        for channel in channels {
            let given = form.group("setting.\(channel.id).")
            var values: [String: JSONValue] = [:]
            for field in platforms[channel.platform]?.settings ?? [] {
                guard let text = given[field.name] else { continue }
                values[field.name] = field.kind == .toggle ? .bool(text == "true") : .string(text)
            }
            if !values.isEmpty { settings[channel.id.text] = values }
        }
        return settings
    }
}
