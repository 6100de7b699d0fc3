// How far the operators of one session are from those of another. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// Keeps the float outputs of every operator of a run, by the operator's place in the plan; of one that runs several times, the last.
final class LayerOutputs: OperatorObserver {
  weak var session: RuntimeSession?
  private(set) var outputs: [Int: [HostTensor]] = [:]
  /// Operators in the order of the run.
  private(set) var order: [Int] = []

  func add(_ timing: coracle_node_timing) {
    guard let session else { return }
    let node = Int(timing.node_index)
    let tensors = floatOutputs(of: node, in: session).compactMap { try? HostTensor(copying: $0) }
    guard !tensors.isEmpty else { return }
    if outputs[node] == nil { order.append(node) }
    outputs[node] = tensors
  }
}

/// Compares every operator's outputs with a reference, and may put the reference in their place, so that the next operator starts from there.
final class LayerDifferences: OperatorObserver {
  weak var session: RuntimeSession?
  private let reference: [Int: [HostTensor]]
  private let replaces: Bool
  private(set) var differences: [Int: Comparison] = [:]

  init(from reference: [Int: [HostTensor]], replaces: Bool) {
    self.reference = reference
    self.replaces = replaces
  }

  func add(_ timing: coracle_node_timing) {
    let node = Int(timing.node_index)
    guard let session, let expected = reference[node] else { return }
    for (view, reference) in zip(floatOutputs(of: node, in: session), expected) {
      guard let found = try? HostTensor(copying: view), found.shape == reference.shape else { continue }
      let comparison = Comparison(found, reference)
      // Of several outputs the one that is furthest off.
      if comparison.cosine <= differences[node]?.cosine ?? .infinity { differences[node] = comparison }
      if replaces, let source = reference.memory.bytes.baseAddress { view.data?.copyMemory(from: source, byteCount: reference.byteCount) }
    }
  }
}

/// Views of the outputs of operator `node` that are float32 and have elements.
private func floatOutputs(of node: Int, in session: RuntimeSession) -> [coracle_tensor] {
  guard let plan = try? session.node(node) else { return [] }
  return (0..<Int(plan.output_count)).compactMap { output in
    guard let index = session.outputTensor(node: node, output: output), let view = try? session.tensor(index).view else { return nil }
    return view.type == HostType.float32.rawValue && view.data != nil && view.byte_count > 0 ? view : nil
  }
}

/// An operator's row in the report; property names are the keys of the JSON form.
struct LayerRow: Encodable {
  struct Difference: Encodable {
    let cosine: Double
    let maxAbs: Double
    let maxRelative: Double

    init(_ comparison: Comparison) {
      (cosine, maxAbs, maxRelative) = (comparison.cosine, comparison.maximumAbsolute, comparison.maximumRelative)
    }
  }

  let node: Int
  let name: String
  let `operator`: String
  let backend: String
  let kernel: String
  let shape: [Int]
  /// With the reference's inputs, and with what the operators before it have made of them.
  let alone: Difference
  let soFar: Difference

  var isExact: Bool { alone.maxAbs == 0 }
}

/// The rows of a model that runs as `settings` and as `reference` say, on the same inputs, the outputs of both, and what a simulated card has counted.
func compareLayers(_ model: RuntimeModel, _ settings: SessionSettings, reference: SessionSettings, inputs: [HostTensor]) throws
  -> (rows: [LayerRow], outputs: [Comparison], counts: KunlunCounts?)
{
  func run(_ settings: SessionSettings, _ observer: OperatorObserver, _ use: (RuntimeSession) -> Void) throws -> RuntimeSession {
    let session = try RuntimeSession(model, settings, observer: observer)
    use(session)
    for (index, input) in inputs.enumerated() { try session.bindInput(index, input) }
    try session.run()
    return session
  }
  let recorded = LayerOutputs()
  let expected = try run(reference, recorded) { recorded.session = $0 }
  let alone = LayerDifferences(from: recorded.outputs, replaces: true)
  // Tensors that are replaced have other maxima than their operators have left.
  var replaced = settings
  replaced.kunlun?.linksMaxima = false
  _ = try run(replaced, alone) { alone.session = $0 }
  let soFar = LayerDifferences(from: recorded.outputs, replaces: false)
  let session = try run(settings, soFar) { soFar.session = $0 }

  let rows = try recorded.order.compactMap { node -> LayerRow? in
    guard let first = alone.differences[node], let second = soFar.differences[node] else { return nil }
    let plan = try session.node(node)
    func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
    return LayerRow(node: node, name: text(plan.name), operator: text(plan.operator_name), backend: text(plan.backend_name), kernel: text(plan.kernel_name),
      shape: recorded.outputs[node]?.first?.shape ?? [], alone: LayerRow.Difference(first), soFar: LayerRow.Difference(second))
  }
  let outputs = try model.outputs.indices.map { Comparison(try session.output($0), try expected.output($0)) }
  return (rows, outputs, session.kunlunCounts)
}
