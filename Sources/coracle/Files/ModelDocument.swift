// The program of a model file, as its JSON form tells it. SPDX-License-Identifier: Apache-2.0
import Foundation
import ModelFile
import ModelText

/// Everything in a model file but the weights. Field names are those of model.fbs.
struct ModelDocument: Decodable {
  struct Tensor: Decodable {
    var name: String?
    var type: String?
    var shape: [Int]?
    var segment: Int?
    var offset: UInt64?
    var byte_count: UInt64?
    var planned_offset: Int?
    var stored_type: String?

    var isConstant: Bool { (segment ?? -1) >= 0 }
  }
  struct Node: Decodable {
    var operator_code: String?
    var name: String?
    var inputs: [Int]?
    var outputs: [Int]?
    var attributes_type: String?
    var attributes: [String: JSONValue]?
  }
  struct Subgraph: Decodable {
    var name: String?
    var inputs: [Int]?
    var outputs: [Int]?
    var nodes: [Node]?
  }
  struct Segment: Decodable {
    var offset: UInt64?
    var size: UInt64?
    var checksum: UInt64?
  }
  struct OperatorUse: Decodable {
    var operator_code: String?
    var version: Int?
    var count: Int?
  }
  struct KeyValue: Decodable {
    var key: String?
    var value: String?
  }
  struct TestVector: Decodable {
    var inputs: [Int]?
    var outputs: [Int]?
    var absolute_tolerance: Double?
    var relative_tolerance: Double?
  }

  var producer: String?
  var operators: [OperatorUse]?
  var tensors: [Tensor]?
  var subgraphs: [Subgraph]?
  var segments: [Segment]?
  var metadata: [KeyValue]?
  var test_vectors: [TestVector]?
  var arena_bytes: UInt64?
  var profile: String?

  /// The operators in the order of a session's plan: one graph after the other.
  var nodes: [Node] { (subgraphs ?? []).flatMap { $0.nodes ?? [] } }

  /// Tensor `index`, or nil for an index outside the file's list (-1 is an optional input left out).
  func tensor(_ index: Int) -> Tensor? {
    guard let tensors, tensors.indices.contains(index) else { return nil }
    return tensors[index]
  }
}

/// A model file read for a report. The runtime must have opened (so verified) the same file before.
struct ModelFileContents {
  let path: String
  let data: Data
  let formatMajor: Int
  let formatMinor: Int
  let programBytes: UInt64
  let document: ModelDocument

  /// Maps the file and reads its program. Layout of the first 64 bytes: docs/model-file.md.
  init(path: String) throws {
    self.path = path
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw Failure("cannot read '\(path)': \(reason(error))")
    }
    guard data.count >= 64 else { throw Failure("'\(path)' is cut short") }
    (formatMajor, formatMinor, programBytes, document) = try data.withUnsafeBytes { raw in
      let program = raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
      guard program <= UInt64(raw.count), let base = raw.baseAddress, let text = model_text_print(base) else {
        throw Failure("the program in '\(path)' cannot be shown")
      }
      defer { model_text_free(text) }
      let json = strictJSON(UnsafeBufferPointer(start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), count: strlen(text)))
      return (Int(raw.loadUnaligned(fromByteOffset: 12, as: UInt16.self)), Int(raw.loadUnaligned(fromByteOffset: 14, as: UInt16.self)),
        program, try JSONDecoder().decode(ModelDocument.self, from: json))
    }
  }

  /// "ok", or what is wrong with a segment.
  func checksumState(_ segment: ModelDocument.Segment) -> String {
    let offset = segment.offset ?? 0
    let (end, overflow) = offset.addingReportingOverflow(segment.size ?? 0)
    guard !overflow, end <= UInt64(data.count) else { return "outside the file" }
    let sum = data.withUnsafeBytes { segmentChecksum(UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<Int(end)])) }
    return sum == segment.checksum ?? 0 ? "ok" : "differs"
  }
}

/// FlatBuffers prints infinities and NaN as bare words; JSON has no such values, so they become strings.
private func strictJSON(_ text: UnsafeBufferPointer<UInt8>) -> Data {
  var result = Data(capacity: text.count + 64)
  var isInString = false
  var position = 0
  while position < text.count {
    let byte = text[position]
    if isInString {
      if byte == UInt8(ascii: "\\"), position + 1 < text.count {
        result.append(byte)
        position += 1
        result.append(text[position])
      } else {
        isInString = byte != UInt8(ascii: "\"")
        result.append(byte)
      }
      position += 1
      continue
    }
    if byte == UInt8(ascii: "\"") { isInString = true }
    let word = "in".utf8.contains(byte) || byte == UInt8(ascii: "-")
      ? ["-inf", "-nan", "inf", "nan"].first { text[position...].starts(with: $0.utf8) } : nil
    if let word {
      result.append(contentsOf: "\"\(word == "-nan" ? "nan" : word)\"".utf8)
      position += word.utf8.count
    } else {
      result.append(byte)
      position += 1
    }
  }
  return result
}
