// SPDX-License-Identifier: Apache-2.0

/// How one line of taps is added to the sums of four neighbouring windows.
///
/// `line` is the input under tap 0 of the first window; the weights of two taps lie as far apart as a block has channels.
protocol DepthwiseLine {
  var taps: Int { get }

  /// sums += line * weights for one vector of channels.
  func add<Source: DepthwiseSource>(_ line: UnsafePointer<Float>, _ source: Source, _ weights: UnsafePointer<Float>,
    to sums: inout DepthwiseColumns)

  /// The same for a pair of vectors.
  func add<Source: DepthwiseSource>(_ line: UnsafePointer<Float>, _ source: Source, _ weights: UnsafePointer<Float>,
    to low: inout DepthwiseColumns, _ high: inout DepthwiseColumns)
}

/// Compile-time extents of a line without dilation.
protocol DepthwiseExtents {
  static var taps: Int { get }
  static var stride: Int { get }
}

enum Taps3Stride1: DepthwiseExtents {
  @inline(always) static var taps: Int { 3 }
  @inline(always) static var stride: Int { 1 }
}

enum Taps3Stride2: DepthwiseExtents {
  @inline(always) static var taps: Int { 3 }
  @inline(always) static var stride: Int { 2 }
}

enum Taps5Stride1: DepthwiseExtents {
  @inline(always) static var taps: Int { 5 }
  @inline(always) static var stride: Int { 1 }
}

enum Taps5Stride2: DepthwiseExtents {
  @inline(always) static var taps: Int { 5 }
  @inline(always) static var stride: Int { 2 }
}

enum Taps7Stride1: DepthwiseExtents {
  @inline(always) static var taps: Int { 7 }
  @inline(always) static var stride: Int { 1 }
}

enum Taps7Stride2: DepthwiseExtents {
  @inline(always) static var taps: Int { 7 }
  @inline(always) static var stride: Int { 2 }
}

/// A line without dilation: an input column is loaded once and slides through the windows that it lies in.
///
/// At most seven taps, which are unrolled: the columns of a phase stay in four registers.
struct UnrolledLine<Extents: DepthwiseExtents>: DepthwiseLine {
  @inline(always)
  var taps: Int { Extents.taps }

  @inline(always)
  func add<Source: DepthwiseSource>(_ line: UnsafePointer<Float>, _ source: Source, _ weights: UnsafePointer<Float>,
    to sums: inout DepthwiseColumns) {
    addPhase(0, line, source, 0, weights, Lanes.count, &sums)
    if Extents.stride == 2 { addPhase(1, line, source, 0, weights, Lanes.count, &sums) }
  }

  @inline(always)
  func add<Source: DepthwiseSource>(_ line: UnsafePointer<Float>, _ source: Source, _ weights: UnsafePointer<Float>,
    to low: inout DepthwiseColumns, _ high: inout DepthwiseColumns) {
    addPhase(0, line, source, 0, weights, 2 &* Lanes.count, &low)
    if Extents.stride == 2 { addPhase(1, line, source, 0, weights, 2 &* Lanes.count, &low) }
    addPhase(0, line, source, 1, weights, 2 &* Lanes.count, &high)
    if Extents.stride == 2 { addPhase(1, line, source, 1, weights, 2 &* Lanes.count, &high) }
  }

