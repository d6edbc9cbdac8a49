import Foundation
import Glibc
import Subprocess

/// The programs an archive goes through: `gzip` or `zstd`, and `openssl` where it is encrypted. What they make opens without us.
struct ArchivePipeline: Sendable {
    enum Compression: String, Sendable { case gzip, zstd }

    let compression: Compression
    /// Encrypts with AES-256-CBC and PBKDF2 as `openssl enc` does; nil: not at all.
    let passphrase: String?

    /// Such as `.tar.gz`.
    var ending: String { ".tar." + (compression == .gzip ? "gz" : "zst") + (passphrase == nil ? "" : ".enc") }

    /// For reading: by the file's own first bytes, and where it is encrypted by its name.
    init(reading path: String, passphrase: String?) throws {
        let file: DiskFile
        do { file = try DiskFile.reading(path) } catch { throw ArchiveFault.unusable("\(path) cannot be read.") }
        defer { file.close() }
        let head = Array(try file.read(at: 0, count: 8))
        if head == Array("Salted__".utf8) {
            guard let passphrase else { throw ArchiveFault.unusable("The archive is encrypted: set BACKUP_PASSPHRASE or BACKUP_PASSPHRASE_FILE.") }
            self.init(path.contains(".tar.zst") ? .zstd : .gzip, passphrase: passphrase)
        } else if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
            self.init(.zstd)
        } else if head.starts(with: [0x1F, 0x8B]) {
            self.init(.gzip)
        } else {
            throw ArchiveFault.damaged("its first bytes are those of no archive")
        }
    }

    init(_ compression: Compression, passphrase: String? = nil) {
        (self.compression, self.passphrase) = (compression, passphrase)
    }

    private static let cipher = "openssl enc -aes-256-cbc -pbkdf2 -iter 600000 -md sha256 -pass env:PASSPHRASE"

    /// Runs `body`, whose bytes go through the programs into the new file `path`.
    func write(to path: String, _ body: (StandardInputWriter) async throws -> Void) async throws {
        let compress = compression == .gzip ? "gzip -c" : "zstd -q -c"
        let script = "umask 077; set -o pipefail; \(compress)\(passphrase == nil ? "" : " | \(Self.cipher) -salt") > \"$1\""
        _ = Self.brokenPipesAreErrors
        let result = try await Subprocess.run(
            .name("bash"), arguments: ["-c", script, "bash", path], environment: environment, platformOptions: Self.group,
            input: .inputWriter, output: .discarded, error: .string(limit: 4096)
        ) { execution -> (any Error)? in
            // Where a program ends early, its own words say more than the broken pipe.
            do { try await body(execution.standardInputWriter) } catch { return error }
            return nil
        }
        if let error = result.closureResult, !(error is SubprocessError) { throw error }
        guard result.terminationStatus.isSuccess, result.closureResult == nil else {
            throw BackupProblem("The archive could not be written: \(Self.words(result.standardError)).")
        }
    }

    /// Gives `body` the file's bytes, piece by piece, as they come out of the programs. Throws `ArchiveFault.damaged` when these refuse it.
    func read(_ path: String, _ body: ([UInt8]) async throws -> Void) async throws {
        let expand = compression == .gzip ? "gzip -dc" : "zstd -q -dc"
        let script = "set -o pipefail; " + (passphrase == nil ? "\(expand) < \"$1\"" : "\(Self.cipher) -d < \"$1\" | \(expand)")
        let result = try await Subprocess.run(
            .name("bash"), arguments: ["-c", script, "bash", path], environment: environment, platformOptions: Self.group,
            input: .none, output: .sequence, error: .string(limit: 4096)
        ) { execution -> (any Error)? in
            var refusal: (any Error)?
            for try await piece in execution.standardOutput where refusal == nil {
                // The rest is read all the same: the programs' own words come at the end.
                do { try await body(piece.withUnsafeBytes { Array($0) }) } catch { refusal = error }
            }
            return refusal
        }
        if let error = result.closureResult, !(error is ArchiveFault) { throw error }
        guard result.terminationStatus.isSuccess else {
            throw ArchiveFault.damaged(Self.words(result.standardError) + (passphrase == nil ? "" : ", or the passphrase is another one"))
        }
        if let error = result.closureResult { throw error }
    }

    /// Only what the programs need: our own environment holds secrets.
    private var environment: Subprocess.Environment {
        var values: [Subprocess.Environment.Key: String] = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? MediaTools.usualPath, "LC_ALL": "C",
        ]
        values["PASSPHRASE"] = passphrase
        return .custom(values)
    }

    static func words(_ output: String) -> String {
        let line = output.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) }.map(String.init) ?? "no reason given"
        return line.hasSuffix(".") ? String(line.dropLast()) : line
    }

    private static let brokenPipesAreErrors: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    /// A session of its own: all of a pipeline ends with us.
    static let group: PlatformOptions = {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        return options
    }()
}

/// Why a backup was not made, or not restored, in words.
public struct BackupProblem: Error, CustomStringConvertible, Sendable {
    public let description: String
    public init(_ description: String) { self.description = description }
}
