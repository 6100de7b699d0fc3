// How legacy Paddle operators read as PIR operators: applying the table, and the cases that a table cannot say.
// SPDX-License-Identifier: Apache-2.0

private let elementwise = [
  "elementwise_add": "add", "elementwise_sub": "subtract", "elementwise_mul": "multiply", "elementwise_div": "divide",
  "elementwise_min": "minimum", "elementwise_max": "maximum", "elementwise_mod": "remainder", "elementwise_floordiv": "floor_divide",
  "elementwise_pow": "elementwise_pow", "elementwise_fmax": "fmax", "elementwise_fmin": "fmin",
]

private let reductions = [
  "reduce_mean": "mean", "reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod", "reduce_any": "any",
  "reduce_all": "all", "reduce_amax": "amax", "reduce_amin": "amin",
]

extension LegacyReader {
  /// Appends the PIR operations that mean the same. An operator that is not known keeps its name behind "legacy.", to be reported.
  mutating func normalise(_ source: LegacyOperation) throws {
    if let rule = LegacyRule.all[source.name] { return try apply(rule, to: source) }
    if let name = elementwise[source.name] { return try readElementwise(source, name) }
    if let name = reductions[source.name] { return try readReduction(source, name) }
    switch source.name {
    case "split": try readSplit(source)
    case "fill_constant": try readFill(source)
    case "assign_value": try readAssignValue(source)
    case "set_value": try readSetValue(source)
    case "flatten", "flatten2": try readFlatten(source)
    case "tril_triu":
      emit(source.boolean("lower") ?? true ? "tril" : "triu", [try variable(source, "X")], [result(source, "Out")], attributes(source))
    case "lookup_table":
      let axes = integerList([-1])
      let indices = compute("squeeze", [try variable(source, "Ids"), axes])
      emit("embedding", [indices, try variable(source, "W")], [result(source, "Out")], attributes(source))
    case "pad2d": try readPad2d(source)
    case "assert", "delete_var": break
    case "while": try readWhile(source)
    case "conditional_block": try readConditionalBlock(source)
    case "select_input": try readSelectInput(source)
    default:
      let operands = try source.allInputs.map { try value($0) }
      emit("legacy.\(source.name)", operands, source.allOutputs.map { define($0) })
    }
  }

  // MARK: The table

  private mutating func apply(_ rule: LegacyRule, to source: LegacyOperation) throws {
    var attributes = attributes(source, renamed: rule.renamed)
    let operands = try rule.operands.map { try operand($0, of: source) }
    if rule.name == "cast", attributes["dtype"] == nil { throw fault("the target type of a cast is not known") }
    if rule.name == "full_like", source.name == "fill_zeros_like" { attributes["value"] = .float(0) }
    // A convolution may carry its bias; PIR adds it in an operation of its own.
    let bias = rule.name.hasPrefix("conv") || rule.name.hasPrefix("depthwise_conv") ? source.inputs("Bias").first : nil
    if let bias {
      let plain = compute(rule.name, operands, attributes, type: source.outputs("Output").first.flatMap { declaredType(named: $0) })
      let shaped = compute("channel_bias", [plain, try value(bias)])
      emit("add", [plain, shaped], [result(source, "Output")])
      return
    }
    var results: [PaddleValue?] = []
    var lists: [(vector: PaddleValue, slot: String)] = []
    for item in rule.results {
      switch item {
      case .variable(let slot): results.append(result(source, slot))
      case .list(let slot):
        let vector = makeValue(.list(source.outputs(slot).map { declaredType(named: $0) }))
        lists.append((vector, slot))
        results.append(vector)
      default: results.append(nil)
      }
    }
    // An output in a slot that the row does not name: another version of the operator, to be reported.
    if !source.allOutputs.isEmpty, lists.isEmpty, results.allSatisfy({ $0 == nil }) {
      return emit("legacy.\(source.name)", operands, source.allOutputs.map { define($0) })
    }
    emit(rule.name, operands, results, attributes)
    for (vector, slot) in lists { emit("builtin.split", [vector], source.outputs(slot).map { define($0) }) }
  }

