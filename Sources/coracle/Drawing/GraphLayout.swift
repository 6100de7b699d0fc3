// Places for the nodes of a directed graph, layer by layer. SPDX-License-Identifier: Apache-2.0
// Method: Sugiyama, Tagawa and Toda 1981 (layers by longest path, order by barycentres); positions by isotonic regression.

/// A graph to be drawn: boxes with sizes, and edges from an earlier box to a later one.
struct GraphLayout {
  struct Box {
    let width: Double
    let height: Double
    /// The middle of the top edge, once laid out.
    var x = 0.0
    var y = 0.0
  }
  struct Edge {
    let from: Int
    let to: Int
    /// Points from the bottom of `from` to the top of `to`; a pair of points a layer that is passed.
    var points: [(x: Double, y: Double)] = []
  }

  private(set) var boxes: [Box]
  private(set) var edges: [Edge]
  private(set) var width = 0.0
  private(set) var height = 0.0

  private static let layerGap = 34.0
  private static let boxGap = 22.0
  private static let wireGap = 14.0

  /// Lays out; `boxes` must stand in an order in which every edge points forward. `anchors` are the boxes that stay at the top.
  init(boxes: [Box], edges: [Edge], anchors: Set<Int>) {
    self.boxes = boxes
    self.edges = edges
    var cells = makeLayers(anchors)
    order(&cells)
    position(&cells)
    readBack(cells)
  }

  /// A box, or the place where a long edge passes a layer.
  private struct Cell {
    let box: Int?
    let edge: Int?
    let layer: Int
    let width: Double
    var above: [Int] = []
    var below: [Int] = []
    var rank = 0.0
    var x = 0.0
  }

  private struct Cells {
    var all: [Cell] = []
    var layers: [[Int]] = []
  }

  /// Longest path from the top; what depends on no graph input moves down to just above its first reader.
  private func makeLayers(_ anchors: Set<Int>) -> Cells {
    var layer = [Int](repeating: 0, count: boxes.count)
    var isAnchored = boxes.indices.map(anchors.contains)
    var readers = [[Int]](repeating: [], count: boxes.count)
    for edge in edges.sorted(by: { $0.to < $1.to }) {
      layer[edge.to] = max(layer[edge.to], layer[edge.from] + 1)
      isAnchored[edge.to] = isAnchored[edge.to] || isAnchored[edge.from]
      readers[edge.from].append(edge.to)
    }
    for box in boxes.indices.reversed() where !isAnchored[box] {
      if let first = readers[box].map({ layer[$0] }).min() { layer[box] = max(0, first - 1) }
    }
    var cells = Cells()
    cells.layers = Array(repeating: [], count: (layer.max() ?? 0) + 1)
    for box in boxes.indices {
      cells.layers[layer[box]].append(cells.all.count)
      cells.all.append(Cell(box: box, edge: nil, layer: layer[box], width: boxes[box].width))
    }
    for (index, edge) in edges.enumerated() {
      var previous = edge.from
      for between in layer[edge.from] + 1..<max(layer[edge.from] + 1, layer[edge.to]) {
        let cell = cells.all.count
        cells.layers[between].append(cell)
        cells.all.append(Cell(box: nil, edge: index, layer: between, width: 2))
        link(&cells, previous, cell)
        previous = cell
      }
      link(&cells, previous, edge.to)
    }
    return cells
  }

  private func link(_ cells: inout Cells, _ upper: Int, _ lower: Int) {
    cells.all[upper].below.append(lower)
    cells.all[lower].above.append(upper)
  }

