// SPDX-License-Identifier: Apache-2.0
import Kernels
import KunlunNumerics
import ModelFile
import Operators
import Tensors

/// Convolution as a product of windows and weights. One with a group a channel runs on the card's vector cores, in float32: it is left to the
/// next backend.
struct KunlunConvolution: KunlunOperator {
  private let settings: KunlunSettings
  private let window: Window
  private let groups: Int
  private let groupChannels: Int
  private let outputs: Int
  private let factor: PackedFactor
  private let scratch: ThreadScratch

  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status) {
    self.settings = settings
    let x = try node.input(0).shape
    let weights = try node.input(1)
    let attributes = ConvolutionAttributes(node.attributes)
    window = try convolutionWindow(node, attributes, x, weights.shape)
    groups = max(Int(attributes.groups), 1)
    groupChannels = weights.shape[weights.shape.rank &- 2]
    outputs = weights.shape[weights.shape.rank &- 1]
    factor = PackedFactor(settings.arithmetic, isPerChannel: settings.isPerChannel, groups: groups, columns: outputs / groups,
      depth: window.taps &* groupChannels)
    guard weights.pointee.is_constant == 1, !(groups > 1 && groupChannels == 1 && outputs == groups), factor.byteCount != nil else {
      throw node.decline()
    }
    scratch = ThreadScratch(factor)
  }

  var leavesMaximum: Bool { settings.leavesMaxima }

  func kernel(threads: Int) -> Kernel {
    let work = ProductExtents(rows: max(window.outputPositions, 0), columns: outputs, depth: factor.depth).work
    let allThreads = threads > 1 && work > 20_000
    var kernel = Kernel(settings.arithmetic.kernelName, reason: window.isIdentity ? "1x1 as matrix product" : "windows as matrix product",
      allThreads: allThreads, scratchBytes: scratch.byteCount &* (allThreads ? threads : 1))
    kernel.packings.0 = Packing(input: 1, layout: settings.layout(isTransposed: false, groups: groups), byteCount: factor.byteCount ?? 0)
    return kernel
  }

  func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    try factor.pack(node, packing, settings, into: packed) { elements, group in MatrixFactor(elements + group &* factor.columns, stride: outputs) }
  }

  func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let packed = run.packed.0 else { throw node.fail(.internal).text("its weights are not packed").status }
    let x = try node.input(0)
    let output = try node.output(0)
    if output.shape.containsZero { return }
    let input: UnsafePointer<Float> = x.elements()
    let result: UnsafeMutablePointer<Float> = output.elements()
    let maximum = settings.leftMaximum(x, run)
    let (bias, branch): (UnsafePointer<Float>?, UnsafePointer<Float>?) = (node.optionalInput(2)?.elements(), node.optionalInput(3)?.elements())
    let activation = ConvolutionAttributes(node.attributes).activation
    let written = ResultMaximum(run, scratch)
    let positions = window.outputPositions
    // Few positions: threads divide the channels of the output.
    let dividesColumns = groups == 1 && positions < 8 &* run.threadCount
    try run.phase { share throws(Status) in
      let epilogue = ProductEpilogue(bias: bias, branch: branch, activation: activation, settings.generation, tableScratch: scratch.table(share))
      written.clear(share)
      try share.share(of: dividesColumns ? factor.panels : positions, grain: dividesColumns ? 1 : 4) { begin, end throws(Status) in
        let (first, last) = dividesColumns ? (0, positions) : (begin, end)
        for group in 0..<groups {
          let windows = ProductRows.windows(input, window, firstChannel: group &* groupChannels, channels: groupChannels)
          let product = KunlunProduct(windows, maximum, factor, packed, group: group, scratch: scratch.operands(share))
          product.compute(first, last, firstPanel: dividesColumns ? begin : 0, endPanel: dividesColumns ? end : factor.panels,
            into: result + group &* factor.columns, stride: outputs)
        }
        let firstColumn = dividesColumns ? begin &* PackedFactor.panelColumns : 0
        let endColumn = dividesColumns ? min(end &* PackedFactor.panelColumns, outputs) : outputs
        epilogue.finish(result, offset: first &* outputs &+ firstColumn, rows: last &- first, columns: endColumn &- firstColumn, stride: outputs,
          firstColumn: firstColumn)
        written.raise(share, result + (first &* outputs &+ firstColumn), rows: last &- first, columns: endColumn &- firstColumn, stride: outputs)
      }
    }
    written.leave(try node.output(0), settings.generation)
  }
}

extension KunlunPrecision {
  /// What reports call a product in this precision.
  var kernelName: StaticString {
    switch self {
    case .int8: "XPU int8"
    case .int16: "XPU int16"
    case .int31: "XPU int31, three passes"
    case .int31WithLL: "XPU int31, four passes"
    case .float16: "XPU float16"
    case .bfloat16: "XPU bfloat16"
    case .tfloat32: "XPU tfloat32"
    }
  }
}
