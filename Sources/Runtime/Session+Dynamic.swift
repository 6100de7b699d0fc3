// Nodes whose shapes only the run tells, and the control flow that makes them.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Platform
import Tensors

extension Session {
  /// Applies the shape rule to what has been computed, finds memory for the outputs, and chooses the kernel.
  mutating func prepareDynamic(_ index: Int, _ error: ErrorWriter) throws(Status) {
    let view = NodeView(nodePointer(index), error)
    guard try view.infer() != .deferred else {
      throw view.fail(.internal).text("its shape is not known even now").status
    }
    for position in 0..<view.outputCount {
      guard let output = view.optionalOutput(position) else { continue }
      try giveBuffer(output, error)
    }
    try choose(index, error)
    try growScratch(max(Int(clamping: nodes[index].support.scratch_bytes), expansionBytes(index)), error)
    if nodes[index].support.packing_count > 0 { try checkBudget(error) }
    try packInputs(index, error)
  }

  /// Memory of its own for a tensor whose shape is set.
  private mutating func giveBuffer(_ tensor: MutableTensorPointer, _ error: ErrorWriter) throws(Status) {
    guard let count = tensor.shape.checkedElementCount else {
      throw error.fail(.invalidShape).text("tensor \"").name(tensor.pointee.name).text("\" would have the shape ").shape(tensor.shape).status
    }
    tensor.pointee.byte_count = count * tensor.type.size
    tensor.pointee.data = try ownBuffer(tensorIndex(tensor), tensor.pointee.byte_count, error)
  }

  /// Makes `to` a copy of `from`: type, shape and elements.
  private mutating func copy(_ from: Int, to: Int, _ error: ErrorWriter) throws(Status) {
    guard from != to else { return }
    tensors[to].type = tensors[from].type
    tensors[to].dimensions = tensors[from].dimensions
    try giveBuffer(tensors + to, error)
    if let target = tensors[to].data, let source = tensors[from].data { platform_copy(target, source, tensors[to].byte_count) }
  }

  /// The truth of a one-element boolean tensor.
  private func isTrue(_ index: Int, _ node: Int, _ error: ErrorWriter) throws(Status) -> Bool {
    let tensor = UnsafePointer(tensors + index)
    guard tensor.type == .boolean, tensor.count == 1, tensor.pointee.data != nil else {
      throw NodeView(nodePointer(node), error).fail(.invalidType).text("the condition is not one boolean").status
    }
    return tensor.elements(UInt8.self)[0] != 0
  }

  mutating func runConditional(_ index: Int, _ error: ErrorWriter) throws(Status) {
    let file = model.pointee.nodes[index].file
    guard let table = file.attributes else { return }
    let attributes = ConditionalAttributes(table)
    let chosen = try isTrue(Int(file.inputs[0]), index, error) ? attributes.thenSubgraph : attributes.elseSubgraph
    try runGraph(Int(chosen), error)
    let results = model.pointee.graphs[Int(chosen)].file.outputs
    for position in 0..<file.outputs.count where file.outputs[position] >= 0 {
      try copy(Int(results[position]), to: Int(file.outputs[position]), error)
    }
  }

  /// ONNX Loop: inputs trip count?, condition?, values…; body (iteration, condition, values…) → (condition, values…, scanned…).
  mutating func runLoop(_ index: Int, _ error: ErrorWriter) throws(Status) {
    let file = model.pointee.nodes[index].file
    guard let table = file.attributes else { return }
    let body = Int(LoopAttributes(table).body)
    let graph = model.pointee.graphs[body].file
    let valueCount = file.inputs.count - 2
    var trips = Int.max
    if file.inputs[0] >= 0 {
      let tensor = UnsafePointer(tensors + Int(file.inputs[0]))
      guard tensor.type == .int64 || tensor.type == .int32, tensor.count == 1, tensor.pointee.data != nil else {
        throw NodeView(nodePointer(index), error).fail(.invalidType).text("the trip count is not one integer").status
      }
      trips = NodeView(nodePointer(index), error).integer(tensor, 0)
    }
    var goesOn = file.inputs[1] >= 0 ? try isTrue(Int(file.inputs[1]), index, error) : true
    for position in 0..<valueCount { try copy(Int(file.inputs[2 + position]), to: Int(graph.inputs[2 + position]), error) }
    var iteration = 0
    while goesOn && iteration < trips {
      try checkCancelled(error)
      try set(Int(graph.inputs[0]), .int64, Int64(iteration), error)
      try set(Int(graph.inputs[1]), .boolean, UInt8(1), error)
      try runGraph(body, error)
      goesOn = try isTrue(Int(graph.outputs[0]), index, error)
      for position in valueCount..<(graph.outputs.count - 1) {
        try append(Int(graph.outputs[1 + position]), to: file.outputs[position], row: iteration, index, error)
      }
      try moveValues(index, graph, valueCount, error)
      iteration += 1
    }
    for position in 0..<valueCount {
      try copy(Int(graph.inputs[2 + position]), to: Int(file.outputs[position]), error)
    }
    guard iteration == 0 else { return }
    for position in valueCount..<file.outputs.count where file.outputs[position] >= 0 { try setEmpty(file.outputs[position], error) }
  }

