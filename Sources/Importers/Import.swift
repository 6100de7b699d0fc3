// Reads a model file of any format that is known. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph

/// What a model file is, told from its bytes.
package enum ModelFormat: Equatable {
  case onnx
  case paddlePIR
  case paddleLegacy

  package var name: String {
    switch self {
    case .onnx: "ONNX"
    case .paddlePIR: "Paddle PIR (json)"
    case .paddleLegacy: "Paddle program (pdmodel)"
    }
  }
}

/// Imports the model at `path`, recognised by its content.
///
/// - Parameters:
///   - path: an ONNX file, or a Paddle program (json or pdmodel); a folder stands for the model inside it.
///   - parameters: a Paddle model's weights, where they do not lie beside it.
///   - zeroWeights: take a Paddle model's weights as zeros and read none.
/// - Throws: `ImportError`, a sentence for the person who converts.
package func importModel(at path: String, parameters: String? = nil, zeroWeights: Bool = false) throws -> Graph {
  let url = try modelFile(at: URL(fileURLWithPath: path))
  let data: Data
  do {
    data = try Data(contentsOf: url, options: .mappedIfSafe)
  } catch {
    throw ImportError.malformed("the file \(url.path) cannot be read")
  }
  let weights = parameters.map { URL(fileURLWithPath: $0) }
  switch try modelFormat(of: data) {
  case .onnx:
    if weights != nil { throw ImportError.unsupported("an ONNX model carries or names its weights itself; a parameters file does not belong to it") }
    return try importONNX(data, name: url.deletingPathExtension().lastPathComponent, folder: url.deletingLastPathComponent())
  case .paddlePIR: return try importPaddle(data, at: url, format: .pir, parameters: weights, zeroWeights: zeroWeights)
  case .paddleLegacy: return try importPaddle(data, at: url, format: .legacy, parameters: weights, zeroWeights: zeroWeights)
  }
}

/// The model inside a folder: the only candidate among the names that exporters use.
package func modelFile(at url: URL) throws -> URL {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
    throw ImportError.malformed("there is no file \(url.path)")
  }
  guard isFolder.boolValue else { return url }
  let names = ["inference.json", "model.json", "inference.pdmodel", "model.pdmodel", "__model__", "model.onnx"]
  let found = names.map { url.appendingPathComponent($0) }.filter { FileManager.default.fileExists(atPath: $0.path) }
  guard found.count == 1 else {
    throw ImportError.malformed("the folder \(url.path) has \(found.isEmpty ? "no model" : "more than one model"); name the model's file")
  }
  return found[0]
}

/// The format that the bytes are in; throws a sentence that says what else they look like.
package func modelFormat(of data: Data) throws -> ModelFormat {
  guard let first = data.first else { throw ImportError.malformed("the file is empty") }
  let head = [UInt8](data.prefix(64))
  func starts(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
  if let start = head.firstIndex(where: { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }), head[start] == UInt8(ascii: "{") {
    if start == 0 || head[..<start].allSatisfy({ $0 != 0x0A }) || isText(data) { return .paddlePIR }
  }
  if head.count >= 8, Array(head[4..<8]) == Array("CRCL".utf8) {
    throw ImportError.unsupported("the file is a Coracle model already; it needs no conversion")
  }
  if head.count >= 8, Array(head[4..<8]) == Array("TFL3".utf8) { throw ImportError.unsupported("the file is a TFLite model, which is not supported") }
  if starts([0x50, 0x4B, 0x03, 0x04]) {
    throw ImportError.unsupported("the file is a zip archive (a PyTorch checkpoint, or a packed model); unpack it or export the model to ONNX")
  }
  if starts([0x1F, 0x8B]) { throw ImportError.unsupported("the file is compressed with gzip; unpack it first") }
  if starts([0x89, 0x48, 0x44, 0x46]) { throw ImportError.unsupported("the file is an HDF5 file (Keras weights); export the model to ONNX") }
  if first == 0x80, head.count > 1, (2...5).contains(head[1]) {
    throw ImportError.unsupported("the file is a Python pickle (.pdparams, .pdopt or a checkpoint), which holds weights without a program and is never loaded; "
      + "export the model with paddle.jit.save")
  }
  if head.count >= 16, head[..<16].allSatisfy({ $0 == 0 }) {
    throw ImportError.unsupported("the file is a Paddle parameters file (.pdiparams); give the program beside it (.json or .pdmodel)")
  }
  if let format = protobufFormat(data) { return format }
  throw ImportError.unsupported("the file is none of the formats that are read: ONNX, Paddle PIR (json), Paddle program (pdmodel)")
}

private func isText(_ data: Data) -> Bool { !data.prefix(64).contains { $0 < 9 } }

/// Tells the two protobuf formats apart by their top-level fields; neither has a magic number.
///
/// An ONNX ModelProto has the graph in field 7 and its integer version in field 1; a Paddle ProgramDesc has only messages in field 1
/// (blocks), the version in 4 and a map in 3 or 5.
private func protobufFormat(_ data: Data) -> ModelFormat? {
  var scanner = FieldScanner(data)
  var isONNX = false, isPaddle = false, isFirst = true
  while let field = scanner.next() {
    switch (field.number, field.wireType) {
    case (1, 0), (7, 2), (8, 2): isONNX = true
    case (1, 2) where isFirst: isPaddle = true
    case (1...25, _): break
    default: return nil
    }
    isFirst = false
    if isONNX { return .onnx }
  }
  return isPaddle ? .paddleLegacy : nil
}

/// Walks the top-level fields of a protobuf message without decoding them; ends at the first that is not intact.
private struct FieldScanner {
  private let data: Data
  private var position: Int

  init(_ data: Data) {
    self.data = data
    position = data.startIndex
  }

  mutating func next() -> (number: Int, wireType: Int)? {
    guard let tag = varint(), tag >> 3 > 0, tag >> 3 <= 1 << 28 else { return nil }
    let wireType = Int(tag & 7)
    switch wireType {
    case 0: if varint() == nil { return nil }
    case 1: guard skip(8) else { return nil }
    case 2:
      // A truncated message still tells its format; the decoder will say what is wrong with it.
      guard let length = varint() else { return nil }
      _ = skip(length)
    case 5: guard skip(4) else { return nil }
    default: return nil
    }
    return (Int(tag >> 3), wireType)
  }

  private mutating func skip(_ count: UInt64) -> Bool {
    guard count <= UInt64(data.endIndex - position) else {
      position = data.endIndex
      return false
    }
    position += Int(count)
    return true
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard position < data.endIndex else { return nil }
      let byte = data[position]
      position += 1
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }
}
