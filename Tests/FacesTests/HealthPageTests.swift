import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway
@testable import WebUI

@Suite("What the server says of itself")
struct HealthPageTests {
    /// No platform is asked for the time.
    private static let settings = ["MASTODON_URL": "http://127.0.0.1:1"]

    @Test("administrators of the instance see what is wrong, why it matters and what to do; others do not")
    func page() async throws {
        try await RestFixture.with(Self.settings, pages: true) { fixture in
            let (ada, bob) = (try await fixture.person("ada"), try await fixture.person("bob"))
            let page = try await ada.page("/settings/health")
            #expect(page.status == .ok)
            #expect(page.text.contains("MAIN_URL") && page.text.contains("docs/proxies.md") && page.text.contains("a proxy with TLS"))
            #expect(page.text.contains("checks are well"))
            #expect(try await bob.page("/settings/health").status == .forbidden)
            #expect(try await !bob.page("/settings").text.contains("/settings/health"))
            let report = try await ada.send(.get, "/api/doctor").json
            #expect(report["diagnoses"]?.array?.isEmpty == false)
            #expect(try await bob.send(.get, "/api/doctor").status == .forbidden)
        }
    }

    @Test("every subject has its words in both languages")
    func words() throws {
        let catalogue = try Catalogue(folder: WebSources.folder.appending(path: "templates"))
        let german = catalogue.words(for: "de")
        for (subject, told) in DoctorSubject.all {
            let (key, name) = (DoctorSubject.key("why", subject), DoctorSubject.key("subject", subject))
            #expect(catalogue.english.pages[name] != nil && german.pages[name] != nil, "\(name)")
            #expect(catalogue.english.pages[key] == told.why, "\(key)")
            #expect(german.pages[key] != nil && german.pages[key] != told.why, "\(key)")
        }
        for verdict in Diagnosis.Verdict.allCases {
            #expect(catalogue.english.pages["health_\(verdict)"] != nil && catalogue.english.pages["verdict_\(verdict)"] != nil)
        }
    }

    @Test("a request is told how it arrives, as far as its proxy is trusted")
    func request() async throws {
        let forwarded: HTTPFields = [.forwardedFor: "198.51.100.7", .forwardedProto: "https", .forwardedHost: "posts.example.com"]
        try await RestFixture.with(["MAIN_URL": "https://posts.example.com"]) { fixture in
            let seen = try await fixture.anonymous.send(.get, "/api/health/request", forwarded).json
            #expect(seen["scheme"] == "https" && seen["address"] == "198.51.100.7" && seen["host"] == "posts.example.com")
        }
        try await RestFixture.with(["TRUSTED_PROXIES": "192.0.2.0/24"]) { fixture in
            let seen = try await fixture.anonymous.send(.get, "/api/health/request", forwarded).json
            #expect(seen["scheme"] == "http" && seen["address"] != "198.51.100.7")
        }
    }
}
