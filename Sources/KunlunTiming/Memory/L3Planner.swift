// Which activation buffers get how much of the memory on the chip. SPDX-License-Identifier: Apache-2.0

/// Grants each block one of the sizes that were asked of it, so that the most bytes of requests are served on the chip: a knapsack with a choice of
/// sizes for each block (the card's framework plans so after a first run that records the requests).
package enum L3Planner {
  /// Sizes that were asked of a buffer which several tensors use one after the other, in bytes.
  package typealias Requests = [Double]

  /// Bytes granted to each block, 0 for those that stay in global memory; their sum is at most `capacity`.
  ///
  /// The value of a size is the sum of the requests that it serves. Lists of (bytes granted, bytes served) are merged block by block; of two entries
  /// the one that grants more and serves no more is dropped, which keeps the best plan. Where more than `mostEntries` are left, which needs dozens of
  /// blocks of unlike sizes, those are kept that serve the most, and the plan may be short of the best.
  package static func plan(_ blocks: [Requests], capacity: Double, mostEntries: Int = 4_000) -> [Double] {
    var lists: [[Entry]] = [[Entry(granted: 0, served: 0, previous: 0, choice: 0)]]
    for requests in blocks {
      var merged: [Entry] = []
      for (index, entry) in (lists.last ?? []).enumerated() {
        merged.append(Entry(granted: entry.granted, served: entry.served, previous: index, choice: 0))
        for size in Set(requests) where size > 0 && entry.granted + size <= capacity {
          let served = requests.reduce(0) { $1 <= size ? $0 + $1 : $0 }
          merged.append(Entry(granted: entry.granted + size, served: entry.served + served, previous: index, choice: size))
        }
      }
      merged.sort { ($0.granted, -$0.served) < ($1.granted, -$1.served) }
      var front: [Entry] = []
      for entry in merged where front.last.map({ entry.served > $0.served }) ?? true { front.append(entry) }
      lists.append(Array(front.suffix(mostEntries)))
    }
    var granted = [Double](repeating: 0, count: blocks.count)
    // Both figures rise along a list, so that its last entry serves the most.
    var place = (lists.last?.count ?? 1) - 1
    for index in blocks.indices.reversed() {
      granted[index] = lists[index + 1][place].choice
      place = lists[index + 1][place].previous
    }
    return granted
  }

  private struct Entry {
    var granted, served: Double
    /// The entry of the list before that this one extends.
    var previous: Int
    /// Bytes granted to the list's block.
    var choice: Double
  }
}
