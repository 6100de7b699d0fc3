// Paddle 3 programs: PIR as json.
// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Regions nest in `if` and `while`; real files need three levels.
private let deepestRegion = 32

/// Reads one PIR json file. Every number and nesting in it is checked; a file that does not fit throws a sentence.
struct PIRReader {
  private(set) var program = PaddleProgram()
  private var operationCount = 0
  /// Where reading is, for messages.
  private var place = "the envelope"

  /// The newest writer version whose meaning is known here.
  static let newestVersion = 4

  static func read(_ data: Data) throws -> PaddleProgram {
    var reader = PIRReader()
    try reader.readFile(data)
    return reader.program
  }

  /// Whether json text is a PIR program: an object with `base_code.magic` "pir".
  static func recognises(_ json: Any) -> Bool {
    ((json as? [String: Any])?["base_code"] as? [String: Any])?["magic"] as? String == "pir"
  }

  func fault(_ text: String) -> ImportError { ImportError.malformed("PIR json, \(place): \(text)") }

  private mutating func readFile(_ data: Data) throws {
    let json: Any
    do { json = try JSONSerialization.jsonObject(with: data) } catch {
      throw ImportError.malformed("PIR json: this is not complete json text (\(data.count) bytes); the file may be truncated")
    }
    guard Self.recognises(json) else { throw ImportError.malformed("json, but not a Paddle program: base_code.magic is not \"pir\"") }
    let root = try object(json, "the file")
    let envelope = try object(root["base_code"], "base_code")
    let version = try integer(envelope["version"] ?? 0, "base_code.version")
    program.producer = "Paddle PIR \(version)"
    let regions = try list(object(root["program"], "program")["regions"], "program.regions")
    guard regions.count == 1 else { throw fault("\(regions.count) top regions, 1 expected") }
    program.block = try readRegion(regions[0], depth: 0)
  }

  private mutating func readRegion(_ any: Any, depth: Int) throws -> PaddleBlock {
    guard depth < deepestRegion else { throw fault("regions nest deeper than \(deepestRegion) levels") }
    let blocks = try list(object(any, "a region")["blocks"], "the blocks of a region")
    guard blocks.count == 1 else { throw fault("a region has \(blocks.count) blocks, 1 expected") }
    let object = try object(blocks[0], "a block")
    var block = PaddleBlock()
    for argument in try list(object["args"] ?? [Any](), "the arguments of a block") {
      block.arguments.append(try define(argument))
    }
    for item in try list(object["ops"], "the operations of a block") {
      let entry = try self.object(item, "an operation")
      guard let label = entry["#"] as? String else { throw fault("an operation has no \"#\"") }
      place = "op \(operationCount) (\(label))"
      operationCount += 1
      if label == "p" { try readParameter(entry) } else { block.operations.append(try readOperation(entry, label, depth)) }
    }
    return block
  }

  /// A value's definition `{"%": id, "TT": type}`; arguments of blocks have their id under "#".
  private mutating func define(_ any: Any?) throws -> PaddleValue {
    let entry = try object(any, "a value")
    let value = try integer(entry["%"] ?? entry["#"], "a value's id")
    guard value != 0 else { throw fault("a value is defined with the id 0, which means none") }
    guard program.types[value] == nil else { throw fault("value %\(value) is defined twice") }
    program.types[value] = try readType(entry["TT"]) ?? .other("NULL")
    return value
  }

  private mutating func readParameter(_ entry: [String: Any]) throws {
    let fields = try list(entry["A"], "the fields of a parameter")
    guard fields.count >= 4 else { throw fault("a parameter has \(fields.count) fields, 4 expected") }
    let name = try string(fields[3], "a parameter's name")
    let value = try define(entry["O"])
    guard case .tensor(let type) = program.types[value] else { throw fault("parameter \(name) is no dense tensor of a known type") }
    // OA holds persistable, stop_gradient, trainable; a program saved as not trainable leaves it out and stores all.
    let flags = try entry["OA"].map { try list($0, "the output attributes of a parameter") } ?? []
    let isStored = try flags.first.map { try integer($0, "a parameter's flag") != 0 } ?? true
    program.parameters.append(PaddleParameter(name: name, value: value, type: type, isStored: isStored))
    program.names[value] = name
  }

  private mutating func readOperation(_ entry: [String: Any], _ label: String, _ depth: Int) throws -> PaddleOperation {
    let attributes = try readAttributes(entry["A"])
    var operation = PaddleOperation(name: try name(label), attributes: attributes, location: "op \(operationCount - 1), \(label.dropFirst(2))")
    if case .string(let path)? = attributes["struct_name"], !path.isEmpty { operation.location += ", \(path)" }
    operation.operands = try list(entry["I"] ?? [Any](), "the operands").map { operand in
      let value = try integer(object(operand, "an operand")["%"], "an operand's id")
      return value == 0 ? nil : value
    }
    let results = entry["O"] as? [String: Any]
    for result in try results.map({ [$0] }) ?? list(entry["O"] ?? [Any](), "the results") {
      let value = try define(result)
      operation.results.append(program.types[value] == .other("NULL") ? nil : value)
    }
    for region in try list(entry["regions"] ?? [Any](), "the regions") {
      operation.blocks.append(try readRegion(region, depth: depth + 1))
    }
    return operation
  }

  /// "1.add_" → "add": the in-place form has the same meaning. Other dialects keep their name.
  private func name(_ label: String) throws -> String {
    guard let dot = label.firstIndex(of: ".") else { return label }
    let bare = label[label.index(after: dot)...]
    switch label[..<dot] {
    case "0": return "builtin.\(bare)"
    case "1": return String(bare.hasSuffix("_") ? bare.dropLast() : bare)
    case "2": return "cf.\(bare)"
    case "3": return "custom_op.\(bare)"
    default: return label
    }
  }
}

// The checked casts. JSONSerialization gives numbers and booleans as NSNumber.
extension PIRReader {
  func object(_ any: Any?, _ what: String) throws -> [String: Any] {
    guard let object = any as? [String: Any] else { throw fault("\(what) is missing or no object") }
    return object
  }

  func list(_ any: Any?, _ what: String) throws -> [Any] {
    guard let list = any as? [Any] else { throw fault("\(what) are missing or no list") }
    return list
  }

  func integer(_ any: Any?, _ what: String) throws -> Int {
    guard let number = any as? NSNumber, let value = Int(exactly: number) else { throw fault("\(what) is missing or no whole number of 64 bits") }
    return value
  }

  func float(_ any: Any?) throws -> Double {
    guard let number = any as? NSNumber else { throw fault("a float attribute is missing or no number") }
    return number.doubleValue
  }

  func boolean(_ any: Any?) throws -> Bool {
    guard let number = any as? NSNumber else { throw fault("a boolean attribute is missing or neither true nor false") }
    return number.boolValue
  }

  func string(_ any: Any?, _ what: String) throws -> String {
    guard let string = any as? String else { throw fault("\(what) is missing or no string") }
    return string
  }
}
