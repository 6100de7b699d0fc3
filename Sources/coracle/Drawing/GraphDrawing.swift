// The graph of a model as a picture. SPDX-License-Identifier: Apache-2.0
import Foundation

/// Draws every graph of a model, one beside the other, from top to bottom: a box an operator, a curve a tensor.
struct GraphDrawing {
  let document: ModelDocument
  /// Gives the extents that the file leaves open, where there is a plan.
  let plan: PlanReport?
  let title: String

  private static let margin = 28.0
  private static let padding = 24.0

  /// The whole picture.
  func svg() -> String {
    let graphs = (document.subgraphs ?? []).enumerated().map { DrawnGraph($1, index: $0, in: self) }
    let legend = Legend(families: graphs.flatMap { $0.boxes.compactMap(\.family) })
    let headWidth = max(SVGText.width(title, size: 20), SVGText.width(subtitle, size: 12), legend.width)
    let bodyWidth = graphs.reduce(0) { $0 + $1.layout.width + 2 * Self.padding } + Double(max(0, graphs.count - 1)) * Self.margin
    let width = max(headWidth, bodyWidth) + 2 * Self.margin
    let top = Self.margin + 58 + legend.height
    let height = top + (graphs.map { $0.layout.height }.max() ?? 0) + 2 * Self.padding + 24 + Self.margin
    var svg = SVGWriter(width: width, height: height)
    svg.text(title, x: Self.margin, y: Self.margin + 16, size: 20, weight: "600", anchor: "start")
    svg.text(subtitle, x: Self.margin, y: Self.margin + 38, size: 12, colour: "#667380", anchor: "start")
    legend.draw(in: &svg, x: Self.margin, y: Self.margin + 54)
    var x = Self.margin + max(0, (width - 2 * Self.margin - bodyWidth) / 2)
    for graph in graphs {
      let frame = graph.layout.width + 2 * Self.padding
      if graphs.count > 1 {
        svg.frame(x: x, y: top, width: frame, height: graph.layout.height + 2 * Self.padding + 24)
        svg.text(graph.title, x: x + 12, y: top + 18, size: 12, weight: "600", colour: "#667380", anchor: "start")
      }
      graph.draw(in: &svg, x: x + Self.padding, y: top + Self.padding + (graphs.count > 1 ? 24 : 0))
      x += frame + Self.margin
    }
    return svg.finished()
  }

  private var subtitle: String {
    let nodes = (document.subgraphs ?? []).reduce(0) { $0 + ($1.nodes?.count ?? 0) }
    let weights = (document.tensors ?? []).filter(\.isConstant).reduce(UInt64(0)) { $0 &+ ($1.byte_count ?? 0) }
    return "\(nodes) operators, \(byteText(weights)) of weights"
      + (plan.map { ", arena \(byteText($0.memory.arenaBytes))" } ?? "") + ". Images are channels-last: batch × height × width × channels."
  }

  /// "1×112×112×32" for a tensor of the file.
  func shapeText(_ index: Int) -> String {
    let planned = plan.flatMap { $0.tensors.indices.contains(index) ? $0.tensors[index].shape : nil }
    let shape = planned.flatMap { $0.isEmpty && !(document.tensor(index)?.shape ?? []).isEmpty ? nil : $0 } ?? document.tensor(index)?.shape ?? []
    return productText(shape)
  }
}

/// One graph: its boxes with their texts, and where they lie.
private struct DrawnGraph {
  struct DrawnBox {
    var lines: [(text: String, size: Double, weight: String, colour: String)]
    var family: OperatorFamily?
    var isCaptured = false
  }

  let title: String
  private(set) var boxes: [DrawnBox] = []
  private(set) var layout: GraphLayout

  init(_ graph: ModelDocument.Subgraph, index: Int, in drawing: GraphDrawing) {
    title = index == 0 ? "main graph" : "graph \(index): \(graph.name ?? "")"
    var drawn: [DrawnBox] = []
    var edges: [GraphLayout.Edge] = []
    var maker: [Int: Int] = [:]
    var anchors: Set<Int> = []
    let document = drawing.document
    func add(_ box: DrawnBox) -> Int {
      drawn.append(box)
      return drawn.count - 1
    }
    func port(_ kind: String, _ tensor: Int, isCaptured: Bool = false) -> DrawnBox {
      let entry = document.tensor(tensor)
      return DrawnBox(lines: [
        (kind, 10, "600", "#ffffff"), (shortened(entry?.name ?? "", to: 36), 12, "600", "#ffffff"),
        ("\(entry?.type ?? "") \(drawing.shapeText(tensor))", 11, "400", "#e3e9ee")], isCaptured: isCaptured)
    }
    for tensor in graph.inputs ?? [] {
      let box = add(port("input", tensor))
      maker[tensor] = box
      anchors.insert(box)
    }
    for node in graph.nodes ?? [] {
      // What an outer graph computes and this one only reads.
      for tensor in node.inputs ?? [] where maker[tensor] == nil {
        guard let entry = document.tensor(tensor), !entry.isConstant else { continue }
        maker[tensor] = add(port("from outside", tensor, isCaptured: true))
      }
      let box = add(DrawnGraph.box(node, in: drawing))
      for tensor in node.inputs ?? [] {
        if let source = maker[tensor] { edges.append(GraphLayout.Edge(from: source, to: box)) }
      }
      for tensor in node.outputs ?? [] where tensor >= 0 { maker[tensor] = box }
    }
    for tensor in graph.outputs ?? [] {
      let source = maker[tensor]
      let box = add(port("output", tensor))
      if let source { edges.append(GraphLayout.Edge(from: source, to: box)) }
    }
    boxes = drawn
    layout = GraphLayout(
      boxes: drawn.map { box in
        let widest = box.lines.map { SVGText.width($0.text, size: $0.size) }.max() ?? 0
        return GraphLayout.Box(width: max(96, widest + 24), height: box.lines.reduce(12) { $0 + $1.size + 4 })
      }, edges: edges, anchors: anchors)
  }

