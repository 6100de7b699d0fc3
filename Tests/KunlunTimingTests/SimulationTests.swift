// Whole simulations: memory, passes, options, bad profiles. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import KunlunTiming
import ModelFile
import XCTest

final class SimulationTests: XCTestCase {
  private let resnet = Networks.resnet([3, 4, 6, 3], isBasic: false)

  private func simulate(_ graph: Graph, _ card: CardProfile? = nil, _ change: (inout SimulationOptions) -> Void = { _ in }) throws -> Simulation {
    var options = SimulationOptions()
    change(&options)
    return try Simulation(graph, card: card ?? .named("kunlun-r200"), host: .named("x86"), options: options)
  }

  /// Every pass saves time or costs none; the one for convolutions saves most of a convolutional network's.
  func testWorthOfPasses() throws {
    let (card, host) = (try CardProfile.named("kunlun-r200"), try HostProfile.named("x86"))
    for (graph, best) in [(resnet, CardPass.convolution), (Networks.encoders([(4, 1, 128, 256, 4)]), .encoder)] {
      let whole = try simulate(graph)
      let worth = try Simulation.worth(of: graph, card: card, host: host, options: SimulationOptions(), milliseconds: whole.seconds * 1e3)
      XCTAssertEqual(worth.map(\.pass), CardPass.allCases)
      for entry in worth { XCTAssertGreaterThanOrEqual(entry.saved, -1e-9, "\(entry.pass)") }
      XCTAssertEqual(worth.max { $0.saved < $1.saved }?.pass, best)
      XCTAssertEqual(worth.first { $0.pass == .squeezeExcitation }?.saved ?? -1, 0, accuracy: 1e-12)
    }
  }

  /// ResNet-50 at 224 x 224 has 4.09 G multiply-adds (He et al. 2015, with the stride in the 3x3 convolution) and 25.5 M weights.
  func testCountsOfResNet50() throws {
    let result = try simulate(resnet)
    XCTAssertEqual(result.multiplyAdds / 1e9, 4.09, accuracy: 0.01)
    XCTAssertEqual(result.program.weightBytes / 2 / 1e6, 25.5, accuracy: 0.1)
    XCTAssertEqual(result.operators.count, 53 + 1 + 1 + 1 + 1, "convolutions, pool, global pool, fc, softmax")
  }

  func testMemoryOfTheChip() throws {
    let all = try simulate(resnet)
    XCTAssertLessThanOrEqual(all.memory.l3HighWater, all.card.l3Bytes)
    XCTAssertEqual(all.memory.plannedL3Bytes, all.memory.blocks.reduce(0) { $0 + $1.l3Bytes })
    let none = try simulate(resnet) { $0.l3AutotuneSize = 0 }
    XCTAssertEqual(none.memory.plannedL3Bytes, 0)
    XCTAssertGreaterThan(none.globalBytes, all.globalBytes)
    XCTAssertEqual(none.globalBytes + none.l3Bytes, all.globalBytes + all.l3Bytes, accuracy: 1)
    let some = try simulate(resnet) { $0.l3Size = 2e6 }
    XCTAssertLessThanOrEqual(some.memory.l3HighWater, 2e6)
    XCTAssertTrue((all.seconds...none.seconds).contains(some.seconds))
    // No two tenants of a block are in use at the same time.
    for block in all.memory.blocks {
      let lifetimes = block.tenants.compactMap { all.memory.lifetimes[$0] }.sorted { $0.lowerBound < $1.lowerBound }
      for (before, after) in zip(lifetimes, lifetimes.dropFirst()) { XCTAssertLessThan(before.upperBound, after.lowerBound) }
    }
  }

  func testModelLargerThanGlobalMemory() throws {
    XCTAssertThrowsError(try simulate(resnet) { $0.batch = 100_000 }) { XCTAssertTrue("\($0)".contains("of global memory"), "\($0)") }
    var small = try CardProfile.named("kunlun-r200")
    small.memoryBytes = 150e6
    XCTAssertThrowsError(try simulate(resnet, small)) { XCTAssertTrue("\($0)".hasSuffix("the device has 150 MB."), "\($0)") }
  }

