// SPDX-License-Identifier: Apache-2.0

/// Sorts `count` numbers in place so that `precedes`, a strict total order, holds between neighbours. Needs no memory; n log n.
@inline(__always)
package func heapSort(_ items: UnsafeMutablePointer<Int>, _ count: Int, _ precedes: (Int, Int) -> Bool) {
  makeHeap(items, count, precedes)
  var size = count
  while size > 1 {
    size -= 1
    let last = items[size]
    items[size] = items[0]
    items[0] = last
    siftDown(items, 0, size, precedes)
  }
}

/// Makes a heap of `count` items, whose root comes last in the order.
@inline(__always)
package func makeHeap(_ items: UnsafeMutablePointer<Int>, _ count: Int, _ precedes: (Int, Int) -> Bool) {
  var root = count / 2
  while root > 0 {
    root -= 1
    siftDown(items, root, count, precedes)
  }
}

/// Restores a heap of `count` items, whose root comes last in the order, after item `start` has changed.
@inline(__always)
package func siftDown(_ heap: UnsafeMutablePointer<Int>, _ start: Int, _ count: Int, _ precedes: (Int, Int) -> Bool) {
  guard start < count else { return }
  let moving = heap[start]
  var parent = start
  while true {
    var child = 2 &* parent &+ 1
    if child >= count { break }
    if child &+ 1 < count && precedes(heap[child], heap[child &+ 1]) { child = child &+ 1 }
    if !precedes(moving, heap[child]) { break }
    heap[parent] = heap[child]
    parent = child
  }
  heap[parent] = moving
}
