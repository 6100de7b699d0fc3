// Published times of matrix products on a K200, beside the model's. SPDX-License-Identifier: Apache-2.0
import KunlunTiming
import XCTest

/// Rows 1 to 27 of docs/kunlun.md. The bounds are those of the table there; a row that a constant was fitted to says so.
final class MatrixRowsTests: XCTestCase {
  private func device(_ megahertz: Double = 900) throws -> CardProfile {
    var card = try CardProfile.named("kunlun-k200")
    card.sdnnClockMegahertz = megahertz
    card.clusterClockMegahertz = megahertz
    return card
  }

  /// A product of m x k by k x n with its tensors in global memory.
  private func kernel(m: Double, n: Double, k: Double, bytes: (input: Double, weight: Double, output: Double), findsMaxima: Bool) -> Kernel {
    let (input, weight) = (Access(0, bytes: m * k * bytes.input), Access(1, bytes: k * n * bytes.weight))
    return Kernel(.product(MatrixProduct(lineLength: m, columns: n, depth: k)), inputs: [input], operands: [weight],
      outputs: [Access(2, bytes: m * n * bytes.output)], unknownMaxima: findsMaxima ? [input, weight] : [])
  }

  /// Seconds of `count` products called from the library, with the wait for the last.
  private func seconds(_ kernel: Kernel, _ precision: Precision, count: Int = 1) throws -> Double {
    let card = try device()
    let cost = try card.cost(kernel, precision: precision) { _ in .global }
    var queue = CommandQueue(card, try HostProfile.named("library"))
    let copies = 2 * card.pcieLatencyMicroseconds * 1e-6
    let product = QueuedOperator(name: "product", place: .device([(kernel, cost)]))
    return queue.run(Array(repeating: product, count: count), inputs: [0], outputs: [0]) - copies
  }

  private struct Row {
    let number: String
    let size: Double
    let precision: Precision
    let milliseconds: Double
  }

  func testSquareProducts() throws {
    let rows: [Row] = [(512.0, 0.08, 0.11), (1024, 0.17, 0.37), (2048, 0.86, 2.20), (4096, 6.07, 30.6), (8192, 60.2, 243.7)].enumerated().flatMap {
      [Row(number: "\($0 + 1)", size: $1.0, precision: .float16, milliseconds: $1.1), Row(number: "\($0 + 6)", size: $1.0, precision: .int31, milliseconds: $1.2)]
    }
    for row in rows {
      let bytes = row.precision.activationBytes
      let one = kernel(m: row.size, n: row.size, k: row.size, bytes: (bytes, bytes, bytes), findsMaxima: true)
      assertRow(row.number, "K200, \(Int(row.size))³, \(row.precision.rawValue), ms", published: row.milliseconds, model: try seconds(one, row.precision) * 1e3,
        0.80...1.20, ["1", "5", "9"].contains(row.number) ? .fitted : .heldOut)
    }
  }

  /// Eight layers of 2048 x 2048; the measurement includes a copy of 0.03 ms, which is taken off.
  func testPerceptron() throws {
    for (number, batch, precision, milliseconds) in [("11", 32.0, Precision.float16, 1.37), ("12", 64, .float16, 1.49), ("13", 128, .float16, 1.69),
      ("14", 32, .int31, 2.48), ("15", 64, .int31, 2.76), ("16", 128, .int31, 3.30)] {
      let bytes = precision.activationBytes
      let layer = kernel(m: batch, n: 2048, k: 2048, bytes: (bytes, bytes, bytes), findsMaxima: true)
      assertRow(number, "K200, 8 layers of 2048², \(precision.rawValue), batch \(Int(batch)), ms", published: milliseconds,
        model: try seconds(layer, precision, count: 8) * 1e3, 0.80...1.20, number == "11" ? .fitted : .heldOut)
    }
  }

  /// Tera-operations a second of both devices on long products, 512 columns and a depth of 4096; `rows` are those of both together.
  private func rate(_ megahertz: Double, _ precision: Precision, rows: Double, bytes: (Double, Double, Double), findsMaxima: Bool = false) throws -> Double {
    let one = kernel(m: rows / 2, n: 512, k: 4096, bytes: bytes, findsMaxima: findsMaxima)
    let cost = try device(megahertz).cost(one, precision: precision) { _ in .global }
    return 2 * rows * 512 * 4096 / cost.seconds / 1e12
  }

  func testClockSweep() throws {
    let measured = [(900.0, 228.1, 57.4), (1000, 240.1, 62.0), (1050, 251.7, 65.0), (1100, 263.4, 68.1), (1150, 274.9, 71.1)]
    for (index, row) in measured.enumerated() {
      let (name, origin) = ("TOPS at \(Int(row.0)) MHz", index == 0 ? RowOrigin.fitted : .heldOut)
      assertRow("\(17 + index)", "K200, int8, \(name)", published: row.1, model: try rate(row.0, .int8, rows: 65408, bytes: (1, 1, 2)), 0.93...1.07, origin)
      assertRow("\(22 + index)", "K200, int16, \(name)", published: row.2, model: try rate(row.0, .int16, rows: 32704, bytes: (2, 2, 2)), 0.93...1.07, origin)
    }
  }

  func testPipelinesByHand() throws {
    assertRow("27a", "K200, float32 tensors, int16 products, TOPS", published: 34.3, model: try rate(900, .int16, rows: 516096, bytes: (4, 2, 4)), 0.8...1.25)
    let slow = try rate(1000, .int8, rows: 1_048_576, bytes: (1, 1, 4))
    let fast = try rate(1250, .int8, rows: 1_048_576, bytes: (1, 1, 4))
    assertRow("27b", "K200, own int8 pipeline, TOPS at 900 MHz", published: 212.0, model: try rate(900, .int8, rows: 1_048_576, bytes: (1, 1, 4)), 0.85...1.1)
    assertRow("27b", "the same at 1000 MHz", published: 232.9, model: slow, 0.85...1.1, .fitted)
    assertRow("27b", "the same at 1250 MHz", published: 238.5, model: fast, 0.85...1.1, .fitted)
    // Bound by memory: the clock does not matter.
    XCTAssertEqual(slow, fast, accuracy: 1e-3 * slow)
    assertRow("27c", "K200, own int31 pipeline, TOPS", published: 9.9, model: try rate(900, .int31, rows: 516096, bytes: (4, 4, 4)), 0.8...1.2)
    assertRow("27d", "K200, library, float16, TOPS", published: 36.8, model: try rate(900, .float16, rows: 32704, bytes: (2, 2, 2), findsMaxima: true), 0.8...1.2)
    assertRow("27e", "K200, library, float32 tensors, TOPS", published: 24.9, model: try rate(900, .int16, rows: 16384, bytes: (4, 4, 4), findsMaxima: true), 0.8...1.2)
  }
}

