// Where every tensor lies, and what that takes. SPDX-License-Identifier: Apache-2.0

/// A piece of memory that activations use one after the other.
package struct MemoryBlock: Sendable {
  /// Buffers in the order of use.
  package var tenants: [Int]
  /// Bytes of the memory on the chip that it is granted; tenants that need more lie in global memory.
  package var l3Bytes = 0.0
  /// Bytes of global memory for those.
  package var globalBytes = 0.0
}

/// The two memories' use by a program.
///
/// Activations share blocks by their lifetimes; the planner grants blocks memory on the chip; scratch of an operator takes what is left there, or global
/// memory. Weights lie in global memory.
package struct MemoryPlan: Sendable {
  package private(set) var spaces: [MemorySpace]
  package private(set) var blocks: [MemoryBlock] = []
  /// First and last operator that uses each buffer.
  package private(set) var lifetimes: [ClosedRange<Int>?]
  package private(set) var weightBytes = 0.0
  /// Granted to blocks by the planner, and left to scratch.
  package private(set) var plannedL3Bytes = 0.0
  package private(set) var workspaceL3Bytes = 0.0
  /// The most that is in use at once.
  package private(set) var l3HighWater = 0.0
  package private(set) var globalHighWater = 0.0

  /// Plans for `l3Bytes` of the memory on the chip, of which blocks may take `autotuneBytes`. Throws where the whole does not fit the global memory.
  package init(_ program: CardProgram, on card: CardProfile, l3Bytes: Double, autotuneBytes: Double) throws {
    spaces = Array(repeating: .global, count: program.buffers.count)
    lifetimes = MemoryPlan.lifetimes(program)
    weightBytes = program.weightBytes + card.maxSlots * 4 * Double(program.buffers.filter { $0.role == .weight }.count)
    shareBlocks(program)
    let planned = blocks.indices.filter { blocks[$0].tenants.count >= 2 }
    let requests = planned.map { blocks[$0].tenants.map { program.buffers[$0].bytes } }
    for (index, granted) in zip(planned, L3Planner.plan(requests, capacity: min(autotuneBytes, l3Bytes))) { blocks[index].l3Bytes = granted }
    for index in blocks.indices {
      for buffer in blocks[index].tenants {
        if program.buffers[buffer].bytes <= blocks[index].l3Bytes { spaces[buffer] = .l3 }
        else { blocks[index].globalBytes = max(blocks[index].globalBytes, program.buffers[buffer].bytes) }
      }
    }
    plannedL3Bytes = blocks.reduce(0) { $0 + $1.l3Bytes }
    workspaceL3Bytes = max(0, ((l3Bytes - plannedL3Bytes) / 64).rounded(.down) * 64)
    let scratch = placeScratch(program, card)
    l3HighWater = plannedL3Bytes + scratch.l3
    globalHighWater = weightBytes + card.workspaceBytes + blocks.reduce(0) { $0 + $1.globalBytes } + scratch.global
    guard globalHighWater <= card.memoryBytes else {
      throw SimulationError("The model takes \(megabytes(globalHighWater)) of global memory (weights \(megabytes(weightBytes)), workspace "
        + "\(megabytes(card.workspaceBytes)), activations the rest), the device has \(megabytes(card.memoryBytes)).")
    }
  }

  private static func lifetimes(_ program: CardProgram) -> [ClosedRange<Int>?] {
    var lifetimes = [ClosedRange<Int>?](repeating: nil, count: program.buffers.count)
    func use(_ buffer: Int, _ step: Int) {
      lifetimes[buffer] = lifetimes[buffer].map { min($0.lowerBound, step)...max($0.upperBound, step) } ?? step...step
    }
    for input in program.inputs { use(input, 0) }
    for (step, item) in program.operators.enumerated() { for access in item.reads + item.writes { use(access.buffer, step) } }
    // What a loop uses and something before it has written is there until the loop's end.
    for loop in program.trips.indices.dropFirst() {
      let steps = program.operators.indices.filter { program.operators[$0].loop == loop }
      guard let begin = steps.first, let end = steps.last else { continue }
      for step in steps {
        for access in program.operators[step].reads where (lifetimes[access.buffer]?.lowerBound ?? begin) < begin { use(access.buffer, end) }
      }
    }
    for output in program.outputs { use(output, max(0, program.operators.count - 1)) }
    return lifetimes
  }

  /// Gives each activation the free block whose largest tenant so far is closest in size, or a new one.
  private mutating func shareBlocks(_ program: CardProgram) {
    let order = program.buffers.indices.compactMap { buffer in
      program.buffers[buffer].role == .activation && program.buffers[buffer].bytes > 0 ? lifetimes[buffer].map { (buffer: buffer, lifetime: $0) } : nil
    }.sorted { ($0.lifetime.lowerBound, $0.buffer) < ($1.lifetime.lowerBound, $1.buffer) }
    var lastUse: [Int] = []
    var largest: [Double] = []
    for (buffer, lifetime) in order {
      let bytes = program.buffers[buffer].bytes
      let free = blocks.indices.filter { lastUse[$0] < lifetime.lowerBound }
      if let block = free.min(by: { abs(largest[$0] - bytes) < abs(largest[$1] - bytes) }) {
        blocks[block].tenants.append(buffer)
        lastUse[block] = lifetime.upperBound
        largest[block] = max(largest[block], bytes)
      } else {
        blocks.append(MemoryBlock(tenants: [buffer]))
        lastUse.append(lifetime.upperBound)
        largest.append(bytes)
      }
    }
  }

  /// Scratch of one operator: of tensors with independent parts, as many parts at a time as there are engines. The smallest come to the chip first.
  private mutating func placeScratch(_ program: CardProgram, _ card: CardProfile) -> (l3: Double, global: Double) {
    var most = (l3: 0.0, global: 0.0)
    for item in program.operators {
      var used = (l3: 0.0, global: 0.0)
      let own = item.writes.map(\.buffer).filter { program.buffers[$0].role == .scratch }
      let needs = own.map { buffer in (buffer: buffer, bytes: program.buffers[buffer].bytes * min(1, card.sdnnCount / program.buffers[buffer].parts)) }
      for (buffer, bytes) in needs.sorted(by: { ($0.bytes, $0.buffer) < ($1.bytes, $1.buffer) }) {
        if used.l3 + bytes <= workspaceL3Bytes {
          spaces[buffer] = .l3
          used.l3 += bytes
        } else {
          used.global += program.buffers[buffer].bytes
        }
      }
      most = (max(most.l3, used.l3), max(most.global, used.global))
    }
    return most
  }
}

/// "158 MB", rounded up.
func megabytes(_ bytes: Double) -> String {
  bytes < 1e15 ? "\(Int((bytes / 1e6).rounded(.up))) MB" : "more than a thousand TB"
}
