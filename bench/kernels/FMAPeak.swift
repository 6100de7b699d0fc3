// SPDX-License-Identifier: Apache-2.0

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
    r0 = addend.addingProduct(r0, factor)
    r1 = addend.addingProduct(r1, factor)
    r2 = addend.addingProduct(r2, factor)
    r3 = addend.addingProduct(r3, factor)
    r4 = addend.addingProduct(r4, factor)
    r5 = addend.addingProduct(r5, factor)
    r6 = addend.addingProduct(r6, factor)
    r7 = addend.addingProduct(r7, factor)
    r8 = addend.addingProduct(r8, factor)
    r9 = addend.addingProduct(r9, factor)
    r10 = addend.addingProduct(r10, factor)
    r11 = addend.addingProduct(r11, factor)
    turn &+= 1
  }
  let time = now() - start
  keep(r0 + r1 + r2 + r3 + r4 + r5 + r6 + r7 + r8 + r9 + r10 + r11)
  return Double(turns) * 12 * 2 * Double(PanelVector.scalarCount) / time
}

/// Makes the compiler believe that the value is used.
@inline(never)
private func keep(_ value: PanelVector) { if value[0] == .infinity { print("") } }
