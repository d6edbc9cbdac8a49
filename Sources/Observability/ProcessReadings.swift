import Foundation

/// What the kernel tells about this process, under the names that all Prometheus clients use.
struct ProcessReadings {
    struct Reading {
        let name: String
        let kind: String
        let value: Double
    }

    /// Empty where there is no `/proc`.
    static func now() -> [Reading] {
        // After the command in parentheses, which may hold spaces, come the fields from number 3 on (proc(5)).
        guard let stat = text("/proc/self/stat"), let end = stat.lastIndex(of: ")") else { return [] }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        func field(_ number: Int) -> Double? { fields.indices.contains(number - 3) ? Double(fields[number - 3]) : nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let page = Double(sysconf(Int32(_SC_PAGESIZE)))

        let readings: [(String, String, Double?)] = [
            ("process_cpu_seconds_total", "counter", field(14).flatMap { user in field(15).map { (user + $0) / ticks } }),
            ("process_resident_memory_bytes", "gauge", field(24).map { $0 * page }),
            ("process_virtual_memory_bytes", "gauge", field(23)),
            ("process_threads", "gauge", field(20)),
            ("process_start_time_seconds", "gauge", field(22).flatMap { start in bootTime.map { $0 + start / ticks } }),
            ("process_open_fds", "gauge", openFiles),
            ("process_max_fds", "gauge", fileLimit),
        ]
        return (readings + machine).compactMap { name, kind, value in value.map { Reading(name: name, kind: kind, value: $0) } }
    }

    /// Of the whole machine, for those who watch it with nothing else.
    private static var machine: [(String, String, Double?)] {
        // The first line adds up all processors: user, nice, system, idle, iowait, irq, softirq, steal, in ticks (proc(5)).
        let times = text("/proc/stat")?.split(separator: "\n").first?.split(separator: " ").dropFirst().compactMap { Double($0) } ?? []
        let busy = times.count >= 8 ? (times[0...7].reduce(0, +) - times[3] - times[4]) / Double(sysconf(Int32(_SC_CLK_TCK))) : nil
        let memory = text("/proc/meminfo")?.split(separator: "\n") ?? []
        func bytes(_ name: String) -> Double? {
            memory.first { $0.hasPrefix(name + ":") }?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 * 1024 }
        }
        return [
            ("postiz_machine_cpus", "gauge", Double(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
            ("postiz_machine_cpu_busy_seconds_total", "counter", busy),
            ("postiz_machine_memory_bytes", "gauge", bytes("MemTotal")),
            ("postiz_machine_memory_available_bytes", "gauge", bytes("MemAvailable")),
        ]
    }

    /// Seconds since 1970.
    private static let bootTime: Double? = text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        .flatMap { Double($0.dropFirst("btime ".count)) }

    private static var openFiles: Double? {
        // Where the folder cannot be read the gauge is left out.
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count) }
    }

    private static var fileLimit: Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }

    /// A file of `/proc`, whose size is not known before it is read. Nil where it does not exist.
    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(data: $0, encoding: .utf8) }
    }
}
