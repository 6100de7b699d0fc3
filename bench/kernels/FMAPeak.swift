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
    r0 = addend.multiplyAddPanel(r0, factor)
    r1 = addend.multiplyAddPanel(r1, factor)
    r2 = addend.multiplyAddPanel(r2, factor)
    r3 = addend.multiplyAddPanel(r3, factor)
    r4 = addend.multiplyAddPanel(r4, factor)
    r5 = addend.multiplyAddPanel(r5, factor)
    r6 = addend.multiplyAddPanel(r6, factor)
    r7 = addend.multiplyAddPanel(r7, factor)
    r8 = addend.multiplyAddPanel(r8, factor)
    r9 = addend.multiplyAddPanel(r9, factor)
    r10 = addend.multiplyAddPanel(r10, factor)
    r11 = addend.multiplyAddPanel(r11, factor)
    turn &+= 1
  }
  let time = now() - start
  keep(r0 + r1 + r2 + r3 + r4 + r5 + r6 + r7 + r8 + r9 + r10 + r11)
  return Double(turns) * 12 * 2 * Double(PanelVector.scalarCount) / time
}

/// Makes the compiler believe that the value is used.
@inline(never)
func keep(_ value: PanelVector) { if value[0] == .infinity { print("") } }
