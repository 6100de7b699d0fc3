// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Testing

@testable import KunlunNumerics

let everyPrecision: [KunlunPrecision] = [.int8, .int16, .int31, .int31WithLL, .float16, .bfloat16, .tfloat32]

/// A product [rows, depth] times [depth, columns] as it is tested.
struct ProductCase {
  var precision: KunlunPrecision
  var (rows, depth, columns) = (1, 1, 1)
  var isPerChannel = false
  var isEvery16 = false
  var left: [Float] = []
  var right: [Float] = []

  init(_ precision: KunlunPrecision, _ rows: Int, _ depth: Int, _ columns: Int, seed: UInt64 = 1, scale: Float = 3) {
    self.precision = precision
    (self.rows, self.depth, self.columns) = (rows, depth, columns)
    var random = TestRandom(seed)
    left = random.floats(rows * depth, scale: scale)
    right = random.floats(depth * columns, scale: 0.1)
  }

  static func maximum(_ values: [Float]) -> Float { max(1e-30, values.filter { !$0.isNaN }.map(abs).max() ?? 0) }

  /// The product by the code under test, its rows and panels divided into `parts`. `slots`: the left factor's maximum as its producer left it.
  func result(parts: Int = 1, slots: MaximumSlots? = nil, isTransposed: Bool = false) -> [Float] {
    let factor = PackedFactor(precision, isPerChannel: isPerChannel, groups: 1, columns: columns, depth: depth)
    let packed = UnsafeMutableRawPointer.allocate(byteCount: factor.byteCount!, alignment: 64)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: ProductTile.scratchBytes(factor), alignment: 64)
    scratch.initializeMemory(as: UInt8.self, repeating: 0xFF, count: ProductTile.scratchBytes(factor))
    defer {
      packed.deallocate()
      scratch.deallocate()
    }
    var result = [Float](repeating: .nan, count: rows * columns)
    let stored = isTransposed ? transposed(left, rows, depth) : left
    right.withUnsafeBufferPointer { right in
      stored.withUnsafeBufferPointer { stored in
        factor.pack(MatrixFactor(right.baseAddress!, stride: columns), group: 0, maximum: largestMagnitude(right.baseAddress!, right.count).raised,
          into: packed)
        let found = slots ?? MaximumSlots(.second, of: stored.baseAddress!, stored.count)
        let product = KunlunProduct(.matrix(stored.baseAddress!, stride: isTransposed ? rows : depth, isTransposed: isTransposed),
          isEvery16 ? .every16 : .tensor(found.maximum), factor, packed, scratch: scratch)
        result.withUnsafeMutableBufferPointer { result in
          for part in 0..<parts {
            for columnPart in 0..<parts {
              product.compute(rows * part / parts, rows * (part + 1) / parts, firstPanel: factor.panels * columnPart / parts,
                endPanel: factor.panels * (columnPart + 1) / parts, into: result.baseAddress!, stride: columns)
            }
          }
        }
      }
    }
    return result
  }

  private func transposed(_ values: [Float], _ rows: Int, _ columns: Int) -> [Float] {
    (0..<columns * rows).map { values[$0 % rows * columns + $0 / rows] }
  }

  var expected: [Float] {
    let all = ProductCase.maximum(right)
    var result: [Float] = []
    for row in 0..<rows {
      for column in 0..<columns {
        let channel = (0..<depth).map { right[$0 * columns + column] }
        let own = isPerChannel && precision.isInteger
        let values = Array(left[row * depth..<(row + 1) * depth])
        guard own else {
          result.append(ScalarOracle.dot(values, channel, precision, leftMaximum: isEvery16 ? nil : ProductCase.maximum(left), rightMaximum: all))
          continue
        }
        // Rounded by the channel's maximum, summed as if that were 1, and scaled at the end.
        let maximum = ProductCase.maximum(channel)
        result.append(ScalarOracle.dot(values, channel, precision, leftMaximum: isEvery16 ? nil : ProductCase.maximum(left), rightMaximum: maximum,
          rightWorth: 1) * maximum)
      }
    }
    return result
  }
}

extension Float {
  fileprivate var raised: Float { Swift.max(self, 1e-30) }
}

private func expectSameBits(_ found: [Float], _ expected: [Float], _ what: String) {
  #expect(found.count == expected.count)
  for index in expected.indices where found[index].bitPattern != expected[index].bitPattern {
    if found[index].isNaN && expected[index].isNaN { continue }
    Issue.record("\(what): element \(index) is \(found[index]), expected \(expected[index])")
    return
  }
}

/// Sizes around those of tiles (4 and 32 rows), panels (8 columns), vectors (8) and slices (2048), and random ones.
@Test(arguments: everyPrecision)
func productsAreThoseOfTheOracle(_ precision: KunlunPrecision) {
  var shapes = [(1, 1, 1), (1, 7, 8), (3, 8, 9), (4, 9, 7), (5, 16, 8), (31, 17, 15), (32, 3, 16), (33, 40, 17), (2, 2047, 3), (2, 2048, 9), (3, 2049, 2),
    (2, 4100, 5), (1, 6145, 1)]
  var random = TestRandom(5)
  for _ in 0..<12 { shapes.append((random.integer(1...70), random.integer(1...150), random.integer(1...40))) }
  for (index, (rows, depth, columns)) in shapes.enumerated() {
    var product = ProductCase(precision, rows, depth, columns, seed: UInt64(index))
    expectSameBits(product.result(), product.expected, "\(precision) \(rows) \(depth) \(columns)")
    product.isPerChannel = true
    expectSameBits(product.result(), product.expected, "\(precision) \(rows) \(depth) \(columns) per channel")
    product.isPerChannel = false
    product.isEvery16 = true
    expectSameBits(product.result(), product.expected, "\(precision) \(rows) \(depth) \(columns) every 16")
  }
}

