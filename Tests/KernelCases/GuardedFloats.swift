// SPDX-License-Identifier: Apache-2.0

/// Floats at an address that is one float off any alignment, with a NaN of a known pattern before and after them: what is read there shows, and what is
/// written there is found.
package struct GuardedFloats {
  private static let fence = 33
  private static let mark = Float(bitPattern: 0x7FC0_BEEF)
  private let memory: UnsafeMutableBufferPointer<Float>
  package let count: Int

  package init(_ count: Int, _ value: (Int) -> Float) {
    self.count = count
    let floats = count + 2 * GuardedFloats.fence
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 4 * floats, alignment: 64)
    memory = UnsafeMutableBufferPointer(start: bytes.bindMemory(to: Float.self, capacity: floats), count: floats)
    memory.initialize(repeating: GuardedFloats.mark)
    for index in 0..<count { memory[GuardedFloats.fence + index] = value(index) }
  }

  package var pointer: UnsafeMutablePointer<Float> { memory.baseAddress! + GuardedFloats.fence }
  package subscript(index: Int) -> Float { memory[GuardedFloats.fence + index] }
  package var values: [Float] { Array(memory[GuardedFloats.fence..<GuardedFloats.fence + count]) }

  /// Whether nothing was written around the floats.
  package var isIntact: Bool {
    (memory.prefix(GuardedFloats.fence) + memory.suffix(GuardedFloats.fence)).allSatisfy { $0.bitPattern == GuardedFloats.mark.bitPattern }
  }

  package func free() { memory.deallocate() }
}
