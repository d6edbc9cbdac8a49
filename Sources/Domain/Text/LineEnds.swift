extension String {
    /// With U+000A alone for every line end: a carriage return before it, or in its place, would be counted and sent.
    public var withOneLineEnd: String {
        guard unicodeScalars.contains("\r") else { return self }
        var result = UnicodeScalarView()
        var afterReturn = false
        for scalar in unicodeScalars {
            if scalar == "\r" { result.append("\n") } else if scalar != "\n" || !afterReturn { result.append(scalar) }
            afterReturn = scalar == "\r"
        }
        return String(result)
    }
}
