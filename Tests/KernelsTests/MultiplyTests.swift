// SPDX-License-Identifier: Apache-2.0
import Kernels
import Testing

/// Products of two factors as they come, transposed or not, against a double loop.
@Suite struct MultiplyTests {
  private struct Product: CustomStringConvertible {
    let rows, columns, depth: Int
    var transposesA = false, transposesB = false
    var scale: Float = 1
    var accumulates = false
    var description: String {
      "\(rows) x \(depth) x \(columns)\(transposesA ? ", a transposed" : "")\(transposesB ? ", b transposed" : ""), scale \(scale)\(accumulates ? ", added" : "")"
    }
  }

  /// Around the tiles and vectors of every instruction set; more columns than a block has; more depth than a part has; rows 4 KB apart, transposed and not.
  private static let sizes = [(3, 33, 17), (4, 7, 5), (13, 16, 3), (14, 64, 16), (15, 65, 31), (29, 40, 70), (57, 197, 33), (61, 701, 101), (30, 50, 613), (17, 130, 1024),
    (1024, 35, 9)]

  @Test func everyForm() {
    for (index, (rows, columns, depth)) in MultiplyTests.sizes.enumerated() {
      for form in 0..<4 {
        // Scales and sums take turns.
        check(Product(rows: rows, columns: columns, depth: depth, transposesA: form & 1 != 0, transposesB: form & 2 != 0,
            scale: (index + form) % 3 == 0 ? -0.3 : 1, accumulates: (index + form) % 2 == 1))
      }
    }
  }

  private func check(_ product: Product) {
    let (rows, columns, depth) = (product.rows, product.columns, product.depth)
    let extents = ProductExtents(rows: rows, columns: columns, depth: depth)
    func factor(_ count: Int, _ seed: Int) -> [Float] { (0..<count).map { Float(($0 &* 7919 &+ seed) % 2003 - 1001) / 1001 } }
    let a = factor(rows * depth, 3), b = factor(depth * columns, 5)
    // Neither what lies between the result's rows nor what lies behind the scratch may change.
    let (gap, guarded, mark) = (3, 64, Float(12345))
    let start = factor(rows * (columns + gap), 7)
    var result = start
    let room = multiplyScratch(extents)
    var scratch = [Float](repeating: mark, count: room + guarded)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        result.withUnsafeMutableBufferPointer { result in
          scratch.withUnsafeMutableBufferPointer { scratch in
            guard let a = a.baseAddress, let b = b.baseAddress, let target = result.baseAddress, let working = scratch.baseAddress else { return }
            multiply(MatrixFactor(a, stride: product.transposesA ? rows : depth, transposed: product.transposesA),
              MatrixFactor(b, stride: product.transposesB ? depth : columns, transposed: product.transposesB), extents, scale: product.scale, into: target,
              stride: columns + gap, accumulate: product.accumulates, scratch: working)
          }
        }
      }
    }
    var wrong = 0
    for row in 0..<rows {
      for column in 0..<columns {
        let place = row * (columns + gap) + column
        var sum = product.accumulates ? Double(start[place]) : 0
        var size = abs(sum)
        for k in 0..<depth {
          let left = Double(a[product.transposesA ? k * rows + row : row * depth + k])
          let term = Double(product.scale) * left * Double(b[product.transposesB ? column * depth + k : k * columns + column])
          sum += term
          size += abs(term)
        }
        // Each of the sums, and of the products with the scale, is rounded once, by 2^-24 of its size at most.
        if !(abs(Double(result[place]) - sum) <= Double(depth + 4) * 0x1p-24 * size) { wrong += 1 }
      }
      let between = row * (columns + gap) + columns
      #expect(result[between..<between + gap] == start[between..<between + gap], "\(product): wrote behind row \(row)")
    }
    #expect(wrong == 0, "\(product): \(wrong) results")
    #expect(scratch.suffix(guarded).allSatisfy { $0 == mark }, "\(product): wrote behind its scratch")
  }
}
