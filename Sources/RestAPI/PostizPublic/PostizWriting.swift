import Application
import Domain
import Gateway

/// Making and changing posts, as Postiz has it made: one post for each channel.
struct PostizWriting: Sendable {
    let services: Services

    /// A draft with what it was made of.
    private struct Prepared {
        let channel: ChannelView
        let draft: PostDraft
        let existing: PostView?
        let group: PostID?
    }

    /// New posts are made all or none; then those that were there are changed, and what they replace is deleted.
    func write(_ call: Call) async throws -> JSONValue {
        let (caller, request) = (try call.caller, try PostizRequest(try await call.postizBody()))
        let prepared = try await prepare(request, as: caller)
        var made = try await services.posts.create(all: prepared.filter { $0.existing == nil }.map(\.draft), as: caller)[...]
        var written: [PostView] = []
        for item in prepared {
            guard let existing = item.existing else {
                written.append(made.removeFirst())
                continue
            }
            written.append(try await services.posts.replace(existing.id, with: item.draft, as: caller))
        }
        for group in Set(prepared.compactMap(\.group)).subtracting(written.map(\.id)) { try await remove(group, as: caller) }
        return .array(zip(written, prepared).map { ["postId": .string($0.id.text), "integration": .string($1.channel.id.text)] })
    }

    /// Programs also send groups that mean nothing.
    private func remove(_ id: PostID, as caller: Caller) async throws {
        do { try await services.posts.remove(id, as: caller) } catch let report as ProblemReport where report.code == .notFound {}
    }

    /// Everything is looked at before anything is made; the first post that could not go out is told.
    private func prepare(_ request: PostizRequest, as caller: Caller) async throws -> [Prepared] {
        let listed = try await services.channels.list(as: caller.reading)
        let channels = Dictionary(listed.map { ($0.id.text, $0) }) { first, _ in first }
        let chosen = try request.elements.map { element in
            guard let channel = channels[element.channel] else {
                throw ProblemReport(.unknownChannel, "Integration with id \(element.channel.prefix(80)) not found")
            }
            return (element, channel)
        }
        var prepared: [Prepared] = []
        for (element, channel) in chosen { prepared.append(try await prepare(element, of: request, on: channel, as: caller)) }
        return prepared
    }

    private func prepare(
        _ element: PostizRequest.Element, of request: PostizRequest, on channel: ChannelView, as caller: Caller
    ) async throws -> Prepared {
        let existing = try await existing(element, on: channel, as: caller)
        guard existing != nil || request.kind != .update else {
            throw ProblemReport(.badRequest, "There is no such post to update. Give the id of a post in value.0.id, or another type.")
        }
        var draft = PostDraft(platforms: [channel.id.text], tags: Array(request.tags.prefix(20)))
        draft.parts = try await parts(element.parts, as: caller)
        if let descriptor = services.platforms[channel.platform]?.descriptor {
            draft.settings = [channel.id.text: try PostizSettings.ours(element.settings, on: descriptor)]
        }
        plan(&draft, request, existing)
        if draft.status != .draft {
            let problems = try await services.posts.validate(draft, as: caller.reading)
            if let first = problems.first(where: { $0.severity == .error }) { throw refusal(first.message, on: channel) }
        }
        return Prepared(channel: channel, draft: draft, existing: existing, group: element.group.flatMap { PostizRow($0)?.post })
    }

    private func refusal(_ words: String, on channel: ChannelView) -> ProblemReport {
        ProblemReport(
            .postInvalid, words, details: ["provider": .string(channel.platform.rawValue), "name": .string(channel.displayName)])
    }

    /// A time that has passed means now. An update leaves a draft a draft.
    private func plan(_ draft: inout PostDraft, _ request: PostizRequest, _ existing: PostView?) {
        let date = request.date ?? (request.kind == .update ? existing?.scheduledFor : nil)
        if request.kind == .draft || (request.kind == .update && existing?.status == .draft) {
            (draft.status, draft.scheduledFor) = (.draft, date?.description)
        } else if let date, date > services.time.now {
            draft.scheduledFor = date.description
        } else {
            draft.schedule = .now
        }
    }

    /// An id that is unknown makes a new post, as it does there.
    private func existing(_ element: PostizRequest.Element, on channel: ChannelView, as caller: Caller) async throws -> PostView? {
        guard let row = element.existing.flatMap(PostizRow.init) else { return nil }
        do {
            let post = try await services.posts.get(row.post, as: caller.reading)
            guard post.platforms == [channel.id] else {
                throw ProblemReport(.conflict, "This post goes to other channels too, so it can only be changed in the composer.")
            }
            return post
        } catch let report as ProblemReport where report.code == .notFound {
            return nil
        }
    }

    private func parts(_ parts: [PostizRequest.Part], as caller: Caller) async throws -> [PartDraft] {
        var drafts: [PartDraft] = []
        for part in parts {
            var ids: [MediaID] = []
            for image in part.images { ids.append(try await file(image, as: caller)) }
            drafts.append(PartDraft(text: part.text, mediaIds: ids))
        }
        return drafts
    }

    /// A file of ours as it is, with its words where they are new; any other is fetched. The id that is sent is invented by many programs.
    private func file(_ image: PostizRequest.Image, as caller: Caller) async throws -> MediaID {
        guard let id = PostizFiles(services: services).own(image.path) else {
            return try await services.media.fromURL(image.path, altText: image.alt, as: caller).id
        }
        if let alt = image.alt, !alt.isEmpty, try await services.media.get(id, as: caller.reading).altText != alt {
            _ = try await services.media.update(id, altText: alt, name: nil, as: caller)
        }
        return id
    }
}
