// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kernels
import Testing

/// Rows of every length about the vectors' own, beside loops in double precision: what is behind the last row is never read or written.
@Suite struct ShortRowsTests {
  private static let lengths = Array(1...70) + [127, 1025, 2049, 2055]
  private static let rows = 19

  /// Numbers of a small linear congruence in eighths between -3 and 3, so that some are equal, and a NaN behind them.
  private static func values(_ count: Int) -> [Float] {
    var state: UInt32 = 99
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int(state >> 24) % 49 - 24) / 8
    } + [.nan]
  }

  @Test(arguments: [false, true]) func softmax(logarithm: Bool) {
    for length in Self.lengths {
      let x = Self.values(Self.rows * length)
      var y = x
      y.withUnsafeMutableBufferPointer { y in
        // In place, as the planner may have it.
        softmaxRows(UnsafePointer(y.baseAddress!), y.baseAddress!, rows: Self.rows, length: length, logarithm: logarithm)
      }
      #expect(y[Self.rows * length].isNaN)
      for row in 0..<Self.rows {
        let line = x[row * length..<(row + 1) * length].map { Double($0) }
        let total = line.reduce(0) { $0 + exp($1) }
        let wanted = line.map { logarithm ? $0 - log(total) : exp($0) / total }
        // Two units in the last place of the exponential, and the rounding of sums whose length grows.
        let worst = zip(wanted, y[row * length..<(row + 1) * length]).map { abs($0 - Double($1)) / max(abs($0), logarithm ? 1 : 0) }.max() ?? 0
        #expect(worst <= 1e-6, "\(length): \(worst)")
      }
    }
  }

  @Test func reductions() {
    for length in Self.lengths {
      let x = Self.values(Self.rows * length)
      for kind in [FloatReductionKind.sum, .sumOfSquares, .maximum, .minimum] {
        var y = [Float](repeating: 9, count: Self.rows + 1)
        kind.rows(x, rows: Self.rows, length: length, into: &y)
        #expect(y[Self.rows] == 9)
        for row in 0..<Self.rows {
          let line = x[row * length..<(row + 1) * length].map { Double($0) }
          // Eighths: exact as long as sums stay below 2^17.
          let wanted = kind == .sum ? line.reduce(0, +) : kind == .sumOfSquares ? line.reduce(0) { $0 + $1 * $1 } : kind == .maximum ? line.max()! : line.min()!
          #expect(Double(y[row]) == wanted && Double(kind.row(Array(x[row * length..<(row + 1) * length]), length)) == wanted)
        }
      }
    }
  }

  @Test func sumsOfExponentials() {
    for length in Self.lengths {
      let x = Self.values(length)
      let wanted = x.dropLast().reduce(0) { $0 + exp(Double($1) - 3) }
      let found = Double(FloatReductionKind.sumOfExponentials.row(x, length, shift: 3))
      #expect(abs(found - wanted) <= 1e-6 * wanted)
    }
  }

  @Test func positions() {
    for length in Self.lengths {
      var x = Self.values(Self.rows * length)
      // A NaN counts only where it comes first.
      x[0] = .nan
      x[length + length / 2] = .nan
      for (minimum, last) in [(false, false), (true, false), (false, true), (true, true)] {
        var found = [Int](repeating: -1, count: Self.rows)
        extremePositions(x, rows: Self.rows, length: length, minimum: minimum, last: last) { found[$0] = $1 }
        for row in 0..<Self.rows {
          var (best, place) = (x[row * length], 0)
          for index in 1..<max(length, 1) {
            let value = x[row * length + index]
            if minimum ? value < best : value > best { (best, place) = (value, index) } else if last && value == best { place = index }
          }
          #expect(found[row] == place, "\(length), row \(row), \(minimum), \(last)")
        }
      }
    }
  }

  @Test func columns() {
    for (rows, columns) in [(1, 1), (16, 40), (17, 40), (31, 256), (100, 3)] {
      let stride = columns + 5
      var x = Self.values(rows * stride)
      // Columns that begin with what softmax gives no weight, and one that holds nothing else.
      for row in 0..<rows where columns > 2 {
        if row < rows - 1 { x[row * stride] = -.infinity }
        x[row * stride + 1] = -.infinity
      }
      var y = [Float](repeating: 7, count: x.count)
      softmaxColumns(x, &y, rows: rows, stride: stride, columns: columns, logarithm: false)
      for column in 0..<stride {
        let line = (0..<rows).map { Double(x[$0 * stride + column]) }
        let total = line.reduce(0) { $0 + exp($1) }
        for row in 0..<rows {
          let found = y[row * stride + column]
          if column >= columns {
            #expect(found == 7)
          } else if total == 0 {
            #expect(found.isNaN)
          } else {
            #expect(abs(Double(found) - exp(line[row]) / total) <= 1e-6)
          }
        }
      }
    }
  }
}
