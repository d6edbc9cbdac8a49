import Domain
import Foundation
import Testing

@testable import Application

@Suite struct ConfigurationTests {
    @Test func withoutAnyVariableTheDefaultsHold() throws {
        let configuration = try Configuration.load(environment: [:])
        #expect(configuration.mainURL.absoluteString == "http://localhost:5000")
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 5000)
        #expect(configuration.apps == Set(Configuration.App.allCases))
        #expect(configuration.databaseURL == nil)
        #expect(configuration.databaseFile.path.hasSuffix("/data/postiz.sqlite"))
        #expect(configuration.uploadDirectory.path.hasSuffix("/data/uploads"))
        #expect(configuration.maxUploadBytes == 2_147_483_648)
        #expect(configuration.rateLimitPerMinute == 100)
        #expect(configuration.createLimitPerMinute == 10)
        #expect(configuration.latePostLimit == .hours(24))
        #expect(configuration.smtp == nil)
        #expect(configuration.jwtSecret == nil && configuration.encryptionKey == nil)
        #expect(configuration.logFormat == .json)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func everyNameIsUniqueAndEveryDefaultIsValid() {
        let variables = ConfigurationVariable.all
        #expect(Set(variables.map(\.name)).count == variables.count)
        for variable in variables {
            if let value = variable.defaultValue { #expect(variable.kind.mend(for: value) == nil, "\(variable.name)") }
            #expect(variable.meaning.hasSuffix("."), "\(variable.name)")
        }
    }

    @Test func anEmptyValueCountsAsNotSet() throws {
        let configuration = try Configuration.load(environment: ["PORT": "", "DATABASE_URL": "  ", "MAIN_URL": "\n"])
        #expect(configuration.port == 5000)
        #expect(configuration.databaseURL == nil)
    }

