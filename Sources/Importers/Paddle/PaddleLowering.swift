// From a Paddle program to a graph: one lowering for both formats.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Walks a program in order and appends to a graph what each operation means.
///
/// An operation that cannot be converted is noted in the report and gets placeholder results, so that one error names all of them.
/// The families of operators stand in extensions; each gives the results of an operation it knows, and nil for others.
final class PaddleLowering {
  /// What a value of the program has become.
  enum Lowered {
    case tensor(Value)
    /// Of `combine`, and of operators with a list of results.
    case list([Value?])
  }

  let program: PaddleProgram
  let report = ImportReport()
  /// Appends to the graph of the block that is being read.
  var builder: GraphBuilder
  private var environment: [PaddleValue: Lowered] = [:]
  private let tensors: [String: PaddleTensor]
  private var fetches: [(column: Int, name: String, value: Value)] = []

  init(_ program: PaddleProgram, tensors: [String: PaddleTensor], name: String) {
    self.program = program
    self.tensors = tensors
    builder = GraphBuilder(graph: Graph(name: name))
  }

  /// Converts the whole program.
  /// - Throws: one error that lists everything that has no counterpart here.
  func lower() throws -> Graph {
    for parameter in program.parameters { environment[parameter.value] = .tensor(try constant(of: parameter)) }
    for operation in program.block.operations { lower(operation) }
    try report.finish()
    try setOutputs()
    return builder.graph
  }

  private func constant(of parameter: PaddleParameter) throws -> Value {
    let stored: PaddleTensor
    if let tensor = tensors[parameter.name] {
      stored = tensor
    } else if !parameter.isStored {
      // State that training needs and inference reads as nothing, such as the state of a dropout.
      let shape = parameter.type.shape.map { max($0, 0) }
      guard let made = try ParameterSource.zeros(for: [PaddleParameter(name: parameter.name, value: parameter.value,
        type: PaddleTensorType(element: parameter.type.element, shape: shape), isStored: false)])[parameter.name] else {
        throw ImportError.malformed("weight \(parameter.name) has no value")
      }
      stored = made
    } else {
      throw ImportError.malformed("weight \(parameter.name) is not in the parameters file")
    }
    guard let constant = stored.constant() else {
      throw ImportError.unsupported("weight \(parameter.name) has the element type \(parameter.type.element), which is not supported")
    }
    return Value(name: parameter.name, constant: constant)
  }

  /// Paddle's fetches by column become the outputs, each a value of its own under the name it is fetched by.
  private func setOutputs() throws {
    guard !fetches.isEmpty else { throw ImportError.malformed("the Paddle program gives no output (it has no fetch)") }
    let produced = Set(builder.graph.nodes.flatMap { $0.outputs.compactMap { $0.map { ObjectIdentifier($0) } } })
    var taken = Set<ObjectIdentifier>()
    for fetch in fetches.sorted(by: { $0.column < $1.column }) {
      let isOwn = produced.contains(ObjectIdentifier(fetch.value)) && taken.insert(ObjectIdentifier(fetch.value)).inserted
      let output = isOwn ? fetch.value : builder.identity(fetch.value)
      output.name = fetch.name
      builder.graph.outputs.append(output)
    }
  }

  // MARK: Operations

  func lower(_ operation: PaddleOperation) {
    builder.location = operation.location
    builder.prefix = operation.attributes["struct_name"]?.string.map { $0.split(separator: "/").joined(separator: "/") } ?? ""
    do {
      guard let results = try results(of: operation) else {
        let name = operation.name.hasPrefix("legacy.") ? String(operation.name.dropFirst(7)) : operation.name
        report.addUnknownOperator(name, location: operation.location)
        return bindPlaceholders(operation)
      }
      for (index, value) in operation.results.enumerated() {
        guard let value, index < results.count, let result = results[index] else { continue }
        bind(value, result, keepsType: operation.name == "quantize_linear")
      }
    } catch {
      report.add(error, operatorName: operation.name, location: operation.location)
      bindPlaceholders(operation)
    }
  }

  private typealias Family = (PaddleLowering) -> (PaddleOperation) throws -> [Lowered?]?

  private static let families: [Family] = [
    lowerProgram, lowerElementwise, lowerBinary, lowerReduction, lowerShape, lowerSlicing, lowerCreation, lowerLinear, lowerConvolution,
    lowerImage, lowerNormalization, lowerIndexing, lowerRecurrent, lowerDetection, lowerQuantization, lowerControlFlow,
  ]

  private func results(of operation: PaddleOperation) throws -> [Lowered?]? {
    for family in Self.families {
      if let results = try family(self)(operation) { return results }
    }
    return nil
  }

