import Application
import Domain

/// What `postiz doctor` prints, in the language of a terminal and by the catalogue of the pages. Times stay as they are, in UTC: no person is
/// signed in whose zone would count.
public struct DoctorSpeech: Sendable {
    private let words: Words

    /// `locale` is one of the environment, such as `de_AT.UTF-8`.
    public init(locale: String, words: InterfaceWords) { self.words = words.catalogue.words(for: locale.prefix { $0.isLetter }.description) }

    public var headings: [String] { ["verdict", "subject", "finding"].map { words("doctor_\($0)") } }

    public func verdict(_ verdict: Diagnosis.Verdict) -> String { words("verdict_\(verdict)") }

    public func subject(_ diagnosis: Diagnosis) -> String {
        words.pages[DoctorSubject.key("subject", diagnosis.subject)] ?? diagnosis.subject
    }

    public func finding(_ diagnosis: Diagnosis) -> String { say(diagnosis.finding) }

    /// Why it matters, what to do, and where to read on.
    public func more(_ diagnosis: Diagnosis) -> [String] {
        let why = diagnosis.why.map { words.pages[DoctorSubject.key("why", diagnosis.subject)] ?? $0 }
        return [why, diagnosis.advice.map { "→ \(say($0))" }, diagnosis.page.map { "\(words("healthRead")) \($0)" }].compactMap(\.self)
    }

    public func summary(_ report: DoctorReport) -> String {
        let counts = [Diagnosis.Verdict.problem, .warning].map { verdict in
            words.count("doctor_\(verdict)", report.diagnoses.count { $0.verdict == verdict })
        }
        return "Postiz \(report.version): \(counts.joined(separator: ", "))."
    }

    /// What the catalogue does not know, such as what another program said, stays as it is.
    private func say(_ text: String) -> String { words.sentences?.say(text) ?? text }
}