  func testPrecisions() throws {
    for name in CardProfile.stockNames {
      let card = try CardProfile.named(name)
      for precision in Precision.allCases {
        if card.tile(precision) == nil {
          XCTAssertThrowsError(try simulate(resnet, card) { $0.precision = precision }) { XCTAssertTrue("\($0)".contains("does not multiply in \(precision.rawValue)"), "\($0)") }
        } else {
          XCTAssertGreaterThan(try simulate(resnet, card) { $0.precision = precision }.seconds, 0)
        }
      }
    }
    let k200 = try CardProfile.named("kunlun-k200")
    XCTAssertNil(k200.tile(.float32))
    // Wider operands are not faster where multipliers bind.
    let times = try [Precision.int8, .int16, .int31, .int31WithLowProduct].map { precision in try simulate(resnet, k200) { ($0.precision, $0.batch) = (precision, 16) }.seconds }
    XCTAssertEqual(times, times.sorted())
    // Floating-point products of the second generation need no maxima.
    XCTAssertFalse(try simulate(resnet) { $0.precision = .float16 }.program.operators.contains { $0.kernels.contains { !$0.unknownMaxima.isEmpty } })
  }

  func testTwoDevicesShareABatch() throws {
    let card = try CardProfile.named("kunlun-k200")
    let one = try simulate(resnet, card) { $0.batch = 16 }
    let two = try simulate(resnet, card) { ($0.batch, $0.devices) = (16, 2) }
    XCTAssertLessThan(two.seconds, one.seconds)
    XCTAssertGreaterThan(two.seconds, one.seconds / 2)
    XCTAssertEqual(two.multiplyAdds, one.multiplyAdds, accuracy: 1)
    XCTAssertThrowsError(try simulate(resnet, card) { ($0.batch, $0.devices) = (3, 2) })
    XCTAssertThrowsError(try simulate(resnet) { $0.devices = 2 }) { XCTAssertEqual("\($0)", "The card has 1 device, not 2.") }
  }

  /// Published for eight layers of 2048 x 2048 from a framework, both devices against one: 2.000 and 1.437 ms, 1.39 times. Bounds as for rows 11 to 16.
  func testTwoDevicesOfAPerceptron() throws {
    let b = NetworkBuilder("perceptron")
    var x = b.input([1, 2048])
    for _ in 0..<8 { x = b.fc(x, 2048, activation: "relu") }
    let graph = b.finish(x)
    let card = try CardProfile.named("kunlun-k200")
    let ratio = try simulate(graph, card) { ($0.batch, $0.precision) = (512, .float16) }.seconds
      / simulate(graph, card) { ($0.batch, $0.precision, $0.devices) = (512, .float16, 2) }.seconds
    assertRow("37", "K200, 8 layers of 2048², two devices over one", published: 1.39, model: ratio, 0.8...1.2)
  }

  func testOperatorOnTheHost() throws {
    let b = NetworkBuilder("nms")
    let x = b.input([1, 100, 4])
    let y = b.add(.nonMaximumSuppression, [b.softmax(x), b.input([1, 20, 100], name: "scores")], shape: [50, 3])
    let result = try simulate(b.finish(y))
    XCTAssertEqual(result.operators.last?.bound, .pcie)
    XCTAssertEqual(result.operators.last?.pcieBytes ?? 0, (400 + 2000 + 150) * 4)
    XCTAssertGreaterThan(result.pcieBytes, result.operators.last?.pcieBytes ?? 0)
  }

  func testEmptyModel() throws {
    let b = NetworkBuilder("empty")
    let result = try simulate(b.finish(b.input([1, 4])))
    XCTAssertTrue(result.operators.isEmpty)
    XCTAssertGreaterThan(result.seconds, 0)
    XCTAssertEqual(result.joules, result.card.idleWatts * result.seconds, accuracy: 1e-12)
  }
}

final class CardProfileTests: XCTestCase {
  private func write(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("card-\(UUID().uuidString).json").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    addTeardownBlock { try? FileManager.default.removeItem(atPath: path) }
    return path
  }

  private func stock(_ name: String) throws -> String {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../edge-profiles")
    return try String(contentsOf: folder.appendingPathComponent("\(name).json"), encoding: .utf8)
  }

