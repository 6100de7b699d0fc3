// Which operators, functions and windows this library has: all, but for one that is built for certain models. cmake/TailoredFunctions.cmake writes the
// answers then. SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

extension OperatorCode {
  /// Whether it is built.
  @inline(__always) package var isBuilt: Bool { true }
}

extension WindowAxis {
  /// Whether depthwise convolutions whose windows are so wide are built in the tuned backends.
  @inline(__always) package var isBuilt: Bool { true }
}

extension UnaryFunction {
  /// Whether it is built, as an operator and as an activation.
  @inline(__always) var isBuilt: Bool { true }
}

extension ReduceFunction {
  /// Whether it is built.
  @inline(__always) var isBuilt: Bool { true }
}

extension NodeView {
  /// Fails for elements that were left out.
  @inline(__always)
  func requireBuilt(_ type: ElementType) throws(Status) {
    #if CORACLE_FLOATS_ONLY
    guard type == .float32 else { throw fail(.unsupported).text("this library is built for float32 alone").status }
    #endif
  }

  /// Fails where the node computes a function that was left out.
  @inline(__always)
  func requireBuiltFunctions() throws(Status) {
    if let input = optionalInput(0) { try requireBuilt(input.type) }
    switch operatorCode {
    case .unary: try require(UnaryAttributes(attributes).function)
    case .binary:
      if BinaryAttributes(attributes).function == .power { try require(.power) }
      try require(BinaryAttributes(attributes).activation.function)
    case .localResponseNormalization: try require(.square)
    case .reduce: try require(ReduceAttributes(attributes).function)
    case .convolution: try require(ConvolutionAttributes(attributes).activation.function)
    case .separableConvolution:
      let layers = SeparableConvolutionAttributes(attributes)
      try require(layers.expansionActivation.function)
      try require(layers.depthwiseActivation.function)
      try require(layers.projectionActivation.function)
    case .convolutionTranspose: try require(ConvolutionTransposeAttributes(attributes).activation.function)
    case .matmul: try require(MatmulAttributes(attributes).activation.function)
    default: break
    }
  }

  @inline(__always)
  private func require(_ function: UnaryFunction) throws(Status) {
    if !function.isBuilt { throw missing(function.name) }
  }

  @inline(__always)
  private func require(_ function: ReduceFunction) throws(Status) {
    if !function.isBuilt { throw missing(function.name) }
    // What its result still goes through.
    switch function {
    case .norm2: try require(UnaryFunction.sqrt)
    case .logSum, .logSumExp: try require(UnaryFunction.log)
    default: break
    }
  }

  @inline(never)
  private func missing(_ function: StaticString) -> Status {
    fail(.unsupported).text("this library is built without the function ").text(function).status
  }
}
