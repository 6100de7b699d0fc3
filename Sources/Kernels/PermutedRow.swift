// SPDX-License-Identifier: Apache-2.0
import Platform

/// How the pixels of a row with few channels are mixed by vectors where the row is not made shorter: what the floats of one vector are mixed from
/// then lies within one vector of the input, for each tap.
package struct PermutedRow {
  private let floats, channels, taps: Int
  private let offsets: UnsafePointer<Int>
  private let weights: UnsafePointer<Float>
  /// For each vector of the result: which floats it takes of a vector of the input, as integers, and its weights for each tap.
  private let table: UnsafeMutablePointer<Float>
  /// Where these vectors of the input begin; -1 where there is none.
  private let starts: UnsafeMutablePointer<Int>

  /// Whether rows of `pixels` pixels, made from `inputPixels`, have vectors enough and floats that lie close enough together.
  package static func suits(pixels: Int, from inputPixels: Int, channels: Int) -> Bool {
    hasWideVectors && channels >= 1 && channels <= 4 && pixels >= Lanes.count && pixels >= inputPixels
  }

  /// Bytes of the tables of rows of `floats` floats.
  package static func tableBytes(floats: Int, taps: Int) -> Int { vectors(floats) &* ((1 &+ taps) &* Lanes.count &* 4 &+ MemoryLayout<Int>.stride) }

  /// Floats behind the input's last that are read, whatever they are.
  package static func spareFloats(channels: Int, taps: Int) -> Int { Lanes.count &+ taps &* channels }

  private static func vectors(_ floats: Int) -> Int { (floats &+ Lanes.count &- 1) / Lanes.count }

  /// Rows of `pixels` pixels, pixel p by its `taps` offsets and weights from p taps on, as `weightedPixels` takes them; `memory` has `tableBytes`.
  package init(pixels: Int, channels: Int, taps: Int, offsets: UnsafePointer<Int>, weights: UnsafePointer<Float>, memory: UnsafeMutableRawPointer) {
    floats = pixels &* channels
    (self.channels, self.taps, self.offsets, self.weights) = (channels, taps, offsets, weights)
    starts = memory.assumingMemoryBound(to: Int.self)
    table = (memory + PermutedRow.vectors(floats) &* MemoryLayout<Int>.stride).assumingMemoryBound(to: Float.self)
  }

  /// The first float of vector `index`; the last overlaps the one before it.
  @inline(__always)
  private func first(_ index: Int) -> Int { min(index &* Lanes.count, floats &- Lanes.count) }

  /// Where float `index` of the result finds its input for tap `tap`.
  @inline(__always)
  private func place(_ index: Int, _ tap: Int) -> Int { offsets[index / channels &* taps &+ tap] &+ index % channels }

  /// Fills the tables; once, before `mix`.
  @_optimize(size)
  package func fill() {
    for vector in 0..<PermutedRow.vectors(floats) {
      let first = first(vector)
      var (low, high, isRegular) = (Int.max, 0, true)
      for index in first..<(first &+ Lanes.count) {
        let start = place(index, 0)
        (low, high) = (min(low, start), max(high, start))
        // Not so at the edges, where taps come together.
        for tap in 1..<max(taps, 1) { isRegular = isRegular && place(index, tap) == start &+ tap &* channels }
      }
      starts[vector] = isRegular && high &- low < Lanes.count ? low : -1
      let record = table + vector &* (1 &+ taps) &* Lanes.count
      for lane in 0..<Lanes.count {
        let index = first &+ lane
        record[lane] = Float(bitPattern: UInt32(truncatingIfNeeded: place(index, 0) &- low))
        for tap in 0..<taps { record[(1 &+ tap) &* Lanes.count &+ lane] = weights[index / channels &* taps &+ tap] }
      }
    }
  }

  /// Mixes a row of `source`, which has `spareFloats` more.
  package func mix(_ source: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) {
    if taps == 2 { mix(source, into: result, taps: 2) } else { mix(source, into: result, taps: taps) }
  }

  /// The same; a literal number of taps lets the compiler write them out.
  @inline(__always)
  private func mix(_ source: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, taps: Int) {
    var record = UnsafePointer(table)
    for vector in 0..<PermutedRow.vectors(floats) {
      let (start, first) = (starts[vector], first(vector))
      if start >= 0 {
        let numbers = Lanes(at: record).bits
        var sum = platform_lanes_choose(source + start, numbers) * Lanes(at: record + Lanes.count)
        for tap in 1..<max(taps, 1) {
          // Rounded as `weightedPixels` does it, which computes the same row where its pixels lie apart.
          let input = platform_lanes_choose(source + (start &+ tap &* channels), numbers)
          sum += input * Lanes(at: record + (1 &+ tap) &* Lanes.count)
        }
        sum.store(to: result + first)
      } else {
        mixApart(source, into: result, first: first)
      }
      record += (1 &+ taps) &* Lanes.count
    }
  }

  /// The floats of one vector, one by one.
  @inline(never)
  private func mixApart(_ source: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, first: Int) {
    for index in first..<(first &+ Lanes.count) {
      var sum: Float = 0
      for tap in 0..<taps { sum += source[place(index, tap)] * weights[index / channels &* taps &+ tap] }
      result[index] = sum
    }
  }
}
