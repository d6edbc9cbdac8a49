import Domain

/// What one look found, and what to do about it.
public struct Diagnosis: Codable, Sendable, Equatable {
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case ok
        /// It works, but the operator should know.
        case warning
        /// The server does not start, or does not do what it should.
        case problem
    }

    /// What was looked at, such as `database`.
    public let subject: String
    public let verdict: Verdict
    public let finding: String
    /// What to do; nil where there is nothing to do.
    public let advice: String?
    /// Why it matters, and the page of the documentation that explains it; nil of subjects that older versions knew.
    public let why: String?
    public let page: String?

    public init(_ subject: String, _ verdict: Verdict, _ finding: String, advice: String? = nil) {
        self.subject = subject
        self.verdict = verdict
        self.finding = finding
        self.advice = advice
        (why, page) = (DoctorSubject.all[subject]?.why, DoctorSubject.all[subject]?.page)
    }
}

/// The result of all looks.
public struct DoctorReport: Codable, Sendable, Equatable {
    public let version: String
    /// The worst of all verdicts.
    public let verdict: Diagnosis.Verdict
    public let diagnoses: [Diagnosis]

    public init(version: String, diagnoses: [Diagnosis]) {
        self.version = version
        self.diagnoses = diagnoses
        let found = Set(diagnoses.map(\.verdict))
        verdict = found.contains(.problem) ? .problem : found.contains(.warning) ? .warning : .ok
    }
}
