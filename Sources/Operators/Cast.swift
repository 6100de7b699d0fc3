// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// y = x in another element type.
///
/// Float to integer rounds toward zero, saturates, and makes 0 of NaN; integer to integer keeps the low bits; to boolean is x != 0;
/// to float16 rounds to nearest, ties to even.
package enum CastOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    let to = CastAttributes(node.attributes).to
    guard to != .none && x.type != .none else {
      throw node.fail(.invalidType).text("cannot cast ").type(x.type).text(" to ").type(to).status
    }
    try node.setOutput(0, to, x.shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    let large = (node.optionalInput(0)?.count ?? 0) > worthDividing
    return Kernel("by way of float32 or int64", reason: large ? "large" : "small", allThreads: large,
      scratchBytes: max(threads, 1) &* stage &* 8)
  }

  /// Elements that are converted at a time, first to the wider type and then to the output's.
  private static var stage: Int { 512 }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let x = try node.input(0)
    let y = try node.output(0)
    let (from, to) = (x.elements(UInt8.self), y.elements(UInt8.self))
    let (fromType, toType) = (x.type, y.type)
    try run.share(of: x.count, grain: 64) { begin, end in
      if fromType == toType {
        let size = fromType.size
        if from != UnsafePointer(to) { platform_copy(to + begin &* size, from + begin &* size, (end &- begin) &* size) }
        return
      }
      var at = begin
      while at < end {
        let count = min(stage, end &- at)
        let part = Conversion(from: from + at &* fromType.size, to: to + at &* toType.size, fromType: fromType, toType: toType, count: count)
        if fromType == .float32 {
          part.store(UnsafeRawPointer(part.from).assumingMemoryBound(to: Float.self))
        } else if fromType == .float16 {
          let floats = run.scratch(Float.self, at: run.threadIndex &* stage &* 8)
          part.loadHalves(floats)
          part.store(floats)
        } else {
          let integers = run.scratch(Int64.self, at: run.threadIndex &* stage &* 8)
          part.load(integers)
          part.store(integers)
        }
        at = at &+ count
      }
    }
  }
}

/// One stretch of elements on its way.
private struct Conversion {
  let from: UnsafePointer<UInt8>
  let to: UnsafeMutablePointer<UInt8>
  let fromType, toType: ElementType
  let count: Int

  func loadHalves(_ floats: UnsafeMutablePointer<Float>) {
    let halves = UnsafeRawPointer(from).assumingMemoryBound(to: UInt16.self)
    expandHalves(halves, count: count, into: floats)
  }

  func load(_ integers: UnsafeMutablePointer<Int64>) {
    let visitor = LoadIntegers(part: self, integers: integers)
    if fromType == .int16 { visitor.visit(Int16.self) } else { withIntegers(fromType, visitor) }
  }

  func store(_ floats: UnsafePointer<Float>) {
    switch toType {
    case .none: break
    case .float32: platform_copy(to, floats, count &* 4)
    case .float16:
      let y = UnsafeMutableRawPointer(to).assumingMemoryBound(to: UInt16.self)
      roundToHalves(floats, count: count, into: y)
    case .boolean: for index in 0..<count { to[index] = floats[index] != 0 ? 1 : 0 }
    case .int16: StoreFloats(part: self, floats: floats).visit(Int16.self)
    case .int8, .uint8, .int32, .int64: withIntegers(toType, StoreFloats(part: self, floats: floats))
    }
  }

  func store(_ integers: UnsafePointer<Int64>) {
    switch toType {
    case .none: break
    case .float32:
      let y = UnsafeMutableRawPointer(to).assumingMemoryBound(to: Float.self)
      for index in 0..<count { y[index] = Float(integers[index]) }
    case .float16:
      let y = UnsafeMutableRawPointer(to).assumingMemoryBound(to: UInt16.self)
      for index in 0..<count { y[index] = halfFromFloat(Float(integers[index])) }
    case .boolean: for index in 0..<count { to[index] = integers[index] != 0 ? 1 : 0 }
    case .int16: StoreIntegers(part: self, integers: integers).visit(Int16.self)
    case .int8, .uint8, .int32, .int64: withIntegers(toType, StoreIntegers(part: self, integers: integers))
    }
  }
}

private struct LoadIntegers: IntegerVisitor {
  let part: Conversion
  let integers: UnsafeMutablePointer<Int64>

  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
    let x = UnsafeRawPointer(part.from).assumingMemoryBound(to: Element.self)
    for index in 0..<part.count { integers[index] = Int64(truncatingIfNeeded: x[index]) }
  }
}

private struct StoreIntegers: IntegerVisitor {
  let part: Conversion
  let integers: UnsafePointer<Int64>

  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
    let y = UnsafeMutableRawPointer(part.to).assumingMemoryBound(to: Element.self)
    for index in 0..<part.count { y[index] = Element(truncatingIfNeeded: integers[index]) }
  }
}

private struct StoreFloats: IntegerVisitor {
  let part: Conversion
  let floats: UnsafePointer<Float>

  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
    let y = UnsafeMutableRawPointer(part.to).assumingMemoryBound(to: Element.self)
    for index in 0..<part.count { y[index] = saturated(floats[index]) }
  }
}
