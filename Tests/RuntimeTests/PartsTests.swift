// Tensors that are parts of wider ones: nothing is copied, and no result changes. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import KernelCases
import ModelFile
import TunedCPU
import XCTest

final class PartsTests: XCTestCase {
  /// A graph of pictures under construction; weights and biases are numbers of their own.
  private final class Pictures {
    let graph = Graph(name: "pictures")
    private var seed = 0

    func input(_ shape: [Int]) -> Value {
      let value = Value(name: "x\(graph.inputs.count)", type: .float32, shape: shape)
      graph.inputs.append(value)
      return value
    }

    func add(_ code: OperatorCode, _ inputs: [Value], outputs: Int = 1, _ attributes: [String: Attribute] = [:]) -> [Value] {
      let name = "n\(graph.nodes.count)"
      let values = (0..<outputs).map { Value(name: "\(name)/\($0)", type: .float32) }
      graph.nodes.append(Node(code, name: name, inputs: inputs, outputs: values, attributes: attributes))
      return values
    }

    func convolution(_ x: Value, _ channels: Int, _ outputs: Int, side: Int = 1, stride: Int = 1, activation: String = "relu") -> Value {
      seed += 1
      let weights = Value(name: "w\(seed)", constant: Constant(shape: [side, side, channels, outputs], floats: testFloats(side * side * channels * outputs, seed: seed)))
      let bias = Value(name: "b\(seed)", constant: Constant(shape: [outputs], floats: testFloats(outputs, seed: 100 + seed)))
      return add(.convolution, [x, weights, bias], ["strides": .integers([stride, stride]), "padding_begin": .integers([side / 2, side / 2]),
        "padding_end": .integers([side / 2, side / 2]), "activation": .activation(function: activation, alpha: 0, beta: 0)])[0]
    }

    func concat(_ values: [Value]) -> Value { add(.concat, values, ["axis": .integer(-1)])[0] }

    func pool(_ x: Value, _ function: String = "maximum") -> Value {
      add(.pool, [x], ["function": .member(function), "kernel": .integers([3, 3]), "padding_begin": .integers([1, 1]), "padding_end": .integers([1, 1])])[0]
    }

    func unary(_ x: Value, _ function: String = "negate") -> Value { add(.unary, [x], ["function": .member(function)])[0] }

    func split(_ x: Value, _ sizes: [Int]) -> [Value] { add(.split, [x], outputs: sizes.count, ["axis": .integer(3), "sizes": .integers(sizes)]) }
  }

  /// Operators whose kernel is "none".
  private func views(_ session: TestSession, _ graph: Graph) throws -> Set<String> {
    var names: Set<String> = []
    for index in graph.nodes.indices {
      var plan = coracle_node_plan()
      plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
      try call { coracle_session_node(session.session, index, &plan, $0) }
      if plan.kernel_name.map({ String(cString: $0) }) == "none" { names.insert(graph.nodes[index].name) }
    }
    return names
  }

  /// Runs the graph as it is, and once more with all values as results, by which every tensor is dense: the kernels are the same and add in the same
  /// order, so that the results must be too, bit by bit. Returns the names of the operators that moved nothing.
  @discardableResult
  private func check(_ graph: Graph, shapes: [[[Int]]] = [], _ what: String) throws -> Set<String> {
    let results = graph.outputs
    let dense = Graph(name: "dense")
    (dense.inputs, dense.nodes, dense.outputs) = (graph.inputs, graph.nodes, results)
    for node in graph.nodes { for case let value? in node.outputs where !results.contains(where: { $0 === value }) { dense.outputs.append(value) } }
    var found: Set<String> = []
    for (backends, threads) in [("tuned,generic", UInt32(1)), ("tuned,generic", 2), ("generic", 1)] {
      let parts = try TestSession(graph, threads: threads, backends: backends)
      let whole = try TestSession(dense, threads: threads, backends: backends)
      for shapes in shapes.isEmpty ? [graph.inputs.map { $0.shape ?? [] }] : shapes {
        for (index, shape) in shapes.enumerated() {
          let numbers = testFloats(shape.reduce(1, *), seed: 40 + index)
          for session in [parts, whole] {
            try session.resize(index, shape)
            try session.write(index, numbers)
          }
        }
        try whole.run()
        // The second run finds what the first has left.
        for turn in 0..<2 {
          try parts.run()
          for index in results.indices {
            let (one, other) = (try parts.read(index, Float.self), try whole.read(index, Float.self))
            XCTAssertEqual(one.shape, other.shape, what)
            XCTAssertEqual(one.values.map(\.bitPattern), other.values.map(\.bitPattern), "\(what), \(backends), \(threads) threads, \(shapes), run \(turn)")
          }
        }
      }
      if backends != "generic" { found = try views(parts, graph) }
    }
    return found
  }

