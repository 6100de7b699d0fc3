// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// A 3x3 convolution of stride 1 by Winograd's minimal filtering, a group at a time: what its shapes decide.
struct WinogradLayer<Tile: WinogradTile> {
  /// Of one group.
  let grid: WinogradGrid
  let groups: Int
  /// Channels and outputs of a group.
  let channels: Int
  let outputs: Int
  /// Floats from a position of the output to the next, and of the residual where there is one.
  let outputStride: Int
  let threads: Int
  /// Tiles of a task, which are of one group.
  let block: Int
  let blocks: Int
  /// Panels of a task.
  let taskPanels: Int
  let columnTasks: Int
  /// Floats of one product's packed weights.
  let planeFloats: Int
  /// Columns of products that lie in scratch at once.
  private let chunkColumns: Int

  /// Panels whose products lie in scratch at once.
  private static var chunkPanels: Int { 2 }
  private static var products: Int { Winograd<Tile>.products }

  init(_ layer: PanelLayer, threads: Int, caches: CacheSizes) {
    var window = layer.window
    (window.channels, window.gap) = (layer.groupChannels, window.pitch &- layer.groupChannels)
    grid = WinogradGrid(window, tileOutputs: Tile.outputs)
    groups = layer.groups
    channels = layer.groupChannels
    outputs = layer.groupOutputs
    outputStride = layer.outputStride
    self.threads = max(threads, 1)
    let tiles = max(grid.tiles, 1)
    let panels = PanelShape.count(outputs)
    chunkColumns = min(panels, WinogradLayer.chunkPanels) &* PanelShape.columns
    // Transformed inputs and products of a block fill a second-level cache.
    let fitting = max(caches.level2 / (4 &* WinogradLayer.products &* (max(channels, 1) &+ chunkColumns)), 2 &* PanelShape.rows)
    let count = TaskDivision(rows: tiles, columns: 1, tile: PanelShape.rows, most: fitting,
      threads: groups % self.threads == 0 ? 1 : self.threads).rowTasks
    block = (tiles &+ count &- 1) / count
    blocks = (tiles &+ block &- 1) / block
    // Too few blocks are divided by columns, which costs their transforms once more.
    let wanted = min((self.threads &+ blocks &* groups &- 1) / (blocks &* groups), panels)
    taskPanels = max((panels &+ wanted &- 1) / max(wanted, 1), 1)
    columnTasks = max((panels &+ taskPanels &- 1) / taskPanels, 1)
    planeFloats = PanelShape.packedFloats(columns: outputs, depth: channels) ?? 0
  }

  var tasks: Int { groups &* blocks &* columnTasks }
  /// Floats of a group's packed weights.
  private var groupFloats: Int { sizeProduct(planeFloats, WinogradLayer.products) }
  var packedFloats: Int { sizeProduct(groupFloats, groups) }
  /// Floats between tiles of transformed inputs: whole vectors, an odd number of cache lines apart.
  private var inputStride: Int { (channels &+ 31) / 32 &* 32 &+ 16 }
  private var interleavedFloats: Int { PanelShape.readsInterleaved ? sizeProduct(block &+ PanelShape.rows, channels) : 0 }

  /// Floats of scratch of one thread: inputs, products, NEON's order of one product's inputs, and the kernels' own.
  var threadFloats: Int {
    let own = PanelProduct.spareFloats &+ Winograd<Tile>.scratchFloats
    let products = sizeProduct(sizeProduct(WinogradLayer.products, block), inputStride &+ chunkColumns)
    return sizeProduct((sizeSum(sizeSum(products, interleavedFloats), own) &+ 15) / 16, 16)
  }

  /// The work of its products and transforms: transformed inputs are written once and read for each chunk of columns, the products written and read once.
  var work: KernelWork {
    let tiles = Double(WinogradLayer.products) * Double(grid.tiles) * Double(groups)
    let chunks = (PanelShape.count(outputs) &+ WinogradLayer.chunkPanels &- 1) / WinogradLayer.chunkPanels
    let floats = tiles * (Double(channels) * Double(1 &+ chunks) + 2 * Double(outputs))
    return KernelWork(multiplyAdds: tiles * Double(channels) * Double(outputs), weights: 4 * Double(packedFloats), passes: Double(blocks),
      exchanged: 4 * floats, held: 4 * Double(WinogradLayer.products) * Double(block) * Double(channels &+ chunkColumns))
  }

