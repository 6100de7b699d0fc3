// Inputs for timing. SPDX-License-Identifier: Apache-2.0

/// A pseudo-random sequence that is the same in every process (SplitMix64, Steele et al. 2014).
struct FixedSequence {
  private var state: UInt64 = 20_260_101

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Random elements: floats in -1 ..< 1; integers and booleans 0 or 1, so that indices into the smallest table and masks stay valid.
func randomTensor(type: HostType, shape: [Int], from sequence: inout FixedSequence) throws -> HostTensor {
  let tensor = try HostTensor(type: type, shape: shape)
  switch type {
  case .float32:
    let elements = tensor.elements(as: Float.self)
    for index in elements.indices { elements[index] = Float(sequence.next() >> 40) * 0x1p-23 - 1 }
  case .float16:
    let elements = tensor.elements(as: UInt16.self)
    for index in elements.indices { elements[index] = sequence.next() & 1 == 0 ? 0 : 0x3C00 }
  case .int8, .uint8, .boolean:
    let elements = tensor.elements(as: UInt8.self)
    for index in elements.indices { elements[index] = UInt8(sequence.next() & 1) }
  case .int16:
    let elements = tensor.elements(as: Int16.self)
    for index in elements.indices { elements[index] = Int16(sequence.next() & 1) }
  case .int32:
    let elements = tensor.elements(as: Int32.self)
    for index in elements.indices { elements[index] = Int32(sequence.next() & 1) }
  case .int64:
    let elements = tensor.elements(as: Int64.self)
    for index in elements.indices { elements[index] = Int64(sequence.next() & 1) }
  }
  return tensor
}
