// The program readers: what they make of small programs, and files that break their format. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile
import SwiftProtobuf
import XCTest

@testable import Importers

/// A small fixed-seed generator (splitmix64), so that a failure can be repeated.
private struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

final class PaddleReaderTests: XCTestCase {
  private let nowhere = URL(fileURLWithPath: "/nonexistent/model")

  private func pir(_ ops: String) -> Data {
    Data(##"{"base_code":{"magic":"pir","version":4},"program":{"regions":[{"blocks":[{"args":[],"ops":[\##(ops)]}]}]}}"##.utf8)
  }

  private func tensor(_ id: Int, _ dims: String) -> String {
    ##"{"%":\##(id),"TT":{"#":"0.t_dtensor","D":[{"#":"0.t_f32"},\##(dims),"NCHW",[],0]}}"##
  }

  private func data(_ id: Int, _ dims: String) -> String {
    ##"{"#":"1.data","A":[{"N":"name","AT":{"#":"0.a_str","D":"x"}},{"N":"shape","AT":{"#":"1.a_intarray","D":\##(dims)}},"##
      + ##"{"N":"dtype","AT":{"#":"1.a_dtype","D":"float32"}}],"I":[],"O":[\##(tensor(id, dims))]}"##
  }

  private func fetch(_ id: Int) -> String {
    ##"{"#":"1.fetch","A":[{"N":"name","AT":{"#":"0.a_str","D":"y"}},{"N":"col","AT":{"#":"0.a_i32","D":0}}],"I":[{"%":\##(id)}],"O":[\##(tensor(999, "[-1]"))]}"##
  }

  private func graph(_ ops: String...) throws -> Graph {
    try importPaddle(pir(ops.joined(separator: ",")), at: nowhere, format: .pir)
  }

  // MARK: PIR

  func testSmallProgram() throws {
    let graph = try graph(data(1, "[-1,4]"), ##"{"#":"1.relu_","I":[{"%":1}],"O":[\##(tensor(2, "[-1,4]"))]}"##, fetch(2))
    XCTAssertEqual(graph.inputs.map(\.name), ["x"])
    XCTAssertEqual(graph.inputs[0].shape, [-1, 4])
    XCTAssertEqual(graph.nodes.map(\.operatorCode), [.unary])
    XCTAssertEqual(graph.outputs.map(\.name), ["y"])
  }

  func testFetchedTwiceOrFetchedInputAreValuesOfTheirOwn() throws {
    let graph = try graph(data(1, "[2]"), fetch(1), fetch(1).replacingOccurrences(of: "999", with: "998"))
    XCTAssertEqual(graph.outputs.count, 2)
    XCTAssertFalse(graph.outputs[0] === graph.outputs[1])
    XCTAssertFalse(graph.outputs[0] === graph.inputs[0])
    assertConnected(graph, "fetched twice")
  }

  func testEveryUnknownOperatorIsReported() throws {
    let unknown = { (name: String, id: Int) in
      ##"{"#":"1.\##(name)","A":[{"N":"struct_name","AT":{"#":"0.a_str","D":"/head/"}}],"I":[{"%":1}],"O":[\##(self.tensor(id, "[4]"))]}"##
    }
    let fault = importFault { _ = try graph(data(1, "[4]"), unknown("lu", 2), unknown("svd", 3), unknown("lu", 4), fetch(4)) }
    for part in ["lu: operator is not supported (2 times, first at op 1, lu, /head/)", "svd", "op 2, svd", "2 problems"] {
      XCTAssertTrue(fault.contains(part), "\(part) in: \(fault)")
    }
  }

  func testNonFiniteNumbers() throws {
    for (text, expected) in [("INF", Double.infinity), ("-INF", -.infinity)] {
      let full = ##"{"#":"1.full","A":[{"N":"value","AT":{"#":"0.a_f64","VD":"\##(text)"}},{"N":"shape","AT":{"#":"1.a_intarray","D":[1]}},"##
        + ##"{"N":"dtype","AT":{"#":"1.a_dtype","D":"float32"}}],"I":[],"O":[\##(tensor(2, "[1]"))]}"##
      let graph = try graph(data(1, "[1]"), full, ##"{"#":"1.maximum","I":[{"%":1},{"%":2}],"O":[\##(tensor(3, "[1]"))]}"##, fetch(3))
      XCTAssertEqual(graph.nodes[0].inputs[1]?.constant?.floats, [Float(expected)])
    }
  }

  func testPIRFaults() throws {
    let relu = { (operand: String, result: String) in ##"{"#":"1.relu","I":[\##(operand)],"O":[\##(result)]}"## }
    let faults: [(Data, String)] = [
      (Data(), "truncated"), (Data("{".utf8), "truncated"), (Data("[]".utf8), "not a Paddle program"), (Data("{}".utf8), "not a Paddle program"),
      (Data(##"{"base_code":{"magic":"pir"}}"##.utf8), "program is missing"),
      (pir(##"{"A":[]}"##), "no \"#\""), (pir("7"), "no object"),
      (pir(relu(##"{"%":1.5}"##, tensor(2, "[4]"))), "whole number"), (pir(relu(##"{"%":1e300}"##, tensor(2, "[4]"))), "whole number"),
      (pir(relu("{}", tensor(2, "[4]"))), "whole number"), (pir(relu(##"{"%":7}"##, tensor(2, "[4]"))), "before it is defined"),
      (pir(data(1, "[4]") + "," + relu(##"{"%":1}"##, tensor(1, "[4]"))), "defined twice"),
      (pir(data(1, "[-5]")), "extent is -5"), (pir(data(1, "[4]") + "," + relu(##"{"%":1}"##, tensor(2, "[4]"))), "gives no output"),
      (pir(data(1, "[4]") + "," + relu("", tensor(2, "[4]")) + "," + fetch(2)), "operand 0 is missing"),
    ]
    for (file, expected) in faults {
      let fault = importFault { _ = try importPaddle(file, at: nowhere, format: .pir) }
      XCTAssertTrue(fault.contains(expected), "'\(expected)' in: \(fault)")
    }
  }

  func testDeepNestingIsAnError() throws {
    var ops = ##"{"#":"2.yield","I":[],"O":[]}"##
    for _ in 0..<60 { ops = ##"{"#":"1.if","I":[],"O":[],"regions":[{"blocks":[{"args":[],"ops":[\##(ops)]}]}]}"## }
    XCTAssertTrue(importFault { _ = try importPaddle(pir(ops), at: nowhere, format: .pir) }.contains("PIR json"))
    let brackets = Data(String(repeating: "[", count: 100_000).utf8)
    XCTAssertTrue(importFault { _ = try importPaddle(brackets, at: nowhere, format: .pir) }.contains("PIR json"))
  }

  // MARK: Damaged files

  /// Damage never traps: it throws, or it gives a graph that is still connected.
  private func damage(_ path: String, format: PaddleFormat, truncations: Int, changes: Int) throws {
    let whole = try Data(contentsOf: PaddleFixtures.file(path))
    for index in 0..<truncations {
      let part = whole.prefix(whole.count * index / truncations)
      XCTAssertThrowsError(try importPaddle(part, at: nowhere, format: format, zeroWeights: true), "\(part.count) bytes of \(path)")
    }
    var numbers = SeededNumbers(state: 11)
    for _ in 0..<changes {
      var damaged = whole
      for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        damaged[Int.random(in: 0..<damaged.count, using: &numbers)] = format == .pir
          ? (Array("0123456789-.{}[]\",:".utf8).randomElement(using: &numbers) ?? 0) : UInt8.random(in: 0...255, using: &numbers)
      }
      if let graph = try? importPaddle(damaged, at: nowhere, format: format, zeroWeights: true) { assertConnected(graph, path) }
    }
  }

  func testDamagedPIR() throws { try damage("paddle-fixtures/cf.json", format: .pir, truncations: 60, changes: 400) }

  func testDamagedPIRWithManyOperators() throws { try damage("paddle-fixtures/pir.json", format: .pir, truncations: 10, changes: 60) }

  func testDamagedLegacy() throws { try damage("paddle-fixtures/ptq_legacy.pdmodel", format: .legacy, truncations: 0, changes: 400) }

  func testDamagedLegacyWithManyOperators() throws { try damage("paddle-fixtures/legacy.pdmodel", format: .legacy, truncations: 0, changes: 60) }

  func testTruncatedLegacy() throws {
    let whole = try Data(contentsOf: PaddleFixtures.file("paddle-fixtures/legacy.pdmodel"))
    // Between two top-level fields a part is a whole protobuf; it must then lack its outputs or weights.
    for length in stride(from: 0, to: whole.count - 40, by: max(whole.count / 50, 1)) {
      XCTAssertThrowsError(try importPaddle(whole.prefix(length), at: nowhere, format: .legacy, zeroWeights: true), "\(length) bytes")
    }
  }
}
