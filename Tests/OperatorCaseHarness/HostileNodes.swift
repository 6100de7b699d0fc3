// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// Nodes that no exporter writes, made from a case; each comes with what was changed.
extension OperatorCase {
  /// Bytes of the attributes replaced, as far as the verifier lets them through.
  func eachChangeOfAttributes(_ body: (OperatorHarness, String) throws -> Void) throws {
    let original = try NodeBuffer(operatorName: operatorName, attributes: attributes)
    // Read now: the node is a view of the bytes that change.
    guard let (code, type) = original.node.map({ ($0.operatorCode, $0.attributesType) }) else { return }
    for offset in 0..<original.size {
      let before = original.bytes.load(fromByteOffset: offset, as: UInt8.self)
      for value in [0xFF, 0x80, 0x7F, 0x00, before ^ 1, before ^ 0x10, before &+ 2] as [UInt8] where value != before {
        original.bytes.storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
        if let changed = original.node, changed.operatorCode == code, changed.attributesType == type,
          let harness = OperatorHarness(original, inputs: inputs.map { $0.map { TensorBuffer($0) } }, wanted: outputs.map { $0 != nil }) {
          try body(harness, "\(self), byte \(offset) = \(value)")
        }
      }
      original.bytes.storeBytes(of: before, toByteOffset: offset, as: UInt8.self)
    }
  }

  /// Inputs of another rank, other extents, another type, without data, or left out.
  func eachChangeOfInputs(_ body: (OperatorHarness, String) throws -> Void) throws {
    let buffer = try NodeBuffer(operatorName: operatorName, attributes: attributes)
    for (index, input) in inputs.enumerated() {
      guard let input else { continue }
      for (what, replacement) in variants(input) {
        var changed = inputs.map { $0.map { TensorBuffer($0) } }
        changed[index] = replacement()
        if let harness = OperatorHarness(buffer, inputs: changed, wanted: outputs.map { $0 != nil }) {
          try body(harness, "\(self), input \(index) \(what)")
        }
      }
    }
    for count in 0..<inputs.count {
      let some = inputs.prefix(count).map { $0.map { TensorBuffer($0) } }
      if let harness = OperatorHarness(buffer, inputs: some, wanted: outputs.map { $0 != nil }) { try body(harness, "\(self), only \(count) inputs") }
    }
  }
}

private func variants(_ input: CaseTensor) -> [(String, () -> TensorBuffer)] {
  let shape = input.shape
  func zeros(_ shape: [Int]) -> () -> TensorBuffer {
    { TensorBuffer(type: input.type, shape: shape, bytes: [UInt8](repeating: 0, count: shape.reduce(input.type.size, *))) }
  }
  var result: [(String, () -> TensorBuffer)] = [
    ("without rank", zeros([])), ("with one more dimension", zeros([1] + shape)), ("with one more inner dimension", zeros(shape + [2])),
    ("of rank 8", zeros([Int](repeating: 1, count: 8))), ("without elements", zeros([0])),
    ("without data", { TensorBuffer(input, hasData: false) }),
    ("of bytes that are all ones", { TensorBuffer(type: input.type, shape: shape, bytes: [UInt8](repeating: 0xFF, count: input.bytes.count)) }),
    ("of bytes 0x7F", { TensorBuffer(type: input.type, shape: shape, bytes: [UInt8](repeating: 0x7F, count: input.bytes.count)) }),
    ("huge", { TensorBuffer(type: input.type, shape: [1 << 39] + shape.map { _ in 1 }.dropFirst(), hasData: false) }),
  ]
  for axis in shape.indices {
    var changed = shape
    changed[axis] = 0
    result.append(("with extent \(axis) = 0", zeros(changed)))
    changed[axis] = shape[axis] + 1
    result.append(("with extent \(axis) one larger", zeros(changed)))
    if shape[axis] > 1 {
      changed[axis] = shape[axis] - 1
      result.append(("with extent \(axis) one smaller", zeros(changed)))
    }
  }
  if !shape.isEmpty { result.append(("with one dimension less", zeros(Array(shape.dropFirst())))) }
  for type in (1...8).compactMap({ ElementType(rawValue: $0) }) where type != input.type {
    result.append(("of type \(type.name)", { TensorBuffer(type: type, shape: shape, bytes: [UInt8](repeating: 1, count: shape.reduce(type.size, *))) }))
  }
  return result
}
