import Application
import ArgumentParser
import Domain

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Make accounts, set passwords, mend sign-ins.", discussion: "Example: postiz user list",
        subcommands: [CreateUser.self, SetPassword.self, ListUsers.self, MakeResetLink.self, ResetSecondFactor.self])
}

private struct Email: ParsableArguments {
    @Option(help: "The account's e-mail address.")
    var email: String
}

private struct CreateUser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an account with a workspace of its own, also when registration is closed.",
        discussion: """
            The password, at least 12 characters, is asked for, or is the first line of standard input. The first account administers the instance.
            Example: echo "$PASSWORD" | postiz user create --email ada@example.com --time-zone Europe/Paris
            """)

    @OptionGroup var account: Email
    @Option(help: "The person's name. Without it what stands before the @.")
    var name: String?
    @Option(help: "The workspace's name.")
    var workspace: String?
    @Option(help: "The IANA time zone, such as Europe/Paris. Without it UTC.")
    var timeZone: String?
    @Flag(help: "Make an administrator of the instance.")
    var admin = false
    @OptionGroup var output: Output

    func run() async throws {
        let registration = Registration(
            email: account.email, password: try Password.read(), name: name, organizationName: workspace, timeZone: timeZone)
        try await Bootstrap.withServices { services in
            let user = try await services.accounts.createUser(registration, role: admin ? .admin : nil)
            try output.show(user) { "Made \(user.email) (\(user.role.rawValue.lowercased()), \(user.id))." }
        }
    }
}

private struct SetPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password", abstract: "Set the password of an account and end its sessions.",
        discussion: """
            The password is asked for, or is the first line of standard input.
            Example: echo "$PASSWORD" | postiz user password --email ada@example.com
            """)

    @OptionGroup var account: Email
    @OptionGroup var output: Output

    func run() async throws {
        let password = try Password.read()
        try await Bootstrap.withServices { services in
            try await services.accounts.setPassword(email: account.email, password: password)
            try output.show(["email": account.email]) { "The password of \(account.email) is set; its sessions have ended." }
        }
    }
}

private struct ListUsers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all accounts, oldest first.", discussion: "Example: postiz user list --json")

    @OptionGroup var output: Output

    func run() async throws {
        try await Bootstrap.withServices { services in
            let users = try await services.accounts.listUsers()
            try output.show(users) {
                Output.table(
                    ["ID", "EMAIL", "NAME", "ROLE", "CREATED"],
                    users.map { [$0.id.text, $0.email, $0.name, $0.role.rawValue, $0.createdAt.description] })
            }
        }
    }
}

private struct MakeResetLink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-link", abstract: "Make a link by which the password of an account can be set once, within the hour.",
        discussion: "Example: postiz user reset-link --email ada@example.com")

    @OptionGroup var account: Email
    @OptionGroup var output: Output

    func run() async throws {
        try await Bootstrap.withServices { services in
            let caller = try await services.accounts.commandLineCaller().caller
            let link = try await services.accounts.resetLink(forEmail: account.email, as: caller).absoluteString
            try output.show(["url": link]) { link }
        }
    }
}

private struct ResetSecondFactor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-second-factor",
        abstract: "Turn the second factor of an account off and remove its passkeys, so that the password alone signs in.",
        discussion: """
            For somebody whose phone and recovery codes are gone. Be sure that it is them who ask.
            Example: postiz user reset-second-factor --email ada@example.com
            """)

    @OptionGroup var account: Email
    @OptionGroup var output: Output

    func run() async throws {
        try await Bootstrap.withServices { services in
            try await services.accounts.resetSecondFactor(email: account.email)
            try output.show(["email": account.email]) { "The second factor of \(account.email) is off: the password alone signs in." }
        }
    }
}
