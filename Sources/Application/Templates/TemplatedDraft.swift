import Domain
import Foundation
import Persistence

/// Words that a post is found by.
enum PostTags {
    /// Trimmed, each once, in order. Throws `VALIDATION_FAILED` for too many or too long ones.
    static func read(_ given: [String]) throws -> [String] {
        let tags = Set(given.map(tidy).filter { !$0.isEmpty })
        guard tags.count <= 20, tags.allSatisfy({ $0.count <= 60 }) else {
            throw ProblemReport.invalid("tags", "A post has at most 20 tags of at most 60 characters.")
        }
        return tags.sorted()
    }

    static func tidy(_ tag: String) -> String {
        tag.trimmingCharacters(in: .whitespacesAndNewlines).precomposedStringWithCanonicalMapping
    }
}

extension PostDraft {
    /// What stands for the signature that is the automatic one.
    public static let automaticSignature = "automatic"
}

extension Posts {
    /// The draft with what its template says where it says nothing itself, and its signature below its texts.
    func completed(_ draft: PostDraft, as caller: Caller) async throws -> PostDraft {
        var draft = draft
        if draft.template == nil, let name = draft.values?.keys.min() {
            throw ProblemReport.invalid("values", "There is no template to which the value of \(name.prefix(40)) could belong.")
        }
        if let name = draft.template { try await fill(&draft, from: name, as: caller) }
        if let name = draft.signature { try await sign(&draft, with: name, as: caller) }
        return draft
    }

    private func fill(_ draft: inout PostDraft, from name: String, as caller: Caller) async throws {
        let organization = caller.organizationId
        let (templates, channels) = try await database.read { transaction in
            (
                try TemplateRepository.list(of: organization, in: transaction),
                try IntegrationRepository.list(of: organization, in: transaction)
            )
        }
        guard let template = templates.first(where: { $0.id.text == name.lowercased() }) ?? templates.first(where: { $0.name == name }) else {
            guard !templates.isEmpty else {
                throw ProblemReport.invalid("template", "There is no template \"\(name.prefix(80))\". There is none at all.")
            }
            let known = templates.prefix(50).map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw ProblemReport.invalid("template", "There is no template \"\(name.prefix(80))\". There are: \(known).")
        }
        let values = draft.values ?? [:]
        if draft.content == nil, draft.parts == nil {
            if let missing = template.variables.first(where: { values[$0] == nil }) {
                throw ProblemReport.invalid("values", "The template asks for {{\(missing)}}: give its value.")
            }
            draft.parts = template.parts.map { PartDraft(text: TemplateText.filled($0, with: values)) }
        }
        if let unknown = values.keys.sorted().first(where: { !template.variables.contains($0) }) {
            throw ProblemReport.invalid("values", "The template does not ask for {{\(unknown.prefix(40))}}.")
        }
        let present = Set(channels.map(\.id))
        if draft.platforms == nil { draft.platforms = template.integrationIds.filter(present.contains).map(\.text) }
        // A channel's settings are those of the draft, else those of the template.
        let chosen = try self.channels.resolve(draft.platforms ?? [], among: channels)
        let known = Set(chosen.map(\.id))
        let named = try Set((draft.settings ?? [:]).keys.flatMap { try targets(ofSettingsFor: $0, among: chosen).map(\.id) })
        for (id, settings) in template.settings where known.contains(id) && !named.contains(id) {
            draft.settings = (draft.settings ?? [:]).merging([id.text: settings]) { own, _ in own }
        }
        draft.tags = draft.tags ?? template.tags
        (draft.template, draft.values) = (nil, nil)
    }

    private func sign(_ draft: inout PostDraft, with name: String, as caller: Caller) async throws {
        let organization = caller.organizationId
        let signatures = try await database.read { try SignatureRepository.list(of: organization, in: $0) }
        draft.signature = nil
        let named = signatures.first { $0.id.text == name.lowercased() } ?? signatures.first { $0.name == name }
        guard let signature = named ?? signatures.first(where: { $0.automatic && name == PostDraft.automaticSignature }) else {
            if name == PostDraft.automaticSignature { return }
            throw ProblemReport.invalid("signature", "There is no signature \"\(name.prefix(80))\".")
        }
        func signed(_ parts: [PartDraft]) -> [PartDraft] {
            var parts = parts.isEmpty ? [PartDraft()] : parts
            parts[0].text = signature.signing(parts[0].text ?? "")
            return parts
        }
        if let parts = draft.parts {
            draft.parts = signed(parts)
        } else {
            draft.content = signature.signing(draft.content ?? "")
        }
        draft.versions = draft.versions?.mapValues(signed)
    }
}
