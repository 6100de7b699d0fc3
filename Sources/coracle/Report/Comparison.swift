// How far an output is from its reference. SPDX-License-Identifier: Apache-2.0

/// The difference of two arrays of the same shape.
struct Comparison {
  /// Largest |output - reference|; infinite where only one of the two is NaN, or the infinities differ.
  var maximumAbsolute = 0.0
  /// `maximumAbsolute` over the largest |reference|; 0 where both are 0.
  var maximumRelative = 0.0
  /// Cosine of the angle between the two as vectors; 1 where both are all 0.
  var cosine = 1.0
  /// Elements with |output - reference| > absolute tolerance + relative tolerance × |reference|.
  var mismatches = 0

  /// Both must have the same number of elements.
  init(_ output: HostTensor, _ reference: HostTensor, absoluteTolerance: Double = .infinity, relativeTolerance: Double = 0) {
    let found = output.values
    var position = 0
    var largest = 0.0
    var product = 0.0
    var squares = (found: 0.0, expected: 0.0)
    reference.forEachValue { expected in
      let value = found[position]
      position += 1
      let difference: Double
      if value.isNaN || expected.isNaN {
        difference = value.isNaN && expected.isNaN ? 0 : .infinity
      } else {
        difference = value == expected ? 0 : abs(value - expected)
      }
      maximumAbsolute = max(maximumAbsolute, difference)
      if difference > absoluteTolerance + relativeTolerance * abs(expected.isNaN ? 0 : expected) { mismatches += 1 }
      guard value.isFinite, expected.isFinite else { return }
      largest = max(largest, abs(expected))
      product += value * expected
      squares.found += value * value
      squares.expected += expected * expected
    }
    maximumRelative = maximumAbsolute == 0 ? 0 : maximumAbsolute / largest
    let scale = (squares.found * squares.expected).squareRoot()
    cosine = scale > 0 ? product / scale : squares.found == squares.expected ? 1 : 0
  }
}

/// Why two tensors cannot be compared element by element, or nil where they can.
func shapeMismatch(_ output: HostTensor, _ reference: HostTensor) -> String? {
  if output.shape != reference.shape {
    return "its shape is \(shapeText(output.shape)) and the reference's \(shapeText(reference.shape))"
  }
  if output.type.isInteger != reference.type.isInteger {
    return "its type is \(output.type.name) and the reference's \(reference.type.name)"
  }
  return nil
}
