// Tables of text for the terminal. SPDX-License-Identifier: Apache-2.0
import Foundation

/// Rows of cells, printed with columns that line up.
struct TextTable {
  enum Alignment { case left, right }

  private let titles: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// A title that starts with ">" makes its column right-aligned.
  init(_ titles: String...) {
    self.titles = titles.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
    alignments = titles.map { $0.hasPrefix(">") ? .right : .left }
  }

  var isEmpty: Bool { rows.isEmpty }

  mutating func add(_ cells: String...) { rows.append(cells) }

  /// The table, each line indented by two spaces, without a final line end.
  func text() -> String {
    let lines = titles.allSatisfy(\.isEmpty) ? rows : [titles] + rows
    let widths = alignments.indices.map { column in lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return lines.map { line in
      let cells = zip(line, zip(widths, alignments)).map { cell, layout in
        let space = String(repeating: " ", count: max(0, layout.0 - cell.count))
        return layout.1 == .right ? space + cell : cell + space
      }
      let joined = "  " + cells.joined(separator: "  ")
      return String(joined.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
