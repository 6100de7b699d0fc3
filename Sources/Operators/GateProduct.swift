// SPDX-License-Identifier: Apache-2.0
import Kernels

/// Which of a recurrent layer's weights gates are multiplied with.
package struct GateWeights {
  package let direction: Int
  /// Those of the state instead of those of the input.
  package let areRecurrent: Bool
}

/// How a backend multiplies rows of a recurrent layer's input, or of its state, with the weights of gates.
package protocol GateProduct {
  /// Adds the products of `rows` dense rows at `left` for hidden units `units` of `gates`. Unit 0 of the first of these gates lies at `target`, that of the next
  /// one the layer's hidden units further, and rows are `stride` floats apart.
  func add(_ left: UnsafePointer<Float>, rows: Int, _ weights: GateWeights, gates: Range<Int>, units: Range<Int>, into target: UnsafeMutablePointer<Float>,
    stride: Int)
}

/// Products with weights as they lie in the file.
struct PlainGateProduct: GateProduct {
  let plan: RecurrentPlan
  let inputWeights: UnsafePointer<Float>
  let recurrentWeights: UnsafePointer<Float>
  let scratch: UnsafeMutablePointer<Float>

  func add(_ left: UnsafePointer<Float>, rows: Int, _ weights: GateWeights, gates: Range<Int>, units: Range<Int>, into target: UnsafeMutablePointer<Float>,
    stride: Int) {
    let depth = weights.areRecurrent ? plan.hidden : plan.features
    let all = (weights.areRecurrent ? recurrentWeights : inputWeights) + weights.direction &* depth &* plan.gateFloats
    let (factor, right) = (MatrixFactor(left, stride: depth), MatrixFactor(all, stride: plan.gateFloats))
    if units.count == plan.hidden {
      multiply(factor, right.dropping(columns: gates.lowerBound &* plan.hidden),
        ProductExtents(rows: rows, columns: gates.count &* plan.hidden, depth: depth), into: target, stride: stride, accumulate: true, scratch: scratch)
      return
    }
    for gate in gates {
      multiply(factor, right.dropping(columns: gate &* plan.hidden &+ units.lowerBound), ProductExtents(rows: rows, columns: units.count, depth: depth),
        into: target + ((gate &- gates.lowerBound) &* plan.hidden &+ units.lowerBound), stride: stride, accumulate: true, scratch: scratch)
    }
  }
}
