import Domain

/// What a table would become, before anything is saved.
public struct ImportCheck: Codable, Sendable, Equatable {
    public enum Format: String, Codable, Sendable, CaseIterable { case csv = "CSV", xlsx = "XLSX" }

    /// What could not be found out for certain.
    public enum Doubt: String, Codable, Sendable, CaseIterable {
        /// The letters beyond ASCII may be wrong.
        case encoding = "ENCODING"
        /// Day and month can be read either way: nothing is imported before `dateOrder` is given.
        case dateOrder = "DATE_ORDER"
    }

    public struct Column: Codable, Sendable, Equatable {
        public let heading: String
        /// What it is read as; nil when it is left out.
        public let meaning: String?
    }

    public struct RowProblem: Codable, Sendable, Equatable {
        public let severity: Problem.Severity
        public let message: String
    }

    public struct Row: Codable, Sendable, Equatable {
        /// Of the file, counted from 1.
        public let line: Int
        /// How its text begins.
        public let text: String
        /// The names of its channels.
        public let channels: [String]
        public let scheduledFor: Timestamp?
        /// What the clocks of its zone show then.
        public let wallTime: String?
        public let tags: [String]
        /// How many files go with it.
        public let files: Int
        public let problems: [RowProblem]
    }

    /// Where the table is kept until it is imported.
    public internal(set) var importId: PostImportID?
    public let format: Format
    public let encoding: DelimitedText.Encoding?
    public let separator: DelimitedText.Separator?
    public let dateOrder: DateOrder?
    public let timeZone: String
    public let unsure: [Doubt]
    public let sheet: String?
    public let sheets: [String]
    public let columns: [Column]
    /// Of rows.
    public let count: Int
    /// Rows that would become drafts; the others are planned or wait for approval.
    public let drafts: Int
    /// Rows with a problem that keeps all of them from being imported.
    public let faulty: Int
    /// The first 200, and of those after them the first 800 that have a problem.
    public let rows: [Row]

    /// Whether everything could be imported as it is.
    public var isReady: Bool { faulty == 0 && count > 0 && !unsure.contains(.dateOrder) }
}

/// What became of an import that was taken back.
public struct UndoneImport: Codable, Sendable, Equatable {
    public let `import`: PostImport
    /// How many posts are in the trash now.
    public let removed: Int
    /// How many stay, being public or on their way.
    public let left: Int
}
