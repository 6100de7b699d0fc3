// The layers that kernels are tested on. SPDX-License-Identifier: Apache-2.0
import Graph

private let relu = Attribute.activation(function: "relu", alpha: 0, beta: 0)
private let six = Attribute.activation(function: "clip", alpha: 0, beta: 6)
private let swish = Attribute.activation(function: "hard_swish", alpha: 0, beta: 0)
private let scaledSwish = Attribute.activation(function: "scaled_hard_swish", alpha: -0.75, beta: 0.5)

extension Layer {
  static let pointwise: [Layer] =
    [1, 3, 4, 7, 8, 9, 12, 13, 15, 16, 17, 20, 23, 24, 28, 31, 32, 33, 40, 47, 56, 65].map { columns in
      .convolution([1, 3, 5, 20], [1, 1, 20, columns], activation: columns % 2 == 0 ? relu : columns % 4 == 1 ? swish : scaledSwish, residual: columns % 3 == 0)
    } + (1...29).map { .convolution([1, 1, $0, 17], [1, 1, 17, 24], activation: six) }
    // Panels in pairs of steps, alone and behind a whole one.
    + (5...46).map { .convolution([1, 1, $0, 18], [1, 1, 18, $0 % 2 == 0 ? 24 : 16], activation: $0 % 5 == 0 ? swish : nil, residual: $0 % 3 == 0) }
    + [48, 56].map { .convolution([2, 5, 11, 30], [1, 1, 30, $0], residual: $0 == 56) }
    + [1, 2, 191, 256, 257, 400, 513, 1024].map { .convolution([1, 2, 7, $0], [1, 1, $0, 40], residual: $0 > 256) }

  static let groupedPointwise: [Layer] = [
    .convolution([1, 7, 7, 24], [1, 1, 4, 12], groups: 6, residual: true),
    .convolution([2, 3, 5, 51], [1, 1, 17, 39], groups: 3, activation: swish),
    .convolution([1, 4, 9, 24], [1, 1, 3, 40], groups: 8, activation: relu),
    .convolution([3, 1, 1, 36], [1, 1, 9, 20], groups: 4, residual: true),
    // More positions than the first-level cache holds the inputs of.
    .convolution([1, 11, 29, 128], [1, 1, 16, 104], groups: 8, activation: relu),
  ]

  static let lines: [Layer] = [
    .convolution([2, 9, 11, 3], [3, 3, 3, 16], stride: 2, padding: 1, activation: relu),
    .convolution([1, 20, 23, 3], [7, 7, 3, 20], stride: 2, padding: 3),
    .convolution([1, 4, 4, 1], [5, 5, 1, 9], padding: 4),
    .convolution([2, 20, 24, 3], [7, 7, 3, 32], stride: 2, padding: 3, activation: relu, residual: true),
    .convolution([2, 4, 9, 11, 3], [1, 3, 3, 3, 16], activation: six),
  ]

  static let windows: [Layer] = [
    .convolution([1, 12, 10, 24], [3, 3, 24, 33], padding: 2, paddingEnd: 0, activation: swish),
    .convolution([1, 9, 9, 48], [3, 3, 48, 16], stride: 2, padding: 1),
    .convolution([1, 15, 15, 16], [3, 3, 16, 16], dilation: 2, padding: 2),
    .convolution([1, 50, 20], [3, 20, 30], padding: 1),
    .convolution([1, 4, 6, 5, 8], [3, 3, 3, 8, 10], padding: 1),
    .convolution([1, 3, 9, 7, 40], [1, 5, 3, 40, 18]),
    .convolution([1, 7, 7, 1024], [1, 1, 1024, 70], stride: 2),
    .convolution([1, 9, 30, 20], [3, 3, 20, 28], stride: 2, padding: 1, activation: .activation(function: "swish", alpha: 1, beta: 0)),
    .convolution([1, 6, 5, 40], [3, 3, 40, 34], activation: scaledSwish, algorithm: "panels"),
  ]

