import Mustache

/// What a template shows: names and values. A value that is nil is left out, so that its section is not drawn.
struct Model: MustacheParent, ExpressibleByDictionaryLiteral, Sendable {
    private(set) var values: [String: any Sendable]

    init(dictionaryLiteral elements: (String, (any Sendable)?)...) {
        values = [:]
        for (name, value) in elements { values[name] = value }
    }

    subscript(name: String) -> (any Sendable)? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// This model with `other`'s names added; `other` wins.
    func merging(_ other: Model) -> Model {
        var merged = self
        merged.values.merge(other.values) { _, new in new }
        return merged
    }

    func child(named name: String) -> Any? { values[name] }
}

extension String {
    /// Nil when empty: for sections that are drawn only when there is something to say.
    var unlessEmpty: String? { isEmpty ? nil : self }
}
