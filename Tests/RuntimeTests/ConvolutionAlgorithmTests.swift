// A convolution whose file says how it is computed. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import KernelCases
import ModelFile
import XCTest

@testable import Compiler

final class ConvolutionAlgorithmTests: XCTestCase {
  private static let algorithms = ["panels", "winograd2", "winograd4", "winograd6"]
  private static let measured = "measured when converted"

  /// One convolution of x [N, H, W, C] with weights [kernel, kernel, C / groups, M], a bias and, where wanted, a residual.
  private struct Layer {
    var input: [Int]
    var weights: [Int]
    var stride = 1, dilation = 1, padding = 1, paddingEnd = 1, groups = 1
    var function = "identity"
    var hasResidual = false

    var output: [Int] {
      let spatial = (0..<2).map { (input[$0 + 1] + padding + paddingEnd - dilation * (weights[$0] - 1) - 1) / stride + 1 }
      return [input[0]] + spatial + [weights[3]]
    }

    func graph(_ algorithm: Attribute?) -> Graph {
      func pair(_ value: Int) -> Attribute { .integers([value, value]) }
      var attributes: [String: Attribute] = ["strides": pair(stride), "dilations": pair(dilation), "padding_begin": pair(padding),
        "padding_end": pair(paddingEnd), "groups": .integer(groups), "activation": .activation(function: function, alpha: 1, beta: 0)]
      attributes["algorithm"] = algorithm
      let graph = Graph(name: "layer")
      let x = Value(name: "x", type: .float32, shape: input)
      let w = Value(name: "w", constant: Constant(shape: weights, floats: testFloats(weights.reduce(1, *), seed: 3)))
      let b = Value(name: "b", constant: Constant(shape: [weights[3]], floats: testFloats(weights[3], seed: 5)))
      let y = Value(name: "y", type: .float32, shape: output)
      let residual = hasResidual ? Value(name: "r", type: .float32, shape: output) : nil
      graph.inputs = [x] + (residual.map { [$0] } ?? [])
      graph.nodes = [Node(.convolution, name: "layer", inputs: [x, w, b, residual], outputs: [y], attributes: attributes)]
      graph.outputs = [y]
      return graph
    }
  }

  /// The result, and kernel and reason of the plan.
  private func run(_ layer: Layer, _ algorithm: Attribute?, backends: String, threads: UInt32 = 1, packed: [ObjectIdentifier: PackedBytes] = [:],
    graph: Graph? = nil) throws -> (values: [Float], kernel: String, reason: String) {
    let session = try TestSession(graph ?? layer.graph(algorithm), threads: threads, backends: backends, packed: packed)
    try session.write(0, testFloats(layer.input.reduce(1, *), seed: 11))
    if layer.hasResidual { try session.write(1, testFloats(layer.output.reduce(1, *), seed: 77)) }
    try session.run()
    var plan = coracle_node_plan()
    plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
    try call { coracle_session_node(session.session, 0, &plan, $0) }
    let result = try session.read(0, Float.self)
    XCTAssertEqual(result.shape, layer.output)
    return (result.values, String(cString: plan.kernel_name), String(cString: plan.reason))
  }

  /// Tolerance as in TunedTests: a hundred-thousandth of the largest result is rounding, F(4, 3) has twice that, F(6, 3), which the text names, four times.
  private func assertEqual(_ found: [Float], _ expected: [Float], _ what: String) {
    let largest = expected.map(abs).max() ?? 0
    XCTAssertGreaterThan(largest, 0)
    let error = zip(expected, found).map { abs($0 - $1) }.max() ?? 0
    XCTAssertLessThanOrEqual(error, (what.contains("winograd6") ? 4e-5 : 2e-5) * max(largest, 1), what)
  }

  private static func isKernel(_ name: String, _ algorithm: String) -> Bool {
    switch algorithm {
    case "winograd2": name == "Winograd F(2, 3)"
    case "winograd4": name == "Winograd F(4, 3)"
    case "winograd6": name == "Winograd F(6, 3)"
    default: name.hasPrefix("panels")
    }
  }

