import Foundation

/// The front page: every platform with its accounts and switches, and the faults in force.
enum IndexPage {
    static func html(of simulation: Simulation) -> String {
        let platforms = simulation.platforms.map { section($0) }.joined(separator: "\n")
        let faults = simulation.faults.all.map { fault in
            """
            <tr><td>\(fault.kind.rawValue)</td><td>\(Encoding.html(fault.platform ?? "all"))</td><td><code>\(Encoding.html(fault.path ?? "every call"))</code></td>
            <td>\(fault.times.map { "\($0) left" } ?? "until removed")</td></tr>
            """
        }
        let table = faults.isEmpty ? "<p>None: all platforms behave.</p>" : "<table>\(faults.joined())</table>"
        return Page.html(title: "Simulated platforms", "\(platforms)<h2>Faults</h2><div class='card'>\(table)</div>")
    }

    private static func section(_ platform: some SimulatedPlatform) -> String {
        let (accounts, values, count) = platform.store.update { state in
            (state.accounts.all, state.switches, state.timeline.order.count)
        }
        let switches = platform.switches.map { lever in
            """
            <tr><td><code>\(Encoding.html(lever.name))</code></td><td>\(Encoding.html((values[lever.name] ?? .null).text))</td>
            <td>\(Encoding.html(lever.help))</td></tr>
            """
        }
        return """
            <h2 style="--mark:\(platform.colour)"><span class="mark">\(platform.title.prefix(1))</span> \(platform.title)
            <small>\(count) published</small></h2>
            <div class="card">\(PlatformPages.list(accounts, platform))
            <details><summary>Switches</summary><table>\(switches.joined())</table></details></div>
            """
    }
}
