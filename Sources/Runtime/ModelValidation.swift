// What FlatBuffers cannot know about a model: that indices, types, shapes and the order of the program make sense.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Kernels
import ModelFile
import Operators
import Platform
import Tensors

/// Checks tensors, test vectors and graph lists by themselves.
func checkTables(_ file: FileModel, _ size: Int, _ error: ErrorWriter) throws(Status) {
  let tensorCount = file.tensors.count
  for index in 0..<tensorCount {
    let tensor = FileTensor(file.tensors[index])
    func fail() -> Sentence { error.fail(.invalidModel).text("tensor ").integer(index).text(" \"").name(tensor.name.characters).text("\" ") }
    guard tensor.hasKnownEnumValues else { throw fail().text("has an unknown element type").status }
    guard tensor.shape.count <= Shape.maximumRank else { throw fail().text("has rank ").integer(tensor.shape.count).status }
    var shape = Shape()
    for axis in 0..<tensor.shape.count {
      guard tensor.shape[axis] >= -1, tensor.shape[axis] <= Int64(Shape.maximumElementCount) else {
        throw fail().text("has the extent ").integer(Int(clamping: tensor.shape[axis])).status
      }
      shape.append(Int(clamping: tensor.shape[axis]))
    }
    guard shape.isOpen || shape.checkedElementCount != nil else { throw fail().text("is too large: ").shape(shape).status }
    guard tensor.segment >= 0 else { continue }
    guard Int(tensor.segment) < file.segments.count else { throw fail().text("names a segment that does not exist").status }
    let segment = FileSegment(file.segments[Int(tensor.segment)])
    guard tensor.storedType == .none || tensor.storedType == .float16 && tensor.type == .float32 && tensor.packing == 0 else {
      throw fail().text("has elements of ").type(tensor.type).text(" that are stored as ").type(tensor.storedType).status
    }
    let stored = tensor.storedType == .none ? tensor.type : tensor.storedType
    guard tensor.type != .none, let count = shape.checkedElementCount, tensor.packing != 0 || tensor.byteCount == UInt64(count * stored.size)
    else { throw fail().text("is a constant whose bytes do not fit its shape ").shape(shape).status }
    if tensor.packing != 0 {
      guard tensor.type == .float32, let floats = PackedOrder(rawValue: tensor.packing).floats(shape), tensor.byteCount == UInt64(floats * 4) else {
        throw fail().text("is packed in an order that this library does not know for its shape ").shape(shape).status
      }
    }
    guard tensor.offset % 64 == 0, tensor.offset <= segment.size, tensor.byteCount <= segment.size - tensor.offset else {
      throw fail().text("reaches outside its segment").status
    }
  }
  guard file.subgraphs.count > 0 else { throw error.fail(.invalidModel).text("the model has no graph").status }
  for index in 0..<file.subgraphs.count {
    let graph = FileSubgraph(file.subgraphs[index])
    for position in 0..<graph.inputs.count { try checkIndex(graph.inputs[position], tensorCount, "graph input", error) }
    for position in 0..<graph.outputs.count { try checkIndex(graph.outputs[position], tensorCount, "graph output", error) }
  }
  let main = FileSubgraph(file.subgraphs[0])
  for index in 0..<file.testVectors.count {
    let vector = FileTestVector(file.testVectors[index])
    guard vector.inputs.count == main.inputs.count, vector.outputs.count == main.outputs.count else {
      throw error.fail(.invalidModel).text("test vector ").integer(index).text(" does not fit the model's inputs and outputs").status
    }
    for position in 0..<vector.inputs.count { try checkConstant(vector.inputs[position], file, error) }
    for position in 0..<vector.outputs.count { try checkConstant(vector.outputs[position], file, error) }
  }
}

private func checkIndex(_ index: Int32, _ count: Int, _ what: StaticString, _ error: ErrorWriter) throws(Status) {
  guard index >= 0, Int(index) < count else {
    throw error.fail(.invalidModel).text(what).text(" refers to tensor ").integer(Int(index)).text(" of ").integer(count).status
  }
}

private func checkConstant(_ index: Int32, _ file: FileModel, _ error: ErrorWriter) throws(Status) {
  try checkIndex(index, file.tensors.count, "test vector", error)
  let tensor = FileTensor(file.tensors[Int(index)])
  guard tensor.segment >= 0, tensor.isPlain else {
    throw error.fail(.invalidModel).text("a test vector refers to a tensor without data").status
  }
}

/// What the walk through the program knows of a tensor.
private enum Known: UInt8 { case no, readable, hidden }