  private static func box(_ node: ModelDocument.Node, in drawing: GraphDrawing) -> DrawnBox {
    var lines = [(drawing.document.title(node), 13.0, "600", "#1d2731")]
    let summary = drawing.document.summary(node)
    if !summary.isEmpty { lines.append((shortened(summary, to: 52), 11, "400", "#33404d")) }
    let outputs = (node.outputs ?? []).filter { $0 >= 0 }.map(drawing.shapeText)
    let shapes = outputs.count <= 3 ? outputs.joined(separator: ",  ") : "\(outputs.prefix(2).joined(separator: ",  ")) and \(outputs.count - 2) more"
    if !shapes.isEmpty { lines.append((shortened(shapes, to: 60), 11, "600", "#33404d")) }
    if let name = node.name, !name.isEmpty { lines.append((shortenedFront(name, to: 40), 9.5, "400", "#7c8894")) }
    return DrawnBox(lines: lines, family: OperatorFamily(operatorCode: node.operator_code ?? ""))
  }

  func draw(in svg: inout SVGWriter, x: Double, y: Double) {
    // Ends of the curves are spread along the boxes, in the order of where they go.
    var arriving = [[Int]](repeating: [], count: boxes.count)
    var leaving = arriving
    for (index, edge) in layout.edges.enumerated() {
      arriving[edge.to].append(index)
      leaving[edge.from].append(index)
    }
    var shift = [(from: Double, to: Double)](repeating: (0, 0), count: layout.edges.count)
    for box in boxes.indices {
      let into = arriving[box].sorted { layout.edges[$0].points.dropLast().last?.x ?? 0 < layout.edges[$1].points.dropLast().last?.x ?? 0 }
      let step = min(16, (layout.boxes[box].width - 24) / Double(max(1, into.count)))
      for (place, edge) in into.enumerated() { shift[edge].to = (Double(place) - Double(into.count - 1) / 2) * step }
      let out = leaving[box].sorted { layout.edges[$0].points.dropFirst().first?.x ?? 0 < layout.edges[$1].points.dropFirst().first?.x ?? 0 }
      let outStep = min(10, (layout.boxes[box].width - 24) / Double(max(1, out.count)))
      for (place, edge) in out.enumerated() { shift[edge].from = (Double(place) - Double(out.count - 1) / 2) * outStep }
    }
    for (index, edge) in layout.edges.enumerated() {
      var points = edge.points.map { (x: $0.x + x, y: $0.y + y) }
      guard points.count >= 2 else { continue }
      points[0].x += shift[index].from
      points[points.count - 1].x += shift[index].to
      points[points.count - 1].y -= 5  // the arrow's tip touches the box
      svg.curve(points)
    }
    for (box, place) in zip(boxes, layout.boxes) {
      let colours = box.family?.colours ?? (box.isCaptured ? ("#8b97a3", "#5e6b78") : ("#34495e", "#22303d"))
      svg.box(x: place.x - place.width / 2 + x, y: place.y + y, width: place.width, height: place.height, fill: colours.0, border: colours.1,
        radius: box.family == nil ? 16 : 7)
      var line = place.y + y + 6
      for text in box.lines {
        line += text.size + 4
        svg.text(text.text, x: place.x + x, y: line - 3.5, size: text.size, weight: text.weight, colour: text.colour)
      }
    }
  }
}

/// The last `count` characters: the end of a path says more than its start.
private func shortenedFront(_ text: String, to count: Int) -> String {
  text.count <= count ? text : "…" + text.suffix(count - 1)
}

/// The families that occur, in rows.
private struct Legend {
  let families: [OperatorFamily]
  private static let rowHeight = 22.0
  private static let perRow = 7

  init(families used: [OperatorFamily]) { families = OperatorFamily.allCases.filter(used.contains) }

  private func entryWidth(_ family: OperatorFamily) -> Double { SVGText.width(family.rawValue, size: 11) + 34 }
  private var rows: [ArraySlice<OperatorFamily>] {
    stride(from: 0, to: families.count, by: Self.perRow).map { families[$0..<min(families.count, $0 + Self.perRow)] }
  }
  var width: Double { rows.map { $0.reduce(0) { $0 + entryWidth($1) } }.max() ?? 0 }
  var height: Double { Double(rows.count) * Self.rowHeight }

  func draw(in svg: inout SVGWriter, x: Double, y: Double) {
    for (row, entries) in rows.enumerated() {
      var left = x
      for family in entries {
        let top = y + Double(row) * Self.rowHeight
        svg.box(x: left, y: top, width: 16, height: 12, fill: family.colours.fill, border: family.colours.border, radius: 3)
        svg.text(family.rawValue, x: left + 22, y: top + 10, size: 11, colour: "#33404d", anchor: "start")
        left += entryWidth(family)
      }
    }
  }
}
