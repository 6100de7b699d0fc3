// A picture of the arena in text. SPDX-License-Identifier: Apache-2.0
import Foundation

/// Draws which bytes of the arena are held by whom and when: a row a tensor, by offset; a column some steps of the run.
struct ArenaMap {
  static let columns = 64
  static let rows = 48

  let plan: PlanReport

  func text() -> String {
    let placed = plan.tensors.filter { $0.place == "arena" && $0.byteCount > 0 }
    let steps = max(1, plan.operators.count)
    let needed = (placed.map { ($0.offset ?? 0) + $0.byteCount }.max() ?? 0)
    let sum = placed.reduce(0) { $0 + $1.byteCount }
    var lines = ["Arena: \(byteText(plan.memory.arenaBytes)) for \(placed.count) tensors of \(byteText(sum)) together"
      + (needed > 0 ? String(format: " (each byte used %.1f times)", Double(sum) / Double(needed)) : "")
      + "; at the fullest step \(byteText(fullestStep(placed, steps: steps))) are alive."]
    guard !placed.isEmpty else { return lines[0] }
    let shown = placed.sorted { $0.byteCount > $1.byteCount }.prefix(Self.rows)
      .sorted { ($0.offset ?? 0, $0.firstNode) < ($1.offset ?? 0, $1.firstNode) }
    let width = min(Self.columns, steps)
    lines.append("A column is \(steps <= width ? "one operator" : String(format: "%.1f operators", Double(steps) / Double(width)))"
      + "; # a tensor is held.\(shown.count < placed.count ? " The \(shown.count) largest tensors:" : "")")
    var table = TextTable(">offset", ">size", ruler(width: width, steps: steps), "tensor")
    for tensor in shown {
      let first = column(max(0, tensor.firstNode), width: width, steps: steps)
      let last = max(first, column(min(steps - 1, max(0, tensor.lastNode)), width: width, steps: steps))
      let bar = String(repeating: "·", count: first) + String(repeating: "#", count: last - first + 1)
        + String(repeating: "·", count: width - 1 - last)
      table.add(String(tensor.offset ?? 0), byteText(tensor.byteCount), bar, shortened(tensor.name, to: 40))
    }
    lines.append(table.text())
    return lines.joined(separator: "\n")
  }

  private func column(_ step: Int, width: Int, steps: Int) -> Int { min(width - 1, step * width / steps) }

  /// Step numbers above the columns, as far as they fit.
  private func ruler(width: Int, steps: Int) -> String {
    var result = ""
    while result.count < width {
      let label = String(result.count * steps / width)
      guard result.count + label.count <= width else { break }
      result += label.padding(toLength: 16, withPad: " ", startingAt: 0)
    }
    return String(result.prefix(width))
  }

  /// The most bytes that are alive at once, those where several tensors lie once: no plan can do with less.
  private func fullestStep(_ tensors: [PlanReport.Tensor], steps: Int) -> UInt64 {
    let ordered = tensors.sorted { ($0.offset ?? 0) < ($1.offset ?? 0) }
    return (0..<steps).map { step in
      var (alive, end) = (UInt64(0), UInt64(0))
      for tensor in ordered where max(0, tensor.firstNode) <= step && max(tensor.firstNode, tensor.lastNode) >= step {
        let last = (tensor.offset ?? 0) + tensor.byteCount
        alive += max(last, end) - max(tensor.offset ?? 0, end)
        end = max(end, last)
      }
      return alive
    }.max() ?? 0
  }
}
