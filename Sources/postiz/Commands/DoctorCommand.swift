import Application
import ArgumentParser
import Foundation
import Logging
import WebUI

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check everything this server needs and say how to mend what is wrong; fails when something is.",
        discussion: """
            Looks only: nothing is made or changed; with --mail a mail is sent. Run it with the settings, and as the user, of the server.
            Example: POSTIZ_DATA=/var/lib/postiz postiz doctor
            """)

    @Option(help: "Send a mail to this address, now.")
    var mail: String?
    @OptionGroup var output: Output

    func run() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        let report = await Self.doctor(mail: mail).report()
        try output.show(report) { Self.words(report) }
        if report.verdict == .problem { throw ExitCode.failure }
    }

    static func doctor(mail: String? = nil) -> Doctor {
        Doctor(
            version: Version.current, environment: ProcessInfo.processInfo.environment, mail: mail, more: [Doctor.Examination { [webInterface()] }])
    }

    private static func webInterface() -> Diagnosis {
        do {
            return Diagnosis("web interface", .ok, "Its files are in \(try WebInterface.resourceFolder().path).")
        } catch {
            return Diagnosis("web interface", .problem, "\(error)", advice: "Copy the whole release, not the executable alone.")
        }
    }

    /// In the language of the terminal, where there is a catalogue for it; JSON is for programs and stays as it is.
    private static func words(_ report: DoctorReport) -> String {
        let speech = speech()
        let rows = report.diagnoses.flatMap { diagnosis -> [[String]] in
            let more = [diagnosis.why, diagnosis.advice.map { "→ \($0)" }, diagnosis.page.map { "See \($0)" }].compactMap { $0 }
            let verdict = speech?.verdict(diagnosis.verdict) ?? diagnosis.verdict.rawValue
            return [[verdict, speech?.subject(diagnosis) ?? diagnosis.subject, speech?.finding(diagnosis) ?? diagnosis.finding]]
                + (diagnosis.verdict == .ok ? [] : (speech?.more(diagnosis) ?? more).map { ["", "", $0] })
        }
        let count = { (verdict: Diagnosis.Verdict) in
            let number = report.diagnoses.count { $0.verdict == verdict }
            return "\(number) \(verdict.rawValue)\(number == 1 ? "" : "s")"
        }
        let summary = speech?.summary(report) ?? "Postiz \(report.version): \(count(.problem)), \(count(.warning))."
        return "\(Output.table(speech?.headings ?? ["VERDICT", "SUBJECT", "FINDING"], rows))\n\n\(summary)"
    }

    /// Nil for English, and where the files of the pages are missing, which is one of the findings.
    private static func speech() -> DoctorSpeech? {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        guard !locale.hasPrefix("en"), !["", "C", "POSIX"].contains(locale.prefix { $0 != "." }) else { return nil }
        do {
            return DoctorSpeech(locale: locale, words: try InterfaceWords())
        } catch {
            Output.note("English only: \(error)")
            return nil
        }
    }
}