  private mutating func operand(_ operand: LegacyRule.Operand, of source: LegacyOperation) throws -> PaddleValue? {
    switch operand {
    case .none: return nil
    case .variable(let slot): return try source.inputs(slot).first.map { try value($0) }
    case .list(let slot):
      let values = try source.inputs(slot).map { try value($0) }
      return values.isEmpty ? nil : compute("builtin.combine", values)
    case .attribute(let kind, let name, let overrides):
      for slot in overrides {
        if let value = try self.operand(slot, of: source) { return value }
      }
      guard let attribute = source.attributes[name] else { return nil }
      switch kind {
      case "n": return try integerList(attribute.integers ?? { throw fault("the attribute \(name) is no list of whole numbers") }())
      case "i": return compute("full", [], ["shape": .list([.integer(1)]), "value": attribute, "dtype": .element(.int64)])
      default: return compute("full", [], ["shape": .list([]), "value": attribute, "dtype": .element(.float32)])
      }
    }
  }

  /// The attributes under the names of PIR, element types as such.
  func attributes(_ source: LegacyOperation, renamed: [String: String] = [:]) -> [String: PaddleAttribute] {
    var attributes: [String: PaddleAttribute] = [:]
    for (name, attribute) in source.attributes where !name.hasPrefix("op_") {
      var attribute = attribute
      if name == "dtype" || name == "out_dtype" || name == "in_dtype" {
        guard let element = attribute.integer.flatMap({ PaddleElement(rawValue: $0) }) else { continue }
        attribute = .element(element)
      }
      attributes[renamed[name] ?? name] = attribute
    }
    return attributes
  }

  // MARK: Parts

  func variable(_ source: LegacyOperation, _ slot: String) throws -> PaddleValue {
    guard let name = source.inputs(slot).first else { throw fault("the input \(slot) is missing") }
    return try value(name)
  }

  mutating func result(_ source: LegacyOperation, _ slot: String) -> PaddleValue? {
    source.outputs(slot).first.map { define($0) }
  }

  mutating func integerList(_ integers: [Int]) -> PaddleValue {
    compute("full_int_array", [], ["value": .list(integers.map { .integer($0) }), "dtype": .element(.int64)])
  }

  private func rank(_ source: LegacyOperation, _ slot: String) -> Int? {
    guard let name = source.inputs(slot).first, case .tensor(let type)? = declaredType(named: name) else { return nil }
    return type.shape.count
  }

  // MARK: Operators

  /// `axis` says at which dimension of X the dimensions of Y begin; PIR says it by unit extents at Y's end.
  private mutating func readElementwise(_ source: LegacyOperation, _ name: String) throws {
    let x = try variable(source, "X")
    var y = try variable(source, "Y")
    if let axis = source.integer("axis"), axis >= 0, let rankX = rank(source, "X"), let rankY = rank(source, "Y") {
      let missing = rankX - axis - rankY
      if missing > 0, rankY > 0, axis + rankY <= rankX { y = compute("unsqueeze", [y, integerList(Array(rankY..<rankY + missing))]) }
    }
    emit(name, [x, y], [result(source, "Out")])
  }

  private mutating func readReduction(_ source: LegacyOperation, _ name: String) throws {
    let axes = source.boolean("reduce_all") ?? false ? [] : source.attributes["dim"]?.integers ?? [0]
    let operands = [try variable(source, "X"), integerList(axes)]
    emit(name, operands, [result(source, "Out")], attributes(source, renamed: ["keep_dim": "keepdim", "out_dtype": "dtype"]))
  }

  private mutating func readSplit(_ source: LegacyOperation) throws {
    let x = try variable(source, "X")
    let axis = try operand(.attribute(kind: "i", name: "axis", overrides: [.variable("AxisTensor")]), of: source)
    let outputs = source.outputs("Out")
    let vector = makeValue(.list(outputs.map { declaredType(named: $0) }))
    if let number = source.integer("num"), number > 0 {
      emit("split_with_num", [x, axis], [vector], ["num": .integer(number)])
    } else {
      let sections = try operand(.attribute(kind: "n", name: "sections", overrides: [.list("SectionsTensorList")]), of: source)
      emit("split", [x, sections, axis], [vector])
    }
    emit("builtin.split", [vector], outputs.map { define($0) })
  }

