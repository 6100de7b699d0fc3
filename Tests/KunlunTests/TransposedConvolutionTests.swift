// SPDX-License-Identifier: Apache-2.0
import Graph
import KunlunBackend
import ModelFile
import Testing

@testable import Compiler
@testable import KunlunNumerics

/// A transposed convolution over two spatial dimensions, channels last; weights are [kernel, kernel, channels, outputs of a group].
private struct TransposedCase: OracleCase {
  var batch = 1, height = 3, width = 4, channels = 5
  var kernel = 3, outputs = 4, groups = 1, stride = 2, dilation = 1, padding = 1
  var hasBias = true
  var seed: UInt64 = 1

  private func extent(_ input: Int) -> Int { (input - 1) * stride + (kernel - 1) * dilation + 1 - 2 * padding }
  var outputHeight: Int { extent(height) }
  var outputWidth: Int { extent(width) }

  func values() -> (x: [Float], weights: [Float], bias: [Float]) {
    var random = TestRandom(seed)
    return (random.floats(batch * height * width * channels, scale: 4), random.floats(kernel * kernel * channels * outputs / groups, scale: 0.3),
      random.floats(outputs))
  }

  func inputs() -> [[Float]] { [values().x] }

  func graph() -> Graph {
    let graph = Graph(name: "transposed convolution")
    let (_, weights, bias) = values()
    let x = Value(name: "x", type: .float32, shape: [batch, height, width, channels])
    let output = Value(name: "y", type: .float32, shape: [batch, outputHeight, outputWidth, outputs])
    graph.inputs = [x]
    graph.outputs = [output]
    let inputs: [Value?] = [x, Value(name: "w", constant: Constant(shape: [kernel, kernel, channels, outputs / groups], floats: weights)),
      hasBias ? Value(name: "b", constant: Constant(shape: [outputs], floats: bias)) : nil]
    graph.nodes = [Node(.convolutionTranspose, name: "n", inputs: inputs, outputs: [output], attributes: ["strides": .integers([stride, stride]),
      "dilations": .integers([dilation, dilation]), "padding_begin": .integers([padding, padding]), "padding_end": .integers([padding, padding]),
      "groups": .integer(groups), "activation": .activation(function: "relu", alpha: 0, beta: 0)])]
    return graph
  }

  func expected(_ settings: KunlunSettings) -> [Float] {
    let (x, weights, bias) = values()
    let leftMaximum = settings.isEvery16 ? nil : ProductCase.maximum(x)
    let weightMaximum = ProductCase.maximum(weights)
    let precision = settings.arithmetic
    let (groupChannels, groupOutputs) = (channels / groups, outputs / groups)
    var result: [Float] = []
    for position in 0..<batch * outputHeight * outputWidth {
      let (image, row, column) = (position / (outputHeight * outputWidth), position / outputWidth % outputHeight, position % outputWidth)
      for output in 0..<outputs {
        let group = output / groupOutputs
        var value: Float = 0
        for tap in 0..<kernel * kernel {
          let (y, z) = (row + padding - tap / kernel * dilation, column + padding - tap % kernel * dilation)
          guard y >= 0, z >= 0, y % stride == 0, z % stride == 0, y / stride < height, z / stride < width else { continue }
          let first = ((image * height + y / stride) * width + z / stride) * channels + group * groupChannels
          let left = Array(x[first..<first + groupChannels])
          let right = (0..<groupChannels).map { weights[(tap * channels + group * groupChannels + $0) * groupOutputs + output % groupOutputs] }
          if settings.isPerChannel && precision.isInteger {
            let maximum = ProductCase.maximum(right)
            value += ScalarOracle.dot(left, right, precision, leftMaximum: leftMaximum, rightMaximum: maximum, rightWorth: 1) * maximum
          } else {
            value += ScalarOracle.dot(left, right, precision, leftMaximum: leftMaximum, rightMaximum: weightMaximum)
          }
        }
        if hasBias { value += bias[output] }
        result.append(max(value, 0))
      }
    }
    return result
  }
}

/// Bit for bit, with one and three threads: strides, dilations, padding, groups, taps that overlap, leave gaps or lie side by side; channels and outputs beside
/// multiples of the tiles.
@Test func transposedConvolutionsAreThoseOfTheOracle() throws {
  let cases = [TransposedCase(), TransposedCase(batch: 2, height: 5, width: 2, channels: 8, kernel: 2, outputs: 17, padding: 0),
    TransposedCase(channels: 6, outputs: 10, groups: 2, hasBias: false), TransposedCase(height: 4, channels: 4, kernel: 2, outputs: 8, groups: 4, dilation: 2),
    TransposedCase(height: 1, width: 1, channels: 40, outputs: 90, padding: 0), TransposedCase(kernel: 1, outputs: 9, stride: 3, padding: 0),
    TransposedCase(height: 2, width: 33, channels: 19, kernel: 4, outputs: 3, seed: 4)]
  try expectOracle(cases, threads: [1, 3])
}
