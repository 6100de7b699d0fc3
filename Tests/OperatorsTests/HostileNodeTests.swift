// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Operators
import Tensors
import Testing

@testable import OperatorCaseHarness

/// No operator may trap or write outside its outputs, whatever the file or the caller says. What `infer` accepts must then run, or fail with a status.

@Test(arguments: OperatorCase.files)
func changedAttributesNeverTrap(_ file: String) throws {
  for row in try OperatorCase.load(file).prefix(40) where row.inputs.allSatisfy({ ($0?.count ?? 0) <= 4096 }) {
    try row.eachChangeOfAttributes(runIfAccepted)
  }
}

@Test(arguments: OperatorCase.files)
func changedInputsNeverTrap(_ file: String) throws {
  for row in try OperatorCase.load(file) where row.inputs.allSatisfy({ ($0?.count ?? 0) <= 65536 }) { try row.eachChangeOfInputs(runIfAccepted) }
}

private func runIfAccepted(_ harness: OperatorHarness, _ what: String) {
  do {
    let inference = try harness.infer()
    guard inference != .deferred, harness.inputs.allSatisfy({ $0.map { UnsafePointer($0.tensor).hasData } ?? true }) else { return }
    guard harness.outputBytes <= 1 << 20, try harness.kernel(threads: 2).scratchBytes <= 1 << 24 else { return }
    harness.allocateOutputs()
    try harness.execute(threads: 2)
    for output in harness.outputs { #expect(output?.guardsAreIntact ?? true, "\(what): wrote outside an output") }
  } catch is Status {
    #expect(!harness.message.isEmpty, "\(what): a failure without a sentence")
  } catch { Issue.record("\(what): \(error)") }
}
