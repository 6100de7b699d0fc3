// Card and host profiles by name or from files. SPDX-License-Identifier: Apache-2.0
import Foundation

extension CardProfile {
  /// The stock profiles that describe a card.
  package static var stockNames: [String] { stockCards.keys.sorted() }

  /// The card of profile `name`: a stock one's, or that of a JSON file (a name with "/" or .json). Throws `SimulationError`.
  package static func named(_ name: String) throws -> CardProfile {
    let data: Data
    if name.contains("/") || name.hasSuffix(".json") {
      guard let file = FileManager.default.contents(atPath: name) else { throw SimulationError("The profile '\(name)' cannot be read.") }
      guard file.count <= 1 << 20, let object = try? JSONSerialization.jsonObject(with: file) as? [String: Any] else {
        throw SimulationError("The profile '\(name)' is no JSON object, or has more than a megabyte.")
      }
      guard let card = object["xpu"] as? [String: Any], let part = try? JSONSerialization.data(withJSONObject: card) else {
        throw SimulationError("The profile '\(name)' does not describe a Kunlun card: it has no object \"xpu\".")
      }
      data = part
    } else {
      guard let text = stockCards[name] else {
        throw SimulationError("There is no profile of a Kunlun card '\(name)'; there are \(stockNames.joined(separator: ", ")).")
      }
      data = Data(text.utf8)
    }
    let card: CardProfile = try decoded(data, of: name)
    try card.check(name)
    return card
  }
}

extension HostProfile {
  package static var stockNames: [String] { stockHosts.keys.sorted() }

  /// The host called `name`, or that of a JSON file. Throws `SimulationError`.
  package static func named(_ name: String) throws -> HostProfile {
    let isFile = name.contains("/") || name.hasSuffix(".json")
    guard let data = isFile ? FileManager.default.contents(atPath: name) : stockHosts[name].map({ Data($0.utf8) }) else {
      throw SimulationError(isFile ? "The host profile '\(name)' cannot be read."
        : "There is no host profile '\(name)'; there are \(stockNames.joined(separator: ", ")).")
    }
    let host: HostProfile = try decoded(data, of: name)
    for (key, value) in [("operator_microseconds", host.operatorMicroseconds), ("launch_microseconds", host.launchMicroseconds), ("run_microseconds", host.runMicroseconds)] {
      try check(value, 0...1e9, "\(name): \(key)")
    }
    try check(host.memoryBandwidth, 1e6...1e15, "\(name): memory_bandwidth")
    return host
  }
}

private func decoded<Profile: Decodable>(_ data: Data, of name: String) throws -> Profile {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  do {
    return try decoder.decode(Profile.self, from: data)
  } catch DecodingError.keyNotFound(let key, let context) {
    throw SimulationError("The profile '\(name)' lacks \(path(context.codingPath + [key])).")
  } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
    throw SimulationError("The profile '\(name)' has a value of the wrong kind at \(path(context.codingPath)).")
  } catch DecodingError.dataCorrupted(let context) {
    throw SimulationError("The profile '\(name)' cannot be understood at \(path(context.codingPath)): \(context.debugDescription)")
  }
}

private func path(_ keys: [any CodingKey]) -> String {
  keys.isEmpty ? "its start" : keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
}

private func check(_ value: Double, _ range: ClosedRange<Double>, _ what: String) throws {
  guard range.contains(value) else {
    throw SimulationError("\(what) is \(value), which is impossible: \(range.lowerBound) to \(range.upperBound) can be simulated.")
  }
}

extension CardProfile {
  /// Throws a sentence where a figure is impossible, so that no equation divides by 0 or leaves the numbers it can hold.
  func check(_ name: String) throws {
    let bytes = 1.0...1e15
    let figures: [(String, Double, ClosedRange<Double>)] = [
      ("generation", Double(generation), 1...2), ("device_count", deviceCount, 1...64), ("sdnn_count", sdnnCount, 1...1024),
      ("cluster_count", clusterCount, 1...1024), ("cluster_cores", clusterCores, 1...4096), ("core_lanes", coreLanes, 1...4096),
      ("sdnn_clock_megahertz", sdnnClockMegahertz, 1...1e5), ("cluster_clock_megahertz", clusterClockMegahertz, 1...1e5),
      ("tile_fill_cycles", tileFillCycles, 0...1e6), ("activation_buffer_bytes", activationBufferBytes, bytes),
      ("weight_buffer_bytes", weightBufferBytes, bytes), ("partial_buffer_bytes", partialBufferBytes, bytes), ("depth_slice", depthSlice, 1...1e9),
      ("l3_bytes", l3Bytes, 0...1e15), ("l3_bandwidth", l3Bandwidth, 1e6...1e18), ("memory_bytes", memoryBytes, bytes),
      ("memory_bandwidth", memoryBandwidth, 1e6...1e18), ("sdnn_memory_efficiency", sdnnMemoryEfficiency, 0.01...1),
      ("cluster_memory_efficiency", clusterMemoryEfficiency, 0.01...1), ("pcie_bandwidth", pcieBandwidth, 1e6...1e15),
      ("pcie_latency_microseconds", pcieLatencyMicroseconds, 0...1e6), ("launch_gap_microseconds", launchGapMicroseconds, 0...1e6),
      ("find_max_microseconds", findMaxMicroseconds, 0...1e6), ("synchronise_microseconds", synchroniseMicroseconds, 0...1e6),
      ("max_slots", maxSlots, 1...1024), ("workspace_bytes", workspaceBytes, 0...memoryBytes), ("idle_watts", idleWatts, 0...1e5),
      ("load_watts", loadWatts, idleWatts...max(idleWatts, 1e5)),
    ]
    for (key, value, range) in figures { try KunlunTiming.check(value, range, "\(name): \(key)") }
    guard deviceCount == deviceCount.rounded() else { throw SimulationError("\(name): device_count is \(deviceCount), which is no whole number.") }
    guard !tiles.isEmpty, Set(tiles.map(\.precision)).count == tiles.count else {
      throw SimulationError("\(name): tiles are none, or two of one precision.")
    }
    for tile in tiles {
      for value in [tile.rows, tile.columns, tile.depth, tile.passes] { try KunlunTiming.check(value, 1...4096, "\(name): a figure of tile \(tile.precision.rawValue)") }
    }
  }
}
