public typealias PostImportID = Identifier<PostImport>

/// A table that becomes posts.
public struct PostImport: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        /// It was looked at; nothing of it is a post yet. It is kept for a day.
        case checked = "CHECKED"
        case done = "DONE"
        /// Its posts were taken back.
        case undone = "UNDONE"
    }

    public let id: PostImportID
    /// Of the file.
    public let name: String
    public var status: Status
    /// How many posts it made.
    public var count: Int
    public let createdAt: Timestamp
    public var doneAt: Timestamp?
    public var undoneAt: Timestamp?

    public init(
        id: PostImportID, name: String, status: Status, count: Int, createdAt: Timestamp, doneAt: Timestamp? = nil, undoneAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.status = status
        self.count = count
        self.createdAt = createdAt
        self.doneAt = doneAt
        self.undoneAt = undoneAt
    }
}

/// How a table is to be read; what is absent is found out.
public struct ImportReading: Codable, Sendable, Equatable {
    public var encoding: DelimitedText.Encoding?
    public var separator: DelimitedText.Separator?
    public var dateOrder: DateOrder?
    /// Of a workbook; its first when absent.
    public var sheet: String?
    /// The zone in which times are read; the caller's when absent.
    public var timeZone: String?

    public init(
        encoding: DelimitedText.Encoding? = nil, separator: DelimitedText.Separator? = nil, dateOrder: DateOrder? = nil, sheet: String? = nil,
        timeZone: String? = nil
    ) {
        self.encoding = encoding
        self.separator = separator
        self.dateOrder = dateOrder
        self.sheet = sheet
        self.timeZone = timeZone
    }
}
