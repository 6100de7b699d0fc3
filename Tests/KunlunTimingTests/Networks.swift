// The networks of the published tables. SPDX-License-Identifier: Apache-2.0
import Graph

/// Architectures as their papers describe them.
enum Networks {
  static func classifier(_ builder: NetworkBuilder, _ x: Value) -> Graph { builder.finish(builder.softmax(builder.fc(x, 1000))) }

  /// He et al. 2015, with the stride in the 3x3 convolution.
  static func resnet(_ blocks: [Int], isBasic: Bool) -> Graph {
    let b = NetworkBuilder("resnet")
    var x = b.pool(b.conv(b.input([1, 224, 224, 3]), 64, 7, stride: 2), extent: 56)
    for (stage, count) in blocks.enumerated() {
      let width = 64 << stage
      for block in 0..<count {
        let stride = stage > 0 && block == 0 ? 2 : 1
        let channels = isBasic ? width : 4 * width
        let branch = block == 0 && (stride == 2 || x.shape?.last != channels) ? b.conv(x, channels, 1, stride: stride, activation: nil) : x
        let inner = isBasic ? b.conv(x, width, 3, stride: stride) : b.conv(b.conv(x, width, 1), width, 3, stride: stride)
        x = b.conv(inner, channels, isBasic ? 3 : 1, residual: branch)
      }
    }
    return classifier(b, b.globalPool(x))
  }

  /// Simonyan and Zisserman 2014; 0 is a pool.
  static func vgg(_ layers: [Int]) -> Graph {
    let b = NetworkBuilder("vgg")
    var x = b.input([1, 224, 224, 3])
    for channels in layers { x = channels == 0 ? b.pool(x, extent: (x.shape?[1] ?? 0) / 2) : b.conv(x, channels, 3) }
    return classifier(b, b.fc(b.fc(b.flatten(x), 4096, activation: "relu"), 4096, activation: "relu"))
  }

  static let vgg16 = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0]
  static let vgg19 = [64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0]

  /// Krizhevsky 2014, one column.
  static func alexnet() -> Graph {
    let b = NetworkBuilder("alexnet")
    var x = b.pool(b.conv(b.input([1, 224, 224, 3]), 64, 11, stride: 4, extent: 55), extent: 27)
    x = b.pool(b.conv(x, 192, 5), extent: 13)
    x = b.pool(b.conv(b.conv(b.conv(x, 384, 3), 256, 3), 256, 3), extent: 6)
    return classifier(b, b.fc(b.fc(b.flatten(x), 4096, activation: "relu"), 4096, activation: "relu"))
  }

  /// Redmon and Farhadi 2018; the results of the last three stages.
  private static func darknetBody(_ b: NetworkBuilder, side: Int) -> [Value] {
    var x = b.conv(b.input([1, side, side, 3]), 32, 3, activation: "leaky_relu")
    var stages: [Value] = []
    for (channels, count) in [(64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)] {
      x = b.conv(x, channels, 3, stride: 2, activation: "leaky_relu")
      for _ in 0..<count {
        x = b.conv(b.conv(x, channels / 2, 1, activation: "leaky_relu"), channels, 3, activation: "leaky_relu", residual: x)
      }
      stages.append(x)
    }
    return Array(stages.suffix(3))
  }

  static func darknet53() -> Graph {
    let b = NetworkBuilder("darknet53")
    let stages = darknetBody(b, side: 256)
    return classifier(b, b.globalPool(stages[2]))
  }

  static func yolov3() -> Graph {
    let b = NetworkBuilder("yolov3")
    let stages = darknetBody(b, side: 608)
    var results: [Value] = []
    var carried: Value?
    for (level, channels) in [512, 256, 128].enumerated() {
      let stage = stages[2 - level]
      let side = stage.shape?[1] ?? 0
      var x = stage
      if let below = carried {
        let reduced = b.conv(below, channels, 1, activation: "leaky_relu")
        x = b.concat([b.add(.resize, [reduced], shape: [1, side, side, channels]), stage])
      }
      for _ in 0..<2 { x = b.conv(b.conv(x, channels, 1, activation: "leaky_relu"), 2 * channels, 3, activation: "leaky_relu") }
      x = b.conv(x, channels, 1, activation: "leaky_relu")
      carried = x
      results.append(b.conv(b.conv(x, 2 * channels, 3, activation: "leaky_relu"), 255, 1, activation: nil))
    }
    b.graph.outputs = results.map { b.add(.yoloBox, [$0], shape: [1, 3 * (($0.shape?[1] ?? 0) * ($0.shape?[1] ?? 0)), 85]) }
    return b.graph
  }

  /// Howard et al. 2017.
  static func mobilenetV1() -> Graph {
    let b = NetworkBuilder("mobilenet_v1")
    var x = b.conv(b.input([1, 224, 224, 3]), 32, 3, stride: 2)
    for (channels, stride) in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)] {
      let width = x.shape?[3] ?? 0
      x = b.conv(b.conv(x, width, 3, stride: stride, groups: width), channels, 1)
    }
    return classifier(b, b.globalPool(x))
  }

  /// Sandler et al. 2018.
  static func mobilenetV2() -> Graph {
    let b = NetworkBuilder("mobilenet_v2")
    var x = b.conv(b.input([1, 224, 224, 3]), 32, 3, stride: 2, activation: "clip")
    for (factor, channels, count, stride) in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)] {
      for index in 0..<count {
        let width = x.shape?[3] ?? 0
        let expanded = factor == 1 ? x : b.conv(x, factor * width, 1, activation: "clip")
        let filtered = b.conv(expanded, factor * width, 3, stride: index == 0 ? stride : 1, groups: factor * width, activation: "clip")
        x = b.conv(filtered, channels, 1, activation: nil, residual: index > 0 ? x : nil)
      }
    }
    return classifier(b, b.globalPool(b.conv(x, 1280, 1, activation: "clip")))
  }

  /// Iandola et al. 2016, version 1.0.
  static func squeezenet() -> Graph {
    let b = NetworkBuilder("squeezenet")
    var x = b.pool(b.conv(b.input([1, 224, 224, 3]), 96, 7, stride: 2, extent: 109), extent: 54)
    for (index, width) in [16, 16, 32, 32, 48, 48, 64, 64].enumerated() {
      if index == 3 || index == 7 { x = b.pool(x, extent: (x.shape?[1] ?? 0) / 2) }
      let squeezed = b.conv(x, width, 1)
      x = b.concat([b.conv(squeezed, 4 * width, 1), b.conv(squeezed, 4 * width, 3)])
    }
    return b.finish(b.softmax(b.globalPool(b.conv(x, 1000, 1))))
  }

  /// Encoder blocks alone: `batch` sequences of `length` rows.
  static func encoders(_ stages: [(count: Int, batch: Int, length: Int, width: Int, heads: Int)]) -> Graph {
    let b = NetworkBuilder("encoders")
    for (index, stage) in stages.enumerated() {
      var x = b.input([stage.batch, stage.length, stage.width], name: "x\(index)")
      for _ in 0..<stage.count { x = b.encoder(x, heads: stage.heads, hidden: 4 * stage.width) }
      b.graph.outputs.append(x)
    }
    return b.graph
  }
}
