// SPDX-License-Identifier: Apache-2.0
import Platform

/// Floating-point operations a second that this core does at most: independent multiply-adds in registers, as many as hide their latency.
@inline(never)
func measuredPeak(seconds: Double) -> Double {
  var best = 0.0
  let end = now() + seconds
  repeat { best = max(best, peakOnce(turns: 200_000)) } while now() < end
  return best
}

@inline(never)
private func peakOnce(turns: Int) -> Double {
  // Not known to the compiler, so that nothing can be computed in advance.
  let factor = PanelVector(repeating: Float(CommandLine.arguments.count) * 0.25)
  let addend = factor * 0.5
  var r0 = factor, r1 = addend, r2 = factor, r3 = addend, r4 = factor, r5 = addend
  var r6 = factor, r7 = addend, r8 = factor, r9 = addend, r10 = factor, r11 = addend
  let start = now()
  var turn = 0
  while turn < turns {
    r0 = addend.multiplyAdd(r0, factor)
    r1 = addend.multiplyAdd(r1, factor)
    r2 = addend.multiplyAdd(r2, factor)
    r3 = addend.multiplyAdd(r3, factor)
    r4 = addend.multiplyAdd(r4, factor)
    r5 = addend.multiplyAdd(r5, factor)
    r6 = addend.multiplyAdd(r6, factor)
    r7 = addend.multiplyAdd(r7, factor)
    r8 = addend.multiplyAdd(r8, factor)
    r9 = addend.multiplyAdd(r9, factor)
    r10 = addend.multiplyAdd(r10, factor)
    r11 = addend.multiplyAdd(r11, factor)
    turn &+= 1
  }
  let time = now() - start
  keep(r0 + r1 + r2 + r3 + r4 + r5 + r6 + r7 + r8 + r9 + r10 + r11)
  return Double(turns) * 12 * 2 * Double(PanelVector.scalarCount) / time
}

/// The same, over 20 ms and more, where operands come from the first-level cache, as many loads a multiply-add as the tile of 14 x 32 has: 7 for 12. Some cores lower
/// their clock when loads and multiply-adds are busy at once; then no product can reach the peak of multiply-adds alone.
@inline(never)
func measuredLoadedPeak(seconds: Double) -> Double {
  let line = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 64).initializeMemory(as: Float.self, repeating: 0.25, count: 1024)
  defer { line.deallocate() }
  var best = 0.0
  let end = now() + seconds
  repeat { best = max(best, loadedPeakOnce(line, turns: 12_000_000)) } while now() < end
  return best
}

@inline(never)
private func loadedPeakOnce(_ line: UnsafePointer<Float>, turns: Int) -> Double {
  var r0 = PanelVector.zero, r1 = r0, r2 = r0, r3 = r0, r4 = r0, r5 = r0, r6 = r0, r7 = r0, r8 = r0, r9 = r0, r10 = r0, r11 = r0
  var p = line
  let start = now()
  var turn = 0
  while turn < turns {
    // Not known to the compiler to be where it was, so that each turn loads anew.
    p = platform_address_kept(p)
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
