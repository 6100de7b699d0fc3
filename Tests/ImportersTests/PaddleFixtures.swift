// The models that the Paddle tests read, outside the repository. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import XCTest

@testable import Importers

/// Where the shared models lie: CORACLE_MODELS, or the folder beside the checkout.
enum PaddleFixtures {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["CORACLE_MODELS"] { return URL(fileURLWithPath: path) }
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared/models").standardizedFileURL
  }()

  /// The file, or a loud skip where it is absent.
  static func file(_ path: String) throws -> URL {
    let file = folder.appendingPathComponent(path)
    guard FileManager.default.fileExists(atPath: file.path) else { throw XCTSkip("no model at \(file.path)") }
    return file
  }

  static func load(_ path: String, parameters: URL? = nil, zeroWeights: Bool = false) throws -> Graph {
    let file = try file(path)
    return try importPaddle(Data(contentsOf: file), at: file, format: path.hasSuffix(".json") ? .pir : .legacy, parameters: parameters,
      zeroWeights: zeroWeights)
  }
}

/// Every value that a node reads is given, constant or written before it, also in inner graphs. Gives the number of nodes.
@discardableResult
func assertConnected(_ graph: Graph, known: Set<ObjectIdentifier> = [], _ label: String, file: StaticString = #filePath, line: UInt = #line) -> Int {
  var known = known.union(graph.inputs.map { ObjectIdentifier($0) })
  var count = 0
  func check(_ value: Value, _ reader: String) {
    if value.constant == nil && !known.contains(ObjectIdentifier(value)) {
      XCTFail("\(label): \(reader) reads \(value.name), which nothing writes before it", file: file, line: line)
    }
  }
  for node in graph.nodes {
    count += 1
    for input in node.inputs { if let input { check(input, "\(node.name) (\(node.location))") } }
    for attribute in node.attributes.values {
      if case .graph(let inner) = attribute { count += assertConnected(inner, known: known, label, file: file, line: line) }
    }
    for output in node.outputs {
      if let output, !known.insert(ObjectIdentifier(output)).inserted { XCTFail("\(label): \(output.name) is written twice", file: file, line: line) }
    }
  }
  for output in graph.outputs { check(output, "the output") }
  return count
}

/// The sentence that the body throws.
func importFault(file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void) -> String {
  do {
    try body()
    XCTFail("nothing was thrown", file: file, line: line)
    return ""
  } catch { return "\(error)" }
}
