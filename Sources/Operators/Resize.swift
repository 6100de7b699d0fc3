// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// Resamples the spatial dimensions of x [N, spatial..., C]: nearest (any type), linear and cubic (float32, up to three dimensions).
///
/// The target is input 1 (extents), else input 2 (scales), else the attribute `sizes`, else `scales`; empty ones do not count.
/// Where scales are given, an extent is floor(extent scale) and the scale itself maps coordinates.
package enum ResizeOperator: Operator {
  /// The resized extents and the scales; nil where an input that says so is not known yet.
  private struct Target {
    var shape: Shape
    var scales = InlineArray<8, Float>(repeating: 0)

    init?(_ node: NodeView) throws(Status) {
      let attributes = ResizeAttributes(node.attributes)
      shape = try node.input(0).shape
      let dimensions = shape.rank - 2
      let sizesInput = node.optionalInput(1).map { $0.count != 0 } ?? false
      let scalesInput = node.optionalInput(2).flatMap { $0.count != 0 ? $0 : nil }
      if sizesInput || (scalesInput == nil && !attributes.sizes.isEmpty) {
        guard let sizes = try node.integers(sizesInput ? 1 : -1, else: attributes.sizes, "the sizes") else { return nil }
        try Target.require(sizes.count, dimensions, node)
        for axis in 0..<dimensions { shape[axis + 1] = sizes[axis] }
        return
      }
      if let scalesInput {
        try node.require(scalesInput, .float32, "the scales")
        guard scalesInput.hasData else { return nil }
      }
      try Target.require(scalesInput?.count ?? attributes.scales.count, dimensions, node)
      for axis in 0..<dimensions {
        let scale = scalesInput.map { $0.elements(Float.self)[axis] } ?? attributes.scales[axis]
        let extent = Float(shape[axis + 1]) * scale
        guard scale > 0 && scale < Float.infinity && extent <= Float(Shape.maximumElementCount) else {
          throw node.fail(.invalidShape).text("the scale of dimension ").integer(axis + 1).text(" is no positive number").status
        }
        scales[axis] = scale
        shape[axis + 1] = Int(extent)
      }
    }

    private static func require(_ count: Int, _ dimensions: Int, _ node: NodeView) throws(Status) {
      guard count == dimensions else {
        throw node.fail(.invalidModel).text("a target of ").integer(count).text(" extents for ").integer(dimensions).text(" dimensions").status
      }
    }
  }

  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = ResizeAttributes(node.attributes)
    let input = try node.input(0)
    let shape = input.shape
    guard shape.rank >= 3 && (attributes.mode == .nearest || shape.rank <= 5) else {
      throw node.fail(.invalidShape).text("an input of the shape ").shape(shape).status
    }
    guard input.type == .float32 || (attributes.mode == .nearest && input.type != .none) else {
      throw node.fail(.invalidType).text("interpolation of ").type(input.type).status
    }
    guard let target = try Target(node) else { return .deferred }
    for axis in 1..<(shape.rank - 1) where target.shape[axis] < 0 || (shape[axis] == 0 && target.shape[axis] != 0) {
      throw node.fail(.invalidShape).text("an extent of ").integer(shape[axis]).text(" cannot become ").integer(target.shape[axis]).status
    }
    try node.setOutput(0, input.type, target.shape)
    return .known
  }

  /// Bytes of offsets and weights of all axes.
  private static func tableBytes(_ shape: Shape, taps: Int) -> Int {
    var positions = 0
    for axis in 1..<max(shape.rank - 1, 1) { positions = positions &+ shape[axis] }
    return sizeProduct(positions, taps &* (MemoryLayout<Int>.stride + MemoryLayout<Float>.stride))
  }

  /// Bytes of one input row, which a thread mixes from several, and what is read behind it; none for copies.
  private static func rowBytes(_ node: NodeView) -> Int {
    let mode = ResizeAttributes(node.attributes).mode
    guard let shape = node.optionalInput(0)?.shape, mode != .nearest else { return 0 }
    let spare = PermutedRow.spareFloats(channels: 4, taps: ResizeAxis.taps(mode))
    return sizeProduct(sizeSum(shape.product(shape.rank - 2, shape.rank), spare), MemoryLayout<Float>.stride)
  }

  /// Bytes of the tables of a `PermutedRow`; 0 where there is none.
  @inline(never) @_optimize(size)
  private static func permutedBytes(_ node: NodeView) -> Int {
    let mode = ResizeAttributes(node.attributes).mode
    guard mode != .nearest, let input = node.optionalInput(0), let output = node.optionalOutput(0) else { return 0 }
    let axis = input.shape.rank - 2
    let (from, to, channels) = (input.shape[axis], output.shape[axis], input.shape[axis + 1])
    return PermutedRow.suits(pixels: to, from: from, channels: channels) ? PermutedRow.tableBytes(floats: to &* channels, taps: ResizeAxis.taps(mode)) : 0
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let output = node.optionalOutput(0) else { return Kernel("tables by axis") }
    let mode = ResizeAttributes(node.attributes).mode
    let name: StaticString = mode == .nearest ? "nearest, copy of pixels" : mode == .linear ? "linear, along channels" : "cubic, along channels"
    let tables = tableBytes(output.shape, taps: ResizeAxis.taps(mode))
    let rows = sizeProduct(max(threads, 1), rowBytes(node))
    var kernel = Kernel.moving(output.count, name, scratchBytes: sizeSum(permutedBytes(node), sizeSum(tables, rows)))
    kernel.pitches = Kernel.pitchedOutput
    return kernel
  }

  @_optimize(size)
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    guard let output = node.optionalOutput(0), output.count > 0, let target = try Target(node) else { return }
    let mode = ResizeAttributes(node.attributes).mode
    let taps = ResizeAxis.taps(mode)
    let shape = output.shape
    let strides = input.shape.rowMajorStrides
    let positions = tableBytes(shape, taps: 1) / (MemoryLayout<Int>.stride + MemoryLayout<Float>.stride)
    let offsets = run.scratch(Int.self)
    let weights = run.scratch(Float.self, at: positions &* taps &* MemoryLayout<Int>.stride)
    let tables = tableBytes(shape, taps: taps)
    let permutedSize = permutedBytes(node)
    let isPermuted = permutedSize > 0 && output.pointee.pitch == shape[shape.rank - 1]
    let inner = (positions &- shape[shape.rank - 2]) &* taps
    let permuted = PermutedRow(pixels: shape[shape.rank - 2], channels: shape[shape.rank - 1], taps: taps, offsets: offsets + inner, weights: weights + inner,
      memory: run.scratch(UInt8.self, at: tables))
    try run.phase(1) { _ throws(Status) in
      var first = 0
      for axis in 1..<(shape.rank - 1) {
        let table = self.axis(node, target, axis)
        for position in 0..<shape[axis] {
          let entry = (first &+ position) &* taps
          table.write(position, stride: strides[axis], offsets: offsets + entry, weights: weights + entry)
        }
        first = first &+ shape[axis]
      }
      if isPermuted { permuted.fill() }
    }
    let sampler = Sampler(input: input, output: output, shape: shape, batchStride: strides[0], taps: taps, offsets: offsets, weights: weights,
      permuted: isPermuted ? permuted : nil)
    if mode == .nearest {
      try run.share(of: shape.product(0, shape.rank - 1)) { (begin, end) throws(Status) in sampler.copyPixels(begin, end) }
    } else {
      let mixed = run.scratch(Float.self, at: tables &+ permutedSize &+ run.threadIndex &* rowBytes(node))
      try run.share(of: shape.product(0, shape.rank - 2)) { (begin, end) throws(Status) in sampler.mixRows(begin, end, mixed) }
    }
  }

  private static func axis(_ node: NodeView, _ target: Target, _ axis: Int) -> ResizeAxis {
    let attributes = ResizeAttributes(node.attributes)
    return ResizeAxis(inputExtent: node.optionalInput(0)?.shape[axis] ?? 0, outputExtent: target.shape[axis], scale: target.scales[axis - 1],
      mode: attributes.mode, coordinates: attributes.coordinates, nearest: attributes.nearest, cubicCoefficient: attributes.cubicCoefficient,
      excludeOutside: attributes.excludeOutside)
  }

  /// Fills pixels of the output from tables of input offsets and weights.
  private struct Sampler {
    let input: TensorPointer
    let output: MutableTensorPointer
    let shape: Shape
    let batchStride: Int
    let taps: Int
    let offsets: UnsafePointer<Int>
    let weights: UnsafePointer<Float>
    let permuted: PermutedRow?

    init(input: TensorPointer, output: MutableTensorPointer, shape: Shape, batchStride: Int, taps: Int, offsets: UnsafeMutablePointer<Int>,
      weights: UnsafeMutablePointer<Float>, permuted: PermutedRow?) {
      self.input = input
      self.output = output
      self.shape = shape
      self.batchStride = batchStride
      self.taps = taps
      self.offsets = UnsafePointer(offsets)
      self.weights = UnsafePointer(weights)
      self.permuted = permuted
    }

    private var width: Int { shape[shape.rank - 2] }
    private var channels: Int { shape[shape.rank - 1] }
    /// Elements from a pixel of the output to the next.
    private var pitch: Int { output.pointee.pitch }
    /// Where the innermost axis begins in the tables.
    private var innerEntry: Int {
      var first = 0
      for axis in 1..<(shape.rank - 2) { first = first &+ shape[axis] }
      return first
    }

    /// The input offset that the batch gives to row `row`.
    private func batchOffset(_ row: Int) -> Int { row / max(shape.product(1, shape.rank - 2), 1) &* batchStride }

    /// Copies pixels `begin` ..< `end`, counted over batch and spatial dimensions.
    func copyPixels(_ begin: Int, _ end: Int) {
      let (size, width) = (input.type.size, width)
      let bytes = channels &* size
      let step = pitch &* size
      let inner = offsets + innerEntry
      var pixel = begin
      var previous = -1
      while pixel < end {
        let row = pixel / width
        var source = batchOffset(row)
        var rest = row
        var first = innerEntry
        var axis = shape.rank - 3
        while axis >= 1 {
          first = first &- shape[axis]
          source = source &+ offsets[first &+ rest % shape[axis]]
          rest = rest / shape[axis]
          axis -= 1
        }
        let from = input.address() + source &* size
        let stop = min(end, (row &+ 1) &* width)
        // The same input row as for a whole output row before this one.
        if source == previous && step == bytes && pixel == row &* width && pixel &- width >= begin {
          let to = output.address() + pixel &* bytes
          platform_copy(to, to - width &* bytes, (stop &- pixel) &* bytes)
          pixel = stop
          continue
        }
        previous = source
        var to = output.address() + pixel &* step
        var place = inner + (pixel &- row &* width)
        if bytes == 4 {
          for _ in pixel..<stop {
            to.storeBytes(of: from.loadUnaligned(fromByteOffset: place[0] &* 4, as: UInt32.self), as: UInt32.self)
            to += step
            place += 1
          }
        } else {
          for _ in pixel..<stop {
            copyBytes(from + place[0] &* size, to, bytes)
            to += step
            place += 1
          }
        }
        pixel = stop
      }
    }

    /// Mixes rows `begin` ..< `end` of pixels, counted over batch and outer spatial dimensions: first the input rows into `mixed`, which holds
    /// one of them, and then its pixels.
    func mixRows(_ begin: Int, _ end: Int, _ mixed: UnsafeMutablePointer<Float>) {
      var rowOffsets = InlineArray<16, Int>(repeating: 0)
      var rowWeights = InlineArray<16, Float>(repeating: 1)
      let source = input.elements(Float.self)
      let (inputRow, channels, width, pitch) = (input.shape[shape.rank - 2] &* channels, channels, width, pitch)
      let innerOffsets = offsets + innerEntry &* taps
      let innerWeights = weights + innerEntry &* taps
      for row in begin..<end {
        // Every combination of the outer axes' taps.
        var combinations = 1
        rowOffsets[0] = batchOffset(row)
        rowWeights[0] = 1
        var rest = row
        var entry = innerEntry
        var axis = shape.rank - 3
        while axis >= 1 {
          entry = entry &- shape[axis]
          let table = (entry &+ rest % shape[axis]) &* taps
          rest = rest / shape[axis]
          var old = combinations
          while old > 0 {
            old -= 1
            let (offset, weight) = (rowOffsets[old], rowWeights[old])
            for tap in 0..<taps {
              rowOffsets[old * taps + tap] = offset &+ offsets[table + tap]
              rowWeights[old * taps + tap] = weight * weights[table + tap]
            }
          }
          combinations *= taps
          axis -= 1
        }
        withUnsafePointer(to: &rowOffsets) { rowOffsets in
          withUnsafePointer(to: &rowWeights) { rowWeights in
            weightedSum(mixed, source, channels: inputRow, count: combinations,
              offsets: UnsafeRawPointer(rowOffsets).assumingMemoryBound(to: Int.self),
              weights: UnsafeRawPointer(rowWeights).assumingMemoryBound(to: Float.self))
          }
        }
        let result = output.elements(Float.self) + row &* width &* pitch
        if let permuted {
          permuted.mix(mixed, into: result)
        } else {
          weightedPixels(result, step: pitch, pixels: width, mixed, channels: channels, taps: taps, offsets: innerOffsets, weights: innerWeights)
        }
      }
    }
  }
}
