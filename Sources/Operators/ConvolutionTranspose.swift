// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// Transposed convolution (the gradient of a convolution with respect to its input), channels last: see
/// ConvolutionTransposeAttributes in model.fbs.
package enum ConvolutionTransposeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    let weights = try node.input(1)
    try node.require(x, .float32, "the input")
    try node.require(weights, .float32, "the weights")
    let spatialRank = x.shape.rank &- 2
    guard spatialRank >= 1 && spatialRank <= 3 else {
      throw node.fail(.invalidShape).text("the input has the shape ").shape(x.shape).text(", expected [N, spatial..., C] with 1 to 3 spatial dimensions").status
    }
    let attributes = ConvolutionTransposeAttributes(node.attributes)
    guard attributes.hasKnownEnumValues else { throw node.fail(.unsupported).text("unknown padding mode or activation").status }
    let groups = Int(attributes.groups)
    let channels = x.shape[spatialRank &+ 1]
    guard weights.shape.rank == spatialRank &+ 2, groups > 0, channels % groups == 0, weights.shape[spatialRank] == channels else {
      throw node.fail(.invalidShape).text("weights ").shape(weights.shape).text(" with ").integer(groups).text(" groups do not fit the input ")
        .shape(x.shape).status
    }
    let (outputs, overflow) = weights.shape[spatialRank &+ 1].multipliedReportingOverflow(by: groups)
    guard !overflow && outputs <= Shape.maximumElementCount else {
      throw node.fail(.invalidShape).text("weights ").shape(weights.shape).text(" give too many channels").status
    }
    let window = try transposedWindow(node, x.shape, weights.shape)
    let shape = window.outputShape(spatialRank: spatialRank, channels: outputs)
    try validateEpilogue(node, channels: outputs, output: shape)
    try node.setOutput(0, .float32, shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let plan = try? TransposedPlan(node) else { return Kernel("none") }
    let allThreads = threads > 1 && plan.work > 20_000
    return Kernel("a matrix product a row and tap, onto strided rows of the output", allThreads: allThreads,
      scratchBytes: threadFloats(plan) &* 4 &* (allThreads ? threads : 1))
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if try node.output(0).shape.containsZero { return }
    let plan = try TransposedPlan(node)
    let threadFloats = threadFloats(plan)
    let product = PlainTapProduct(weights: try node.input(1).elements(), plan: plan,
      scratch: run.scratch(Float.self, at: run.threadIndex &* threadFloats &* 4))
    try TransposedConvolution(node, plan, product).compute(run, columnGrain: 16)
  }

  private static func threadFloats(_ plan: TransposedPlan) -> Int {
    let product = multiplyScratch(ProductExtents(rows: plan.window.width.input, columns: plan.groupOutputs, depth: plan.groupChannels))
    return (product &+ 15) / 16 &* 16
  }
}

/// Products with weights as they lie in the file.
private struct PlainTapProduct: TapProduct {
  let weights: UnsafePointer<Float>
  let plan: TransposedPlan
  let scratch: UnsafeMutablePointer<Float>
  var startsWithBias: Bool { false }

  func multiply(_ rows: TapRows, tap: Int, group: Int, _ columns: Range<Int>) {
    let start = (tap &* plan.window.channels &+ group &* plan.groupChannels) &* plan.groupOutputs &+ columns.lowerBound
    Kernels.multiply(MatrixFactor(rows.input, stride: plan.window.channels), MatrixFactor(weights + start, stride: plan.groupOutputs),
      ProductExtents(rows: rows.count, columns: columns.count, depth: plan.groupChannels), into: rows.target + columns.lowerBound, stride: rows.stride,
      accumulate: rows.accumulates, scratch: scratch)
  }
}

/// How the windows of a transposed convolution lie over its output: output position = input position * stride - padding + tap * dilation.
@_optimize(size)
func transposedWindow(_ node: NodeView, _ x: Shape, _ weights: Shape) throws(Status) -> Window {
  let attributes = ConvolutionTransposeAttributes(node.attributes)
  let spatialRank = x.rank &- 2
  let common = WindowAttributes(strides: attributes.strides, dilations: attributes.dilations, paddingBegin: attributes.paddingBegin,
    paddingEnd: attributes.paddingEnd, mode: attributes.paddingMode)
  try common.validate(node, spatialRank: spatialRank)
  try common.check(node, attributes.outputPadding, "output_padding", spatialRank, least: 0)
  try common.check(node, attributes.outputExtents, "output_extents", spatialRank, least: 1)
  var window = Window()
  window.batch = x[0]
  window.channels = x[spatialRank &+ 1]
  for index in 0..<max(spatialRank, 0) {
    let extra = Int(attributes.outputPadding.at(index, else: 0))
    var axis = try common.transposedAxis(node, index, input: x[index &+ 1], kernel: weights[index], extra: extra)
    if !attributes.outputExtents.isEmpty { axis.output = Int(attributes.outputExtents[index]) }
    window.set(axis, index, of: spatialRank)
  }
  return window
}

extension WindowAttributes {
  /// How the window lies along spatial dimension `index` of a transposed convolution, with `extra` positions at the output's end.
  fileprivate func transposedAxis(_ node: NodeView, _ index: Int, input: Int, kernel: Int, extra: Int) throws(Status) -> WindowAxis {
    var axis = WindowAxis()
    axis.input = input
    axis.kernel = kernel
    axis.stride = Int(strides.at(index, else: 1))
    axis.dilation = Int(dilations.at(index, else: 1))
    let (reach, overflow) = input.multipliedReportingOverflow(by: axis.stride)
    guard kernel > 0, input > 0, !overflow, reach <= Shape.maximumElementCount, let span = windowSpan(kernel: kernel, dilation: axis.dilation) else {
      throw node.fail(.invalidShape).text("kernel extent ").integer(kernel).text(" and input extent ").integer(input)
        .text(" of spatial dimension ").integer(index).status
    }
    let full = reach &- axis.stride &+ span &+ extra
    switch mode {
    case .sameUpper, .sameLower:
      axis.output = reach
      let total = max(full &- reach, 0)
      axis.padding = mode == .sameUpper ? total / 2 : total &- total / 2
    case .explicit, .valid:
      axis.padding = mode == .explicit ? Int(paddingBegin.at(index, else: 0)) : 0
      axis.output = full &- axis.padding &- (mode == .explicit ? Int(paddingEnd.at(index, else: 0)) : 0)
    }
    guard axis.output > 0 else {
      throw node.fail(.invalidShape).text("spatial dimension ").integer(index).text(" of the output would be ").integer(axis.output).status
    }
    return axis
  }
}
