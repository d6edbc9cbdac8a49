import Domain
import Foundation
import Testing

@testable import Application

@Suite struct FileSystemTests {
    private let mounts = """
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
        23 22 0:21 / /proc rw - proc proc rw
        31 22 0:44 / /srv/net\\040share rw shared:9 master:2 - nfs4 files.example.com:/srv rw
        32 31 0:45 / /srv/net\\040share/cache rw - tmpfs tmpfs rw
        33 22 0:46 / /srv/network rw - overlay overlay rw
        """

    @Test(arguments: [
        ("/srv/net share/data", "nfs4"), ("/srv/net share", "nfs4"), ("/srv/net share/cache/x", "tmpfs"), ("/srv/networks", "ext4"),
        ("/srv/network/a", "overlay"), ("/", "ext4"),
    ])
    func theDeepestMountHoldsAFolder(_ path: String, _ name: String) {
        #expect(FileSystem(at: path, mounts: mounts)?.name == name)
    }

    @Test func whereTheDatabaseIsDecides() {
        func verdict(_ data: String, uploads: String = "ext4", database: Bool = true) -> [Diagnosis.Verdict] {
            StorageExaminations.fileSystems(
                data: FileSystem(named: data), uploads: FileSystem(named: uploads), holdsDatabase: database, holdsUploads: true
            ).map(\.verdict)
        }
        #expect(verdict("ext4") == [.ok] && verdict("xfs") == [.ok] && verdict("btrfs", uploads: "nfs4") == [.ok])
        #expect(verdict("nfs4") == [.problem] && verdict("cifs") == [.problem] && verdict("nfs4", database: false) == [.ok])
        #expect(verdict("9p") == [.warning] && verdict("overlay") == [.warning] && verdict("tmpfs", database: false) == [.warning])
        #expect(verdict("ext4", uploads: "overlay") == [.ok, .warning])
    }

    @Test func thisMachineTellsIts() { #expect(FileSystem(at: NSTemporaryDirectory()) != nil) }
}

@Suite struct ScrubberTests {
    private func scrubber(_ environment: [String: String] = [:], secrets: [String] = []) throws -> Scrubber {
        Scrubber(try Configuration.load(environment: environment).settings, secrets: secrets, machine: "ada-laptop")
    }

    @Test(arguments: [
        ("see https://social.example.com/a?b=c now", "see [address] now"), ("to ada.b+c@mail.example.com.", "to [mail address]."),
        ("from 192.0.2.7:4711", "from [ip]:4711"), ("from 2001:db8:0:1:2:3:4:5 on", "from [ip] on"), ("from 2001:db8::7 on", "from [ip] on"),
        ("in /home/ada/postiz", "in /home/[user]/postiz"), ("on ada-laptop", "on [machine]"),
        ("bearer ptz_0123456789abcdefghijklmnop", "bearer [token]"),
    ])
    func whatPointsAtSomebodyIsTakenOut(_ text: String, _ clean: String) throws { #expect(try scrubber().clean(text) == clean) }

    @Test(arguments: [
        "post 0192f3a4-5b6c-7d8e-9f01-23456789abcd went out at 2030-01-01T12:34:56.789Z", "PostgreSQL 15.8, 12:34:56",
        "postiz_backup_last_success_timestamp_seconds 1.5", "schema step 24 of 26: media_holds",
    ])
    func whatNamesAFaultStays(_ text: String) throws { #expect(try scrubber().clean(text) == text) }

    @Test func whatSettingsAndSecretsSayIsTakenOutHoweverItIsWritten() throws {
        let password = "a pass/word+of the test"
        let scrubber = try scrubber(
            [
                "EMAIL_HOST": "mail.example.com", "EMAIL_PASS": password, "S3_BUCKET": "adas-media", "S3_ACCESS_KEY_ID": "adas-key-id",
                "S3_SECRET_ACCESS_KEY": "adas-secret-key", "PORT": "8080", "LOG_LEVEL": "debug",
            ],
            secrets: ["kept in a file"])
        #expect(scrubber.clean("mail.example.com said: \(password)") == "[EMAIL_HOST] said: [EMAIL_PASS]")
        let base64 = Data(password.utf8).base64EncodedString()
        let escaped = try #require(password.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        #expect(scrubber.clean("\(base64) \(escaped) kept in a file") == "[EMAIL_PASS] [EMAIL_PASS] [secret]")
        #expect(scrubber.clean("bucket adas-media, port 8080, debug") == "bucket [S3_BUCKET], port 8080, debug")
    }

    @Test func aLogLineKeepsWhatHappenedAndLeavesOutToWhom() throws {
        let scrubber = try scrubber()
        let json =
            #"{"timestamp":"2030-01-01T00:00:00.000Z","level":"info","logger":"postiz","message":"published","post":"0192f3a4-5b6c-7d8e-9f01-23456789abcd","name":"Ada"}"#
        let cut = LoggedLine.cutDown(json, scrubber)
        #expect(cut.contains("published") && cut.contains("0192f3a4-5b6c-7d8e-9f01-23456789abcd") && !cut.contains("Ada"))
        let text = #"2030-01-01T00:00:00.000Z info postiz: mail not sent attempt=2 to="Ada B" reason="550 no ada@example.com here""#
        #expect(
            LoggedLine.cutDown(text, scrubber)
                == #"2030-01-01T00:00:00.000Z info postiz: mail not sent attempt=2 to=[left out] reason="550 no [mail address] here""#)
        #expect(LoggedLine.cutDown("Ada wrote this by hand", scrubber) == "[another line]")
    }

    @Test func serversOfTheFediverseAreNumberedInFigures() throws {
        let figures = """
            calls{host="api.x.com"} 1
            calls{host="social.example.org"} 2
            calls{host="other.example.org"} 3
            answers{host="social.example.org"} 4
            """
        #expect(
            DiagnosticBundle.withoutServers(figures, try scrubber()) == """
                calls{host="api.x.com"} 1
                calls{host="server-1"} 2
                calls{host="server-2"} 3
                answers{host="server-1"} 4
                """)
    }
}
