// Legacy Paddle programs (ProgramDesc protobuf), normalised to the operators of PIR.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf

/// Turns a ProgramDesc into single assignment: every write of a variable makes a new value, and every operator gets the name, the
/// operand order and the attributes that PIR would give it.
struct LegacyReader {
  var program = PaddleProgram()
  /// The operations of the block that is being read.
  var operations: [PaddleOperation] = []
  /// Current values of the variables by name; the innermost block is last.
  var scopes: [[String: PaddleValue]] = [[:]]
  var location = ""
  /// Branches of which only a `select_input` further on tells what they mean, by the variables they write.
  var pendingBranches: [PaddleValue: PendingBranch] = [:]

  private let source: LegacyProgramDesc
  /// What each block declares, by name.
  private let declarations: [[String: PaddleType]]
  /// The blocks around the one that is being read, the innermost last.
  private var openBlocks: [Int] = []
  private var lastValue = 0
  private var operationCount = 0
  private var feeds: [(column: Int, operation: PaddleOperation)] = []

  private init(_ source: LegacyProgramDesc) {
    self.source = source
    declarations = source.blocks.map { block in
      block.vars.reduce(into: [:]) { types, variable in types[variable.name] = Self.declaredType(of: variable) }
    }
  }

  static func read(_ data: Data) throws -> PaddleProgram {
    let source: LegacyProgramDesc
    do { source = try LegacyProgramDesc(serializedBytes: data) } catch {
      throw ImportError.malformed("this is no complete Paddle program (protobuf, \(data.count) bytes); the file may be truncated")
    }
    var reader = LegacyReader(source)
    try reader.readProgram()
    return reader.program
  }

  private mutating func readProgram() throws {
    guard let root = source.blocks.first else { throw ImportError.malformed("the Paddle program has no blocks") }
    let version = source.version.version
    program.producer = "Paddle \(version / 1_000_000).\(version / 1000 % 1000).\(version % 1000)"
    for variable in root.vars where variable.persistable && variable.type.type == 7 && variable.name != "feed" && variable.name != "fetch" {
      guard case .tensor(let type)? = Self.declaredType(of: variable) else {
        throw ImportError.malformed("weight \(variable.name) has the element type \(variable.type.denseTensor.tensor.dataType), which is not known")
      }
      let value = define(variable.name, type: .tensor(type))
      program.parameters.append(PaddleParameter(name: variable.name, value: value, type: type, isStored: true))
    }
    var block = try readBlock(0)
    block.operations = feeds.sorted { $0.column < $1.column }.map(\.operation) + block.operations
    program.block = block
  }

  /// Reads the operations of block `index` into a block of their own; the caller opens and closes the scope.
  mutating func readBlock(_ index: Int) throws -> PaddleBlock {
    guard source.blocks.indices.contains(index) else { throw fault("block \(index) does not exist") }
    guard !openBlocks.contains(index), openBlocks.count < 32 else { throw fault("block \(index) is inside itself") }
    openBlocks.append(index)
    let outer = operations
    operations = []
    defer {
      operations = outer
      openBlocks.removeLast()
    }
    for operation in source.blocks[index].ops {
      location = "op \(operationCount), \(operation.type)"
      operationCount += 1
      let legacy = LegacyOperation(operation)
      switch legacy.name {
      case "feed": try readFeed(legacy)
      case "fetch": try readFetch(legacy)
      default: try normalise(legacy)
      }
    }
    return PaddleBlock(operations: operations)
  }

  private mutating func readFeed(_ operation: LegacyOperation) throws {
    guard let name = operation.outputs("Out").first else { throw fault("a feed has no output") }
    guard case .tensor(let type)? = declaredType(named: name) else { throw fault("the input \(name) is no tensor of a known type") }
    let value = define(name)
    let attributes: [String: PaddleAttribute] = [
      "name": .string(name), "shape": .list(type.shape.map { .integer($0) }), "dtype": .element(type.element),
    ]
    feeds.append((operation.integer("col") ?? 0, PaddleOperation(name: "data", results: [value], attributes: attributes, location: location)))
  }

  private mutating func readFetch(_ operation: LegacyOperation) throws {
    guard let name = operation.inputs("X").first else { throw fault("a fetch has no input") }
    emit("fetch", [try value(name)], [], ["name": .string(name), "col": .integer(operation.integer("col") ?? 0)])
  }

  // MARK: Values

  func fault(_ text: String) -> ImportError { ImportError.malformed("Paddle program, \(location): \(text)") }

  /// The current value of a variable.
  func value(_ name: String) throws -> PaddleValue {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    throw fault("the variable \(name) is read before anything writes it")
  }

  /// A new value for a variable that is written, in the innermost scope.
  mutating func define(_ name: String, type: PaddleType? = nil) -> PaddleValue {
    let value = makeValue(type ?? declaredType(named: name))
    program.names[value] = name
    scopes[scopes.count - 1][name] = value
    return value
  }

  /// A value without a variable.
  mutating func makeValue(_ type: PaddleType? = nil) -> PaddleValue {
    lastValue += 1
    program.types[lastValue] = type
    return lastValue
  }

  mutating func emit(_ name: String, _ operands: [PaddleValue?], _ results: [PaddleValue?], _ attributes: [String: PaddleAttribute] = [:],
    blocks: [PaddleBlock] = []) {
    operations.append(PaddleOperation(name: name, operands: operands, results: results, attributes: attributes, blocks: blocks, location: location))
  }

