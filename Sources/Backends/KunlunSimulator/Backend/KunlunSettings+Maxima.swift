// SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import KunlunNumerics
import Operators
import Tensors

extension KunlunSettings {
  /// What a left factor that is all of `tensor` is rounded by.
  func leftMaximum(_ tensor: TensorPointer, _ run: Execution) -> LeftMaximum { left(maximum(tensor, run)) }

  /// The same of a factor whose maximum is `maximum`, which is not asked for where elements have their own.
  func left(_ maximum: @autoclosure () -> Float) -> LeftMaximum { isEvery16 && arithmetic.isInteger ? .every16 : .tensor(maximum()) }

  /// The maximum of an operand: what the operator that wrote `tensor` has left, or what a pass over it finds. 1 for the floats, which are not scaled.
  func maximum(_ tensor: TensorPointer, _ run: Execution) -> Float {
    guard arithmetic.isInteger else { return 1 }
    if linksMaxima, let slots = MaximumSlots(generation, leftIn: tensor) {
      count(run) { $0.maxima_linked &+= 1 }
      return slots.maximum
    }
    return found(run) { MaximumSlots(generation, of: tensor.elements(), tensor.count).maximum }
  }

  /// Whether products leave the maximum of their result for those that read it.
  var leavesMaxima: Bool { linksMaxima && arithmetic.isInteger }

  /// `search`, counted as a pass.
  func found(_ run: Execution, _ search: () -> Float) -> Float {
    guard arithmetic.isInteger else { return 1 }
    count(run) { $0.maxima_found &+= 1 }
    return search()
  }

  /// Adds to the counts, where there are some, once for all threads.
  func count(_ run: Execution, _ add: (inout coracle_kunlun_counts) -> Void) {
    if run.isFirst, let counts { add(&counts.pointee) }
  }
}

extension MaximumSlots {
  /// The slots that the operator that wrote `tensor` has left, or nil where it has not. A library older than this backend has smaller tensors.
  init?(_ generation: KunlunGeneration, leftIn tensor: TensorPointer) {
    guard Int(tensor.pointee.struct_size) >= MemoryLayout<coracle_tensor>.size, let maxima = tensor.pointee.maxima else { return nil }
    self.init(generation)
    guard tensor.pointee.maxima_count == count else { return nil }
    for slot in 0..<count { raise(slot, to: maxima[slot]) }
  }
}

/// The maximum of what a phase of an operator writes: each share has that of its own part, in its thread's scratch, and all of them fill the tensor's slots.
struct ResultMaximum {
  private let run: Execution
  private let scratch: ThreadScratch
  private let before: Int
  private let index: Int

  /// `scratch` begins behind `before` bytes that the threads share. An operator that looks at several results gives each an `index`, 0 to 15.
  init(_ run: Execution, _ scratch: ThreadScratch, behind before: Int = 0, _ index: Int = 0) {
    (self.run, self.scratch, self.before, self.index) = (run, scratch, before, index)
  }

  private func slot(_ thread: Int) -> UnsafeMutablePointer<Float> { scratch.maximum(run, thread: thread, behind: before) + index }

  /// A share of the phase starts.
  func clear(_ share: Execution) { slot(share.threadIndex).pointee = 0 }

  /// The share has written `rows` rows of `columns` elements, `stride` apart.
  func raise(_ share: Execution, _ elements: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int) {
    let own = slot(share.threadIndex)
    if columns == stride {
      own.pointee = max(own.pointee, largestMagnitude(elements, rows &* columns))
    } else {
      for row in 0..<max(rows, 0) { own.pointee = max(own.pointee, largestMagnitude(elements + row &* stride, columns)) }
    }
  }

  /// The maximum of all shares, behind the phase.
  var whole: Float {
    var largest = leastMaximum
    for thread in 0..<run.threadCount { largest = max(largest, slot(thread).pointee) }
    return largest
  }

  /// Leaves the maximum for those that read `output`, where `prepare` has made room for it. A slot is an engine's on the card and a thread's here.
  /// Behind the phase.
  func leave(_ output: MutableTensorPointer, _ generation: KunlunGeneration) {
    guard run.isFirst, let prepared = run.prepared else { return }
    let slots = prepared.assumingMemoryBound(to: Float.self)
    for index in 0..<generation.maximumSlots {
      var largest: Float = 0
      var thread = index
      while thread < run.threadCount {
        largest = max(largest, slot(thread).pointee)
        thread &+= generation.maximumSlots
      }
      slots[index] = largest
    }
    output.pointee.maxima_count = generation.maximumSlots
  }
}
