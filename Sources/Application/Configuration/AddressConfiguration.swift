import Foundation

// MARK: Under which addresses people, links and assistants find the product

extension Configuration {
    static func mainURL(_ reader: inout ConfigurationReader, port: Int) -> URL {
        let choices = ["MAIN_URL", "FRONTEND_URL"].map { ($0, reader.address($0)) }
        for case (let name, let url?) in choices {
            let components = URLComponents(url: url, resolvingAgainstBaseURL: false)
            if let components, !components.path.isEmpty || components.query != nil || components.fragment != nil {
                reader.refuse(name, "leave out everything after the host and port: the product lives at the root of its address")
            }
            return url
        }
        return URL(string: "http://localhost:\(port)") ?? URL(fileURLWithPath: "/")
    }

    static func shortLinkURL(_ reader: inout ConfigurationReader, mainURL: URL) -> URL? {
        let name = "SHORT_LINK_URL"
        guard let url = reader.address(name) else { return nil }
        let components = URLComponents(url: url, resolvingAgainstBaseURL: false)
        if let components, !components.path.isEmpty || components.query != nil || components.fragment != nil || components.user != nil {
            reader.refuse(name, "leave out everything after the host and port: links are SHORT_LINK_URL/CODE")
        }
        if url.host() == mainURL.host(), url.port == mainURL.port {
            reader.refuse(name, "name another host than MAIN_URL's, or leave it out: then links are MAIN_URL/l/CODE")
        }
        return url
    }

    /// Host and port at which this machine itself reaches the server: one that listens everywhere listens here as well.
    public var localPlace: String {
        let host = ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host
        return "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// What short links begin with, up to their code.
    public var shortLinkBase: String { shortLinkURL.map { "\($0.absoluteString)/" } ?? "\(mainURL.absoluteString)/l/" }

    static func origins(_ name: String, _ reader: inout ConfigurationReader) -> [String] {
        let origins = reader.list(name).map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        let isOrigin = { (text: String) in
            guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme) else { return false }
            return url.host()?.isEmpty == false && url.path.isEmpty
        }
        if !origins.allSatisfy(isOrigin) {
            reader.refuse(name, "use origins such as https://app.example.com, separated by commas")
        }
        return origins
    }

    /// A server that others reach must not lose its tools to a forgotten setting.
    static func fixtures(_ reader: inout ConfigurationReader, mainURL: URL) -> Bool {
        guard reader.flag("MCP_FIXTURES") else { return false }
        if !["localhost", "127.0.0.1", "[::1]", "::1"].contains(mainURL.host() ?? "") {
            reader.refuse("MCP_FIXTURES", "use it only while MAIN_URL is on localhost: assistants would see fixtures instead of the product")
        }
        return true
    }
}
