import HTTPTypes
import Testing
import WebUI

@testable import Gateway

@Suite("Forms that mean harm")
struct WebHostileFormTests {
    @Test(
        "a posting time beyond what a number holds is no posting time",
        arguments: ["9223372036854775807:1", "1:9223372036854775807", "153722867280912931:0"])
    func postingTimes(_ time: String) async throws {
        try await RestFixture.with(
            adding: { router, services in try WebInterface(services: services).register(on: router) },
            { fixture in
                let person = try await fixture.person("ada")
                let form = "slot.0.time=\(time)&slot.0.day=1"
                let answer = try await person.send(
                    .post, "/channels/01a21256-0463-7f58-ab48-ddd4378e5ce9/slots",
                    [.contentType: "application/x-www-form-urlencoded", .accept: "text/html"], bytes: Array(form.utf8))
                #expect(answer.status == .notFound)
            })
    }
}
