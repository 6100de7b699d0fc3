// Types and shapes of a node's outputs, as far as they can be told simply. SPDX-License-Identifier: Apache-2.0
import ModelFile

/// Sets type and shape of the node's outputs from its inputs: the rank wherever it follows, extents (-1 where open) where they follow simply.
///
/// The runtime's shape rules are the authority; this serves importers, whose decisions need ranks. Wrong shapes in a file give open extents,
/// never a trap. `elements` gives what is known of an integer vector's elements, nil where open.
package func inferOutputs(of node: Node, elements: @escaping (Value) -> [Int?]?) {
  let (types, shapes) = Inference(node: node, elements: elements).infer()
  for (index, output) in node.outputs.enumerated() {
    guard let output else { continue }
    if output.type == .none, index < types.count { output.type = types[index] }
    if output.shape == nil, index < shapes.count { output.shape = shapes[index]?.map { $0 < 0 ? -1 : $0 } }
  }
}

/// Rules grouped by family in the extensions; each gives one type and one optional shape an output.
struct Inference {
  typealias Result = (types: [ElementType], shapes: [[Int]?])
  let node: Node
  let elements: (Value) -> [Int?]?

  func shape(_ index: Int) -> [Int]? { node.input(index)?.shape }
  func type(_ index: Int) -> ElementType { node.input(index)?.type ?? .none }
  func known(_ index: Int) -> [Int?]? { node.input(index).flatMap(elements) }

  func one(_ type: ElementType, _ shape: [Int]?) -> Result { ([type], [shape]) }

  func infer() -> Result {
    switch node.operatorCode {
    case .unary, .binary, .select, .cast, .reduce, .argReduce, .cumulativeSum, .softmax, .layerNormalization, .groupNormalization,
      .localResponseNormalization, .triangle, .quantizeLinear, .dequantizeLinear, .matmul, .attention, .recurrent:
      arithmetic()
    case .convolution, .convolutionTranspose, .separableConvolution, .pool, .resize, .gridSample, .roiAlign, .depthToSpace, .spaceToDepth: images()
    case .reshape, .squeeze, .unsqueeze, .flatten, .transpose, .concat, .split, .slice, .sliceUpdate, .pad, .expand, .tile: shapes()
    case .shape, .range, .fill, .oneHot, .gather, .gatherElements, .gatherNd, .scatterElements, .scatterNd, .topK, .nonZero,
      .nonMaximumSuppression, .multiclassNms, .yoloBox, .priorBox, .boxCoder:
      indexing()
    case .conditional, .loop: controlFlow()
    case .none: ([], [])
    }
  }

  /// The axis from the front; nil out of range.
  func axis(_ axis: Int, _ rank: Int) -> Int? { axis >= -rank && axis < rank ? (axis < 0 ? axis + rank : axis) : nil }

  /// The element type that attribute `to` names, or the default.
  func typeAttribute(_ name: String, default fallback: ElementType) -> ElementType { elementType(named: node.member(name, default: "")) ?? fallback }

  /// Numpy's broadcast of two shapes: an open extent against 1 stays open, against more becomes that.
  func broadcast(_ a: [Int]?, _ b: [Int]?) -> [Int]? {
    guard let a, let b else { return nil }
    let rank = max(a.count, b.count)
    return (0..<rank).map { index in
      let i = index - (rank - a.count), j = index - (rank - b.count)
      guard i >= 0 else { return b[j] }
      guard j >= 0 else { return a[i] }
      if a[i] == 1 { return b[j] }
      return b[j] == 1 || b[j] == -1 ? a[i] : b[j]
    }
  }

  func controlFlow() -> Result {
    let graph = node.graph(node.operatorCode == .loop ? "body" : "then_subgraph")
    let others = node.graph("else_subgraph")
    guard let graph else { return ([], []) }
    if node.operatorCode == .conditional {
      return (graph.outputs.map(\.type), graph.outputs.enumerated().map { index, value in
        guard let a = value.shape, let others, index < others.outputs.count, let b = others.outputs[index].shape, a.count == b.count else { return nil }
        return zip(a, b).map { $0 == $1 ? $0 : -1 }
      })
    }
    let carried = max(node.inputs.count - 2, 0)
    let results = graph.outputs.dropFirst()
    return (results.map(\.type), results.enumerated().map { index, value in
      guard let shape = value.shape else { return nil }
      return index < carried ? shape.map { _ in -1 } : [-1] + shape
    })
  }
}

/// The element type of that name in model.fbs ("float32").
package func elementType(named name: String) -> ElementType? {
  switch name {
  case "float32": .float32
  case "float16": .float16
  case "int8": .int8
  case "uint8": .uint8
  case "int16": .int16
  case "int32": .int32
  case "int64": .int64
  case "boolean": .boolean
  default: nil
  }
}
