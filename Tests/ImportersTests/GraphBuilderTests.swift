// The builder's layouts and what it infers. SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Graph
@testable import Importers
@testable import ModelFile

@Suite struct GraphBuilderTests {
  let builder = GraphBuilder(graph: Graph(name: "test"))

  @Test func convolutionIsWrappedInTransposesAndItsWeightsAreLaidOut() throws {
    let x = builder.input(name: "x", type: .float32, shape: [-1, 3, 9, 11])
    // [M 4, C 3, 3, 2]: element = its own index.
    let weights = builder.constant(floats: (0..<72).map { Float($0) }, shape: [4, 3, 3, 2])
    let y = try builder.convolution(x, weights: weights, window: Window(strides: [2, 1], paddingBegin: [1, 0], paddingEnd: [1, 0]))
    #expect(y.shape == [-1, 4, 5, 10])
    #expect(builder.graph.nodes.map(\.operatorCode) == [.transpose, .convolution, .transpose])
    #expect(builder.graph.nodes[0].integers("permutation") == [0, 2, 3, 1])
    #expect(builder.graph.nodes[2].integers("permutation") == [0, 3, 1, 2])
    let laidOut = try #require(builder.graph.nodes[1].inputs[1]?.constant)
    #expect(laidOut.shape == [3, 2, 3, 4])
    let elements = try #require(laidOut.floats)
    for kh in 0..<3 { for kw in 0..<2 { for c in 0..<3 { for m in 0..<4 {
      #expect(elements[((kh * 2 + kw) * 3 + c) * 4 + m] == Float(((m * 3 + c) * 3 + kh) * 2 + kw))
    } } } }
    // The same weights again are not laid out twice.
    _ = try builder.convolution(x, weights: weights, window: Window())
    #expect(builder.graph.nodes[4].inputs[1] === builder.graph.nodes[1].inputs[1])
  }

  @Test func shapeArithmeticIsFollowed() throws {
    let x = builder.input(name: "x", type: .float32, shape: [-1, 4, 6, 5])
    let shape = builder.shape(x)
    let head = builder.slice(shape, axes: [0], starts: [0], ends: [2])
    let target = builder.concat([head, builder.constant(integers: [-1])], axis: 0)
    let y = builder.reshape(x, to: target)
    #expect(builder.elements(target) == [nil, 4, -1])
    #expect(y.shape == [-1, 4, -1])
    let last = builder.gather(shape, builder.constant(integers: [-1], shape: []), axis: 0)
    #expect(builder.integers(builder.binary(.multiply, last, 3)) == [15])
  }

  @Test func summationsGiveTheRightShapes() throws {
    func shape(_ equation: String, _ shapes: [[Int]]) throws -> [Int]? {
      try builder.einsum(equation, shapes.map { builder.input(name: "", type: .float32, shape: $0) }).shape
    }
    #expect(try shape("bhwc,hkc->bhwk", [[2, 5, 7, 3], [5, 4, 3]]) == [2, 5, 7, 4])
    #expect(try shape("bnqd,bnkd->bnqk", [[2, 3, 5, 7], [2, 3, 6, 7]]) == [2, 3, 5, 6])
    #expect(try shape("i,j->ij", [[3], [4]]) == [3, 4])
    #expect(try shape("ij->j", [[3, 4]]) == [4])
    #expect(try shape("...ij,...jk", [[2, 3, 4], [2, 4, 5]]) == [2, 3, 5])
    #expect(try shape("abc,cd,def->abef", [[2, 3, 4], [4, 5], [5, 6, 7]]) == [2, 3, 6, 7])
    #expect(throws: ImportError.self) { try shape("ii->i", [[3, 3]]) }
    #expect(throws: ImportError.self) { try shape("ij->k", [[3, 3]]) }
  }

  @Test func negativePaddingsCrop() throws {
    let x = builder.input(name: "x", type: .float32, shape: [4, 6])
    #expect(try builder.pad(x, pads: [-1, 2, 0, -3]).shape == [3, 5])
  }

  @Test func anImageOfUnknownRankHasThatOfItsWeights() throws {
    let image = builder.input(name: "u", type: .float32, shape: nil), weights = builder.input(name: "w", type: .float32, shape: [4, 3, 5])
    #expect(try builder.convolution(image, weights: weights, window: Window()).shape == [-1, 4, -1])
    let other = builder.input(name: "o", type: .float32, shape: nil)
    #expect(try builder.pool(.maximum, other, kernel: [2, 2], window: Window()).shape?.count == 4)
  }

  @Test func impossibleArgumentsAreErrorsNotTraps() {
    let x = builder.input(name: "x", type: .float32, shape: [1, 2, 3])
    let unknown = builder.input(name: "u", type: .float32, shape: nil)
    #expect(throws: ImportError.self) { try builder.transpose(x, [0, 0, 1]) }
    #expect(throws: ImportError.self) { try builder.axis(.min, rank: 3) }
    #expect(throws: ImportError.self) { try builder.pool(.maximum, x, kernel: [0], window: Window()) }
    #expect(throws: ImportError.self) { try builder.pool(.maximum, x, kernel: [2], window: Window(strides: [0])) }
    #expect(throws: ImportError.self) { try builder.convolution(unknown, weights: unknown, window: Window()) }
    _ = builder.slice(x, axes: [0, 1], starts: [.min, .max], ends: [.max, .min], steps: [.min, .max])
    _ = builder.reshape(x, [.max, .max, -1])
    _ = builder.squeeze(x, axes: [7])
    _ = builder.flatten(x, first: 2, last: 0)
    _ = builder.concat([x, unknown], axis: .min)
    _ = builder.tile(x, [.max, .max, .max])
    _ = builder.split(x, axis: 1, sizes: [.max], count: 3)
  }
}
