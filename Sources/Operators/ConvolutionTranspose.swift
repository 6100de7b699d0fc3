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
    let work = ProductExtents(rows: max(plan.window.inputPositions, 0), columns: plan.window.taps &* plan.groupOutputs,
      depth: plan.window.channels).work
    let allThreads = threads > 1 && work > 20_000
    return Kernel("a matrix product a row and tap, onto strided rows of the output", allThreads: allThreads,
      scratchBytes: plan.threadFloats &* 4 &* (allThreads ? threads : 1))
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if try node.output(0).shape.containsZero { return }
    let plan = try TransposedPlan(node)
    let product = TransposedConvolution(plan: plan, input: try node.input(0).elements(), weights: try node.input(1).elements(),
      output: try node.output(0).elements(),
      epilogue: Epilogue(bias: node.optionalInput(2)?.elements(), residual: nil,
        activation: ConvolutionTransposeAttributes(node.attributes).activation),
      scratch: run.scratch(Float.self, at: run.threadIndex &* plan.threadFloats &* 4))
    let rows = plan.window.outputRows
    if plan.groups == 1 && rows < 2 &* run.threadCount {
      try run.share(of: plan.groupOutputs, grain: 16) { begin, end throws(Status) in product.compute(0, rows, begin, end) }
    } else {
      try run.share(of: rows) { begin, end throws(Status) in product.compute(begin, end, 0, plan.groupOutputs) }
    }
  }
}

/// How the windows of a transposed convolution lie over its output: output position = input position * stride - padding + tap * dilation.
private func transposedWindow(_ node: NodeView, _ x: Shape, _ weights: Shape) throws(Status) -> Window {
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

/// What the shapes of a transposed convolution decide.
private struct TransposedPlan {
  let window: Window
  let groups: Int
  /// Channels of the output in one group.
  let groupOutputs: Int
  /// Floats of scratch of one thread.
  let threadFloats: Int

  /// For a node that `infer` has accepted.
  init(_ node: NodeView) throws(Status) {
    let weights = try node.input(1).shape
    window = try transposedWindow(node, try node.input(0).shape, weights)
    groups = max(Int(ConvolutionTransposeAttributes(node.attributes).groups), 1)
    groupOutputs = weights[weights.rank &- 1]
    let product = multiplyScratch(ProductExtents(rows: window.width.input, columns: groupOutputs, depth: window.channels / groups))
    threadFloats = (product &+ 15) / 16 &* 16
  }
}

/// A transposed convolution on one thread. Every output row gathers from the input rows that reach it: the products of an input row
/// with one tap's weights land on every stride-th position of the output row.
private struct TransposedConvolution {
  let plan: TransposedPlan
  let input: UnsafePointer<Float>
  let weights: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let epilogue: Epilogue
  let scratch: UnsafeMutablePointer<Float>

  private var outputs: Int { plan.groups &* plan.groupOutputs }

  /// Rows `first` ..< `end` of the output; with one group, channels `firstColumn` ..< `endColumn` of them.
  func compute(_ first: Int, _ end: Int, _ firstColumn: Int, _ endColumn: Int) {
    let window = plan.window
    let width = window.width.output
    let columns = plan.groups == 1 ? endColumn &- firstColumn : outputs
    var row = WindowRow(first, of: window)
    for index in first..<end {
      let target = output + (index &* width &* outputs &+ firstColumn)
      if columns == outputs {
        platform_fill(target, 0, width &* outputs &* 4)
      } else {
        for position in 0..<width { platform_fill(target + position &* outputs, 0, columns &* 4) }
      }
      for depthTap in 0..<window.depth.kernel {
        guard let z = inputPosition(window.depth, row.depth, depthTap) else { continue }
        for heightTap in 0..<window.height.kernel {
          guard let y = inputPosition(window.height, row.height, heightTap) else { continue }
          let line = ((row.image &* window.depth.input &+ z) &* window.height.input &+ y) &* window.width.input
          let tap = (depthTap &* window.height.kernel &+ heightTap) &* window.width.kernel
          addRow(line, tap, target, firstColumn, plan.groups == 1 ? columns : plan.groupOutputs)
        }
      }
      epilogue.finish(output, offset: index &* width &* outputs &+ firstColumn, rows: width, columns: columns, stride: outputs,
        firstColumn: firstColumn)
      row.advance(in: window)
    }
  }

  /// Adds the input row that starts at position `line`, times the taps of kernel row `tap`, to the output row `target`.
  private func addRow(_ line: Int, _ tap: Int, _ target: UnsafeMutablePointer<Float>, _ firstColumn: Int, _ columns: Int) {
    let axis = plan.window.width
    let channels = plan.window.channels
    let groupChannels = channels / plan.groups
    for widthTap in 0..<axis.kernel {
      // Output position of input 0; inputs whose position lies outside the output are left out.
      let start = widthTap &* axis.dilation &- axis.padding
      let firstInput = start >= 0 ? 0 : (axis.stride &- 1 &- start) / axis.stride
      let room = axis.output &- start
      let endInput = room <= 0 ? 0 : min(axis.input, (room &+ axis.stride &- 1) / axis.stride)
      if firstInput >= endInput { continue }
      let position = start &+ firstInput &* axis.stride
      for group in 0..<plan.groups {
        let left = MatrixFactor(input + ((line &+ firstInput) &* channels &+ group &* groupChannels), stride: channels)
        let kernel = ((tap &+ widthTap) &* channels &+ group &* groupChannels) &* plan.groupOutputs &+ firstColumn
        multiply(left, MatrixFactor(weights + kernel, stride: plan.groupOutputs),
          ProductExtents(rows: endInput &- firstInput, columns: columns, depth: groupChannels),
          into: target + (position &* outputs &+ group &* plan.groupOutputs), stride: axis.stride &* outputs, accumulate: true, scratch: scratch)
      }
    }
  }

  /// The input position whose tap `tap` reaches output `position`, if there is one.
  private func inputPosition(_ axis: WindowAxis, _ position: Int, _ tap: Int) -> Int? {
    let distance = position &+ axis.padding &- tap &* axis.dilation
    guard distance >= 0, axis.stride > 0, distance % axis.stride == 0, distance / axis.stride < axis.input else { return nil }
    return distance / axis.stride
  }
}
