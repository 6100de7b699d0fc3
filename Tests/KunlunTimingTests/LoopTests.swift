// What runs inside loops and branches. SPDX-License-Identifier: Apache-2.0
import Graph
@testable import KunlunTiming
import ModelFile
import XCTest

final class LoopTests: XCTestCase {
  private func simulate(_ graph: Graph, batch: Int = 1, host: String = "x86") throws -> Simulation {
    var options = SimulationOptions()
    options.batch = batch
    return try Simulation(graph, card: .named("kunlun-r200"), host: .named(host), options: options)
  }

  private func value(_ name: String, _ shape: [Int], _ type: ElementType = .float32) -> Value { Value(name: name, type: type, shape: shape) }

  private func weights(_ shape: [Int]) -> Value { Value(name: "w", constant: Constant(type: .float32, shape: shape, bytes: .init())) }

  private func product(_ x: Value, _ y: Value) -> Node { Node(.matmul, name: y.name, inputs: [x, weights([64, 64])], outputs: [y]) }

  private func integer(_ number: Int?) -> Value {
    number.map { Value(name: "trips", constant: Constant(shape: [], integers: [$0])) } ?? value("trips", [], .int64)
  }

  /// x [32, 64], times 64 x 64 weights twice a trip, in a loop of `trips`; nil: how many only the run tells. `isDecided`: the body computes whether it goes on.
  private func loop(trips: Int?, isDecided: Bool = false) -> Graph {
    let graph = Graph(name: "loop")
    let body = Graph(name: "body")
    let (iteration, condition, carried) = (value("i", [], .int64), value("go", [], .boolean), value("carried", [32, 64]))
    let (first, second) = (value("first", [32, 64]), value("second", [32, 64]))
    body.inputs = [iteration, condition, carried]
    body.nodes = [product(carried, first), product(first, second)]
    let decision = value("decision", [], .boolean)
    if isDecided { body.nodes.append(Node(.binary, name: "decide", inputs: [iteration, integer(3)], outputs: [decision], attributes: ["function": .member("less")])) }
    body.outputs = [isDecided ? decision : condition, second]
    let (x, y) = (value("x", [32, 64]), value("y", [32, 64]))
    graph.inputs = trips == nil ? [x, value("trips", [], .int64)] : [x]
    graph.nodes = [Node(.loop, name: "loop", inputs: [trips == nil ? graph.inputs[1] : integer(trips), nil, x], outputs: [y], attributes: ["body": .graph(body)])]
    graph.outputs = [y]
    return graph
  }

  /// The same without a loop.
  private func unrolled(_ count: Int) -> Graph {
    let graph = Graph(name: "unrolled")
    graph.inputs = [value("x", [32, 64])]
    var last = graph.inputs[0]
    for index in 0..<2 * count {
      let next = value("t\(index)", [32, 64])
      graph.nodes.append(product(last, next))
      last = next
    }
    graph.outputs = [last]
    return graph
  }

  /// A loop takes as long as its body written out, on hosts that wait for the device and on such for which it waits; long ones by extrapolation. Where its
  /// tensors lie is planned once, so that both are compared with all of them in global memory.
  func testLoopTakesAsLongAsItsBodyWrittenOut() throws {
    for host in ["x86", "library"] {
      for trips in [1, 5, 64, 65, 200] {
        var options = SimulationOptions()
        (options.l3AutotuneSize, options.leftOut) = (0, [.linkMaximum])
        let (card, machine) = (try CardProfile.named("kunlun-r200"), try HostProfile.named(host))
        let looped = try Simulation(loop(trips: trips), card: card, host: machine, options: options)
        let plain = try Simulation(unrolled(trips), card: card, host: machine, options: options)
        XCTAssertEqual(looped.multiplyAdds, Double(trips * 2 * 32 * 64 * 64))
        XCTAssertEqual(looped.seconds, plain.seconds, accuracy: 1e-9 * plain.seconds, "\(host), \(trips) trips")
        XCTAssertEqual(looped.deviceSeconds, plain.deviceSeconds, accuracy: 1e-9 * plain.seconds)
        XCTAssertEqual(looped.globalBytes, plain.globalBytes, accuracy: 1)
        XCTAssertEqual(looped.operators.map(\.runs), [Double(trips), Double(trips)])
        XCTAssertEqual(looped.program.warnings, [])
      }
    }
  }

