import Application
import Domain
import Gateway
import Hummingbird

/// What posts are made of again and again: templates, signatures, groups of hashtags.
struct TemplatePages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, refusal: nil) }

    private func show(_ visit: Visit, refusal: ProblemReport?) async throws -> Response {
        let channels = try await visit.services.channels.list(as: visit.caller)
        let templates = try await visit.services.templates.list(as: visit.caller)
        let signatures = try await visit.services.signatures.list(as: visit.caller)
        let groups = try await visit.services.hashtags.list(as: visit.caller)
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .templates), "banner": refusal.map { visit.voice.banner($0) },
            "id": "new", "name": "", "tags": "", "hasTemplates": !templates.isEmpty, "templates": templates.map { template($0, channels, visit) },
            "channels": choices(channels, []), "hasChannels": !channels.isEmpty, "parts": [part(1, ""), part(2, "")],
            "maySign": visit.caller.may(.schedule), "hasSignatures": !signatures.isEmpty,
            "signatures": signatures.map { signature -> Model in
                ["id": signature.id.text, "name": signature.name, "text": signature.text, "automatic": signature.automatic]
            },
            "hasGroups": !groups.isEmpty,
            "groups": groups.map { group -> Model in
                ["id": group.id.text, "name": group.name, "hashtags": group.hashtags.joined(separator: " ")]
            },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page("pages/templates", title: visit.words("settings_templates"), model, for: visit, status: status)
    }

    private func template(_ template: PostTemplate, _ channels: [ChannelView], _ visit: Visit) -> Model {
        let names = channels.filter { template.integrationIds.contains($0.id) }.map(\.title)
        let fields = (template.parts + [""]).prefix(PostTemplates.mostParts).enumerated().map { part($0 + 1, $1) }
        return [
            "id": template.id.text, "name": template.name, "start": template.parts.first?.shortened(to: 160) ?? "",
            "about": names.joined(separator: ", "), "variables": template.variables.map { ["name": "{{\($0)}}"] as Model },
            "hasChannels": !channels.isEmpty, "channels": choices(channels, template.integrationIds), "parts": fields,
            "tags": template.tags.joined(separator: " "),
        ]
    }

    private func part(_ number: Int, _ text: String) -> Model { ["number": String(number), "text": text, "first": number == 1] }

    private func choices(_ channels: [ChannelView], _ chosen: [IntegrationID]) -> [Model] {
        channels.map { channel in
            ["value": channel.id.text, "label": channel.title, "on": chosen.contains(channel.id)]
        }
    }

    // MARK: Templates

    func create(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, "done_save") {
            let new = NewPostTemplate(
                name: form.text("name"), parts: Self.parts(form), integrationIds: form.all("channel").compactMap(IntegrationID.init),
                tags: Self.words(form.text("tags")))
            _ = try await visit.services.templates.create(new, as: visit.caller)
        }
    }

    func save(_ visit: Visit) async throws -> Response {
        let (id, form): (PostTemplateID, FormFields) = (try visit.id("template"), try await visit.form())
        return try await change(visit, "done_save") {
            let change = PostTemplateChange(
                name: form.text("name"), parts: Self.parts(form), integrationIds: form.all("channel").compactMap(IntegrationID.init),
                tags: Self.words(form.text("tags")))
            _ = try await visit.services.templates.update(id, change, as: visit.caller)
        }
    }

    func remove(_ visit: Visit) async throws -> Response {
        let id: PostTemplateID = try visit.id("template")
        return try await change(visit, "done_removed") { try await visit.services.templates.remove(id, as: visit.caller) }
    }

    /// Those that are not empty, but at least one.
    private static func parts(_ form: FormFields) -> [String] {
        let texts = form.all("text").map(\.withOneLineEnd)
        let filled = texts.filter { !$0.allSatisfy(\.isWhitespace) }
        return filled.isEmpty ? Array(texts.prefix(1)) : filled
    }

    private static func words(_ text: String) -> [String] { text.split { $0.isWhitespace || $0 == "," || $0 == "#" }.map(String.init) }

    // MARK: Signatures

    func addSignature(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, "done_save") {
            let new = NewSignature(name: form.text("name"), text: form["text"] ?? "", automatic: form.text("automatic") == "yes")
            _ = try await visit.services.signatures.create(new, as: visit.caller)
        }
    }

    func saveSignature(_ visit: Visit) async throws -> Response {
        let (id, form): (SignatureID, FormFields) = (try visit.id("signature"), try await visit.form())
        return try await change(visit, "done_save") {
            let change = SignatureChange(name: form.text("name"), text: form["text"] ?? "", automatic: form.text("automatic") == "yes")
            _ = try await visit.services.signatures.update(id, change, as: visit.caller)
        }
    }

    func removeSignature(_ visit: Visit) async throws -> Response {
        let id: SignatureID = try visit.id("signature")
        return try await change(visit, "done_removed") { try await visit.services.signatures.remove(id, as: visit.caller) }
    }

    // MARK: Hashtags

    func addGroup(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, "done_save") {
            let new = NewHashtagGroup(name: form.text("name"), hashtags: Self.words(form.text("hashtags")))
            _ = try await visit.services.hashtags.create(new, as: visit.caller)
        }
    }

    func saveGroup(_ visit: Visit) async throws -> Response {
        let (id, form): (HashtagGroupID, FormFields) = (try visit.id("hashtag group"), try await visit.form())
        return try await change(visit, "done_save") {
            let change = HashtagGroupChange(name: form.text("name"), hashtags: Self.words(form.text("hashtags")))
            _ = try await visit.services.hashtags.update(id, change, as: visit.caller)
        }
    }

    func removeGroup(_ visit: Visit) async throws -> Response {
        let id: HashtagGroupID = try visit.id("hashtag group")
        return try await change(visit, "done_removed") { try await visit.services.hashtags.remove(id, as: visit.caller) }
    }

    /// A refusal is shown on the page itself.
    private func change(_ visit: Visit, _ done: String, _ work: () async throws -> Void) async throws -> Response {
        do {
            try await work()
            return try visit.redirect(to: "/settings/templates", Toast(visit.words(done)))
        } catch let report as ProblemReport {
            return try await show(visit, refusal: report)
        }
    }
}
