import CPostgres

/// Parameters in the form libpq takes: text with a NUL behind it, bytes as they are, one buffer for all.
struct PostgresParameters {
    /// 0 lets the server infer the type.
    private(set) var types: [Oid] = []
    private var buffer: [UInt8] = []
    /// Where each value begins; nil for NULL.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    init(_ values: [SQLValue]) throws(DatabaseError) {
        for value in values {
            try value.refuseNUL()
            switch value {
            case .null: addNull()
            case .bool(let flag): add(flag ? "t".utf8 : "f".utf8, type: .bool)
            case .integer(let number): add(String(number).utf8, type: nil)
            case .real(let number): add(String(number).utf8, type: nil)
            case .text(let text): add(text.utf8, type: nil)
            case .bytes(let bytes): add(bytes, type: .bytea, isBinary: true)
            }
        }
    }

    var count: Int32 { Int32(starts.count) }

    typealias Pointers = UnsafePointer<UnsafePointer<CChar>?>

    /// Calls `body` with values, lengths and formats that live as long as the call.
    func withPointers<Value>(_ body: (Pointers?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Value) -> Value {
        buffer.withUnsafeBytes { bytes in
            let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = starts.map { start in start.flatMap { base?.advanced(by: $0) } }
            return values.withUnsafeBufferPointer { values in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { body(values.baseAddress, lengths.baseAddress, $0.baseAddress) }
                }
            }
        }
    }

    private mutating func addNull() {
        types.append(0)
        starts.append(nil)
        lengths.append(0)
        formats.append(0)
    }

    private mutating func add(_ bytes: some Collection<UInt8>, type: PostgresType?, isBinary: Bool = false) {
        types.append(type?.rawValue ?? 0)
        starts.append(buffer.count)
        lengths.append(Int32(bytes.count))
        formats.append(isBinary ? 1 : 0)
        buffer.append(contentsOf: bytes)
        buffer.append(0)
    }
}
