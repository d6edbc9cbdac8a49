import Metrics
import NIOConcurrencyHelpers

/// Keeps all measurements of the process and writes them in Prometheus' text format (0.0.4).
///
/// Counters and meters are counters and gauges; recorders are summaries of sum and count, or gauges when they do not aggregate; timers are
/// histograms in seconds. Asking twice for the same name and labels gives the same series, so call sites need not keep theirs.
/// A metric keeps at most `seriesLimit` different label sets; what is measured for more is dropped and counted in
/// `postiz_metrics_dropped_total`.
public final class PrometheusMetrics: MetricsFactory {
    private let families = NIOLockedValueBox<[String: Family]>([:])
    private let dropped = CounterSeries()
    private let seriesLimit: Int

    public init(seriesLimit: Int = 500) { self.seriesLimit = seriesLimit }

    /// Everything measured so far, and the state of the process as it is now.
    public func render() -> String {
        let sorted = families.withLockedValue { $0.sorted { $0.key < $1.key } }
        var page = Exposition()
        for (name, family) in sorted { family.write(name, to: &page) }
        page.family("postiz_metrics_dropped_total", kind: "counter")
        dropped.write("postiz_metrics_dropped_total", labels: "", to: &page)
        for reading in ProcessReadings.now() {
            page.family(reading.name, kind: reading.kind)
            page.sample(reading.name, value: reading.value)
        }
        return page.text
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, kind: "counter") { CounterSeries() }
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        series(label, dimensions, kind: "counter") { CounterSeries() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, kind: "gauge") { GaugeSeries() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return series(label, dimensions, kind: "summary") { SummarySeries() } }
        return series(label, dimensions, kind: "gauge") { GaugeSeries() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, kind: "histogram") { HistogramSeries() }
    }

    // Series outlive the values that fed them: a counter that vanishes looks like a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of `label` and `dimensions`. One that only counts what is dropped when the metric is full, or is of another kind already.
    private func series<S: Series>(_ label: String, _ dimensions: [(String, String)], kind: String, make: () -> S) -> S {
        let family = families.withLockedValue { families -> Family in
            // Names are hardly ever other than the format wants them.
            if let known = families[label] { return known }
            let name = MetricName.metric(label)
            if let known = families[name] { return known }
            let family = Family(kind: kind, limit: seriesLimit)
            families[name] = family
            return family
        }
        if family.kind == kind, let found = family.series(dimensions, make: make) as? S { return found }
        let overflow = make()
        overflow.drops(into: dropped)
        return overflow
    }
}

/// All series of one name.
final class Family: Sendable {
    private struct Members {
        /// By the dimensions as the caller gave them: the way most look-ups go.
        var byDimensions: [[Dimension]: any Series] = [:]
        /// By the labels as they are written: two spellings of the same labels are one series.
        var byLabels: [String: any Series] = [:]
    }

    private struct Dimension: Hashable {
        let name: String
        let value: String
    }

    let kind: String
    private let limit: Int
    private let members = NIOLockedValueBox(Members())

    init(kind: String, limit: Int) {
        self.kind = kind
        self.limit = limit
    }

    /// Nil when there are too many.
    func series(_ dimensions: [(String, String)], make: () -> any Series) -> (any Series)? {
        let key = dimensions.map { Dimension(name: $0.0, value: $0.1) }
        return members.withLockedValue { members in
            if let known = members.byDimensions[key] { return known }
            guard members.byDimensions.count < limit else { return nil }
            let labels = MetricName.labels(dimensions)
            let series = members.byLabels[labels] ?? make()
            members.byDimensions[key] = series
            members.byLabels[labels] = series
            return series
        }
    }

    func write(_ name: String, to page: inout Exposition) {
        let sorted = members.withLockedValue { $0.byLabels.sorted { $0.key < $1.key } }
        page.family(name, kind: kind)
        for (labels, series) in sorted { series.write(name, labels: labels, to: &page) }
    }
}
