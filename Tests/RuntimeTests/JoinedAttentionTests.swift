// Attention whose queries, keys and values lie side by side, beside loops in double precision. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import KernelCases
import ModelFile
import XCTest

@testable import Compiler

/// An attention to its own rows; `mask`: its shape, empty where there is none.
private struct JoinedAttention: CustomStringConvertible {
  var batch = 1
  var rows: Int
  var heads: Int
  var features: Int
  var values: Int
  var causal = false
  var mask: [Int] = []
  static let scale = 0.25
  var width: Int { heads * (2 * features + values) }
  var description: String { "[\(batch), \(rows), \(heads) x (\(features) + \(features) + \(values))] causal \(causal), mask \(mask)" }
}

final class JoinedAttentionTests: XCTestCase {
  /// Sizes around the tiles and blocks of the tuned attention, and rows too few for it.
  private static let attentions: [JoinedAttention] = [
    JoinedAttention(rows: 40, heads: 4, features: 15, values: 15),
    JoinedAttention(batch: 3, rows: 9, heads: 2, features: 32, values: 24, mask: [3, 1, 1, 9]),
    JoinedAttention(rows: 37, heads: 3, features: 7, values: 33, causal: true),
    JoinedAttention(batch: 2, rows: 131, heads: 1, features: 1, values: 64, causal: true, mask: [1, 1, 131, 131]),
    JoinedAttention(rows: 403, heads: 2, features: 33, values: 17, mask: [1, 2, 403, 403]),
    JoinedAttention(rows: 530, heads: 1, features: 20, values: 9, causal: true),
    JoinedAttention(rows: 1, heads: 5, features: 6, values: 1),
    JoinedAttention(batch: 2, rows: 7, heads: 3, features: 5, values: 13, causal: true, mask: [7, 7]),
  ]

  /// Of -2 to 2.
  private static func floats(_ count: Int, seed: Int) -> [Float] { testFloats(count, seed: seed).map { $0 * 2 } }

  private static func graph(_ attention: JoinedAttention) -> Graph {
    let graph = Graph(name: "attention")
    let x = Value(name: "x", type: .float32, shape: [attention.batch, attention.rows, attention.width])
    let y = Value(name: "y", type: .float32, shape: [attention.batch, attention.rows, attention.heads * attention.values])
    let mask = Value(name: "mask", type: .float32, shape: attention.mask)
    graph.inputs = attention.mask.isEmpty ? [x] : [x, mask]
    graph.outputs = [y]
    graph.nodes = [
      Node(.attention, name: "a", inputs: attention.mask.isEmpty ? [x] : [x, nil, nil, mask], outputs: [y], attributes: [
        "heads": .integer(attention.heads), "scale": .float(JoinedAttention.scale), "causal": .boolean(attention.causal),
        "value_features": .integer(attention.values),
      ])
    ]
    return graph
  }

  private static func expected(_ attention: JoinedAttention, _ x: [Float], _ mask: [Float]) -> [Double] {
    let (rows, features, values, heads) = (attention.rows, attention.features, attention.values, attention.heads)
    let shape = [Int](repeating: 1, count: 4 - attention.mask.count) + attention.mask
    var result: [Double] = []
    for batch in 0..<attention.batch {
      for row in 0..<rows {
        for head in 0..<heads {
          func element(_ row: Int, _ column: Int) -> Double { Double(x[(batch * rows + row) * attention.width + column]) }
          func score(_ key: Int) -> Double {
            let product = (0..<features).reduce(0.0) {
              $0 + element(row, head * features + $1) * element(key, (heads + head) * features + $1)
            }
            let position = zip(shape, [batch, head, row, key]).reduce(0) { $0 * $1.0 + ($1.0 == 1 ? 0 : $1.1) }
            return JoinedAttention.scale * product + (mask.isEmpty ? 0 : Double(mask[position]))
          }
          let scores = (0..<(attention.causal ? row + 1 : rows)).map(score)
          let largest = scores.max() ?? 0
          let weights = scores.map { exp($0 - largest) }
          let sum = weights.reduce(0, +)
          for value in 0..<values {
            result.append(weights.indices.reduce(0.0) { $0 + weights[$1] * element($1, 2 * heads * features + head * values + value) } / sum)
          }
        }
      }
    }
    return result
  }

  /// Tolerance: float sums of up to 530 products of numbers below 2, and scores of up to 40 in an exponential.
  func testBothBackends() throws {
    for attention in JoinedAttentionTests.attentions {
      let x = JoinedAttentionTests.floats(attention.batch * attention.rows * attention.width, seed: 5)
      let mask = attention.mask.isEmpty ? [] : JoinedAttentionTests.floats(attention.mask.reduce(1, *), seed: 11)
      let expected = JoinedAttentionTests.expected(attention, x, mask)
      for (backends, threads) in [("generic", 1), ("generic", 3), ("tuned,generic", 1), ("tuned,generic", 2), ("tuned,generic", 3)] {
        let session = try TestSession(JoinedAttentionTests.graph(attention), threads: UInt32(threads), backends: backends)
        try session.write(0, x)
        if !mask.isEmpty { try session.write(1, mask) }
        try session.run()
        let found = try session.read(0, Float.self).values
        XCTAssertEqual(found.count, expected.count, "\(attention)")
        let error = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
        XCTAssertLessThanOrEqual(error, 2e-5, "\(attention), \(backends), \(threads) threads")
      }
    }
  }

  /// Other shapes at run time: a sentence, and the session still works.
  func testWrongShapes() throws {
    let session = try TestSession(JoinedAttentionTests.graph(JoinedAttention(rows: 4, heads: 2, features: 3, values: 5)))
    for shape in [[1, 4, 21], [1, 4, 8], [4, 22], [1, 4, 0]] {
      func resizeAndRun() throws {
        try session.resize(0, shape)
        try session.run()
      }
      XCTAssertThrowsError(try resizeAndRun(), "\(shape)") { error in
        XCTAssertEqual((error as? CallFailure)?.status, coracle_status(CORACLE_INVALID_SHAPE), "\(error)")
      }
    }
    try session.resize(0, [2, 3, 22])
    try session.write(0, [Float](repeating: 1, count: 2 * 3 * 22))
    try session.run()
    XCTAssertEqual(try session.read(0, Float.self).values, [Float](repeating: 1, count: 2 * 3 * 10))
  }
}