  /// What holds the program together: inputs, outputs, lists, and copies.
  private func lowerProgram(_ operation: PaddleOperation) throws -> [Lowered?]? {
    switch operation.name {
    case "data", "feed":
      guard let element = operation.attributes["dtype"]?.element, let shape = operation.attributes["shape"]?.integers else {
        throw ImportError.malformed("a graph input without element type or shape")
      }
      let name = operation.string("name", default: "input_\(builder.graph.inputs.count)")
      return [.tensor(builder.input(name: name, type: try elementType(element), shape: shape.map { max($0, -1) }))]
    case "fetch", "builtin.shadow_output":
      let name = operation.attributes["name"]?.string ?? operation.attributes["output_name"]?.string ?? "output_\(fetches.count)"
      fetches.append((operation.integer("col", default: fetches.count), name, try tensor(operation, 0)))
      return []
    case "builtin.combine":
      return [.list(try operation.operands.map { operand in
        guard let operand else { return nil }
        guard case .tensor(let value) = try lowered(operand) else { throw ImportError.unsupported("a list of lists") }
        return value
      })]
    case "builtin.split": return try list(operation, 0).map { $0.map { .tensor($0) } }
    case "builtin.slice":
      let parts = try list(operation, 0)
      let index = operation.integer("index", default: 0)
      guard parts.indices.contains(index), let part = parts[index] else { throw ImportError.unsupported("part \(index) of a list of \(parts.count)") }
      return [.tensor(part)]
    case "assign", "share_data", "memcpy", "memcpy_h2d", "memcpy_d2h", "npu_identity", "depend", "assign_out", "print":
      return [.tensor(try tensor(operation, 0))]
    case "assert": return []
    default: return nil
    }
  }

  // MARK: Values

  /// The counterpart of an element type: every floating-point type computes in float32 here.
  func elementType(_ element: PaddleElement) throws -> ElementType {
    switch element {
    case .float16, .bfloat16, .float32, .float64: .float32
    case .int64: .int64
    case .int32: .int32
    case .int16: .int16
    case .int8: .int8
    case .uint8: .uint8
    case .boolean: .boolean
    case .complex64, .complex128, .float8e4m3, .float8e5m2: throw ImportError.unsupported("the element type \(element)")
    }
  }

  func lowered(_ value: PaddleValue) throws -> Lowered {
    guard let lowered = environment[value] else { throw ImportError.malformed("value %\(value) is used before it is defined") }
    return lowered
  }

  /// What the file declares of a tensor.
  func declared(_ value: PaddleValue?) -> PaddleTensorType? {
    guard let value, case .tensor(let type)? = program.types[value] else { return nil }
    return type
  }

  func bind(_ value: PaddleValue, _ result: Lowered, keepsType: Bool = false) {
    guard case .tensor(let tensor) = result, let type = declared(value) else { return environment[value] = result }
    environment[value] = .tensor(keepsType ? tensor : reconciled(tensor, with: type))
  }

  /// The result as the file declares it: its element type, and rank 0 or 1 for a single element, which changed between versions of Paddle.
  private func reconciled(_ tensor: Value, with declared: PaddleTensorType) -> Value {
    var tensor = tensor
    if tensor.type != .none, let type = try? elementType(declared.element), type != tensor.type { tensor = builder.cast(tensor, to: type) }
    guard let shape = tensor.shape else {
      tensor.shape = declared.shape.map { max($0, -1) }
      return tensor
    }
    if shape == [], declared.shape == [1] { return builder.reshape(tensor, [1]) }
    if shape == [1] || shape == [-1], declared.shape == [] { return builder.reshape(tensor, []) }
    if tensor.constant == nil, shape.count == declared.shape.count, shape.contains(-1) {
      tensor.shape = zip(shape, declared.shape).map { $0 == -1 ? max($1, -1) : $0 }
    }
    return tensor
  }

  private func bindPlaceholders(_ operation: PaddleOperation) {
    for value in operation.results {
      guard let value else { continue }
      switch program.types[value] {
      case .list(let parts)?: environment[value] = .list(parts.map { part in
        guard case .tensor(let type)? = part else { return Value(name: "placeholder") }
        return Value(name: "placeholder", type: (try? elementType(type.element)) ?? .none, shape: type.shape)
      })
      case .tensor(let type)?:
        environment[value] = .tensor(Value(name: "placeholder", type: (try? elementType(type.element)) ?? .none, shape: type.shape))
      default: environment[value] = .tensor(Value(name: "placeholder"))
      }
    }
  }
}
