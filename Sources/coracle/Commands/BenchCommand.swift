// coracle bench. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CCoracle
import Foundation

/// Times a model.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time a model: load, prepare, first run, median, 90th percentile, peak memory.",
    discussion: """
      Inputs are random (always the same: floats in -1 ..< 1, integers 0 or 1) unless --input gives arrays. An open first extent is \
      taken as 1, other open extents need --shape. Times are wall time in milliseconds; the first run is not among the measured ones. \
      Peak memory is the process's largest resident set, to be read beside what it had before the model was opened.

        coracle bench resnet50.coracle --threads 1 --runs 50
        coracle bench ocr.coracle --shape x=1,3,48,320 --ops
        coracle bench ocr.coracle --shape 1,3,48,320 --json
      """)

  @OptionGroup var source: ModelArguments
  @OptionGroup var session: SessionArguments
  @Option(help: "How many runs are measured.")
  var runs = 20
  @OptionGroup var shapes: ShapeArguments
  @OptionGroup var inputs: InputArguments
  @Flag(help: "Give the time by operator.")
  var ops = false
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if !(1...1_000_000).contains(runs) { throw ValidationError("--runs must be 1 to 1000000.") }
  }

  /// The result; property names are the keys of the JSON form.
  private struct Report: Encodable {
    struct Memory: Encodable {
      let arenaBytes, scratchBytes, packedBytes, stateBytes, weightBytes: UInt64
      var peakBytes: UInt64?
      var baselineBytes: UInt64?
    }
    let model: String
    let library: String
    let threads: Int
    let runs: Int
    let inputShapes: [String: [Int]]
    let loadMs, prepareMs, firstMs, medianMs, p90Ms, minimumMs, meanMs: Double
    let memory: Memory
    var operators: [OperatorTimes.Entry]?
  }

  func run() throws {
    let report = try withModelFile(source.model, parameters: source.parameters) { try measure($0) }
    json ? try printJSON(report) : printText(report)
  }

  private func measure(_ path: String) throws -> Report {
    let baseline = processMemory("VmRSS")
    let clock = ContinuousClock()
    var start = clock.now
    let model = try RuntimeModel(path: path)
    let load = milliseconds(clock.now - start)

    let arrays = try inputs.arrays(for: model)
    let given = shapes.shapes + arrays.map { NamedShape(name: model.inputs[$0.key].name, shape: $0.value.shape) }
    let extents = try concreteShapes(model, given: given)
    var sequence = FixedSequence()
    let tensors = try model.inputs.indices.map {
      try arrays[$0] ?? randomTensor(type: model.inputs[$0].type, shape: extents[$0], from: &sequence)
    }
    let times = ops ? OperatorTimes() : nil
    start = clock.now
    let session = try RuntimeSession(model, session.settings, observer: times)
    for (index, tensor) in tensors.enumerated() { try session.bindInput(index, tensor) }
    try session.prepare()
    let prepare = milliseconds(clock.now - start)
    start = clock.now
    try session.run()
    let first = milliseconds(clock.now - start)

    times?.isCollecting = true
    var measured: [Double] = []
    measured.reserveCapacity(runs)
    for run in 0..<runs {
      start = clock.now
      try session.run()
      measured.append(milliseconds(clock.now - start))
      if run % 8 == 7 { ProgressBar.show(Double(run + 1) / Double(runs), "run \(run + 1) of \(runs)") }
    }
    ProgressBar.clear()
    let memory = try session.memory()
    let sorted = measured.sorted()
    return Report(
      model: source.model, library: String(cString: coracle_build_description()), threads: threadCount, runs: runs,
      inputShapes: Dictionary(zip(model.inputs.map(\.name), extents)) { first, _ in first },
      loadMs: load, prepareMs: prepare, firstMs: first, medianMs: percentile(sorted, 0.5), p90Ms: percentile(sorted, 0.9),
      minimumMs: sorted.first ?? 0, meanMs: measured.reduce(0, +) / Double(runs),
      memory: .init(arenaBytes: memory.arena_bytes, scratchBytes: memory.scratch_bytes, packedBytes: memory.packed_bytes,
        stateBytes: memory.state_bytes, weightBytes: memory.weight_bytes, peakBytes: processMemory("VmHWM"), baselineBytes: baseline),
      operators: try times?.sorted(runs: runs, session: session, document: ModelFileContents(path: path).document))
  }

  /// The threads that the session runs on: as told, else the profile's, as coracle_session_options says.
  private var threadCount: Int {
    if let threads = session.threads { return threads }
    return max(1, Int((try? hardwareProfile(session.profile ?? "native").thread_count) ?? 1))
  }

  private func printText(_ report: Report) {
    let shapes = report.inputShapes.sorted { $0.key < $1.key }.map { "\($0.key) \(shapeText($0.value))" }.joined(separator: ", ")
    print("\(report.model): \(report.runs) runs, \(report.threads) thread\(report.threads == 1 ? "" : "s"); \(shapes)")
    var table = TextTable("", ">", "")
    for (name, value) in [("load", report.loadMs), ("prepare", report.prepareMs), ("first run", report.firstMs), ("median", report.medianMs),
      ("90th percentile", report.p90Ms), ("fastest", report.minimumMs)] {
      table.add(name, millisecondText(value), "ms")
    }
    let memory = report.memory
    if let peak = memory.peakBytes {
      table.add("peak memory", byteText(peak), memory.baselineBytes.map { "of which \(byteText($0)) before the model was opened" } ?? "")
    }
    table.add("weights", byteText(memory.weightBytes), "mapped")
    table.add("arena", byteText(memory.arenaBytes), "+ scratch \(byteText(memory.scratchBytes)), packed weights \(byteText(memory.packedBytes)), "
      + "state \(byteText(memory.stateBytes))")
    print(table.text())
    guard let entries = report.operators else { return }
    print("\nTime by kind of operator, of one run")
    var kinds = TextTable("operator", ">count", ">ms", ">share")
    for (kind, group) in Dictionary(grouping: entries, by: \.operator).sorted(by: { total($0.value) > total($1.value) }) {
      kinds.add(kind, String(group.count), millisecondText(total(group)), shareText(group.reduce(0) { $0 + $1.share }))
    }
    print(kinds.text())
    print("\nTime by operator, of one run; operations and bytes a second of its fastest call")
    var operators = TextTable(">share", ">ms", ">fastest", ">GFLOP/s", ">GB/s", ">#", "operator", "name", "kernel")
    for entry in entries {
      operators.add(shareText(entry.share), millisecondText(entry.milliseconds), millisecondText(entry.minimumMs), rateText(entry.gigaflops),
        rateText(entry.gigabytes), String(entry.node), entry.operator, shortened(entry.name, to: 48), "\(entry.backend): \(entry.kernel)")
    }
    print(operators.text())
  }

  private func total(_ entries: [OperatorTimes.Entry]) -> Double { entries.reduce(0) { $0 + $1.milliseconds } }
  private func rateText(_ rate: Double?) -> String { rate.map { String(format: "%.1f", $0) } ?? "" }
}

private func milliseconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) * 1e-15
}

/// Nearest-rank percentile of sorted values (the middle pair's mean for the median of an even count).
private func percentile(_ sorted: [Double], _ part: Double) -> Double {
  guard !sorted.isEmpty else { return 0 }
  if part == 0.5, sorted.count % 2 == 0 { return (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2 }
  return sorted[min(sorted.count - 1, max(0, Int((part * Double(sorted.count)).rounded(.up)) - 1))]
}
