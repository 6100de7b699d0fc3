// Files of several segments, which the threads of a session verify together. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import ModelFile
import XCTest

@testable import Compiler

final class DamagedWeightsTests: XCTestCase {
  /// y = x + c0 + ... + c6, each constant in a segment of its own.
  private func file() throws -> (bytes: [UInt8], firstSegment: Int) {
    let graph = Graph(name: "sum")
    var value = Value(name: "x", type: .float32, shape: [1000])
    graph.inputs = [value]
    for index in 0..<7 {
      let constant = Value(name: "c\(index)", constant: Constant(shape: [1000], floats: (0..<1000).map { Float($0 * 7 + index) }))
      let sum = Value(name: "y\(index)", type: .float32, shape: [1000])
      graph.nodes.append(Node(.binary, name: "n\(index)", inputs: [value, constant], outputs: [sum], attributes: ["function": .member("add")]))
      value = sum
    }
    graph.outputs = [value]
    let writer = try ModelWriter(ModelProgram(graph, ModelDescription(), layout: SegmentLayout(largestSegment: 4096)))
    XCTAssertEqual(writer.program.layout.sizes, Array(repeating: 4096, count: 7))
    let path = NSTemporaryDirectory() + "damaged-\(ProcessInfo.processInfo.processIdentifier).coracle"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try writer.write(to: path)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    return (bytes, bytes.count - 7 * 4096)
  }

  /// Prepares a session on `bytes` twice, and gives the sentence of the failure.
  private func prepare(_ bytes: [UInt8], threads: UInt32) throws -> String? {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    var model: OpaquePointer?
    try call { coracle_model_open_memory(memory.baseAddress, bytes.count, nil, &model, $0) }
    defer { coracle_model_destroy(model) }
    var options = coracle_session_options()
    options.struct_size = UInt32(MemoryLayout<coracle_session_options>.size)
    options.thread_count = threads
    var session: OpaquePointer?
    try call { coracle_session_create(model, &options, &session, $0) }
    defer { coracle_session_destroy(session) }
    var sentence: String?
    for _ in 0..<2 {
      do {
        try call { coracle_session_prepare(session, $0) }
      } catch let failure as CallFailure {
        XCTAssertEqual(failure.status, coracle_status(CORACLE_CORRUPT))
        sentence = failure.message
      }
    }
    return sentence
  }

  func testTheFirstDamagedSegmentIsNamed() throws {
    let (bytes, first) = try file()
    for threads in [1, 2, 4] as [UInt32] {
      XCTAssertNil(try prepare(bytes, threads: threads))
      for damaged in [[0], [6], [3, 5], [1, 2, 4]] {
        var changed = bytes
        for segment in damaged { changed[first + 4096 * segment + 77 * (segment + 1)] ^= 0x20 }
        let sentence = try prepare(changed, threads: threads)
        XCTAssertTrue(sentence?.contains("checksum of segment \(damaged[0]) differs") == true, "\(threads) threads: \(sentence ?? "no failure")")
      }
    }
  }
}
