// Passes that join several operators into one call. SPDX-License-Identifier: Apache-2.0

/// Squeeze-and-excitation: the mean of each channel, two products, and the image times their result.
enum SqueezeExcitationFusion {
  static func apply(to program: inout CardProgram) {
    var index = 0
    while index < program.operators.count {
      if program.operators[index].kind == .globalPool, let members = match(program, from: index) {
        program.join(members, as: .squeezeExcitation, tellsMaximum: true)
      } else {
        index += 1
      }
    }
  }

  private static func match(_ program: CardProgram, from pool: Int) -> [Int]? {
    let (_, readers) = program.uses()
    var members = [pool]
    guard let image = program.operators[pool].reads.first?.buffer, var current = program.operators[pool].writes.first?.buffer else { return nil }
    for _ in 0..<2 {
      guard let next = program.onlyReader(current, readers), [.convolution, .fullyConnected].contains(program.operators[next].kind),
        let result = program.operators[next].writes.first?.buffer else { return nil }
      members.append(next)
      current = result
    }
    guard let last = program.onlyReader(current, readers), program.operators[last].kind == .multiply,
      program.operators[last].reads.contains(where: { $0.buffer == image }) else { return nil }
    members.append(last)
    return program.isClosed(members, readers) ? members : nil
  }
}

/// Rows of one or more tables, added and normalised.
enum EmbeddingFusion {
  static func apply(to program: inout CardProgram) {
    var index = 0
    while index < program.operators.count {
      if [.add, .layerNormalization].contains(program.operators[index].kind), let members = match(program, to: index) {
        program.join(members, as: .embedding, tellsMaximum: false)
        // The rows are added while they are read: one kernel.
        let place = index - members.count + 1
        merge(&program.operators[place])
        index = place + 1
      } else {
        index += 1
      }
    }
  }

  /// The sum at `index`, with what adds up to it: at least one embedding.
  private static func match(_ program: CardProgram, to index: Int) -> [Int]? {
    let (writer, readers) = program.uses()
    var members = [index]
    var found = 0
    for access in program.operators[index].reads {
      guard let producer = writer[access.buffer], program.operators[producer].kind == .embedding, program.onlyReader(access.buffer, readers) == index
      else { continue }
      members.append(producer)
      found += 1
    }
    return found > 0 && program.isClosed(members, readers) ? members : nil
  }

  private static func merge(_ item: inout CardOperator) {
    let written = Set(item.kernels.dropLast().flatMap { $0.outputs.map(\.buffer) })
    let operands = item.kernels.flatMap(\.operands).filter { !written.contains($0.buffer) }
    var operations = 0.0
    for kernel in item.kernels { if case .vector(let count) = kernel.work { operations += count } }
    item.kernels = [Kernel(.vector(operations: operations), operands: operands, outputs: item.kernels.last?.outputs ?? [])]
  }
}

/// An attention's three calls, with the projections before it and the output projection, normalisations and feed-forward products after it.
enum EncoderFusion {
  static func apply(to program: inout CardProgram) {
    var index = 0
    while index < program.operators.count {
      if program.operators[index].kind == .softmax, let members = match(program, around: index) {
        program.join(members, as: .encoder, tellsMaximum: true)
        index = index - members.filter { $0 <= index }.count + 1
      } else {
        index += 1
      }
    }
  }

  private static func match(_ program: CardProgram, around softmax: Int) -> [Int]? {
    let (writer, readers) = program.uses()
    func kind(_ index: Int) -> CardOperator.Kind { program.operators[index].kind }
    func result(_ index: Int) -> Int? { program.operators[index].writes.first?.buffer }
    guard let scores = program.operators[softmax].reads.lazy.compactMap({ writer[$0.buffer] }).first(where: { kind($0) == .matrixProduct }),
      let weights = result(softmax), let values = program.onlyReader(weights, readers), kind(values) == .matrixProduct else { return nil }
    var members: Set = [scores, softmax, values]
    for buffer in (program.operators[scores].reads + program.operators[values].reads).map(\.buffer) {
      if let producer = writer[buffer], kind(producer) == .fullyConnected { members.insert(producer) }
    }
    // A normalisation that only the projections read.
    for buffer in members.flatMap({ program.operators[$0].reads.map(\.buffer) }) {
      if let producer = writer[buffer], kind(producer) == .layerNormalization, (readers[buffer] ?? []).allSatisfy(members.contains) { members.insert(producer) }
    }
    // From the attention's result on, everything that only sees the block, up to the next attention's projections.
    let following: Set<CardOperator.Kind> = [.fullyConnected, .layerNormalization, .add, .activation, .bias, .branch]
    var products = 0
    var best = members
    var current = result(values)
    while let buffer = current {
      let next = (readers[buffer] ?? []).filter { !members.contains($0) }.min()
      guard let next, following.contains(kind(next)), products < 3 || kind(next) != .fullyConnected else { break }
      if kind(next) == .fullyConnected { products += 1 }
      members.insert(next)
      current = result(next)
      if program.isClosed(members.sorted(), readers) { best = members }
      if products == 3, kind(next) == .layerNormalization { break }
    }
    return program.isClosed(best.sorted(), readers) ? best.sorted() : nil
  }
}
