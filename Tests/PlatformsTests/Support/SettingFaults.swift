import Domain

extension PlatformDescriptor {
    /// What is said against `settings` of a post on an account of these limits, as the product checks them.
    func faults(_ settings: [String: JSONValue], limits: AccountLimits = .init()) -> [String] {
        SettingCheck.problems(settings, on: context(limits)).map(\.message)
    }

    /// What is said against a post of these parts, each a text with its files.
    func faults(of parts: [(String, [Media])], _ settings: [String: JSONValue], limits: AccountLimits = .init()) -> [Problem.Code] {
        let context = context(limits)
        let content = PostContent(
            parts: parts.map { PostPart(text: $0, mediaIds: $1.map(\.id)) }, versions: [:], settings: [context.integration.id: settings])
        let files = parts.flatMap(\.1).map { ($0.id, $0) }
        return PostValidator.problems(
            content: content, channels: [context], media: Dictionary(files) { $1 }, scheduledFor: nil, now: Self.now
        ).filter { $0.severity == .error }.map(\.code)
    }

    private static let now = Timestamp(milliseconds: 1_795_420_800_000)

    private func context(_ limits: AccountLimits) -> ChannelContext {
        let integration = Integration(
            id: .init(at: Self.now), organizationId: .init(at: Self.now), platform: id, platformAccountId: "1", username: "ada",
            displayName: "Ada", limits: limits, createdAt: Self.now, updatedAt: Self.now)
        return ChannelContext(integration: integration, descriptor: self)
    }
}
