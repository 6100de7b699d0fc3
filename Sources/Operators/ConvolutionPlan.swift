// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// How a convolution is computed.
enum ConvolutionMethod: UInt8 {
  case depthwise
  /// Positions of input and output are the same: one matrix product a group, without a copy.
  case pointwise
  /// A tile of windows is copied to the cache and multiplied with the weights.
  case patches
}

/// What a convolution's shapes decide: method, tiles and scratch.
struct ConvolutionPlan {
  let window: Window
  let groups: Int
  let groupChannels: Int
  /// Channels of the output.
  let outputs: Int
  let method: ConvolutionMethod
  /// Output positions that are computed before the epilogue runs over them.
  let tile: Int
  /// Floats of a tile's patches.
  let patchFloats: Int
  /// Floats of scratch of one thread.
  let threadFloats: Int
  /// Whether threads divide the output's channels instead of its positions: the weights are the larger factor.
  let dividesColumns: Bool

  /// Floats of patches in a tile: together with the product's own copies about a second-level cache.
  private static var patchBudget: Int { 256 * 1024 }
  private static var resultBudget: Int { 128 * 1024 }

  /// For a node that `infer` has accepted.
  init(_ node: NodeView, threads: Int) throws(Status) {
    let x = try node.input(0).shape
    let weights = try node.input(1).shape
    let attributes = ConvolutionAttributes(node.attributes)
    window = try convolutionWindow(node, attributes, x, weights)
    groups = max(Int(attributes.groups), 1)
    outputs = weights[weights.rank &- 1]
    groupChannels = weights[weights.rank &- 2]
    let positions = max(window.outputPositions, 0)
    if groups > 1 && groups == window.channels && groups == outputs {
      method = .depthwise
    } else {
      method = window.isIdentity ? .pointwise : .patches
    }
    let depth = max(window.taps &* groupChannels, 1)
    let groupOutputs = outputs / groups
    dividesColumns = method != .depthwise && threads > 1 && groups == 1 && positions < outputs && positions < 128 &* threads
    let most: Int
    switch method {
    case .depthwise: most = ConvolutionPlan.resultBudget / 8 / max(outputs, 1)
    case .pointwise: most = max(ConvolutionPlan.resultBudget / max(outputs, 1), 256)
    case .patches: most = max(ConvolutionPlan.patchBudget / depth, 32)
    }
    let share = dividesColumns ? positions : (positions &+ threads &- 1) / max(threads, 1)
    let tiles = max((share &+ max(most, 1) &- 1) / max(most, 1), 1)
    // A thread's share is rounded up to a multiple of 4 positions.
    tile = (share / tiles &+ 4) / 4 &* 4
    if method == .depthwise {
      patchFloats = 0
      threadFloats = 0
    } else {
      patchFloats = method == .patches ? sizeProduct((sizeProduct(tile, depth) &+ 15) / 16, 16) : 0
      let product = multiplyScratch(ProductExtents(rows: tile, columns: groupOutputs, depth: depth))
      threadFloats = sizeSum(patchFloats, (product &+ 15) / 16 &* 16)
    }
  }

  /// Multiplications, saturated.
  var work: Int {
    ProductExtents(rows: max(window.outputPositions, 0), columns: outputs, depth: window.taps &* groupChannels).work
  }
}

/// A convolution on one thread.
struct Convolution {
  let plan: ConvolutionPlan
  let input: UnsafePointer<Float>
  let weights: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let epilogue: Epilogue
  let scratch: UnsafeMutablePointer<Float>

  /// Channels `firstColumn` ..< `endColumn` of positions `first` ..< `end`, by matrix products.
  func products(_ first: Int, _ end: Int, _ firstColumn: Int, _ endColumn: Int) {
    let groupOutputs = plan.outputs / plan.groups
    let depth = plan.window.taps &* plan.groupChannels
    let columns = plan.groups == 1 ? endColumn &- firstColumn : groupOutputs
    var position = first
    while position < end {
      let count = min(plan.tile, end &- position)
      for group in 0..<plan.groups {
        let column = plan.groups == 1 ? firstColumn : group &* groupOutputs
        let channel = group &* plan.groupChannels
        var left = MatrixFactor(scratch, stride: depth)
        if plan.method == .pointwise {
          left = MatrixFactor(input + (position &* plan.window.channels &+ channel), stride: plan.window.channels)
        } else {
          gatherWindowRows(input, plan.window, first: position, count: count, firstChannel: channel, channels: plan.groupChannels,
            firstDepth: 0, endDepth: depth, into: scratch, stride: depth)
        }
        multiply(left, MatrixFactor(weights + column, stride: plan.outputs), ProductExtents(rows: count, columns: columns, depth: depth),
          into: output + (position &* plan.outputs &+ column), stride: plan.outputs, scratch: scratch + plan.patchFloats)
      }
      epilogue.finish(output, offset: position &* plan.outputs &+ firstColumn, rows: count, columns: endColumn &- firstColumn,
        stride: plan.outputs, firstColumn: firstColumn)
      position &+= count
    }
  }

  /// Positions `first` ..< `end` of a depthwise convolution.
  func depthwise(_ first: Int, _ end: Int) {
    let width = max(plan.window.width.output, 1)
    var row = WindowRow(first / width, of: plan.window)
    var column = first % width
    var position = first
    while position < end {
      let count = min(min(width &- column, end &- position), plan.tile)
      let offset = position &* plan.outputs
      depthwiseRow(input, weights, plan.window, row, firstColumn: column, endColumn: column &+ count, into: output + offset)
      epilogue.finish(output, offset: offset, rows: count, columns: plan.outputs, stride: plan.outputs)
      position &+= count
      column &+= count
      if column == width {
        column = 0
        row.advance(in: plan.window)
      }
    }
  }
}
