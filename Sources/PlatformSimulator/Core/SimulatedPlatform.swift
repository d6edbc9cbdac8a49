import Foundation

/// One impersonated platform. Its folder holds the operations; everything it knows is in `store`.
protocol SimulatedPlatform: Sendable {
    /// First path segment and name in the control API, e.g. `x`.
    var name: String { get }
    /// What people call it.
    var title: String { get }
    /// CSS colour of its mark.
    var colour: String { get }
    var store: Store { get }
    var switches: [Switch] { get }
    var operations: [Operation] { get }
    /// The app that the product is configured with.
    var sampleApp: RegisteredApp { get }
    /// Scopes an app gets when nobody asks for less: for tokens made by the control API.
    var allScopes: [String] { get }

    /// A new account with ids in the platform's style. `username` is already free of spaces.
    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account
    /// A token as the platform's own flow would issue it.
    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant
    /// Whom the call claims to come from, not verified: for limits, faults and the log.
    func caller(of call: Call, in state: PlatformState) -> Account?
    func rateHeaders(_ reading: RateReading) -> [(String, String)]
    func tooManyRequests(_ reading: RateReading) -> Reply
    /// The platform's error for paths it does not know (404) and for bodies it cannot take (413, 400).
    func failure(status: Int) -> Reply

    /// Path of an account's public page below the prefix.
    func profilePath(_ account: Account) -> String
    /// Path of a publication's public page below the prefix.
    func postPath(_ publication: Publication, author: Account) -> String
    /// What a reader should see beside text and media: poll, link card, visibility.
    func remarks(on publication: Publication) -> [String]
    /// Lines for the product's configuration.
    func environment(origin: String) -> [(String, String)]
}

extension SimulatedPlatform {
    var prefix: String { "/" + name }
    var sampleApp: RegisteredApp { RegisteredApp(id: "sim-\(name)-id", secret: "sim-\(name)-secret", name: "Postiz") }

    /// The account with that handle, name or id, made when there is none.
    func account(named text: String, in state: inout PlatformState, now: Date) -> Account {
        let name = text.trimmingCharacters(in: .whitespaces)
        if let found = state.accounts.find(name) { return found }
        var username = String(name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }.prefix(30))
        while state.accounts.find(username) != nil { username += "2" }
        let account = makeAccount(name: name, username: username, in: &state, now: now)
        state.accounts.add(account)
        return account
    }

    /// State before the first request: the sample people, the sample app, the switches at their defaults.
    static func initialState(switches: [Switch]) -> PlatformState {
        var state = PlatformState()
        state.switches = Dictionary(uniqueKeysWithValues: switches.map { ($0.name, $0.initial) })
        return state
    }
}

/// People every platform starts with.
enum SamplePeople {
    static let all = [("ada", "Ada Example"), ("bo", "Bo Example"), ("chidi", "Chidi Example")]
    static let since = Date(timeIntervalSince1970: 1_640_995_200)
}
