// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile

/// An activation as the first generation computes it: 512 lines, y = slope x + offset, of which the input chooses one.
///
/// The card's breakpoints are not public. These are 1/16 apart from -15.9375 to 15.9375, a line from the function's value at one to its value at
/// the next, and the two outermost lines go on as the function does. For the activations that `isTabulated` lists the result is within
/// 1e-3 of the function: a line over 1/16 is off by (1/16)^2 / 8 times the second derivative, which stays below 2.
package struct ActivationTable {
  /// Slope and offset by turns.
  private let lines: UnsafePointer<Float>

  private static var lineCount: Int { 512 }
  /// The lines, and the function's values at their ends.
  package static var scratchBytes: Int { (2 * lineCount + lineCount + 8) * 4 }

  /// Where line `index` begins: the first one begins far below, and the last one ends far above.
  private static func start(of index: Int) -> Float {
    index == 0 ? -1024 : index == lineCount ? 1024 : -15.9375 + Float(index &- 1) * 0.0625
  }

  /// Whether the first generation has the activation as a table. Others it has as they are, by comparing or not at all.
  package static func isTabulated(_ activation: Activation) -> Bool {
    switch activation.function {
    case .sigmoid, .tanh, .gelu, .geluTanh, .mish, .hardSwish: true
    // Steeper or more curved ones leave the tolerance.
    case .swish, .scaledHardSwish: activation.alpha.magnitude <= 2
    case .elu: activation.alpha.magnitude <= 2
    default: false
    }
  }

  /// Makes the table in `scratch`, `scratchBytes` aligned to 4.
  package init(_ activation: Activation, scratch: UnsafeMutableRawPointer) {
    let lines = scratch.assumingMemoryBound(to: Float.self)
    let values = lines + 2 * ActivationTable.lineCount
    for index in 0...ActivationTable.lineCount { values[index] = ActivationTable.start(of: index) }
    mapFloats(activation, from: values, to: values, count: ActivationTable.lineCount + 1)
    for index in 0..<ActivationTable.lineCount {
      let (begin, end) = (ActivationTable.start(of: index), ActivationTable.start(of: index &+ 1))
      let slope = (values[index &+ 1] - values[index]) / (end - begin)
      lines[2 &* index] = slope
      // From the end that is not far away, where less is rounded.
      lines[2 &* index &+ 1] = index == 0 ? values[1] - slope * end : values[index] - slope * begin
    }
    self.lines = UnsafePointer(lines)
  }

  package func callAsFunction(_ x: Float) -> Float {
    guard x == x else { return x }
    let position = (x + 16) * 16
    let line = position < 0 ? 0 : position >= 511 ? 511 : Int(position)
    return lines[2 &* line] * x + lines[2 &* line &+ 1]
  }

  package func apply(_ elements: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<max(count, 0) { elements[index] = self(elements[index]) }
  }
}
