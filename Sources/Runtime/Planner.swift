// The memory planner: offsets in one arena for storages that live from a first to a last step.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Tensors

/// Working tables, one element a tensor.
struct PlannerTables {
  let order: UnsafeMutablePointer<Int>
  let placed: UnsafeMutablePointer<Int>
  let offsets: UnsafeMutablePointer<Int>

  init(_ block: inout Block, _ count: Int) {
    order = block.take(Int.self, count)
    placed = block.take(Int.self, count)
    offsets = block.take(Int.self, count)
  }
}

/// In which order storages are given their places (greedy by size: Pisarchyk & Lee 2020, arXiv:2001.03288).
private enum PlacingOrder: UInt8 {
  case size = 0, sizeTimesLife = 1, firstUse = 2
}

extension Session {
  func alignedBytes(_ storage: Int) -> Int { (states[storage].byteCount + 63) & ~63 }

  /// Whether two storages are in use at the same step.
  private func meet(_ a: Int, _ b: Int) -> Bool { states[a].first <= states[b].last && states[b].first <= states[a].last }

  /// Gives every storage of the arena its offset: the file's if they are sound for these shapes, else the best of several greedy
  /// orders. Returns the bytes of the arena.
  func planArena() -> Int {
    var count = 0
    for index in 0..<tensorCount
    where states[index].storage == index && states[index].place == Int(CORACLE_PLACE_ARENA) && states[index].byteCount > 0 {
      planner.order[count] = index
      count += 1
    }
    if let bytes = storedPlan(count) { return bytes }
    var best = Int.max
    for rawOrder in 0..<UInt8(count <= 2000 ? 3 : 1) {
      guard let order = PlacingOrder(rawValue: rawOrder) else { continue }
      sort(count, order)
      let bytes = place(count)
      guard bytes < best else { continue }
      best = bytes
      for index in 0..<count { states[planner.order[index]].offset = planner.offsets[planner.order[index]] }
    }
    return best
  }

  /// The file's offsets, if no two storages that meet overlap.
  private func storedPlan(_ count: Int) -> Int? {
    let arena = Int(clamping: model.pointee.file.arenaBytes)
    guard arena > 0, arena < beyondMemory, count <= 2000 else { return nil }
    for position in 0..<count {
      let storage = planner.order[position]
      let offset = Int(clamping: model.pointee.plannedOffset(storage))
      guard offset >= 0, offset % 64 == 0, alignedBytes(storage) <= arena, offset <= arena - alignedBytes(storage) else { return nil }
      planner.offsets[storage] = offset
      for earlier in 0..<position {
        let other = planner.order[earlier]
        let disjoint = offset + alignedBytes(storage) <= planner.offsets[other] || planner.offsets[other] + alignedBytes(other) <= offset
        guard disjoint || !meet(storage, other) else { return nil }
      }
    }
    for position in 0..<count { states[planner.order[position]].offset = planner.offsets[planner.order[position]] }
    return arena
  }

  private func comesBefore(_ a: Int, _ b: Int, _ order: PlacingOrder) -> Bool {
    let (left, right) = switch order {
    case .size: (states[a].byteCount, states[b].byteCount)
    case .sizeTimesLife:
      (sizeProduct(states[a].byteCount / 64, states[a].last - states[a].first + 1), sizeProduct(states[b].byteCount / 64, states[b].last - states[b].first + 1))
    case .firstUse: (-states[a].first, -states[b].first)
    }
    return left != right ? left > right : a < b
  }

  /// Heapsort of `planner.order`, so that the worst case stays small whatever the file says.
  private func sort(_ count: Int, _ order: PlacingOrder) {
    let items = planner.order
    func sift(_ start: Int, _ end: Int) {
      var parent = start
      while 2 * parent + 1 < end {
        var child = 2 * parent + 1
        if child + 1 < end && comesBefore(items[child], items[child + 1], order) { child += 1 }
        guard comesBefore(items[parent], items[child], order) else { return }
        (items[parent], items[child]) = (items[child], items[parent])
        parent = child
      }
    }
    for start in stride(from: count / 2 - 1, through: 0, by: -1) { sift(start, count) }
    for end in stride(from: count - 1, to: 0, by: -1) {
      (items[0], items[end]) = (items[end], items[0])
      sift(0, end)
    }
  }

  /// Places storages in the sorted order, each at the lowest offset where it meets nothing. Returns the arena's bytes.
  private func place(_ count: Int) -> Int {
    var arena = 0
    for position in 0..<count {
      let storage = planner.order[position]
      let bytes = alignedBytes(storage)
      var offset = 0
      // `placed` is sorted by offset: walk the gaps.
      for index in 0..<position {
        let other = planner.placed[index]
        guard meet(storage, other) else { continue }
        if planner.offsets[other] - offset >= bytes { break }
        offset = max(offset, planner.offsets[other] + alignedBytes(other))
      }
      // Far above any memory, far below an overflow: the budget or the allocator will refuse it.
      if offset > beyondMemory { return beyondMemory }
      planner.offsets[storage] = offset
      arena = max(arena, offset + bytes)
      var slot = position
      while slot > 0 && planner.offsets[planner.placed[slot - 1]] > offset {
        planner.placed[slot] = planner.placed[slot - 1]
        slot -= 1
      }
      planner.placed[slot] = storage
    }
    return arena
  }
}
