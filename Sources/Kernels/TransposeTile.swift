// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FMA
import Platform
#endif

/// destination[b destinationStep + a] = source[a sourceStep + b] for a < width, b < height: a tile of a transpose.
@inline(never)
func transposeTile<Word: FixedWidthInteger & SIMDScalar>(
  _ source: UnsafePointer<Word>, _ sourceStep: Int, _ destination: UnsafeMutablePointer<Word>, _ destinationStep: Int, _ width: Int,
  _ height: Int
) {
  if width >= 4 && height >= 4 {
    // The destination's lines are used up one by one: a store waits for its line, loads do not wait for each other.
    eachFour(height) { b in
      eachFour(width) { a in
        transposeBlock(source + (a &* sourceStep &+ b), sourceStep, destination + (b &* destinationStep &+ a), destinationStep)
      }
    }
    return
  }
  // Two or three lines woven into one, or one parted into so many: channels of images and groups of channels.
  if height >= 4 && width == 2 && destinationStep == 2 { return weaveTwo(source, sourceStep, destination, height) }
  if height >= 4 && width == 3 && destinationStep == 3 { return weaveThree(source, sourceStep, destination, height) }
  if width >= 4 && height == 2 && sourceStep == 2 { return partTwo(source, destination, destinationStep, width) }
  if width >= 4 && height == 3 && sourceStep == 3 { return partThree(source, destination, destinationStep, width) }
  for b in 0..<height {
    for a in 0..<width { destination[b &* destinationStep &+ a] = source[a &* sourceStep &+ b] }
  }
}

/// `transposeTile` of floats, for tiles that stay in the cache.
@inline(never)
func transposeFloats(_ source: UnsafePointer<Float>, _ sourceStep: Int, _ destination: UnsafeMutablePointer<Float>, _ destinationStep: Int, _ width: Int,
  _ height: Int) {
  #if CORACLE_FMA
  if width >= Lanes.count && height >= 4 {
    // Lines of the source are read to their ends, as many as the vectors have lanes; the last may be those of the vector before.
    var a = 0
    while a < width {
      let first = min(a, width &- Lanes.count)
      eachFour(height) { b in
        platform_lines_transpose(source + (first &* sourceStep &+ b), sourceStep, destination + (b &* destinationStep &+ first), destinationStep)
      }
      a &+= Lanes.count
    }
    return
  }
  #endif
  transposeTile(UnsafeRawPointer(source).assumingMemoryBound(to: UInt32.self), sourceStep,
    UnsafeMutableRawPointer(destination).assumingMemoryBound(to: UInt32.self), destinationStep, width, height)
}

/// Calls `body` with the starts of fours that cover `count`, at least 4; the last may overlap the one before.
@inline(__always)
private func eachFour(_ count: Int, _ body: (Int) -> Void) {
  var index = 0
  while index < count &- 4 {
    body(index)
    index = index &+ 4
  }
  body(count &- 4)
}

/// A block of 4 x 4.
@inline(__always)
private func transposeBlock<Word: FixedWidthInteger & SIMDScalar>(
  _ source: UnsafePointer<Word>, _ sourceStep: Int, _ destination: UnsafeMutablePointer<Word>, _ destinationStep: Int
) {
  let (r0, r1) = (load(source), load(source + sourceStep))
  let (r2, r3) = (load(source + 2 &* sourceStep), load(source + 3 &* sourceStep))
  store(SIMD4(r0.x, r1.x, r2.x, r3.x), destination)
  store(SIMD4(r0.y, r1.y, r2.y, r3.y), destination + destinationStep)
  store(SIMD4(r0.z, r1.z, r2.z, r3.z), destination + 2 &* destinationStep)
  store(SIMD4(r0.w, r1.w, r2.w, r3.w), destination + 3 &* destinationStep)
}

