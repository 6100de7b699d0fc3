// SPDX-License-Identifier: Apache-2.0

/// `multiply` for few rows: b is read once, where it lies. No scratch.
func multiplyRowByRow(_ a: MatrixFactor, _ b: MatrixFactor, _ extents: ProductExtents, scale: Float,
  into result: UnsafeMutablePointer<Float>, stride: Int, accumulate: Bool) {
  for row in 0..<extents.rows {
    let left = a.dropping(rows: row)
    let target = result + row &* stride
    if b.transposed {
      dotColumns(left, b, extents, scale, target, accumulate)
    } else {
      addScaledRows(left, b, extents, scale, target, accumulate)
    }
  }
}

/// Columns whose sums stay in the first-level cache while rows of b stream by.
private var columnBlock: Int { 2048 }

/// target = sum over k of a[k] b[k, :], four rows of b at a time.
private func addScaledRows(_ a: MatrixFactor, _ b: MatrixFactor, _ extents: ProductExtents, _ scale: Float,
  _ target: UnsafeMutablePointer<Float>, _ accumulate: Bool) {
  let step = a.columnStep
  var first = 0
  while first < extents.columns {
    let count = min(columnBlock, extents.columns &- first)
    let sums = target + first
    if !accumulate { sums.update(repeating: 0, count: count) }
    var k = 0
    while k &+ 4 <= extents.depth {
      let b0 = b.elements + (k &* b.stride &+ first)
      let b1 = b0 + b.stride
      let b2 = b1 + b.stride
      let b3 = b2 + b.stride
      let a0 = a.elements[k &* step] * scale
      let a1 = a.elements[(k &+ 1) &* step] * scale
      let a2 = a.elements[(k &+ 2) &* step] * scale
      let a3 = a.elements[(k &+ 3) &* step] * scale
      var j = 0
      while j &+ 8 <= count {
        let low = b0.lanes8(j) * a0 + b1.lanes8(j) * a1
        let high = b2.lanes8(j) * a2 + b3.lanes8(j) * a3
        sums.store8(sums.lanes8(j) + (low + high), j)
        j &+= 8
      }
      while j < count {
        sums[j] += (b0[j] * a0 + b1[j] * a1) + (b2[j] * a2 + b3[j] * a3)
        j &+= 1
      }
      k &+= 4
    }
    while k < extents.depth {
      let b0 = b.elements + (k &* b.stride &+ first)
      let a0 = a.elements[k &* step] * scale
      for j in 0..<count { sums[j] += b0[j] * a0 }
      k &+= 1
    }
    first &+= count
  }
}

/// target[j] = a . b[j, :], for b stored transposed.
private func dotColumns(_ a: MatrixFactor, _ b: MatrixFactor, _ extents: ProductExtents, _ scale: Float,
  _ target: UnsafeMutablePointer<Float>, _ accumulate: Bool) {
  for j in 0..<extents.columns {
    let right = b.elements + j &* b.stride
    let sum = a.columnStep == 1 ? dot(a.elements, right, extents.depth) : stridedDot(a.elements, a.columnStep, right, extents.depth)
    target[j] = accumulate ? target[j] + sum * scale : sum * scale
  }
}

@inline(__always)
private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
  var even = Lanes.zero
  var odd = Lanes.zero
  var k = 0
  while k &+ 2 &* Lanes.count <= count {
    even += Lanes(at: a + k) * Lanes(at: b + k)
    odd += Lanes(at: a + k + Lanes.count) * Lanes(at: b + k + Lanes.count)
    k &+= 2 &* Lanes.count
  }
  if k &+ Lanes.count <= count {
    even += Lanes(at: a + k) * Lanes(at: b + k)
    k &+= Lanes.count
  }
  var sum = (even + odd).total
  while k < count {
    sum += a[k] * b[k]
    k &+= 1
  }
  return sum
}

private func stridedDot(_ a: UnsafePointer<Float>, _ step: Int, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
  var sum: Float = 0
  for k in 0..<count { sum += a[k &* step] * b[k] }
  return sum
}