@Test(arguments: everyPrecision)
func edgeValuesAreMultipliedAsTheOracleDoes(_ precision: KunlunPrecision) {
  let edges: [Float] = [0, -0, .leastNonzeroMagnitude, 0x1p-130, -1e-30, 1, -1, 65_504, 1e30, -1e30]
  for (index, extra) in [[], [Float.infinity], [-Float.infinity, .nan], [-Float.nan]].enumerated() {
    var random = TestRandom(UInt64(index))
    var product = ProductCase(precision, 5, 33, 11)
    let values = edges + extra
    product.left = product.left.map { random.next() % 3 == 0 ? $0 : values[Int(random.next() % UInt64(values.count))] }
    product.right = product.right.map { random.next() % 2 == 0 ? $0 : edges[Int(random.next() % UInt64(edges.count))] }
    expectSameBits(product.result(), product.expected, "\(precision) with \(extra)")
  }
  var zeros = ProductCase(precision, 3, 20, 9)
  zeros.left = zeros.left.map { _ in 0 }
  expectSameBits(zeros.result(), zeros.expected, "\(precision) zeros")
  // The largest sums there are: every product R times R, over a whole slice.
  var full = ProductCase(precision, 2, 2048, 3)
  full.left = full.left.map { _ in 2 }
  full.right = full.right.map { _ in -0.5 }
  expectSameBits(full.result(), full.expected, "\(precision) full")
}

@Test(arguments: everyPrecision)
func divisionAndOrderOfTheOperandDoNotMatter(_ precision: KunlunPrecision) {
  for isEvery16 in [false, true] {
    var product = ProductCase(precision, 71, 100, 41)
    product.isEvery16 = isEvery16
    let whole = product.result()
    for parts in [2, 3, 5] { expectSameBits(product.result(parts: parts), whole, "\(precision) in \(parts) parts") }
    expectSameBits(product.result(isTransposed: true), whole, "\(precision), the left factor transposed")
  }
}

/// What the producer's engines write into their slots, and what an extra pass over its result finds, give the same product.
@Test(arguments: everyPrecision)
func slotsOfTheProducerGiveWhatAnExtraPassFinds(_ precision: KunlunPrecision) {
  for generation in [KunlunGeneration.first, .second] {
    let producer = ProductCase(precision, 50, 64, 24)
    let output = producer.result()
    var slots = MaximumSlots(generation)
    for engine in 0..<slots.count {
      let rows = 50 * engine / slots.count..<50 * (engine + 1) / slots.count
      let share = Array(output[rows.lowerBound * 24..<rows.upperBound * 24])
      share.withUnsafeBufferPointer { slots.raise(engine, to: largestMagnitude($0.baseAddress!, $0.count)) }
    }
    var consumer = ProductCase(precision, 50, 24, 10)
    consumer.left = output
    expectSameBits(consumer.result(slots: slots), consumer.result(), "\(precision)")
  }
}

/// |error| <= depth 2^-30 max(x) max(w) from the low halves that are left out, and the roundings of operands and sums.
@Test(arguments: [KunlunPrecision.int31, .int31WithLL])
func int31StaysWithinItsBound(_ precision: KunlunPrecision) {
  var worst = 0.0
  for (seed, depth) in [1, 16, 100, 576, 1000, 2048, 4608].enumerated() {
    let product = ProductCase(precision, 6, depth, 9, seed: UInt64(seed))
    let found = product.result()
    let scale = Double(ProductCase.maximum(product.left)) * Double(ProductCase.maximum(product.right))
    for row in 0..<6 {
      for column in 0..<9 {
        var exact = 0.0
        for k in 0..<depth { exact += Double(product.left[row * depth + k]) * Double(product.right[k * 9 + column]) }
        // Each operand is off by 2^-31 of its maximum; of float32 additions there are `passes` a slice, each of sums below depth times scale.
        let dropped = precision == .int31 ? 0x1p-30 : 0
        let rounding = Double(depth) * 2 * 0x1p-31 * scale + Double(precision.passCount + 1) * Double((depth + 2047) / 2048) * 0x1p-24 * 4 * (abs(exact) + Double(depth) * scale * 0x1p-14)
        let bound = Double(depth) * dropped * scale + rounding
        let error = abs(Double(found[row * 9 + column]) - exact)
        worst = max(worst, error / bound)
        #expect(error <= bound, "depth \(depth)")
      }
    }
  }
  // A bound that nothing comes near would test nothing.
  #expect(worst > 0.005)
}

/// Leaving out the low halves shows where the high ones are zero.
@Test func lowHalvesAreLeftOutUnlessAskedFor() {
  var product = ProductCase(.int31, 1, 2, 2)
  product.left = [1, 0x1p-20]
  product.right = [1, 0, 0, 0x1p-20]
  #expect(product.result()[1] == 0)
  product.precision = .int31WithLL
  #expect(abs(Double(product.result()[1]) - 0x1p-40) < 0x1p-48)
}
