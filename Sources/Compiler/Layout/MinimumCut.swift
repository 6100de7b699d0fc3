// SPDX-License-Identifier: Apache-2.0

/// The cheapest way to divide vertices between two sides (maximum flow by Dinic's algorithm, 1970; minimum cut by Ford and Fulkerson).
struct MinimumCut {
  static let unlimited = 1 << 52

  private var heads: [Int] = []
  private var capacities: [Int] = []
  private var edges: [[Int]] = []
  let source = 0
  let sink = 1

  init() { edges = [[], []] }

  mutating func addVertex() -> Int {
    edges.append([])
    return edges.count - 1
  }

  /// `capacity` is paid where `from` is on the source's side and `to` on the sink's.
  mutating func addEdge(_ from: Int, _ to: Int, _ capacity: Int) {
    edges[from].append(heads.count)
    heads.append(to)
    capacities.append(capacity)
    edges[to].append(heads.count)
    heads.append(from)
    capacities.append(0)
  }

  /// `capacity` is paid once where not all of `members` are on one side.
  mutating func addNet(_ members: [Int], _ capacity: Int) {
    guard members.count > 1 else { return }
    if members.count == 2 {
      addEdge(members[0], members[1], capacity)
      addEdge(members[1], members[0], capacity)
      return
    }
    let (gather, spread) = (addVertex(), addVertex())
    addEdge(gather, spread, capacity)
    for member in members {
      addEdge(member, gather, MinimumCut.unlimited)
      addEdge(spread, member, MinimumCut.unlimited)
    }
  }

  /// Solves, and says of each vertex whether it is on the source's side; of equal cuts the one nearest to the sink.
  mutating func solve() -> [Bool] {
    while true {
      let levels = levels()
      guard levels[sink] >= 0 else { break }
      var next = [Int](repeating: 0, count: edges.count)
      while augment(levels, &next) {}
    }
    // What can still reach the sink is on its side.
    var reaches = [Bool](repeating: false, count: edges.count)
    reaches[sink] = true
    var queue = [sink]
    while let vertex = queue.popLast() {
      for edge in edges[vertex] where capacities[edge ^ 1] > 0 && !reaches[heads[edge]] {
        reaches[heads[edge]] = true
        queue.append(heads[edge])
      }
    }
    return reaches.map { !$0 }
  }

  private func levels() -> [Int] {
    var levels = [Int](repeating: -1, count: edges.count)
    levels[source] = 0
    var queue = [source]
    var position = 0
    while position < queue.count {
      let vertex = queue[position]
      position += 1
      for edge in edges[vertex] where capacities[edge] > 0 && levels[heads[edge]] < 0 {
        levels[heads[edge]] = levels[vertex] + 1
        queue.append(heads[edge])
      }
    }
    return levels
  }

  /// Finds one path along rising levels and fills it; false where there is none. Depth-first without recursion: paths can be long.
  private mutating func augment(_ levels: [Int], _ next: inout [Int]) -> Bool {
    var path: [Int] = []
    var vertex = source
    while vertex != sink {
      if next[vertex] < edges[vertex].count {
        let edge = edges[vertex][next[vertex]]
        if capacities[edge] > 0 && levels[heads[edge]] == levels[vertex] + 1 {
          path.append(edge)
          vertex = heads[edge]
        } else {
          next[vertex] += 1
        }
      } else {
        guard let last = path.popLast() else { return false }
        vertex = heads[last ^ 1]
        next[vertex] += 1
      }
    }
    let amount = path.map { capacities[$0] }.min() ?? 0
    for edge in path {
      capacities[edge] -= amount
      capacities[edge ^ 1] += amount
    }
    return true
  }
}
