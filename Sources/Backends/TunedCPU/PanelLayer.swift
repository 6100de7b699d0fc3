// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// A layer as matrix products with packed weights: what its shapes decide.
struct PanelLayer {
  let window: Window
  /// Groups of the convolution that are computed as one, with zeros where their channels and outputs do not meet: a vector's lanes would lie
  /// idle otherwise. All that follows speaks of such groups.
  let mergedGroups: Int
  let groups: Int
  let groupChannels: Int
  let outputs: Int
  /// Floats from a position of the output to the next, and of the residual where there is one.
  let outputStride: Int
  let groupOutputs: Int
  let depth: Int
  /// What a part of the depth should be a multiple of.
  private let grain: Int
  let blocking: PanelBlocking
  let threads: Int
  /// Whether every channel has its own window: no product of matrices.
  let isDepthwise: Bool
  /// Whether reading the weights is all that matters, so that the rows are read where they lie by every instruction set.
  let hasFewRows: Bool
  /// Whether rows of the left factor are copied: because windows overlap, because they are scaled, or because the rows' distance would make
  /// them displace each other in the cache.
  let gathers: Bool
  /// What the left factor is multiplied with, besides.
  let scale: Float
  /// Whether windows are read where they lie, line by line: few channels, whose windows would be copied many times over.
  let readsLines: Bool
  /// Rows that are copied at once, at most a task's: fewer than those where too few panels read them for the second-level cache to do.
  let copiedRows: Int
  /// Floats between copied rows.
  let rowFloats: Int
  /// Floats of packed weights of one group.
  let groupFloats: Int

  /// A convolution that `infer` has accepted.
  init(convolution node: NodeView, threads: Int) throws(Status) {
    let x = try node.input(0).shape
    let weights = try node.input(1).shape
    var window = try convolutionWindow(node, ConvolutionAttributes(node.attributes), x, weights)
    window.gap = try node.input(0).pointee.pitch &- window.channels
    self.init(window, groups: max(Int(ConvolutionAttributes(node.attributes).groups), 1), groupChannels: weights[weights.rank &- 2],
      outputs: weights[weights.rank &- 1], outputStride: try node.output(0).pointee.pitch, threads: threads, caches: node.caches)
  }

  /// A matrix product of these extents, times `scale`: a convolution of single positions.
  init(product extents: ProductExtents, scale: Float = 1, threads: Int, caches: CacheSizes) {
    var window = Window()
    window.batch = extents.rows
    window.channels = extents.depth
    self.init(window, groups: 1, groupChannels: extents.depth, outputs: extents.columns, outputStride: extents.columns, scale: scale, threads: threads,
      caches: caches)
  }

  @_optimize(size)
  private init(_ window: Window, groups: Int, groupChannels: Int, outputs: Int, outputStride: Int, scale: Float = 1, threads: Int, caches: CacheSizes) {
    self.window = window
    self.outputs = outputs
    self.outputStride = outputStride
    self.scale = scale
    isDepthwise = groups > 1 && groupChannels == 1 && outputs == groups
    var merged = 1
    while !isDepthwise && groups % (2 &* merged) == 0 && 2 &* merged &* outputs / groups <= PanelShape.lanes { merged &*= 2 }
    mergedGroups = merged
    self.groups = groups / merged
    self.groupChannels = groupChannels &* merged
    groupOutputs = outputs / groups &* merged
    depth = window.taps &* self.groupChannels
    let positions = max(window.outputPositions, 0)
    let work = ProductExtents(rows: positions, columns: outputs, depth: depth).work
    self.threads = work > 50_000 ? max(threads, 1) : 1
    let line = window.width.kernel &* self.groupChannels
    grain = line <= 512 ? line : self.groupChannels
    blocking = PanelBlocking(rows: positions, columns: groupOutputs, depth: depth, grain: grain, threads: self.threads, caches: caches)
    let overlaps = PanelBlocking.rowsOverlap(pitch: window.pitch, columns: groupOutputs)
    readsLines = !PanelShape.readsInterleaved && !window.isIdentity && window.gap == 0 && self.groups == 1 && window.depth.isIdentity && window.width.dilation == 1
      && depth <= 256 && line <= 64
    hasFewRows = window.isIdentity && positions <= 4 && scale == 1
    gathers = !hasFewRows && (PanelShape.readsInterleaved || !window.isIdentity || overlaps || scale != 1)
    // Rows an odd number of cache lines apart spread over the cache's sets.
    rowFloats = (blocking.part &+ 31) / 32 &* 32 &+ 16
    let cachedRows = max(caches.level1 / 2 / (4 &* rowFloats) / PanelShape.rows, 1) &* PanelShape.rows
    copiedRows = PanelShape.count(groupOutputs) <= 2 ? min(blocking.taskRows, cachedRows) : blocking.taskRows
    groupFloats = PanelShape.packedFloats(columns: groupOutputs, depth: depth) ?? 0
  }

