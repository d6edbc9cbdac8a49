import Domain
import Foundation

/// How a person is told what the server has to say: in their language, with times in their zone and form.
struct Voice: Sendable {
    let words: Words
    let time: LocalTime

    /// What rooms below say in English, as far as the catalogue knows it.
    func say(_ text: String) -> String {
        let said = words.sentences?.say(text) ?? text
        return said.replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)/) { match in
            Timestamp(String(match.output.0)).map(time.moment) ?? String(match.output.0)
        }
    }

    /// Above a form that was refused; a script leads to the field that is meant.
    func banner(_ report: ProblemReport) -> Model {
        ["tone": "danger", "icon": "alert", "role": "alert", "text": say(report.message), "field": report.details["field"]?.string]
    }

    func say(_ report: ProblemReport) -> ProblemReport {
        ProblemReport(report.code, say(report.message), details: report.details.mapValues { say($0) }, retryAfter: report.retryAfter)
    }

    /// Every message in it: the problems of a draft, however they are wrapped.
    func say(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let values): return .array(values.map { say($0) })
        case .object(let members):
            var told = members.mapValues { say($0) }
            if case .string(let text)? = members["message"] { told["message"] = .string(say(text)) }
            return .object(told)
        default: return value
        }
    }
}
