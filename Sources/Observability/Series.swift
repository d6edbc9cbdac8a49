import Metrics
import NIOConcurrencyHelpers

/// The values of one metric with one set of labels.
protocol Series: AnyObject, Sendable {
    func write(_ name: String, labels: String, to page: inout Exposition)
    /// From now on every measurement only counts as lost.
    func drops(into counter: CounterSeries)
}

/// A value behind a lock, and where measurements are counted that have no place of their own.
private struct Measured<Value: Sendable>: Sendable {
    private let box: NIOLockedValueBox<(value: Value, lost: CounterSeries?)>

    init(_ value: Value) { box = NIOLockedValueBox((value, nil)) }

    var value: Value { box.withLockedValue { $0.value } }

    func change(_ change: (inout Value) -> Void) {
        let lost = box.withLockedValue { state -> CounterSeries? in
            if state.lost == nil { change(&state.value) }
            return state.lost
        }
        lost?.increment(by: 1.0)
    }

    func drops(into counter: CounterSeries) { box.withLockedValue { $0.lost = counter } }
}

/// Only goes up.
final class CounterSeries: Series, CounterHandler, FloatingPointCounterHandler {
    private let total = Measured(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { total.change { $0 += max(0, amount) } }
    func reset() { total.change { $0 = 0 } }

    func write(_ name: String, labels: String, to page: inout Exposition) { page.sample(name, labels: labels, value: total.value) }
    func drops(into counter: CounterSeries) { total.drops(into: counter) }
}

/// The last value.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    private let current = Measured(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.change { $0 = value } }
    func increment(by amount: Double) { current.change { $0 += amount } }
    func decrement(by amount: Double) { current.change { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(_ name: String, labels: String, to page: inout Exposition) { page.sample(name, labels: labels, value: current.value) }
    func drops(into counter: CounterSeries) { current.drops(into: counter) }
}

/// Sum and number of values of any unit.
final class SummarySeries: Series, RecorderHandler {
    private let totals = Measured((sum: 0.0, count: 0))

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        totals.change {
            $0.sum += value
            $0.count += 1
        }
    }

    func write(_ name: String, labels: String, to page: inout Exposition) {
        let totals = totals.value
        page.sample(name + "_sum", labels: labels, value: totals.sum)
        page.sample(name + "_count", labels: labels, value: Double(totals.count))
    }
    func drops(into counter: CounterSeries) { totals.drops(into: counter) }
}

/// Durations in seconds, in buckets from a millisecond, where API calls are, to ten minutes, where late posts are.
final class HistogramSeries: Series, TimerHandler {
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]

    /// The last count is of those above every bound.
    private let values = Measured((sum: 0.0, counts: [Int](repeating: 0, count: HistogramSeries.bounds.count + 1)))

    func recordNanoseconds(_ duration: Int64) {
        let seconds = Double(duration) / 1e9
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        values.change {
            $0.sum += seconds
            $0.counts[bucket] += 1
        }
    }

    func write(_ name: String, labels: String, to page: inout Exposition) {
        let (sum, counts) = values.value
        var reached = 0
        for (bound, count) in zip(Self.bounds + [.infinity], counts) {
            reached += count
            let le = "le=\"\(Exposition.number(bound))\""
            page.sample(name + "_bucket", labels: labels.isEmpty ? le : labels + "," + le, value: Double(reached))
        }
        page.sample(name + "_sum", labels: labels, value: sum)
        page.sample(name + "_count", labels: labels, value: Double(reached))
    }
    func drops(into counter: CounterSeries) { values.drops(into: counter) }
}
