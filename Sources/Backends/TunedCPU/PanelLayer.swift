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
  /// Whether windows are read where they lie, line by line, instead of being copied each by itself: few channels, or few outputs that would make up for it.
  let readsLines: Bool
  /// Whether those lines are copies, with zeros around them: of a group's channels, or where a float has so many products that its copy costs less than
  /// the few positions at the sides of a picture, whose sums would wait for themselves.
  let copiesLines: Bool
  let lines: PanelLines
  /// Rows that are copied at once, unless a task has fewer: not many where too few panels read them for the second-level cache to do.
  private let mostCopiedRows: Int
  /// Whether a task is of one group: where the weights of all groups would not stay in the second-level cache for the next task, or rows are too few to
  /// be divided among threads.
  let dividesGroups: Bool
  /// Whether a task computes some positions of all groups before the next ones.
  private let joinsGroups: Bool
  /// Rows of the input, all channels, that a first-level cache holds.
  private let cachedRows: Int
  /// Floats between copied rows.
  let rowFloats: Int
  /// Floats of packed weights of one group.
  let groupFloats: Int

  /// A convolution that `infer` has accepted.
  init(convolution node: NodeView, threads: Int) throws(Status) {
    let x = try node.input(0).shape
    let weights = try node.input(1).shape
    var window = try convolutionWindow(node, ConvolutionAttributes(node.attributes), x, weights).withoutFreePlanes
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
    isDepthwise = groups > 1 && groupChannels == 1 && (outputs == groups || (outputs >= Lanes.count && window.depth.isIdentity))
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
    groupFloats = PanelShape.packedFloats(columns: groupOutputs, depth: depth) ?? 0
    let weightsStay = sizeProduct(sizeProduct(4, groupFloats), self.groups) <= caches.level2 / 2
    let rowsAlone = PanelBlocking(rows: positions, columns: groupOutputs, depth: depth, grain: grain, threads: self.threads, caches: caches)
    let isEven = self.groups % self.threads == 0 || self.groups >= 4 &* self.threads
    dividesGroups = self.groups > 1 && (!weightsStay || (isEven && (rowsAlone.columnTasks > 1 || rowsAlone.tasks < self.threads)))
    blocking = dividesGroups && isEven && self.threads > 1
      ? PanelBlocking(rows: positions, columns: groupOutputs, depth: depth, grain: grain, threads: 1, caches: caches) : rowsAlone
    joinsGroups = self.groups > 1 && !dividesGroups && blocking.parts == 1
    cachedRows = caches.level1 / max(sizeProduct(4, window.pitch), 1) / PanelShape.rows &* PanelShape.rows
    let overlaps = PanelBlocking.rowsOverlap(pitch: window.pitch, columns: groupOutputs)
    let isShort = depth <= 256 && line <= 64
    let floats = window.height.stride &* window.width.stride &* self.groupChannels
    copiesLines = PanelShape.fillsTiles(window.width.output, columns: groupOutputs)
      && (groups > 1 ? PanelShape.count(groupOutputs) <= 2 : isShort && (window.gap != 0 || depth &* outputs / max(floats, 1) >= 256))
    readsLines = !PanelShape.readsInterleaved && !window.isIdentity && window.depth.isIdentity && window.width.dilation == 1 && blocking.parts == 1
      && (copiesLines || (groups == 1 && isShort && window.gap == 0))
    lines = PanelLines(window, channels: self.groupChannels, pitch: joinsGroups ? window.pitch : self.groupChannels, caches: caches)
    hasFewRows = window.isIdentity && positions <= 4 && scale == 1
    gathers = !hasFewRows && (PanelShape.readsInterleaved || !window.isIdentity || overlaps || scale != 1)
    // Rows an odd number of cache lines apart spread over the cache's sets.
    rowFloats = (blocking.part &+ 31) / 32 &* 32 &+ 16
    mostCopiedRows = PanelShape.count(groupOutputs) <= 2 ? max(caches.level1 / 2 / (4 &* rowFloats) / PanelShape.rows, 1) &* PanelShape.rows : .max
  }

  var tasks: Int { blocking.tasks &* (dividesGroups ? groups : 1) }

  /// Where those positions from `first` on end that all groups compute before the next ones: the lines of the cache that groups share then come once from
  /// memory. Positions without a window are as many as stay in the first-level cache, if those are not few.
  func endTogether(_ first: Int) -> Int {
    if joinsGroups && readsLines { return lines.end(first, of: window) }
    return joinsGroups && window.isIdentity && cachedRows >= 4 &* PanelShape.rows ? first &+ cachedRows : .max
  }

  /// Rows that are copied at once.
  var copiedRows: Int { min(blocking.taskRows, mostCopiedRows) }
  var packedFloats: Int { sizeProduct(groupFloats, groups) }
  /// The order of the packed weights of a convolution, or 0 where there are too many groups for one.
  var order: UInt64 { (mergedGroups > 1 ? PackedOrder.mergedPanels(groups, of: mergedGroups) : PackedOrder.panels(groups: groups))?.rawValue ?? 0 }

  /// Whether every output has a whole 3x3 window of neighbours, and channels enough for the transforms to pay.
  var suitsWinograd: Bool {
    func isPlain(_ axis: WindowAxis) -> Bool { axis.kernel == 3 && axis.stride == 1 && axis.dilation == 1 && axis.padding <= 1 }
    return mergedGroups == 1 && window.depth.isIdentity && isPlain(window.height) && isPlain(window.width) && groupChannels >= Lanes.count
      && groupOutputs >= Lanes.count && window.outputPositions >= 16
  }

  /// The work of a convolution whose windows or lines are copied, as one thread divides it; each task of rows reads all weights.
  func work(caches: CacheSizes) -> KernelWork {
    let blocking = threads == 1 ? blocking
      : PanelBlocking(rows: window.outputPositions, columns: groupOutputs, depth: depth, grain: grain, threads: 1, caches: caches)
    let products = Double(window.outputPositions) * Double(depth) * Double(groups)
    let line = Double(lines.lineFloats)
    let copies = readsLines && copiesLines
    let copied = copies ? Double(window.outputRows &* window.height.stride) * line * Double(groups) : products
    let held = copies ? Double(window.height.lines(of: 1)) * line : Double(min(blocking.taskRows, mostCopiedRows)) * Double(rowFloats)
    return KernelWork(multiplyAdds: products * Double(groupOutputs), weights: 4 * Double(packedFloats), passes: Double(blocking.rowTasks),
      exchanged: 8 * copied, held: 4 * held)
  }

  /// Of the last panel of a group in pairs of steps, a multiple of 16; 0 where it does not lie so.
  var pairFloats: Int {
    hasFewRows || readsLines || blocking.parts > 1 ? 0 : (PanelProduct.pairFloats(columns: groupOutputs, depth: depth) &+ 15) / 16 &* 16
  }

  /// Floats of scratch of one thread: a task's rows, in NEON's case once more in its order, that panel, and the product's own.
  var threadFloats: Int {
    let rows = readsLines && copiesLines ? lines.floats : gathers ? sizeProduct(copiedRows, rowFloats) : 0
    let again = PanelShape.readsInterleaved ? sizeProduct(copiedRows, blocking.part) : 0
    return sizeProduct((sizeSum(sizeSum(rows, again), pairFloats &+ PanelProduct.spareFloats) &+ 15) / 16, 16)
  }

  /// The residual, which convolutions and matrix products have as input 3: the result may be written over it where no sums of a part of the depth lie there before.
  var inPlaceInput: Int? { blocking.parts == 1 ? 3 : nil }

  /// The kernel that computes it by matrix products.
  var panelKernel: TunedKernel {
    let isGrouped = groups > 1 || mergedGroups > 1
    if readsLines { return isGrouped ? .groupedLines : .lines }
    if window.isIdentity { return isGrouped ? .groupedPointwise : .pointwise }
    return isGrouped ? .groupedWindows : .windows
  }

  var reason: StaticString {
    if readsLines { return groups > 1 || mergedGroups > 1 ? "few outputs a group" : "few channels" }
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
    let (group, task) = (task / blocking.tasks, task % blocking.tasks)
    let first = task / blocking.columnTasks &* blocking.taskRows
    let rows = min(blocking.taskRows, plan.window.outputPositions &- first)
    let firstPanel = task % blocking.columnTasks &* blocking.taskPanels
    // No task before it has read these panels: they come while rows are copied.
    if group == 0, first == 0, !plan.hasFewRows { product(group: 0).panelPart(firstPanel, 0, min(blocking.part, plan.depth)).fetch() }
    compute(plan.dividesGroups ? group..<group &+ 1 : 0..<plan.groups, first, rows, firstPanel,
      min(firstPanel &+ blocking.taskPanels, PanelShape.count(plan.groupOutputs)))
  }

  /// Positions `first` ..< `first + rows`, at most a task's, against panels `firstPanel` ..< `endPanel` of each of `groups`.
  private func compute(_ groups: Range<Int>, _ first: Int, _ rows: Int, _ firstPanel: Int, _ endPanel: Int) {
    guard rows > 0, firstPanel < endPanel else { return }
    var position = first
    while position < first &+ rows {
      let end = min(plan.endTogether(position), first &+ rows)
      for group in groups { compute(group: group, position, end &- position, firstPanel, endPanel) }
      position = end
    }
  }

  private func compute(group: Int, _ first: Int, _ rows: Int, _ firstPanel: Int, _ endPanel: Int) {
    var product = product(group: group)
    if plan.hasFewRows {
      let channel = group &* plan.groupChannels
      return product.computeFewRows(firstRow: first, rows: rows, input + (first &* plan.window.pitch &+ channel), aStride: plan.window.pitch,
        firstPanel: firstPanel, endPanel: endPanel)
    }
    // The first is known to the compiler: where no lines are read, nothing of that is built.
    if !PanelShape.readsInterleaved && plan.readsLines {
      if plan.copiesLines { return multiplyCopiedLines(product, group: group, first, rows, firstPanel, endPanel) }
      return multiplyLines(product, first, rows, firstPanel, endPanel)
    }
    var depth = 0
    while depth < plan.depth {
      let end = min(depth &+ plan.blocking.part, plan.depth)
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

  /// The matrix product of one group.
  private func product(group: Int) -> PanelProduct {
    let column = group &* plan.groupOutputs
    let spare = scratch + (plan.threadFloats &- (PanelProduct.spareFloats &+ 15) / 16 &* 16)
    var product = PanelProduct(panels: panels + group &* plan.groupFloats, columns: plan.groupOutputs, depth: plan.depth,
      result: output + column, resultStride: plan.outputStride, bias: bias.map { $0 + column }, residual: residual.map { $0 + column },
      activation: activation, spare: spare)
    product.groupTiles = plan.blocking.groupTiles
    product.pairs = plan.pairFloats > 0 ? spare - plan.pairFloats : nil
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
      compute(0..<plan.groups, done, min(count &- done, plan.blocking.taskRows), 0, PanelShape.count(plan.groupOutputs))
      done &+= plan.blocking.taskRows
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
