// Convolutions and products written over their residual, beside loops in double precision. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import KernelCases
import ModelFile
import XCTest

@testable import Compiler

final class ResidualTests: XCTestCase {
  /// r = -q, and y = relu(convolution(x, w) + r), stride 1, with `kernel` x `kernel` windows.
  private struct Layer {
    var height: Int, width: Int, channels: Int, outputs: Int
    var kernel = 1
    /// Whether r is read again behind the convolution: z = -r.
    var readsLater = false
    /// Whether the convolution reads r as its input, too.
    var isInput = false

    var inputCount: Int { height * width * channels }
    var outputCount: Int { height * width * outputs }

    func graph() -> Graph {
      let graph = Graph(name: "residual")
      let x = Value(name: "x", type: .float32, shape: [1, height, width, channels])
      let q = Value(name: "q", type: .float32, shape: [1, height, width, outputs])
      let r = Value(name: "r", type: .float32, shape: q.shape)
      let y = Value(name: "y", type: .float32, shape: q.shape)
      let w = Value(name: "w", constant: Constant(shape: [kernel, kernel, channels, outputs],
        floats: testFloats(kernel * kernel * channels * outputs, seed: 3)))
      let padding = Attribute.integers([kernel / 2, kernel / 2])
      graph.inputs = [x, q]
      graph.nodes = [
        Node(.unary, name: "negate", inputs: [q], outputs: [r], attributes: ["function": .member("negate")]),
        Node(.convolution, name: "layer", inputs: [isInput ? r : x, w, nil, r], outputs: [y],
          attributes: ["strides": .integers([1, 1]), "dilations": .integers([1, 1]), "padding_begin": padding, "padding_end": padding,
            "groups": .integer(1), "activation": .activation(function: "relu", alpha: 1, beta: 0)]),
      ]
      graph.outputs = [y]
      if readsLater {
        let z = Value(name: "z", type: .float32, shape: q.shape)
        graph.nodes.append(Node(.unary, name: "again", inputs: [r], outputs: [z], attributes: ["function": .member("negate")]))
        graph.outputs.append(z)
      }
      return graph
    }

    func expected(_ x: [Float], _ q: [Float]) -> [Double] {
      let w = testFloats(kernel * kernel * channels * outputs, seed: 3)
      var sums = q.map { -Double($0) }
      for row in 0..<height {
        for column in 0..<width {
          for tap in 0..<(kernel * kernel) {
            let (y, x0) = (row + tap / kernel - kernel / 2, column + tap % kernel - kernel / 2)
            guard y >= 0, y < height, x0 >= 0, x0 < width else { continue }
            for channel in 0..<channels {
              let place = (y * width + x0) * channels + channel
              let element = isInput ? -Double(q[place]) : Double(x[place])
              for output in 0..<outputs {
                sums[(row * width + column) * outputs + output] += element * Double(w[(tap * channels + channel) * outputs + output])
              }
            }
          }
        }
      }
      return sums.map { max($0, 0) }
    }
  }

  /// Rows around tiles and pairs of tiles, columns around panels, and a depth of more than one part.
  private static let layers = [
    Layer(height: 7, width: 9, channels: 5, outputs: 70), Layer(height: 1, width: 3, channels: 19, outputs: 9),
    Layer(height: 5, width: 17, channels: 33, outputs: 96), Layer(height: 2, width: 7, channels: 1500, outputs: 17),
    Layer(height: 9, width: 11, channels: 32, outputs: 40, kernel: 3), Layer(height: 3, width: 5, channels: 3, outputs: 35, kernel: 3),
    Layer(height: 7, width: 9, channels: 5, outputs: 70, readsLater: true),
    Layer(height: 9, width: 11, channels: 32, outputs: 40, kernel: 3, readsLater: true),
    Layer(height: 9, width: 13, channels: 48, outputs: 48, isInput: true),
    Layer(height: 9, width: 13, channels: 48, outputs: 48, kernel: 3, isInput: true),
    // Last panels of 24 and 16 columns.
    Layer(height: 9, width: 13, channels: 88, outputs: 24), Layer(height: 6, width: 7, channels: 144, outputs: 48),
  ]

  /// Tolerance: a hundred-thousandth of the largest result is rounding, F(4, 3) has twice that; see TunedTests.
  func testResults() throws {
    for (index, layer) in ResidualTests.layers.enumerated() {
      try keepLayer(layer.graph(), "residual-\(index)")
      let x = testFloats(layer.inputCount, seed: 11), q = testFloats(layer.outputCount, seed: 77)
      let expected = layer.expected(x, q)
      for (backends, threads) in [("generic", 1), ("tuned,generic", 1), ("tuned,generic", 3)] {
        let session = try TestSession(layer.graph(), threads: UInt32(threads), backends: backends)
        try session.write(0, x)
        try session.write(1, q)
        for run in 0..<2 {
          try session.run()
          let found = try session.read(0, Float.self).values
          XCTAssertEqual(found.count, expected.count)
          let error = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
          XCTAssertLessThanOrEqual(error, 2e-5 * max(expected.max() ?? 0, 1), "layer \(index), \(backends), \(threads) threads, run \(run)")
          if layer.readsLater { XCTAssertEqual(try session.read(1, Float.self).values, q, "layer \(index), \(backends)") }
        }
      }
    }
  }

  /// The result takes the residual's memory where nobody else reads it, with panels and with Winograd's filtering, and not elsewhere.
  func testMemory() throws {
    func bytes(_ count: Int) -> UInt64 { UInt64((4 * count + 63) / 64 * 64) }
    func arena(_ layer: Layer) throws -> UInt64 { try UInt64(TestSession(layer.graph(), backends: "tuned,generic").memoryNeeds().arena_bytes) }
    for kernel in [1, 3] {
      let layer = Layer(height: 9, width: 11, channels: 32, outputs: 40, kernel: kernel)
      XCTAssertEqual(try arena(layer), bytes(layer.inputCount) + 2 * bytes(layer.outputCount), "x, q, and r with y")
      let both = Layer(height: 9, width: 13, channels: 48, outputs: 48, kernel: kernel, isInput: true)
      XCTAssertEqual(try arena(both), bytes(both.inputCount) + 3 * bytes(both.outputCount), "x, q, r and y")
    }
  }
}
