import TestSupport
import Persistence

let sampleMigrations = [
    Migration(
        number: 1, name: "samples",
        sql: """
            CREATE TABLE samples (
                id BIGINT PRIMARY KEY, flag BOOLEAN, number BIGINT, ratio DOUBLE PRECISION, words TEXT, document JSONB, data BYTEA
            ){strict};
            CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL){strict};
            CREATE TABLE jobs (id BIGINT PRIMARY KEY, owner TEXT){strict};
            CREATE TABLE parents (id BIGINT PRIMARY KEY){strict};
            CREATE TABLE children (
                id BIGINT PRIMARY KEY, parent_id BIGINT NOT NULL REFERENCES parents(id), slug TEXT NOT NULL
            ){strict};
            CREATE UNIQUE INDEX children_slug ON children(slug);
            """)
]

extension TestDatabase {
    func withSamples<Value>(connections: Int = 4, _ body: (any Database) async throws -> Value) async throws -> Value {
        try await withDatabase(sampleMigrations, connections: connections, body)
    }
}
