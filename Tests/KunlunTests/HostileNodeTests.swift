// SPDX-License-Identifier: Apache-2.0
import KunlunBackend
import ModelFile
import Operators
import Tensors
import Testing

@testable import OperatorCaseHarness

/// What the shape rules accept, the backend declines, computes within its memory, or fails with a status: it never traps.
@Test(arguments: ["convolution", "convolution_transpose", "separable_convolution", "matmul", "attention", "multiclass_nms", "non_maximum_suppression",
  "non_zero", "recurrent"])
func changedNodesNeverTrap(_ file: String) throws {
  let every = [try KunlunSettings(.first, .int8), try KunlunSettings(.second, .int31, isPerChannel: true), try KunlunSettings(.second, .float16)]
  for (index, row) in try OperatorCase.load(file).enumerated() where row.inputs.allSatisfy({ ($0?.count ?? 0) <= 4096 }) {
    let backend = kunlunBackend(KunlunOptions(every[index % every.count]))
    func run(_ harness: OperatorHarness, _ what: String) throws {
      do {
        let inference = try harness.infer()
        guard inference != .deferred, harness.outputBytes <= 1 << 20 else { return }
        harness.allocateOutputs()
        // Constants and inputs of the moment by turns.
        let constants = index % 2 == 0 ? Array(harness.inputs.indices.dropFirst()) : []
        guard harness.inputs.allSatisfy({ $0.map { UnsafePointer($0.tensor).hasData } ?? true }) else {
          return try harness.expectAnswer(backend, constants: constants)
        }
        _ = try harness.execute(threads: 2, on: backend, constants: constants)
        for output in harness.outputs { #expect(output?.guardsAreIntact ?? true, "\(what): wrote outside an output") }
      } catch is Status { return }
    }
    try row.eachChangeOfInputs(run)
    if index < 12 { try row.eachChangeOfAttributes(run) }
  }
}
