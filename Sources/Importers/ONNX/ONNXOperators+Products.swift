// ONNX convolutions, pools, matrix products and recurrent layers. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func products() throws -> [Value?]? {
    switch node.opType {
    case "Conv": return [try convolution(try input(0), weights: try input(1), bias: optional(2))]
    case "ConvTranspose": return [try convolutionTranspose()]
    case "AveragePool": return [try averagePool(of: try input(0))]
    case "MaxPool": return try maximumPool()
    case "LpPool": return [try lpPool()]
    case "GlobalAveragePool": return [try builder.globalPool(.average, try input(0))]
    case "GlobalMaxPool": return [try builder.globalPool(.maximum, try input(0))]
    case "GlobalLpPool":
      let p = int("p", default: 2)
      guard p == 1 || p == 2 else { throw ImportError.unsupported("attribute p = \(p)") }
      return [try builder.reduce(p == 1 ? .sumAbsolute : .norm2, try input(0), axes: Array(2..<builder.imageRank(try input(0))), keepDimensions: true)]
    case "MatMul": return [try builder.matmul(try input(0), try input(1))]
    case "Gemm":
      return [try builder.gemm(try input(0), try input(1), optional(2), alpha: float("alpha", default: 1), beta: float("beta", default: 1),
        transposeA: flag("transA"), transposeB: flag("transB"))]
    case "Einsum": return [try builder.einsum(string("equation"), try all())]
    case "LSTM": return try recurrent(.lstm, weights: try input(1), recurrentWeights: try input(2))
    case "GRU": return try recurrent(.gru, weights: try input(1), recurrentWeights: try input(2))
    case "RNN": return try recurrent(.rnnTanh, weights: try input(1), recurrentWeights: try input(2))
    default: return nil
    }
  }

  /// Strides, dilations and paddings; ONNX's pads are all begins, then all ends.
  func window() throws -> Window {
    let pads = ints("pads") ?? []
    guard pads.count % 2 == 0 else { throw ImportError.malformed("an odd number of pads") }
    let mode: PaddingMode
    switch string("auto_pad", default: "NOTSET") {
    case "NOTSET", "": mode = .explicit
    case "SAME_UPPER": mode = .sameUpper
    case "SAME_LOWER": mode = .sameLower
    case "VALID": mode = .valid
    case let other: throw ImportError.malformed("auto_pad '\(other)'")
    }
    return Window(strides: ints("strides") ?? [], dilations: ints("dilations") ?? [], paddingBegin: Array(pads.prefix(pads.count / 2)),
      paddingEnd: Array(pads.suffix(pads.count / 2)), mode: mode)
  }

  func convolution(_ x: Value, weights: Value, bias: Value?) throws -> Value {
    _ = attribute("kernel_shape")
    return try builder.convolution(x, weights: weights, bias: bias, window: window(), groups: int("group", default: 1))
  }

  private func convolutionTranspose() throws -> Value {
    _ = attribute("kernel_shape")
    var window = try window()
    let outputPadding = ints("output_padding") ?? []
    var extents = ints("output_shape") ?? []
    // Older files give the whole shape.
    if let rank = try input(0).shape?.count, extents.count == rank { extents = Array(extents.dropFirst(2)) }
    if !extents.isEmpty {
      // The paddings follow from the output's extents: the odd one goes to the end unless SAME_LOWER says otherwise.
      guard let shape = try input(0).shape, let weights = try input(1).shape, shape.count == extents.count + 2, weights.count == shape.count,
        !shape[2...].contains(-1), !weights[2...].contains(-1)
      else { throw ImportError.unsupported("attribute output_shape with an input of open extents") }
      let isLower = window.mode == .sameLower || window.mode == .explicit
      window.mode = .explicit
      window.paddingBegin = []
      window.paddingEnd = []
      for index in extents.indices {
        func entry(_ list: [Int], _ fallback: Int) -> Int { index < list.count ? list[index] : fallback }
        let whole = entry(window.strides, 1) &* (shape[index + 2] &- 1) &+ entry(outputPadding, 0)
          &+ (weights[index + 2] &- 1) &* entry(window.dilations, 1) &+ 1
        let total = max(0, whole &- extents[index])
        window.paddingBegin.append(isLower ? total - total / 2 : total / 2)
        window.paddingEnd.append(isLower ? total / 2 : total - total / 2)
      }
    }
    return try builder.convolutionTranspose(try input(0), weights: try input(1), bias: optional(2), window: window, outputPadding: outputPadding,
      outputExtents: extents, groups: int("group", default: 1))
  }

  func averagePool(of x: Value) throws -> Value {
    try builder.pool(.average, x, kernel: try kernel(), window: window(), ceilMode: flag("ceil_mode"), countPadding: flag("count_include_pad"))
  }

  private func kernel() throws -> [Int] {
    guard let kernel = ints("kernel_shape") else { throw ImportError.malformed("attribute 'kernel_shape' is missing") }
    return kernel
  }

  /// ONNX's indices count in the whole tensor [N, C, spatial...], ours in the spatial extents of one channel.
  private func maximumPool() throws -> [Value?] {
    let x = try input(0), window = try window(), kernel = try kernel(), ceilMode = flag("ceil_mode")
    let order = int("storage_order")
    guard hasOutput(1) else { return [try builder.pool(.maximum, x, kernel: kernel, window: window, ceilMode: ceilMode)] }
    guard order == 0 else { throw ImportError.unsupported("attribute storage_order = \(order)") }
    guard let shape = x.shape, let planes = checkedProduct(Array(shape.prefix(2))), let plane = checkedProduct(Array(shape.dropFirst(2))),
      planes <= 1 << 20
    else { throw ImportError.unsupported("indices of a pool over open extents") }
    let (values, indices) = try builder.maximumPoolWithIndices(x, kernel: kernel, window: window, ceilMode: ceilMode)
    let offsets = builder.constant(integers: (0..<planes).map { $0 &* plane }, shape: Array(shape.prefix(2)) + Array(repeating: 1, count: shape.count - 2))
    return [values, builder.binary(.add, indices, offsets)]
  }

  /// (sum |x|^p)^(1/p) over windows, by an average that counts its padding times the window's size.
  private func lpPool() throws -> Value {
    let p = int("p", default: 2), kernel = try kernel()
    guard p == 1 || p == 2, !flag("ceil_mode"), let size = checkedProduct(kernel) else { throw ImportError.unsupported("attribute p = \(p) or ceil_mode") }
    let window = try window()
    guard window.mode == .explicit || window.mode == .valid else { throw ImportError.unsupported("attribute auto_pad") }
    let powers = builder.unary(p == 1 ? .absolute : .square, try input(0))
    let mean = try builder.pool(.average, powers, kernel: kernel, window: window, countPadding: true)
    let sum = builder.binary(.multiply, mean, Double(size))
    return p == 1 ? sum : builder.unary(.sqrt, sum)
  }

  /// ONNX: x [T, B, I] (layout 0), weights [D, G H, I], recurrent weights [D, G H, H], bias [D, 2 G H]; gates LSTM i, o, f, c and GRU z, r, h.
  func recurrent(_ cell: RecurrentCell, weights: Value, recurrentWeights: Value) throws -> [Value?] {
    var cell = cell
    let gateOrder = switch cell {
    case .lstm: [0, 2, 3, 1]
    case .gru: [1, 0, 2]
    default: [Int]()
    }
    let batchFirst = int("layout") == 1
    let direction: Direction
    switch string("direction", default: "forward") {
    case "forward": direction = .forward
    case "reverse": direction = .reverse
    case "bidirectional": direction = .bidirectional
    case let other: throw ImportError.malformed("direction '\(other)'")
    }
    let directions = direction == .bidirectional ? 2 : 1
    let activations = strings("activations").map { $0.lowercased() }
    let perDirection = cell == .lstm ? ["sigmoid", "tanh", "tanh"] : cell == .gru ? ["sigmoid", "tanh"] : ["tanh"]
    let usual = Array(repeating: perDirection, count: directions).flatMap { $0 }
    if cell == .rnnTanh && !activations.isEmpty && activations.allSatisfy({ $0 == "relu" }) {
      cell = .rnnRelu
    } else if !activations.isEmpty && activations != usual {
      throw ImportError.unsupported("activations \(activations.joined(separator: ", "))")
    }
    if has("clip") && float("clip", default: 0) != 0 { throw ImportError.unsupported("attribute clip") }
    _ = attribute("activation_alpha")
    _ = attribute("activation_beta")
    try require("input_forget", 0)
    if cell == .lstm, optional(7) != nil { throw ImportError.unsupported("peephole weights") }
    let linearBeforeReset = flag("linear_before_reset")
    let x = batchFirst ? try builder.transpose(try input(0), [1, 0, 2]) : try input(0)
    guard let hidden = recurrentWeights.shape.flatMap({ $0.count == 3 && $0[2] > 0 ? $0[2] : nil }) ?? ints("hidden_size")?.first
      ?? (has("hidden_size") ? int("hidden_size") : nil)
    else { throw ImportError.unsupported("a recurrent layer whose size is not known") }
    _ = attribute("hidden_size")
    // Before version 7: whether all of y is wanted, which the node's outputs tell.
    _ = attribute("output_sequence")
    func state(_ index: Int) throws -> Value? { try optional(index).map { batchFirst ? try builder.transpose($0, [1, 0, 2]) : $0 } }
    let (y, lastH, lastC) = try builder.recurrent(cell, x, weights: weights, recurrentWeights: recurrentWeights, bias: optional(3),
      lengths: optional(4), initialH: try state(5), initialC: cell == .lstm ? try state(6) : nil, direction: direction, hidden: hidden,
      gateOrder: gateOrder, linearBeforeReset: linearBeforeReset)
    // y [T, B, D H] to [T, D, B, H] or, batch first, [B, T, D, H].
    var sequence = directions == 1 ? builder.unsqueeze(y, axes: [2]) : builder.reshape(y, [0, 0, 2, hidden])
    sequence = try builder.transpose(sequence, batchFirst ? [1, 0, 2, 3] : [0, 2, 1, 3])
    func last(_ value: Value?) throws -> Value? { try value.map { batchFirst ? try builder.transpose($0, [1, 0, 2]) : $0 } }
    return [hasOutput(0) ? sequence : nil, try last(lastH), try last(lastC)]
  }
}