  static let groupedWindows: [Layer] = [
    .convolution([1, 7, 7, 24], [3, 3, 8, 36], padding: 1, groups: 3, activation: relu),
    .convolution([1, 11, 6, 34], [3, 3, 17, 26], stride: 2, padding: 1, groups: 2, residual: true),
    .convolution([1, 9, 9, 32], [3, 3, 4, 32], padding: 1, groups: 8, activation: six),
    .convolution([1, 4, 3, 5, 6], [3, 3, 3, 1, 12], padding: 1, groups: 6),
    .convolution([2, 6, 7, 20], [3, 3, 10, 22], padding: 1, groups: 2),
    .convolution([1, 13, 6], [5, 3, 4], padding: 2, groups: 2),
    // More rows than are copied at once, and more depth than a part has.
    .convolution([1, 13, 15, 64], [3, 3, 8, 64], dilation: 2, padding: 2, groups: 8, activation: swish),
    .convolution([2, 15, 14, 96], [3, 3, 32, 96], padding: 1, groups: 3, residual: true),
    .convolution([1, 7, 9, 256], [3, 3, 128, 80], stride: 2, padding: 1, groups: 2, activation: relu, residual: true),
  ]

  /// Lines of whole tiles for every instruction set, and others.
  static let groupedLines: [Layer] = [
    .convolution([1, 9, 42, 32], [3, 3, 4, 32], padding: 1, groups: 8, activation: six),
    .convolution([2, 7, 14, 48], [3, 3, 16, 48], padding: 1, groups: 3, residual: true),
    .convolution([1, 6, 13, 64], [3, 3, 32, 64], padding: 1, groups: 2, activation: swish, algorithm: "panels"),
    .convolution([1, 13, 29, 34], [3, 5, 17, 64], stride: 2, padding: 2, groups: 2, activation: relu, residual: true),
    .convolution([2, 3, 5, 8, 32], [1, 3, 3, 16, 64], groups: 2),
    .convolution([1, 90, 48], [7, 16, 48], padding: 9, groups: 3, activation: scaledSwish),
    .convolution([1, 40, 70, 32], [3, 3, 16, 32], padding: 1, paddingEnd: 2, groups: 2, algorithm: "panels"),
  ]

  static let depthwise: [Layer] = [
    .convolution([1, 9, 10, 19], [3, 3, 1, 19], padding: 1, groups: 19, activation: six),
    .convolution([1, 17, 16, 40], [5, 5, 1, 40], stride: 2, padding: 2, groups: 40, activation: scaledSwish, residual: true),
    .convolution([1, 8, 8, 5], [3, 3, 1, 5], dilation: 2, padding: 2, groups: 5),
    .convolution([2, 13, 15, 33], [7, 7, 1, 33], padding: 3, groups: 33),
    // Several outputs a channel, whose lines are copied; the last in several parts.
    .convolution([2, 9, 8, 23], [3, 3, 1, 46], padding: 1, groups: 23, activation: relu, residual: true),
    .convolution([1, 11, 9, 12], [5, 5, 1, 36], stride: 2, padding: 2, groups: 12, activation: scaledSwish),
    .convolution([1, 16, 13, 5], [3, 3, 1, 85], dilation: 2, padding: 2, groups: 5, residual: true),
    .convolution([3, 14, 6, 8], [14, 1, 1, 16], groups: 8),
    .convolution([2, 50, 10], [9, 1, 40], padding: 12, groups: 10, activation: swish),
    .convolution([2, 3, 9, 7, 20], [1, 3, 3, 1, 40], groups: 20),
    .convolution([1, 40, 90, 64], [3, 3, 1, 128], padding: 1, paddingEnd: 2, groups: 64, activation: six),
    // Rows at once: three and four, with dilation, and the fewest.
    .convolution([1, 7, 6, 50], [3, 3, 1, 50], padding: 1, groups: 50, activation: scaledSwish),
    .convolution([2, 13, 11, 48], [3, 3, 1, 48], dilation: 2, padding: 2, groups: 48, activation: relu),
    .convolution([1, 7, 9, 35], [5, 5, 1, 35], padding: 2, groups: 35, activation: swish),
    .convolution([1, 3, 4, 32], [3, 3, 1, 32], padding: 1, groups: 32, residual: true),
    // Few rows, whose columns are divided among threads.
    .convolution([1, 5, 67, 40], [3, 3, 1, 40], padding: 1, groups: 40, activation: scaledSwish),
    .convolution([2, 5, 101, 33], [5, 5, 1, 33], stride: 2, padding: 2, groups: 33, activation: six, residual: true),
    .convolution([1, 6, 70, 17], [3, 3, 1, 17], dilation: 2, padding: 2, groups: 17, activation: swish),
    .convolution([3, 2, 90, 5], [3, 3, 1, 5], padding: 1, groups: 5, activation: swish),
  ]

