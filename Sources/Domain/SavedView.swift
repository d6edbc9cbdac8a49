public typealias SavedViewID = Identifier<SavedView>

/// What a page shows, by a name.
public struct SavedView: Codable, Sendable, Equatable {
    /// The page that it narrows.
    public enum Place: String, Codable, Sendable, CaseIterable {
        case calendar = "CALENDAR"
        case posts = "POSTS"
        case analytics = "ANALYTICS"
    }

    /// What a filter names and is no longer there.
    public enum Gone: String, Codable, Sendable, CaseIterable {
        case channel = "CHANNEL"
        case tag = "TAG"
    }

    public let id: SavedViewID
    public let place: Place
    public var name: String
    public var filters: ViewFilters
    /// Whether everybody in the workspace has it.
    public var shared: Bool
    /// Whether it is the caller's own.
    public var own: Bool
    /// Whether the caller's page begins with it.
    public var isDefault: Bool
    /// Filters that name what is no longer there; the page says so and leaves a channel out.
    public var gone: [Gone]
    public let createdAt: Timestamp

    public init(
        id: SavedViewID, place: Place, name: String, filters: ViewFilters, shared: Bool, own: Bool, isDefault: Bool, gone: [Gone] = [],
        createdAt: Timestamp
    ) {
        self.id = id
        self.place = place
        self.name = name
        self.filters = filters
        self.shared = shared
        self.own = own
        self.isDefault = isDefault
        self.gone = gone
        self.createdAt = createdAt
    }
}

/// The question that a page's address asks, but for the day; what a page does not ask for is left out.
public struct ViewFilters: Codable, Sendable, Equatable {
    /// The calendar's: `month`, `week`, `day` or `agenda`.
    public var view: String?
    /// The list's tab, such as `upcoming`.
    public var tab: String?
    /// The id of a channel; in the calendar also a platform, or a customer after `customer:`.
    public var channel: String?
    public var status: String?
    public var tag: String?
    /// Words of the posts.
    public var text: String?
    /// How far the figures go back.
    public var days: String?
    /// The figure by which posts are sorted.
    public var sort: String?

    public init(
        view: String? = nil, tab: String? = nil, channel: String? = nil, status: String? = nil, tag: String? = nil, text: String? = nil,
        days: String? = nil, sort: String? = nil
    ) {
        (self.view, self.tab, self.channel, self.status) = (view, tab, channel, status)
        (self.tag, self.text, self.days, self.sort) = (tag, text, days, sort)
    }

    /// What of it `place` asks for; an empty text asks for nothing.
    public func fitting(_ place: SavedView.Place) -> ViewFilters {
        func given(_ text: String?) -> String? { text?.isEmpty == true ? nil : text }
        let (view, tab, channel, status) = (given(view), given(tab), given(channel), given(status))
        let (tag, text, days, sort) = (given(tag), given(text), given(days), given(sort))
        return switch place {
        case .calendar: ViewFilters(view: view, channel: channel, status: status, tag: tag, text: text)
        case .posts: ViewFilters(tab: tab, channel: channel, tag: tag, text: text)
        case .analytics: ViewFilters(channel: channel, days: days, sort: sort)
        }
    }
}
