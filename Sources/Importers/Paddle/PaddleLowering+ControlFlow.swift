// Paddle's `if` and `while`.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension PaddleLowering {
  func lowerControlFlow(_ operation: PaddleOperation) throws -> [Lowered?]? {
    switch operation.name {
    case "if":
      guard operation.blocks.count == 2 else { throw ImportError.malformed("an if with \(operation.blocks.count) blocks, 2 expected") }
      let condition = single(try tensor(operation, 0), as: .boolean)
      let then = try inner(operation.blocks[0], name: "then") { _ in }
      let otherwise = try inner(operation.blocks[1], name: "else") { _ in }
      return try builder.conditional(condition, then: then, otherwise: otherwise).map { .tensor($0) }
    case "while":
      guard let body = operation.blocks.first, operation.blocks.count == 1 else { throw ImportError.malformed("a while with \(operation.blocks.count) blocks, 1 expected") }
      let initial = try (1..<max(operation.operands.count, 1)).map { try tensor(operation, $0) }
      guard body.arguments.count == initial.count else {
        throw ImportError.malformed("a while with \(initial.count) values whose body takes \(body.arguments.count)")
      }
      let condition = single(try tensor(operation, 0), as: .boolean)
      let graph = try inner(body, name: "body") { builder in
        builder.input(name: builder.freshName("iteration"), type: .int64, shape: [])
        builder.input(name: builder.freshName("condition"), type: .boolean, shape: [])
        for (argument, value) in zip(body.arguments, initial) {
          let declared = declared(argument)
          let type = try declared.map { try elementType($0.element) } ?? value.type
          bind(argument, .tensor(builder.input(name: builder.freshName("carried"), type: type, shape: declared?.shape ?? value.shape)))
        }
      }
      return try builder.loop(tripCount: nil, condition: condition, initial: initial, body: graph).map { .tensor($0) }
    default: return nil
    }
  }

  /// One element of the given type with rank 0.
  private func single(_ value: Value, as type: ElementType) -> Value { builder.cast(scalar(value), to: type) }

  /// The graph of a block; what its yield names become its outputs. The first output of a loop's body is its condition.
  private func inner(_ block: PaddleBlock, name: String, prepare: (GraphBuilder) throws -> Void) throws -> Graph {
    let outer = builder
    defer { builder = outer }
    builder = outer.inner(name: name)
    try prepare(builder)
    let isLoop = !builder.graph.inputs.isEmpty
    for operation in block.operations where operation.name != "cf.yield" { lower(operation) }
    guard let yield = block.operations.last, yield.name == "cf.yield" else { throw ImportError.malformed("a block without a yield at its end") }
    var taken = Set<ObjectIdentifier>()
    for index in yield.operands.indices {
      var value = try tensor(yield, index)
      if isLoop && index == 0 { value = single(value, as: .boolean) }
      // Outputs are values of the inner graph itself, each once.
      let isOwn = builder.graph.nodes.contains { $0.outputs.contains { $0 === value } }
      if !isOwn || !taken.insert(ObjectIdentifier(value)).inserted {
        value = builder.identity(value)
        taken.insert(ObjectIdentifier(value))
      }
      builder.graph.outputs.append(value)
    }
    return builder.graph
  }
}
