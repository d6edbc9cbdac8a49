import Persistence

extension Posts {
    /// Brings what earlier versions stored into the form in which it is searched for, once, in transactions of `batch` rows. Cut short, it
    /// begins again the next time.
    public func composeSearchTexts(batch: Int = 500) async throws {
        guard try await !database.read({ try SearchTextRepository.isDone(in: $0) }) else { return }
        for place in SearchTextRepository.Place.allCases {
            var last: String? = ""
            while let position = last {
                last = try await database.write { try SearchTextRepository.compose(place, after: position, limit: batch, in: $0) }
            }
        }
        try await database.write { transaction in
            try SearchTextRepository.composeTags(in: transaction)
            try SearchTextRepository.setDone(in: transaction)
        }
    }
}
