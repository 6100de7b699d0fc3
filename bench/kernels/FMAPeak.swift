// SPDX-License-Identifier: Apache-2.0
import Platform

/// Floating-point operations a second that this core does at most: independent multiply-adds in registers, as many as hide their latency.
@inline(never)
func measuredPeak(seconds: Double) -> Double { best(seconds) { multiplyAdds($0, turns: 200_000, loads: false) } }

/// The same, over 20 ms and more, where operands come from the first-level cache, as many loads a multiply-add as the tile of 14 x 32 has: 7 for 12.
/// Some cores lower their clock when loads and multiply-adds are busy at once; then no product can reach the peak of multiply-adds alone.
@inline(never)
func measuredLoadedPeak(seconds: Double) -> Double { best(seconds) { multiplyAdds($0, turns: 12_000_000, loads: true) } }

private func best(_ seconds: Double, _ rate: (UnsafePointer<Float>) -> Double) -> Double {
  let line = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 64).initializeMemory(as: Float.self, repeating: 0.25, count: 1024)
  defer { line.deallocate() }
  var best = 0.0
  let end = now() + seconds
  repeat { best = max(best, rate(line)) } while now() < end
  return best
}

/// The rate of `turns` times 12 multiply-adds, whose operands are loaded anew each time where `loads`, a literal where this is called.
@inline(__always)
private func multiplyAdds(_ line: UnsafePointer<Float>, turns: Int, loads: Bool) -> Double {
  var r0 = PanelVector.zero, r1 = r0, r2 = r0, r3 = r0, r4 = r0, r5 = r0, r6 = r0, r7 = r0, r8 = r0, r9 = r0, r10 = r0, r11 = r0
  var p = line
  let start = now()
  var turn = 0
  while turn < turns {
    // Not known to the compiler to be where it was: otherwise it loads once, before all turns.
    if loads { p = platform_address_kept(p) }
    let b = PanelVector(at: p)
    let e0 = PanelVector(repeating: p[0]), e1 = PanelVector(repeating: p[8]), e2 = PanelVector(repeating: p[16])
    let e3 = PanelVector(repeating: p[24]), e4 = PanelVector(repeating: p[32]), e5 = PanelVector(repeating: p[40])
    r0 = r0.multiplyAdd(e0, b)
    r1 = r1.multiplyAdd(e0, b)
    r2 = r2.multiplyAdd(e1, b)
    r3 = r3.multiplyAdd(e1, b)
    r4 = r4.multiplyAdd(e2, b)
    r5 = r5.multiplyAdd(e2, b)
    r6 = r6.multiplyAdd(e3, b)
    r7 = r7.multiplyAdd(e3, b)
    r8 = r8.multiplyAdd(e4, b)
    r9 = r9.multiplyAdd(e4, b)
    r10 = r10.multiplyAdd(e5, b)
    r11 = r11.multiplyAdd(e5, b)
    turn &+= 1
  }
  let time = now() - start
  keep(r0 + r1 + r2 + r3 + r4 + r5 + r6 + r7 + r8 + r9 + r10 + r11)
  return Double(turns) * 12 * 2 * Double(PanelVector.scalarCount) / time
}

/// Makes the compiler believe that the value is used.
@inline(never)
func keep(_ value: PanelVector) { if value[0] == .infinity { print("") } }
