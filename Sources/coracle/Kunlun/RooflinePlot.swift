// SPDX-License-Identifier: Apache-2.0
import Foundation
import KunlunTiming

/// Operations a second over operations a byte, both on logarithmic axes, below the limits of multipliers and memories (Williams et al. 2009).
struct RooflinePlot {
  private static let width = 760.0
  private static let height = 400.0
  private static let margin = (left: 64.0, right: 20.0, top: 14.0, bottom: 44.0)

  private struct Dot {
    let intensity, rate: Double
    let bound: KernelCost.Bound
    let tip: String
  }

  private let dots: [Dot]
  private let peak: Double
  private let globalBandwidth, l3Bandwidth: Double

  init(_ report: SimulationReport) {
    let card = report.simulation.card
    peak = 2 * (card.tile(report.precision).map(card.peakMultiplyAdds) ?? 1)
    (globalBandwidth, l3Bandwidth) = (card.memoryBandwidth, card.l3Bandwidth)
    dots = report.operators.compactMap { item in
      let bytes = item.globalMemoryBytes + item.l3Bytes
      guard item.multiplyAdds > 0, bytes > 0, item.milliseconds > 0 else { return nil }
      let rate = 2 * item.multiplyAdds / (item.milliseconds * 1e-3)
      return Dot(intensity: 2 * item.multiplyAdds / bytes, rate: rate, bound: item.bound,
        tip: String(format: "%d %@: %.3g operations a byte, %.3g T operations a second, bound by %@", item.index, item.name, 2 * item.multiplyAdds / bytes,
          rate / 1e12, item.bound.words))
    }
  }

  private var horizontal: ClosedRange<Double> {
    let values = dots.map { log10($0.intensity) } + [log10(peak / l3Bandwidth) - 1, log10(peak / globalBandwidth) + 1]
    return floor(values.min() ?? 0)...ceil(values.max() ?? 4)
  }
  private var vertical: ClosedRange<Double> {
    let values = dots.map { log10($0.rate) } + [log10(peak) - 2]
    return floor(values.min() ?? 9)...(log10(peak) + 0.25)
  }

  func svg() -> String {
    var svg = SVGWriter(width: Self.width, height: Self.height)
    let (xs, ys) = (horizontal, vertical)
    func x(_ value: Double) -> Double {
      Self.margin.left + (log10(value) - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * (Self.width - Self.margin.left - Self.margin.right)
    }
    func y(_ value: Double) -> Double {
      Self.height - Self.margin.bottom - (log10(value) - ys.lowerBound) / (ys.upperBound - ys.lowerBound) * (Self.height - Self.margin.top - Self.margin.bottom)
    }
    let (low, high) = (pow(10, xs.lowerBound), pow(10, xs.upperBound))
    for power in Int(xs.lowerBound)...Int(xs.upperBound) {
      let place = x(pow(10, Double(power)))
      svg.line((place, Self.margin.top), (place, Self.height - Self.margin.bottom), colour: "#eceff2")
      svg.text(label(power), x: place, y: Self.height - Self.margin.bottom + 15, size: 10, colour: "#667380")
    }
    for power in Int(ys.lowerBound)...Int(floor(ys.upperBound)) {
      let place = y(pow(10, Double(power)))
      svg.line((Self.margin.left, place), (Self.width - Self.margin.right, place), colour: "#eceff2")
      svg.text(label(power - 12), x: Self.margin.left - 6, y: place + 3, size: 10, colour: "#667380", anchor: "end")
    }
    svg.text("operations a byte of global memory and L3", x: Self.width / 2, y: Self.height - 8, size: 11, colour: "#33404d")
    svg.text("T operations a second", x: Self.margin.left + 6, y: Self.margin.top + 10, size: 11, colour: "#33404d", anchor: "start")
    for (bandwidth, name, colour) in [(globalBandwidth, "global memory", "#c05621"), (l3Bandwidth, "L3", "#d69e2e")] {
      let corner = min(peak / bandwidth, high)
      let start = max(low, pow(10, ys.lowerBound) / bandwidth)
      svg.line((x(start), y(start * bandwidth)), (x(corner), y(corner * bandwidth)), colour: colour, width: 1.6)
      let middle = pow(10, (log10(start) + log10(corner)) / 2)
      let isUpper = bandwidth == l3Bandwidth
      svg.text(name, x: x(middle) + (isUpper ? -8 : 8), y: y(middle * bandwidth) + (isUpper ? -4 : 14), size: 11, colour: colour, anchor: isUpper ? "end" : "start")
    }
    svg.line((x(peak / l3Bandwidth), y(peak)), (x(high), y(peak)), colour: "#2b6cb0", width: 1.6)
    svg.text("multipliers", x: x(high) - 4, y: y(peak) - 5, size: 11, colour: "#2b6cb0", anchor: "end")
    for dot in dots { svg.dot(x: x(dot.intensity), y: y(dot.rate), radius: 4.5, fill: dot.bound.colour, tip: dot.tip) }
    var legend = Self.margin.top + 40
    for bound in Set(dots.map(\.bound)).sorted(by: { $0.words < $1.words }) {
      svg.dot(x: Self.margin.left + 14, y: legend, radius: 4.5, fill: bound.colour, tip: bound.words)
      svg.text("bound by \(bound.words)", x: Self.margin.left + 24, y: legend + 4, size: 11, colour: "#33404d", anchor: "start")
      legend += 16
    }
    return svg.embedded()
  }

  /// "0.01", "1", "1000": a power of ten.
  private func label(_ power: Int) -> String { power < 0 ? String(format: "%.\(-power)f", pow(10, Double(power))) : String(format: "%.0f", pow(10, Double(power))) }
}
