/// A JSON document that is written already: what is sent in great numbers is not made a tree of again.
public struct EncodedJSON: Hashable, Sendable {
    public let bytes: [UInt8]

    /// `bytes` are JSON of one value.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    public var text: String { String(decoding: bytes, as: UTF8.self) }
    /// Throws nothing for what was encoded here.
    public var value: JSONValue { get throws { try JSONValue(reading: bytes) } }
}

extension JSONValue {
    /// The same without members that are null, at every depth. Elements of lists stay.
    public var withoutNulls: JSONValue {
        switch self {
        case .object(let object): .object(object.filter { $0.value != .null }.mapValues(\.withoutNulls))
        case .array(let array): .array(array.map(\.withoutNulls))
        default: self
        }
    }
}
