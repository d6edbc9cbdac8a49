import Domain
import Gateway
import Hummingbird
import NIOPosix

/// The OpenAPI document as it is served: made when it is first asked for, once, and not on the threads that answer. Most processes never are.
actor InterfaceDescription {
    private let interface: RESTInterface
    private var made: Task<FileResponse, any Error>?

    init(of interface: RESTInterface) { self.interface = interface }

    /// Throws `SchemaError` when a type of the interface does not tell its shape.
    var response: FileResponse {
        get async throws {
            let task = made ?? Task { [interface] in try await NIOThreadPool.singleton.runIfActive { try Self.make(interface) } }
            made = task
            return try await task.value
        }
    }

    private static func make(_ interface: RESTInterface) throws -> FileResponse {
        let text = ByteBuffer(bytes: try JSON.data(try interface.document()))
        return FileResponse(text, mimeType: "application/json; charset=utf-8", cacheControl: "no-cache")
    }
}
