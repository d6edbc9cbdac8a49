import Testing

@testable import Gateway
@testable import WebUI

@Suite("Registering with an address and a password")
struct RegisterFormTests {
    @Test(
        "somebody is called what their address says until they say otherwise",
        arguments: [
            ("ada@example.com", "Ada"), ("ada.lovelace+posts@example.com", "Ada Lovelace"), ("grace_b-hopper@example.com", "Grace B Hopper"),
            ("éva@example.com", "Éva"), ("+@example.com", nil), ("", nil),
        ] as [(String, String?)])
    func name(address: String, name: String?) { #expect(SignInPages.name(from: address) == name) }

    @Test("the form asks for no name and no workspace, and for a zone only where no script tells it")
    func form() async throws {
        try await RestFixture.with(pages: true) { fixture in
            let page = try await fixture.anonymous.page("/register").text
            #expect(!page.contains("name=\"organizationName\"") && !page.contains("name=\"name\""))
            #expect(page.contains("<div class=\"field without-script\"><label for=\"timeZone\">"))
        }
    }
}
