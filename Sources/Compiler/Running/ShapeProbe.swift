// Finding out shapes by asking the runtime, whose rules they are. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Plans a graph in the runtime for one or more shapes of its inputs, and tells the shapes of all values.
struct ShapeProbe {
  let graph: Graph

  /// What one trial found.
  struct Trial {
    var shapes: [ObjectIdentifier: [Int]]
    var types: [ObjectIdentifier: ElementType]
    var offsets: [ObjectIdentifier: Int]
    var arenaBytes: Int
  }

  init(_ graph: Graph) { self.graph = graph }

  /// Every value of the graph, inner graphs included, each once.
  private var values: [Value] {
    var seen: Set<ObjectIdentifier> = []
    var all: [Value] = []
    func add(_ graph: Graph) {
      for case let value? in graph.inputs + graph.outputs + graph.nodes.flatMap({ $0.outputs }) where value.constant == nil {
        if seen.insert(ObjectIdentifier(value)).inserted { all.append(value) }
      }
      for node in graph.nodes { node.innerGraphs.forEach(add) }
    }
    add(graph)
    return all
  }

  /// Plans for `shapes`, one for each input; throws the runtime's refusal.
  func trial(_ shapes: [[Int]]) throws -> Trial { try ShapeProbe.trial(RuntimeModel(MemoryModel.withoutWeights(graph)), graph, values, shapes) }

  /// Gives every value the shape that follows from those of the inputs; values of which only a run tells the shape keep what they have. Throws the runtime's
  /// refusal.
  func fill() throws {
    let shapes = try trial(graph.inputs.map { $0.shape ?? [] }).shapes
    for value in values { if let shape = shapes[ObjectIdentifier(value)] { value.shape = shape } }
  }

  private static func trial(_ model: RuntimeModel, _ graph: Graph, _ values: [Value], _ shapes: [[Int]]) throws -> Trial {
    for (index, shape) in shapes.enumerated() where graph.inputs[index].shape != shape { try model.resize(index, shape) }
    var trial = Trial(shapes: [:], types: [:], offsets: [:], arenaBytes: try model.plan())
    for value in values {
      guard let placed = model.placed(value) else { continue }
      if placed.type != .none { trial.types[ObjectIdentifier(value)] = placed.type }
      guard placed.isPlanned else { continue }
      if placed.shape.allSatisfy({ $0 >= 0 }) { trial.shapes[ObjectIdentifier(value)] = placed.shape }
      trial.offsets[ObjectIdentifier(value)] = placed.offset
    }
    return trial
  }

  /// Extents to try where inputs leave them open, by position in the shape, as pairs that must both succeed.
  private static var assignments: [[(Int) -> Int]] {
    func extents(_ list: [Int]) -> (Int) -> Int { { list[min($0, list.count - 1)] } }
    return [
      [extents([2, 64, 96, 160]), extents([3, 96, 160, 64])],
      [extents([2, 32, 64, 96]), extents([3, 64, 96, 128])],
      [extents([1, 3, 320, 640]), extents([2, 3, 640, 320])],
      [extents([1, 320, 320, 320]), extents([2, 640, 640, 640])],
      [extents([2, 3, 48, 320]), extents([3, 3, 48, 160])],
      [extents([4]), extents([8])],
      [extents([64]), extents([96])],
      [extents([1, 64, 96, 160]), extents([1, 96, 160, 64])],
      [extents([1, 320, 320, 320]), extents([1, 640, 640, 640])],
      [extents([1, 3, 320, 640]), extents([1, 3, 640, 320])],
    ]
  }

  /// An assignment's extents times `factor` where they are open indeed: what two near trials have in common, such as one frame of a short sound,
  /// need not be fixed.
  private static func witness(_ assignment: [(Int) -> Int], _ factor: Int) -> (Int) -> Int {
    { position in
      let extents = assignment.map { $0(position) }
      return extents.allSatisfy { $0 == extents[0] } ? extents[0] : extents[0] * factor
    }
  }

  /// Shapes of every input with `extent` in the open places; nil where a rank is unknown.
  private func inputShapes(_ extent: (Int) -> Int) -> [[Int]]? {
    var shapes: [[Int]] = []
    for input in graph.inputs {
      guard let shape = input.shape else { return nil }
      shapes.append(shape.indices.map { shape[$0] < 0 ? extent($0) : shape[$0] })
    }
    return shapes
  }

  /// Fills `Value.shape` and `Value.type` of all values, and the knowledge of whole shapes. Open is what differs between trials.
  /// Gives what the runtime refused, if it refused every trial; the graph is then as it was.
  func learn(into knowledge: ShapeKnowledge) -> String? {
    let isOpen = graph.inputs.contains { $0.shape?.contains { $0 < 0 } ?? true }
    var refusal: String?
    do {
      let model = try RuntimeModel(MemoryModel.withoutWeights(graph))
      let all = values
      for assignment in isOpen ? ShapeProbe.assignments : [[{ _ in 1 }]] {
        do {
          var trials: [Trial] = []
          for extent in assignment {
            guard let shapes = inputShapes(extent) else { return "The rank of an input is not known." }
            trials.append(try ShapeProbe.trial(model, graph, all, shapes))
          }
          // A model may refuse them: tables of positions have an end.
          let witnesses = !isOpen ? [] : [5, 37].compactMap { factor in
            inputShapes(ShapeProbe.witness(assignment, factor)).flatMap { try? ShapeProbe.trial(model, graph, all, $0) }
          }
          record(trials, witnesses, all, knowledge)
          return nil
        } catch { refusal = refusal ?? "\(error)" }
      }
    } catch { refusal = "\(error)" }
    return refusal
  }

  private func record(_ trials: [Trial], _ witnesses: [Trial], _ values: [Value], _ knowledge: ShapeKnowledge) {
    let inputs = Set(graph.inputs.map { ObjectIdentifier($0) })
    for value in values {
      let key = ObjectIdentifier(value)
      if let type = trials.last?.types[key], value.type == .none { value.type = type }
      var shapes = trials.compactMap { $0.shapes[key] }
      guard shapes.count == trials.count, let first = shapes.first else { continue }
      shapes += witnesses.compactMap { $0.shapes[key] }
      guard shapes.allSatisfy({ $0.count == first.count }) else { continue }
      knowledge.record(value, shapes)
      if !inputs.contains(key) { value.shape = first.indices.map { axis in shapes.allSatisfy { $0[axis] == first[axis] } ? first[axis] : -1 } }
    }
  }
}
