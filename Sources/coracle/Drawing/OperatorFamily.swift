// Colours of the drawing. SPDX-License-Identifier: Apache-2.0

/// Operators that do the same kind of work share a colour.
enum OperatorFamily: String, CaseIterable {
  case convolution, matrix = "matrix product", pool, normalization, elementwise, reduction, shape, indexing, image = "resize and sample",
    detection, quantization, control = "control flow", recurrent

  init(operatorCode: String) {
    switch operatorCode {
    case "convolution", "convolution_transpose", "separable_convolution": self = .convolution
    case "matmul", "attention": self = .matrix
    case "recurrent": self = .recurrent
    case "pool": self = .pool
    case "softmax", "layer_normalization", "group_normalization", "local_response_normalization": self = .normalization
    case "unary", "binary", "select", "cast": self = .elementwise
    case "reduce", "arg_reduce", "cumulative_sum": self = .reduction
    case "gather", "gather_elements", "gather_nd", "scatter_elements", "scatter_nd", "top_k", "non_zero", "one_hot", "slice_update": self = .indexing
    case "resize", "grid_sample", "roi_align": self = .image
    case "non_maximum_suppression", "multiclass_nms", "yolo_box", "prior_box", "box_coder": self = .detection
    case "quantize_linear", "dequantize_linear": self = .quantization
    case "conditional", "loop": self = .control
    default: self = .shape
    }
  }

  /// Fill and border.
  var colours: (fill: String, border: String) {
    switch self {
    case .convolution: ("#dbe9fb", "#3b78c4")
    case .matrix: ("#e2defa", "#6353c2")
    case .recurrent: ("#f3d9f2", "#a3439d")
    case .pool: ("#d7f0f2", "#2a8f9a")
    case .normalization: ("#d9f2e3", "#2f9460")
    case .elementwise: ("#fdf0cf", "#c08a13")
    case .reduction: ("#fbe3cd", "#c56d1f")
    case .shape: ("#eceff2", "#7c8894")
    case .indexing: ("#efe4d8", "#8f6a45")
    case .image: ("#e4f3cf", "#6f9a22")
    case .detection: ("#fbdce6", "#c43c6d")
    case .quantization: ("#e6e2d3", "#857a48")
    case .control: ("#fadada", "#c23b3b")
    }
  }
}
