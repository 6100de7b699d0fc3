// Networks with many branches, gates and concatenations. SPDX-License-Identifier: Apache-2.0
import Graph

extension Networks {
  private static func channels(_ x: Value) -> Int { x.shape?.last ?? 0 }
  private static func side(_ x: Value) -> Int { x.shape?[1] ?? 0 }

  private static func binary(_ b: NetworkBuilder, _ function: String, _ x: Value, _ y: Value, activation: String? = nil) -> Value {
    b.add(.binary, [x, y], shape: x.shape ?? [], attributes: ["function": .member(function)], activation: activation)
  }

  /// Batch normalisation and relu before a convolution, which do not fold into it: a scale, then an offset with the activation.
  private static func normalised(_ b: NetworkBuilder, _ x: Value) -> Value {
    binary(b, "add", binary(b, "multiply", x, b.weights([channels(x)])), b.weights([channels(x)]), activation: "relu")
  }

  /// Hu et al. 2017.
  private static func gated(_ b: NetworkBuilder, _ x: Value, width: Int, inner: String = "relu", gate: String = "sigmoid") -> Value {
    let pooled = b.add(.reduce, [x], shape: [1, 1, 1, channels(x)], attributes: ["function": .member("mean")])
    return binary(b, "multiply", x, b.conv(b.conv(pooled, width, 1, activation: inner), channels(x), 1, activation: gate))
  }

  /// Szegedy et al. 2014.
  static func googlenet() -> Graph {
    let b = NetworkBuilder("googlenet")
    var x = b.pool(b.conv(b.input([1, 224, 224, 3]), 64, 7, stride: 2), extent: 56)
    x = b.pool(b.conv(b.conv(x, 64, 1), 192, 3), extent: 28)
    let blocks = [(64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
      (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128), (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)]
    for (index, block) in blocks.enumerated() {
      if index == 2 || index == 7 { x = b.pool(x, extent: side(x) / 2) }
      x = b.concat([b.conv(x, block.0, 1), b.conv(b.conv(x, block.1, 1), block.2, 3), b.conv(b.conv(x, block.3, 1), block.4, 5), b.conv(b.pool(x, extent: side(x)), block.5, 1)])
    }
    return classifier(b, b.globalPool(x))
  }

  /// Huang et al. 2016.
  static func densenet121() -> Graph {
    let b = NetworkBuilder("densenet121")
    var x = b.pool(b.conv(b.input([1, 224, 224, 3]), 64, 7, stride: 2), extent: 56)
    for (stage, count) in [6, 12, 24, 16].enumerated() {
      if stage > 0 { x = b.pool(b.conv(normalised(b, x), channels(x) / 2, 1, activation: nil), extent: side(x) / 2) }
      for _ in 0..<count { x = b.concat([x, b.conv(b.conv(normalised(b, x), 128, 1), 32, 3, activation: nil)]) }
    }
    return classifier(b, b.globalPool(normalised(b, x)))
  }

  /// Xie et al. 2016: 32 groups of width 4.
  static func resnext50() -> Graph { bottlenecks { b, x, width, stride, branch in
    b.conv(b.conv(b.conv(x, 2 * width, 1), 2 * width, 3, stride: stride, groups: 32), 4 * width, 1, residual: branch)
  } }

  /// ResNet-50 with squeeze and excitation at the end of each block.
  static func seResnet50() -> Graph { bottlenecks { b, x, width, stride, branch in
    let y = b.conv(b.conv(b.conv(x, width, 1), width, 3, stride: stride), 4 * width, 1, activation: nil)
    return binary(b, "add", gated(b, y, width: width / 4), branch, activation: "relu")
  } }

  /// Gao et al. 2019: four scales of width 26.
  static func res2net50() -> Graph { bottlenecks { b, x, width, stride, branch in
    let scale = 26 * width / 64
    let y = b.conv(x, 4 * scale, 1)
    let slice = [1, side(y), side(y), scale]
    let parts = (0..<4).map { _ in b.add(.slice, [y], shape: slice) }
    var results: [Value] = []
    for index in 0..<3 {
      let input = index > 0 && stride == 1 ? binary(b, "add", parts[index], results[index - 1]) : parts[index]
      results.append(b.conv(input, scale, 3, stride: stride))
    }
    results.append(stride == 1 ? parts[3] : b.pool(parts[3], extent: side(y) / 2))
    return b.conv(b.concat(results), 4 * width, 1, residual: branch)
  } }

  private static func bottlenecks(_ block: (NetworkBuilder, Value, Int, Int, Value) -> Value) -> Graph {
    let b = NetworkBuilder("bottlenecks")
    var x = b.pool(b.conv(b.input([1, 224, 224, 3]), 64, 7, stride: 2), extent: 56)
    for (stage, count) in [3, 4, 6, 3].enumerated() {
      for index in 0..<count {
        let stride = stage > 0 && index == 0 ? 2 : 1
        x = block(b, x, 64 << stage, stride, index == 0 ? b.conv(x, 256 << stage, 1, stride: stride, activation: nil) : x)
      }
    }
    return classifier(b, b.globalPool(x))
  }

  /// Tan and Le 2019.
  static func efficientnetB0() -> Graph {
    let b = NetworkBuilder("efficientnet_b0")
    var x = b.conv(b.input([1, 224, 224, 3]), 32, 3, stride: 2, activation: "swish")
    for (factor, width, count, stride, kernel) in [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)] {
      for index in 0..<count {
        let input = x
        let expanded = factor == 1 ? x : b.conv(x, factor * channels(x), 1, activation: "swish")
        let filtered = b.conv(expanded, channels(expanded), kernel, stride: index == 0 ? stride : 1, groups: channels(expanded), activation: "swish")
        x = b.conv(gated(b, filtered, width: max(channels(input) / 4, 1), inner: "swish"), width, 1, activation: nil, residual: index > 0 ? input : nil)
      }
    }
    return classifier(b, b.globalPool(b.conv(x, 1280, 1, activation: "swish")))
  }