  /// Convolutions by every kernel but the depthwise, poolings and resampling write into a concatenation; sizes are around those of tiles.
  func testProducersWriteIntoTheWhole() throws {
    for (height, width, channels) in [(7, 9, 16), (13, 5, 3), (30, 31, 17)] {
      let pictures = Pictures()
      let x = pictures.input([1, height, width, channels])
      let parts = [pictures.convolution(x, channels, 33), pictures.convolution(x, channels, 16, side: 3), pictures.convolution(x, channels, 5, side: 3, activation: "sigmoid"),
        pictures.pool(x), pictures.pool(x, "average"), pictures.convolution(x, channels, 40, side: 3, activation: "hard_swish")]
      let joined = pictures.concat(parts)
      pictures.graph.outputs = [pictures.convolution(joined, 94 + 2 * channels, 8)]
      try keepLayer(pictures.graph, "parts-\(channels)")
      let found = try check(pictures.graph, "\(height) x \(width) x \(channels)")
      XCTAssertEqual(found, ["n6"], "the concatenation moves nothing")
    }
  }

  func testResizingWritesIntoTheWhole() throws {
    for (mode, coordinates) in [("nearest", "asymmetric"), ("linear", "half_pixel")] {
      for channels in [1, 6, 24] {
        let pictures = Pictures()
        let x = pictures.input([2, 5, 7, channels])
        let y = pictures.input([2, 10, 21, 4])
        let large = pictures.add(.resize, [x], ["mode": .member(mode), "coordinates": .member(coordinates), "sizes": .integers([10, 21])])[0]
        pictures.graph.outputs = [pictures.concat([pictures.convolution(y, 4, 10), large])]
        XCTAssertEqual(try check(pictures.graph, "\(mode), \(channels)"), ["n2"])
      }
    }
  }

  /// Parts are read by convolutions of all kinds and by concatenations; those cut from a part, or joined to a whole that is a part, too.
  func testReadersTakeParts() throws {
    let pictures = Pictures()
    let x = pictures.input([1, 12, 13, 20])
    // The busiest step, which no later one reaches.
    let wide = pictures.convolution(x, 20, 300)
    let y = pictures.convolution(wide, 300, 50)
    let parts = pictures.split(y, [17, 33])
    let slice = pictures.add(.slice, [y], ["axes": .integers([3]), "starts": .integers([5]), "ends": .integers([25])])[0]
    let first = pictures.convolution(parts[0], 17, 9)
    let second = pictures.convolution(parts[1], 33, 16, side: 3)
    let third = pictures.convolution(slice, 20, 11, side: 3, stride: 2)
    let inner = pictures.concat([first, second])
    let outer = pictures.concat([inner, parts[1]])
    let nested = pictures.split(pictures.convolution(outer, 58, 30), [10, 20])
    let last = pictures.split(nested[1], [12, 8])
    pictures.graph.outputs = [pictures.convolution(last[0], 12, 4), pictures.convolution(last[1], 8, 4), pictures.convolution(nested[0], 10, 3), third]
    // The outer concatenation copies the part of a split that it reads.
    XCTAssertEqual(try check(pictures.graph, "readers"), ["n2", "n3", "n7", "n10", "n11"])
  }