/// to[2 i] = from[i], to[2 i + 1] = from[step + i] for i < count, at least 4.
@inline(__always)
private func weaveTwo<Word: FixedWidthInteger & SIMDScalar>(
  _ from: UnsafePointer<Word>, _ step: Int, _ to: UnsafeMutablePointer<Word>, _ count: Int
) {
  eachFour(count) { index in
    let (a, b) = (load(from + index), load(from + (step &+ index)))
    store(SIMD4(a.x, b.x, a.y, b.y), to + 2 &* index)
    store(SIMD4(a.z, b.z, a.w, b.w), to + (2 &* index &+ 4))
  }
}

/// to[3 i + k] = from[k step + i] for i < count, at least 4.
@inline(__always)
private func weaveThree<Word: FixedWidthInteger & SIMDScalar>(
  _ from: UnsafePointer<Word>, _ step: Int, _ to: UnsafeMutablePointer<Word>, _ count: Int
) {
  eachFour(count) { index in
    let (a, b, c) = (load(from + index), load(from + (step &+ index)), load(from + (2 &* step &+ index)))
    store(SIMD4(a.x, b.x, c.x, a.y), to + 3 &* index)
    store(SIMD4(b.y, c.y, a.z, b.z), to + (3 &* index &+ 4))
    store(SIMD4(c.z, a.w, b.w, c.w), to + (3 &* index &+ 8))
  }
}

/// to[i] = from[2 i], to[step + i] = from[2 i + 1] for i < count, at least 4.
@inline(__always)
private func partTwo<Word: FixedWidthInteger & SIMDScalar>(
  _ from: UnsafePointer<Word>, _ to: UnsafeMutablePointer<Word>, _ step: Int, _ count: Int
) {
  eachFour(count) { index in
    let (a, b) = (load(from + 2 &* index), load(from + (2 &* index &+ 4)))
    store(SIMD4(a.x, a.z, b.x, b.z), to + index)
    store(SIMD4(a.y, a.w, b.y, b.w), to + (step &+ index))
  }
}

/// to[k step + i] = from[3 i + k] for i < count, at least 4.
@inline(__always)
private func partThree<Word: FixedWidthInteger & SIMDScalar>(
  _ from: UnsafePointer<Word>, _ to: UnsafeMutablePointer<Word>, _ step: Int, _ count: Int
) {
  eachFour(count) { index in
    let (a, b, c) = (load(from + 3 &* index), load(from + (3 &* index &+ 4)), load(from + (3 &* index &+ 8)))
    store(SIMD4(a.x, a.w, b.z, c.y), to + index)
    store(SIMD4(a.y, b.x, b.w, c.z), to + (step &+ index))
    store(SIMD4(a.z, b.y, c.x, c.w), to + (2 &* step &+ index))
  }
}

/// to[2 i] = a[i], to[2 i + 1] = b[i] for i < count.
package func interleave(_ a: UnsafePointer<UInt32>, _ b: UnsafePointer<UInt32>, _ count: Int, into to: UnsafeMutablePointer<UInt32>) {
  var index = 0
  while index &+ 4 <= count {
    let (x, y) = (load(a + index), load(b + index))
    store(SIMD4(x[0], y[0], x[1], y[1]), to + 2 &* index)
    store(SIMD4(x[2], y[2], x[3], y[3]), to + (2 &* index &+ 4))
    index = index &+ 4
  }
  while index < count {
    to[2 &* index] = a[index]
    to[2 &* index &+ 1] = b[index]
    index = index &+ 1
  }
}

@inline(__always)
private func load<Word: FixedWidthInteger & SIMDScalar>(_ from: UnsafePointer<Word>) -> SIMD4<Word> {
  UnsafeRawPointer(from).loadUnaligned(as: SIMD4<Word>.self)
}

@inline(__always)
private func store<Word: FixedWidthInteger & SIMDScalar>(_ values: SIMD4<Word>, _ to: UnsafeMutablePointer<Word>) {
  UnsafeMutableRawPointer(to).storeBytes(of: values, as: SIMD4<Word>.self)
}
