// SPDX-License-Identifier: Apache-2.0
import ModelFile

/// output = function(input) over `count` contiguous floats; both may be the same memory.
package func mapFloats(_ activation: Activation, from input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, count: Int) {
  _ = withLaneFunction(activation, MapFloats(input: input, output: output, count: count))
}

/// Applies `activation` in place to `count` contiguous floats.
package func applyActivation(_ activation: Activation, _ pointer: UnsafeMutablePointer<Float>, _ count: Int) {
  if activation.function != .identity { mapFloats(activation, from: pointer, to: pointer, count: count) }
}

/// The end of a matrix product or convolution in one pass over the result while it is still in the cache:
/// result[row, column] = activation(result[row, column] + bias[column] + residual[row, column]).
///
/// `result` has `rows` rows of `columns` contiguous floats, `rowStride` floats apart (`residualStride` for the residual, which may be
/// the result's own memory). A nil bias or residual counts as zeros.
package func finishRows(
  _ result: UnsafeMutablePointer<Float>, rows: Int, columns: Int, rowStride: Int, bias: UnsafePointer<Float>?,
  residual: UnsafePointer<Float>?, residualStride: Int, activation: Activation
) {
  if activation.function == .identity && bias == nil && residual == nil { return }
  // Rows without a gap and without a bias are one long row, whose vectors are whole.
  if rows > 1 && bias == nil && rowStride == columns && (residual == nil || residualStride == columns) {
    return finishRows(result, rows: 1, columns: rows &* columns, rowStride: 0, bias: nil, residual: residual, residualStride: 0, activation: activation)
  }
  let finish = FinishRows(result: result, rows: rows, columns: columns, rowStride: rowStride, bias: bias, residual: residual,
    residualStride: residualStride)
  // Functions that networks end a layer with are fused; a rare one takes a second pass. A line a function, as in `withLaneFunction`.
  switch activation.function {
  case .identity: finish.visit(Identity())
  case .relu: finish.visit(Relu())
  case .clip: finish.visit(Clip(low: activation.alpha, high: activation.beta))
  case .leakyRelu: finish.visit(LeakyRelu(slope: activation.alpha))
  case .sigmoid: finish.visit(Sigmoid())
  case .tanh: finish.visit(Tanh())
  case .hardSigmoid: finish.visit(HardSigmoid(slope: activation.alpha, offset: activation.beta))
  case .hardSwish: finish.visit(HardSwish(scale: 1, offset: 0))
  case .scaledHardSwish: finish.visit(HardSwish(scale: activation.alpha, offset: activation.beta))
  case .swish: finish.visit(Swish(beta: activation.alpha))
  case .gelu: finish.visit(Gelu())
  case .geluTanh: finish.visit(GeluTanh())
  case .mish: finish.visit(Mish())
  default:
    if bias != nil || residual != nil { finish.visit(Identity()) }
    var row = 0
    while row < rows {
      applyActivation(activation, result + row &* rowStride, columns)
      row = row &+ 1
    }
  }
}

private struct MapFloats: LaneFunctionVisitor {
  let input: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let count: Int

  @inline(never) @_optimize(size)
  func visit<Function: LaneFunction>(_ function: Function) {
    guard count >= Lanes.count else {
      function(Lanes(at: input, first: count)).store(to: output, first: count)
      return
    }
    // The last vector overlaps the one before. It is read first, because the output may be the input.
    let last = count &- Lanes.count
    let end = Lanes(at: input + last)
    var index = 0
    while index < last {
      function(Lanes(at: input + index)).store(to: output + index)
      index = index &+ Lanes.count
    }
    function(end).store(to: output + last)
  }
}

private struct FinishRows {
  let result: UnsafeMutablePointer<Float>
  let rows, columns, rowStride: Int
  let bias, residual: UnsafePointer<Float>?
  let residualStride: Int

  @inline(never) @_optimize(size)
  func visit<Function: LaneFunction>(_ function: Function) {
    var row = 0
    while row < rows {
      let y = result + row &* rowStride
      let added = residual.map { $0 + row &* residualStride }
      var column = 0
      while column &+ Lanes.count <= columns {
        var x = Lanes(at: y + column)
        if let bias { x += Lanes(at: bias + column) }
        if let added { x += Lanes(at: added + column) }
        function(x).store(to: y + column)
        column = column &+ Lanes.count
      }
      if column < columns {
        let rest = columns &- column
        var x = Lanes(at: y + column, first: rest)
        if let bias { x += Lanes(at: bias + column, first: rest) }
        if let added { x += Lanes(at: added + column, first: rest) }
        function(x).store(to: y + column, first: rest)
      }
      row = row &+ 1
    }
  }
}

extension Activation {
  /// The bounds that the activation clamps to, or nil where it does something else.
  package var bounds: (low: Float, high: Float)? {
    switch function {
    case .identity: (-.infinity, .infinity)
    case .relu: (0, .infinity)
    case .clip: alpha <= beta ? (alpha, beta) : nil
    default: nil
    }
  }
}

extension HardSwish {
  /// nil where the activation is another function.
  init?(_ activation: Activation) {
    switch activation.function {
    case .hardSwish: self.init(scale: 1, offset: 0)
    case .scaledHardSwish: self.init(scale: activation.alpha, offset: activation.beta)
    default: return nil
    }
  }
}
