import Application
import Domain
import Gateway
import MCPProtocol

// MARK: - Resources

extension WorkspaceContext {
    public func resources() async throws -> [Resource] { caller.may(.postsRead) ? ResourceShelf.resources : [] }
    public func resourceTemplates() async throws -> [ResourceTemplate] { caller.may(.postsRead) ? ResourceShelf.templates : [] }

    public func read(_ uri: String, in exchange: Exchange) async throws -> [ResourceContents] {
        if !caller.may(.postsRead), caller.isGrant { throw MCPError.insufficientScope([Scope.postsRead.rawValue]) }
        do {
            return try await ResourceShelf(call: invocation(exchange)).read(uri)
        } catch let report as ProblemReport {
            switch report.code {
            case .notFound, .unknownChannel, .ambiguousChannel, .unknownPlatform, .validationFailed: throw MCPError.resourceNotFound(uri: uri)
            default: throw MCPError.invalidParams(report.message)
            }
        }
    }

    func invocation(_ exchange: Exchange?) -> Invocation {
        Invocation(services: services, caller: caller, requestId: requestId, exchange: exchange, arguments: [:])
    }
}

// MARK: - Completion

extension WorkspaceContext {
    public func complete(
        _ reference: CompletionReference, argument: String, value: String, given: [String: String]
    ) async throws -> Completion {
        guard caller.may(.postsRead) else { return Completion(values: []) }
        switch reference {
        case .prompt(let name):
            guard let prompt = PromptShelf.prompts.first(where: { $0.name == name }) else {
                throw MCPError.invalidParams("There is no prompt \(name).")
            }
            guard prompt.arguments.contains(where: { $0.name == argument }) else {
                throw MCPError.invalidParams("The prompt \(name) has no argument \(argument).")
            }
            return try await values(argument, value)
        case .resource(let template):
            guard ResourceShelf.templates.contains(where: { $0.uriTemplate == template }) else {
                throw MCPError.invalidParams("There is no resource template \(template).")
            }
            return try await values(Self.kind(of: template), value)
        }
    }

    /// `postiz://channels/{id}` completes channels.
    private static func kind(of template: String) -> String {
        String(template.dropFirst("postiz://".count).prefix { $0 != "/" })
    }

    private func values(_ kind: String, _ value: String) async throws -> Completion {
        let wanted = value.lowercased()
        func fitting(_ values: [String]) -> Completion {
            let fitting = values.filter { wanted.isEmpty || $0.lowercased().contains(wanted) }
            return Completion(values: fitting, total: fitting.count)
        }
        switch kind {
        case "channel", "channels":
            let channels = try await services.channels.list(as: caller)
            return fitting(channels.map(\.displayName) + channels.map(\.id.text))
        case "platforms": return fitting(services.platforms.all.map(\.descriptor.id.rawValue).sorted())
        case "calendar": return fitting(months)
        case "posts", "post", "source":
            let page = try await services.posts.list(PostQuery(text: wanted.contains("-") ? nil : value, limit: 100), as: caller)
            let ids = page.items.map(\.id.text)
            return Completion(values: wanted.contains("-") ? ids.filter { $0.hasPrefix(wanted) } : ids)
        case "media":
            return Completion(values: try await services.media.list(as: caller, search: value, limit: 100).items.map(\.id.text))
        case "days": return fitting(["1", "3", "7", "14", "31"])
        default: return Completion(values: [])
        }
    }

    /// Three months back to eight ahead.
    private var months: [String] {
        let (year, month, _) = LocalClock(zone: caller.timeZone).wall(services.time.now).date
        return (-3...8).map { offset in
            let index = year * 12 + month - 1 + offset
            let number = index % 12 + 1
            return "\(index / 12)-\(number < 10 ? "0" : "")\(number)"
        }
    }
}
