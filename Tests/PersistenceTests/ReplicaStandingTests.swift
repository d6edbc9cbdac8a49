import Domain
import TestSupport
import Testing

@testable import Persistence

@Suite("Whether a replica may answer")
struct ReplicaStandingTests {
    private let time = ManualTime()

    private func primary(at position: Int, timeline: Int = 1) -> ServerPosition {
        ServerPosition(system: "7", database: 5, timeline: timeline, isReplica: false, position: position)
    }

    private func replica(at position: Int, system: String = "7", database: Int = 5, timeline: Int = 1, isReplica: Bool = true) -> ServerPosition {
        ServerPosition(system: system, database: database, timeline: timeline, isReplica: isReplica, position: position)
    }

    private func see(_ found: ServerPosition, beside position: Int, in standing: inout ReplicaStanding) {
        standing.saw(found, between: primary(at: position), and: primary(at: position), at: time.now)
    }

    @Test("One that nobody has looked at is not asked")
    func unknown() {
        #expect(!ReplicaStanding().mayAnswer)
        #expect(ReplicaStanding().nextLook <= time.now)
    }

    @Test("One that has everything is asked, however long ago the last write was")
    func idle() {
        var standing = ReplicaStanding()
        for _ in 1...3 {
            see(replica(at: 100), beside: 100, in: &standing)
            #expect(standing.mayAnswer && standing.lag == .zero)
            time.advance(by: .days(1))
        }
    }

    @Test("One that lacks something is not asked, and its lag is counted from when the primary had that first")
    func behind() {
        var standing = ReplicaStanding()
        see(replica(at: 100), beside: 100, in: &standing)
        for second in 1...12 {
            time.advance(by: .seconds(1))
            see(replica(at: 100), beside: 100 + second, in: &standing)
            #expect(standing.state == .behind && standing.lag == .seconds(second - 1))
        }
        // It goes on, ten seconds late.
        time.advance(by: .seconds(1))
        see(replica(at: 110), beside: 113, in: &standing)
        #expect(standing.state == .behind && standing.lag == .seconds(2))
        time.advance(by: .seconds(1))
        see(replica(at: 113), beside: 113, in: &standing)
        #expect(standing.mayAnswer && standing.lag == .zero)
    }

    @Test("Who waited in vain for one keeps everybody else from waiting until somebody has looked again")
    func keptWaiting() {
        var standing = ReplicaStanding()
        see(replica(at: 100), beside: 100, in: &standing)
        standing.keptWaiting()
        #expect(!standing.mayAnswer)
        see(replica(at: 101), beside: 101, in: &standing)
        #expect(standing.mayAnswer)
    }

    @Test("One that is away is looked at less and less often, and asked again at the first look that finds it")
    func away() {
        var standing = ReplicaStanding()
        var pauses: [Int64] = []
        for _ in 1...7 {
            standing.failed("connection refused", at: time.now)
            #expect(standing.state == .away("connection refused"))
            let pause = standing.nextLook - time.now
            pauses.append(pause.milliseconds / 1000)
            time.advance(by: pause)
        }
        #expect(pauses == [1, 2, 4, 8, 16, 30, 30])
        see(replica(at: 100), beside: 100, in: &standing)
        #expect(standing.mayAnswer && standing.nextLook - time.now == .seconds(1))
    }

    @Test(
        "What is no replica of this database is never asked",
        arguments: [
            ("another system", "8", 5, 1, true, 100), ("another database", "7", 6, 1, true, 100), ("promoted", "7", 5, 1, false, 100),
            ("of another timeline", "7", 5, 2, true, 100), ("ahead of the primary", "7", 5, 1, true, 101),
        ])
    func refused(_ name: String, _ system: String, _ database: Int, _ timeline: Int, _ isReplica: Bool, _ position: Int) {
        var standing = ReplicaStanding()
        see(replica(at: 100), beside: 100, in: &standing)
        see(
            replica(at: position, system: system, database: database, timeline: timeline, isReplica: isReplica), beside: 100, in: &standing)
        guard case .refused = standing.state else {
            Issue.record("\(name): \(standing.state)")
            return
        }
        #expect(!standing.mayAnswer && standing.nextLook > time.now)
    }

    @Test("What the primary wrote while the replica was asked does not make the replica one that is ahead")
    func meanwhile() {
        var standing = ReplicaStanding()
        standing.saw(replica(at: 105), between: primary(at: 100), and: primary(at: 110), at: time.now)
        #expect(standing.mayAnswer)
    }

    @Test("The operator hears once how it is, also when readers found out first")
    func news() {
        var standing = ReplicaStanding()
        func hears() -> Bool { standing.isNews() }
        #expect(!hears())
        see(replica(at: 100), beside: 100, in: &standing)
        #expect(hears() && !hears())
        for second in 1...20 {
            time.advance(by: .seconds(1))
            see(replica(at: 100), beside: 101, in: &standing)
            #expect(hears() == (second == 11))
        }
        for told in [true, false] {
            standing.failed("connection refused", at: time.now)
            #expect(hears() == told)
        }
        see(replica(at: 101), beside: 101, in: &standing)
        #expect(hears())
        standing.ended()
        see(replica(at: 101, isReplica: false), beside: 101, in: &standing)
        #expect(hears() && !hears())
    }

    @Test("One that was found promoted by a reader is refused at once")
    func ended() {
        var standing = ReplicaStanding()
        see(replica(at: 100), beside: 100, in: &standing)
        standing.ended()
        #expect(!standing.mayAnswer)
        standing.keptWaiting()
        guard case .refused = standing.state else {
            Issue.record("\(standing.state)")
            return
        }
    }
}

@Suite("Servers that are no replicas", .enabled(if: !TestDatabase.postgresIfAny.isEmpty))
struct ForeignReplicaTests {
    private struct Found: Sendable {
        let findings: [PostgresReplicas.Finding]
        let answer: Int
        let news: Int
    }

    /// What a database answers whose replica is at `url`, after one look.
    private func asked(_ url: String, beside primary: String) async throws -> Found {
        let replicas = try PostgresReplicas(urls: [url], connections: 1)
        let database = try PostgresDatabase(url: primary, connections: 2, replicas: replicas)
        let news = await replicas.look(beside: database, at: ManualTime().now)
        let answer = try await database.readDelayed { try $0.query("SELECT 1 AS one")[0].int("one") }
        await database.close()
        return Found(findings: replicas.findings, answer: answer, news: news.count)
    }

    @Test("The primary itself, another database and a server that is away are not used, and nobody notices but the operator")
    func notUsed() async throws {
        try await TestDatabase.withPostgresAddresses { here in
            try await TestDatabase.withPostgresAddresses { other in
                let away = "postgres://postiz:open-sesame@127.0.0.1:1/postiz"
                for (url, words) in [
                    (here.directURL, "takes writes of its own"), (other.directURL, "another database"), (away, "does not answer"),
                ] {
                    let found = try await asked(url, beside: here.directURL)
                    let finding = try #require(found.findings.first)
                    #expect(found.answer == 1 && !finding.isUsed && found.news == 1)
                    #expect(finding.fault?.contains(words) == true && finding.publicFault?.contains(words) == true, "\(finding)")
                    #expect(finding.fault?.contains("open-sesame") == false && finding.publicFault?.contains("127.0.0.1") == false)
                }
            }
        }
    }
}