  /// Appends an operation with one result that no variable names.
  mutating func compute(_ name: String, _ operands: [PaddleValue?], _ attributes: [String: PaddleAttribute] = [:], type: PaddleType? = nil) -> PaddleValue {
    let value = makeValue(type)
    emit(name, operands, [value], attributes)
    return value
  }

  // MARK: Declarations

  /// What the open blocks declare of a variable, the innermost first.
  func declaredType(named name: String) -> PaddleType? {
    for index in openBlocks.reversed() {
      if let type = declarations[index][name] { return type }
    }
    return nil
  }

  /// Whether the block that is being read declares the variable itself.
  func isLocal(_ name: String, toBlock index: Int) -> Bool {
    source.blocks.indices.contains(index) && source.blocks[index].vars.contains { $0.name == name }
  }

  /// Names of the variables that the operations of a block write, those of its inner blocks included.
  func writes(ofBlock index: Int, depth: Int = 0) -> [String] {
    guard source.blocks.indices.contains(index), depth < 32 else { return [] }
    var names: [String] = []
    for operation in source.blocks[index].ops {
      for output in operation.outputs { names += output.arguments }
      for attribute in operation.attrs where attribute.type == 8 { names += writes(ofBlock: Int(attribute.blockIdx), depth: depth + 1) }
    }
    return names
  }

  private static func declaredType(of variable: LegacyVarDesc) -> PaddleType? {
    guard variable.type.type == 7 else { return .other("variable type \(variable.type.type)") }
    let tensor = variable.type.denseTensor.tensor
    guard let element = PaddleElement(rawValue: Int(tensor.dataType)) else { return nil }
    return .tensor(PaddleTensorType(element: element, shape: tensor.dims.map { Int($0) }))
  }
}

/// An operator as the file has it: slots of variables, and attributes.
struct LegacyOperation {
  let name: String
  private var inputSlots: [String: [String]] = [:]
  private var outputSlots: [String: [String]] = [:]
  private(set) var attributes: [String: PaddleAttribute] = [:]
  private(set) var allInputs: [String] = []
  private(set) var allOutputs: [String] = []

  init(_ source: LegacyOpDesc) {
    name = source.type
    for slot in source.inputs { inputSlots[slot.parameter] = slot.arguments; allInputs += slot.arguments }
    for slot in source.outputs { outputSlots[slot.parameter] = slot.arguments; allOutputs += slot.arguments }
    for attribute in source.attrs { attributes[attribute.name] = Self.attribute(attribute) }
  }

  func inputs(_ slot: String) -> [String] { inputSlots[slot] ?? [] }
  func outputs(_ slot: String) -> [String] { outputSlots[slot] ?? [] }

  func integer(_ name: String) -> Int? { attributes[name]?.integer }
  func boolean(_ name: String) -> Bool? { attributes[name]?.boolean }
  func string(_ name: String) -> String? { attributes[name]?.string }

  /// Rule: the type decides which field holds the value, since an empty list has no field at all.
  private static func attribute(_ source: LegacyOpDesc.Attr) -> PaddleAttribute? {
    switch source.type {
    case 0: .integer(Int(source.i))
    case 1: .float(Double(source.f))
    case 2: .string(source.s)
    case 3: .list(source.ints.map { .integer(Int($0)) })
    case 4: .list(source.floats.map { .float(Double($0)) })
    case 5: .list(source.strings.map { .string($0) })
    case 6: .boolean(source.b)
    case 7: .list(source.bools.map { .boolean($0) })
    case 8: .integer(Int(source.blockIdx))
    case 9: .integer(Int(source.l))
    case 11: .list(source.longs.map { .integer(Int($0)) })
    case 12: .list(source.float64S.map { .float($0) })
    case 15: .float(source.float64)
    case 16: scalar(source.scalar)
    case 17: .list(source.scalars.compactMap { scalar($0) })
    default: nil
    }
  }

  private static func scalar(_ source: LegacyScalar) -> PaddleAttribute? {
    switch source.type {
    case 1: .boolean(source.b)
    case 2: .integer(Int(source.i))
    case 3: .float(source.r)
    default: nil
    }
  }
}

extension PaddleAttribute {
  /// The whole number; a whole float counts, as widths drifted between writers.
  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .boolean(let value): value ? 1 : 0
    case .float(let value): Int(exactly: value)
    default: nil
    }
  }

  var float: Double? {
    switch self {
    case .float(let value): value
    case .integer(let value): Double(value)
    case .boolean(let value): value ? 1 : 0
    default: nil
    }
  }

  var boolean: Bool? {
    switch self {
    case .boolean(let value): value
    case .integer(let value): value != 0
    default: nil
    }
  }

  var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  var element: PaddleElement? {
    if case .element(let value) = self { value } else { nil }
  }

  var list: [PaddleAttribute]? {
    if case .list(let values) = self { values } else { nil }
  }

  /// A list of whole numbers; a single one counts as a list of one.
  var integers: [Int]? {
    guard case .list(let values) = self else { return integer.map { [$0] } }
    let numbers = values.compactMap(\.integer)
    return numbers.count == values.count ? numbers : nil
  }

  var floats: [Double]? {
    guard case .list(let values) = self else { return float.map { [$0] } }
    let numbers = values.compactMap(\.float)
    return numbers.count == values.count ? numbers : nil
  }
}