extension Model {
  /// Checks that every value is written once, before it is read and where it can be seen, and that inner graphs nest.
  func checkGraphs(_ error: ErrorWriter) throws(Status) {
    let states = try Table<UInt8>(tensorCount + graphCount, allocator, for: "checking the model", error)
    defer { states.free() }
    for index in 0..<tensorCount where isConstant(index) {
      states[index] = Known.readable.rawValue
    }
    try checkGraph(0, depth: 0, states, error)
    for graph in 0..<graphCount where states[tensorCount + graph] == 0 {
      throw error.fail(.invalidModel).text("graph ").integer(graph).text(" is not used").status
    }
    for position in 0..<mainGraph.file.inputs.count {
      let index = Int(mainGraph.file.inputs[position])
      guard tensors[index].elementType != .none else { throw error.fail(.invalidModel).text("a graph input has no type").status }
    }
  }

  private func define(_ tensor: Int32, _ states: Table<UInt8>, _ error: ErrorWriter) throws(Status) {
    guard states[Int(tensor)] == Known.no.rawValue else {
      throw error.fail(.invalidModel).text("tensor \"").name(tensors[Int(tensor)].name).text("\" is written twice").status
    }
    states[Int(tensor)] = Known.readable.rawValue
  }

  private func requireReadable(_ tensor: Int32, _ states: Table<UInt8>, _ reader: UnsafePointer<CChar>?, _ error: ErrorWriter) throws(Status) {
    guard states[Int(tensor)] == Known.readable.rawValue else {
      throw error.fail(.invalidModel).text("tensor \"").name(tensors[Int(tensor)].name).text("\" is read by \"").name(reader)
        .text("\" before it is written").status
    }
  }

  private func requirePlain(_ tensor: Int32, _ error: ErrorWriter) throws(Status) {
    guard packing(Int(tensor)) == 0 else {
      throw error.fail(.invalidModel).text("tensor \"").name(tensors[Int(tensor)].name).text("\" is packed, but not the weights of a layer").status
    }
  }

  private func checkGraph(_ graph: Int, depth: Int, _ states: Table<UInt8>, _ error: ErrorWriter) throws(Status) {
    guard graph >= 0, graph < graphCount, states[tensorCount + graph] == 0, depth < 16 else {
      throw error.fail(.invalidModel).text("graph ").integer(graph).text(" does not exist, is used twice, or nests too deeply").status
    }
    states[tensorCount + graph] = 1
    let subgraph = graphs[graph].file
    for position in 0..<subgraph.inputs.count { try define(subgraph.inputs[position], states, error) }
    for index in graphs[graph].firstNode..<(graphs[graph].firstNode + graphs[graph].nodeCount) {
      try checkNode(nodes[index], depth: depth, states, error)
    }
    for position in 0..<subgraph.outputs.count {
      try requireReadable(subgraph.outputs[position], states, subgraph.name.characters, error)
      try requirePlain(subgraph.outputs[position], error)
    }
    guard graph != 0 else { return }
    // What an inner graph writes cannot be seen outside, and must not be written again.
    for position in 0..<subgraph.inputs.count { states[Int(subgraph.inputs[position])] = Known.hidden.rawValue }
    for index in graphs[graph].firstNode..<(graphs[graph].firstNode + graphs[graph].nodeCount) {
      let outputs = nodes[index].file.outputs
      for position in 0..<outputs.count where outputs[position] >= 0 { states[Int(outputs[position])] = Known.hidden.rawValue }
    }
  }

  private func checkNode(_ node: ModelNode, depth: Int, _ states: Table<UInt8>, _ error: ErrorWriter) throws(Status) {
    let file = node.file
    func fail() -> Sentence { error.fail(.invalidModel).text("node \"").name(file.name.characters).text("\" ") }
    guard file.hasKnownEnumValues, node.code != .none else { throw fail().text("has an operator that this library does not know").status }
    // In a library for certain models nothing is known of the attributes of other operators.
    guard node.code.isBuilt else {
      throw error.fail(.unsupported).text("node \"").name(file.name.characters).text("\" has the operator ").text(node.code.name)
        .text(", which this library is built without").status
    }
    guard let attributes = AttributesType(rawValue: file.attributesType) else { throw fail().text("has unknown attributes").status }
    if let table = file.attributes, attributes != .none {
      guard attributes == node.code.attributesType else { throw fail().text("has another operator's attributes").status }
      guard attributes.hasKnownEnumValues(table) else { throw fail().text("has an attribute value that this library does not know").status }
    }
    for position in 0..<file.inputs.count where file.inputs[position] != -1 {
      try checkIndex(file.inputs[position], tensorCount, "a node input", error)
      try requireReadable(file.inputs[position], states, file.name.characters, error)
      // Weights only: no other operator looks at them in another order.
      if !node.code.readsPacked(position) { try requirePlain(file.inputs[position], error) }
    }
    switch node.code {
    #if !CORACLE_WITHOUT_CONTROL_FLOW // A library for models that do without.
    case .conditional: try checkConditional(node, depth: depth, states, error)
    case .loop: try checkLoop(node, depth: depth, states, error)
    #endif
    default: break
    }
    for position in 0..<file.outputs.count where file.outputs[position] != -1 {
      try checkIndex(file.outputs[position], tensorCount, "a node output", error)
      try define(file.outputs[position], states, error)
    }
  }

