import Domain
import Persistence

public struct NewSavedView: Codable, Sendable, Equatable {
    public var name: String
    public var place: SavedView.Place
    /// What the place does not ask for is left out.
    public var filters: ViewFilters
    /// Whether everybody in the workspace has it; false when absent.
    public var shared: Bool?
    /// Whether your page begins with it; false when absent.
    public var isDefault: Bool?

    public init(name: String, place: SavedView.Place, filters: ViewFilters, shared: Bool? = nil, isDefault: Bool? = nil) {
        self.name = name
        self.place = place
        self.filters = filters
        self.shared = shared
        self.isDefault = isDefault
    }
}

/// What is to change about a view; what is absent stays.
public struct SavedViewChange: Codable, Sendable, Equatable {
    public var name: String?
    public var filters: ViewFilters?
    public var shared: Bool?
    /// Yours alone, also of a view that somebody shares.
    public var isDefault: Bool?

    public init(name: String? = nil, filters: ViewFilters? = nil, shared: Bool? = nil, isDefault: Bool? = nil) {
        self.name = name
        self.filters = filters
        self.shared = shared
        self.isDefault = isDefault
    }
}

/// Names for what pages show: a person's own, or shared with the workspace. Whoever writes may share; what is shared is changed by its owner
/// and by administrators.
public struct SavedViews: Sendable {
    /// How many a person may have in a workspace.
    static let most = 100
    /// How long a filter may be.
    public static let longest = 200

    let database: any Database
    let channels: Channels
    let posts: Posts
    let audit: AuditLog
    let time: any TimeSource

    /// Those that the person sees, by name. Throws `FORBIDDEN` for keys and commands, as all of it does.
    public func list(at place: SavedView.Place? = nil, as caller: Caller) async throws -> [SavedView] {
        let user = try Self.person(caller)
        let views = try await database.read { try SavedViewRepository.list(of: caller.organizationId, for: user, at: place, in: $0) }
        guard views.contains(where: { $0.filters.channel != nil || $0.filters.tag != nil }) else { return views }
        let known = try await known(as: caller)
        return views.map { view in
            var view = view
            view.gone = known.gone(from: view.filters)
            return view
        }
    }

    /// As `list`, without looking whether what they name is still there.
    public func names(as caller: Caller) async throws -> [SavedView] {
        let user = try Self.person(caller)
        return try await database.read { try SavedViewRepository.list(of: caller.organizationId, for: user, at: nil, in: $0) }
    }

    /// The view with which the person's page begins.
    public func byDefault(at place: SavedView.Place, as caller: Caller) async throws -> SavedView? {
        let user = try Self.person(caller)
        return try await database.read { try SavedViewRepository.byDefault(at: place, of: caller.organizationId, for: user, in: $0) }
    }

    /// Which of `filters` name what is no longer there.
    public func gone(from filters: ViewFilters, as caller: Caller) async throws -> [SavedView.Gone] {
        guard filters.channel != nil || filters.tag != nil else { return [] }
        return try await known(as: caller).gone(from: filters)
    }

    /// Throws `VALIDATION_FAILED`, and `CONFLICT` where the person has one of this name there, or too many.
    public func create(_ new: NewSavedView, as caller: Caller) async throws -> SavedView {
        let (user, now, organization) = (try Self.person(caller), time.now, caller.organizationId)
        let shared = new.shared ?? false
        if shared { try caller.require(Permission.draft) }
        let view = SavedView(
            id: SavedViewID(at: now), place: new.place, name: try AccountRules.name(new.name, field: "name"),
            filters: try Self.checked(new.filters, at: new.place), shared: shared, own: true, isDefault: new.isDefault ?? false, createdAt: now)
        try await database.writeUnlessNameIsTaken { transaction in
            let own = try SavedViewRepository.list(of: organization, for: user, at: nil, in: transaction).filter(\.own)
            guard own.count < Self.most else {
                throw ProblemReport(.conflict, "You have at most \(Self.most) saved views. Remove one that is not needed.")
            }
            try SavedViewRepository.insert(view, of: organization, by: user, in: transaction)
            if view.isDefault { try SavedViewRepository.setDefault(true, view, of: organization, for: user, in: transaction) }
            if view.shared { try note("shared", view, as: caller, in: transaction) }
        }
        return view
    }

