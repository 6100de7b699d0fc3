// SPDX-License-Identifier: Apache-2.0
import Foundation
import KunlunTiming

/// The timeline in the Trace Event Format, which Perfetto and chrome://tracing open: a process a device, a thread a lane, times in microseconds.
struct SimulationTrace {
  private struct Event: Encodable {
    let name, ph, cat: String
    let ts, dur: Double
    let pid, tid: Int
    let args: [String: String]
  }
  private struct Label: Encodable {
    let name, ph: String
    let pid, tid: Int
    let args: [String: String]
  }
  private struct Document: Encodable {
    let labels: [Label]
    let events: [Event]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      var list = container.nestedUnkeyedContainer(forKey: .traceEvents)
      for label in labels { try list.encode(label) }
      for event in events { try list.encode(event) }
      try container.encode("ns", forKey: .displayTimeUnit)
    }
    private enum Key: String, CodingKey { case traceEvents, displayTimeUnit }
  }

  private let simulation: Simulation

  init(_ simulation: Simulation) { self.simulation = simulation }

  func json() throws -> String {
    let lanes = TimelineEvent.Lane.allCases
    var labels: [Label] = []
    for device in 0..<simulation.options.devices {
      labels.append(Label(name: "process_name", ph: "M", pid: device, tid: 0, args: ["name": "device \(device)"]))
      for (index, lane) in lanes.enumerated() { labels.append(Label(name: "thread_name", ph: "M", pid: device, tid: index, args: ["name": lane.title])) }
    }
    let events = simulation.events.map { event in
      let item = event.index.map { simulation.operators[$0] }
      return Event(name: event.name, ph: "X", cat: item?.title ?? "run", ts: event.start * 1e6, dur: event.duration * 1e6, pid: event.device,
        tid: lanes.firstIndex(of: event.lane) ?? 0, args: item.map { ["operator": $0.title, "bound by": $0.bound.words] } ?? [:])
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Document(labels: labels, events: events)), as: UTF8.self)
  }
}

extension TimelineEvent.Lane {
  var title: String {
    switch self {
    case .host: "host"
    case .pcie: "PCIe"
    case .sdnn: "SDNN"
    case .clusters: "clusters"
    case .dma: "DMA"
    }
  }
}
