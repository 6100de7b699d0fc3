// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Cross-correlation over one to three spatial dimensions, channels last: see ConvolutionAttributes in model.fbs.
package enum ConvolutionOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    let weights = try node.input(1)
    try node.require(x, .float32, "the input")
    try node.require(weights, .float32, "the weights")
    let spatialRank = x.shape.rank &- 2
    guard spatialRank >= 1 && spatialRank <= 3 else {
      throw node.fail(.invalidShape).text("the input has the shape ").shape(x.shape).text(", expected [N, spatial..., C] with 1 to 3 spatial dimensions").status
    }
    let attributes = ConvolutionAttributes(node.attributes)
    guard attributes.hasKnownEnumValues else { throw node.fail(.unsupported).text("unknown padding mode, activation or algorithm").status }
    let groups = Int(attributes.groups)
    let channels = x.shape[spatialRank &+ 1]
    let outputs = weights.shape[spatialRank &+ 1]
    guard weights.shape.rank == spatialRank &+ 2, groups > 0, channels % groups == 0, outputs % groups == 0,
      weights.shape[spatialRank] == channels / groups else {
      throw node.fail(.invalidShape).text("weights ").shape(weights.shape).text(" with ").integer(groups).text(" groups do not fit the input ")
        .shape(x.shape).status
    }
    let window = try convolutionWindow(node, attributes, x.shape, weights.shape)
    let shape = window.outputShape(spatialRank: spatialRank, channels: outputs)
    try validateEpilogue(node, channels: outputs, output: shape, residual: 3)
    try node.setOutput(0, .float32, shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    // Tiles depend on how many threads take part.
    guard let single = try? ConvolutionPlan(node, threads: 1) else { return Kernel("none") }
    let allThreads = threads > 1 && single.work > 20_000
    guard let plan = allThreads ? try? ConvolutionPlan(node, threads: threads) : single else { return Kernel("none") }
    let scratch = plan.threadFloats &* 4 &* (allThreads ? threads : 1)
    switch plan.method {
    case .depthwise:
      return Kernel("depthwise, along channels", reason: "a group a channel", allThreads: allThreads, scratchBytes: scratch)
    case .pointwise:
      return Kernel("matrix product on the activations as they lie", reason: "1x1, stride 1", allThreads: allThreads, scratchBytes: scratch)
    case .patches:
      return Kernel("matrix product on tiles of patches", reason: "general window", allThreads: allThreads, scratchBytes: scratch)
    }
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if try node.output(0).shape.containsZero { return }
    let plan = try ConvolutionPlan(node, threads: run.threadCount)
    let convolution = Convolution(plan: plan, input: try node.input(0).elements(), weights: try node.input(1).elements(),
      output: try node.output(0).elements(),
      epilogue: Epilogue(bias: node.optionalInput(2)?.elements(), residual: node.optionalInput(3)?.elements(),
        activation: ConvolutionAttributes(node.attributes).activation),
      scratch: run.scratch(Float.self, at: run.threadIndex &* plan.threadFloats &* 4))
    let positions = plan.window.outputPositions
    switch plan.method {
    case .depthwise:
      try run.share(of: positions) { begin, end throws(Status) in convolution.depthwise(begin, end) }
    case .pointwise, .patches:
      if plan.dividesColumns {
        try run.share(of: plan.outputs, grain: 16) { begin, end throws(Status) in convolution.products(0, positions, begin, end) }
      } else {
        try run.share(of: positions, grain: 4) { begin, end throws(Status) in convolution.products(begin, end, 0, plan.outputs) }
      }
    }
  }
}

/// How the windows of a convolution lie; fails where they cannot.
package func convolutionWindow(_ node: NodeView, _ attributes: ConvolutionAttributes, _ x: Shape, _ weights: Shape) throws(Status) -> Window {
  try WindowAttributes(strides: attributes.strides, dilations: attributes.dilations, paddingBegin: attributes.paddingBegin,
    paddingEnd: attributes.paddingEnd, mode: attributes.paddingMode).window(node, x, weights, channels: x[x.rank &- 1])
}

/// Fails unless bias (input 2) has a value a channel and the residual, if it is an input, the shape of the output.
func validateEpilogue(_ node: NodeView, channels: Int, output: Shape, residual: Int? = nil) throws(Status) {
  if let bias = node.optionalInput(2) {
    try node.require(bias, .float32, "the bias")
    guard bias.shape == Shape(channels) else {
      throw node.fail(.invalidShape).text("the bias has the shape ").shape(bias.shape).text(", expected [").integer(channels).text("]").status
    }
  }
  if let index = residual, let tensor = node.optionalInput(index) {
    try node.require(tensor, .float32, "the residual")
    guard tensor.shape == output else {
      throw node.fail(.invalidShape).text("the residual has the shape ").shape(tensor.shape).text(", expected ").shape(output).status
    }
  }
}
