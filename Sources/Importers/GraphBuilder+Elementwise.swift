// Arithmetic by element and reductions. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension Attribute {
  static func member(_ value: UnaryFunction) -> Attribute { .member("\(value.name)") }
  static func member(_ value: BinaryFunction) -> Attribute { .member("\(value.name)") }
  static func member(_ value: ReduceFunction) -> Attribute { .member("\(value.name)") }
  static func member(_ value: ElementType) -> Attribute { .member("\(value.name)") }
  static func member(_ value: PaddingMode) -> Attribute { .member("\(value.name)") }
  static func member(_ value: PoolFunction) -> Attribute { .member("\(value.name)") }
  static func member(_ value: PadMode) -> Attribute { .member("\(value.name)") }
  static func member(_ value: ResizeMode) -> Attribute { .member("\(value.name)") }
  static func member(_ value: CoordinateMode) -> Attribute { .member("\(value.name)") }
  static func member(_ value: NearestMode) -> Attribute { .member("\(value.name)") }
  static func member(_ value: GridPaddingMode) -> Attribute { .member("\(value.name)") }
  static func member(_ value: ScatterReduction) -> Attribute { .member("\(value.name)") }
  static func member(_ value: RecurrentCell) -> Attribute { .member("\(value.name)") }
  static func member(_ value: Direction) -> Attribute { .member("\(value.name)") }
}

extension GraphBuilder {
  /// y = function(x); alpha and beta as the schema's `UnaryFunction` says.
  package func unary(_ function: UnaryFunction, _ x: Value, alpha: Double = 0, beta: Double = 0) -> Value {
    append(.unary, [x], ["function": .member(function), "alpha": .float(alpha), "beta": .float(beta)])
  }

  /// y = function(a, b) with numpy's broadcast.
  package func binary(_ function: BinaryFunction, _ a: Value, _ b: Value) -> Value {
    append(.binary, [a, b], ["function": .member(function)])
  }

  /// y = function(a, number), the number as a scalar of a's type.
  package func binary(_ function: BinaryFunction, _ a: Value, _ number: Double) -> Value {
    binary(function, a, scalar(number, type: a.type))
  }

  /// A copy under a name of its own, for a graph output that is also an input, a constant or another output.
  package func identity(_ x: Value) -> Value { unary(.identity, x) }

  /// a where the condition holds, else b.
  package func select(_ condition: Value, _ a: Value, _ b: Value) -> Value { append(.select, [condition, a, b]) }

  /// The value in another element type; itself where it has that type already.
  package func cast(_ x: Value, to type: ElementType) -> Value {
    x.type == type ? x : append(.cast, [x], ["to": .member(type)])
  }

  /// min(max(x, low), high); a bound left out is open. Integers are compared as integers.
  package func clip(_ x: Value, low: Double?, high: Double?) -> Value {
    if x.type == .float32 || x.type == .none {
      if low == 0 && high == nil { return unary(.relu, x) }
      let limit = Double(Float.greatestFiniteMagnitude)
      return low == nil && high == nil ? x : unary(.clip, x, alpha: max(low ?? -limit, -limit), beta: min(high ?? limit, limit))
    }
    let raised = low.map { binary(.maximum, x, $0) } ?? x
    return high.map { binary(.minimum, raised, $0) } ?? raised
  }

  /// Over `axes` (empty: all).
  package func reduce(_ function: ReduceFunction, _ x: Value, axes: [Int], keepDimensions: Bool) throws -> Value {
    if let rank = x.shape?.count { for axis in axes { _ = try self.axis(axis, rank: rank) } }
    return append(.reduce, [x], ["function": .member(function), "axes": .integers(axes), "keep_dimensions": .boolean(keepDimensions)])
  }

  /// The index of the largest (or smallest) element along `axis`, nil: of all elements.
  package func argReduce(_ x: Value, minimum: Bool = false, axis: Int?, keepDimensions: Bool, selectLast: Bool = false,
    to type: ElementType = .int64) -> Value {
    append(.argReduce, [x], ["minimum": .boolean(minimum), "axis": .integer(axis ?? 0), "keep_dimensions": .boolean(keepDimensions),
      "flatten": .boolean(axis == nil), "select_last": .boolean(selectLast), "to": .member(type)])
  }

  package func cumulativeSum(_ x: Value, axis: Int, exclusive: Bool = false, reverse: Bool = false) -> Value {
    append(.cumulativeSum, [x], ["axis": .integer(axis), "exclusive": .boolean(exclusive), "reverse": .boolean(reverse)])
  }

  /// Softmax, or its logarithm, along one axis.
  package func softmax(_ x: Value, axis: Int, logarithm: Bool = false) -> Value {
    append(.softmax, [x], ["axis": .integer(axis), "logarithm": .boolean(logarithm)])
  }

  /// 1 at the first largest element along `axis`, else 0.
  package func hardmax(_ x: Value, axis: Int) throws -> Value {
    let axis = try self.axis(axis, rank: rank(x))
    return oneHot(argReduce(x, axis: axis, keepDimensions: false), depth: extent(x, axis), values: nil, axis: axis, to: x.type)
  }

  /// q = round(x / step) + zero point, clamped to the type's range; per tensor or along `axis`.
  package func quantizeLinear(_ x: Value, step: Value, zeroPoint: Value?, axis: Int, minimum: Int, maximum: Int,
    roundHalfAway: Bool = false, to type: ElementType) -> Value {
    append(.quantizeLinear, [x, step, zeroPoint], ["axis": .integer(axis), "minimum": .integer(minimum), "maximum": .integer(maximum),
      "round_half_away": .boolean(roundHalfAway), "to": .member(type)])
  }

  /// (x - zero point) step as float32; per tensor or along `axis`.
  package func dequantizeLinear(_ x: Value, step: Value, zeroPoint: Value?, axis: Int) -> Value {
    append(.dequantizeLinear, [x, step, zeroPoint], ["axis": .integer(axis), "to": .member(ElementType.float32)])
  }
}
