import Application
import Gateway
import Hummingbird

/// For administrators of the instance: what is wrong with it or soon will be, why that matters, and how to mend it.
struct HealthPage {
    private static let tones: [Diagnosis.Verdict: String] = [.ok: "positive", .warning: "warning", .problem: "danger"]

    func show(_ visit: Visit) async throws -> Response {
        let doctor = visit.services.doctor
        try doctor.admit(visit.caller)
        let model: Model = ["subnav": SettingsSection.navigation(visit, at: .health)]
        // Some looks go out into the network, and wait where nobody answers.
        return try await visit.site.page("pages/health", title: visit.words("settings_health"), model, for: visit, later: "partials/health-report") {
            self.model(of: await doctor.report(), visit)
        }
    }

    private func model(of report: DoctorReport, _ visit: Visit) -> Model {
        let found = report.diagnoses.filter { $0.verdict == .problem } + report.diagnoses.filter { $0.verdict == .warning }
        let well = report.diagnoses.filter { $0.verdict == .ok }
        let counts = [("health_problems", Diagnosis.Verdict.problem), ("health_warnings", .warning)].compactMap { key, verdict -> String? in
            let number = found.count { $0.verdict == verdict }
            return number == 0 ? nil : visit.words.count(key, number)
        }
        return [
            "state": visit.words("health_\(report.verdict)"),
            "counts": (counts + [visit.words("healthVersion", ["version": report.version])]).joined(separator: " · "),
            "found": together(found, visit), "hasFound": !found.isEmpty,
            "well": well.map { entry($0, visit) }, "wellCount": visit.words.count("healthWell", well.count),
        ]
    }

    /// What is mended in one and the same way is told once, with everything that it concerns.
    private func together(_ found: [Diagnosis], _ visit: Visit) -> [Model] {
        var groups: [[Diagnosis]] = []
        for diagnosis in found {
            if let last = groups.last?.first, last.subject == diagnosis.subject, last.verdict == diagnosis.verdict, last.advice == diagnosis.advice {
                groups[groups.count - 1].append(diagnosis)
            } else {
                groups.append([diagnosis])
            }
        }
        return groups.map { group in entry(group[0], visit).merging(["findings": group.map { entry($0, visit) }]) }
    }

    private func entry(_ found: Diagnosis, _ visit: Visit) -> Model {
        // What the catalogue does not know, such as what another program said, stays as it is, and is marked as English.
        let (finding, advice) = (visit.say(found.finding), found.advice.map(visit.say))
        let language = visit.words.language
        return [
            "subject": visit.words(DoctorSubject.key("subject", found.subject)), "name": found.subject, "finding": finding, "advice": advice,
            "page": found.page,
            "findingLanguage": finding == found.finding ? "en" : language, "adviceLanguage": advice == found.advice ? "en" : language,
            "why": visit.words(DoctorSubject.key("why", found.subject)), "state": visit.words("verdict_\(found.verdict)"),
            "tone": Self.tones[found.verdict] ?? "info",
        ]
    }
}
