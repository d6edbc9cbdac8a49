import Application
import Domain
import Gateway
import Hummingbird
import NIOCore

/// Many posts at once: from a table, and into one.
struct BulkRoutes: Sendable {
    let services: Services
    private var imports: PostImports { services.imports }

    private static let dryRun = QueryField.flag(
        "dryRun", "Only tell what the table would become: it is kept for a day, to be imported by its importId")
    private static let name = QueryField.text("name", "The name of the file", maxLength: 200)
    private static let encoding = QueryField<DelimitedText.Encoding>.choice("encoding", "What the text is written in; found out when absent")
    private static let separator = QueryField<DelimitedText.Separator>.choice("separator", "What stands between values; found out when absent")
    private static let dateOrder = QueryField<DateOrder>.choice(
        "dateOrder", "How 03/04/2026 is read: needed where the dates do not tell it themselves")
    private static let sheet = QueryField.text("sheet", "The sheet of a workbook; its first when absent", maxLength: 200)
    private static let timeZone = QueryField.text("timeZone", "The zone in which times are read: an IANA name", maxLength: 100)

    private static let status = QueryField.list(of: PostStatus.self, "status", "Only posts with one of these statuses")
    private static let channels = QueryField.texts("channels", "Only posts for these channels: ids or names, or platforms for all of theirs")
    private static let tag = QueryField.text("tag", "Only posts with this tag")
    private static let text = QueryField.text("text", "Only posts that contain this text")
    private static let from = QueryField.time("from", "Only posts at or after this time")
    private static let to = QueryField.time("to", "Only posts before this time")

    private static let reading = [
        encoding.parameter, separator.parameter, dateOrder.parameter, sheet.parameter, timeZone.parameter,
    ]
    private static let errors: [ProblemReport.Code] = [
        .postInvalid, .invalidTimeZone, .tooLarge, .conflict, .addressRefused, .unsupportedMedia, .storageFull, .storageUnavailable, .badRequest,
        .uploadIncomplete, .notFound,
    ]

    var routes: [Route] { [importing, export, list] + kept }

    private var importing: Route {
        Route(
            .post, "/api/posts/import", "Make posts of a table, CSV or XLSX: all of them, or none where a row has a problem",
            access: .scope(.postsWrite), rate: .creations, parameters: [Self.dryRun.parameter, Self.name.parameter] + Self.reading, body: .upload,
            successes: [
                .init(.created, "The import, whose posts can be taken back together", type: PostImport.self),
                .init(.ok, "What the table would become, of a dry run", type: ImportCheck.self),
            ], errors: Self.errors
        ) { call in
            let (name, data) = try await file(call)
            let reading = try Self.reading(call)
            guard try call[Self.dryRun] != true else {
                return try Response.json(try await imports.check(data, name: name, reading, as: try call.caller))
            }
            return try Response.json(try await imports.run(data, name: name, reading, as: try call.caller), status: .created)
        }
    }

    private var export: Route {
        Route(
            .get, "/api/posts/export", "Posts as a CSV file that spreadsheets open rightly and that can be imported again: at most 20,000",
            access: .scope(.postsRead),
            parameters: [
                Self.status.parameter, Self.channels.parameter, Self.tag.parameter, Self.text.parameter, Self.from.parameter, Self.to.parameter,
                Self.separator.parameter,
            ], successes: [.init(.ok, "The table", mediaType: "text/csv")], errors: [.unknownChannel, .ambiguousChannel]
        ) { call in
            let query = PostQuery(
                statuses: try call[Self.status] ?? [], integrations: try call[Self.channels] ?? [], tag: try call[Self.tag],
                text: try call[Self.text], from: try call[Self.from], to: try call[Self.to], newestFirst: false)
            let table = try await services.posts.export(query, separator: try call[Self.separator] ?? .comma, as: try call.caller)
            return Response(
                status: .ok, headers: [.contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"posts.csv\""],
                body: ResponseBody(byteBuffer: ByteBuffer(string: table)))
        }
    }

    private var list: Route {
        Route(.get, "/api/posts/imports", "The imports that made posts, newest first: the last 50", access: .scope(.postsRead)) { call in
            Page(items: try await imports.list(as: try call.caller), nextCursor: nil)
        }
    }

    private var kept: [Route] {
        [
            Route(
                .get, "/api/posts/imports/{id}", "What a table that a dry run kept would become, read as the parameters say",
                access: .scope(.postsWrite), parameters: Self.reading, errors: [.invalidTimeZone, .conflict, .tooLarge]
            ) { call in
                try await imports.check(try call.id(of: "import"), try Self.reading(call), as: try call.caller)
            },
            Route(
                .post, "/api/posts/imports/{id}/run", "Make the posts of a table that a dry run kept: all of them, or none",
                access: .scope(.postsWrite), rate: .creations, parameters: Self.reading, errors: Self.errors
            ) { call in
                try await imports.run(try call.id(of: "import"), try Self.reading(call), as: try call.caller)
            },
            Route(
                .post, "/api/posts/imports/{id}/undo", "Move the posts of an import to the trash; what is public or on its way stays",
                access: .scope(.postsWrite), errors: [.conflict, .forbidden]
            ) { call in
                try await imports.undo(try call.id(of: "import"), as: try call.caller)
            },
        ]
    }

    private static func reading(_ call: Call) throws -> ImportReading {
        ImportReading(
            encoding: try call[encoding], separator: try call[separator], dateOrder: try call[dateOrder], sheet: try call[sheet],
            timeZone: try call[timeZone])
    }

    private func file(_ call: Call) async throws -> (name: String, data: [UInt8]) {
        let given = try call[Self.name] ?? call.request.headers[.fileName].flatMap(\.removingPercentEncoding) ?? ""
        guard call.request.mediaType == "multipart/form-data" else {
            let body = try await call.request.wholeBody(upTo: PostImports.mostBytes)
            return (given, Array(buffer: body))
        }
        guard let reader = call.request.multipart() else {
            throw ProblemReport(.badRequest, "The Content-Type has no boundary. Send the form as a browser or curl -F does.")
        }
        while let part = try await reader.nextPart() {
            guard part.fileName != nil || part.name == "file" else { continue }
            var data: [UInt8] = []
            while let chunk = try await reader.nextChunk() {
                guard data.count + chunk.readableBytes <= PostImports.mostBytes else { throw ProblemReport(.tooLarge, "A table has at most 16 MB.") }
                data += Array(buffer: chunk)
            }
            return (given.isEmpty ? part.fileName ?? "" : given, data)
        }
        throw ProblemReport.invalid("file", "The form has no file. Send it in a part called \"file\".")
    }
}

extension DelimitedText.Encoding: Named {}
extension DelimitedText.Separator: Named {}
extension DateOrder: Named {}
