// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// The attributes that convolutions and pooling share: how windows lie over the spatial dimensions.
struct WindowAttributes {
  var strides: FileVector<Int32>
  var dilations: FileVector<Int32>
  var paddingBegin: FileVector<Int32>
  var paddingEnd: FileVector<Int32>
  var mode: PaddingMode

  /// Fails unless every list is empty or has `spatialRank` values in range.
  func validate(_ node: NodeView, spatialRank: Int) throws(Status) {
    try check(node, strides, "strides", spatialRank, least: 1)
    try check(node, dilations, "dilations", spatialRank, least: 1)
    try check(node, paddingBegin, "padding_begin", spatialRank, least: 0)
    try check(node, paddingEnd, "padding_end", spatialRank, least: 0)
  }

  /// How windows lie over the spatial dimensions of `x`, [N, spatial..., C], for weights that begin with the kernel's extents; fails where they cannot.
  @_optimize(size)
  func window(_ node: NodeView, _ x: Shape, _ weights: Shape, channels: Int) throws(Status) -> Window {
    let spatialRank = x.rank &- 2
    try validate(node, spatialRank: spatialRank)
    var window = Window()
    window.batch = x[0]
    window.channels = channels
    for index in 0..<max(spatialRank, 0) {
      window.set(try axis(node, index, input: x[index &+ 1], kernel: weights[index]), index, of: spatialRank)
    }
    return window
  }

  /// How the window lies along spatial dimension `index`. `ceil` counts a last, partial window that starts inside input or padding.
  func axis(_ node: NodeView, _ index: Int, input: Int, kernel: Int, ceil: Bool = false) throws(Status) -> WindowAxis {
    var axis = WindowAxis()
    axis.input = input
    axis.kernel = kernel
    axis.stride = Int(strides.at(index, else: 1))
    axis.dilation = Int(dilations.at(index, else: 1))
    guard kernel > 0, let span = windowSpan(kernel: kernel, dilation: axis.dilation) else {
      throw node.fail(.invalidShape).text("kernel extent ").integer(kernel).text(" of spatial dimension ").integer(index).status
    }
    switch mode {
    case .sameUpper, .sameLower:
      axis.output = (input &+ axis.stride &- 1) / axis.stride
      let total = max((axis.output &- 1) &* axis.stride &+ span &- input, 0)
      axis.padding = mode == .sameUpper ? total / 2 : total &- total / 2
      axis.paddingEnd = total &- axis.padding
    case .explicit, .valid:
      axis.paddingEnd = mode == .explicit ? Int(paddingEnd.at(index, else: 0)) : 0
      axis.padding = mode == .explicit ? Int(paddingBegin.at(index, else: 0)) : 0
      let room = input &+ axis.padding &+ axis.paddingEnd &- span
      guard room >= 0 else {
        throw node.fail(.invalidShape).text("a window of ").integer(span).text(" does not fit into the padded extent ")
          .integer(room &+ span).text(" of spatial dimension ").integer(index).status
      }
      axis.output = (ceil ? room &+ axis.stride &- 1 : room) / axis.stride &+ 1
      // A window that would start in the padding after the input sees nothing.
      if ceil && (axis.output &- 1) &* axis.stride >= input &+ axis.padding { axis.output &-= 1 }
    }
    return axis
  }

  func check(_ node: NodeView, _ list: FileVector<Int32>, _ name: StaticString, _ count: Int, least: Int32) throws(Status) {
    guard list.isEmpty || list.count == count else {
      throw node.fail(.invalidModel).text(name).text(" has ").integer(list.count).text(" values for ").integer(count).text(" spatial dimensions").status
    }
    for index in 0..<list.count where list[index] < least || Int(list[index]) > Shape.maximumElementCount {
      throw node.fail(list[index] < least ? .invalidModel : .invalidShape).text(name).text(" contains ").integer(Int(list[index])).status
    }
  }
}

/// Positions from the first to the last tap, inclusive; nil where that is no sensible number.
func windowSpan(kernel: Int, dilation: Int) -> Int? {
  let (product, overflow) = (kernel &- 1).multipliedReportingOverflow(by: dilation)
  return overflow || product >= Shape.maximumElementCount ? nil : product &+ 1
}

extension Window {
  /// Sets spatial dimension `index` of `spatialRank`: the last one is the width.
  mutating func set(_ axis: WindowAxis, _ index: Int, of spatialRank: Int) {
    switch spatialRank &- index {
    case 1: width = axis
    case 2: height = axis
    default: depth = axis
    }
  }

  /// The output's shape for `spatialRank` spatial dimensions.
  func outputShape(spatialRank: Int, channels: Int) -> Shape {
    var shape = Shape(batch)
    if spatialRank > 2 { shape.append(depth.output) }
    if spatialRank > 1 { shape.append(height.output) }
    shape.append(width.output)
    shape.append(channels)
    return shape
  }
}