  var packedFloats: Int { sizeProduct(groupFloats, groups) }
  /// The order of the packed weights of a convolution, or 0 where there are too many groups for one.
  var order: UInt64 { (mergedGroups > 1 ? PackedOrder.mergedPanels(groups, of: mergedGroups) : PackedOrder.panels(groups: groups))?.rawValue ?? 0 }

  /// Whether every output has a whole 3x3 window of neighbours, and channels enough for the transforms to pay.
  var suitsWinograd: Bool {
    func isPlain(_ axis: WindowAxis) -> Bool { axis.kernel == 3 && axis.stride == 1 && axis.dilation == 1 && axis.padding <= 1 }
    return groups == 1 && mergedGroups == 1 && window.depth.isIdentity && isPlain(window.height) && isPlain(window.width) && window.channels >= Lanes.count
      && outputs >= Lanes.count && window.outputPositions >= 16
  }

  /// The work of a convolution whose windows are gathered, as one thread divides it; each task of rows reads all weights.
  func work(caches: CacheSizes) -> KernelWork {
    let blocking = threads == 1 ? blocking
      : PanelBlocking(rows: window.outputPositions, columns: groupOutputs, depth: depth, grain: grain, threads: 1, caches: caches)
    let gathered = 4 * Double(window.outputPositions) * Double(depth) * Double(groups)
    return KernelWork(multiplyAdds: gathered / 4 * Double(groupOutputs), weights: 4 * Double(packedFloats), passes: Double(blocking.rowTasks),
      exchanged: 2 * gathered, held: 4 * Double(blocking.taskRows) * Double(rowFloats))
  }

  /// Floats of scratch of one thread: a task's rows, in NEON's case once more in its order, and the product's own.
  var threadFloats: Int {
    let rows = gathers ? sizeProduct(copiedRows, rowFloats) : 0
    let again = PanelShape.readsInterleaved ? sizeProduct(copiedRows, blocking.part) : 0
    return sizeProduct((sizeSum(sizeSum(rows, again), PanelProduct.spareFloats) &+ 15) / 16, 16)
  }

  /// The residual, which convolutions and matrix products have as input 3: the result may be written over it where no sums of a part of the depth lie there before.
  var inPlaceInput: Int? { blocking.parts == 1 ? 3 : nil }

  /// The kernel that computes it by matrix products.
  var panelKernel: TunedKernel {
    if readsLines { return .lines }
    let isGrouped = groups > 1 || mergedGroups > 1
    if window.isIdentity { return isGrouped ? .groupedPointwise : .pointwise }
    return isGrouped ? .groupedWindows : .windows
  }

  var reason: StaticString {
    if readsLines { return "few channels" }
    return window.isIdentity ? "positions of input and output are the same" : "general window"
  }
}

extension PanelLayer {
  /// Packs weights [taps, channels of a group, outputs] of a convolution.
  func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    for group in 0..<groups {
      let source = weights + group &* groupOutputs
      let target = packed + group &* groupFloats
      if mergedGroups == 1 {
        packPanels(MatrixFactor(source, stride: outputs), columns: groupOutputs, depth: depth, into: target)
      } else {
        packMerged(source, into: target)
      }
    }
  }

  /// Packs one merged group: zeros but for the blocks of its parts.
  private func packMerged(_ weights: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    for index in 0..<groupFloats { target[index] = 0 }
    let channels = groupChannels / mergedGroups
    for k in 0..<depth {
      let part = k % groupChannels / channels
      let row = k / groupChannels &* channels &+ k % channels
      for column in (part &* groupOutputs / mergedGroups)..<((part &+ 1) &* groupOutputs / mergedGroups) {
        let panel = column / PanelShape.columns
        let width = PanelShape.width(of: panel, columns: groupOutputs)
        target[panel &* PanelShape.columns &* depth &+ k &* width &+ column % PanelShape.columns] = weights[row &* outputs &+ column]
      }
    }
  }
}

