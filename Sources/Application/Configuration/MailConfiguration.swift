import Domain
import Foundation

extension SMTPServer {
    /// Nil when `EMAIL_HOST` is not set.
    init?(_ reader: inout ConfigurationReader, mainURL: URL) {
        let (secure, port) = (reader.optionalFlag("EMAIL_SECURE"), reader.optionalNumber("EMAIL_PORT"))
        let (user, password) = (reader.text("EMAIL_USER"), reader.text("EMAIL_PASS"))
        let (address, name) = (reader.text("EMAIL_FROM_ADDRESS"), reader.text("EMAIL_FROM_NAME"))
        let authorities = Configuration.authorities("EMAIL_CA_FILE", &reader)
        guard let host = reader.text("EMAIL_HOST") else { return nil }
        if !host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && !"/@?#".utf8.contains($0) }) {
            reader.refuse("EMAIL_HOST", "use a host name alone, such as smtp.example.com")
        }
        self.init(
            host: host, port: port ?? (secure == true ? 465 : 587), user: user, password: password, tlsFromStart: secure ?? (port == 465),
            authoritiesFile: authorities,
            fromAddress: address ?? user.flatMap { EmailAddress($0)?.text } ?? "postiz@\(mainURL.host() ?? "localhost")",
            fromName: name ?? "")
    }
}
