import Application
import Testing

@testable import Gateway
@testable import WebUI

@Suite("The lines that set mail up")
struct MailLinesTests {
    private let server = SMTPServer(
        host: "smtp.example.com", port: 587, user: "ada", password: "secret words", fromAddress: "ada@example.com", fromName: "")

    @Test("they are of what is set, without the password")
    func set() throws {
        let text = try #require(MailEnvironment(try FormFields("look=WEEKLY"), server).text)
        #expect(
            text
                == "EMAIL_HOST=smtp.example.com\nEMAIL_PORT=587\nEMAIL_SECURE=false\nEMAIL_USER=ada\nEMAIL_PASS=\nEMAIL_FROM_ADDRESS=ada@example.com")
        #expect(MailEnvironment(try FormFields(""), nil).text == nil)
    }

    @Test("they are of what is typed: one line each, whatever it holds")
    func typed() throws {
        let typed = "host=a.example.com%0D%0AEMAIL_PASS%3Dmine%C2%85%E2%80%A8x&secure=true&name=%20It's%20%241%20%23%20b%20"
        let lines = try #require(MailEnvironment(try FormFields(typed), server).text).split(whereSeparator: \.isNewline)
        #expect(
            lines == ["EMAIL_HOST=a.example.comEMAIL_PASS=minex", "EMAIL_PORT=465", "EMAIL_SECURE=true", "EMAIL_FROM_NAME='It\\'s $1 # b'"])
        #expect(MailEnvironment(try FormFields("host="), server).text == nil)
        #expect(MailEnvironment(try FormFields("host=\(String(repeating: "a", count: 5000))"), nil).text?.count ?? 0 < 400)
    }
}