/// Such a layer on one thread.
struct PanelLayerRun {
  let plan: PanelLayer
  let input: UnsafePointer<Float>
  let panels: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let bias: UnsafePointer<Float>?
  let residual: UnsafePointer<Float>?
  let activation: Activation
  let scratch: UnsafeMutablePointer<Float>
  /// What is read after the layer, or nil.
  var following: FollowingFloats?

  func compute(_ task: Int) {
    let blocking = plan.blocking
    let first = task / blocking.columnTasks &* blocking.taskRows
    let rows = min(blocking.taskRows, plan.window.outputPositions &- first)
    let firstPanel = task % blocking.columnTasks &* blocking.taskPanels
    // No task before it has read these panels: they come while rows are copied.
    if first == 0, !plan.hasFewRows { product(group: 0).panelPart(firstPanel, 0, min(blocking.part, plan.depth)).fetch() }
    compute(first, rows, firstPanel, min(firstPanel &+ blocking.taskPanels, PanelShape.count(plan.groupOutputs)))
  }

  /// Positions `first` ..< `first + rows`, at most a task's, against panels `firstPanel` ..< `endPanel`.
  private func compute(_ first: Int, _ rows: Int, _ firstPanel: Int, _ endPanel: Int) {
    let blocking = plan.blocking
    guard rows > 0, firstPanel < endPanel else { return }
    for group in 0..<plan.groups {
      var product = product(group: group)
      if plan.hasFewRows {
        let channel = group &* plan.groupChannels
        product.computeFewRows(firstRow: first, rows: rows, input + (first &* plan.window.pitch &+ channel), aStride: plan.window.pitch,
          firstPanel: firstPanel, endPanel: endPanel)
        continue
      }
      // The first is known to the compiler: where no lines are read, nothing of that is built.
      if !PanelShape.readsInterleaved && plan.readsLines {
        multiplyLines(product, first, rows, firstPanel, endPanel)
        continue
      }
      var depth = 0
      while depth < plan.depth {
        let end = min(depth &+ blocking.part, plan.depth)
        let following = read(after: end, product, firstPanel, endPanel)
        var row = first
        while row < first &+ rows {
          let count = plan.gathers ? min(first &+ rows &- row, plan.copiedRows) : rows
          let (rowsStart, stride) = leftRows(row, count, group, depth, end)
          product.following = row &+ count == first &+ rows ? following : nil
          product.compute(firstRow: row, rows: count, rowsStart, aStride: stride, firstDepth: depth, endDepth: end,
            firstPanel: firstPanel, endPanel: endPanel)
          row &+= count
        }
        depth = end
      }
    }
  }

  /// The matrix product of one group.
  private func product(group: Int) -> PanelProduct {
    let column = group &* plan.groupOutputs
    let spare = scratch + (plan.threadFloats &- (PanelProduct.spareFloats &+ 15) / 16 &* 16)
    var product = PanelProduct(panels: panels + group &* plan.groupFloats, columns: plan.groupOutputs, depth: plan.depth,
      result: output + column, resultStride: plan.outputStride, bias: bias.map { $0 + column }, residual: residual.map { $0 + column },
      activation: activation, spare: spare)
    product.groupTiles = plan.blocking.groupTiles
    product.rowsAreFar = !plan.gathers
    return product
  }

  /// What is read after a part of the depth: the next part's first panel, else what follows the layer, else, most likely, the next task's first panel.
  private func read(after depth: Int, _ product: PanelProduct, _ firstPanel: Int, _ endPanel: Int) -> FollowingFloats? {
    if depth < plan.depth { return product.panelPart(firstPanel, depth, min(depth &+ plan.blocking.part, plan.depth)) }
    if let following { return following }
    return endPanel < PanelShape.count(plan.groupOutputs) ? product.panelPart(endPanel, 0, min(plan.blocking.part, plan.depth)) : nil
  }

