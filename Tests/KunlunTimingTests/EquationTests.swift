// What every time must obey, whatever the figures are. SPDX-License-Identifier: Apache-2.0
@testable import KunlunTiming
import XCTest

final class EquationTests: XCTestCase {
  private func kernel(_ m: Double, _ n: Double, _ k: Double, bytes: Double = 4, weight: Double = 2) -> Kernel {
    Kernel(.product(MatrixProduct(lineLength: m, columns: n, depth: k)), inputs: [Access(0, bytes: m * k * bytes)], operands: [Access(1, bytes: k * n * weight)],
      outputs: [Access(2, bytes: m * n * bytes)])
  }

  private func seconds(_ card: CardProfile, _ kernel: Kernel, _ precision: Precision, _ space: MemorySpace = .global) throws -> Double {
    try card.cost(kernel, precision: precision) { _ in space }.seconds
  }

  /// Sizes around tiles, chunks and the depth slice, and some between.
  private let sizes: [Double] = [1, 7, 15, 16, 17, 31, 32, 33, 64, 100, 255, 256, 257, 512, 1000, 2047, 2048, 2049, 4095, 4096, 4097, 8192, 8193, 20000]

  func testMonotoneInEveryExtent() throws {
    for name in CardProfile.stockNames {
      let card = try CardProfile.named(name)
      for tile in card.tiles {
        for fixed in [(33.0, 500.0), (1024, 2048), (1, 8193)] {
          for axis in 0..<3 {
            var last = 0.0
            for size in sizes {
              let extents = axis == 0 ? (size, fixed.0, fixed.1) : axis == 1 ? (fixed.0, size, fixed.1) : (fixed.0, fixed.1, size)
              let time = try seconds(card, kernel(extents.0, extents.1, extents.2), tile.precision)
              XCTAssertGreaterThanOrEqual(time, last, "\(name), \(tile.precision), \(extents)")
              last = time
            }
          }
        }
      }
    }
  }

  /// No product is faster than its multiply-adds at the peak, or than its tensors at the whole bandwidth of the memory they lie in.
  func testNeverBelowTheRoofline() throws {
    var random = SystemRandomNumberGenerator()
    for name in CardProfile.stockNames {
      let card = try CardProfile.named(name)
      for tile in card.tiles {
        for _ in 0..<60 {
          let (m, n, k) = (Double.random(in: 1...9000, using: &random).rounded(), Double.random(in: 1...9000, using: &random).rounded(),
            Double.random(in: 1...9000, using: &random).rounded())
          let one = kernel(m, n, k)
          let moved = (one.inputs + one.operands + one.outputs).reduce(0) { $0 + $1.bytes }
          for (space, bandwidth) in [(MemorySpace.global, card.memoryBandwidth), (.l3, card.l3Bandwidth)] {
            let time = try seconds(card, one, tile.precision, space)
            XCTAssertGreaterThanOrEqual(time, m * n * k / card.peakMultiplyAdds(tile), "\(name), \(tile.precision), \(m) x \(n) x \(k)")
            XCTAssertGreaterThanOrEqual(time, moved / bandwidth, "\(name), \(tile.precision), \(m) x \(n) x \(k) in \(space)")
          }
        }
      }
    }
  }

  func testClockCountsOnlyWhereMultipliersBound() throws {
    for name in CardProfile.stockNames {
      let card = try CardProfile.named(name)
      var fast = card
      fast.sdnnClockMegahertz *= 1.25
      func body(_ card: CardProfile, _ kernel: Kernel) throws -> Double { try card.cost(kernel, precision: .int16) { _ in .l3 }.bodySeconds }
      // Deep and square: bound by multipliers. One row: bound by reading the weights.
      let (deep, flat) = (kernel(2048, 256, 4096, bytes: 1, weight: 1), kernel(1, 4096, 4096))
      XCTAssertEqual(try body(card, deep) / body(fast, deep), 1.25, accuracy: 1e-9, name)
      XCTAssertEqual(try body(card, flat), try body(fast, flat), accuracy: 1e-15, name)
    }
  }

  /// By hand: 100 x 40 x 50 in int16 on a K200. 7 x 3 tiles of ceil(50 / 16) + 8 = 12 cycles; 4 SDNNs share 7 rows of tiles: 2 x 3 tiles.
  func testCyclesByHand() throws {
    let card = try CardProfile.named("kunlun-k200")
    let tile = try card.requiredTile(.int16)
    XCTAssertEqual(MatrixProduct(lineLength: 100, columns: 40, depth: 50).cycles(on: tile, engines: 4, fill: 8), 6 * 12)
    // Three lines of 20 are 3 x 2 tiles of rows, not ceil(60 / 16) = 4; 8 heads go whole to 4 SDNNs.
    XCTAssertEqual(MatrixProduct(lines: 3, lineLength: 20, columns: 16, depth: 16).cycles(on: tile, engines: 1, fill: 8), 6 * 9)
    XCTAssertEqual(MatrixProduct(lineLength: 16, columns: 16, depth: 16, batch: 8).cycles(on: tile, engines: 4, fill: 8), 2 * 9)
    XCTAssertEqual(MatrixProduct(lineLength: 16, columns: 16, depth: 16, groups: 8).cycles(on: tile, engines: 4, fill: 8), 8 * 9)
    // int31: three passes over the depth, one filling.
    XCTAssertEqual(MatrixProduct(lineLength: 16, columns: 16, depth: 32).cycles(on: try card.requiredTile(.int31), engines: 1, fill: 8), 3 * 2 + 8)
  }

