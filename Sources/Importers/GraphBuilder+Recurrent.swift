// Recurrent layers. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension GraphBuilder {
  /// One recurrent layer over x [T, B, I] with the sources' weights [D, G H, I] and [D, G H, H], bias [D, 2 G H] (input then recurrent).
  ///
  /// `gateOrder[i]` is the source's place of our gate i (LSTM i, f, g, o; GRU r, z, n); empty means the same order.
  /// Gives y [T, B, D H] and the last states [D, B, H] (c for LSTM only).
  package func recurrent(_ cell: RecurrentCell, _ x: Value, weights: Value, recurrentWeights: Value, bias: Value?, lengths: Value? = nil,
    initialH: Value? = nil, initialC: Value? = nil, direction: Direction, hidden: Int, gateOrder: [Int] = [], linearBeforeReset: Bool = true)
    throws -> (y: Value, lastH: Value, lastC: Value?) {
    let gates = switch cell {
    case .lstm: 4
    case .gru: 3
    default: 1
    }
    guard hidden > 0, hidden < 1 << 24 else { throw ImportError.unsupported("a recurrent layer of \(hidden) units") }
    let order = gateOrder.isEmpty ? Array(0..<gates) : gateOrder
    func laidOut(_ matrix: Value) throws -> Value {
      try transpose(reorderBlocks(matrix, axis: 1, order: order, size: hidden), [0, 2, 1])
    }
    let biasOrder = order + order.map { $0 + gates }
    let results = append(.recurrent, [
      x, try laidOut(weights), try laidOut(recurrentWeights), try bias.map { try reorderBlocks($0, axis: 1, order: biasOrder, size: hidden) },
      lengths.map { cast($0, to: .int32) }, initialH, initialC,
    ], ["cell": .member(cell), "direction": .member(direction), "hidden": .integer(hidden), "linear_before_reset": .boolean(linearBeforeReset)],
      outputs: cell == .lstm ? 3 : 2)
    return (results[0], results[1], cell == .lstm ? results[2] : nil)
  }

  /// Blocks of `size` along `axis` in a new order; a constant is laid out at import.
  package func reorderBlocks(_ x: Value, axis: Int, order: [Int], size: Int) throws -> Value {
    if order == Array(0..<order.count) { return x }
    if let constant = x.constant, let made = constant.reorderingBlocks(axis: axis, order: order, size: size) {
      return self.constant(made, name: x.name)
    }
    if x.constant != nil { throw ImportError.unsupported("recurrent weights '\(x.name)' whose shape does not fit \(size) units") }
    return concat(order.map { slice(x, axes: [axis], starts: [$0 * size], ends: [($0 + 1) * size]) }, axis: axis)
  }
}

extension Constant {
  /// Blocks of `size` along `axis` in a new order; nil where the extent is not as many blocks or the bytes do not fit the shape.
  func reorderingBlocks(axis: Int, order: [Int], size: Int) -> Constant? {
    guard axis >= 0, axis < shape.count, size > 0, shape[axis] == order.count * size, let total = byteSize(of: shape), total == bytes.count,
      order.allSatisfy({ $0 >= 0 && $0 < order.count })
    else { return nil }
    guard total > 0 else { return self }
    let inner = shape[(axis + 1)...].reduce(1, *) * size * type.byteCount
    let row = inner * order.count
    var result = bytes
    result.removeAll(keepingCapacity: false)
    result.reserveCapacity(total)
    let base = bytes.startIndex
    for start in stride(from: 0, to: total, by: row) {
      for block in order {
        let from = base + start + block * inner
        result.append(bytes[from..<(from + inner)])
      }
    }
    return Constant(type: type, shape: shape, bytes: result)
  }
}
