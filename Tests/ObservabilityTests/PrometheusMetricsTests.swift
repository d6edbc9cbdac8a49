import Foundation
import Metrics
import Testing

@testable import Observability

@Suite struct PrometheusMetricsTests {
    private let metrics = PrometheusMetrics(seriesLimit: 3)

    private func page() throws -> ParsedExposition { try ParsedExposition(metrics.render()) }

    @Test func countersAddUpPerLabelSet() throws {
        Counter(label: "requests_total", dimensions: [("route", "/a"), ("status", "200")], factory: metrics).increment()
        Counter(label: "requests_total", dimensions: [("route", "/a"), ("status", "200")], factory: metrics).increment(by: 4)
        Counter(label: "requests_total", dimensions: [("status", "500"), ("route", "/a")], factory: metrics).increment()
        let page = try page()
        #expect(page.kinds["requests_total"] == "counter")
        #expect(page.value("requests_total", ["route": "/a", "status": "200"]) == 5)
        #expect(page.value("requests_total", ["route": "/a", "status": "500"]) == 1)
    }

    @Test func fractionsAddUpToo() throws {
        let counter = FloatingPointCounter(label: "cost_total", factory: metrics)
        for _ in 1...4 { counter.increment(by: 0.25) }
        #expect(try page().value("cost_total") == 1)
    }

    @Test func orderAndSpellingOfLabelsMakeNoSecondSeries() throws {
        Counter(label: "c_total", dimensions: [("a", "1"), ("b-c", "2")], factory: metrics).increment()
        Counter(label: "c_total", dimensions: [("b_c", "2"), ("a", "1")], factory: metrics).increment()
        #expect(try page().value("c_total", ["a": "1", "b_c": "2"]) == 2)
    }

    @Test func metersAndPlainRecordersShowTheLastValue() throws {
        let meter = Meter(label: "depth", factory: metrics)
        meter.set(7)
        meter.decrement(by: 2.5)
        Recorder(label: "ratio", aggregate: false, factory: metrics).record(0.5)
        let page = try page()
        #expect(page.kinds["depth"] == "gauge")
        #expect(page.value("depth") == 4.5)
        #expect(page.value("ratio") == 0.5)
    }

    @Test func aggregatingRecordersShowSumAndCount() throws {
        let recorder = Recorder(label: "batch_size", factory: metrics)
        recorder.record(10)
        recorder.record(32)
        let page = try page()
        #expect(page.kinds["batch_size"] == "summary")
        #expect(page.value("batch_size_sum") == 42)
        #expect(page.value("batch_size_count") == 2)
    }

    @Test func timersAreCumulativeHistogramsInSeconds() throws {
        let timer = Metrics.Timer(label: "lag_seconds", dimensions: [("platform", "x")], factory: metrics)
        timer.recordMilliseconds(4)
        timer.recordMilliseconds(10)
        timer.recordSeconds(3600)
        let page = try page()
        #expect(page.kinds["lag_seconds"] == "histogram")
        #expect(page.value("lag_seconds_bucket", ["platform": "x", "le": "0.0025"]) == 0)
        #expect(page.value("lag_seconds_bucket", ["platform": "x", "le": "0.005"]) == 1)
        #expect(page.value("lag_seconds_bucket", ["platform": "x", "le": "0.01"]) == 2)
        #expect(page.value("lag_seconds_bucket", ["platform": "x", "le": "600"]) == 2)
        #expect(page.value("lag_seconds_bucket", ["platform": "x", "le": "+Inf"]) == 3)
        #expect(page.value("lag_seconds_count", ["platform": "x"]) == 3)
        #expect(abs((page.value("lag_seconds_sum", ["platform": "x"]) ?? 0) - 3600.014) < 1e-9)
        let reached = page.samples.filter { $0.name == "lag_seconds_bucket" }.map(\.value)
        #expect(reached == reached.sorted())
    }

    @Test func labelValuesAndNamesAreWrittenAsTheFormatAllows() throws {
        let value = "a \"b\" \\ c\nd {e} ☕"
        let dimensions = [("http.route", value), ("le", "1"), ("__x", "2"), ("9", "3")]
        Counter(label: "http.server requests", dimensions: dimensions, factory: metrics).increment()
        let labels = ["http_route": value, "label_le": "1", "label___x": "2", "_9": "3"]
        #expect(try page().value("http_server_requests", labels) == 1)
    }

    @Test func tooManyLabelSetsAreDroppedAndCounted() throws {
        for number in 1...10 { Counter(label: "paths_total", dimensions: [("path", "\(number)")], factory: metrics).increment() }
        Counter(label: "paths_total", dimensions: [("path", "1")], factory: metrics).increment()
        let page = try page()
        #expect(page.samples.filter { $0.name == "paths_total" }.count == 3)
        #expect(page.value("paths_total", ["path": "1"]) == 2)
        #expect(page.value("postiz_metrics_dropped_total") == 7)
    }

    @Test func aNameKeepsItsFirstKind() throws {
        Counter(label: "mixed", factory: metrics).increment()
        Meter(label: "mixed", factory: metrics).set(9)
        let page = try page()
        #expect(page.value("mixed") == 1)
        #expect(page.value("postiz_metrics_dropped_total") == 1)
    }

    @Test func processReadingsAreTrue() throws {
        let page = try page()
        let memory = try #require(page.value("process_resident_memory_bytes"))
        #expect(memory > 1_000_000 && memory < 64e9)
        #expect(try #require(page.value("process_open_fds")) >= 3)
        #expect(try #require(page.value("process_max_fds")) >= 3)
        #expect(try #require(page.value("process_cpu_seconds_total")) > 0)
        let start = try #require(page.value("process_start_time_seconds"))
        #expect(start < Date().timeIntervalSince1970 + 5 && start > Date().timeIntervalSince1970 - 86_400)
    }

    @Test func manyThreadsLoseNothing() async throws {
        let metrics = metrics
        await withTaskGroup(of: Void.self) { group in
            for _ in 1...8 {
                group.addTask {
                    for _ in 1...1000 {
                        Counter(label: "shared_total", factory: metrics).increment()
                        Metrics.Timer(label: "shared_seconds", factory: metrics).recordMilliseconds(1)
                    }
                }
            }
        }
        let page = try page()
        #expect(page.value("shared_total") == 8000)
        #expect(page.value("shared_seconds_count") == 8000)
    }
}