  /// Sorts each layer by the mean place of the neighbours, downwards and upwards in turn; keeps the order with the fewest crossings.
  private func order(_ cells: inout Cells) {
    func rank(_ cells: inout Cells) {
      for layer in cells.layers {
        for (place, cell) in layer.enumerated() { cells.all[cell].rank = Double(place) - Double(layer.count - 1) / 2 }
      }
    }
    rank(&cells)
    var best = cells.layers
    var fewest = crossings(cells)
    for sweep in 0..<12 where fewest > 0 {
      let isDown = sweep % 2 == 0
      for layer in isDown ? Array(cells.layers.indices) : cells.layers.indices.reversed() {
        let keyed = cells.layers[layer].map { cell -> (cell: Int, key: Double) in
          let neighbours = isDown ? cells.all[cell].above : cells.all[cell].below
          guard !neighbours.isEmpty else { return (cell, cells.all[cell].rank) }
          return (cell, neighbours.reduce(0) { $0 + cells.all[$1].rank } / Double(neighbours.count))
        }
        // Equal keys keep their order, so that the drawing is the same every time.
        cells.layers[layer] = keyed.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }.map(\.element.cell)
        for (place, cell) in cells.layers[layer].enumerated() {
          cells.all[cell].rank = Double(place) - Double(cells.layers[layer].count - 1) / 2
        }
      }
      let count = crossings(cells)
      if count < fewest { (fewest, best) = (count, cells.layers) }
    }
    cells.layers = best
    rank(&cells)
  }

  private func crossings(_ cells: Cells) -> Int {
    var result = 0
    for layer in cells.layers where layer.count > 1 {
      let wires = layer.flatMap { cell in cells.all[cell].below.map { (cells.all[cell].rank, cells.all[$0].rank) } }
      guard wires.count < 2_000 else { continue }
      for first in wires.indices {
        for second in wires.indices.dropFirst(first + 1)
        where (wires[first].0 - wires[second].0) * (wires[first].1 - wires[second].1) < 0 { result += 1 }
      }
    }
    return result
  }

  /// Moves every cell towards the mean of its neighbours, as far as the cells beside it allow.
  private func position(_ cells: inout Cells) {
    for layer in cells.layers {
      var x = 0.0
      for (place, cell) in layer.enumerated() {
        if place > 0 { x += gap(cells, layer[place - 1], cell) }
        cells.all[cell].x = x
      }
      for cell in layer { cells.all[cell].x -= x / 2 }
    }
    for sweep in 0..<24 {
      let isDown = sweep % 2 == 0
      for layer in isDown ? Array(cells.layers.indices) : cells.layers.indices.reversed() {
        let members = cells.layers[layer]
        let wanted = members.map { cell -> (x: Double, weight: Double) in
          let near = isDown ? cells.all[cell].above : cells.all[cell].below
          let far = isDown ? cells.all[cell].below : cells.all[cell].above
          // A chain of boxes stays straight. Elsewhere the last sweeps look both ways, so that a short branch does not swing to one side.
          let isChain = near.count == 1 && (isDown ? cells.all[near[0]].below : cells.all[near[0]].above).count == 1
          let neighbours = isChain || sweep < 16 ? (near.isEmpty ? far : near) : near + far
          guard !neighbours.isEmpty else { return (cells.all[cell].x, 0.1) }
          let mean = neighbours.reduce(0) { $0 + cells.all[$1].x } / Double(neighbours.count)
          // Long edges insist: they become straight and the boxes make way.
          return (mean, cells.all[cell].box == nil ? 4 : 1)
        }
        let gaps = members.indices.map { $0 == 0 ? 0 : gap(cells, members[$0 - 1], members[$0]) }
        for (cell, x) in zip(members, closest(wanted, gaps: gaps)) { cells.all[cell].x = x }
      }
    }
  }

  private func gap(_ cells: Cells, _ left: Int, _ right: Int) -> Double {
    let isWire = cells.all[left].box == nil || cells.all[right].box == nil
    return (cells.all[left].width + cells.all[right].width) / 2 + (isWire ? Self.wireGap : Self.boxGap)
  }

  /// The positions with the least weighted squares of distance to `wanted` that keep the gaps (pool adjacent violators).
  private func closest(_ wanted: [(x: Double, weight: Double)], gaps: [Double]) -> [Double] {
    var offset = 0.0
    var offsets: [Double] = []
    var pools: [(mean: Double, weight: Double, count: Int)] = []
    for (target, gap) in zip(wanted, gaps) {
      offset += gap
      offsets.append(offset)
      pools.append((target.x - offset, target.weight, 1))
      while pools.count > 1, pools[pools.count - 2].mean > pools[pools.count - 1].mean {
        let last = pools.removeLast()
        let previous = pools.removeLast()
        let weight = previous.weight + last.weight
        pools.append(((previous.mean * previous.weight + last.mean * last.weight) / weight, weight, previous.count + last.count))
      }
    }
    let means = pools.flatMap { Array(repeating: $0.mean, count: $0.count) }
    return zip(means, offsets).map { $0 + $1 }
  }

  /// Turns cells into boxes, points and the size of the whole.
  private mutating func readBack(_ cells: Cells) {
    let left = cells.all.map { $0.x - $0.width / 2 }.min() ?? 0
    width = (cells.all.map { $0.x + $0.width / 2 }.max() ?? 0) - left
    var tops: [Double] = []
    var bottoms: [Double] = []
    var y = 0.0
    for layer in cells.layers {
      let tallest = layer.compactMap { cells.all[$0].box }.map { boxes[$0].height }.max() ?? 0
      tops.append(y)
      bottoms.append(y + tallest)
      for cell in layer {
        guard let box = cells.all[cell].box else { continue }
        boxes[box].x = cells.all[cell].x - left
        boxes[box].y = y + (tallest - boxes[box].height) / 2
      }
      // Where many edges cross between two layers they need room to stay apart.
      let wires = layer.reduce(0) { $0 + cells.all[$1].below.count }
      y += tallest + Self.layerGap + min(40, Double(max(0, wires - 2)) * 4)
    }
    height = bottoms.last ?? 0
    var passed = Array(repeating: [(x: Double, y: Double)](), count: edges.count)
    for cell in cells.all {
      guard let edge = cell.edge else { continue }
      passed[edge] += [(cell.x - left, tops[cell.layer]), (cell.x - left, bottoms[cell.layer])]
    }
    for index in edges.indices {
      let from = boxes[edges[index].from]
      let to = boxes[edges[index].to]
      edges[index].points = [(from.x, from.y + from.height)] + passed[index] + [(to.x, to.y)]
    }
  }
}