  /// Taps `phase`, `phase` + stride, and so on: each sees the columns of the one before it, moved by a window.
  ///
  /// Written out, since the compiler moves the sums of an unrolled loop behind all of its loads, which do not fit the registers.
  @inline(always)
  private func addPhase<Source: DepthwiseSource>(_ phase: Int, _ line: UnsafePointer<Float>, _ source: Source, _ vector: Int,
    _ weights: UnsafePointer<Float>, _ weightStep: Int, _ sums: inout DepthwiseColumns) {
    let stride = Extents.stride
    let weights = weights + (phase &* weightStep &+ vector &* Lanes.count)
    let weightStep = stride &* weightStep
    var x0 = Lanes(at: source.column(phase, line, vector))
    var x1 = Lanes(at: source.column(phase &+ stride, line, vector))
    var x2 = Lanes(at: source.column(phase &+ 2 &* stride, line, vector))
    var x3 = Lanes(at: source.column(phase &+ 3 &* stride, line, vector))
    let w0 = Lanes(at: weights)
    sums.a = sums.a.multiplyAdd(x0, w0)
    sums.b = sums.b.multiplyAdd(x1, w0)
    sums.c = sums.c.multiplyAdd(x2, w0)
    sums.d = sums.d.multiplyAdd(x3, w0)
    if phase &+ stride < Extents.taps {
      let weight = Lanes(at: weights + weightStep)
      x0 = Lanes(at: source.column(phase &+ 4 &* stride, line, vector))
      sums.a = sums.a.multiplyAdd(x1, weight)
      sums.b = sums.b.multiplyAdd(x2, weight)
      sums.c = sums.c.multiplyAdd(x3, weight)
      sums.d = sums.d.multiplyAdd(x0, weight)
    }
    if phase &+ 2 &* stride < Extents.taps {
      let weight = Lanes(at: weights + 2 &* weightStep)
      x1 = Lanes(at: source.column(phase &+ 5 &* stride, line, vector))
      sums.a = sums.a.multiplyAdd(x2, weight)
      sums.b = sums.b.multiplyAdd(x3, weight)
      sums.c = sums.c.multiplyAdd(x0, weight)
      sums.d = sums.d.multiplyAdd(x1, weight)
    }
    if phase &+ 3 &* stride < Extents.taps {
      let weight = Lanes(at: weights + 3 &* weightStep)
      x2 = Lanes(at: source.column(phase &+ 6 &* stride, line, vector))
      sums.a = sums.a.multiplyAdd(x3, weight)
      sums.b = sums.b.multiplyAdd(x0, weight)
      sums.c = sums.c.multiplyAdd(x1, weight)
      sums.d = sums.d.multiplyAdd(x2, weight)
    }
    if phase &+ 4 &* stride < Extents.taps {
      let weight = Lanes(at: weights + 4 &* weightStep)
      x3 = Lanes(at: source.column(phase &+ 7 &* stride, line, vector))
      sums.a = sums.a.multiplyAdd(x0, weight)
      sums.b = sums.b.multiplyAdd(x1, weight)
      sums.c = sums.c.multiplyAdd(x2, weight)
      sums.d = sums.d.multiplyAdd(x3, weight)
    }
    if phase &+ 5 &* stride < Extents.taps {
      let weight = Lanes(at: weights + 5 &* weightStep)
      x0 = Lanes(at: source.column(phase &+ 8 &* stride, line, vector))
      sums.a = sums.a.multiplyAdd(x1, weight)
      sums.b = sums.b.multiplyAdd(x2, weight)
      sums.c = sums.c.multiplyAdd(x3, weight)
      sums.d = sums.d.multiplyAdd(x0, weight)
    }
    if phase &+ 6 &* stride < Extents.taps {
      let weight = Lanes(at: weights + 6 &* weightStep)
      x1 = Lanes(at: source.column(phase &+ 9 &* stride, line, vector))
      sums.a = sums.a.multiplyAdd(x2, weight)
      sums.b = sums.b.multiplyAdd(x3, weight)
      sums.c = sums.c.multiplyAdd(x0, weight)
      sums.d = sums.d.multiplyAdd(x1, weight)
    }
  }
}

/// A line of any extent, stride and dilation, a tap at a time.
struct GeneralLine: DepthwiseLine {
  let taps, stride, dilation: Int

  @inline(always)
  func add<Source: DepthwiseSource>(_ line: UnsafePointer<Float>, _ source: Source, _ weights: UnsafePointer<Float>,
    to sums: inout DepthwiseColumns) {
    var weights = weights
    var column = 0
    var tap = taps
    while tap > 0 {
      let weight = Lanes(at: weights)
      sums.a = sums.a.multiplyAdd(Lanes(at: source.column(column, line, 0)), weight)
      sums.b = sums.b.multiplyAdd(Lanes(at: source.column(column &+ stride, line, 0)), weight)
      sums.c = sums.c.multiplyAdd(Lanes(at: source.column(column &+ 2 &* stride, line, 0)), weight)
      sums.d = sums.d.multiplyAdd(Lanes(at: source.column(column &+ 3 &* stride, line, 0)), weight)
      column = column &+ dilation
      weights += Lanes.count
      tap = tap &- 1
    }
  }

  @inline(always)
  func add<Source: DepthwiseSource>(_ line: UnsafePointer<Float>, _ source: Source, _ weights: UnsafePointer<Float>,
    to low: inout DepthwiseColumns, _ high: inout DepthwiseColumns) {
    var weights = weights
    var column = 0
    var tap = taps
    while tap > 0 {
      let lowWeight = Lanes(at: weights)
      let highWeight = Lanes(at: weights + Lanes.count)
      let a = source.column(column, line, 0)
      let b = source.column(column &+ stride, line, 0)
      let c = source.column(column &+ 2 &* stride, line, 0)
      let d = source.column(column &+ 3 &* stride, line, 0)
      low.a = low.a.multiplyAdd(Lanes(at: a), lowWeight)
      high.a = high.a.multiplyAdd(Lanes(at: a + Lanes.count), highWeight)
      low.b = low.b.multiplyAdd(Lanes(at: b), lowWeight)
      high.b = high.b.multiplyAdd(Lanes(at: b + Lanes.count), highWeight)
      low.c = low.c.multiplyAdd(Lanes(at: c), lowWeight)
      high.c = high.c.multiplyAdd(Lanes(at: c + Lanes.count), highWeight)
      low.d = low.d.multiplyAdd(Lanes(at: d), lowWeight)
      high.d = high.d.multiplyAdd(Lanes(at: d + Lanes.count), highWeight)
      column = column &+ dilation
      weights += 2 &* Lanes.count
      tap = tap &- 1
    }
  }
}
