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

  /// The outputs, written into memory whose neighbourhood must stay as it is; the kernel of the first operator, and bytes packed at prepare.
  private func run(_ graph: Graph, _ setting: Setting, _ packed: [ObjectIdentifier: PackedBytes]) throws -> ([[Float]], String, UInt64) {
    let session = try TestSession(graph, threads: setting.threads, backends: setting.backends, packed: setting.isPacked ? packed : [:])
    let (guarded, mark) = (32, Float(12345))
    var buffers: [UnsafeMutableBufferPointer<Float>] = []
    defer { buffers.forEach { $0.deallocate() } }
    for (index, output) in graph.outputs.enumerated() {
      let count = (output.shape ?? []).reduce(1, *)
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count + 2 * guarded)
      buffer.initialize(repeating: .nan)
      for place in 0..<guarded { (buffer[place], buffer[guarded + count + place]) = (mark, mark) }
      buffers.append(buffer)
      var view = coracle_tensor.sized
      view.data = UnsafeMutableRawPointer(buffer.baseAddress! + guarded)
      view.byte_count = count * 4
      try call { coracle_session_bind_output(session.session, index, &view, $0) }
    }
    for (index, input) in graph.inputs.enumerated() { try session.write(index, testFloats((input.shape ?? []).reduce(1, *), seed: 11 + index)) }
    try session.run()
    for buffer in buffers { XCTAssertTrue((buffer.prefix(guarded) + buffer.suffix(guarded)).allSatisfy { $0 == mark }, "wrote beside the output") }
    var plan = coracle_node_plan()
    plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
    try call { coracle_session_node(session.session, 0, &plan, $0) }
    return (buffers.map { Array($0.dropFirst(guarded).dropLast(guarded)) }, String(cString: plan.kernel_name), try session.memoryNeeds().packed_bytes)
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
