import Foundation

/// Where traces go, and how many of them.
public struct TraceSettings: Sendable {
    /// With the path.
    public let address: String
    /// May hold secrets.
    public let headers: [(name: String, value: String)]
    public let service: String
    /// From 0 to 1.
    public let share: Double

    /// Nil when no collector is named.
    init?(_ reader: inout ConfigurationReader) {
        let share = reader.text("OTEL_TRACES_SAMPLER_ARG").flatMap { Double($0) } ?? -1
        if !(0...1).contains(share) { reader.refuse("OTEL_TRACES_SAMPLER_ARG", "use a number from 0 to 1, such as 0.1") }
        var headers: [(name: String, value: String)] = []
        for pair in reader.list("OTEL_EXPORTER_OTLP_HEADERS") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            let isName = parts.first.map { $0.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 58 } } ?? false
            guard parts.count == 2, isName, let value = parts[1].removingPercentEncoding, value.utf8.allSatisfy({ $0 >= 32 && $0 < 127 }) else {
                reader.refuse("OTEL_EXPORTER_OTLP_HEADERS", "write name=value pairs, separated by commas")
                break
            }
            headers.append((parts[0], value))
        }
        guard let endpoint = reader.address("OTEL_EXPORTER_OTLP_ENDPOINT") else { return nil }
        if endpoint.user() != nil || endpoint.query() != nil {
            reader.refuse("OTEL_EXPORTER_OTLP_ENDPOINT", "leave out names and queries; OTEL_EXPORTER_OTLP_HEADERS carries what it wants to know")
        }
        (address, self.headers, self.share) = (endpoint.absoluteString + "/v1/traces", headers, share)
        service = reader.text("OTEL_SERVICE_NAME") ?? "postiz"
    }
}
