// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FLOAT16
import Kernels
import ModelFile
import Operators
import Tensors

/// A layer as a product in float16 with packed weights: what its shapes decide.
struct HalfLayer {
  let layer: PanelLayer
  /// That of `layer` with wider panels.
  let blocking: PanelBlocking
  let packedBytes: Int

  /// Nil where float32 is as fast: for few positions, whose time is that of reading the weights once, for groups, depthwise ones among them, and
  /// for what Winograd's filtering makes of few multiplications.
  init?(_ layer: PanelLayer, caches: CacheSizes) {
    guard layer.groups == 1, layer.mergedGroups == 1, !layer.isDepthwise, !layer.suitsWinograd, layer.window.outputPositions >= HalfPanels.rows,
      layer.outputs >= 8, layer.depth >= 8, let bytes = HalfPanels.packedBytes(columns: layer.outputs, depth: layer.depth) else { return nil }
    self.layer = layer
    packedBytes = bytes
    // A panel of 16 halves takes less of a cache than one of 12 floats, which this is made for.
    let line = layer.window.width.kernel &* layer.groupChannels
    blocking = PanelBlocking(rows: layer.window.outputPositions, columns: HalfPanels.count(layer.outputs) &* PanelShape.columns, depth: layer.depth,
      grain: line <= 512 ? line : layer.groupChannels, threads: layer.threads, caches: caches)
  }

  private var gathers: Bool { !layer.window.isIdentity }
  /// Floats between copied rows: an odd number of cache lines.
  private var rowFloats: Int { (blocking.part &+ 31) / 32 &* 32 &+ 16 }
  private var gatheredFloats: Int { gathers ? blocking.taskRows &* rowFloats : 0 }

  /// Floats of scratch of one thread: a task's rows as they are gathered, the same as float16, and the product's own.
  var threadFloats: Int {
    let halves = (blocking.taskRows &+ HalfPanels.rows &- 1) / HalfPanels.rows &* HalfPanels.rows &* blocking.part
    return (gatheredFloats &+ (halves &+ 1) / 2 &+ HalfProduct.spareFloats &+ 31) / 16 &* 16
  }

  func kernel(order: UInt64) -> Kernel {
    var kernel = Kernel("panels of float16", reason: "products in half precision are asked for", allThreads: layer.threads > 1,
      scratchBytes: threadFloats &* 4 &* layer.threads)
    kernel.packings.0 = Packing(input: 1, layout: order, byteCount: packedBytes)
    return kernel
  }

  /// Task `task`, by one thread with its own `scratch`.
  func compute(_ task: Int, input: UnsafePointer<Float>, packed: UnsafePointer<Float16>, output: UnsafeMutablePointer<Float>, _ epilogue: Epilogue,
    scratch: UnsafeMutablePointer<Float>) {
    let first = task / blocking.columnTasks &* blocking.taskRows
    let rows = min(blocking.taskRows, layer.window.outputPositions &- first)
    let firstPanel = task % blocking.columnTasks &* blocking.taskPanels
    let endPanel = min(firstPanel &+ blocking.taskPanels, HalfPanels.count(layer.outputs))
    guard rows > 0, firstPanel < endPanel else { return }
    let spare = scratch + gatheredFloats
    let halves = UnsafeMutableRawPointer(spare + HalfProduct.spareFloats).assumingMemoryBound(to: Float16.self)
    let product = HalfProduct(panels: packed, columns: layer.outputs, depth: layer.depth, result: output, epilogue, spare: spare)
    var depth = 0
    while depth < layer.depth {
      let end = min(depth &+ blocking.part, layer.depth)
      var (lines, stride) = (input + (first &* layer.window.channels &+ depth), layer.window.channels)
      if gathers {
        gatherWindowRows(input, layer.window, first: first, count: rows, firstChannel: 0, channels: layer.groupChannels, firstDepth: depth,
          endDepth: end, into: scratch, stride: rowFloats)
        (lines, stride) = (UnsafePointer(scratch), rowFloats)
      }
      HalfPanels.interleave(lines, stride: stride, rows: rows, depth: end &- depth, into: halves)
      product.compute(firstRow: first, rows: rows, halves, firstDepth: depth, endDepth: end, firstPanel: firstPanel, endPanel: endPanel)
      depth = end
    }
  }
}
#endif
