import Domain
import Persistence

/// Everything in the database that is sealed: where it lies, what it is bound to, and what it is called. Whoever seals takes the binding from here.
struct SealedPlace: Sendable {
    let column: SealedColumn
    /// What a value of it is, for people.
    let noun: String
    /// What to do where no key opens one.
    let mend: String
    /// What a value is bound to, by its row's primary key.
    let context: @Sendable ([String]) -> String

    static let all = [
        SealedPlace(column: .channels, noun: "the tokens of the channel", mend: connectAgain) { channel($0[0]) },
        SealedPlace(column: .earlierTokens, noun: "the earlier tokens of the channel", mend: connectAgain) { channel($0[0]) },
        SealedPlace(column: .connecting, noun: "a connection under way to", mend: wait) { connecting($0[0]) },
        SealedPlace(column: .apps, noun: "the app registered at", mend: "Put back the key it was stored with.") { app($0[0], $0[1]) },
        SealedPlace(column: .platformSettings, noun: "the setting", mend: enterAgain) { platformSetting($0[0]) },
        SealedPlace(column: .mails, noun: "the waiting mail", mend: wait) { mail($0[0]) },
        SealedPlace(column: .answers, noun: "the remembered answer to", mend: wait) { answer($0[0], $0[1], $0[2]) },
        SealedPlace(column: .webhooks, noun: "the secret of the webhook", mend: newSecret) { webhook($0[0]) },
        SealedPlace(column: .earlierWebhooks, noun: "the earlier secret of the webhook", mend: wait) { webhook($0[0]) },
        SealedPlace(column: .secondFactors, noun: "the second factor of the user", mend: resetFactor) { secondFactor($0[0]) },
    ]

    static func channel(_ id: String) -> String { "integrations:\(id):credentials" }
    static func connecting(_ key: String) -> String { "connect_states:\(key):memory" }
    static func app(_ platform: String, _ instance: String) -> String { "platform_apps:\(platform):\(instance)" }
    static func platformSetting(_ name: String) -> String { "platform_settings:\(name):value" }
    static func mail(_ id: String) -> String { "mail_outbox:\(id):body" }
    static func webhook(_ id: String) -> String { "webhooks:\(id):secret" }
    static func secondFactor(_ id: String) -> String { "second_factors:\(id):secret" }
    /// Not among `all`: what a step of a publication under way left serves for hours, and one that opens no more is begun anew.
    static func step(_ id: String, _ name: String) -> String { "publication_steps:\(id):\(name)" }
    static func answer(_ organization: String, _ operation: String, _ key: String) -> String {
        "idempotency_keys:\(organization):\(operation):\(key):response"
    }

    private static let connectAgain = "Put back the key it was stored with, or connect the channel again, or remove it."
    private static let enterAgain = "Put back the key it was stored with, or enter it again under Settings, Platforms."
    private static let newSecret = "Put back the key it was stored with, or give the webhook a new secret."
    private static let resetFactor = "Put back the key it was stored with, or run 'postiz user reset-second-factor' for that account."
    private static let wait = "Put back the key it was stored with, or wait: it is forgotten within a day or so."
}