  func testStockProfiles() throws {
    XCTAssertEqual(CardProfile.stockNames, ["kunlun-k100", "kunlun-k200", "kunlun-r100", "kunlun-r200", "kunlun-r200-3vf"])
    XCTAssertEqual(HostProfile.stockNames, ["arm64", "library", "x86"])
    for name in CardProfile.stockNames {
      let (own, file) = (try CardProfile.named(name), try CardProfile.named(write(try stock(name))))
      XCTAssertEqual(try JSONEncoder.sorted.encode(own), try JSONEncoder.sorted.encode(file), name)
    }
    for name in HostProfile.stockNames { XCTAssertEqual(try HostProfile.named(name).name, name) }
    // Peaks as the vendor tells them, in tera-operations: 256 and 64 for both devices of a K200 at 1 GHz; 256, 128 and 32 of an R200.
    let (k200, r200) = (try CardProfile.named("kunlun-k200"), try CardProfile.named("kunlun-r200"))
    func peak(_ card: CardProfile, _ precision: Precision) throws -> Double { try 2 * card.peakMultiplyAdds(card.requiredTile(precision)) / 1e12 }
    XCTAssertEqual(try peak(k200, .int8) * 2 / 0.9, 256, accuracy: 256 * 0.03)
    XCTAssertEqual(try peak(k200, .int16) * 2 / 0.9, 64, accuracy: 64 * 0.03)
    for (precision, tera) in [(Precision.int8, 256.0), (.int16, 128), (.float16, 128), (.float32, 32)] {
      XCTAssertEqual(try peak(r200, precision), tera, accuracy: tera * 0.01)
    }
  }

  func testImpossibleFigures() throws {
    let sound = try stock("kunlun-r200")
    for (from, to, sentence) in [
      ("\"sdnn_count\": {\"value\": 6", "\"sdnn_count\": {\"value\": 0", "sdnn_count is 0.0, which is impossible"),
      ("\"memory_bandwidth\": {\"value\": 512000000000", "\"memory_bandwidth\": {\"value\": -1", "memory_bandwidth is -1.0, which is impossible"),
      ("\"sdnn_memory_efficiency\": {\"value\": 0.65", "\"sdnn_memory_efficiency\": {\"value\": 1.5", "sdnn_memory_efficiency is 1.5, which is impossible"),
      ("\"load_watts\": {\"value\": 114", "\"load_watts\": {\"value\": 1", "load_watts is 1.0, which is impossible"),
      ("\"device_count\": {\"value\": 1,", "\"device_count\": {\"value\": 1.5,", "device_count"),
      ("\"sdnn_clock_megahertz\"", "\"other\"", "lacks sdnnClockMegahertz"),
      ("\"rows\": 32", "\"rows\": 0", "which is impossible"),
      ("\"precision\": \"int16\"", "\"precision\": \"int8\"", "two of one precision"),
      ("\"precision\": \"int16\"", "\"precision\": \"int17\"", "cannot be understood"),
      ("\"generation\": 2", "\"generation\": \"two\"", "wrong kind at generation"),
      ("\"xpu\"", "\"npu\"", "does not describe a Kunlun card"),
      ("{", "[", "is no JSON object"),
    ] {
      let changed = sound.replacingOccurrences(of: from, with: to)
      XCTAssertNotEqual(changed, sound)
      XCTAssertThrowsError(try CardProfile.named(write(changed)), from) { XCTAssertTrue("\($0)".contains(sentence), "\(from): \($0)") }
    }
    XCTAssertThrowsError(try CardProfile.named("/no/such.json")) { XCTAssertTrue("\($0)".contains("cannot be read"), "\($0)") }
    XCTAssertThrowsError(try CardProfile.named("rk3588")) { XCTAssertTrue("\($0)".contains("no profile of a Kunlun card 'rk3588'"), "\($0)") }
    XCTAssertThrowsError(try HostProfile.named("sparc")) { XCTAssertTrue("\($0)".contains("there are arm64, library, x86"), "\($0)") }
  }
}

extension JSONEncoder {
  fileprivate static var sorted: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return encoder
  }
}