  /// As the file says, and as the cost decides.
  static func winograd(_ algorithm: String) -> [Layer] {
    [algorithm, nil].flatMap { algorithm -> [Layer] in
      [
        .convolution([2, 13, 14, 32], [3, 3, 32, 64], padding: 1, activation: relu, residual: true, algorithm: algorithm),
        .convolution([1, 28, 28, 64], [3, 3, 64, 48], padding: 1, algorithm: algorithm),
        .convolution([1, 6, 6, 40], [3, 3, 40, 34], activation: scaledSwish, algorithm: algorithm),
        .convolution([1, 30, 31, 33], [3, 3, 33, 35], padding: 1, activation: six, residual: true, algorithm: algorithm),
        .convolution([1, 12, 18, 96], [3, 3, 96, 24], padding: 1, activation: relu, algorithm: algorithm),
        .convolution([3, 7, 7, 17], [3, 3, 17, 65], padding: 1, algorithm: algorithm),
        .convolution([2, 9, 13, 34], [3, 3, 17, 66], padding: 1, groups: 2, activation: relu, residual: true, algorithm: algorithm),
        .convolution([2, 3, 9, 8, 17], [1, 3, 3, 17, 40], activation: six, residual: true, algorithm: algorithm),
        .convolution([1, 11, 10, 96], [3, 3, 32, 120], groups: 3, activation: scaledSwish, algorithm: algorithm),
      ]
    }
  }

  static let transposedTaps: [Layer] = [
    .transposed([1, 5, 6, 19], [4, 4, 19, 21], stride: 2, padding: 1, activation: swish),
    .transposed([1, 7, 9, 12], [3, 3, 12, 5], stride: 2, groups: 2),
    .transposed([1, 4, 5, 8], [1, 1, 8, 9], stride: 3),
  ]

  static let transposedMergedTaps: [Layer] = [
    .transposed([1, 5, 17, 24], [2, 2, 24, 24], stride: 2, activation: relu),
    .transposed([2, 6, 33, 24], [2, 2, 24, 1], stride: 2, activation: .activation(function: "sigmoid", alpha: 0, beta: 0)),
    .transposed([1, 31, 40], [4, 40, 50], stride: 4),
  ]

  static let transposedDepthwise: [Layer] =
    [2, 7, 8, 9, 15, 16, 17, 40].map { .transposed([2, 5, 6, $0], [4, 4, $0, 1], stride: 2, padding: 1, groups: $0, activation: swish) } + [
      .transposed([1, 1, 7, 33], [1, 2, 33, 1], stride: 1, groups: 33, activation: relu),
      .transposed([1, 1, 3, 700], [1, 3, 700, 1], stride: 3, groups: 700),
      .transposed([1, 31, 40], [4, 40, 1], stride: 4, groups: 40),
    ]

  static let products: [Layer] = [
    product([5, 37], [37, 41]),
    product([40, 120], [120, 6625]),
    product([1, 300], [61, 300], ["transpose_b": .boolean(true)]),
    product([2, 3, 19], [19, 33], ["activation": relu]),
    product([70, 600], [600, 100]),
    product([4, 64], [64, 47]),
    product([1, 515], [515, 83]),
    product([2, 40], [40, 100], ["activation": scaledSwish]),
    product([3, 129], [129, 64]),
    // Scaled, few rows and many; rows 4 KB apart.
    product([2, 45], [45, 70], ["scale": .float(-0.3)]),
    product([31, 801], [801, 50], ["scale": .float(0.125), "activation": relu]),
    product([17, 1024], [1024, 131]),
  ]

  static let attentions: [Layer] = [
    .attention(queries: 40, keys: 40, heads: 8, features: 15, values: 15),
    .attention(queries: 9, keys: 20, heads: 2, features: 32, values: 24),
    .attention(queries: 30, keys: 37, heads: 3, features: 7, values: 33, causal: true),
    .attention(queries: 70, keys: 530, heads: 1, features: 64, values: 64),
    .joinedAttention(rows: 41, heads: 3, features: 15, values: 9),
    .joinedAttention(rows: 398, heads: 2, features: 7, values: 33, causal: true),
  ]
}
