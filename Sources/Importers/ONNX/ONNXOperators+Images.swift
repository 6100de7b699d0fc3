// ONNX image operators. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func images() throws -> [Value?]? {
    switch node.opType {
    case "Resize": return [try version < 11 ? upsample(scalesInput: 1) : resize()]
    case "Upsample": return [try upsample(scalesInput: 1)]
    case "GridSample": return [try gridSample()]
    case "RoiAlign": return [try roiAlign()]
    case "DepthToSpace":
      let mode = string("mode", default: "DCR")
      return [try builder.depthToSpace(try input(0), block: int("blocksize"), offsetFirst: mode != "CRD")]
    case "SpaceToDepth": return [try builder.spaceToDepth(try input(0), block: int("blocksize"), offsetFirst: true)]
    default: return nil
    }
  }

  private func mode() throws -> ResizeMode {
    switch string("mode", default: "nearest") {
    case "nearest": return .nearest
    case "linear", "bilinear": return .linear
    case "cubic": return .cubic
    case let other: throw ImportError.malformed("mode '\(other)'")
    }
  }

  /// Upsample and Resize of version 10: scales only, output coordinate / scale, nearest rounds down.
  private func upsample(scalesInput: Int) throws -> Value {
    let x = try input(0), mode = try mode()
    if let scales = floats("scales") {
      return try resized(x, scales: scales, mode: mode, coordinates: .asymmetric, nearest: .floor, cubic: -0.75, excludeOutside: false)
    }
    return try resized(x, scalesValue: try input(scalesInput), mode: mode, coordinates: .asymmetric, nearest: .floor, cubic: -0.75, excludeOutside: false)
  }

  private func resize() throws -> Value {
    let x = try input(0), mode = try mode()
    let coordinates: CoordinateMode
    switch string("coordinate_transformation_mode", default: "half_pixel") {
    case "half_pixel": coordinates = .halfPixel
    case "align_corners": coordinates = .alignCorners
    case "asymmetric": coordinates = .asymmetric
    case "pytorch_half_pixel": coordinates = .pytorchHalfPixel
    case "half_pixel_symmetric": coordinates = .halfPixelSymmetric
    case let other: throw ImportError.unsupported("coordinate_transformation_mode '\(other)'")
    }
    let nearest: NearestMode
    switch string("nearest_mode", default: "round_prefer_floor") {
    case "round_prefer_floor", "": nearest = .roundPreferFloor
    case "round_prefer_ceil": nearest = .roundPreferCeil
    case "floor": nearest = .floor
    case "ceil": nearest = .ceil
    case let other: throw ImportError.malformed("nearest_mode '\(other)'")
    }
    _ = attribute("extrapolation_value")
    try require("antialias", 0)
    try require("keep_aspect_ratio_policy", "stretch")
    let cubic = float("cubic_coeff_a", default: -0.75), excludeOutside = flag("exclude_outside")
    var axes: [Int]?
    if let given = ints("axes") { axes = try given.map { try builder.axis($0, rank: try builder.rank(x)) } }

    // An empty scales tensor means that sizes count.
    if let sizes = optional(3), sizes.shape?.first != 0 {
      return try resized(x, sizes: sizes, axes: axes, mode: mode, coordinates: coordinates, nearest: nearest, cubic: cubic, excludeOutside: excludeOutside)
    }
    return try resized(x, scalesValue: try input(2), axes: axes, mode: mode, coordinates: coordinates, nearest: nearest, cubic: cubic,
      excludeOutside: excludeOutside)
  }

  private func resized(_ x: Value, scales: [Double]? = nil, scalesValue: Value? = nil, sizes: Value? = nil, axes: [Int]? = nil, mode: ResizeMode,
    coordinates: CoordinateMode, nearest: NearestMode, cubic: Double, excludeOutside: Bool) throws -> Value {
    let rank = try builder.rank(x)
    let axes = axes ?? Array(0..<rank)
    let scales = scales ?? scalesValue.flatMap { builder.floats($0) }?.map { Double($0) }
    let knownSizes = sizes.flatMap { builder.elements($0) }
    if let count = scales?.count ?? knownSizes?.count, count != axes.count {
      throw ImportError.malformed("\(count) scales or sizes for \(axes.count) dimensions")
    }
    // Dimensions that surely keep their extent are batch and channels; where that cannot be told, they are the first two.
    var changed: [Int] = []
    for (index, axis) in axes.enumerated() {
      if let scales {
        if scales[index] != 1 { changed.append(index) }
      } else if let size = knownSizes.flatMap({ $0[index] }) {
        if size != x.shape?[axis] { changed.append(index) }
      } else if axes.count < rank || axis >= 2 {
        changed.append(index)
      }
    }
    if changed.isEmpty { return x }
    // With the usual layout keep all spatial dimensions together, even where one of them does not change.
    if (3...5).contains(rank), changed.allSatisfy({ axes[$0] >= 2 }) {
      let spatial = axes.indices.filter { axes[$0] >= 2 }
      if spatial.count == rank - 2 { changed = spatial }
    }
    let target: ResizeTarget
    if let scales {
      guard scales.allSatisfy({ $0 > 0 && $0.isFinite }) else { throw ImportError.malformed("a scale that is not positive") }
      target = .scales(changed.map { scales[$0] })
    } else {
      guard let vector = sizes ?? scalesValue else { throw ImportError.malformed("neither scales nor sizes") }
      let picked = changed == Array(axes.indices) ? vector : changed.last.map({ $0 - changed[0] + 1 }) == changed.count
        ? builder.slice(vector, axes: [0], starts: [changed[0]], ends: [changed[0] + changed.count])
        : builder.gather(vector, builder.constant(integers: changed), axis: 0)
      target = sizes == nil ? .computedScales(picked) : .computedSizes(picked)
    }
    return try builder.resize(x, to: target, axes: changed.map { axes[$0] }, mode: mode, coordinates: coordinates, nearest: nearest,
      cubicCoefficient: cubic, excludeOutside: excludeOutside)
  }

  private func gridSample() throws -> Value {
    let mode: ResizeMode
    switch string("mode", default: "linear") {
    case "linear", "bilinear": mode = .linear
    case "nearest": mode = .nearest
    case "cubic", "bicubic": mode = .cubic
    case let other: throw ImportError.malformed("mode '\(other)'")
    }
    let padding: GridPaddingMode
    switch string("padding_mode", default: "zeros") {
    case "zeros": padding = .zeros
    case "border": padding = .border
    case "reflection": padding = .reflection
    case let other: throw ImportError.malformed("padding_mode '\(other)'")
    }
    return try builder.gridSample(try input(0), grid: try input(1), mode: mode, padding: padding, alignCorners: flag("align_corners"))
  }

  /// Half-pixel coordinates came with version 16; before, boxes were not shifted.
  private func roiAlign() throws -> Value {
    let halfPixel = string("coordinate_transformation_mode", default: version >= 16 ? "half_pixel" : "output_half_pixel") == "half_pixel"
    return try builder.roiAlign(try input(0), boxes: try input(1), batchIndices: try input(2), height: int("output_height", default: 1),
      width: int("output_width", default: 1), spatialScale: float("spatial_scale", default: 1), samplingRatio: int("sampling_ratio"),
      halfPixel: halfPixel, maximum: string("mode", default: "avg") == "max")
  }
}
