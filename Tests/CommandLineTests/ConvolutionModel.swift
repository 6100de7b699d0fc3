// A source model of one convolution, written after ONNX's protocol buffers and not with the tool's own code. SPDX-License-Identifier: Apache-2.0
import Foundation

/// y = a 3x3 convolution, padded by 1, of x [1, channels, side, side] to as many channels, all of it float32.
struct ConvolutionModel {
  let channels = 16
  let side = 13

  var weights: [Float] { (0..<channels * channels * 9).map { Float($0 * 31 % 37) / 37 - 0.5 } }
  var input: [Float] { (0..<channels * side * side).map { Float($0 * 17 % 101) / 101 - 0.5 } }

  /// The result for `input`, by loops over outputs, positions, channels and taps.
  var output: [Float] {
    let (weights, input) = (weights, input)
    var result: [Float] = []
    for output in 0..<channels {
      for y in 0..<side {
        for x in 0..<side {
          var sum = 0.0
          for channel in 0..<channels {
            for tap in 0..<9 {
              let (row, column) = (y + tap / 3 - 1, x + tap % 3 - 1)
              guard (0..<side).contains(row), (0..<side).contains(column) else { continue }
              sum += Double(weights[(output * channels + channel) * 9 + tap]) * Double(input[(channel * side + row) * side + column])
            }
          }
          result.append(Float(sum))
        }
      }
    }
    return result
  }

  /// The file; `isOpen` leaves the picture's height out.
  func bytes(isOpen: Bool = false) -> Data {
    func list(_ name: String, _ values: [Int]) -> Data { text(1, name) + values.reduce(Data()) { $0 + number(8, $1) } + number(20, 7) }
    func port(_ name: String) -> Data {
      let extents = [1, channels, isOpen ? nil : side, side].reduce(Data()) { $0 + field(1, $1.map { number(1, $0) } ?? Data()) }
      return text(1, name) + field(2, field(1, number(1, 1) + field(2, extents)))
    }
    let node = text(1, "x") + text(1, "w") + text(2, "y") + text(3, "layer") + text(4, "Conv") + field(5, list("pads", [1, 1, 1, 1]))
      + field(5, list("kernel_shape", [3, 3]))
    let data = weights.withUnsafeBytes { Data($0) }
    let tensor = [channels, channels, 3, 3].reduce(Data()) { $0 + number(1, $1) } + number(2, 1) + text(8, "w") + field(9, data)
    let graph = field(1, node) + text(2, "graph") + field(5, tensor) + field(11, port("x")) + field(12, port("y"))
    return number(1, 8) + field(7, graph) + field(8, number(2, 13))
  }

  private func varint(_ value: Int) -> Data { value < 128 ? Data([UInt8(value)]) : Data([UInt8(value & 127 | 128)]) + varint(value >> 7) }
  private func number(_ key: Int, _ value: Int) -> Data { varint(key << 3) + varint(value) }
  private func field(_ key: Int, _ value: Data) -> Data { varint(key << 3 | 2) + varint(value.count) + value }
  private func text(_ key: Int, _ value: String) -> Data { field(key, Data(value.utf8)) }
}
