// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators

/// A `PanelLayer` on one thread.
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

  /// Whether this thread has computed none of the layer's tasks yet.
  var isFirst = true

  mutating func compute(_ task: Int) {
    let blocking = plan.blocking
    let (group, task) = (task / blocking.tasks, task % blocking.tasks)
    let first = task / blocking.columnTasks &* blocking.taskRows
    let rows = min(blocking.taskRows, plan.window.outputPositions &- first)
    let firstPanel = task % blocking.columnTasks &* blocking.taskPanels
    // No task before it has brought these panels near: they come while rows are copied.
    if isFirst, !plan.hasFewRows { product(group: plan.dividesGroups ? group : 0).panelPart(firstPanel, 0, min(blocking.part, plan.depth)).fetch() }
    isFirst = false
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
