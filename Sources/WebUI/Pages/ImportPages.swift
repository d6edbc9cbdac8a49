import Application
import Domain
import Foundation
import Gateway
import Hummingbird
import NIOCore

/// Many posts from one table: looked at row by row before anything is saved.
struct ImportPages {
    func start(_ visit: Visit) async throws -> Response { try await start(visit, table: "", refusal: nil) }

    private func start(_ visit: Visit, table: String, refusal: ProblemReport?) async throws -> Response {
        let imports = try await visit.services.imports.list(as: visit.caller)
        let model: Model = [
            "banner": refusal.map { visit.voice.banner($0) }, "table": table, "opened": !table.isEmpty, "mayWrite": visit.caller.may(.draft),
            "hasImports": !imports.isEmpty,
            "imports": imports.map { one -> Model in
                [
                    "id": one.id.text, "name": one.name, "about": about(one, visit), "undoable": one.status == .done,
                    "undone": one.status == .undone,
                ]
            },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page(
            "pages/import", title: visit.words("importPosts"), model, for: visit, script: "elements/table-file.js", status: status)
    }

    private func about(_ one: PostImport, _ visit: Visit) -> String {
        [visit.words.count("importedPosts", one.count), one.doneAt.map { visit.time.moment($0) }].compactMap(\.self).joined(separator: " · ")
    }

    func sample(_ visit: Visit) async throws -> Response { Self.file(ImportSample.file(), "posts-sample.csv") }

    func export(_ visit: Visit) async throws -> Response {
        let tab = PostTab(visit.query)
        let query = PostQuery(
            statuses: tab.statuses, integrations: visit.query.all("channel").filter { !$0.isEmpty }, tag: visit.query.given("tag"),
            text: visit.query.given("q"), newestFirst: tab.newestFirst)
        return Self.file(try await visit.services.posts.export(query, as: visit.caller), "posts.csv")
    }

    private static func file(_ table: String, _ name: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"\(name)\""],
            body: ResponseBody(byteBuffer: ByteBuffer(string: table)))
    }

    /// A table that was pasted. Files come over the interface for programs, which keeps them alike.
    func paste(_ visit: Visit) async throws -> Response {
        let table = try await visit.form()["table"] ?? ""
        do {
            let check = try await visit.services.imports.check(Array(table.utf8), name: visit.words("importPasted"), as: visit.caller)
            return try visit.redirect(to: "/posts/import/\(check.importId?.text ?? "")")
        } catch let report as ProblemReport {
            return try await start(visit, table: table, refusal: report)
        }
    }

    // MARK: The grid

    func show(_ visit: Visit) async throws -> Response { try await show(visit, Self.reading(visit.query), refusal: nil) }

    private func show(_ visit: Visit, _ reading: ImportReading, refusal: ProblemReport?) async throws -> Response {
        let id: PostImportID = try visit.id("import")
        let check: ImportCheck
        do {
            check = try await visit.services.imports.check(id, reading, as: visit.caller)
        } catch let report as ProblemReport where [.validationFailed, .conflict].contains(report.code) {
            return try await start(visit, table: "", refusal: refusal ?? report)
        }
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page(
            "pages/import-check", title: visit.words("importPosts"), model(check, id, refusal, visit), for: visit, status: status)
    }

    private func model(_ check: ImportCheck, _ id: PostImportID, _ refusal: ProblemReport?, _ visit: Visit) -> Model {
        let unsure = Set(check.unsure)
        let left = check.columns.filter { $0.meaning == nil }.map { "\"\($0.heading)\"" }
        return [
            "id": id.text, "banner": refusal.map { visit.voice.banner($0) }, "isReady": check.isReady,
            "summary": visit.words.count("importRows", check.count),
            "drafts": check.drafts == 0 ? nil : visit.words.count("importDrafts", check.drafts),
            "faulty": check.faulty == 0 ? nil : visit.words.count("importFaulty", check.faulty),
            "leftOut": left.isEmpty ? nil : visit.words("importLeftOut", ["columns": left.joined(separator: ", ")]),
            "askOrder": unsure.contains(.dateOrder), "doubtEncoding": unsure.contains(.encoding), "isText": check.format == .csv,
            "encodings": choices(DelimitedText.Encoding.allCases, check.encoding, "importEncoding", visit),
            "separators": choices(DelimitedText.Separator.allCases, check.separator, "importSeparator", visit),
            "orders": (unsure.contains(.dateOrder) ? [["value": "", "label": visit.words("importChoose"), "selected": true] as Model] : [])
                + choices(DateOrder.allCases, unsure.contains(.dateOrder) ? nil : check.dateOrder, "importOrder", visit),
            "hasSheets": check.sheets.count > 1,
            "sheets": check.sheets.map { ["value": $0, "label": $0, "selected": $0 == check.sheet] as Model }, "zone": check.timeZone,
            "zones": ZoneData.inForce.offered, "dateOrder": unsure.contains(.dateOrder) ? nil : check.dateOrder?.rawValue,
            "encoding": check.encoding?.rawValue, "separator": check.separator?.rawValue, "sheet": check.sheet,
            "deed": visit.words.count("importDeed", check.count), "rows": check.rows.map { row($0, visit) },
            "more": check.count > check.rows.count ? visit.words("importMore", ["count": String(check.count - check.rows.count)]) : nil,
        ]
    }

    private func row(_ row: ImportCheck.Row, _ visit: Visit) -> Model {
        let isFaulty = row.problems.contains { $0.severity == .error }
        let when =
            row.wallTime?.replacing("T", with: " ") ?? row.scheduledFor.map { visit.time.moment($0) }
            ?? (isFaulty ? "" : visit.words("status_DRAFT"))
        return [
            "line": String(row.line), "text": row.text, "channels": row.channels.joined(separator: ", "), "when": when,
            "tags": row.tags.joined(separator: ", "), "files": row.files == 0 ? nil : visit.words.count("files", row.files), "faulty": isFaulty,
            "problems": row.problems.map { ["severity": $0.severity.rawValue, "message": visit.say($0.message)] as Model },
        ]
    }

    private func choices<Choice: RawRepresentable<String>>(
        _ all: [Choice], _ chosen: Choice?, _ words: String, _ visit: Visit
    ) -> [Model] {
        all.map { ["value": $0.rawValue, "label": visit.words("\(words)_\($0.rawValue)"), "selected": $0.rawValue == chosen?.rawValue] }
    }

    // MARK: Deeds

    func run(_ visit: Visit) async throws -> Response {
        let (id, form): (PostImportID, FormFields) = (try visit.id("import"), try await visit.form())
        let reading = Self.reading(form)
        do {
            let done = try await visit.services.imports.run(id, reading, as: visit.caller)
            return try visit.redirect(to: "/posts/import", Toast(visit.words.count("importDone", done.count)))
        } catch let report as ProblemReport {
            return try await show(visit, reading, refusal: report)
        }
    }

    func undo(_ visit: Visit) async throws -> Response {
        let id: PostImportID = try visit.id("import")
        do {
            let undone = try await visit.services.imports.undo(id, as: visit.caller)
            let left = undone.left == 0 ? "" : " " + visit.words.count("importStay", undone.left)
            return try visit.redirect(to: "/posts/import", Toast(visit.words.count("importUndone", undone.removed) + left))
        } catch let report as ProblemReport {
            return try await start(visit, table: "", refusal: report)
        }
    }

    private static func reading(_ fields: FormFields) -> ImportReading {
        ImportReading(
            encoding: fields.given("encoding").flatMap(DelimitedText.Encoding.init),
            separator: fields.given("separator").flatMap(DelimitedText.Separator.init),
            dateOrder: fields.given("dateOrder").flatMap(DateOrder.init), sheet: fields.given("sheet"), timeZone: fields.given("timeZone"))
    }
}
