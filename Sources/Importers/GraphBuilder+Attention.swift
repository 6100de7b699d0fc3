// Attention of several heads. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension GraphBuilder {
  /// softmax(scale q k' + mask) v by head: q [B, S, heads D], k [B, T, heads D], v [B, T, heads E] to [B, S, heads E]; the mask broadcasts to
  /// [B, heads, S, T]. `causal`: a query sees the keys up to its own place, after those that S keys of T come behind.
  package func attention(_ q: Value, _ k: Value, _ v: Value, mask: Value?, heads: Int, scale: Double, causal: Bool = false) -> Value {
    append(.attention, [q, k, v, mask], ["heads": .integer(heads), "scale": .float(scale), "causal": .boolean(causal), "value_features": .integer(0)])
  }

  /// [B, S, heads D] to [B, heads, S, D].
  package func headsFirst(_ x: Value, heads: Int) throws -> Value { try transpose(reshape(x, [0, 0, heads, -1]), [0, 2, 1, 3]) }

  /// [B, heads, S, D] to [B, S, heads D].
  package func headsJoined(_ x: Value) throws -> Value { flatten(try transpose(x, [0, 2, 1, 3]), first: 2, last: 3) }

  /// A mask to be added: 0 where the condition holds, else `hidden`.
  package func mask(where condition: Value, hidden: Double) -> Value { select(condition, scalar(0), scalar(hidden)) }

  /// 0, 1, ... below extent `axis` of x.
  package func positions(_ x: Value, axis: Int) -> Value {
    range(start: scalar(0, type: .int64), limit: reshape(shape(x, start: axis, end: axis + 1), []), step: scalar(1, type: .int64))
  }
}
