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
