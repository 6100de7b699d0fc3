// SPDX-License-Identifier: Apache-2.0
import Graph
import KunlunBackend
import ModelFile
import Testing

@testable import Compiler
@testable import KunlunNumerics

/// A convolution over two spatial dimensions, channels last.
private struct ConvolutionCase: OracleCase {
  var batch = 1, height = 5, width = 5, channels = 3
  var kernel = 3, outputs = 4, groups = 1, stride = 1, dilation = 1, padding = 1
  var hasBias = true
  var hasBranch = false
  var seed: UInt64 = 1

  private func extent(_ input: Int) -> Int { (input + 2 * padding - (kernel - 1) * dilation - 1) / stride + 1 }
  var outputHeight: Int { extent(height) }
  var outputWidth: Int { extent(width) }
  var positions: Int { batch * outputHeight * outputWidth }
  var groupChannels: Int { channels / groups }
  var depth: Int { kernel * kernel * groupChannels }

  func values() -> (x: [Float], weights: [Float], bias: [Float], branch: [Float]) {
    var random = TestRandom(seed)
    return (random.floats(batch * height * width * channels, scale: 4), random.floats(depth * outputs, scale: 0.3), random.floats(outputs),
      random.floats(positions * outputs))
  }

  func inputs() -> [[Float]] { hasBranch ? [values().x, values().branch] : [values().x] }

  func graph() -> Graph {
    let graph = Graph(name: "convolution")
    let (_, weights, bias, _) = values()
    let x = Value(name: "x", type: .float32, shape: [batch, height, width, channels])
    let branch = Value(name: "branch", type: .float32, shape: [batch, outputHeight, outputWidth, outputs])
    let output = Value(name: "y", type: .float32, shape: branch.shape)
    graph.inputs = hasBranch ? [x, branch] : [x]
    graph.outputs = [output]
    let inputs: [Value?] = [x, Value(name: "w", constant: Constant(shape: [kernel, kernel, groupChannels, outputs], floats: weights)),
      hasBias ? Value(name: "b", constant: Constant(shape: [outputs], floats: bias)) : nil, hasBranch ? branch : nil]
    graph.nodes = [Node(.convolution, name: "n", inputs: inputs, outputs: [output], attributes: ["strides": .integers([stride, stride]),
      "dilations": .integers([dilation, dilation]), "padding_begin": .integers([padding, padding]), "padding_end": .integers([padding, padding]),
      "groups": .integer(groups), "activation": .activation(function: "relu", alpha: 0, beta: 0)])]
    return graph
  }

  /// The window of an output position in one group, zeros where it lies in the padding.
  private func window(_ x: [Float], _ position: Int, _ group: Int) -> [Float] {
    let (image, row, column) = (position / (outputHeight * outputWidth), position / outputWidth % outputHeight, position % outputWidth)
    var result: [Float] = []
    for tapRow in 0..<kernel {
      for tapColumn in 0..<kernel {
        let (y, z) = (row * stride + tapRow * dilation - padding, column * stride + tapColumn * dilation - padding)
        for channel in 0..<groupChannels {
          let isInside = y >= 0 && y < height && z >= 0 && z < width
          result.append(isInside ? x[((image * height + y) * width + z) * channels + group * groupChannels + channel] : 0)
        }
      }
    }
    return result
  }

  func expected(_ settings: KunlunSettings) -> [Float] {
    let (x, weights, bias, branch) = values()
    let leftMaximum = settings.isEvery16 ? nil : ProductCase.maximum(x)
    let precision = settings.arithmetic
    let groupOutputs = outputs / groups
    var result = [Float](repeating: 0, count: positions * outputs)
    for position in 0..<positions {
      for output in 0..<outputs {
        let left = window(x, position, output / groupOutputs)
        let right = (0..<depth).map { weights[$0 * outputs + output] }
        var value: Float
        if settings.isPerChannel && precision.isInteger {
          let maximum = ProductCase.maximum(right)
          value = ScalarOracle.dot(left, right, precision, leftMaximum: leftMaximum, rightMaximum: maximum, rightWorth: 1) * maximum
        } else {
          value = ScalarOracle.dot(left, right, precision, leftMaximum: leftMaximum, rightMaximum: ProductCase.maximum(weights))
        }
        if hasBias { value += bias[output] }
        if hasBranch { value += branch[position * outputs + output] }
        result[position * outputs + output] = max(value, 0)
      }
    }
    return result
  }
}

/// Bit for bit, with one to three threads: kernels, strides, dilations, padding, groups, a branch; channels and outputs beside multiples of the tiles.
@Test func convolutionsAreThoseOfTheOracle() throws {
  var cases = [ConvolutionCase(), ConvolutionCase(batch: 2, height: 7, width: 6, channels: 8, kernel: 1, outputs: 17, padding: 0),
    ConvolutionCase(height: 9, width: 8, channels: 6, outputs: 10, groups: 2, stride: 2, hasBias: false, hasBranch: true),
    ConvolutionCase(height: 11, width: 10, channels: 4, outputs: 8, groups: 4, dilation: 2, padding: 2),
    ConvolutionCase(height: 1, width: 1, channels: 40, kernel: 1, outputs: 90, padding: 0, hasBranch: true),
    ConvolutionCase(height: 3, width: 3, channels: 257, outputs: 9)]
  var random = TestRandom(17)
  for seed in 0..<6 {
    let groups = random.integer(1...3)
    cases.append(ConvolutionCase(batch: random.integer(1...2), height: random.integer(5...9), width: random.integer(5...9),
      channels: groups * random.integer(2...6), kernel: random.integer(1...3), outputs: groups * random.integer(2...9), groups: groups,
      stride: random.integer(1...2), padding: random.integer(0...1), hasBias: seed % 2 == 0, hasBranch: seed % 3 == 0, seed: UInt64(seed)))
  }
  try expectOracle(cases, threads: [1, 2, 3])
}

/// The card's vector cores compute it in float32, as the next backend does.
@Test func depthwiseConvolutionsGoToTheNextBackend() throws {
  let test = ConvolutionCase(channels: 6, outputs: 6, groups: 6)
  let run = try GraphRun(test.graph(), [test.values().x], KunlunSettings(.second, .int8))
  #expect(run.backends == ["generic"])
}