  private func checkConditional(_ node: ModelNode, depth: Int, _ states: Table<UInt8>, _ error: ErrorWriter) throws(Status) {
    guard let table = node.file.attributes, node.file.inputs.count == 1, node.file.inputs[0] >= 0 else {
      throw error.fail(.invalidModel).text("a conditional lacks its condition or its branches").status
    }
    let attributes = ConditionalAttributes(table)
    for branch in 0..<2 {
      let graph = Int(branch == 0 ? attributes.thenSubgraph : attributes.elseSubgraph)
      try checkGraph(graph, depth: depth + 1, states, error)
      guard graphs[graph].file.inputs.count == 0, graphs[graph].file.outputs.count == node.file.outputs.count else {
        throw error.fail(.invalidModel).text("a branch of \"").name(node.file.name.characters).text("\" has another number of outputs").status
      }
    }
  }

  private func checkLoop(_ node: ModelNode, depth: Int, _ states: Table<UInt8>, _ error: ErrorWriter) throws(Status) {
    guard let table = node.file.attributes, node.file.inputs.count >= 2 else {
      throw error.fail(.invalidModel).text("a loop lacks its inputs or its body").status
    }
    let body = Int(LoopAttributes(table).body)
    try checkGraph(body, depth: depth + 1, states, error)
    let values = node.file.inputs.count - 2
    let graph = graphs[body].file
    guard graph.inputs.count == values + 2, graph.outputs.count >= values + 1, node.file.outputs.count == graph.outputs.count - 1 else {
      throw error.fail(.invalidModel).text("the body of \"").name(node.file.name.characters).text("\" has another number of values").status
    }
    for position in 2..<node.file.inputs.count where node.file.inputs[position] < 0 {
      throw error.fail(.invalidModel).text("a loop value of \"").name(node.file.name.characters).text("\" is missing").status
    }
    // The runtime passes values from one iteration to the next by way of the outputs.
    for position in 0..<values where node.file.outputs[position] < 0 {
      throw error.fail(.invalidModel).text("a loop value of \"").name(node.file.name.characters).text("\" has no output").status
    }
  }
}

extension OperatorCode {
  /// Whether input `position` may lie in the file in a kernel's order.
  fileprivate func readsPacked(_ position: Int) -> Bool {
    switch self {
    case .convolution, .matmul: position == 1
    case .separableConvolution: position == 1 || position == 5
    default: false
    }
  }

  /// The attributes that a node of this operator carries.
  package var attributesType: AttributesType {
    switch self {
    case .none, .nonZero: .none
    case .unary: .unaryAttributes
    case .binary: .binaryAttributes
    case .select: .none
    case .cast: .castAttributes
    case .reduce: .reduceAttributes
    case .argReduce: .argReduceAttributes
    case .cumulativeSum: .cumulativeSumAttributes
    case .convolution: .convolutionAttributes
    case .separableConvolution: .separableConvolutionAttributes
    case .convolutionTranspose: .convolutionTransposeAttributes
    case .pool: .poolAttributes
    case .matmul: .matmulAttributes
    case .attention: .attentionAttributes
    case .recurrent: .recurrentAttributes
    case .softmax: .softmaxAttributes
    case .layerNormalization: .layerNormalizationAttributes
    case .groupNormalization: .groupNormalizationAttributes
    case .localResponseNormalization: .localResponseNormalizationAttributes
    case .reshape: .reshapeAttributes
    case .squeeze, .unsqueeze: .axesAttributes
    case .flatten: .flattenAttributes
    case .transpose: .transposeAttributes
    case .concat, .gatherElements: .axisAttributes
    case .split: .splitAttributes
    case .slice, .sliceUpdate: .sliceAttributes
    case .pad: .padAttributes
    case .expand: .expandAttributes
    case .tile: .tileAttributes
    case .shape: .shapeAttributes
    case .range: .rangeAttributes
    case .fill: .fillAttributes
    case .oneHot: .oneHotAttributes
    case .triangle: .triangleAttributes
    case .depthToSpace, .spaceToDepth: .blockAttributes
    case .gather: .gatherAttributes
    case .gatherNd: .gatherNdAttributes
    case .scatterElements: .scatterElementsAttributes
    case .scatterNd: .scatterNdAttributes
    case .topK: .topKAttributes
    case .resize: .resizeAttributes
    case .gridSample: .gridSampleAttributes
    case .roiAlign: .roiAlignAttributes
    case .nonMaximumSuppression: .nonMaximumSuppressionAttributes
    case .multiclassNms: .multiclassNmsAttributes
    case .yoloBox: .yoloBoxAttributes
    case .priorBox: .priorBoxAttributes
    case .boxCoder: .boxCoderAttributes
    case .quantizeLinear, .dequantizeLinear: .quantizeAttributes
    case .conditional: .conditionalAttributes
    case .loop: .loopAttributes
    }
  }
}