  /// What the cost of its work is multiplied by: the largest tiles, whose blocks have few rows and many products, take a quarter more (measured).
  static var costFactor: Double { Tile.outputs > 4 ? 1.25 : 1 }

  /// Packs weights [3, 3, channels of a group, outputs of all groups].
  func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    for group in 0..<groups {
      Winograd<Tile>.packWeights(weights + group &* outputs, stride: groups &* outputs, channels: channels, outputs: outputs,
        into: packed + group &* groupFloats)
    }
  }

  /// Task `task`, by one thread.
  func compute(_ task: Int, _ tensors: ConvolutionTensors, scratch: UnsafeMutablePointer<Float>) {
    let group = task / (blocks &* columnTasks)
    compute(task % (blocks &* columnTasks), tensors.group(group, channels: channels, outputs: outputs, packedFloats: groupFloats), scratch)
  }

  /// A task of one group, whose tensors begin with it.
  private func compute(_ task: Int, _ tensors: ConvolutionTensors, _ scratch: UnsafeMutablePointer<Float>) {
    let first = task / columnTasks &* block
    let count = min(block, grid.tiles &- first)
    let firstPanel = task % columnTasks &* taskPanels
    let endPanel = min(firstPanel &+ taskPanels, PanelShape.count(outputs))
    guard count > 0 else { return }
    let inputs = scratch
    let inputPlane = block &* inputStride
    let values = inputs + WinogradLayer.products &* inputPlane
    let valuePlane = block &* chunkColumns
    let interleaved = values + WinogradLayer.products &* valuePlane
    let spare = interleaved + interleavedFloats
    let transformScratch = spare + PanelProduct.spareFloats
    Winograd<Tile>.transformInputs(tensors.input, grid, first: first, count: count, into: inputs, plane: inputPlane, stride: inputStride,
      scratch: transformScratch)
    let bounds = tensors.activation.bounds
    var panel = firstPanel
    while panel < endPanel {
      let end = min(panel &+ WinogradLayer.chunkPanels, endPanel)
      let column = panel &* PanelShape.columns
      let columns = min(end &* PanelShape.columns, outputs) &- column
      for product in 0..<WinogradLayer.products {
        var rows = UnsafePointer(inputs) + product &* inputPlane
        if PanelShape.readsInterleaved {
          interleaveRows(rows, stride: inputStride, rows: count, depth: channels, into: interleaved)
          rows = UnsafePointer(interleaved)
        }
        let sums = PanelProduct(panels: tensors.packed + product &* planeFloats, columns: outputs, depth: channels,
          result: values + (product &* valuePlane &- column), resultStride: chunkColumns, spare: spare)
        sums.compute(firstRow: 0, rows: count, rows, aStride: inputStride, firstDepth: 0, endDepth: channels, firstPanel: panel, endPanel: end)
      }
      Winograd<Tile>.transformOutputs(values, plane: valuePlane, stride: chunkColumns, grid, first: first, count: count, firstColumn: column,
        columns: columns, output: tensors.output, outputStride: outputStride, bias: tensors.bias, residual: tensors.residual, low: bounds?.low ?? -.infinity,
        high: bounds?.high ?? .infinity, scratch: transformScratch)
      panel = end
    }
    if bounds == nil { activate(first, count, firstPanel &* PanelShape.columns, endPanel, tensors.output, tensors.activation) }
  }

  /// An activation that is no clamp, over the tiles' outputs.
  private func activate(_ first: Int, _ count: Int, _ column: Int, _ endPanel: Int, _ output: UnsafeMutablePointer<Float>, _ activation: Activation) {
    let columns = min(endPanel &* PanelShape.columns, outputs) &- column
    for tile in first..<(first &+ count) {
      let (image, row, start) = grid.place(tile)
      for y in row..<min(row &+ Tile.outputs, grid.window.height.output) {
        let position = (image &* grid.window.height.output &+ y) &* grid.window.width.output &+ start
        finishRows(output + (position &* outputStride &+ column), rows: min(Tile.outputs, grid.window.width.output &- start), columns: columns,
          rowStride: outputStride, bias: nil, residual: nil, residualStride: 0, activation: activation)
      }
    }
  }
}
