// Legacy control flow as PIR's `if` and `while`: blocks that write the variables around them become results of the operation.
// SPDX-License-Identifier: Apache-2.0

/// What a `conditional_block` wrote that did not exist before it: a value only once `select_input` joins it with another branch.
struct PendingBranch {
  /// The operations of the branch, without its yield.
  var block: PaddleBlock
  /// The value inside the branch.
  var inner: PaddleValue
}

extension LegacyReader {
  /// Loop values are the outer variables that the body writes, and the condition is one of them.
  mutating func readWhile(_ source: LegacyOperation) throws {
    guard let body = source.integer("sub_block"), let condition = source.inputs("Condition").first else {
      throw fault("a while needs a sub_block and a Condition")
    }
    let carried = carriedVariables(ofBlock: body)
    let initial = try carried.map { try value($0) }
    let initialCondition = try value(condition)
    scopes.append([:])
    let arguments = carried.map { define($0) }
    var block = try readBlock(body)
    let next = try carried.map { try value($0) }
    block.operations.append(PaddleOperation(name: "cf.yield", operands: [try value(condition)] + next, location: location))
    block.arguments = arguments
    scopes.removeLast()
    let results = carried.map { define($0) }
    emit("while", [initialCondition] + initial, results, blocks: [block])
  }

  mutating func readConditionalBlock(_ source: LegacyOperation) throws {
    guard let index = source.integer("sub_block"), let condition = source.inputs("Cond").first else {
      throw fault("a conditional_block needs a sub_block and a Cond")
    }
    let changed = carriedVariables(ofBlock: index)
    let before = try changed.map { try value($0) }
    scopes.append([:])
    let block = try readBlock(index)
    let inside = scopes.removeLast()
    for name in source.outputs("Out") where !changed.contains(name) {
      guard let inner = inside[name] else { continue }
      pendingBranches[define(name)] = PendingBranch(block: block, inner: inner)
    }
    guard !changed.isEmpty else { return }
    var taken = block
    taken.operations.append(PaddleOperation(name: "cf.yield", operands: changed.map { inside[$0] }, location: location))
    let kept = PaddleBlock(operations: [PaddleOperation(name: "cf.yield", operands: before, location: location)])
    let test = try value(condition)
    emit("if", [test], changed.map { define($0) }, blocks: [taken, kept])
  }

  /// `Mask` 0 takes the first of X, 1 the second; each is a variable of a pending branch, or an ordinary one.
  mutating func readSelectInput(_ source: LegacyOperation) throws {
    let names = source.inputs("X")
    guard names.count == 2 else { throw fault("a select_input with \(names.count) inputs; 2 are supported") }
    let condition = compute("cast", [try variable(source, "Mask")], ["dtype": .element(.boolean)])
    let blocks = try [names[1], names[0]].map { name in
      let outer = try value(name)
      var block = pendingBranches[outer]?.block ?? PaddleBlock()
      block.operations.append(PaddleOperation(name: "cf.yield", operands: [pendingBranches[outer]?.inner ?? outer], location: location))
      return block
    }
    emit("if", [condition], [result(source, "Out")], blocks: blocks)
  }

  /// Variables that exist around a block and that it writes, each once, in the order of the first write.
  private func carriedVariables(ofBlock index: Int) -> [String] {
    var seen = Set<String>()
    return writes(ofBlock: index).filter { name in
      !isLocal(name, toBlock: index) && scopes.contains { $0[name] != nil } && seen.insert(name).inserted
    }
  }
}
