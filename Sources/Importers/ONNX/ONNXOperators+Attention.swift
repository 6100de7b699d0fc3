// ONNX attention, of operator set 23 on. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func attention() throws -> [Value?]? {
    guard node.opType == "Attention" else { return nil }
    _ = attribute("softmax_precision")
    _ = attribute("qk_matmul_output_mode")
    let q = try input(0), rank = try builder.rank(q)
    guard rank == 3 || rank == 4, float("softcap", default: 0) == 0, !hasOutput(3), optional(6) == nil else {
      throw ImportError.unsupported("a soft cap, the scores as an output, lengths of the keys, or \(rank) dimensions")
    }
    func extent(_ value: Value, _ axis: Int) -> Int { value.shape.flatMap { axis < $0.count ? $0[axis] : nil } ?? -1 }
    func heads(_ attribute: String, _ value: Value) throws -> Int {
      let count = rank == 3 ? int(attribute) : extent(value, 1)
      guard count > 0 else { throw ImportError.unsupported("a number of heads that is not known") }
      return count
    }
    let queryHeads = try heads("q_num_heads", q), keyHeads = try heads("kv_num_heads", try input(1))
    guard queryHeads % keyHeads == 0 else { throw ImportError.malformed("\(queryHeads) heads of queries for \(keyHeads) of keys") }
    let features = extent(q, rank - 1)
    guard features > 0 else { throw ImportError.unsupported("heads of an open size") }

    // Keys and values with those of earlier steps before them: as the source gives them on, and as the operator reads them.
    func extended(_ index: Int, past: Int) throws -> (present: Value, joined: Value) {
      var all = rank == 3 ? try builder.headsFirst(try input(index), heads: keyHeads) : try input(index)
      if let earlier = optional(past) { all = builder.concat([earlier, all], axis: 2) }
      guard queryHeads != keyHeads else { return (all, rank == 3 && optional(past) == nil ? try input(index) : try builder.headsJoined(all)) }
      let repeated = builder.expand(builder.unsqueeze(all, axes: [2]), [1, 1, queryHeads / keyHeads, 1, 1])
      return (all, try builder.headsJoined(builder.flatten(repeated, first: 1, last: 2)))
    }
    let keys = try extended(1, past: 4), values = try extended(2, past: 5)
    let queries = rank == 3 ? q : try builder.headsJoined(q)
    let size = rank == 3 ? features / queryHeads : features
    var mask = optional(3).map { $0.type == .boolean ? builder.mask(where: $0, hidden: -.infinity) : $0 }
    // With earlier keys the operator's own meaning of causal is the source's; else only where there are as many keys as queries.
    let isCausal = flag("is_causal"), counts = (extent(queries, 1), extent(keys.joined, 1))
    let isOperators = optional(4) != nil || counts.0 >= 0 && counts.0 == counts.1
    if isCausal && !isOperators {
      let seen = builder.binary(.lessOrEqual, builder.positions(keys.joined, axis: 1), builder.unsqueeze(builder.positions(queries, axis: 1), axes: [1]))
      let hidden = builder.mask(where: seen, hidden: -.infinity)
      mask = mask.map { builder.binary(.add, $0, hidden) } ?? hidden
    }
    let scale = float("scale", default: 1 / Double(max(size, 1)).squareRoot())
    let y = builder.attention(queries, keys.joined, values.joined, mask: mask, heads: queryHeads, scale: scale, causal: isCausal && isOperators)
    return [rank == 3 ? y : try builder.headsFirst(y, heads: queryHeads), hasOutput(1) ? keys.present : nil, hasOutput(2) ? values.present : nil]
  }
}
