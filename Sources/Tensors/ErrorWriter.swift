// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile

/// Writes the sentence of a failure into the caller's error object, piece by piece:
/// `throw error.fail(.invalidShape).text("axis ").integer(axis).text(" is outside rank ").integer(rank).status`.
/// What does not fit is cut off. A nil object takes nothing.
package struct ErrorWriter {
  package let object: UnsafeMutablePointer<coracle_error>?

  @inline(__always)
  package init(_ object: UnsafeMutablePointer<coracle_error>?) { self.object = object }

  /// Starts a sentence; what the object said before is forgotten.
  package func fail(_ status: Status) -> Sentence {
    guard let object else { return Sentence(object: nil, status: status, length: 0) }
    object.pointee.status = status.rawValue
    withUnsafeMutableBytes(of: &object.pointee.message) { $0[0] = 0 }
    return Sentence(object: object, status: status, length: 0)
  }
}

/// A sentence being written.
package struct Sentence {
  let object: UnsafeMutablePointer<coracle_error>?
  /// To be thrown when the sentence is complete.
  package let status: Status
  let length: Int

  private func appending(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Sentence {
    guard let object else { return self }
    return withUnsafeMutableBytes(of: &object.pointee.message) { message in
      let room = message.count - 1 - length
      let taken = count < room ? count : room
      for index in 0..<max(taken, 0) { message[length + index] = bytes[index] }
      message[length + taken] = 0
      return Sentence(object: object, status: status, length: length + taken)
    }
  }

  package func text(_ text: StaticString) -> Sentence { appending(text.utf8Start, text.utf8CodeUnitCount) }

  /// A NUL-terminated text of at most 200 bytes; nil writes nothing.
  package func name(_ text: UnsafePointer<CChar>?) -> Sentence {
    guard let text else { return self }
    var count = 0
    while count < 200 && text[count] != 0 { count += 1 }
    return text.withMemoryRebound(to: UInt8.self, capacity: count) { appending($0, count) }
  }

  /// Bytes of UTF-8.
  package func bytes(_ start: UnsafePointer<UInt8>, _ count: Int) -> Sentence { appending(start, count) }

  package func integer(_ value: Int) -> Sentence {
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    return withUnsafeMutableBytes(of: &digits) { buffer in
      var position = buffer.count
      var rest = value.magnitude
      repeat {
        position -= 1
        buffer[position] = UInt8(truncatingIfNeeded: 48 + rest % 10)
        rest /= 10
      } while rest != 0
      if value < 0 {
        position -= 1
        buffer[position] = 45
      }
      guard let base = buffer.baseAddress else { return self }
      return appending((base + position).assumingMemoryBound(to: UInt8.self), buffer.count - position)
    }
  }

  package func shape(_ shape: Shape) -> Sentence {
    var sentence = text("[")
    for axis in 0..<shape.rank {
      if axis > 0 { sentence = sentence.text(", ") }
      sentence = sentence.integer(shape[axis])
    }
    return sentence.text("]")
  }

  package func type(_ type: ElementType) -> Sentence { text(type.name) }
}
