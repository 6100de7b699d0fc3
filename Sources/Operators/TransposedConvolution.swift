// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// What the shapes of a transposed convolution decide.
package struct TransposedPlan {
  package private(set) var window: Window
  package private(set) var groups: Int
  /// Channels of the input in one group.
  package private(set) var groupChannels: Int
  /// Columns of a tap's product: channels of the output in one group, for each of `mergedTaps`.
  package private(set) var groupOutputs: Int
  /// Taps along the width that one product computes: all, where they lie side by side in the output without overlap, or 1.
  package private(set) var mergedTaps = 1
  /// Whether every channel has its own weights and output: all are one group then, whose products go channel by channel.
  package private(set) var isDepthwise = false

  /// For a node that `infer` has accepted; `merges`: whether the kernel can compute the taps along the width, or groups of one channel, as one.
  package init(_ node: NodeView, merges: Bool = false) throws(Status) {
    let weights = try node.input(1).shape
    window = try transposedWindow(node, try node.input(0).shape, weights)
    groups = max(Int(ConvolutionTransposeAttributes(node.attributes).groups), 1)
    groupChannels = window.channels / groups
    groupOutputs = weights[weights.rank &- 1]
    guard merges else { return }
    if groups > 1 && groupChannels == 1 && groupOutputs == 1 {
      isDepthwise = true
      (groups, groupChannels, groupOutputs) = (1, window.channels, window.channels)
      return
    }
    let axis = window.width
    guard groups == 1, axis.padding == 0, axis.dilation == 1, axis.kernel == axis.stride, axis.output == axis.input &* axis.stride
    else { return }
    // Rows of the output are those of a window of one tap with that many times the channels.
    mergedTaps = axis.kernel
    groupOutputs = groupOutputs &* mergedTaps
    window.width = WindowAxis()
    window.width.input = axis.input
    window.width.output = axis.input
  }

  /// Columns of an output row's positions.
  package var outputs: Int { groups &* groupOutputs }
  /// Whether each product covers whole rows of the output, so that the first need not add.
  var coversRows: Bool { window.width.isIdentity }
  package var work: Int {
    ProductExtents(rows: max(window.inputPositions, 0), columns: window.taps &* (isDepthwise ? 1 : groupOutputs), depth: window.channels).work
  }
}

/// Rows of the input, and the rows of the output onto which their products with a tap land.
package struct TapRows {
  /// The first row's channels of one group; the rows follow each other.
  package let input: UnsafePointer<Float>
  package let count: Int
  /// The first row's columns of one group.
  package let target: UnsafeMutablePointer<Float>
  /// Floats between rows of the target.
  package let stride: Int
  /// Whether products are added to the target.
  package let accumulates: Bool
}

/// The product of input rows with the weights of one tap: how a backend multiplies.
package protocol TapProduct {
  /// Whether products that are not added to anything start with the bias.
  var startsWithBias: Bool { get }
  func multiply(_ rows: TapRows, tap: Int, group: Int, _ columns: Range<Int>)
}

/// A transposed convolution on one thread. Every output row gathers from the input rows that reach it: the products of an input row
/// with one tap's weights land on every stride-th position of the output row.
package struct TransposedConvolution<Product: TapProduct> {
  let plan: TransposedPlan
  let product: Product
  let input: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let epilogue: Epilogue

  /// For a node whose tensors have memory. `activation`: in the place of the node's.
  package init(_ node: NodeView, _ plan: TransposedPlan, _ product: Product, activation: Activation? = nil) throws(Status) {
    self.plan = plan
    self.product = product
    input = try node.input(0).elements()
    output = try node.output(0).elements()
    epilogue = Epilogue(bias: node.optionalInput(2)?.elements(), residual: nil,
      activation: activation ?? ConvolutionTransposeAttributes(node.attributes).activation)
  }

  /// This thread's part. Rows are divided, or where they are few, columns by multiples of `columnGrain`.
  package func compute(_ run: Execution, columnGrain: Int) throws(Status) {
    let rows = plan.window.outputRows
    if plan.groups == 1 && plan.mergedTaps == 1 && rows < 2 &* run.threadCount {
      try run.share(of: plan.groupOutputs, grain: columnGrain) { begin, end throws(Status) in compute(0, rows, begin..<end) }
    } else {
      try run.share(of: rows) { begin, end throws(Status) in compute(begin, end, 0..<plan.groupOutputs) }
    }
  }

  /// Rows `first` ..< `end` of the output; with one group, `columns` of them.
  private func compute(_ first: Int, _ end: Int, _ columns: Range<Int>) {
    let window = plan.window
    let width = window.width.output
    let held = plan.groups == 1 ? columns.count : plan.outputs
    var row = WindowRow(first, of: window)
    for index in first..<end {
      let offset = index &* width &* plan.outputs &+ columns.lowerBound
      var accumulates = false
      if !plan.coversRows {
        clear(output + offset, held)
        accumulates = true
      }
      for depthTap in 0..<window.depth.kernel {
        guard let z = inputPosition(window.depth, row.depth, depthTap) else { continue }
        for heightTap in 0..<window.height.kernel {
          guard let y = inputPosition(window.height, row.height, heightTap) else { continue }
          let line = ((row.image &* window.depth.input &+ z) &* window.height.input &+ y) &* window.width.input
          let tap = (depthTap &* window.height.kernel &+ heightTap) &* window.width.kernel
          multiplyRow(line, tap, output + index &* width &* plan.outputs, columns, accumulates)
          accumulates = true
        }
      }
      if !accumulates { clear(output + offset, held) }
      var epilogue = epilogue
      if plan.coversRows && accumulates && product.startsWithBias { epilogue.bias = nil }
      epilogue.finish(output, offset: offset, rows: width &* plan.mergedTaps, columns: held / max(plan.mergedTaps, 1),
        stride: plan.outputs / max(plan.mergedTaps, 1), firstColumn: columns.lowerBound)
      row.advance(in: window)
    }
  }

  private func clear(_ target: UnsafeMutablePointer<Float>, _ columns: Int) {
    let width = plan.window.width.output
    if columns == plan.outputs {
      platform_fill(target, 0, width &* columns &* 4)
    } else {
      for position in 0..<width { platform_fill(target + position &* plan.outputs, 0, columns &* 4) }
    }
  }

  /// The input row that starts at position `line`, times the taps of kernel row `tap`, onto the output row `target`.
  private func multiplyRow(_ line: Int, _ tap: Int, _ target: UnsafeMutablePointer<Float>, _ columns: Range<Int>, _ accumulates: Bool) {
    let axis = plan.window.width
    let channels = plan.window.channels
    for widthTap in 0..<axis.kernel {
      // Output position of input 0; inputs whose position lies outside the output are left out.
      let start = widthTap &* axis.dilation &- axis.padding
      let firstInput = start >= 0 ? 0 : (axis.stride &- 1 &- start) / axis.stride
      let room = axis.output &- start
      let endInput = room <= 0 ? 0 : min(axis.input, (room &+ axis.stride &- 1) / axis.stride)
      if firstInput >= endInput { continue }
      let position = start &+ firstInput &* axis.stride
      for group in 0..<plan.groups {
        let rows = TapRows(input: input + ((line &+ firstInput) &* channels &+ group &* plan.groupChannels), count: endInput &- firstInput,
          target: target + (position &* plan.outputs &+ group &* plan.groupOutputs), stride: axis.stride &* plan.outputs, accumulates: accumulates)
        product.multiply(rows, tap: tap &+ widthTap, group: group, columns)
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
