// Separable convolutions whose maps do not fit a cache, beside the convolutions that they are made of. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import KernelCases
import ModelFile
import XCTest

@testable import Compiler

final class SeparableTests: XCTestCase {
  /// Tolerance: the same float sums of at most 300 products of numbers below 1, in another order, three times after each other.
  func testStripes() throws {
    for block in SeparableBlock.all {
      let graph = block.joined()
      XCTAssertEqual(graph.nodes.map(\.operatorCode), [.separableConvolution], "\(block)")
      let packed = try packConstants(of: graph)
      let expected = try SeparableTests.results(block.separate(), block, "generic", 1)
      let largest = expected.map { abs($0) }.max() ?? 0
      for (backends, threads, stored) in [("generic", 1, [:]), ("generic", 2, [:]), ("tuned,generic", 1, [:]), ("tuned,generic", 2, packed),
        ("tuned,generic", 3, [:]), ("generic", 1, packed)] as [(String, UInt32, [ObjectIdentifier: PackedBytes])] {
        let result = try SeparableTests.results(graph, block, backends, threads, packed: stored)
        let error = zip(expected, result).map { abs($0 - $1) }.max() ?? 0
        XCTAssertEqual(result.count, expected.count)
        XCTAssertLessThanOrEqual(error, 2e-5 * max(largest, 1), "\(block), \(backends), \(threads) threads")
      }
    }
  }

  private static func results(_ graph: Graph, _ block: SeparableBlock, _ backends: String, _ threads: UInt32, packed: [ObjectIdentifier: PackedBytes] = [:]) throws -> [Float] {
    let session = try TestSession(graph, threads: threads, backends: backends, packed: packed)
    try session.write(0, testFloats(block.input.reduce(1, *), seed: 21))
    if block.hasResidual { try session.write(1, testFloats(graph.inputs[1].shape?.reduce(1, *) ?? 0, seed: 77)) }
    try session.run()
    return try session.read(0, Float.self).values
  }
}
