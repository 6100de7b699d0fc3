// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Operators
import Tensors

@testable import OperatorCaseHarness

extension OperatorHarness {
  /// Asks `backend` whether it takes the node, of which not all elements need be there.
  func expectAnswer(_ backend: coracle_backend, constants: [Int]) throws { _ = try support(of: backend, threads: 2, constants: constants) }

  /// What `backend` says of the node, or nil where it declines.
  private func support(of backend: coracle_backend, threads: Int, constants: [Int]) throws -> coracle_support? {
    for index in constants where index < inputs.count { inputs[index]?.tensor.pointee.is_constant = 1 }
    var support = coracle_support()
    support.struct_size = UInt32(MemoryLayout<coracle_support>.size)
    var placement = coracle_placement()
    placement.struct_size = UInt32(MemoryLayout<coracle_placement>.size)
    placement.thread_count = UInt32(threads)
    let answer = try withNode { backend.supports(backend.user_data, $0.node, &placement, &support) }
    if answer == CORACLE_UNSUPPORTED { return nil }
    guard answer == CORACLE_OK else { throw CaseFailure("supports answers \(answer)") }
    return support
  }

  /// Runs the node on `backend` as the runtime would, its `constants` being stored in the model. False where the backend declines.
  func execute(threads: Int, on backend: coracle_backend, constants: [Int]) throws -> Bool {
    guard let support = try support(of: backend, threads: threads, constants: constants) else { return false }
    var packings = withUnsafeBytes(of: support.packings) { Array($0.bindMemory(to: coracle_packing.self).prefix(Int(support.packing_count))) }
    let packed = packings.map { UnsafeMutableRawPointer.allocate(byteCount: Int($0.byte_count) + 64, alignment: 64) }
    defer { packed.forEach { $0.deallocate() } }
    for index in packings.indices {
      let size = Int(packings[index].byte_count)
      packed[index].initializeMemory(as: UInt8.self, repeating: 0xA5, count: size + 64)
      let result = try withNode { backend.pack?(backend.user_data, $0.node, &packings[index], packed[index], nil) ?? coracle_status(CORACLE_INTERNAL) }
      guard result == CORACLE_OK else { throw CaseFailure("pack answers \(result)") }
      for byte in size..<size + 64 where packed[index].load(fromByteOffset: byte, as: UInt8.self) != 0xA5 { throw CaseFailure("wrote behind its packed input") }
    }
    guard support.scratch_bytes < 1 << 28 else { return true }
    try onTeam(support.all_threads != 0 ? threads : 1, scratchBytes: Int(support.scratch_bytes)) { execution in
      var execution = execution
      withUnsafeMutableBytes(of: &execution.packed) { raw in
        for (index, pointer) in packed.enumerated() { raw.storeBytes(of: UnsafeRawPointer(pointer), toByteOffset: index * 8, as: UnsafeRawPointer?.self) }
      }
      let result = try self.withNode { backend.execute(backend.user_data, $0.node, &execution, $0.error.object) }
      if result != CORACLE_OK { throw Status(rawValue: result) ?? .internal }
    }
    return true
  }
}
