import Foundation

extension ConfigurationVariable {
    static let openIDProviders = ConfigurationVariable(
        "OIDC_PROVIDERS", .list, .signIn,
        """
        Providers of identities by which people sign in (OpenID Connect), each a word of small letters and digits, such as `work`. The variables \
        below then stand for each, with its word in capitals in the place of `NAME`. See docs/sign-in.md.
        """)

    /// Those of one provider; `NAME` stands for all in the documentation.
    static func ofProvider(_ name: String) -> [ConfigurationVariable] {
        let name = "OIDC_\(name.uppercased())"
        return [
            .init(
                "\(name)_ISSUER", .webAddress, .signIn,
                "The provider's address, exactly as it writes it in `ISSUER/.well-known/openid-configuration`."),
            .init("\(name)_CLIENT_ID", .text, .signIn, "What the provider calls this installation."),
            .init("\(name)_CLIENT_SECRET", .text, secret: true, .signIn, "The secret that belongs to it. Without it a public client, by PKCE alone."),
            .init("\(name)_NAME", .text, .signIn, "What the button on the sign-in page says. Without it the provider's word."),
            .init("\(name)_SCOPE", .text, default: "openid profile email", .signIn, "What the provider is asked for; `openid` is part of it."),
            .init("\(name)_ALLOWED_DOMAINS", .list, .signIn, "Domains whose addresses alone may come by it, such as `example.com`."),
            .init(
                "\(name)_JOIN", .choice(["invited", "create"]), default: "invited", .signIn,
                """
                What becomes of somebody without an account: `invited` makes one for whoever comes by an invitation; `create` makes one, with a \
                workspace of its own, for everybody else too, also while registration is closed.
                """),
            .init(
                "\(name)_TRUSTED", .flag, default: "false", .signIn,
                """
                `true`: its e-mail addresses count as verified where it does not say that they are. Only for a provider whose administrators \
                alone set addresses.
                """),
        ]
    }

    /// The one that Postiz knows.
    static let postizProvider: [ConfigurationVariable] = [
        .init(
            "POSTIZ_GENERIC_OAUTH", .flag, default: "false", .signIn,
            "`true` offers the one provider that Postiz knows, by the variables below. `OIDC_PROVIDERS` checks more, and needs less."),
        .init("POSTIZ_OAUTH_URL", .webAddress, .signIn, "That provider's address."),
        .init("POSTIZ_OAUTH_AUTH_URL", .webAddress, .signIn, "Where people are sent to sign in."),
        .init("POSTIZ_OAUTH_TOKEN_URL", .webAddress, .signIn, "Where the answer is exchanged for a token."),
        .init("POSTIZ_OAUTH_USERINFO_URL", .webAddress, .signIn, "Where the provider tells who somebody is."),
        .init("POSTIZ_OAUTH_CLIENT_ID", .text, .signIn, "What that provider calls this installation."),
        .init("POSTIZ_OAUTH_CLIENT_SECRET", .text, secret: true, .signIn, "The secret that belongs to it."),
        .init("POSTIZ_OAUTH_SCOPE", .text, default: "openid profile email", .signIn, "What it is asked for."),
        .init("NEXT_PUBLIC_POSTIZ_OAUTH_DISPLAY_NAME", .text, .signIn, "What its button on the sign-in page says."),
        .init("NEXT_PUBLIC_POSTIZ_OAUTH_LOGO_URL", .text, .signIn, "Accepted so that existing files keep working; the button has no picture."),
    ]
}

extension OpenIDProvider {
    /// What `OIDC_PROVIDERS` may name: one of these words cannot be mistaken for a part of another variable or address.
    static func isName(_ name: String) -> Bool {
        (1...20).contains(name.utf8.count) && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) } && name != Self.postiz
    }

    private static let postiz = "postiz"

    static func all(_ names: [String], _ reader: inout ConfigurationReader, registrationDisabled: Bool) -> [OpenIDProvider] {
        if Set(reader.list("OIDC_PROVIDERS")).count != reader.list("OIDC_PROVIDERS").count || names.count != reader.list("OIDC_PROVIDERS").count {
            reader.refuse("OIDC_PROVIDERS", "use different words of up to 20 small letters and digits, such as work, and not postiz")
        }
        var found: [OpenIDProvider] = []
        for name in names {
            if let provider = described(name, &reader) { found.append(provider) }
        }
        return found + (asPostiz(&reader, registrationDisabled: registrationDisabled).map { [$0] } ?? [])
    }

    private static func described(_ name: String, _ reader: inout ConfigurationReader) -> OpenIDProvider? {
        let variable = { (part: String) in "OIDC_\(name.uppercased())_\(part)" }
        let scope = reader.text(variable("SCOPE")) ?? ""
        if !scope.split(separator: " ").contains("openid") { reader.refuse(variable("SCOPE"), "openid must be one of the words") }
        let isTrusted = reader.flag(variable("TRUSTED"))
        let (issuer, client) = (reader.text(variable("ISSUER")), reader.text(variable("CLIENT_ID")))
        for (part, value) in [("ISSUER", issuer), ("CLIENT_ID", client)] where value == nil && reader[variable(part)]?.value == nil {
            reader.refuse(variable(part), "set it: OIDC_PROVIDERS names \(name)")
        }
        let provider = OpenIDProvider(
            name: name, title: reader.text(variable("NAME")) ?? name.prefix(1).uppercased() + name.dropFirst(), issuer: issuer ?? "",
            endpoints: nil, clientID: client ?? "", clientSecret: reader.text(variable("CLIENT_SECRET")), scope: scope,
            allowedDomains: Set(reader.list(variable("ALLOWED_DOMAINS")).map { $0.lowercased() }),
            makesAccounts: reader.text(variable("JOIN")) == "create", isTrusted: isTrusted)
        return issuer == nil || client == nil ? nil : provider
    }

    /// Everybody registers by it, as with Postiz, unless registration is closed.
    private static func asPostiz(_ reader: inout ConfigurationReader, registrationDisabled: Bool) -> OpenIDProvider? {
        let values = ["URL", "AUTH_URL", "TOKEN_URL", "USERINFO_URL", "CLIENT_ID"].map { ("POSTIZ_OAUTH_\($0)", reader.text("POSTIZ_OAUTH_\($0)")) }
        let (secret, scope) = (reader.text("POSTIZ_OAUTH_CLIENT_SECRET"), reader.text("POSTIZ_OAUTH_SCOPE") ?? "")
        let title = reader.text("NEXT_PUBLIC_POSTIZ_OAUTH_DISPLAY_NAME")
        _ = reader.text("NEXT_PUBLIC_POSTIZ_OAUTH_LOGO_URL")
        guard reader.flag("POSTIZ_GENERIC_OAUTH") else { return nil }
        for (name, value) in values where value == nil && reader[name]?.value == nil {
            reader.refuse(name, "set it: POSTIZ_GENERIC_OAUTH is on")
        }
        let given = values.compactMap(\.1)
        guard given.count == values.count else { return nil }
        return OpenIDProvider(
            name: postiz, title: title ?? (URL(string: given[0])?.host() ?? given[0]), issuer: given[0],
            endpoints: Endpoints(authorization: given[1], token: given[2], userInfo: given[3]), clientID: given[4], clientSecret: secret,
            scope: scope, allowedDomains: [], makesAccounts: !registrationDisabled, isTrusted: false)
    }
}
