// Arithmetic on sizes whose factors a file or a caller names: with 32-bit integers they overflow long before memory ends.
// SPDX-License-Identifier: Apache-2.0

/// More than any memory, and refused wherever memory is asked for; twice it is still an Int.
package var beyondMemory: Int { Int.max / 2 }

/// a b of sizes, none of them negative; `beyondMemory` where that is less.
package func sizeProduct(_ a: Int, _ b: Int) -> Int {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  return overflow ? beyondMemory : min(product, beyondMemory)
}

/// a + b of sizes, none of them negative; `beyondMemory` where that is less.
package func sizeSum(_ a: Int, _ b: Int) -> Int { min(min(a, beyondMemory) &+ min(b, beyondMemory), beyondMemory) }

/// The start of part `part` of `parts` (below 32768) of 0 ..< count: count part / parts, without the product.
package func partStart(_ part: Int, of parts: Int, _ count: Int) -> Int {
  count / parts &* part &+ count % parts &* part / parts
}
