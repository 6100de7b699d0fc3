// coracle fit. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CCoracle
import Foundation

/// Says whether a model fits a machine that is not here, and about how fast it runs there.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Say whether a model fits a board, and about how fast it will run there.",
    discussion: """
      Plans a session for a hardware profile, without running anything, and estimates the time of each operator. Exit codes: 0 the model fits, \
      2 it takes more memory than the profile's budget, or than its machine has.

        coracle fit mobilenet_v2.onnx --profile raspberry-pi-4
        coracle fit ocr.coracle --profile rk3588 --threads 2 --shape x=1,3,48,320 --json

      The assumptions are printed; docs/profiles.md compares estimates with published measurements.
      """)

  @OptionGroup var source: ModelArguments
  @OptionGroup var session: SessionArguments
  @OptionGroup var shapes: ShapeArguments
  @Flag(help: "Print JSON, with every operator.")
  var json = false

  /// The result; property names are the keys of the JSON form.
  private struct Report: Encodable {
    struct Operator: Encodable {
      let node: Int
      let name, `operator`, kernel: String
      let operations, bytes: Int
      let computeMs, memoryMs: Double?
    }
    let model, profile: String
    let threads: Int
    /// Bytes that a session allocates, those of the mapped weights, and both.
    let weightBytes, arenaBytes, scratchBytes, packedBytes, stateBytes, sessionBytes, peakBytes: UInt64
    /// The profile's memory budget, for the session alone; its machine's memory, for everything.
    let budgetBytes, memoryBytes: UInt64?
    let fits: Bool
    let milliseconds: Double?
    let calibration: Calibration?
    let isCalibrated: Bool
    var operators: [Operator]
  }

  func validate() throws {
    if session.profile == nil { throw ValidationError("--profile says which machine: a stock one's name (coracle profile list) or a JSON file.") }
  }

  func run() throws {
    let report = try withModelFile(source.model, parameters: source.parameters) { try planned($0) }
    json ? try printJSON(report) : printText(report)
    if !report.fits { throw ExitCode(2) }
  }

  private func planned(_ path: String) throws -> Report {
    let name = session.profile ?? "native"
    let profile = try hardwareProfile(name)
    let model = try RuntimeModel(path: path, trustWeights: true)
    let extents = try concreteShapes(model, given: shapes.shapes)
    let planned = try RuntimeSession(model, session.settings)
    for (index, port) in model.inputs.enumerated() where port.shape != extents[index] { try planned.resizeInput(index, to: extents[index]) }
    let memory = try planned.memory()
    let threads = session.threads ?? max(1, Int(profile.thread_count))
    let known = Calibration.of(profile: name)
    let calibration = known ?? .usual(memoryBandwidth: profile.memory_bandwidth)
    let estimate = LatencyEstimate(profile, calibration, threads: threads)
    let nodes = try ModelFileContents(path: path).document.nodes
    var operators: [Report.Operator] = []
    for index in 0..<min(planned.nodeCount, nodes.count) {
      let plan = try planned.node(index)
      // Nothing is executed for constants and views.
      guard plan.evaluated_at_prepare == 0, let kernel = plan.kernel_name.map({ String(cString: $0) }), !kernel.isEmpty else { continue }
      let work = try OperatorWork(nodes[index], in: planned)
      let time = estimate?.milliseconds(operations: work.operations ?? 0, bytes: work.bytes, kernel: kernel)
      operators.append(.init(node: index, name: plan.name.map { String(cString: $0) } ?? "", operator: plan.operator_name.map { String(cString: $0) } ?? "",
        kernel: kernel, operations: work.operations ?? 0, bytes: work.bytes, computeMs: time?.compute, memoryMs: time?.memory))
    }
    let allocated = memory.arena_bytes + memory.scratch_bytes + memory.packed_bytes + memory.state_bytes
    let peak = allocated + memory.weight_bytes
    func nonzero(_ bytes: UInt64) -> UInt64? { bytes == 0 ? nil : bytes }
    return Report(model: source.model, profile: name, threads: threads, weightBytes: memory.weight_bytes, arenaBytes: memory.arena_bytes,
      scratchBytes: memory.scratch_bytes, packedBytes: memory.packed_bytes, stateBytes: memory.state_bytes, sessionBytes: allocated, peakBytes: peak,
      budgetBytes: nonzero(profile.memory_budget), memoryBytes: nonzero(profile.memory_bytes),
      fits: allocated <= nonzero(profile.memory_budget) ?? .max && peak <= nonzero(profile.memory_bytes) ?? .max,
      milliseconds: estimate == nil ? nil : operators.reduce(0) { $0 + ($1.computeMs ?? 0) + ($1.memoryMs ?? 0) },
      calibration: estimate == nil ? nil : calibration, isCalibrated: known != nil, operators: operators)
  }

  private func printText(_ report: Report) {
    print("\(report.model) on \(report.profile), \(report.threads) thread\(report.threads == 1 ? "" : "s")")
    var table = TextTable("", ">", "")
    table.add("weights", byteText(report.weightBytes), "mapped")
    table.add("arena", byteText(report.arenaBytes), "activations, inputs and outputs")
    table.add("scratch", byteText(report.scratchBytes), "")
    table.add("packed weights", byteText(report.packedBytes), "")
    table.add("state", byteText(report.stateBytes), "")
    table.add("session", byteText(report.sessionBytes), report.budgetBytes.map { "of a budget of \(byteText($0))" } ?? "no budget in the profile")
    table.add("peak", byteText(report.peakBytes), report.memoryBytes.map { "of a memory of \(byteText($0))" } ?? "")
    if let milliseconds = report.milliseconds { table.add("a run", millisecondText(milliseconds), "ms, estimated") }
    print(table.text())
    print(report.fits ? "It fits." : "It does not fit: \(missing(report)).")
    guard let calibration = report.calibration, let total = report.milliseconds, total > 0 else {
      return print("No estimate of time: the profile does not tell the cores' clock and multiply-adds, or the memory's bandwidth.")
    }
    print("\nEstimated time by kind of operator")
    var kinds = TextTable("operator", ">count", ">computing, ms", ">moving bytes, ms", ">share")
    func time(_ list: [Report.Operator]) -> (Double, Double) { list.reduce((0, 0)) { ($0.0 + ($1.computeMs ?? 0), $0.1 + ($1.memoryMs ?? 0)) } }
    for (kind, group) in Dictionary(grouping: report.operators, by: \.operator).sorted(by: { time($0.value) > time($1.value) }) {
      let (compute, memory) = time(group)
      kinds.add(kind, String(group.count), millisecondText(compute), millisecondText(memory), shareText((compute + memory) / total))
    }
    print(kinds.text())
    print("""

      Assumptions: \(report.isCalibrated ? "calibrated by the profile's published measurements" : "not calibrated, as usual for boards"): cores do \
      \(calibration.computePercent) % of their multiply-adds while they compute, and an operator's tensors move at \
      \(String(format: "%.1f", Double(calibration.bandwidth) / 1e9)) GB/s, after each other. float32. Kernels, and with them scratch and packed bytes, are \
      those of this machine's instructions. Weights are not packed in the file unless it was made for its machine.
      """)
  }

  private func missing(_ report: Report) -> String {
    if let budget = report.budgetBytes, report.sessionBytes > budget { return "a session takes \(byteText(report.sessionBytes - budget)) more than the budget" }
    return "\(byteText(report.peakBytes - (report.memoryBytes ?? 0))) more than the memory there is"
  }
}