    public func update(_ id: SavedViewID, _ change: SavedViewChange, as caller: Caller) async throws -> SavedView {
        let (user, organization) = (try Self.person(caller), caller.organizationId)
        return try await database.writeUnlessNameIsTaken { transaction in
            var view = try find(id, for: user, as: caller, in: transaction)
            if change.name != nil || change.filters != nil || change.shared != nil {
                try Self.requireMayChange(view, as: caller)
                if change.shared == true { try caller.require(Permission.draft) }
                let wasShared = view.shared
                view.name = try change.name.map { try AccountRules.name($0, field: "name") } ?? view.name
                view.filters = try change.filters.map { try Self.checked($0, at: view.place) } ?? view.filters
                view.shared = change.shared ?? view.shared
                try SavedViewRepository.update(view, of: organization, in: transaction)
                if wasShared || view.shared { try note(view.shared ? "shared" : "unshared", view, as: caller, in: transaction) }
            }
            if let isDefault = change.isDefault {
                view.isDefault = isDefault
                try SavedViewRepository.setDefault(isDefault, view, of: organization, for: user, in: transaction)
            }
            return view
        }
    }

    /// Removes it; the view that it was, for whoever wants it back.
    @discardableResult
    public func remove(_ id: SavedViewID, as caller: Caller) async throws -> SavedView {
        let user = try Self.person(caller)
        return try await database.write { transaction in
            let view = try find(id, for: user, as: caller, in: transaction)
            try Self.requireMayChange(view, as: caller)
            try SavedViewRepository.remove(id, of: caller.organizationId, in: transaction)
            if view.shared { try note("removed", view, as: caller, in: transaction) }
            return view
        }
    }

    // MARK: Rules

    private static func person(_ caller: Caller) throws -> UserID {
        try caller.require(Permission.view)
        return try caller.requireSignedIn().user
    }

    private func find(_ id: SavedViewID, for user: UserID, as caller: Caller, in transaction: any Transaction) throws -> SavedView {
        guard let view = try SavedViewRepository.find(id, of: caller.organizationId, for: user, lock: true, in: transaction) else {
            throw ProblemReport.notFound("saved view")
        }
        return view
    }

    private static func requireMayChange(_ view: SavedView, as caller: Caller) throws {
        if !view.own { try caller.require(Permission.manage) }
    }

    private static func checked(_ filters: ViewFilters, at place: SavedView.Place) throws -> ViewFilters {
        let fitting = filters.fitting(place)
        let values = [
            fitting.view, fitting.tab, fitting.channel, fitting.status, fitting.tag, fitting.text, fitting.days, fitting.sort,
        ].compactMap(\.self)
        for value in values {
            let isLine = !value.unicodeScalars.contains { $0.properties.generalCategory == .control }
            guard isLine, value.unicodeScalars.count <= longest else {
                throw ProblemReport.invalid("filters", "A filter is one line of at most \(longest) characters.")
            }
        }
        return fitting
    }

    private func note(_ action: String, _ view: SavedView, as caller: Caller, in transaction: any Transaction) throws {
        try audit.record("view.\(action)", target: view.id.text, detail: ["name": .string(view.name)], as: caller, in: transaction)
    }

    /// What filters may name.
    private struct Known {
        let channels: Set<String>
        let tags: Set<String>

        func gone(from filters: ViewFilters) -> [SavedView.Gone] {
            var gone: [SavedView.Gone] = []
            if let channel = filters.channel, !channels.contains(channel) { gone.append(.channel) }
            if let tag = filters.tag, !tags.contains(tag.lowercased()) { gone.append(.tag) }
            return gone
        }
    }

    private func known(as caller: Caller) async throws -> Known {
        let reader = caller.reading
        async let tags = posts.tags(as: reader)
        let channels = try await channels.list(as: reader)
        let names = channels.flatMap { [$0.id.text, $0.platform.rawValue] + ($0.customer.map { [Channels.customerMark + $0] } ?? []) }
        return Known(channels: Set(names), tags: Set(try await tags.map { $0.lowercased() }))
    }
}
