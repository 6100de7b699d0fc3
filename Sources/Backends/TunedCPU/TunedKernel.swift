// SPDX-License-Identifier: Apache-2.0
import Kernels
import Operators
import Tensors

/// The kernels that are written for this backend: the list that dispatch chooses from, reports name, and tests and benchmarks go through
/// (`Tests/KernelCases`). What `TunedOperators` has beside them are the portable implementations on this set's vectors.
package enum TunedKernel: UInt8 {
  case pointwise = 0
  case groupedPointwise = 1
  case lines = 2
  case windows = 3
  case groupedWindows = 4
  case depthwise = 5
  case winograd2 = 6
  case winograd4 = 7
  case winograd6 = 8
  case separable = 9
  case transposedTaps = 10
  case transposedMergedTaps = 11
  case product = 12
  case attention = 13
  case recurrent = 14
  case recurrentByDirection = 15
  case recurrentByUnit = 16
  case transposedDepthwise = 17
  case groupedLines = 18

  /// What reports call it.
  package var name: StaticString {
    switch self {
    case .pointwise: "panels, 1x1"
    case .groupedPointwise: "panels, 1x1, by groups"
    case .lines: "panels on windows as they lie"
    case .groupedLines: "panels on windows as they lie, by groups"
    case .windows: "panels on gathered windows"
    case .groupedWindows: "panels on gathered windows, by groups"
    case .depthwise: "depthwise, columns in registers"
    case .winograd2: "Winograd F(2, 3)"
    case .winograd4: "Winograd F(4, 3)"
    case .winograd6: "Winograd F(6, 3)"
    case .separable: "stripes of rows, panels and columns in registers"
    case .transposedTaps: "panels a row and tap"
    case .transposedMergedTaps: "panels a row, taps side by side"
    case .product: "panels"
    case .attention: "one pass over blocks of keys"
    case .recurrent: "packed gates, step by step"
    case .recurrentByDirection: "packed gates, a thread a direction"
    case .recurrentByUnit: "packed gates, units divided"
    case .transposedDepthwise: "channels a row and tap"
    }
  }

  /// Whether this instruction set ever chooses it.
  package var isUsed: Bool { (self != .lines && self != .groupedLines) || !PanelShape.readsInterleaved }
}

extension Kernel {
  init(_ kernel: TunedKernel, reason: StaticString, threads: Int, threadFloats: Int) {
    self.init(kernel.name, reason: reason, allThreads: threads > 1, scratchBytes: sizeProduct(sizeProduct(threadFloats, 4), threads))
  }
}
