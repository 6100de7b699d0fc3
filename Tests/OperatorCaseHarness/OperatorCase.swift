// SPDX-License-Identifier: Apache-2.0
import Foundation
import ModelFile
import Tensors

/// A failure to read or run a case, as a sentence.
struct CaseFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The elements of one input or output of a case.
struct CaseTensor {
  let type: ElementType
  let shape: [Int]
  let bytes: [UInt8]

  var count: Int { shape.reduce(1, *) }

  init(type: ElementType, shape: [Int], bytes: [UInt8]) {
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// Reads {"type": "float32", "shape": [2], "data": [1, "nan"]}.
  init(_ json: [String: Any]) throws {
    guard let name = json["type"] as? String, let shape = json["shape"] as? [Int], let data = json["data"] as? [Any] else {
      throw CaseFailure("a tensor needs type, shape and data")
    }
    guard let type = CaseTensor.type(named: name) else { throw CaseFailure("unknown type \(name)") }
    guard data.count == shape.reduce(1, *) else { throw CaseFailure("\(data.count) elements for the shape \(shape)") }
    self.type = type
    self.shape = shape
    bytes = data.flatMap { CaseTensor.bytes(of: $0, type) }
  }

  private static func type(named name: String) -> ElementType? {
    name == "bool" ? .boolean : (1...8).compactMap { ElementType(rawValue: $0) }.first { "\($0.name)" == name }
  }

  private static func bytes(of element: Any, _ type: ElementType) -> [UInt8] {
    func raw<T>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
    let real: Double
    if let text = element as? String {
      real = text == "nan" ? .nan : text == "-inf" ? -.infinity : .infinity
    } else {
      real = (element as? NSNumber)?.doubleValue ?? 0
    }
    let integer = (element as? NSNumber)?.int64Value ?? 0
    switch type {
    case .float32: return raw(Float(real))
    case .float16: return raw(Float16(real).bitPattern)
    case .int64: return raw(integer)
    case .int32: return raw(Int32(truncatingIfNeeded: integer))
    case .int16: return raw(Int16(truncatingIfNeeded: integer))
    case .int8: return raw(Int8(truncatingIfNeeded: integer))
    case .uint8, .boolean: return raw(UInt8(truncatingIfNeeded: integer))
    case .none: return []
    }
  }

  /// Says how `actual` differs from this expected tensor, or nil where it is within |expected| relative + absolute.
  func difference(_ actual: CaseTensor, absolute: Double, relative: Double) -> String? {
    guard actual.type == type else { return "type \(actual.type.name), expected \(type.name)" }
    guard actual.shape == shape else { return "shape \(actual.shape), expected \(shape)" }
    guard type == .float32 else {
      guard actual.bytes != bytes else { return nil }
      let at = zip(actual.bytes, bytes).enumerated().first { $0.element.0 != $0.element.1 }.map { $0.offset / max(type.size, 1) } ?? 0
      return "element \(at) differs: found \(actual.text(at)), expected \(text(at))"
    }
    let found: [Float] = actual.values()
    let expected: [Float] = values()
    for index in expected.indices {
      let (f, e) = (Double(found[index]), Double(expected[index]))
      let same = e.isNaN ? f.isNaN : e.isInfinite ? f == e : abs(f - e) <= absolute + relative * abs(e)
      if !same { return "element \(index) is \(f), expected \(e)" }
    }
    return nil
  }

  func values<T>(_: T.Type = T.self) -> [T] {
    bytes.withUnsafeBytes { raw in (0..<bytes.count / MemoryLayout<T>.size).map { raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self) } }
  }

  private func text(_ index: Int) -> String {
    switch type {
    case .int64: "\(values(Int64.self)[index])"
    case .int32: "\(values(Int32.self)[index])"
    case .int8: "\(values(Int8.self)[index])"
    case .uint8, .boolean: "\(values(UInt8.self)[index])"
    default: "\(values(UInt16.self)[index])"
    }
  }
}

/// One row of Tests/OperatorCases/<operator>.json: a node, what goes in, and what must come out.
struct OperatorCase: CustomStringConvertible {
  let operatorName: String
  let name: String
  /// The node's attributes in the schema's JSON; empty where the operator has none.
  let attributes: [String: Any]
  let inputs: [CaseTensor?]
  /// nil: an output that is not wanted.
  let outputs: [CaseTensor?]
  /// The status that must come instead of outputs.
  let error: Status?
  let absolute: Double
  let relative: Double

  var description: String { "\(operatorName): \(name)" }

  init(operatorName: String, _ json: [String: Any]) throws {
    self.operatorName = operatorName
    guard let name = json["name"] as? String else { throw CaseFailure("a case of \(operatorName) has no name") }
    self.name = name
    attributes = json["attributes"] as? [String: Any] ?? [:]
    func tensors(_ key: String) throws -> [CaseTensor?] {
      try (json[key] as? [Any] ?? []).map { try ($0 as? [String: Any]).map { try CaseTensor($0) } }
    }
    do {
      inputs = try tensors("inputs")
      outputs = try tensors("outputs")
    } catch { throw CaseFailure("\(operatorName): \(name): \(error)") }
    if let status = json["error"] as? String {
      guard let known = OperatorCase.statuses[status] else { throw CaseFailure("unknown status \(status)") }
      error = known
    } else {
      error = nil
    }
    absolute = (json["absolute"] as? NSNumber)?.doubleValue ?? 1e-5
    relative = (json["relative"] as? NSNumber)?.doubleValue ?? 1e-5
  }

  private static let statuses: [String: Status] = [
    "CORACLE_INVALID_SHAPE": .invalidShape, "CORACLE_INVALID_TYPE": .invalidType, "CORACLE_OUT_OF_RANGE": .outOfRange,
    "CORACLE_INVALID_MODEL": .invalidModel, "CORACLE_UNSUPPORTED": .unsupported,
  ]

  static var directory: URL { URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("OperatorCases") }

  /// The names of the files with cases, without ".json"; CORACLE_CASES=unary,binary chooses among them.
  static var files: [String] {
    let chosen = ProcessInfo.processInfo.environment["CORACLE_CASES"]?.split(separator: ",").map(String.init)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.filter { chosen?.contains($0) ?? true }.sorted()
  }

  /// The cases of a file; the operator is its name up to the first dot (unary.json, unary.rare.json).
  static func load(_ file: String) throws -> [OperatorCase] {
    let data = try Data(contentsOf: directory.appendingPathComponent(file + ".json"))
    guard let rows = try JSONSerialization.jsonObject(with: data) as? [[String: Any]] else { throw CaseFailure("\(file).json is not a list of cases") }
    let operatorName = String(file.prefix { $0 != "." })
    return try rows.map { try OperatorCase(operatorName: operatorName, $0) }
  }
}