  func testTripsThatOnlyTheRunTells() throws {
    let once = try simulate(loop(trips: nil))
    XCTAssertEqual(once.multiplyAdds, 2 * 32 * 64 * 64)
    XCTAssertEqual(once.program.warnings, ["How often loop 'loop' runs is known only when it runs: its body is counted once."])
    let none = try simulate(loop(trips: 0))
    XCTAssertEqual(none.multiplyAdds, 0)
    XCTAssertLessThan(none.seconds, once.seconds)
    XCTAssertEqual(try simulate(loop(trips: 7), batch: 3).multiplyAdds, 7 * 3 * 2 * 32 * 64 * 64)
    XCTAssertTrue(try simulate(loop(trips: 1 << 50)).seconds.isFinite)
  }

  /// The host reads after each trip whether there is another: one byte, and a wait.
  func testConditionOfALoopIsReadByTheHost() throws {
    let (decided, plain) = (try simulate(loop(trips: 9, isDecided: true)), try simulate(loop(trips: 9)))
    XCTAssertEqual(decided.toHost.count - plain.toHost.count, 9)
    XCTAssertEqual(decided.toHost.bytes - plain.toHost.bytes, 9)
    XCTAssertGreaterThan(decided.seconds - plain.seconds, 9 * 27e-6)
    XCTAssertEqual(decided.program.warnings, ["Loop 'loop' may end early: all its trips are counted."])
  }

  /// x and a condition; then: one product, else: two.
  func testBranchWithMoreWorkIsCounted() throws {
    for known in [nil, 0, 1] as [Int?] {
      let graph = Graph(name: "branches")
      let (x, y) = (value("x", [32, 64]), value("y", [32, 64]))
      let condition = known.map { Value(name: "c", constant: Constant(shape: [], integers: [$0], type: .boolean)) } ?? value("c", [], .boolean)
      let (one, two) = (Graph(name: "one"), Graph(name: "two"))
      let (a, b, c) = (value("a", [32, 64]), value("b", [32, 64]), value("c", [32, 64]))
      (one.nodes, one.outputs) = ([product(x, a)], [a])
      (two.nodes, two.outputs) = ([product(x, b), product(b, c)], [c])
      graph.inputs = known == nil ? [x, condition] : [x]
      graph.nodes = [Node(.conditional, name: "if", inputs: [condition], outputs: [y], attributes: ["then_subgraph": .graph(one), "else_subgraph": .graph(two)])]
      graph.outputs = [y]
      let result = try simulate(graph)
      XCTAssertEqual(result.multiplyAdds, Double((known == 1 ? 1 : 2) * 32 * 64 * 64))
      XCTAssertEqual(result.program.warnings.count, known == nil ? 1 : 0)
      XCTAssertEqual(result.toHost.count, known == nil ? 2 : 1)
    }
  }

  /// Four trips of a loop of three.
  func testLoopInALoop() throws {
    let inner = loop(trips: 3)
    let body = Graph(name: "body")
    body.inputs = [value("i", [], .int64), value("go", [], .boolean), inner.inputs[0]]
    body.nodes = inner.nodes
    body.outputs = [body.inputs[1], inner.outputs[0]]
    let graph = Graph(name: "outer")
    let (x, y) = (value("x", [32, 64]), value("y", [32, 64]))
    graph.inputs = [x]
    graph.nodes = [Node(.loop, name: "outer", inputs: [integer(4), nil, x], outputs: [y], attributes: ["body": .graph(body)])]
    graph.outputs = [y]
    XCTAssertEqual(try simulate(graph).multiplyAdds, 12 * 2 * 32 * 64 * 64)
  }

  /// Shapes inside that are not known leave the loop out, with a remark.
  func testOpenShapesInside() throws {
    let graph = loop(trips: 3)
    guard case .graph(let body)? = graph.nodes[0].attributes["body"] else { return XCTFail("no body") }
    body.nodes[0].outputs[0]?.shape = [-1, 64]
    let result = try simulate(graph)
    XCTAssertEqual(result.multiplyAdds, 0)
    XCTAssertEqual(result.program.warnings.count, 1)
    XCTAssertTrue(result.program.warnings[0].hasPrefix("What loop 'loop' runs inside is not counted"), "\(result.program.warnings)")
  }
}