  /// Han et al. 2019, width 1.
  static func ghostnet() -> Graph {
    let b = NetworkBuilder("ghostnet")
    func ghost(_ x: Value, _ width: Int, activation: String?) -> Value {
      let main = b.conv(x, width / 2, 1, activation: activation)
      return b.concat([main, b.conv(main, width / 2, 3, groups: width / 2, activation: activation)])
    }
    var x = b.conv(b.input([1, 224, 224, 3]), 16, 3, stride: 2)
    for (kernel, wide, width, gate, stride) in [(3, 16, 16, false, 1), (3, 48, 24, false, 2), (3, 72, 24, false, 1), (5, 72, 40, true, 2), (5, 120, 40, true, 1), (3, 240, 80, false, 2),
      (3, 200, 80, false, 1), (3, 184, 80, false, 1), (3, 184, 80, false, 1), (3, 480, 112, true, 1), (3, 672, 112, true, 1), (5, 672, 160, true, 2), (5, 960, 160, false, 1),
      (5, 960, 160, true, 1), (5, 960, 160, false, 1), (5, 960, 160, true, 1)]
    {
      let input = x
      x = ghost(x, wide, activation: "relu")
      if stride > 1 { x = b.conv(x, wide, kernel, stride: stride, groups: wide, activation: nil) }
      if gate { x = gated(b, x, width: wide / 4, gate: "hard_sigmoid") }
      x = ghost(x, width, activation: nil)
      let branch = stride == 1 && channels(input) == width ? input
        : b.conv(b.conv(input, channels(input), kernel, stride: stride, groups: channels(input), activation: nil), width, 1, activation: nil)
      x = binary(b, "add", x, branch)
    }
    return classifier(b, b.fc(b.globalPool(b.conv(x, 960, 1)), 1280, activation: "relu"))
  }
}
