// A simulation as text. SPDX-License-Identifier: Apache-2.0
import Foundation
import KunlunTiming

extension SimulationReport {
  func text() -> String {
    [heading, operatorTable, "", totals, "", "What the passes save", passTable, "", l3Text, "", assumptions].joined(separator: "\n")
  }

  private var heading: String {
    "\(model) on \(profile), host \(host), \(precision.rawValue), batch \(batch)\(devices > 1 ? " on \(devices) devices" : "")"
  }

  private var operatorTable: String {
    var table = TextTable(">#", "operator", "name", ">us", ">cycles", ">global memory", ">L3", ">PCIe", ">utilisation", "bound by")
    for item in operators {
      table.add(String(item.index), item.label, shortened(item.name, to: 36), String(format: "%.1f", item.milliseconds * 1e3), countText(item.cycles),
        bytes(item.globalMemoryBytes), bytes(item.l3Bytes), bytes(item.pcieBytes), item.multiplyAdds > 0 ? shareText(item.utilisation) : "-", item.bound.words)
    }
    return table.text()
  }

  private var totals: String {
    var table = TextTable("", ">", "")
    table.add("a run", "\(millisecondText(milliseconds)) ms", "from the inputs on the host to the outputs there; \(String(format: "%.1f", samplesPerSecond)) samples a second")
    table.add("device", "\(millisecondText(deviceMilliseconds)) ms", "without waiting for the host and copies")
    table.add("multiply-adds", countText(multiplyAdds), "\(shareText(utilisation)) of the multipliers' peak")
    table.add("global memory", bytes(globalMemoryBytes), "moved; at most \(bytes(globalMemoryHighWater)) of \(bytes(globalMemoryCapacity)) in use, weights \(bytes(weightBytes))")
    table.add("L3", bytes(l3Bytes), "moved; at most \(bytes(l3HighWater)) of \(bytes(l3Capacity)) in use")
    table.add("PCIe", bytes(pcieBytes),
      "copied; to the device: \(copiesToDevice), \(bytes(bytesToDevice)); to the host: \(copiesToHost), \(bytes(bytesToHost))")
    table.add("busy", shareText(sdnnBusy), "of the run the SDNNs, \(shareText(clusterBusy)) the clusters")
    table.add("energy", String(format: "%.3g J", joules), String(format: "%.0f W", watts))
    return table.text()
  }

  private var passTable: String {
    var table = TextTable("pass", ">ms saved")
    for pass in passes { table.add(pass.pass, String(format: "%.3f", pass.savedMs)) }
    return table.text()
  }

  private var l3Text: String {
    var table = TextTable(">block", ">L3", ">global memory", ">tensors", "first")
    for (index, block) in l3Map.enumerated() {
      table.add(String(index), bytes(block.l3Bytes), bytes(block.globalMemoryBytes), String(block.tensors.count), shortened(block.tensors.first ?? "", to: 40))
    }
    return "L3: \(bytes(l3Planned)) planned for activations, \(bytes(l3Workspace)) left to operators\n" + table.text()
  }

  private var assumptions: String {
    "Energy: \(energyAssumption).\nAn operator takes the largest of its computing, global memory and L3 times, since loading runs beside computing. "
      + String(format: "Simulated in %.1f ms.", simulationMilliseconds)
  }

  /// Cards side by side.
  static func comparison(_ reports: [SimulationReport]) -> String {
    guard let first = reports.first else { return "" }
    var table = TextTable("card", ">ms", ">device, ms", ">samples/s", ">utilisation", ">global memory", ">L3", ">J", ">faster than the first")
    for report in reports {
      table.add(report.profile, millisecondText(report.milliseconds), millisecondText(report.deviceMilliseconds), String(format: "%.1f", report.samplesPerSecond),
        shareText(report.utilisation), bytes(report.globalMemoryBytes), bytes(report.l3Bytes), String(format: "%.3g", report.joules),
        String(format: "%.2f", first.milliseconds / report.milliseconds))
    }
    return "\(first.model), host \(first.host), \(first.precision.rawValue), batch \(first.batch)\n" + table.text()
  }
}

private func bytes(_ count: Double) -> String { count == 0 ? "-" : byteText(UInt64(min(max(count, 0), 1e18))) }

/// "12345", "12.3 M", "4.5 G".
func countText(_ count: Double) -> String {
  switch count {
  case ..<1e5: String(format: "%.0f", count)
  case ..<1e9: String(format: "%.2f M", count / 1e6)
  default: String(format: "%.2f G", count / 1e9)
  }
}

extension KernelCost.Bound {
  var words: String {
    switch self {
    case .multipliers: "multipliers"
    case .vectors: "vectors"
    case .globalMemory: "global memory"
    case .l3: "L3"
    case .launch: "launch"
    case .maxima: "maxima"
    case .host: "host"
    case .pcie: "PCIe"
    }
  }
}