  /// Next values become present ones, by way of the loop's outputs, since a body may exchange its values.
  private mutating func moveValues(_ index: Int, _ graph: FileSubgraph, _ valueCount: Int, _ error: ErrorWriter) throws(Status) {
    let outputs = model.pointee.nodes[index].file.outputs
    for position in 0..<valueCount { try copy(Int(graph.outputs[1 + position]), to: Int(outputs[position]), error) }
    for position in 0..<valueCount { try copy(Int(outputs[position]), to: Int(graph.inputs[2 + position]), error) }
  }

  private mutating func set<Element: BitwiseCopyable>(_ index: Int, _ type: ElementType, _ value: Element, _ error: ErrorWriter) throws(Status) {
    tensors[index].elementType = type
    tensors[index].dimensions = Shape()
    try giveBuffer(tensors + index, error)
    tensors[index].data?.storeBytes(of: value, as: Element.self)
  }

  /// Adds `from` as row `row` of the scanned output `to`.
  private mutating func append(_ from: Int, to: Int32, row: Int, _ node: Int, _ error: ErrorWriter) throws(Status) {
    guard to >= 0 else { return }
    let target = Int(to)
    let rowShape = tensors[from].dimensions
    var shape = Shape(row + 1)
    for axis in 0..<rowShape.rank where !shape.append(rowShape[axis]) {
      throw NodeView(nodePointer(node), error).fail(.invalidShape).text("a scanned value has too many dimensions").status
    }
    if row > 0 {
      var before = shape
      before[0] = row
      guard tensors[target].dimensions == before, tensors[target].type == tensors[from].type else {
        throw NodeView(nodePointer(node), error).fail(.invalidShape).text("a scanned value changes its shape").status
      }
    }
    let bytes = tensors[from].byte_count
    guard shape.checkedElementCount != nil else {
      throw NodeView(nodePointer(node), error).fail(.invalidShape).text("a scanned value is too large").status
    }
    if bytes * (row + 1) > states[target].capacity { try extend(target, sizeProduct(bytes, max(2 * row, 4)), keeping: bytes * row, error) }
    tensors[target].type = tensors[from].type
    tensors[target].dimensions = shape
    tensors[target].byte_count = bytes * (row + 1)
    tensors[target].data = states[target].buffer
    if let buffer = states[target].buffer, let source = tensors[from].data { platform_copy(buffer + bytes * row, source, bytes) }
  }

  /// Grows a tensor's own buffer and keeps its first bytes.
  private mutating func extend(_ index: Int, _ bytes: Int, keeping kept: Int, _ error: ErrorWriter) throws(Status) {
    let old = states[index].buffer
    let oldCapacity = states[index].capacity
    states[index].buffer = nil
    states[index].capacity = 0
    do {
      let buffer = try ownBuffer(index, bytes, error)
      if let old { platform_copy(buffer, old, kept) }
    } catch {
      states[index].buffer = old
      states[index].capacity = oldCapacity
      throw error
    }
    allocator.deallocate(old, oldCapacity)
    bufferBytes -= UInt64(oldCapacity)
  }

  /// The scanned output of a loop without iterations: no rows of what the model declares.
  private mutating func setEmpty(_ index: Int32, _ error: ErrorWriter) throws(Status) {
    let declared = model.pointee.tensors[Int(index)]
    var shape = declared.dimensions
    if shape.rank == 0 { shape.append(0) }
    for axis in 0..<shape.rank { shape[axis] = axis == 0 ? 0 : max(shape[axis], 0) }
    tensors[Int(index)].elementType = declared.elementType == .none ? .float32 : declared.elementType
    tensors[Int(index)].dimensions = shape
    try giveBuffer(tensors + Int(index), error)
  }
}