  /// The first `count` positions, which may be more than a task's, against all panels.
  func compute(positions count: Int) {
    var done = 0
    while done < count {
      compute(done, min(count &- done, plan.blocking.taskRows), 0, PanelShape.count(plan.groupOutputs))
      done &+= plan.blocking.taskRows
    }
  }

  /// Positions `first` ..< `first + rows` from windows as they lie; those that reach over the sides of the picture are copied.
  private func multiplyLines(_ product: PanelProduct, _ first: Int, _ rows: Int, _ firstPanel: Int, _ endPanel: Int) {
    let window = plan.window
    let width = max(window.width.output, 1)
    // The columns whose windows lie within the picture's sides.
    let step = max(window.width.stride, 1)
    let firstInside = min((window.width.padding &+ step &- 1) / step, width)
    let room = window.width.input &+ window.width.padding &- window.width.kernel
    let endInside = room < 0 ? firstInside : max(min(room / step &+ 1, width), firstInside)
    var position = first
    var row = WindowRow(first / width, of: window)
    while position < first &+ rows {
      let column = position % width
      let end = min(position &+ width &- column, first &+ rows)
      let endColumn = column &+ end &- position
      let top = window.height.start(row.height)
      let firstTap = window.height.firstTap(top)
      let lines = window.height.endTap(top) &- firstTap
      let from = min(max(column, firstInside), endColumn)
      let to = max(min(endColumn, endInside), from)
      copyAndMultiply(product, position, from &- column, firstPanel, endPanel)
      if to > from {
        let line = (row.image &* window.height.input &+ top &+ firstTap &* window.height.dilation) &* window.width.input
        product.computeLines(firstRow: position &+ from &- column, rows: to &- from,
          input + (line &+ window.width.start(from)) &* window.channels, aStride: step &* window.channels,
          firstDepth: firstTap &* window.width.kernel &* window.channels, lines: lines,
          lineStep: window.height.dilation &* window.width.input &* window.channels, lineDepth: window.width.kernel &* window.channels,
          firstPanel: firstPanel, endPanel: endPanel)
      }
      copyAndMultiply(product, position &+ to &- column, endColumn &- to, firstPanel, endPanel)
      position = end
      row.advance(in: window)
    }
  }

  private func copyAndMultiply(_ product: PanelProduct, _ first: Int, _ count: Int, _ firstPanel: Int, _ endPanel: Int) {
    guard count > 0 else { return }
    // A side's columns are few; a narrow picture's may be many.
    var done = 0
    while done < count {
      let rows = min(count &- done, plan.copiedRows)
      gatherWindowRows(input, plan.window, first: first &+ done, count: rows, firstChannel: 0, channels: plan.groupChannels, firstDepth: 0,
        endDepth: plan.depth, into: scratch, stride: plan.rowFloats)
      product.compute(firstRow: first &+ done, rows: rows, scratch, aStride: plan.rowFloats, firstDepth: 0, endDepth: plan.depth,
        firstPanel: firstPanel, endPanel: endPanel)
      done &+= rows
    }
  }

  /// Where the left factor's rows lie, and how far apart.
  private func leftRows(_ first: Int, _ rows: Int, _ group: Int, _ depth: Int, _ end: Int) -> (UnsafePointer<Float>, Int) {
    let channel = group &* plan.groupChannels
    guard plan.gathers else { return (input + (first &* plan.window.pitch &+ channel &+ depth), plan.window.pitch) }
    gatherWindowRows(input, plan.window, first: first, count: rows, firstChannel: channel, channels: plan.groupChannels, firstDepth: depth,
      endDepth: end, into: scratch, stride: plan.rowFloats)
    if plan.scale != 1 { for row in 0..<rows { scaleFloats(scratch + row &* plan.rowFloats, count: end &- depth, by: plan.scale) } }
    guard PanelShape.readsInterleaved else { return (UnsafePointer(scratch), plan.rowFloats) }
    let interleaved = scratch + plan.copiedRows &* plan.rowFloats
    interleaveRows(scratch, stride: plan.rowFloats, rows: rows, depth: end &- depth, into: interleaved)
    return (UnsafePointer(interleaved), 0)
  }
}
