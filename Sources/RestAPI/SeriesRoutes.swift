import Application
import Domain
import Gateway
import Hummingbird

/// Series of posts that repeat. Their posts are changed and deleted as posts, with a scope.
struct SeriesRoutes: Sendable {
    let services: Services
    private var posts: Posts { services.posts }

    private static let ended = QueryField.flag("ended", "With those that have ended")

    struct Day: Codable, Sendable, Ruled {
        static let rules: [String: JSONValue] = [
            "day": [
                "description": "The day that the rule names, as seriesDay of its post",
                "pattern": #"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"#,
            ]
        ]
        /// `2026-11-24`
        let day: String
    }

    var routes: [Route] {
        [
            Route(
                .post, "/api/recurrence/preview", "What a rule means: in words, and its first twelve times", access: .scope(.postsRead),
                rate: .drafting, errors: [.invalidTimeZone]
            ) { (question: RecurrenceQuestion, call) in try posts.preview(question, as: try call.caller) },
            Route(
                .get, "/api/series", "The series of posts that repeat, newest first", access: .scope(.postsRead), parameters: [Self.ended.parameter]
            ) { call in
                Page(items: try await posts.allSeries(withEnded: try call[Self.ended] ?? false, as: try call.caller), nextCursor: nil)
            },
            Route(.get, "/api/series/{id}", "A series with its next twelve times", access: .scope(.postsRead)) { call in
                try await posts.series(try call.id(of: "series"), as: try call.caller)
            },
            action("pause", "Take what follows a series out of the plan until it goes on") { try await posts.pause($0, as: $1) },
            action("resume", "Let a paused series go on with what is still to come") { try await posts.resume($0, as: $1) },
            action("end", "Take what follows a series out of the plan for good; what a person changed stays") {
                try await posts.pause($0, forGood: true, as: $1)
            },
            action("skip", "Leave out one day", ofDay: { try await posts.skip($0, of: $1, as: $2) }),
            action("unskip", "Take in again a day that was left out", ofDay: { try await posts.unskip($0, of: $1, as: $2) }),
        ]
    }

    private func action(
        _ name: String, _ summary: String, _ perform: @escaping @Sendable (SeriesID, Caller) async throws -> SeriesView
    ) -> Route {
        Route(.post, "/api/series/{id}/\(name)", summary, access: .scope(.postsWrite), errors: [.conflict, .forbidden]) { call in
            try await perform(try call.id(of: "series"), try call.caller)
        }
    }

    private func action(
        _ name: String, _ summary: String, ofDay perform: @escaping @Sendable (String, SeriesID, Caller) async throws -> SeriesView
    ) -> Route {
        Route(.post, "/api/series/{id}/\(name)", summary, access: .scope(.postsWrite), errors: [.conflict, .forbidden]) { (day: Day, call) in
            try await perform(day.day, try call.id(of: "series"), try call.caller)
        }
    }
}

extension SeriesScope: Named {}