  /// A cross-stage block: the halves of a convolution's output are joined again, with what is computed of one of them.
  func testPartsAreJoinedAgain() throws {
    let pictures = Pictures()
    let x = pictures.input([1, 9, 11, 12])
    let halves = pictures.split(pictures.convolution(x, 12, 36), [18, 18])
    let more = pictures.convolution(halves[1], 18, 18, side: 3)
    let joined = pictures.concat([halves[0], halves[1], more])
    let other = pictures.split(pictures.convolution(x, 12, 36), [18, 18])
    pictures.graph.outputs = [pictures.convolution(joined, 54, 5), pictures.convolution(pictures.concat([other[1], other[0]]), 36, 5)]
    try keepLayer(pictures.graph, "parts-joined-again")
    XCTAssertEqual(try check(pictures.graph, "joined again"), ["n1", "n3", "n5"])
  }

  /// The kernels of convolutions on the sizes around their tiles, each of them between three channels and five of others, which it must neither read nor
  /// overwrite.
  func testEveryConvolutionBetweenOtherChannels() throws {
    let kernels: [TunedKernel] = [.pointwise, .groupedPointwise, .lines, .windows, .groupedWindows, .winograd2, .winograd4, .winograd6]
    for kernel in kernels where kernel.isUsed {
      for test in kernel.testCases() {
        let layer = test.graph.nodes[0]
        let input = try XCTUnwrap(layer.inputs[0]?.shape), output = try XCTUnwrap(layer.outputs[0]?.shape)
        let axis = input.count - 1
        let pictures = Pictures()
        let whole = pictures.unary(pictures.input(input.dropLast() + [input[axis] + 8]))
        let x = pictures.add(.split, [whole], outputs: 3, ["axis": .integer(axis), "sizes": .integers([3, input[axis], 5])])[1]
        // Both are there before the layer writes between them.
        let sides = [3, 5].map { channels in
          let weights = Constant(shape: Array(repeating: 1, count: axis - 1) + [channels, channels], floats: testFloats(channels * channels, seed: channels))
          return pictures.add(.convolution, [pictures.input(output.dropLast() + [channels]), Value(name: "side\(channels)", constant: weights)],
            ["strides": .integers(Array(repeating: 1, count: axis - 1))])[0]
        }
        let y = pictures.add(.convolution, [], layer.attributes)[0]
        pictures.graph.nodes[4].inputs = [x] + layer.inputs.dropFirst()
        pictures.graph.inputs += test.graph.inputs.dropFirst()
        // The busiest step, which no earlier one reaches.
        let joined = pictures.unary(pictures.concat([sides[0], y, sides[1]]))
        pictures.graph.outputs = [pictures.concat(Array(repeating: joined, count: 8))]
        // A residual is read at the places of the output, which is then copied.
        XCTAssertEqual(try check(pictures.graph, "\(kernel), \(test)"), test.graph.inputs.count == 1 ? ["n1", "n5"] : ["n1"], "\(test)")
      }
    }
  }

  /// What must stay as it is: results, what other operators read, what is overwritten while it is read, one value twice.
  func testWhatCannotLieInTheWhole() throws {
    let pictures = Pictures()
    let x = pictures.input([1, 6, 7, 8])
    let result = pictures.convolution(x, 8, 8)
    let read = pictures.convolution(x, 8, 8)
    let twice = pictures.convolution(x, 8, 8)
    let fine = pictures.convolution(x, 8, 8)
    let joined = pictures.concat([result, read, twice, twice, fine, x])
    let inPlace = pictures.unary(joined)
    let again = pictures.convolution(twice, 8, 5)
    let cut = pictures.split(inPlace, [20, 28])
    let negative = pictures.unary(cut[0])
    pictures.graph.outputs = [result, pictures.unary(read, "square"), inPlace, again, negative, pictures.convolution(cut[1], 28, 6)]
    XCTAssertEqual(try check(pictures.graph, "what stays"), [])
  }

  /// An operator in place behind the concatenation, whose inputs are still read afterwards, and one in place on a part.
  func testOverwrittenWholes() throws {
    let pictures = Pictures()
    let x = pictures.input([1, 9, 9, 16])
    let (a, b, c) = (pictures.convolution(x, 16, 24), pictures.convolution(x, 16, 8), pictures.convolution(x, 16, 8))
    let whole = pictures.unary(pictures.concat([a, b]))
    let other = pictures.concat([b, c])
    let y = pictures.convolution(x, 16, 40)
    let parts = pictures.split(y, [20, 20])
    let overwritten = pictures.unary(y)
    pictures.graph.outputs = [pictures.convolution(whole, 32, 7), pictures.convolution(other, 16, 7), pictures.convolution(a, 24, 5), pictures.convolution(parts[0], 20, 3),
      pictures.convolution(parts[1], 20, 3), pictures.convolution(overwritten, 40, 3)]
    try check(pictures.graph, "overwritten")
  }

