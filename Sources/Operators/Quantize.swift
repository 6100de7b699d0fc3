// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// What quantize_linear and dequantize_linear share: inputs x, step, zero point?, the latter two with one element, or one a channel
/// along `axis`.
private struct Quantization {
  let attributes: QuantizeAttributes
  let x, step: TensorPointer
  let zeroPoint: TensorPointer?
  /// x as [outer, channels, inner]; one channel where there is one step.
  let loop: AxisLoop

  init(_ node: NodeView) throws(Status) {
    attributes = QuantizeAttributes(node.attributes)
    x = try node.input(0)
    step = try node.input(1)
    zeroPoint = node.optionalInput(2)
    let shape = x.shape
    try node.require(step, .float32, "the step")
    guard let count = shape.checkedElementCount, let steps = step.shape.checkedElementCount, steps > 0 else {
      throw node.fail(.invalidShape).text("an input of shape ").shape(shape).text(" with steps ").shape(step.shape).status
    }
    if steps == 1 {
      loop = AxisLoop(Shape(1, 1, count), axis: 1)
    } else {
      let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
      guard shape[axis] == steps else {
        throw node.fail(.invalidShape).integer(steps).text(" steps along axis ").integer(axis).text(" of ").shape(shape).status
      }
      loop = AxisLoop(shape, axis: axis)
    }
    if let zeroPoint {
      guard zeroPoint.type == .float32 || zeroPoint.type.isComputedInteger else {
        throw node.fail(.invalidType).text("a zero point of type ").type(zeroPoint.type).status
      }
      guard zeroPoint.shape.checkedElementCount == steps || zeroPoint.shape.checkedElementCount == 1 else {
        throw node.fail(.invalidShape).text("zero points ").shape(zeroPoint.shape).text(" for steps ").shape(step.shape).status
      }
    }
  }

  /// What a quantised tensor is held in: as asked for, as the zero point, or int8.
  var heldType: ElementType {
    if attributes.to != .none { return attributes.to }
    guard let zeroPoint, zeroPoint.type != .float32 else { return .int8 }
    return zeroPoint.type
  }

  func step(_ channel: Int) -> Float { step.elements(Float.self)[channel] }

  func zero(_ channel: Int) -> Float {
    guard let zeroPoint else { return 0 }
    return zeroPoint.floatElement(zeroPoint.count == 1 ? 0 : channel)
  }

  /// Runs `body(offset, channel, count)` for the stretches of one channel in this thread's share.
  @inline(__always)
  func stretches(_ run: Execution, _ body: (Int, Int, Int) -> Void) throws(Status) {
    // Stretches along the innermost dimension; where that is the channels, each element is one.
    try run.share(of: loop.outer &* loop.length &* loop.inner, grain: 64) { begin, end in
      var at = begin
      while at < end {
        let line = at / max(loop.inner, 1)
        let count = min(end &- at, (line &+ 1) &* loop.inner &- at)
        body(at, line % max(loop.length, 1), count)
        at = at &+ count
      }
    }
  }
}

extension UnsafePointer where Pointee == Tensor {
  /// Element `index` of a float32 or integer tensor as a float.
  fileprivate func floatElement(_ index: Int) -> Float {
    switch type {
    case .float32: elements(Float.self)[index]
    case .int8: Float(elements(Int8.self)[index])
    case .uint8: Float(elements(UInt8.self)[index])
    case .int32: Float(elements(Int32.self)[index])
    case .int64: Float(elements(Int64.self)[index])
    default: 0
    }
  }
}

/// y = clamp(round(x / step) + zero point, minimum, maximum): ties to even, or away from zero with round_half_away. NaN becomes 0 in
/// integers. `to` float32 holds the integers in floats.
package enum QuantizeLinearOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let quantization = try Quantization(node)
    try node.require(quantization.x, .float32, "the input")
    let type = quantization.heldType
    guard type == .float32 || type.isComputedInteger else { throw node.fail(.invalidType).text("quantised to ").type(type).status }
    try node.setOutput(0, type, quantization.x.shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    Kernel("by stretches of a channel", allThreads: (node.optionalInput(0)?.count ?? 0) > worthDividing)
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let quantization = try Quantization(node)
    let attributes = quantization.attributes
    let y = try node.output(0)
    let (from, type) = (quantization.x.elements(Float.self), y.type)
    let (low, high, away) = (Float(attributes.minimum), Float(attributes.maximum), attributes.roundHalfAway)
    try quantization.stretches(run) { offset, channel, count in
      let (step, zero) = (quantization.step(channel), quantization.zero(channel))
      var index = 0
      while index < count {
        let width = min(Lanes.count, count &- index)
        let x = Lanes(at: from + offset + index, first: width)
        let ratio = x / step
        let rounded = away ? VectorMath.roundAway(ratio) : VectorMath.roundToEven(ratio)
        let result = (rounded + zero).maximum(low).minimum(high)
        for lane in 0..<width { store(result[lane], type, y, offset &+ index &+ lane) }
        index = index &+ Lanes.count
      }
    }
  }

  @inline(__always)
  private static func store(_ value: Float, _ type: ElementType, _ y: MutableTensorPointer, _ index: Int) {
    guard let data = y.pointee.data else { return }
    switch type {
    case .float32: data.assumingMemoryBound(to: Float.self)[index] = value
    case .int8: data.assumingMemoryBound(to: Int8.self)[index] = saturated(value)
    case .uint8: data.assumingMemoryBound(to: UInt8.self)[index] = saturated(value)
    case .int32: data.assumingMemoryBound(to: Int32.self)[index] = saturated(value)
    case .int64: data.assumingMemoryBound(to: Int64.self)[index] = saturated(value)
    default: break
    }
  }
}

/// y = (x - zero point) · step, float32, of integers or of float32 that holds integers.
package enum DequantizeLinearOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let quantization = try Quantization(node)
    let type = quantization.x.type
    guard type == .float32 || type.isComputedInteger else { throw node.fail(.invalidType).text("an input of type ").type(type).status }
    try node.setOutput(0, .float32, quantization.x.shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    Kernel("by stretches of a channel", allThreads: (node.optionalInput(0)?.count ?? 0) > worthDividing)
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let quantization = try Quantization(node)
    let to = try node.output(0).elements(Float.self)
    let x = quantization.x
    try quantization.stretches(run) { offset, channel, count in
      let (step, zero) = (quantization.step(channel), quantization.zero(channel))
      for index in offset..<offset &+ count { to[index] = (x.floatElement(index) - zero) * step }
    }
  }
}
