// A model file in memory, for the runtime to open while the compiler works. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph

/// A whole model file in memory, aligned to pages; freed with the object.
final class MemoryModel {
  let program: ModelProgram
  let bytes: UnsafeMutableRawBufferPointer

  private init(_ program: ModelProgram, checksums: [UInt64]?, largestCopy: Int) throws {
    self.program = program
    let writer = try ModelWriter(program, checksums: checksums)
    // Fresh pages from the system read as zeros and take no memory until they are written.
    guard let memory = mmap(nil, writer.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), memory != MAP_FAILED else {
      throw CompileError("There is no memory for a model of \(writer.byteCount) bytes.")
    }
    bytes = UnsafeMutableRawBufferPointer(start: memory, count: writer.byteCount)
    var position = 0
    var isHead = true
    try writer.stream { run in
      if isHead || run.count <= largestCopy, let base = run.baseAddress { memcpy(memory + position, base, run.count) }
      position += run.count
      isHead = false
    }
  }

  deinit { munmap(bytes.baseAddress, bytes.count) }

  /// The file as it would be written.
  static func whole(_ graph: Graph, _ description: ModelDescription = ModelDescription()) throws -> MemoryModel {
    try MemoryModel(ModelProgram(graph, description), checksums: nil, largestCopy: Int.max)
  }

  /// The file with zeros for all constants above `largest` bytes, which share their place: enough for shapes and plans, and it takes
  /// next to no memory. To be opened without weight checksums.
  static func withoutWeights(_ graph: Graph, _ description: ModelDescription = ModelDescription(), largest: Int = 8192) throws -> MemoryModel {
    var bytesNeeded = 0
    func measure(_ graph: Graph) {
      for node in graph.nodes {
        for case let constant? in node.inputs.map({ $0?.constant }) where constant.bytes.count > largest {
          bytesNeeded = max(bytesNeeded, constant.bytes.count)
        }
        node.innerGraphs.forEach(measure)
      }
      for case let constant? in graph.outputs.map(\.constant) { bytesNeeded = max(bytesNeeded, constant.bytes.count) }
    }
    measure(graph)
    var layout = SegmentLayout(largestSegment: Int.max / 2)
    if bytesNeeded > largest { layout.reserve(bytesNeeded) }
    let program = try ModelProgram(graph, description, layout: layout) { constant, layout in
      constant.bytes.count > largest ? SegmentLayout.Place(segment: 0, offset: 0, byteCount: constant.bytes.count) : layout.place(constant.bytes)
    }
    return try MemoryModel(program, checksums: program.layout.sizes.map { _ in 1 }, largestCopy: largest)
  }
}
