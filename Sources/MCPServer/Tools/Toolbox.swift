import Domain
import Gateway
import MCPProtocol

/// All tools, in the order in which they are listed.
struct Toolbox: Sendable {
    let tools: [ToolDeclaration]
    private let byName: [String: ToolDeclaration]

    /// Throws for a tool whose types do not tell enough.
    init() throws {
        tools = try Self.orientation() + Self.writing() + Self.reading() + Self.changing() + Self.planning() + Self.media() + Self.looking()
        byName = Dictionary(tools.map { ($0.tool.name, $0) }) { first, _ in first }
    }

    subscript(name: String) -> ToolDeclaration? { byName[name] }

    private static func orientation() throws -> [ToolDeclaration] {
        [
            try ToolDeclaration(
                "get_workspace", "Get the workspace", .reads, scope: .postsRead,
                "The place to begin: the workspace's name, time zone and current time, its channels, how many posts there are by status, and "
                    + "what you may do.", perform: WorkspaceTools.workspace),
            try ToolDeclaration(
                "list_channels", "List channels", .reads, scope: .postsRead,
                "The connected accounts that posts can go to, with their status (a channel may have to be connected again by a person), next "
                    + "free posting time and text limit.", perform: WorkspaceTools.channels),
            try ToolDeclaration(
                "get_channel_schema", "Get what a channel takes", .reads, scope: .postsRead,
                "What a channel or platform takes, or without arguments every connected platform: length of texts and how it is counted, threads, "
                    + "files, settings with their values, and which figures it tells.", perform: ChannelTools.schema),
            try ToolDeclaration(
                "lookup_channel_options", "Look up options of a channel", .readsPlatforms, scope: .postsRead,
                "What a field may hold on one channel, asked of its platform where need be: accounts to mention, allowed values of a setting.",
                perform: ChannelTools.lookup),
        ]
    }

    private static func writing() throws -> [ToolDeclaration] {
        [
            try ToolDeclaration(
                "validate_post", "Check a post", .reads, scope: .postsRead, rate: .drafting,
                "Every problem that would keep a post from going out, for every channel at once, and how long the text is as each platform "
                    + "counts. Nothing is saved or fetched.", perform: PostChecking.validate),
            try ToolDeclaration(
                "create_post", "Create a post", .creates, scope: .postsWrite, rate: .creations,
                "Makes a post: a draft unless action says schedule (with scheduled_for), next_slot or publish_now. Publishing goes on after the "
                    + "answer; get_post tells how it went. With an idempotency_key repeating the call makes no second post.",
                perform: PostWriting.create),
        ]
    }

    private static func reading() throws -> [ToolDeclaration] {
        [
            try ToolDeclaration(
                "list_posts", "List posts", .reads, scope: .postsRead,
                "Posts by status, channel, tag, text and time: what is planned, what went out, what failed.", perform: PostReading.list),
            try ToolDeclaration(
                "get_post", "Get a post", .reads, scope: .postsRead,
                "One post with everything: its text on each channel, where it is public, every attempt, why something failed and what to do "
                    + "about it.", perform: PostReading.get),
        ]
    }

    private static func changing() throws -> [ToolDeclaration] {
        [
            try ToolDeclaration(
                "update_post", "Change a post", .replaces, scope: .postsWrite,
                "Changes a post that has not gone out: only what is given changes, and clear empties. With action schedule a draft is planned, with draft a planned "
                    + "post is taken back.", perform: PostChanging.update),
            try ToolDeclaration(
                "reschedule_post", "Move posts to another time", .changes, scope: .postsWrite,
                "Moves one or several posts: to scheduled_for, to the next free posting time, or by a number of minutes. Drafts stay drafts.",
                perform: PostChanging.reschedule),
            try ToolDeclaration(
                "publish_post", "Publish a post now", .publishes, scope: .postsWrite, needsFreeHand: true,
                "Publishes an existing draft or planned post at once, on all of its channels or some. Publishing goes on after the answer.",
                perform: PostSending.publish),
            try ToolDeclaration(
                "cancel_post", "Cancel a post", .replaces, scope: .postsWrite,
                "Takes a planned post out of the schedule, on all of its channels or some. It is kept and can be planned again.",
                perform: PostSending.cancel),
            try ToolDeclaration(
                "delete_post", "Delete posts", .removes, scope: .postsWrite,
                "Deletes posts; what had not gone out does not. What is public stays so unless also_remove_from_platform is true.",
                perform: PostSending.delete),
            try ToolDeclaration(
                "retry_post", "Retry a failed post", .publishes, scope: .postsWrite, needsFreeHand: true,
                "Tries failed channels of a post again, from where it stopped; settles a channel in doubt with resolution. What is public "
                    + "already is not sent twice.", perform: PostSending.retry),
        ]
    }

    private static func planning() throws -> [ToolDeclaration] {
        [
            try ToolDeclaration(
                "find_slots", "Find free posting times", .reads, scope: .postsRead,
                "The next free posting times of channels, in order or best first by how earlier posts did.", perform: QueueTools.slots),
            try ToolDeclaration(
                "list_queue", "List the queue", .reads, scope: .postsRead,
                "What goes out in the coming days, by day and channel, with the posting times that are still free.", perform: QueueTools.queue),
        ]
    }

    private static func media() throws -> [ToolDeclaration] {
        [
            try ToolDeclaration(
                "upload_media", "Upload a file", .creates, scope: .mediaWrite,
                "Puts a picture, video or document into the library, from a web address or as base64, and tells which channels take it.",
                perform: LibraryTools.upload),
            try ToolDeclaration(
                "convert_media", "Convert a film", .changes, scope: .postsWrite,
                "Makes of a film one that a channel takes; the original stays. Ask first.",
                perform: LibraryTools.convert),
            try ToolDeclaration(
                "list_media", "List files", .reads, scope: .postsRead, "The files of the library, newest first, by name, kind and use.",
                perform: LibraryTools.list),
        ]
    }

    private static func looking() throws -> [ToolDeclaration] {
        [
            try ToolDeclaration(
                "get_analytics", "Get figures", .reads, scope: .analyticsRead,
                "How posts did: one post, one channel or platform, or everything, with totals, days, platforms and the best posts, and which "
                    + "figures a platform does not tell.", perform: AnalyticsTools.analytics),
            try ToolDeclaration(
                "list_events", "List events", .reads, scope: .postsRead,
                "What happened in the workspace since a time: posts published or failed, channels that must be connected again.",
                perform: EventTools.list),
        ]
    }
}
