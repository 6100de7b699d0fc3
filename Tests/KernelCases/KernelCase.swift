// What the kernels of the tuned backend are tested and timed on. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile
import TunedCPU

/// A small network around one operator.
package struct KernelCase: CustomStringConvertible {
  package let description: String
  package let graph: Graph
  /// Multiply-adds of a run.
  package let multiplyAdds: Int

  package init(_ description: String, _ graph: Graph, multiplyAdds: Int) {
    self.description = description
    self.graph = graph
    self.multiplyAdds = multiplyAdds
  }

  package init(_ layer: Layer) { self.init("\(layer)", layer.graph, multiplyAdds: layer.multiplyAdds) }

  package init(_ layer: RecurrentLayer) { self.init("\(layer)", layer.graph, multiplyAdds: layer.multiplyAdds) }

  /// As the converter joins it.
  package init(_ block: SeparableBlock) { self.init("\(block)", block.joined(), multiplyAdds: block.multiplyAdds) }
}

/// Numbers in -1 ... 1 that look random and are always the same.
package func testFloats(_ count: Int, seed: Int) -> [Float] { (0..<count).map { Float((($0 &* 7919 &+ seed) % 2003) - 1001) / 1001 } }

extension TunedKernel {
  /// The list. Not `CaseIterable`, whose array the Embedded library must not allocate.
  package static var allCases: [TunedKernel] { (0...).lazy.map { TunedKernel(rawValue: $0) }.prefix { $0 != nil }.compactMap { $0 } }

  /// What it is tested on: sizes around the tiles of every instruction set (4, 6, 8 and 14 rows; vectors of 4, 8 and 16; panels of 8, 12, 16 and
  /// 32 columns), and whatever else decides how it goes.
  package func testCases() -> [KernelCase] {
    switch self {
    case .pointwise: Layer.pointwise.map { KernelCase($0) }
    case .groupedPointwise: Layer.groupedPointwise.map { KernelCase($0) }
    case .lines: Layer.lines.map { KernelCase($0) }
    case .groupedLines: Layer.groupedLines.map { KernelCase($0) }
    case .windows: Layer.windows.map { KernelCase($0) }
    case .groupedWindows: Layer.groupedWindows.map { KernelCase($0) }
    case .depthwise: Layer.depthwise.map { KernelCase($0) }
    case .winograd2: Layer.winograd("winograd2").map { KernelCase($0) }
    case .winograd4: Layer.winograd("winograd4").map { KernelCase($0) }
    case .winograd6: Layer.winograd("winograd6").map { KernelCase($0) }
    case .separable: SeparableBlock.all.map { KernelCase($0) }
    case .transposedTaps: Layer.transposedTaps.map { KernelCase($0) }
    case .transposedMergedTaps: Layer.transposedMergedTaps.map { KernelCase($0) }
    case .product: Layer.products.map { KernelCase($0) }
    case .attention: Layer.attentions.map { KernelCase($0) }
    case .recurrent: RecurrentLayer.small.map { KernelCase($0) }
    case .recurrentByDirection: RecurrentLayer.bothDirections.map { KernelCase($0) }
    case .recurrentByUnit: RecurrentLayer.wide.map { KernelCase($0) }
    case .transposedDepthwise: Layer.transposedDepthwise.map { KernelCase($0) }
    }
  }

  /// What it is timed on: layers of well-known networks.
  package func benchmarkCases() -> [KernelCase] {
    switch self {
    case .pointwise:
      [.convolution([1, 56, 56, 64], [1, 1, 64, 256]), .convolution([1, 14, 14, 1024], [1, 1, 1024, 256]), .convolution([1, 56, 56, 144], [1, 1, 144, 24])]
        .map { KernelCase($0) }
    case .groupedPointwise: [KernelCase(.convolution([1, 28, 28, 240], [1, 1, 80, 240], groups: 3))]
    case .lines: [KernelCase(.convolution([1, 224, 224, 3], [7, 7, 3, 64], stride: 2, padding: 3)), KernelCase(.convolution([1, 224, 224, 3], [3, 3, 3, 32], stride: 2, padding: 1))]
    case .windows: [KernelCase(.convolution([1, 56, 56, 64], [3, 3, 64, 128], stride: 2, padding: 1)), KernelCase(.convolution([1, 14, 14, 512], [3, 3, 512, 512], stride: 2, padding: 1))]
    case .groupedLines:
      [.convolution([1, 56, 56, 128], [3, 3, 4, 128], padding: 1, groups: 32), .convolution([1, 28, 28, 512], [3, 3, 16, 512], stride: 2, padding: 1, groups: 32)]
        .map { KernelCase($0) }
    case .groupedWindows: [KernelCase(.convolution([1, 27, 27, 96], [5, 5, 48, 256], padding: 2, groups: 2))]
    case .depthwise:
      [.convolution([1, 112, 112, 32], [3, 3, 1, 32], padding: 1, groups: 32), .convolution([1, 14, 14, 512], [3, 3, 1, 512], padding: 1, groups: 512),
        .convolution([1, 28, 28, 120], [5, 5, 1, 120], padding: 2, groups: 120)].map { KernelCase($0) }
    case .winograd2: [KernelCase(.convolution([1, 14, 14, 256], [3, 3, 256, 256], padding: 1, algorithm: "winograd2"))]
    case .winograd4:
      [KernelCase(.convolution([1, 56, 56, 64], [3, 3, 64, 64], padding: 1, algorithm: "winograd4")),
        KernelCase(.convolution([1, 14, 14, 256], [3, 3, 256, 256], padding: 1, algorithm: "winograd4"))]
    case .winograd6: [KernelCase(.convolution([1, 240, 240, 96], [3, 3, 96, 24], padding: 1, algorithm: "winograd6"))]
    case .separable:
      [KernelCase(SeparableBlock(input: [1, 112, 112, 16], expanded: 96, outputs: 24, stride: 2)),
        KernelCase(SeparableBlock(input: [1, 56, 56, 24], expanded: 144, outputs: 24, hasResidual: true))]
    case .transposedTaps: [KernelCase(.transposed([1, 40, 40, 64], [4, 4, 64, 32], stride: 2, padding: 1))]
    case .transposedMergedTaps: [KernelCase(.transposed([1, 80, 80, 24], [2, 2, 24, 24], stride: 2))]
    case .product: [KernelCase(Layer.product([128, 384], [384, 1536])), KernelCase(Layer.product([1, 1024], [1024, 1000]))]
    case .attention: [KernelCase(.joinedAttention(rows: 128, heads: 12, features: 32, values: 32)), KernelCase(.joinedAttention(rows: 1024, heads: 8, features: 64, values: 64))]
    case .recurrent: [KernelCase(RecurrentLayer(cell: "lstm", steps: 40, batch: 1, features: 96, hidden: 48))]
    case .recurrentByDirection: [KernelCase(RecurrentLayer(cell: "lstm", direction: "bidirectional", steps: 40, batch: 1, features: 288, hidden: 48))]
    case .transposedDepthwise: [KernelCase(.transposed([1, 64, 64, 64], [4, 4, 64, 1], stride: 2, padding: 1, groups: 64))]
    case .recurrentByUnit: [KernelCase(RecurrentLayer(cell: "gru", steps: 100, batch: 1, features: 256, hidden: 256))]
    }
  }
}
