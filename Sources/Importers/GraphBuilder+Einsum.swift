// Einstein summation as transposes, reductions and matrix products. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

extension GraphBuilder {
  /// numpy.einsum for any number of operands, ellipsis and implicit output included; a label twice in one operand is not supported.
  package func einsum(_ equation: String, _ operands: [Value]) throws -> Value {
    let text = equation.filter { $0 != " " }
    let sides = text.components(separatedByArrow: "->")
    let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard terms.count == operands.count, !operands.isEmpty, sides.count <= 2 else {
      throw ImportError.unsupported("the summation '\(equation)' for \(operands.count) operands")
    }
    var ellipsisRank = 0
    for (term, operand) in zip(terms, operands) where term.contains("...") {
      ellipsisRank = max(ellipsisRank, try rank(operand) - term.filter { $0 != "." }.count)
    }
    var parts: [(labels: [Int], value: Value)] = []
    for (term, operand) in zip(terms, operands) {
      let rank = try rank(operand)
      let labels = try Self.labels(term, ellipsis: rank - term.filter { $0 != "." }.count)
      guard labels.count == rank, Set(labels).count == rank else {
        throw ImportError.unsupported("the summation '\(equation)' for an operand of \(rank) dimensions")
      }
      parts.append((labels, operand))
    }
    let output: [Int]
    if sides.count == 2 {
      output = try Self.labels(sides[1], ellipsis: ellipsisRank)
    } else {
      // Implicit: the ellipsis, then the labels that occur once, in alphabetical order.
      let all = parts.flatMap(\.labels)
      let once = Set(all.filter { label in label >= 0 && all.filter { $0 == label }.count == 1 }).sorted()
      output = (0..<ellipsisRank).map { $0 - ellipsisRank } + once
    }
    guard Set(output).count == output.count, Set(output).isSubset(of: Set(parts.flatMap(\.labels))) else {
      throw ImportError.unsupported("the summation '\(equation)'")
    }
    while parts.count > 1 {
      let (left, right) = (parts[0], parts[1])
      let later = Set(parts[2...].flatMap(\.labels)).union(output)
      parts.replaceSubrange(0..<2, with: [try contract(left, right, keep: later)])
    }
    let rest = try summed(parts[0], keep: Set(output))
    return try transpose(rest.value, output.map { rest.labels.firstIndex(of: $0) ?? 0 })
  }

  /// Labels as scalars' code points; the ellipsis' dimensions are -n ... -1, aligned at their ends as in broadcasting.
  private static func labels(_ term: String, ellipsis: Int) throws -> [Int] {
    var labels: [Int] = []
    var dots = 0
    for scalar in term.unicodeScalars {
      if scalar == "." {
        dots += 1
        if dots == 3 { labels += (0..<max(ellipsis, 0)).map { $0 - ellipsis } }
      } else {
        guard scalar.properties.isAlphabetic else { throw ImportError.unsupported("the summation term '\(term)'") }
        labels.append(Int(scalar.value))
      }
    }
    guard dots == 0 || dots == 3 else { throw ImportError.unsupported("the summation term '\(term)'") }
    return labels
  }

  private func summed(_ part: (labels: [Int], value: Value), keep: Set<Int>) throws -> (labels: [Int], value: Value) {
    let gone = part.labels.indices.filter { !keep.contains(part.labels[$0]) }
    if gone.isEmpty { return part }
    return (part.labels.filter(keep.contains), try reduce(.sum, part.value, axes: gone, keepDimensions: false))
  }

  /// One product of [batch..., free, sum] by [batch..., sum, free], each group of labels merged into one dimension.
  private func contract(_ a: (labels: [Int], value: Value), _ b: (labels: [Int], value: Value), keep: Set<Int>) throws
    -> (labels: [Int], value: Value) {
    let left = try summed(a, keep: keep.union(b.labels)), right = try summed(b, keep: keep.union(a.labels))
    let shared = left.labels.filter(right.labels.contains)
    let batch = shared.filter { keep.contains($0) }.sorted(), sum = shared.filter { !keep.contains($0) }
    let freeLeft = left.labels.filter { !shared.contains($0) }, freeRight = right.labels.filter { !shared.contains($0) }
    func arranged(_ part: (labels: [Int], value: Value), _ order: [[Int]]) throws -> (Value, [Extent]) {
      let labels = batch + order[0] + order[1]
      var value = try transpose(part.value, labels.map { part.labels.firstIndex(of: $0) ?? 0 })
      let extents = labels.indices.map { extent(value, $0) }
      // The last group first, so that the places of those before it stay.
      var position = labels.count
      for group in order.reversed() {
        position -= group.count
        if group.isEmpty {
          value = unsqueeze(value, axes: [position])
        } else if group.count > 1 {
          value = flatten(value, first: position, last: position + group.count - 1)
        }
      }
      return (value, extents)
    }
    let (matrixLeft, extentsLeft) = try arranged(left, [freeLeft, sum])
    let (matrixRight, extentsRight) = try arranged(right, [sum, freeRight])
    var product = try matmul(matrixLeft, matrixRight)
    if freeLeft.count != 1 || freeRight.count != 1 {
      if freeLeft.count <= 1 && freeRight.count <= 1 {
        product = squeeze(product, axes: (freeLeft.isEmpty ? [batch.count] : []) + (freeRight.isEmpty ? [batch.count + 1] : []))
      } else {
        let free = extentsLeft[batch.count..<(batch.count + freeLeft.count)] + extentsRight[(batch.count + sum.count)...]
        // Batch extents may broadcast, so they come from the product itself.
        product = try reshape(product, extents: batch.indices.map { extent(product, $0) } + free)
      }
    }
    return (batch + freeLeft + freeRight, product)
  }
}

extension String {
  fileprivate func components(separatedByArrow arrow: String) -> [String] {
    guard let found = range(of: arrow) else { return [self] }
    return [String(self[..<found.lowerBound]), String(self[found.upperBound...])]
  }
}