  /// Against dealing tiles to engines one by one, for every way in which rows and columns can be shared out.
  func testCyclesAgainstDealing() throws {
    var random = SystemRandomNumberGenerator()
    let tiles = try CardProfile.named("kunlun-r200").tiles + CardProfile.named("kunlun-k200").tiles
    for _ in 0..<200 {
      guard let tile = tiles.randomElement(using: &random) else { return }
      let (lines, length, columns, depth) = (Int.random(in: 1...9, using: &random), Int.random(in: 1...90, using: &random), Int.random(in: 1...200, using: &random),
        Int.random(in: 1...300, using: &random))
      let engines = Int.random(in: 1...6, using: &random)
      func count(_ extent: Int, _ step: Double) -> Int { stride(from: 0, to: extent, by: Int(step)).reduce(0) { sum, _ in sum + 1 } }
      let (rows, across) = (lines * count(length, tile.rows), count(columns, tile.columns))
      var least = Int.max
      for s in 1...engines {
        for t in 1...engines where s * t <= engines {
          var load = [Int](repeating: 0, count: s * t)
          for row in 0..<rows { for column in 0..<across { load[row % s * t + column % t] += 1 } }
          least = min(least, load.max() ?? 0)
        }
      }
      let expected = Double(least) * (tile.passes * Double(count(depth, tile.depth)) + 8)
      let product = MatrixProduct(lines: Double(lines), lineLength: Double(length), columns: Double(columns), depth: Double(depth))
      // The whole product on one engine is a way too, and never the only best one.
      XCTAssertEqual(product.cycles(on: tile, engines: Double(engines), fill: 8), expected, "\(product) on \(engines) engines")
    }
  }

  /// 4 MB of int16 weights for 512 columns: chunks of 256, activations read twice (as an owner of the card describes it).
  func testWeightChunks() throws {
    let card = try CardProfile.named("kunlun-k200")
    let tile = try card.requiredTile(.int16)
    XCTAssertEqual(MatrixProduct(lineLength: 64, columns: 512, depth: 4096).chunkColumns(on: tile, card: card), 256)
    XCTAssertEqual(MatrixProduct(lineLength: 64, columns: 512, depth: 4096).inputPasses(on: tile, card: card), 2)
    XCTAssertEqual(MatrixProduct(lineLength: 64, columns: 512, depth: 4097).chunkColumns(on: tile, card: card), 128)
    XCTAssertEqual(MatrixProduct(lineLength: 64, columns: 1, depth: 1e9).inputPasses(on: tile, card: card), 1)
    // The other loop order is taken where it moves less: few rows, many columns.
    let one = Kernel(.product(MatrixProduct(lineLength: 64, columns: 8192, depth: 4096)), inputs: [Access(0, bytes: 64 * 4096 * 4)],
      operands: [Access(1, bytes: 4096 * 8192 * 2)], outputs: [Access(2, bytes: 64 * 8192 * 4)])
    let plain = try card.cost(one, precision: .int16) { _ in .global }
    let tuned = try card.cost(one, precision: .int16, isTuned: true) { _ in .global }
    XCTAssertEqual(plain.inputPasses, 32)
    XCTAssertLessThanOrEqual(tuned.globalBytes, plain.globalBytes)
  }

  /// A vector kernel on the clusters: bytes over the part of the bandwidth that they reach, or operations over all lanes.
  func testVectorKernels() throws {
    let card = try CardProfile.named("kunlun-r200")
    let copy = Kernel(.vector(operations: 1000), operands: [Access(0, bytes: 4e6)], outputs: [Access(1, bytes: 4e6)])
    XCTAssertEqual(try card.cost(copy, precision: .int16) { _ in .global }.bodySeconds, 8e6 / (0.45 * 512e9), accuracy: 1e-12)
    XCTAssertEqual(try card.cost(copy, precision: .int16) { _ in .l3 }.bodySeconds, 8e6 / 1024e9, accuracy: 1e-12)
    let heavy = Kernel(.vector(operations: 1e9), operands: [Access(0, bytes: 4)])
    XCTAssertEqual(try card.cost(heavy, precision: .int16) { _ in .global }.bodySeconds, 1e9 / (8 * 64 * 16 * 1.2e9), accuracy: 1e-12)
  }
}
