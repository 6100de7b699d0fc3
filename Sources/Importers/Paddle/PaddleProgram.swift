// A Paddle program in memory: where the legacy format and PIR meet before they become a graph.
// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A program in single-assignment form with the operator names, operand order and attributes of PIR.
struct PaddleProgram {
  var block = PaddleBlock()
  var parameters: [PaddleParameter] = []
  /// What the file declares of each value; values without a declaration are missing.
  var types: [PaddleValue: PaddleType] = [:]
  /// Names for messages and outputs, where the format has them.
  var names: [PaddleValue: String] = [:]
  /// "Paddle PIR 4" or "Paddle 2.6.2".
  var producer = ""
}

/// Identifies a value of the program; written once, in the block that defines it.
typealias PaddleValue = Int

/// A weight: declared by the program, stored in the parameter file unless it is not persistable.
struct PaddleParameter {
  var name: String
  var value: PaddleValue
  var type: PaddleTensorType
  var isStored: Bool
}

struct PaddleBlock {
  var arguments: [PaddleValue] = []
  var operations: [PaddleOperation] = []
}

struct PaddleOperation {
  /// Without the dialect for pd_op ("conv2d", no trailing "_"), with it for the others ("builtin.combine", "cf.yield").
  var name: String
  /// nil where an optional operand is left out.
  var operands: [PaddleValue?] = []
  /// nil where the file declares no result.
  var results: [PaddleValue?] = []
  var attributes: [String: PaddleAttribute] = [:]
  var blocks: [PaddleBlock] = []
  /// "op 17, conv2d, /backbone/conv1".
  var location: String
}

indirect enum PaddleAttribute: Equatable {
  case boolean(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case element(PaddleElement)
  case list([PaddleAttribute])
}

/// The element types of both formats, by their number in `VarType.Type`.
enum PaddleElement: Int {
  case boolean = 0, int16 = 1, int32 = 2, int64 = 3, float16 = 4, float32 = 5, float64 = 6
  case uint8 = 20, int8 = 21, bfloat16 = 22, complex64 = 23, complex128 = 24, float8e4m3 = 32, float8e5m2 = 33

  var byteCount: Int {
    switch self {
    case .boolean, .uint8, .int8, .float8e4m3, .float8e5m2: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  /// Reads the spelling of a PIR dtype attribute ("float32"), a PIR type ("t_f32", without its dialect) or nothing known.
  init?(spelled name: String) {
    switch name {
    case "bool", "t_bool": self = .boolean
    case "int16", "t_i16": self = .int16
    case "int32", "t_i32": self = .int32
    case "int64", "t_i64", "t_index": self = .int64
    case "float16", "t_f16": self = .float16
    case "float32", "t_f32": self = .float32
    case "float64", "t_f64": self = .float64
    case "uint8", "t_ui8": self = .uint8
    case "int8", "t_i8": self = .int8
    case "bfloat16", "t_bf16": self = .bfloat16
    case "complex64", "t_c64": self = .complex64
    case "complex128", "t_c128": self = .complex128
    case "float8_e4m3fn", "t_f8e4m3fn": self = .float8e4m3
    case "float8_e5m2", "t_f8e5m2": self = .float8e5m2
    default: return nil
    }
  }
}

struct PaddleTensorType: Equatable {
  var element: PaddleElement
  /// Extents, -1 where open.
  var shape: [Int]
}

indirect enum PaddleType: Equatable {
  case tensor(PaddleTensorType)
  case list([PaddleType?])
  /// A type that no operator here takes (tensor arrays, selected rows, sparse tensors), by its spelling.
  case other(String)
}
