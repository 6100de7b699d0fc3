// SPDX-License-Identifier: Apache-2.0
import Foundation
import KunlunTiming

/// What host, copies, SDNNs, clusters and DMA do when: a lane each, for every device.
struct SimulationTimeline {
  static let left = 78.0
  private static let width = 1120.0
  private static let laneHeight = 26.0

  private let simulation: Simulation
  private let lanes: [(lane: TimelineEvent.Lane, device: Int)]

  init(_ simulation: Simulation) {
    self.simulation = simulation
    lanes = [(.host, 0)] + (0..<simulation.options.devices).flatMap { device in TimelineEvent.Lane.allCases.filter { $0 != .host }.map { ($0, device) } }
  }

  func svg() -> String {
    let height = 34 + Double(lanes.count) * Self.laneHeight
    var svg = SVGWriter(width: Self.width, height: height)
    let scale = (Self.width - Self.left - 12) / max(simulation.seconds, 1e-9)
    for step in ticks {
      let x = Self.left + step * scale
      svg.line((x, 6), (x, height - 22), colour: "#d3dae0")
      svg.text(String(format: simulation.seconds < 0.01 ? "%.2f ms" : "%.1f ms", step * 1e3), x: x, y: height - 8, size: 10, colour: "#667380")
    }
    for (index, entry) in lanes.enumerated() {
      let y = 8 + Double(index) * Self.laneHeight
      let name = entry.lane.title + (simulation.options.devices > 1 && entry.lane != .host ? " \(entry.device)" : "")
      svg.text(name, x: Self.left - 8, y: y + 15, size: 11, colour: "#33404d", anchor: "end")
      svg.line((Self.left, y + Self.laneHeight - 2), (Self.width - 12, y + Self.laneHeight - 2), colour: "#eceff2")
      for event in simulation.events where event.lane == entry.lane && event.device == entry.device {
        let bound = event.index.map { simulation.operators[$0].bound }
        svg.bar(x: Self.left + event.start * scale, y: y + 2, width: event.duration * scale, height: Self.laneHeight - 7, fill: colour(event, bound),
          tip: String(format: "%@: %.1f µs from %.1f µs on%@", event.name, event.duration * 1e6, event.start * 1e6, bound.map { ", bound by \($0.words)" } ?? ""))
      }
    }
    return svg.embedded()
  }

  private func colour(_ event: TimelineEvent, _ bound: KernelCost.Bound?) -> String {
    switch event.lane {
    case .host: event.name == "waiting for the device" ? "#cbd5e0" : "#718096"
    case .pcie: "#319795"
    case .sdnn: "#2b6cb0"
    case .clusters: event.name.hasSuffix("finding maxima") ? "#b83280" : "#2f855a"
    case .dma: bound == .globalMemory ? "#c05621" : "#d69e2e"
    }
  }

  /// Round times, five to ten of them.
  private var ticks: [Double] {
    let exact = simulation.seconds / 8
    let power = pow(10, floor(log10(max(exact, 1e-9))))
    let step = power * ([1.0, 2, 5, 10].first { $0 * power >= exact } ?? 10)
    return Array(stride(from: 0, through: simulation.seconds, by: step))
  }
}
