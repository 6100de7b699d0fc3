// Which rows of its inputs an operator needs for rows of its output. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// How an operator on pictures [1, H, W, C] computes rows of its output from rows of its inputs.
struct RowRule {
  /// How an input is read.
  enum Reading {
    /// As a whole, whichever rows are asked for: weights, numbers, channels' factors.
    case whole
    /// The rows that are asked for.
    case sameRows
    /// The rows under the operator's window.
    case window
  }

  private(set) var readings: [Reading] = []
  /// The dimension of the first input that holds its rows: 2 for an operator that lays a picture [1, C, H, W] out anew.
  private(set) var inputAxis = 1
  private var kernel = 1
  private var stride = 1
  private var dilation = 1
  private var padding = 0
  private var height = 1
  /// Paddings of the width, which no stripe changes.
  private var widthPadding = (begin: 0, end: 0)
  private var hasWindow = false

  /// nil where rows of the output need more than a few rows of the inputs, or where that is not known. `shapes` are the values' extents.
  init?(_ node: Node, shapes: (Value) -> [Int]?) {
    guard node.outputs.count == 1, let output = node.output(0).flatMap(shapes), output.count == 4, output[0] == 1 else { return nil }
    switch node.operatorCode {
    case .convolution:
      guard let weights = node.input(1)?.constant?.shape, weights.count == 4 else { return nil }
      readings = [.window, .whole, .whole, .sameRows]
      guard setWindow(node, kernel: [weights[0], weights[1]], shapes) else { return nil }
    case .separableConvolution:
      guard let weights = node.input(3)?.constant?.shape, weights.count == 4 else { return nil }
      readings = [.window, .whole, .whole, .whole, .whole, .whole, .whole, .sameRows]
      guard setWindow(node, kernel: [weights[0], weights[1]], shapes) else { return nil }
    case .pool:
      let kernel = node.integers("kernel")
      // What a partial window or counted padding divides by is said in terms of the whole picture.
      guard kernel.count == 2, !node.boolean("adaptive"), !node.boolean("ceil_mode"), !node.boolean("count_padding") else { return nil }
      readings = [.window]
      guard setWindow(node, kernel: kernel, shapes) else { return nil }
    case .unary:
      readings = [.sameRows]
    case .binary:
      readings = node.inputs.map { $0.flatMap(shapes) == output ? .sameRows : .whole }
    case .concat:
      guard [3, -1].contains(node.integer("axis")) else { return nil }
      readings = node.inputs.map { _ in .sameRows }
    case .transpose:
      guard node.integers("permutation") == [0, 2, 3, 1] else { return nil }
      readings = [.sameRows]
      inputAxis = 2
    default: return nil
    }
    guard node.inputs.count <= readings.count else { return nil }
    for case (let input?, let reading) in zip(node.inputs, readings) {
      guard let shape = input.constant?.shape ?? shapes(input) else { return nil }
      switch reading {
      // A factor with rows of its own would have to be cut as well.
      case .whole where node.operatorCode == .binary: guard shape.count < 3 || shape[shape.count - 3] == 1 else { return nil }
      case .whole: guard input.constant != nil else { return nil }
      case .sameRows, .window: guard input.constant == nil, shape.count == 4, shape[0] == 1 else { return nil }
      }
    }
  }

  /// Sets how the window lies; whether that is known.
  private mutating func setWindow(_ node: Node, kernel: [Int], _ shapes: (Value) -> [Int]?) -> Bool {
    guard let x = node.input(0).flatMap(shapes), x.count == 4, let y = node.output(0).flatMap(shapes) else { return false }
    func at(_ key: String, _ axis: Int, else value: Int) -> Int { node.integers(key).count == 2 ? node.integers(key)[axis] : value }
    func paddings(_ axis: Int) -> (begin: Int, end: Int) {
      let span = (kernel[axis] - 1) * at("dilations", axis, else: 1) + 1
      let total = max((y[1 + axis] - 1) * at("strides", axis, else: 1) + span - x[1 + axis], 0)
      switch node.member("padding_mode", default: "explicit") {
      case "same_upper": return (total / 2, total - total / 2)
      case "same_lower": return (total - total / 2, total / 2)
      case "valid": return (0, 0)
      default: return (at("padding_begin", axis, else: 0), at("padding_end", axis, else: 0))
      }
    }
    self.kernel = kernel[0]
    stride = at("strides", 0, else: 1)
    dilation = at("dilations", 0, else: 1)
    padding = paddings(0).begin
    height = x[1]
    widthPadding = paddings(1)
    hasWindow = true
    return true
  }

  /// The rows of an input that is read as `reading` says, for `rows` of the output; nil where no row is needed.
  func needed(_ reading: Reading, for rows: Range<Int>) -> Range<Int>? {
    guard reading == .window else { return rows }
    let first = max(rows.lowerBound * stride - padding, 0)
    let end = min((rows.upperBound - 1) * stride - padding + (kernel - 1) * dilation + 1, height)
    return first < end ? first..<end : nil
  }

  /// The attributes of the operator on `rows` of its output alone: padding remains where the picture ends.
  func attributes(of node: Node, for rows: Range<Int>) -> [String: Attribute] {
    var attributes = node.attributes
    guard hasWindow else { return attributes }
    let above = max(padding - rows.lowerBound * stride, 0)
    let below = max((rows.upperBound - 1) * stride - padding + (kernel - 1) * dilation + 1 - height, 0)
    attributes["padding_mode"] = .member("explicit")
    attributes["padding_begin"] = .integers([above, widthPadding.begin])
    attributes["padding_end"] = .integers([below, widthPadding.end])
    return attributes
  }
}