  /// Layers that suit every algorithm, down to the least positions and channels, where the cost model would choose one and the same.
  func testEachAlgorithm() throws {
    let layers = [
      Layer(input: [1, 4, 4, 16], weights: [3, 3, 16, 16]),
      Layer(input: [1, 1, 17, 17], weights: [3, 3, 17, 33], function: "relu"),
      Layer(input: [2, 5, 4, 19], weights: [3, 3, 19, 16], function: "swish", hasResidual: true),
      Layer(input: [1, 7, 9, 64], weights: [3, 3, 64, 40], padding: 0, paddingEnd: 0, hasResidual: true),
      Layer(input: [3, 13, 6, 33], weights: [3, 3, 33, 65], padding: 1, paddingEnd: 0, function: "hard_swish"),
      Layer(input: [1, 30, 31, 20], weights: [3, 3, 20, 24], padding: 0, paddingEnd: 1),
      Layer(input: [1, 6, 6, 130], weights: [3, 3, 130, 20]),
      Layer(input: [1, 9, 9, 32], weights: [3, 3, 16, 32], groups: 2),
      Layer(input: [2, 7, 6, 57], weights: [3, 3, 19, 99], groups: 3, function: "swish", hasResidual: true),
    ]
    for (index, layer) in layers.enumerated() {
      let generic = try run(layer, nil, backends: "generic").values
      XCTAssertNotEqual(try run(layer, nil, backends: "tuned,generic").reason, Self.measured, "\(layer)")
      for algorithm in Self.algorithms {
        let graph = layer.graph(.member(algorithm))
        try keepLayer(graph, "layer-\(algorithm)-\(index)")
        let packed = try packConstants(of: graph)
        XCTAssertEqual(packed.count, 1, "\(layer) \(algorithm)")
        for (threads, stored) in [(1, [:]), (3, [:]), (2, packed)] as [(UInt32, [ObjectIdentifier: PackedBytes])] {
          let (values, kernel, reason) = try run(layer, nil, backends: "tuned,generic", threads: threads, packed: stored, graph: graph)
          XCTAssertTrue(Self.isKernel(kernel, algorithm), "\(layer) \(algorithm): \(kernel)")
          XCTAssertEqual(reason, Self.measured)
          assertEqual(values, generic, "\(layer) \(algorithm), \(threads) threads, stored packed: \(!stored.isEmpty)")
        }
        let ignored = try run(layer, nil, backends: "generic", packed: packed, graph: graph)
        assertEqual(ignored.values, generic, "\(layer) \(algorithm) on the generic backend")
        XCTAssertNotEqual(ignored.reason, Self.measured)
        // Weights in the order of one algorithm, in a file that asks for another.
        for other in Self.algorithms where other != algorithm {
          graph.nodes[0].attributes["algorithm"] = .member(other)
          let (values, kernel, _) = try run(layer, nil, backends: "tuned,generic", packed: packed, graph: graph)
          XCTAssertTrue(Self.isKernel(kernel, other), "\(layer) \(other): \(kernel)")
          assertEqual(values, generic, "\(layer) \(other) on weights for \(algorithm)")
        }
      }
    }
  }

  private final class Lines {
    var warnings: [String] = []
  }

  /// A file whose weights are packed for another machine loads, and its host is told: once, of as many as there are.
  func testWeightsThatDoNotSuitAreToldOf() throws {
    let layer = Layer(input: [1, 9, 9, 16], weights: [3, 3, 16, 16])
    let graph = layer.graph(.member("winograd4"))
    let packed = try packConstants(of: graph)
    for (backends, expected) in [("tuned,generic", []), ("generic", ["packed weights of the file that are not used as they are, because the kernels of this session read another order: 1"])] {
      let lines = Lines()
      let session = try TestSession(graph, backends: backends, packed: packed, log: { data, level, line in
        guard level == CORACLE_LOG_WARNING, let data, let line else { return }
        Unmanaged<Lines>.fromOpaque(data).takeUnretainedValue().warnings.append(String(cString: line))
      }, logData: Unmanaged.passUnretained(lines).toOpaque())
      try session.run()
      XCTAssertEqual(lines.warnings, expected, backends)
    }
  }

  /// Where an algorithm does not suit the layer, its kernel is the one without any.
  func testAlgorithmsThatDoNotSuit() throws {
    let layers = [
      Layer(input: [1, 9, 9, 16], weights: [3, 3, 16, 16], stride: 2),
      Layer(input: [1, 9, 9, 16], weights: [3, 3, 16, 16], dilation: 2),
      Layer(input: [1, 9, 9, 16], weights: [5, 5, 16, 16]),
      Layer(input: [1, 9, 9, 16], weights: [1, 1, 16, 16], padding: 0, paddingEnd: 0),
      Layer(input: [1, 9, 9, 32], weights: [3, 3, 4, 32], groups: 8),
      Layer(input: [1, 9, 9, 15], weights: [3, 3, 5, 96], groups: 3),
      Layer(input: [1, 9, 9, 20], weights: [3, 3, 1, 20], groups: 20),
      Layer(input: [1, 9, 9, 3], weights: [3, 3, 3, 16]),
      Layer(input: [1, 9, 9, 16], weights: [3, 3, 16, 2]),
      Layer(input: [1, 3, 5, 16], weights: [3, 3, 16, 16]),
      Layer(input: [1, 9, 9, 16], weights: [3, 3, 16, 16], padding: 2, paddingEnd: 2),
    ]
    for layer in layers {
      let generic = try run(layer, nil, backends: "generic").values
      let automatic = try run(layer, nil, backends: "tuned,generic")
      for algorithm in Self.algorithms {
        let found = try run(layer, .member(algorithm), backends: "tuned,generic", threads: 2)
        XCTAssertEqual(found.kernel, automatic.kernel, "\(layer) \(algorithm)")
        XCTAssertEqual(found.reason, automatic.reason, "\(layer) \(algorithm)")
        assertEqual(found.values, generic, "\(layer) \(algorithm)")
      }
    }
  }

  func testUnknownAlgorithm() throws {
    let layer = Layer(input: [1, 4, 4, 16], weights: [3, 3, 16, 16])
    for value in [5, 17, 255] {
      XCTAssertThrowsError(try run(layer, .integer(value), backends: "tuned,generic")) {
        XCTAssertEqual(($0 as? CallFailure)?.status, coracle_status(CORACLE_INVALID_MODEL), "\($0)")
        XCTAssertTrue("\($0)".contains("attribute value"), "\($0)")
      }
    }
  }
}
