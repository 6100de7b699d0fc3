// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Operators
import Tensors
import Testing

@testable import OperatorCaseHarness

/// Every row of Tests/OperatorCases against its recorded outputs, with 1, 2 and 3 threads, and in place where the runtime may ask for it.
@Test(arguments: OperatorCase.files)
func casesGiveTheRecordedOutputs(_ file: String) throws {
  for row in try OperatorCase.load(file) {
    let buffer = try NodeBuffer(operatorName: row.operatorName, attributes: row.attributes)
    if row.error != nil { try expectFailure(row, buffer) } else { try expectOutputs(row, buffer) }
  }
}

private func harness(_ row: OperatorCase, _ buffer: NodeBuffer) throws -> OperatorHarness {
  let wanted = row.outputs.isEmpty ? [true] : row.outputs.map { $0 != nil }
  guard let harness = OperatorHarness(buffer, inputs: row.inputs.map { $0.map { TensorBuffer($0) } }, wanted: wanted) else {
    throw CaseFailure("\(row): the node is not well-formed")
  }
  return harness
}

private func expectFailure(_ row: OperatorCase, _ buffer: NodeBuffer) throws {
  let harness = try harness(row, buffer)
  var found: Status?
  do {
    _ = try harness.infer()
    harness.allocateOutputs()
    try harness.execute(threads: 1)
  } catch { found = error as? Status }
  #expect(found == row.error, "\(row): \(harness.message)")
  #expect(!harness.message.isEmpty, "\(row): no sentence")
}

private func expectOutputs(_ row: OperatorCase, _ buffer: NodeBuffer) throws {
  // Without elements a shape rule may wait for them, but must not say anything else.
  let shapesOnly = row.inputs.map { $0.map { TensorBuffer($0, hasData: false) } }
  if let planning = OperatorHarness(buffer, inputs: shapesOnly, wanted: row.outputs.map { $0 != nil }) {
    do {
      if try planning.infer() == .known { expectShapes(planning, row) }
    } catch { Issue.record("\(row): infer without elements: \(planning.message)") }
  }
  for threads in 1...3 {
    let harness = try harness(row, buffer)
    do {
      let inference = try harness.infer()
      #expect(inference != .deferred, "\(row): deferred with all elements known")
      if inference == .known { expectShapes(harness, row) }
      harness.allocateOutputs()
      try harness.execute(threads: threads)
    } catch {
      Issue.record("\(row), \(threads) threads: \(error) \(harness.message)")
      return
    }
    expectValues(harness, row, "\(threads) threads")
  }
  for input in inPlaceInputs(row) {
    let harness = try harness(row, buffer)
    _ = try harness.infer()
    harness.allocateOutputs(inPlace: input)
    try harness.execute(threads: 2)
    guard let expected = row.outputs[0], let found = harness.inputs[input] else { continue }
    let actual = CaseTensor(type: expected.type, shape: expected.shape, bytes: found.value.bytes)
    if let difference = expected.difference(actual, absolute: row.absolute, relative: row.relative) {
      Issue.record("\(row), in place of input \(input): \(difference)")
    }
    #expect(found.guardsAreIntact, "\(row), in place of input \(input): wrote outside its output")
  }
}

private func expectShapes(_ harness: OperatorHarness, _ row: OperatorCase) {
  for (output, expected) in zip(harness.outputs, row.outputs) {
    guard let output, let expected else { continue }
    #expect(output.shape == expected.shape && output.tensor.pointee.elementType == expected.type, "\(row): inferred shape or type")
  }
}

private func expectValues(_ harness: OperatorHarness, _ row: OperatorCase, _ how: String) {
  for (index, (output, expected)) in zip(harness.outputs, row.outputs).enumerated() {
    guard let output, let expected else { continue }
    if let difference = expected.difference(output.value, absolute: row.absolute, relative: row.relative) {
      Issue.record("\(row), \(how), output \(index): \(difference)")
    }
    #expect(output.guardsAreIntact, "\(row), \(how): wrote outside output \(index)")
  }
  for (index, input) in row.inputs.enumerated() {
    #expect(harness.inputs[index]?.value.bytes == input?.bytes, "\(row), \(how): changed input \(index)")
  }
}

/// The inputs whose memory the runtime may give to output 0: those of its size, for element-wise operators and reshapes.
private func inPlaceInputs(_ row: OperatorCase) -> [Int] {
  let elementwise = ["unary", "binary", "select", "cast"].contains(row.operatorName)
  guard elementwise || ["reshape", "squeeze", "unsqueeze", "flatten"].contains(row.operatorName), let output = row.outputs.first ?? nil else { return [] }
  return row.inputs.indices.prefix(elementwise ? 3 : 1).filter { index in
    guard let input = row.inputs[index] else { return false }
    return input.type.size == output.type.size && input.count == output.count
  }
}
