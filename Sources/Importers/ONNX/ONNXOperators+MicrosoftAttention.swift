// Encoders as onnxruntime's optimiser writes them, in the com.microsoft domain. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func microsoftAttention() throws -> [Value?]? {
    switch node.opType {
    case "EmbedLayerNormalization": return try embeddings()
    case "Attention": return [try projectedAttention()]
    case "MultiHeadAttention": return [try separateAttention()]
    default: return nil
    }
  }

  /// Words, positions and segments, summed and normalised; the number of words in each sequence; the sum.
  private func embeddings() throws -> [Value?] {
    let words = try input(0), count = try builder.rank(words)
    guard count == 2 else { throw ImportError.malformed("words of \(count) dimensions") }
    _ = attribute("mask_index_type")
    var places = try input(3)
    if let given = optional(8) {
      places = builder.gather(places, given, axis: 0)
    } else {
      places = builder.slice(places, axes: [0], starts: [0], ends: [], steps: [1], computedEnds: builder.shape(words, start: 1, end: 2))
    }
    var sum = builder.binary(.add, builder.gather(try input(2), words, axis: 0), places)
    if let segments = optional(1), let table = optional(4) { sum = builder.binary(.add, sum, builder.gather(table, segments, axis: 0)) }
    let y = builder.layerNormalization(sum, scale: try input(5), bias: try input(6), axis: -1, epsilon: float("epsilon", default: 1e-12))
    var lengths: Value?
    if hasOutput(1) {
      lengths = try optional(7).map { builder.cast(try builder.reduce(.sum, $0, axes: [1], keepDimensions: false), to: .int32) }
        ?? builder.fill(to: builder.shape(words, start: 0, end: 1), value: 0, type: .int32)
    }
    return [y, lengths, hasOutput(2) ? sum : nil]
  }

  /// x [B, S, I] times weights [I, 3 H] plus bias [3 H] holds queries, keys and values.
  private func projectedAttention() throws -> Value {
    guard optional(4) == nil, !hasOutput(1), !flag("do_rotary") else { throw ImportError.unsupported("keys of earlier steps, or rotated ones") }
    _ = attribute("rotary_embedding_dim")
    _ = attribute("past_present_share_buffer")
    guard let columns = try input(1).shape?.last, columns > 0 else { throw ImportError.unsupported("weights of an open size") }
    let sizes = ints("qkv_hidden_sizes").flatMap { $0.isEmpty ? nil : $0 } ?? Array(repeating: columns / 3, count: 3)
    guard sizes.count == 3, checkedProduct(sizes) != nil, sizes.reduce(0, &+) == columns, sizes[0] == sizes[1] else {
      throw ImportError.malformed("queries, keys and values of \(sizes) features in \(columns) columns")
    }
    let rows = try builder.matmul(try input(0), try input(1), bias: optional(2))
    let parts = builder.split(rows, axis: -1, sizes: sizes, count: 3)
    return try attention(parts[0], parts[1], parts[2], features: sizes[0], padding: optional(3), bias: optional(5))
  }

  /// Queries [B, S, H], keys [B, T, H] and values [B, T, E], each with its part of the bias [2 H + E].
  private func separateAttention() throws -> Value {
    let parts = try (0..<3).map { try input($0) }
    guard parts.allSatisfy({ $0.shape?.count == 3 }), (6..<10).allSatisfy({ optional($0) == nil }), !hasOutput(1), !hasOutput(2), !hasOutput(3) else {
      throw ImportError.unsupported("packed keys, or those of earlier steps")
    }
    guard let features = parts[0].shape?[2], let last = parts[2].shape?[2], features > 0, last > 0 else { throw ImportError.unsupported("heads of an open size") }
    var biased = parts
    if let bias = optional(3) {
      for (index, piece) in builder.split(bias, axis: 0, sizes: [features, features, last], count: 3).enumerated() {
        biased[index] = builder.binary(.add, parts[index], piece)
      }
    }
    return try attention(biased[0], biased[1], biased[2], features: features, padding: optional(4), bias: optional(5))
  }

  /// `padding`: lengths [B], or 0 where a key is hidden: [B, T], [B, S, T] or [B, 1, S, T]. `bias` is added to the scores.
  private func attention(_ q: Value, _ k: Value, _ v: Value, features: Int, padding: Value?, bias: Value?) throws -> Value {
    let heads = int("num_heads"), hidden = float("mask_filter_value", default: -10000)
    guard heads > 0, features % heads == 0 else { throw ImportError.malformed("\(heads) heads of \(features) features") }
    var mask = bias
    if let padding {
      let seen: Value
      switch try builder.rank(padding) {
      case 1:
        // Twice as many: the ends, then the starts.
        guard let batch = padding.shape?[0], batch == q.shape?[0] || batch < 0 || q.shape?[0] == -1 else { throw ImportError.unsupported("lengths and starts") }
        let lengths = builder.unsqueeze(builder.cast(padding, to: .int64), axes: [1, 2, 3])
        seen = builder.binary(.less, builder.positions(k, axis: 1), lengths)
      case 2: seen = builder.cast(builder.unsqueeze(padding, axes: [1, 2]), to: .boolean)
      case 3: seen = builder.cast(builder.unsqueeze(padding, axes: [1]), to: .boolean)
      case 4: seen = builder.cast(padding, to: .boolean)
      case let rank: throw ImportError.malformed("a mask of \(rank) dimensions")
      }
      let added = builder.mask(where: seen, hidden: hidden)
      mask = mask.map { builder.binary(.add, $0, added) } ?? added
    }
    // 0 stands for the usual scale.
    let given = float("scale", default: 0), scale = given == 0 ? 1 / Double(features / heads).squareRoot() : given
    return builder.attention(q, k, v, mask: mask, heads: heads, scale: scale, causal: flag("unidirectional"))
  }
}
