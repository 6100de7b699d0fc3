// Shapes of the layers of networks, as matrix products and depthwise windows. SPDX-License-Identifier: Apache-2.0

struct ProductShape {
  let name: String
  let rows, depth, columns: Int
}

/// 1x1 convolutions, dense layers and the square product of the textbooks.
let productShapes: [ProductShape] = [
  ProductShape(name: "square", rows: 1024, depth: 1024, columns: 1024),
  ProductShape(name: "resnet50 56x56", rows: 3136, depth: 64, columns: 64),
  ProductShape(name: "resnet50 56x56", rows: 3136, depth: 64, columns: 256),
  ProductShape(name: "resnet50 56x56", rows: 3136, depth: 256, columns: 64),
  ProductShape(name: "resnet50 28x28", rows: 784, depth: 128, columns: 512),
  ProductShape(name: "resnet50 28x28", rows: 784, depth: 512, columns: 128),
  ProductShape(name: "resnet50 14x14", rows: 196, depth: 256, columns: 1024),
  ProductShape(name: "resnet50 14x14", rows: 196, depth: 1024, columns: 256),
  ProductShape(name: "resnet50 7x7", rows: 49, depth: 512, columns: 2048),
  ProductShape(name: "resnet50 7x7", rows: 49, depth: 2048, columns: 512),
  ProductShape(name: "mobilenet_v2 112x112", rows: 12544, depth: 32, columns: 16),
  ProductShape(name: "mobilenet_v2 112x112", rows: 12544, depth: 16, columns: 96),
  ProductShape(name: "mobilenet_v2 56x56", rows: 3136, depth: 24, columns: 144),
  ProductShape(name: "mobilenet_v2 56x56", rows: 3136, depth: 144, columns: 24),
  ProductShape(name: "mobilenet_v2 14x14", rows: 196, depth: 384, columns: 64),
  ProductShape(name: "mobilenet_v2 7x7", rows: 49, depth: 320, columns: 1280),
  ProductShape(name: "shufflenet 28x28", rows: 784, depth: 58, columns: 58),
  ProductShape(name: "minilm", rows: 128, depth: 384, columns: 384),
  ProductShape(name: "minilm", rows: 128, depth: 384, columns: 1536),
  ProductShape(name: "minilm", rows: 128, depth: 1536, columns: 384),
  ProductShape(name: "classifier", rows: 1, depth: 1024, columns: 1000),
]

struct DepthwiseShape {
  let name: String
  let side, channels, kernel, stride: Int
}

let depthwiseShapes: [DepthwiseShape] = [
  DepthwiseShape(name: "mobilenet_v1 112x112", side: 112, channels: 32, kernel: 3, stride: 1),
  DepthwiseShape(name: "mobilenet_v1 112x112", side: 112, channels: 64, kernel: 3, stride: 2),
  DepthwiseShape(name: "mobilenet_v1 56x56", side: 56, channels: 128, kernel: 3, stride: 1),
  DepthwiseShape(name: "mobilenet_v1 14x14", side: 14, channels: 512, kernel: 3, stride: 1),
  DepthwiseShape(name: "mobilenet_v2 14x14", side: 14, channels: 384, kernel: 3, stride: 1),
  DepthwiseShape(name: "mobilenet_v2 14x14", side: 14, channels: 576, kernel: 3, stride: 1),
  DepthwiseShape(name: "mobilenet_v2 7x7", side: 7, channels: 960, kernel: 3, stride: 1),
  DepthwiseShape(name: "mobilenet_v3 28x28", side: 28, channels: 120, kernel: 5, stride: 1),
  DepthwiseShape(name: "shufflenet 28x28", side: 28, channels: 58, kernel: 3, stride: 1),
  DepthwiseShape(name: "7x7 56x56", side: 56, channels: 96, kernel: 7, stride: 1),
]