    @Test func allMistakesAreToldAtOnceEachWithItsMend() {
        let environment = [
            "PORT": "abc", "MAIN_URL": "example.com", "STORAGE_PROVIDER": "tape", "DISABLE_REGISTRATION": "perhaps", "JWT_SECRET": "short",
            "TRUSTED_PROXIES": "10.0.0.0/33", "POSTIZ_APPS": "worker,crn", "CORS_ORIGINS": "https://app.example.com/path",
        ]
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(environment: environment) }
        let mistakes = error?.mistakes ?? []
        #expect(mistakes.contains("PORT is \"abc\": use a number from 0 to 65535"))
        #expect(mistakes.contains("STORAGE_PROVIDER is \"tape\": use local or s3"))
        #expect(mistakes.count == environment.count)
        // A secret is not repeated.
        #expect(!mistakes.contains { $0.contains("short\"") })
    }

    @Test func theLastResortOfTheAddressIsThePort() throws {
        func address(_ environment: [String: String]) throws -> String {
            try Configuration.load(environment: environment).mainURL.absoluteString
        }
        #expect(try address(["PORT": "8080"]) == "http://localhost:8080")
        #expect(try address(["FRONTEND_URL": "https://social.example.com/"]) == "https://social.example.com")
        #expect(try address(["FRONTEND_URL": "https://a.example.com", "MAIN_URL": "https://b.example.com"]) == "https://b.example.com")
        #expect(throws: ConfigurationError.self) { try address(["MAIN_URL": "https://example.com/postiz"]) }
    }

    @Test func aVariableMayComeFromAFile() throws {
        struct Missing: Error {}
        let read: (String) throws -> String = { path in
            guard path == "/run/secrets/jwt" else { throw Missing() }
            return "a secret from a file\n"
        }
        let configuration = try Configuration.load(environment: ["JWT_SECRET_FILE": "/run/secrets/jwt"], readFile: read)
        #expect(configuration.jwtSecret == "a secret from a file")
        let setting = try #require(configuration.settings.first { $0.variable.name == "JWT_SECRET" })
        #expect(setting.source == .file)
        #expect(setting.shownValue == "•••")

        for wrong in [["JWT_SECRET_FILE": "/nowhere"], ["JWT_SECRET_FILE": "/run/secrets/jwt", "JWT_SECRET": "a secret as a variable"]] {
            let error = #expect(throws: ConfigurationError.self) { try Configuration.load(environment: wrong, readFile: read) }
            #expect(error?.mistakes.count == 1)
            #expect(error?.mistakes.first?.contains("JWT_SECRET_FILE") == true)
        }
    }

    @Test func secretsAreNeverShown() throws {
        let environment = ["DATABASE_URL": "postgresql://postiz:hidden@localhost/postiz", "X_API_SECRET": "hidden too", "PORT": "8080"]
        let settings = try Configuration.load(environment: environment).settings
        #expect(!settings.contains { $0.shownValue?.contains("hidden") == true })
        #expect(settings.first { $0.variable.name == "PORT" }?.shownValue == "8080")
        #expect(settings.first { $0.variable.name == "HOST" }?.source == .defaultValue)
    }

    @Test func theHostOfTheMailServerAloneSwitchesMailOn() throws {
        func server(_ environment: [String: String]) throws -> SMTPServer? { try Configuration.load(environment: environment).smtp }
        let plain = try #require(try server(["EMAIL_HOST": "smtp.example.com", "MAIN_URL": "https://social.example.com"]))
        #expect(plain.port == 587 && !plain.tlsFromStart && plain.user == nil)
        #expect(plain.fromAddress == "postiz@social.example.com")
        #expect(plain.fromName == "Postiz")
        let secure = try #require(try server(["EMAIL_HOST": "smtp.example.com", "EMAIL_SECURE": "true", "EMAIL_USER": "Ada@example.com"]))
        #expect(secure.port == 465 && secure.tlsFromStart)
        #expect(secure.fromAddress == "ada@example.com")
        #expect(try server(["EMAIL_HOST": "smtp.example.com", "EMAIL_PORT": "465"])?.tlsFromStart == true)
        #expect(try server(["EMAIL_PROVIDER": "smtp", "EMAIL_USER": "ada"]) == nil)
        #expect(throws: ConfigurationError.self) { try server(["EMAIL_HOST": "smtp://smtp.example.com"]) }
    }

    @Test func replicasAreThoseOfAServer() throws {
        let server = "postgresql://postiz:hidden@server.example.com/postiz"
        let both = "postgresql://a:hidden@one.example.com/postiz, postgres://a:hidden@two.example.com:5433/postiz"
        let read = try Configuration.load(environment: ["DATABASE_URL": server, "DATABASE_READ_URL": both, "DATABASE_READ_CONNECTIONS": "3"])
        #expect(read.databaseReadURLs.map { $0.hasPrefix("postgres") } == [true, true] && read.databaseReadConnections == 3)
        #expect(read.settings.allSatisfy { $0.shownValue?.contains("hidden") != true })
        #expect(try Configuration.load(environment: ["DATABASE_URL": server]).databaseReadURLs.isEmpty)
        for (settings, words) in [
            (["DATABASE_READ_URL": both], "SQLite has no replicas"),
            (["DATABASE_URL": server, "DATABASE_READ_URL": "mysql://a:hidden@one.example.com/postiz"], "begin with postgresql://"),
        ] {
            let error = #expect(throws: ConfigurationError.self) { try Configuration.load(environment: settings) }
            #expect(error?.description.contains(words) == true && error?.description.contains("hidden") == false)
        }
    }

    @Test func platformsGetTheirValuesAndUnknownHiddenOnesDoNoHarm() throws {
        let configuration = try Configuration.load(environment: [
            "X_API_KEY": "key", "LINKEDIN_VERSION": "202601", "HIDDEN_PROVIDERS": "X, example",
        ])
        #expect(configuration.platformValues["X_API_KEY"] == "key")
        #expect(configuration.platformValues["LINKEDIN_VERSION"] == "202601")
        #expect(configuration.platformValues["X_API_SECRET"] == nil)
        #expect(configuration.hiddenPlatforms == ["x"])
    }

    @Test(arguments: [
        ("EMAIL_PASSWORD", "EMAIL_PASS"), ("DATABSE_URL", "DATABASE_URL"), ("MAIN_ULR", "MAIN_URL"), ("ENCRYPTION_KEYS", "ENCRYPTION_KEY"),
    ])
    func aNearMissIsNoticed(_ written: String, _ meant: String) throws {
        let warnings = try Configuration.load(environment: [written: "value"]).warnings
        #expect(warnings == ["\(written) is not known; did you mean \(meant)?"])
    }

    @Test func namesOfOtherProgramsAreLeftAlone() throws {
        let environment = [
            "PATH": "/bin", "POST": "1", "HOSTNAME": "box", "TZ": "UTC", "POSTIZ_SERVICE_HOST": "10.0.0.1",
            "POSTIZ_PORT": "tcp://10.0.0.1:5000",
            "STRIPE_SECRET_KEY": "value", "PORT_FILE": "",
        ]
        #expect(try Configuration.load(environment: environment).warnings.isEmpty)
        #expect(
            try Configuration.load(environment: ["POSTIZ_FROBNICATE": "1"]).warnings == ["POSTIZ_FROBNICATE is not known and has no effect"]
        )
    }

    @Test func redisIsReadAndItsPasswordNeverRepeated() throws {
        let configuration = try Configuration.load(environment: ["REDIS_URL": "rediss://me:secret@cache.example.com/2"])
        #expect(configuration.redis?.description == "cache.example.com:6379")
        #expect(configuration.redis?.database == 2)
        #expect(configuration.warnings.isEmpty)
        #expect(try Configuration.load(environment: [:]).redis == nil)
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration.load(environment: ["REDIS_URL": "redis://:secret@cache.example.com/two"])
        }
        #expect(error?.mistakes.count == 1)
        #expect(error?.description.contains("REDIS_URL") == true)
        #expect(error?.description.contains("secret") == false)
    }
}
