// The report on a model file as text. SPDX-License-Identifier: Apache-2.0
import Foundation

extension FileReport {
  /// All of it, section by section.
  func text() -> String {
    var sections = [head]
    sections.append("Inputs\n" + portTable(inputs))
    sections.append("Outputs\n" + portTable(outputs))
    var counts = TextTable(">count", "operator", "version")
    for entry in operatorCounts { counts.add(String(entry.count), entry.operator, String(entry.version)) }
    sections.append("Operators: \(operators.count)\(subgraphs.count > 1 ? " in \(subgraphs.count) graphs" : "")\n" + counts.text())
    for (index, subgraph) in subgraphs.enumerated() {
      let title = index == 0 ? "Main graph" : "Graph \(index) \(subgraph.name)"
      sections.append("\(title), in the order of running\n" + operatorTable(subgraph: index))
    }
    sections.append("Tensors: \(tensors.count), of which \(tensors.count { $0.isConstant }) constants\n" + tensorTable)
    if !weights.isEmpty {
      var table = TextTable("type", ">tensors", ">bytes", "")
      for entry in weights { table.add(entry.type, String(entry.tensors), String(entry.bytes), byteText(entry.bytes)) }
      sections.append("Weights\n" + table.text())
    }
    sections.append("File segments\n" + segmentTable)
    if !metadata.isEmpty {
      var table = TextTable("key", "value")
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { table.add(oneLine(key), shortened(oneLine(value), to: 100)) }
      sections.append("Metadata\n" + table.text())
    }
    if !testVectors.isEmpty {
      var table = TextTable(">#", "inputs", "expected outputs", "tolerance")
      for (index, vector) in testVectors.enumerated() {
        table.add(String(index), shapes(vector.inputs), shapes(vector.outputs),
          "\(numberText(vector.absoluteTolerance)) + \(numberText(vector.relativeTolerance))|x|")
      }
      sections.append("Test vectors\n" + table.text())
    }
    return sections.joined(separator: "\n\n")
  }

  private var head: String {
    let weightBytes = weights.reduce(0) { $0 &+ $1.bytes }
    let made = producer.isEmpty ? "" : ", written by \(producer)"
    let target = profile.isEmpty ? "any machine" : profile
    return "\(file): format \(formatVersion)\(made), for \(target)\n\(byteText(fileBytes)): program \(byteText(programBytes)), "
      + "weights \(byteText(weightBytes))\(arenaBytes > 0 ? "; planned arena \(byteText(arenaBytes))" : "; arena planned when shapes are known")"
  }

  private func portTable(_ ports: [Port]) -> String {
    var table = TextTable(">#", "name", "type", "shape")
    for (index, port) in ports.enumerated() { table.add(String(index), port.name, port.type, shapeText(port.shape)) }
    return table.text()
  }

  private func operatorTable(subgraph: Int) -> String {
    var table = TextTable(">#", "operator", "attributes", "inputs", "outputs", "name")
    for node in operators where node.subgraph == subgraph {
      table.add(String(node.index), node.title, shortened(node.summary, to: 60), node.inputs.map(reference).joined(separator: " "),
        node.outputs.map(reference).joined(separator: " "), shortened(node.name, to: 48))
    }
    return table.isEmpty ? "  (no operators)" : table.text()
  }

  private func reference(_ tensor: Int) -> String { tensor < 0 ? "-" : "%\(tensor)" }

  private var tensorTable: String {
    var table = TextTable(">#", "type", "shape", ">bytes", "lies in", "name")
    for tensor in tensors {
      let place = tensor.segment.map { "segment \($0) + \(tensor.offset ?? 0)" } ?? tensor.plannedOffset.map { "arena + \($0)" } ?? ""
      table.add("%\(tensor.index)", tensor.storedType.map { "\(tensor.type) as \($0)" } ?? tensor.type, shapeText(tensor.shape), tensor.byteCount == 0 ? "" : String(tensor.byteCount), place,
        shortened(tensor.name, to: 60))
    }
    return table.text()
  }

  private var segmentTable: String {
    var table = TextTable("part", ">offset", ">bytes", "checksum", "state")
    table.add("program", "0", String(programBytes), "", "ok")
    for (index, segment) in segments.enumerated() {
      table.add("segment \(index)", String(segment.offset), String(segment.size), segment.checksum, segment.state)
    }
    return table.text()
  }

  private func shapes(_ indices: [Int]) -> String {
    indices.map { tensors.indices.contains($0) ? shapeText(tensors[$0].shape) : "?" }.joined(separator: " ")
  }
}
