// SPDX-License-Identifier: Apache-2.0
import Foundation
import KunlunBackend
import ModelFile
import Operators
import Tensors
import Testing

@testable import KunlunNumerics
@testable import OperatorCaseHarness

/// What the backend has kernels for, and what it runs on the host; every other operator's cases must be declined.
private let computed = ["convolution", "convolution_transpose", "separable_convolution", "matmul", "attention", "recurrent"] + onHost
private let onHost = ["multiclass_nms", "non_maximum_suppression", "non_zero"]

/// Every row of Tests/OperatorCases, in every arithmetic, with 1, 2 and 3 threads that must give the same bits: within what the rounding of the operands
/// allows, or declined. Bad nodes fail in the shape rule, which is the runtime's, before a backend sees them.
@Test(arguments: OperatorCase.files)
func casesAreWithinTheToleranceOfTheirPrecision(_ file: String) throws {
  for row in try OperatorCase.load(file) where row.error == nil {
    let buffer = try NodeBuffer(operatorName: row.operatorName, attributes: row.attributes)
    for settings in try everySetting() {
      var first: [UInt8]?
      for threads in 1...3 {
        let wanted = row.outputs.isEmpty ? [true] : row.outputs.map { $0 != nil }
        guard let harness = OperatorHarness(buffer, inputs: row.inputs.map { $0.map { TensorBuffer($0) } }, wanted: wanted) else {
          throw CaseFailure("\(row): the node is not well-formed")
        }
        _ = try harness.infer()
        harness.allocateOutputs()
        // Everything but the input of a layer is a constant, as in a model.
        let constants = row.operatorName == "attention" || onHost.contains(row.operatorName) ? [] : Array(row.inputs.indices.dropFirst())
        guard try harness.execute(threads: threads, on: kunlunBackend(KunlunOptions(settings)), constants: constants) else {
          if !computed.contains(row.operatorName) { break }
          // Products of nothing, and convolutions with a group a channel.
          let isEmpty = row.inputs.contains { $0?.count == 0 } || row.name.contains("no features")
          #expect(isEmpty || (row.attributes["groups"] as? Int ?? 1) > 1, "\(row) is declined")
          break
        }
        #expect(computed.contains(row.operatorName), "\(row) is not declined")
        guard let expected = row.outputs.first ?? nil, let output = harness.outputs.first ?? nil else { break }
        let tolerance = absoluteTolerance(row, settings) + row.absolute
        if let difference = expected.difference(output.value, absolute: tolerance, relative: row.relative) {
          Issue.record("\(row), \(settings), \(threads) threads, tolerance \(tolerance): \(difference)")
        }
        #expect(output.guardsAreIntact, "\(row): wrote outside its output")
        first = first ?? output.value.bytes
        #expect(output.value.bytes == first, "\(row), \(settings): other bits with \(threads) threads")
      }
    }
  }
}

/// An operand's rounding as a part of its maximum: half a unit of the integers; of the floats half a unit of the last bit, or a whole one where it
/// is dropped. int31 loses 2^-30 of a product besides, and its sums are float32.
private func roundingPart(_ precision: KunlunPrecision) -> Double {
  switch precision {
  case .int8: 0.5 / 127
  case .int16: 0.5 / 32_767
  case .int31, .int31WithLL: 0x1p-30
  case .float16: 0x1p-11
  case .bfloat16: 0x1p-8
  case .tfloat32: 0x1p-10
  }
}

/// What the roundings add up to, in the worst case: a product of depth K is off by at most 2 K rounding max(x) max(w), and a little more for the product
/// of both errors; errors of a product pass through what follows it, and no activation of the cases is steeper than 1.2.
private func absoluteTolerance(_ row: OperatorCase, _ settings: KunlunSettings) -> Double {
  let part = roundingPart(settings.arithmetic) * 1.01 + 0x1p-23
  func largest(_ index: Int) -> Double {
    guard index < row.inputs.count, let tensor = row.inputs[index] else { return 0 }
    return tensor.values(Float.self).reduce(0) { max($0, Double(abs($1))) }
  }
  func extent(_ index: Int, fromEnd axis: Int) -> Double { Double(row.inputs[index].map { $0.shape[$0.shape.count - axis] } ?? 1) }
  let table = settings.generation == .first ? 1e-3 : 0
  let slope = 1.2
  func product(_ depth: Double, _ x: Double, _ w: Double) -> Double { 2 * depth * part * x * w }
  switch row.operatorName {
  case _ where onHost.contains(row.operatorName): return 0
  case "convolution":
    let weights = row.inputs[1]!
    return product(Double(weights.count) / Double(weights.shape.last!), largest(0), largest(1)) * slope + table
  case "convolution_transpose":
    // Every tap adds a product of the group's channels at most.
    let weights = row.inputs[1]!
    let groups = row.attributes["groups"] as? Int ?? 1
    return product(Double(weights.count) / Double(weights.shape.last!) / Double(max(groups, 1)), largest(0), largest(1)) * slope + table
  case "recurrent":
    // A step adds the errors of its products to a state that forgets nothing, and cells weigh them by a cell state that may grow by 1 a step.
    let hidden = Double(row.attributes["hidden"] as? Int ?? 1)
    let isUnbounded = row.attributes["cell"] as? String == "rnn_relu"
    var (error, state) = (0.0, max(1, largest(5), largest(6)))
    for step in 0..<row.inputs[0]!.shape[0] {
      let gate = product(extent(1, fromEnd: 2), largest(0), largest(1)) + product(hidden, state, largest(2)) + hidden * largest(2) * error
      error = 2 * error + Double(2 + step) * gate
      if isUnbounded { state = extent(1, fromEnd: 2) * largest(0) * largest(1) + hidden * largest(2) * state + 2 * largest(3) }
    }
    return error
  case "matmul":
    let depth = row.attributes["transpose_a"] as? Bool == true ? extent(0, fromEnd: 2) : extent(0, fromEnd: 1)
    let scale = abs((row.attributes["scale"] as? Double) ?? 1)
    return product(depth, largest(0), largest(1)) * scale * slope + table
  case "separable_convolution":
    let expanded = row.inputs[1] != nil
    let taps = Double(row.inputs[3]!.count) / extent(3, fromEnd: 1)
    let first = expanded ? product(extent(1, fromEnd: 2), largest(0), largest(1)) * slope + table : 0
    let map = expanded ? (extent(1, fromEnd: 2) * largest(0) * largest(1) + largest(2)) * slope : largest(0)
    let second = taps * largest(3) * first * slope
    guard row.inputs.count > 5, row.inputs[5] != nil else { return second }
    let filtered = (taps * map * largest(3) + largest(4)) * slope
    return (product(extent(5, fromEnd: 2), filtered, largest(5)) + extent(5, fromEnd: 2) * largest(5) * second) * slope + table
  default:
    // A score that is off by e makes a weight off by the factor exp(2 e) at most; weights are at most 1, and are rounded themselves.
    let isJoined = row.inputs.count < 2 || row.inputs[1] == nil
    let keys = isJoined ? extent(0, fromEnd: 2) : extent(1, fromEnd: 2)
    let values = isJoined ? largest(0) : largest(2)
    let depth = extent(0, fromEnd: 1) / Double(row.attributes["heads"] as? Int ?? 1)
    let score = product(depth, largest(0), isJoined ? largest(0) : largest(1)) * abs((row.attributes["scale"] as? Double) ?? 1)
    return product(keys, 1, values) + values * (exp(2 * score) - 1)
  }
}