  func testChangingShapes() throws {
    let pictures = Pictures()
    let x = pictures.input([-1, -1, -1, 16])
    let squeezed = pictures.convolution(x, 16, 12)
    let joined = pictures.concat([pictures.convolution(squeezed, 12, 32), pictures.convolution(squeezed, 12, 32, side: 3)])
    let parts = pictures.split(joined, [30, 34])
    pictures.graph.outputs = [pictures.convolution(parts[0], 30, 4), pictures.convolution(parts[1], 34, 4)]
    let found = try check(pictures.graph, shapes: [[[1, 8, 9, 16]], [[2, 30, 20, 16]], [[1, 1, 1, 16]], [[1, 8, 9, 16]]], "changing")
    XCTAssertEqual(found, ["n3", "n4"])
  }

  /// Random graphs, most of whose values are parts of others.
  func testRandomGraphs() throws {
    var moved = 0
    for seed in 1...150 {
      var random = Sequence64(state: UInt64(seed))
      let pictures = Pictures()
      var values = [(value: pictures.input([1, 3, 4, 6]), channels: 6)]
      for _ in 0..<Int.random(in: 2...14, using: &random) {
        let a = values[Int.random(in: 0..<values.count, using: &random)]
        switch Int.random(in: 0..<9, using: &random) {
        case 0...2:
          let outputs = Int.random(in: 1...20, using: &random)
          values.append((pictures.convolution(a.value, a.channels, outputs, side: Bool.random(using: &random) ? 3 : 1), outputs))
        case 3: values.append((pictures.pool(a.value), a.channels))
        case 4: values.append((pictures.unary(a.value), a.channels))
        case 5 where a.channels > 1:
          let first = Int.random(in: 1..<a.channels, using: &random)
          let parts = pictures.split(a.value, [first, a.channels - first])
          values += [(parts[0], first), (parts[1], a.channels - first)]
        case 6 where a.channels > 2:
          let slice = pictures.add(.slice, [a.value], ["axes": .integers([3]), "starts": .integers([1]), "ends": .integers([a.channels - 1])])[0]
          values.append((slice, a.channels - 2))
        default:
          let joined = (0..<Int.random(in: 1...3, using: &random)).map { _ in values[Int.random(in: 0..<values.count, using: &random)] }
          guard joined.reduce(0, { $0 + $1.channels }) < 100 else { continue }
          values.append((pictures.concat(joined.map(\.value)), joined.reduce(0) { $0 + $1.channels }))
        }
      }
      let outputs = (0..<Int.random(in: 1...2, using: &random)).map { _ in values[Int.random(in: max(values.count - 4, 0)..<values.count, using: &random)].value }
      pictures.graph.outputs = outputs.count == 2 && outputs[0] === outputs[1] ? [outputs[0]] : outputs
      moved += try check(pictures.graph, "seed \(seed)").count
    }
    XCTAssertGreaterThan(moved, 100, "many of them move nothing")
  }

  /// A part that is needed long before the rest would keep room for the whole: the busiest step decides.
  func testPartsDoNotGrowTheArena() throws {
    let pictures = Pictures()
    let x = pictures.input([1, 20, 20, 4])
    let early = pictures.convolution(x, 4, 4)
    var y = pictures.convolution(x, 4, 128)
    for _ in 0..<3 { y = pictures.convolution(y, 128, 128) }
    pictures.graph.outputs = [pictures.concat([early, pictures.convolution(y, 128, 120)])]
    let session = try TestSession(pictures.graph)
    // The input, the early part and two maps of 128 channels.
    let channels: UInt64 = 4 + 4 + 128 + 128
    XCTAssertLessThanOrEqual(try session.memoryNeeds().arena_bytes, 4 * 400 * channels)
    try check(pictures.graph, "an early part")
  }
}
