// Published times of whole networks, beside the model's. SPDX-License-Identifier: Apache-2.0
import Graph
import KunlunTiming
import XCTest

/// Rows 28 to 39 of docs/kunlun.md. The host's terms are fitted to rows 29, 30 and 39; the others are held out, or one-sided where the docs say why.
final class NetworkRowsTests: XCTestCase {
  private func simulate(_ graph: Graph, _ card: String = "kunlun-r200", host: String = "x86", _ precision: Precision = .int16, batch: Int = 1,
    keepsInL3: Bool = true) throws -> Simulation
  {
    var options = SimulationOptions()
    options.precision = precision
    options.batch = batch
    if !keepsInL3 { options.l3AutotuneSize = 0 }
    return try Simulation(graph, card: .named(card), host: .named(host), options: options)
  }

  private static let resnet50 = [3, 4, 6, 3]

  /// Published by Paddle-Lite for batch 1, float32 models with int16 products; milliseconds on x86 and on arm64.
  func testClassifiersOnR200() throws {
    let rows: [(name: String, graph: Graph, x86: Double, arm64: Double)] = [
      ("AlexNet", Networks.alexnet(), 0.5762, 1.2725), ("DarkNet53", Networks.darknet53(), 1.0468, 3.157),
      ("MobileNet-v1", Networks.mobilenetV1(), 0.4854, 1.722), ("MobileNet-v2", Networks.mobilenetV2(), 0.7195, 2.551),
      ("ResNet-18", Networks.resnet([2, 2, 2, 2], isBasic: true), 0.4130, 1.353), ("ResNet-50", Networks.resnet(Self.resnet50, isBasic: false), 0.9089, 2.280),
      ("ResNet-101", Networks.resnet([3, 4, 23, 3], isBasic: false), 1.5529, 3.481), ("VGG16", Networks.vgg(Networks.vgg16), 1.4011, 1.944),
      ("VGG19", Networks.vgg(Networks.vgg19), 1.5168, 2.027), ("SqueezeNet", Networks.squeezenet(), 0.5519, 1.978),
    ]
    for row in rows {
      for keepsInL3 in [true, false] {
        let place = keepsInL3 ? "L3" : "global memory"
        assertRow("29", "R200, \(row.name), x86, activations in \(place), ms", published: row.x86, model: try simulate(row.graph, keepsInL3: keepsInL3).seconds * 1e3,
          0.75...1.25, .fitted)
        assertRow("30", "R200, \(row.name), arm64, activations in \(place), ms", published: row.arm64,
          model: try simulate(row.graph, host: "arm64", keepsInL3: keepsInL3).seconds * 1e3, 0.70...1.30, .fitted)
      }
    }
  }

  /// More of the same table, with bounds of this project's own. What a launch takes on arm64 is fitted to all its rows; on x86 nothing is fitted to these.
  func testBranchedClassifiersOnR200() throws {
    for (name, graph, x86, arm64) in [("GoogLeNet", Networks.googlenet(), 1.26, 4.21), ("DenseNet121", Networks.densenet121(), 3.49, 10.4),
      ("ResNeXt50", Networks.resnext50(), 1.03, 2.48), ("SE_ResNet50", Networks.seResnet50(), 1.44, 5.43), ("Res2Net50", Networks.res2net50(), 2.49, 7.47),
      ("EfficientNetB0", Networks.efficientnetB0(), 1.52, 4.92), ("GhostNet", Networks.ghostnet(), 2.22, 7.02)]
    {
      assertRow("38", "R200, \(name), x86, ms", published: x86, model: try simulate(graph).seconds * 1e3, 0.70...1.30)
      assertRow("39", "R200, \(name), arm64, ms", published: arm64, model: try simulate(graph, host: "arm64").seconds * 1e3, 0.70...1.30, .fitted)
    }
  }

  /// Two owners measured 0.68 and 0.94 ms, with other stacks: the model may lie between 0.6 and 1.3 ms.
  func testResNet50OnK200() throws {
    for keepsInL3 in [true, false] {
      let milliseconds = try simulate(Networks.resnet(Self.resnet50, isBasic: false), "kunlun-k200", keepsInL3: keepsInL3).seconds * 1e3
      assertRow("28", "K200, ResNet-50, activations in \(keepsInL3 ? "L3" : "global memory"), ms", published: 0.94, model: milliseconds, (0.6 / 0.94)...(1.3 / 0.94))
    }
  }

  /// Large batches as FlagPerf published them; their label "fp32" does not say what products were computed in, so the bounds hold for both.
  func testLargeBatchesOnR200() throws {
    let resnet = Networks.resnet(Self.resnet50, isBasic: false)
    let bert = Networks.encoders([(24, 1, 512, 1024, 16)])
    let vit = Networks.encoders([(24, 1, 197, 1024, 16)])
    for precision in [Precision.float32, .int16] {
      assertRow("31", "R200, ResNet-50, batch 128, as \(precision.rawValue), ms", published: 103.7, model: try simulate(resnet, precision, batch: 128).seconds * 1e3,
        0.5...1.3, .ambiguous)
      assertRow("33", "R200, ViT-L/16, batch 32, as \(precision.rawValue), ms", published: 221, model: try simulate(vit, precision, batch: 32).seconds * 1e3,
        0.35...1.2, .ambiguous)
    }
    assertRow("32", "R200, BERT-large, 512 tokens, batch 32, ms", published: 256, model: try simulate(bert, .int16, batch: 32).seconds * 1e3, 0.7...1.5, .ambiguous)
    let swin = Networks.encoders([(2, 64, 49, 128, 4), (2, 16, 49, 256, 8), (18, 4, 49, 512, 16), (2, 1, 49, 1024, 32)])
    assertRow("34", "R200, Swin-B, batch 256, ms", published: 1457, model: try simulate(swin, .int16, batch: 256).seconds * 1e3, 0...1, .oneSided)
  }

  /// The published time includes non-maximum suppression on the host, which is not in the model.
  func testYOLOv3OnR200() throws {
    assertRow("35", "R200, YOLOv3-DarkNet53, the device's part, ms", published: 7.147, model: try simulate(Networks.yolov3()).deviceSeconds * 1e3, 0.3...1, .oneSided)
  }

  /// Times that Paddle-Lite's own tests must stay below.
  func testUpperBoundsOnK200() throws {
    for (name, graph, bound) in [("ResNet-50", Networks.resnet(Self.resnet50, isBasic: false), 20.0), ("VGG16", Networks.vgg(Networks.vgg16), 90),
      ("VGG19", Networks.vgg(Networks.vgg19), 110)]
    {
      assertRow("36", "K200, \(name), batch 16, ms", published: bound, model: try simulate(graph, "kunlun-k200", batch: 16).seconds * 1e3, 0...1, .oneSided)
    }
  }
}

extension NetworkRowsTests {
  private func simulate(_ graph: Graph, _ precision: Precision, batch: Int) throws -> Simulation {
    try simulate(graph, "kunlun-r200", precision, batch: batch)
  }
}
