// Rules of the image operators (channels-last). SPDX-License-Identifier: Apache-2.0
import ModelFile

extension Inference {
  func images() -> Result {
    guard let x = shape(0), x.count >= 3 else { return one(type(0), nil) }
    let spatial = x.count - 2
    switch node.operatorCode {
    case .convolution, .convolutionTranspose:
      guard let weights = shape(1), weights.count == x.count else { return one(type(0), openImage(x, channels: -1)) }
      let kernel = Array(weights.prefix(spatial))
      if node.operatorCode == .convolution {
        return one(type(0), [x[0]] + (0..<spatial).map { windowed(x[$0 + 1], kernel: kernel[$0], $0) } + [weights[x.count - 1]])
      }
      let last = weights[x.count - 1]
      let channels = last < 0 ? -1 : last &* node.integer("groups", default: 1)
      return one(type(0), [x[0]] + (0..<spatial).map { transposed(x[$0 + 1], kernel: kernel[$0], $0) } + [channels])
    case .separableConvolution:
      guard let kernel = shape(3), kernel.count == 4, x.count == 4 else { return one(type(0), openImage(x, channels: -1)) }
      return one(type(0), [x[0], windowed(x[1], kernel: kernel[0], 0), windowed(x[2], kernel: kernel[1], 1), shape(5)?.last ?? kernel[3]])
    case .pool:
      let kernel = node.integers("kernel")
      guard kernel.count == spatial else { return one(type(0), openImage(x, channels: x[x.count - 1])) }
      let extents = (0..<spatial).map { node.boolean("adaptive") ? kernel[$0] : windowed(x[$0 + 1], kernel: kernel[$0], $0) }
      let shape = [x[0]] + extents + [x[x.count - 1]]
      return ([type(0), .int64], [shape, shape])
    case .resize:
      var extents = Array(repeating: -1, count: spatial)
      let sizes = node.integers("sizes"), scales = node.floats("scales")
      if let known = known(1), known.count == spatial {
        extents = known.map { $0 ?? -1 }
      } else if node.input(1) == nil && node.input(2) == nil {
        if sizes.count == spatial {
          extents = sizes
        } else if scales.count == spatial {
          extents = (0..<spatial).map { x[$0 + 1] < 0 ? -1 : Int(exactly: (Double(x[$0 + 1]) * Double(Float(scales[$0]))).rounded(.down)) ?? -1 }
        }
      }
      return one(type(0), [x[0]] + extents + [x[x.count - 1]])
    case .gridSample:
      guard let grid = shape(1), grid.count == x.count else { return one(type(0), openImage(x, channels: x[x.count - 1])) }
      return one(type(0), [x[0]] + grid[1..<(grid.count - 1)] + [x[x.count - 1]])
    case .roiAlign: return one(type(0), [shape(1)?.first ?? -1, node.integer("height"), node.integer("width"), x[x.count - 1]])
    case .depthToSpace, .spaceToDepth:
      let block = node.integer("block")
      guard x.count == 4, block > 0, block < 1 << 20 else { return one(type(0), openImage(x, channels: -1)) }
      let up = node.operatorCode == .depthToSpace
      func scaled(_ extent: Int, _ up: Bool, _ factor: Int) -> Int { extent < 0 ? -1 : up ? extent &* factor : extent / factor }
      return one(type(0), [x[0], scaled(x[1], up, block), scaled(x[2], up, block), scaled(x[3], !up, block &* block)])
    default: return one(type(0), nil)
    }
  }

  private func openImage(_ x: [Int], channels: Int) -> [Int] { [x[0]] + Array(repeating: -1, count: x.count - 2) + [channels] }

  private func entry(_ name: String, _ index: Int, _ fallback: Int) -> Int {
    let values = node.integers(name)
    return index < values.count ? values[index] : fallback
  }

  /// Extent after a sliding window: floor or ceil of (in + padding - dilation (k - 1) - 1) / stride, plus 1.
  private func windowed(_ extent: Int, kernel: Int, _ index: Int) -> Int {
    let stride = entry("strides", index, 1), dilation = entry("dilations", index, 1)
    guard extent >= 0, kernel > 0, stride > 0, dilation > 0 else { return -1 }
    let covered = dilation &* (kernel &- 1) &+ 1
    switch node.member("padding_mode", default: "") {
    case "same_upper", "same_lower": return (extent &+ stride &- 1) / stride
    case "valid":
      let room = extent &- covered
      return room < 0 ? -1 : room / stride &+ 1
    default:
      let begin = entry("padding_begin", index, 0)
      let room = extent &+ begin &+ entry("padding_end", index, 0) &- covered
      guard room >= 0 else { return -1 }
      guard node.boolean("ceil_mode") else { return room / stride &+ 1 }
      let count = (room &+ stride &- 1) / stride &+ 1
      return (count &- 1) &* stride >= extent &+ begin ? count &- 1 : count
    }
  }

  private func transposed(_ extent: Int, kernel: Int, _ index: Int) -> Int {
    let stride = entry("strides", index, 1), dilation = entry("dilations", index, 1)
    let fixed = node.integers("output_extents")
    if fixed.count > index { return fixed[index] }
    guard extent > 0, kernel > 0, stride > 0, dilation > 0 else { return -1 }
    switch node.member("padding_mode", default: "") {
    case "same_upper", "same_lower": return extent &* stride
    case "valid": return (extent &- 1) &* stride &+ dilation &* (kernel &- 1) &+ 1 &+ entry("output_padding", index, 0)
    default:
      return (extent &- 1) &* stride &+ dilation &* (kernel &- 1) &+ 1 &+ entry("output_padding", index, 0)
        &- entry("padding_begin", index, 0) &- entry("padding_end", index, 0)
    }
  }
}
