// Which conversion an ONNX operator has. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  /// The outputs' values, nil for those that are not wanted; nil as a whole for an operator that is not known.
  func convert(domain: String) throws -> [Value?]? {
    switch domain {
    case "":
      // The families do not overlap; each says nil for operators of the others.
      try elementwise() ?? products() ?? normalizations() ?? shapes() ?? indexing() ?? images() ?? quantization() ?? signals() ?? attention() ?? controlFlow()
    case "com.microsoft": try microsoft()
    default: nil
    }
  }


  /// An axis attribute counted from the front.
  func axis(_ name: String = "axis", default fallback: Int, of value: Value) throws -> Int {
    try builder.axis(int(name, default: fallback), rank: builder.rank(value))
  }

  /// The element type that attribute `to` (or another) names.
  func type(_ name: String) throws -> ElementType? {
    guard let number = attribute(name)?.i else { return nil }
    return try ONNXElementType.elementType(Int32(clamping: number), of: "attribute '\(name)'")
  }
}
