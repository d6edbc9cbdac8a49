/// Finds variables that were probably meant to be one of ours.
public enum NearMisses {
    /// Names nobody else uses: anything unknown that begins like this is a mistake.
    private static let ownPrefixes = ["POSTIZ_", "EMAIL_", "OIDC_"]

    /// Read by commands, not by the server: `postiz mcp`, `postiz import`.
    private static let ofCommands: Set = ["POSTIZ_API_KEY", "POSTIZ_IMPORT_KEY"]

    static func warnings(for names: [String], values: [String: String], among variables: [ConfigurationVariable]) -> [String] {
        let known = Set(variables.flatMap { [$0.name, "\($0.name)_FILE"] }).union(ofCommands)
        let candidates = variables.map(\.name)
        return names.filter { !known.contains($0) && !isFromOrchestrator($0, values[$0] ?? "") }.compactMap { name in
            let nearest = candidates.map { (name: $0, distance: distance(name, $0)) }.min { $0.distance < $1.distance }
            let isOwn = ownPrefixes.contains(where: name.hasPrefix)
            if let nearest, nearest.distance <= (nearest.name.count < 8 ? 1 : 2), nearest.name.count >= 5 {
                return "\(name) is not known; did you mean \(nearest.name)?"
            }
            guard isOwn else { return nil }
            let close = candidates.filter { name.hasPrefix($0) || $0.hasPrefix(name) }.max { $0.count < $1.count }
            return "\(name) is not known" + (close.map { "; did you mean \($0)?" } ?? " and has no effect")
        }
    }

    /// Kubernetes and container links announce a service called `postiz` by variables of their own.
    private static func isFromOrchestrator(_ name: String, _ value: String) -> Bool {
        name.contains("_SERVICE_") || name.contains("_PORT_") || value.hasPrefix("tcp://")
    }

    /// How many letters must be added, removed, changed or swapped with their neighbour.
    public static func distance(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        // More than two apart is all that matters.
        guard abs(a.count - b.count) <= 2, !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