  /// `str_value` wins over `value`: it holds infinities, and whole numbers that a float cannot.
  private mutating func readFill(_ source: LegacyOperation) throws {
    var number = source.attributes["value"] ?? .float(0)
    if let text = source.string("str_value"), !text.isEmpty {
      guard let parsed = Int(text).map({ PaddleAttribute.integer($0) }) ?? Double(text).map({ .float($0) }) else {
        throw fault("str_value is \"\(text)\", no number")
      }
      number = parsed
    }
    let shape = source.attributes["shape"]?.integers ?? []
    var attributes = attributes(source)
    attributes["value"] = number
    let value = try operand(.variable("ValueTensor"), of: source)
    let target = try operand(.list("ShapeTensorList"), of: source) ?? operand(.variable("ShapeTensor"), of: source)
    if value == nil, target == nil {
      attributes["shape"] = .list(shape.map { .integer($0) })
      return emit("full", [], [result(source, "Out")], attributes)
    }
    let scalar = ["shape": PaddleAttribute.list([]), "value": number, "dtype": attributes["dtype"] ?? .element(.float32)]
    let fill = value ?? compute("full", [], scalar)
    emit("full_with_tensor", [fill, target ?? integerList(shape)], [result(source, "Out")], attributes)
  }

  private func values(_ source: LegacyOperation) -> PaddleAttribute {
    for name in ["values", "fp32_values", "int32_values", "int64_values", "bool_values", "fp64_values", "int8_values", "fp16_values"] {
      if let list = source.attributes[name]?.list, !list.isEmpty { return .list(list) }
    }
    return .list([])
  }

  private mutating func readAssignValue(_ source: LegacyOperation) throws {
    var attributes = attributes(source)
    attributes["values"] = values(source)
    emit("assign_value", [], [result(source, "Out")], attributes)
  }

  private mutating func readSetValue(_ source: LegacyOperation) throws {
    var attributes = attributes(source)
    attributes["values"] = values(source)
    let bounds = try ["starts", "ends", "steps"].map { name in
      let slot = name.prefix(1).uppercased() + name.dropFirst() + "TensorList"
      return try operand(.attribute(kind: "n", name: name, overrides: [.list(slot)]), of: source)
    }
    let x = try variable(source, "Input")
    if let value = try operand(.variable("ValueTensor"), of: source) {
      emit("set_value_with_tensor", [x, value] + bounds, [result(source, "Out")], attributes)
    } else {
      emit("set_value", [x] + bounds, [result(source, "Out")], attributes)
    }
  }

  /// Two dimensions: those before `axis` as one, the others as one.
  private mutating func readFlatten(_ source: LegacyOperation) throws {
    let axis = source.integer("axis") ?? 1
    let x = try variable(source, "X")
    let tail = compute("flatten", [x], ["start_axis": .integer(max(axis, 0)), "stop_axis": .integer(-1)])
    if axis <= 0 {
      emit("unsqueeze", [tail, integerList([0])], [result(source, "Out")])
    } else {
      emit("flatten", [tail], [result(source, "Out")], ["start_axis": .integer(0), "stop_axis": .integer(axis - 1)])
    }
  }

  /// Paddings stand as top, bottom, left, right; PIR's pad3d has left, right, top, bottom, front, back.
  private mutating func readPad2d(_ source: LegacyOperation) throws {
    guard let paddings = source.attributes["paddings"]?.integers, paddings.count == 4, source.inputs("Paddings").isEmpty else {
      throw fault("pad2d needs 4 constant paddings")
    }
    let isLast = source.string("data_format") == "NHWC"
    var attributes = attributes(source)
    attributes["data_format"] = .string(isLast ? "NDHWC" : "NCDHW")
    let depth = integerList([isLast ? 1 : 2])
    let volume = compute("unsqueeze", [try variable(source, "X"), depth])
    let padded = compute("pad3d", [volume, integerList([paddings[2], paddings[3], paddings[0], paddings[1], 0, 0])], attributes)
    emit("squeeze", [padded, depth], [result(source, "Out")])
  }
}
