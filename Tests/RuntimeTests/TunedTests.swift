// The tuned backend beside the generic one, through the C API, with weights packed at prepare and packed in the file.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import KernelCases
import ModelFile
import TunedCPU
import XCTest

@testable import Compiler

final class TunedTests: XCTestCase {
  /// How a case is run; the first is what the others are compared with.
  private struct Setting {
    var backends: String
    var threads: UInt32
    var isPacked = false
  }

  /// A packed file is also run on a backend that has never heard of the order.
  private static let settings = [Setting(backends: "generic", threads: 1), Setting(backends: "tuned,generic", threads: 1),
    Setting(backends: "tuned,generic", threads: 3), Setting(backends: "tuned,generic", threads: 2, isPacked: true),
    Setting(backends: "generic", threads: 1, isPacked: true)]

  /// Every kernel of the list on its cases, of which one at least must choose it.
  func testEveryKernel() throws {
    for kernel in TunedKernel.allCases where kernel.isUsed {
      var chosen: Set<String> = []
      for (index, test) in kernel.testCases().enumerated() {
        try keepLayer(test.graph, "\(kernel)-\(index)")
        let packed = try packConstants(of: test.graph)
        if kernel == .product { XCTAssertEqual(packed.count, 1, "\(test)") }
        var results: [[[Float]]] = []
        for setting in TunedTests.settings {
          let (outputs, name, packedBytes) = try run(test.graph, setting, packed)
          results.append(outputs)
          chosen.insert(name)
          // What is depthwise is not stored packed.
          let isStored = !packed.isEmpty && kernel != .separable
          if setting.isPacked && setting.backends != "generic" && isStored { XCTAssertEqual(packedBytes, 0, "\(test): packed again") }
        }
        compare(results, tolerance: kernel == .winograd6 ? 4e-5 : 2e-5, "\(kernel), \(test)")
      }
      XCTAssertTrue(chosen.contains("\(kernel.name)"), "no case of \(kernel) chooses it, but \(chosen.sorted())")
    }
  }

  /// Tolerance: float sums of up to 2,000 products of numbers below 1 in another order, and Winograd's transforms: a thousandth
  /// of the largest result would be a wrong kernel, a hundred-thousandth is rounding. F(6, 3) errs up to twice as much as F(4, 3).
  private func compare(_ results: [[[Float]]], tolerance: Float, _ what: String) {
    for output in results[0].indices {
      let largest = results[0][output].map { abs($0) }.max() ?? 0
      for (run, result) in results.enumerated().dropFirst() {
        let error = zip(results[0][output], result[output]).map { $0.isNaN || $1.isNaN ? .infinity : abs($0 - $1) }.max() ?? 0
        XCTAssertEqual(result[output].count, results[0][output].count)
        XCTAssertLessThanOrEqual(error, tolerance * max(largest, 1), "\(what), run \(run)")
      }
    }
  }

  /// The outputs, all tensors of the host at odd addresses in memory whose neighbourhood must stay as it is and must not be read; the kernel of the
  /// first operator, and bytes packed at prepare.
  private func run(_ graph: Graph, _ setting: Setting, _ packed: [ObjectIdentifier: PackedBytes]) throws -> ([[Float]], String, UInt64) {
    let session = try TestSession(graph, threads: setting.threads, backends: setting.backends, packed: setting.isPacked ? packed : [:])
    let inputs = graph.inputs.enumerated().map { index, value in
      let numbers = testFloats((value.shape ?? []).reduce(1, *), seed: 11 + index)
      return GuardedFloats(numbers.count) { numbers[$0] }
    }
    let outputs = graph.outputs.map { GuardedFloats(($0.shape ?? []).reduce(1, *)) { _ in .nan } }
    defer { (inputs + outputs).forEach { $0.free() } }
    for (index, input) in inputs.enumerated() {
      var view = coracle_tensor.sized
      try call { coracle_session_input(session.session, index, &view, $0) }
      view.data = UnsafeMutableRawPointer(input.pointer)
      try call { coracle_session_bind_input(session.session, index, &view, $0) }
    }
    for (index, output) in outputs.enumerated() {
      var view = coracle_tensor.sized
      (view.data, view.byte_count) = (UnsafeMutableRawPointer(output.pointer), 4 * output.count)
      try call { coracle_session_bind_output(session.session, index, &view, $0) }
    }
    try session.run()
    XCTAssertTrue((inputs + outputs).allSatisfy(\.isIntact), "wrote beside a tensor")
    var plan = coracle_node_plan()
    plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
    try call { coracle_session_node(session.session, 0, &plan, $0) }
    return (outputs.map(\.values), String(cString: plan.kernel_name), try session.memoryNeeds().packed_bytes)
  }

  /// Sessions of one model share what is packed; the last one to go frees it.
  func testPackedWeightsAreFreed() throws {
    let graph = Layer.convolution([1, 8, 8, 16], [3, 3, 16, 32], padding: 1).graph
    let allocator = CountingAllocator()
    do {
      let session = try TestSession(graph, allocator: allocator)
      try session.write(0, testFloats(1024, seed: 1))
      try session.run()
      XCTAssertGreaterThan(try session.memoryNeeds().packed_bytes, 0)
    }
    XCTAssertEqual(allocator.live, 0)
  }
}
