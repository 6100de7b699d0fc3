// SPDX-License-Identifier: Apache-2.0

extension CardProgram {
  /// The program for `factor` times as many samples, before any pass: every activation has that many times its elements, weights stay.
  package func scaled(by factor: Double) -> CardProgram {
    guard factor != 1 else { return self }
    var scaled = self
    for index in scaled.buffers.indices where buffers[index].role != .weight {
      scaled.buffers[index].bytes *= factor
      if buffers[index].parts > 1 { scaled.buffers[index].parts *= factor }
    }
    func accesses(_ list: [Access]) -> [Access] {
      list.map { Access($0.buffer, bytes: buffers[$0.buffer].role == .weight ? $0.bytes : $0.bytes * factor) }
    }
    for index in scaled.operators.indices {
      let isOfActivations = operators[index].kind == .matrixProduct
      scaled.operators[index].hostBytes = operators[index].hostBytes.map { $0 * factor }
      scaled.operators[index].kernels = operators[index].kernels.map { kernel in
        Kernel(kernel.work.scaled(by: factor, isOfActivations: isOfActivations), inputs: accesses(kernel.inputs), operands: accesses(kernel.operands),
          outputs: accesses(kernel.outputs), unknownMaxima: accesses(kernel.unknownMaxima))
      }
    }
    return scaled
  }
}

extension Kernel.Work {
  /// `isOfActivations`: both operands differ from sample to sample, so that there are more products; otherwise one product has more rows.
  fileprivate func scaled(by factor: Double, isOfActivations: Bool) -> Kernel.Work {
    switch self {
    case .vector(let operations): return .vector(operations: operations * factor)
    case .product(var product):
      if isOfActivations {
        product.batch *= factor
      } else if product.lines > 1 {
        product.lines *= factor
      } else {
        product.lineLength *= factor
      }
      return .product(product)
    }
  }
}
