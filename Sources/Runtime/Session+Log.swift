// What a session tells its host's log. SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Tensors

extension Session {
  /// Tells what was planned, and what of it will cost more than it could.
  func logPlan() {
    guard options.log != nil else { return }
    var dynamicCount = 0
    for index in 0..<nodeCount where nodes[index].mode == .dynamic { dynamicCount += 1 }
    log(CORACLE_LOG_INFORMATION) { line in
      line.text("planned ").integer(nodeCount).text(" operators on ").integer(threadCount).text(" threads: ").integer(arenaBytes)
        .text(" bytes of arena, ").integer(scratchBytes).text(" of working space")
    }
    if dynamicCount > 0 {
      log(CORACLE_LOG_WARNING) { line in
        line.integer(dynamicCount).text(" operators are planned again by each run, because their shapes depend on values")
      }
    }
    let unsuited = unsuitedCount
    if unsuited > 0 {
      log(CORACLE_LOG_WARNING) { line in
        line.text("packed weights of the file that are not used as they are, because the kernels of this session read another order: ").integer(unsuited)
      }
    }
  }

  /// How many inputs the file has in the order of another kernel than the plan's.
  private var unsuitedCount: Int {
    var count = 0
    for index in 0..<nodeCount where nodes[index].mode == .planned {
      let inputs = model.pointee.nodes[index].file.inputs
      for position in 0..<inputs.count where inputs[position] >= 0 {
        let order = model.pointee.packing(Int(inputs[position]))
        if order != 0 && nodes[index].packing(of: position)?.layout != order { count += 1 }
      }
    }
    return count
  }

  private func log(_ level: Int, _ write: (Sentence) -> Sentence) { tell(options.log, options.log_user_data, level, write) }
}

/// Gives the host's `log`, if there is one, the line that `write` adds to an empty one.
package func tell(_ log: coracle_log_function?, _ data: UnsafeMutableRawPointer?, _ level: Int, _ write: (Sentence) -> Sentence) {
  guard let log else { return }
  // An error object on the stack serves as the line's buffer.
  var buffer = coracle_error()
  _ = write(ErrorWriter(&buffer).fail(.internal))
  withUnsafeBytes(of: &buffer.message) { bytes in
    guard let text = bytes.baseAddress else { return }
    log(data, coracle_log_level(level), text.assumingMemoryBound(to: CChar.self))
  }
}
