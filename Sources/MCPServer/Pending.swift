import Application
import Domain

struct ToolCall { let tool: String, arguments: [String: JSONValue], ok: Bool, code: String?, message: String?, client: String?, milliseconds: Int, target: PostID?, undo: [Undo] }
struct ToolCallsStub: Sendable { func record(_ call: ToolCall, as caller: Caller) async throws {} }
enum Undo: Codable, Sendable { case deletePosts([PostID]), restorePosts([PostID]), rewrite(PostID, PostDraft), cancel(PostID) }
extension Services { var toolCalls: ToolCallsStub { ToolCallsStub() }
 var eventLog: EventLogStub { EventLogStub() } }
struct EventLogStub { func list(since: EventPosition?, types: [EventType], limit: Int, as caller: Caller) async throws -> Page<EventRecord> { Page(items: [], nextCursor: nil) } }
enum EventPosition { case time(Timestamp), cursor(String) }
struct EventRecord: Codable, Sendable { let type: EventType, at: Timestamp, postId: PostID?, integrationId: IntegrationID?, message: String }
struct AnalyticsOverview: Codable, Sendable {
    struct PlatformDay: Codable, Sendable { let day: String, platform: PlatformID, published: Int, figures: [String: Int] }
    struct Missing: Codable, Sendable { let platform: PlatformID, metrics: [Metric] }
    let summary: AnalyticsSummary, previous: AnalyticsSummary?, topPosts: [TopPost], byDayAndPlatform: [PlatformDay], missing: [Missing], fetchedAt: Timestamp?
}
struct TopPost: Codable, Sendable { let postId: PostID, content: String }
extension Analytics {
    func overview(channel: String?, from: Timestamp, to: Timestamp, comparePrevious: Bool, topPosts count: Int, as caller: Caller) async throws -> AnalyticsOverview { throw ProblemReport.notFound("") }
    func recentPosts(channel: String?, limit: Int, as caller: Caller) async throws -> [TopPost] { [] }
}
