import Crypto
import Domain
import Foundation

/// Whether the program itself is whole: what may be lost when it is linked, and what it calls.
enum ProgramExaminations {
    // MARK: Time zones

    /// Offsets just before and after clocks change, as IANA tells them.
    private static let offsets: [(zone: String, instant: String, offset: Int)] = [
        ("Europe/Paris", "2026-03-29T00:59:59Z", 3600), ("Europe/Paris", "2026-03-29T01:00:00Z", 7200),
        ("America/New_York", "2026-03-08T06:59:59Z", -18_000), ("America/New_York", "2026-03-08T07:00:00Z", -14_400),
        ("America/New_York", "2026-11-01T06:00:00Z", -18_000), ("Asia/Kolkata", "2026-07-01T00:00:00Z", 19_800),
    ]
    private static let update =
        "Update the package tzdata (Debian: apt-get update && apt-get install tzdata): the server takes it over while it runs."

    static func timeZones(_ data: ZoneData, at now: Timestamp) -> [Diagnosis] {
        guard !data.names.isEmpty else {
            return [Diagnosis("time zones", .problem, ZoneData.missing.message, advice: "Debian: apt-get install tzdata.")]
        }
        for (zone, instant, offset) in offsets {
            let found = Timestamp(instant).flatMap { data.zone(named: zone)?.offset(at: $0) }
            guard found == offset else {
                let told = found.map(String.init) ?? "nothing"
                return [
                    Diagnosis(
                        "time zones", .problem, "The offset of \(zone) at \(instant) is \(offset) seconds; \(data.source) says \(told).",
                        advice: update)
                ]
            }
        }
        let edition = data.version.isEmpty ? "an edition that its files do not tell" : "edition \(data.version)"
        let finding = "\(data.names.count) names, \(edition) from \(data.source)."
        guard data.isOld(at: now) else { return [Diagnosis("time zones", .ok, finding)] }
        return [Diagnosis("time zones", .warning, "\(finding) A newer one is to be expected after nine months.", advice: update)]
    }

    // MARK: Cryptography

    /// Published vectors: NIST's for AES-256-GCM and SHA-256, RFC 2202's for HMAC-SHA1, crypt_blowfish's for bcrypt.
    static func cryptography() async -> [Diagnosis] {
        var wrong: [String] = []
        if aesGCM() != "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919" { wrong.append("AES-256-GCM") }
        if SHA256.hash(data: Data("abc".utf8)).hexadecimal != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
            wrong.append("SHA-256")
        }
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Data("what do ya want for nothing?".utf8), using: SymmetricKey(data: Data("Jefe".utf8)))
        if code.hexadecimal != "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" { wrong.append("HMAC-SHA1") }
        if !(await bcrypt()) { wrong.append("bcrypt") }
        guard wrong.isEmpty else {
            return [
                Diagnosis(
                    "cryptography", .problem, "\(wrong.joined(separator: ", ")) gives wrong results.",
                    advice: "Use the executable of a release, and the system's own libcrypt (Debian: libcrypt1).")
            ]
        }
        return [Diagnosis("cryptography", .ok, "AES-256-GCM, SHA-256, HMAC-SHA1 and bcrypt give the published results.")]
    }

    /// Sixteen zero bytes under a key and nonce of zeros: the ciphertext with the tag behind it.
    private static func aesGCM() -> String? {
        let zeros = SymmetricKey(data: Data(count: 32))
        guard let nonce = try? AES.GCM.Nonce(data: Data(count: 12)),  // What is not sealed is a wrong result.
            let box = try? AES.GCM.seal(Data(count: 16), using: zeros, nonce: nonce)
        else { return nil }
        return (box.ciphertext + box.tag).hexadecimal
    }

    private static func bcrypt() async -> Bool {
        let hasher = PasswordHasher(cost: 5, threads: .postizPasswords)
        let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        do {
            let (right, wrong) = (try await hasher.verify("U*U", against: hash), try await hasher.verify("U*V", against: hash))
            return right && !wrong
        } catch {
            return false
        }
    }

    // MARK: Programs that are called

    private static let programs: [(name: String, question: String, use: String, package: String)] = [
        ("prlimit", "--version", "nothing that looks at files is run, because it would be without bounds", "util-linux"),
        ("vipsthumbnail", "--vips-version", "pictures get no thumbnails", "libvips-tools"),
        ("ffprobe", "-version", "the size and length of videos are not known", "ffmpeg"),
        ("ffmpeg", "-version", "videos get no thumbnails", "ffmpeg"),
    ]

    static func tools(_ tools: MediaTools) async -> [Diagnosis] {
        var diagnoses: [Diagnosis] = []
        for (name, question, use, package) in programs {
            if let answer = await tools.version(of: name, question) {
                diagnoses.append(Diagnosis(name, .ok, answer))
            } else {
                diagnoses.append(
                    Diagnosis(
                        name, .warning, "It is not installed, or does not run: \(use).", advice: "Debian: apt-get install \(package)"))
            }
        }
        return diagnoses
    }
}
