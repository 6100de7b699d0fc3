// coracle simulate. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

final class SimulateCommandTests: CommandLineTestCase {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
  private static let source = root.appendingPathComponent("examples/digits/model/inference.json").path

  override func setUpWithError() throws {
    try super.setUpWithError()
    assertSucceeds(try coracle("convert", Self.source, "-o", "digits.coracle", "--input-shape", "1,1,8,8"))
  }

  /// The parts add up: the run is longer than the device's time, bytes and multiply-adds are those of the operators together.
  func testJSON() throws {
    let result = try coracle("simulate", "digits.coracle", "--profile", "kunlun-r200", "--json")
    assertSucceeds(result)
    let json = result.json
    let operators = try XCTUnwrap(json["operators"] as? [[String: Any]])
    XCTAssertGreaterThan(operators.count, 2)
    func sum(_ key: String) -> Double { operators.reduce(0) { $0 + ($1[key] as? Double ?? .nan) } }
    func number(_ key: String) throws -> Double { try XCTUnwrap(json[key] as? Double, key) }
    XCTAssertEqual(try number("device_milliseconds"), sum("milliseconds"), accuracy: 1e-9)
    XCTAssertGreaterThan(try number("milliseconds"), try number("device_milliseconds"))
    for key in ["global_memory_bytes", "l3_bytes", "multiply_adds"] { XCTAssertEqual(try number(key), sum(key), accuracy: 1e-6, key) }
    XCTAssertEqual(try number("joules"), try number("watts") * number("milliseconds") / 1e3, accuracy: 1e-9)
    XCTAssertLessThan(try number("simulation_milliseconds"), 1000)
    XCTAssertEqual((json["passes"] as? [[String: Any]])?.count, 6)
    XCTAssertEqual(operators.first?["bound"] as? String, "host")
    // Multiply-adds are those that `fit` counts, less those of depthwise convolutions, which the clusters do.
    let fit = try coracle("fit", "digits.coracle", "--profile", "raspberry-pi-4", "--json")
    let counted = (fit.json["operators"] as? [[String: Any]] ?? []).reduce(0) { $0 + ($1["operations"] as? Double ?? 0) }
    XCTAssertLessThanOrEqual(try number("multiply_adds") * 2, counted)
    XCTAssertGreaterThan(try number("multiply_adds") * 2, 0.8 * counted)
  }

  func testSourceModelAndOptions() throws {
    let source = try coracle("simulate", Self.source, "--shape", "1,1,8,8", "--json")
    XCTAssertEqual(source.code, 0, source.errors)
    XCTAssertEqual(source.json["milliseconds"] as? Double, try coracle("simulate", "digits.coracle", "--json").json["milliseconds"] as? Double)
    func milliseconds(_ options: String...) throws -> Double {
      let result = try coracle("simulate", ["digits.coracle", "--json"] + options)
      assertSucceeds(result)
      return result.json["milliseconds"] as? Double ?? .nan
    }
    let plain = try milliseconds()
    XCTAssertGreaterThan(try milliseconds("--host", "arm64"), plain)
    XCTAssertGreaterThan(try milliseconds("--batch", "4096"), plain)
    XCTAssertGreaterThan(try milliseconds("--disable-pass", "conv2d_fuse", "--disable-pass", "fc_fuse"), plain)
    XCTAssertGreaterThanOrEqual(try milliseconds("--no-l3-autotune"), plain)
    XCTAssertEqual(try milliseconds("--gemm-compute-precision", "1"), plain)
    XCTAssertEqual(try milliseconds("--precision", "int16", "--l3-size", "1M", "--conv-autotune-level", "3"), plain, accuracy: plain)
  }

  /// What runs in a loop is counted as often as it runs, and shapes behind the loop are found.
  func testLoop() throws {
    try SampleModels.save(SampleModels.loop(), to: folder.appendingPathComponent("loop.coracle"))
    let result = try coracle("simulate", "loop.coracle", "--json")
    assertSucceeds(result)
    let operators = try XCTUnwrap(result.json["operators"] as? [[String: Any]])
    XCTAssertEqual(operators.filter { $0["runs"] as? Double == 5 }.count, 1)
    XCTAssertEqual(result.json["multiply_adds"] as? Double, Double((5 * 4 + 4 + 20) * 8 * 8))
    XCTAssertEqual(result.json["bytes_to_host"] as? Double, Double((4 + 20) * 8 * 4))
    XCTAssertTrue((try coracle("simulate", "loop.coracle")).output.contains("fc × 5"))
  }

  func testText() throws {
    let result = try coracle("simulate", "digits.coracle", "--profile", "kunlun-k200", "--batch", "8", "--devices", "2")
    assertSucceeds(result)
    for part in ["on kunlun-k200, host x86, int16, batch 8 on 2 devices", "conv2d", "bound by", "What the passes save", "planned for activations", "Energy: "] {
      XCTAssertTrue(result.output.contains(part), "'\(part)' in: \(result.output)")
    }
    let comparison = try coracle("simulate", "digits.coracle", "--compare", "kunlun-k200,kunlun-r200")
    assertSucceeds(comparison)
    XCTAssertEqual(comparison.output.split(separator: "\n").count, 4, comparison.output)
    XCTAssertEqual(((try coracle("simulate", "digits.coracle", "--compare", "kunlun-k200, kunlun-r200", "--json")).json["cards"] as? [Any])?.count, 2)
    // Cards that no measurement checks say so.
    let unchecked = try coracle("simulate", "digits.coracle", "--profile", "kunlun-r100")
    XCTAssertEqual(unchecked.code, 0)
    XCTAssertTrue(unchecked.errors.contains("no published measurement checks the figures of kunlun-r100"), unchecked.errors)
  }

  /// The page needs nothing from elsewhere; its elements are closed.
  func testPage() throws {
    assertSucceeds(try coracle("simulate", "digits.coracle", "--html", "page.html"))
    let page = String(decoding: try bytes("page.html"), as: UTF8.self)
    XCTAssertTrue(page.hasPrefix("<!doctype html>"))
    for address in ["src=", "href=", "@import", "url("] { XCTAssertFalse(page.contains(address), address) }
    func count(_ text: String) -> Int { page.components(separatedBy: text).count - 1 }
    for tag in ["svg", "table", "tr", "td", "th", "div", "title", "script", "style", "h2", "text"] {
      XCTAssertEqual(count("<\(tag)>") + count("<\(tag) "), count("</\(tag)>"), tag)
    }
    XCTAssertEqual(count("</svg>"), 2)
    for lane in ["host", "PCIe", "SDNN", "clusters", "DMA"] { XCTAssertTrue(page.contains(">\(lane)</text>"), lane) }
  }

  /// Complete events of known lanes, within the run.
  func testTrace() throws {
    let result = try coracle("simulate", "digits.coracle", "--trace", "trace.json", "--json")
    assertSucceeds(result)
    let trace = try XCTUnwrap(JSONSerialization.jsonObject(with: bytes("trace.json")) as? [String: Any])
    let events = try XCTUnwrap(trace["traceEvents"] as? [[String: Any]])
    let end = (result.json["milliseconds"] as? Double ?? 0) * 1e3
    var lanes: Set<Int> = []
    for event in events where event["ph"] as? String == "X" {
      let (start, duration) = (event["ts"] as? Double ?? -1, event["dur"] as? Double ?? -1)
      XCTAssertTrue(start >= 0 && duration > 0 && start + duration <= end + 1e-6, "\(event)")
      lanes.insert(event["tid"] as? Int ?? -1)
    }
    XCTAssertEqual(lanes, [0, 1, 2, 3, 4])
    XCTAssertEqual(events.filter { $0["ph"] as? String == "M" }.count, 6)
  }

  func testWhatIsRefused() throws {
    for (options, sentence) in [
      (["--profile", "kunlun-k200", "--precision", "float32"], "does not multiply in float32"),
      (["--precision", "int4"], "there is no precision 'int4'"),
      (["--profile", "rk3588"], "no profile of a Kunlun card 'rk3588'"),
      (["--profile", "missing.json"], "cannot be read"),
      (["--host", "sparc"], "no host profile 'sparc'"),
      (["--batch", "0"], "--batch is 1 to 1000000"),
      (["--batch", "1000000", "--precision", "int31"], "of global memory"),
      (["--devices", "2"], "The card has 1 device, not 2"),
      (["--device-id", "1"], "there is no device 1"),
      (["--l3-size", "1G"], "l3_size is"),
      (["--disable-pass", "all"], "there is no pass 'all'"),
      (["--fc-autotune-level", "10"], "0 to 9"),
      (["--html", "no/such/folder.html"], "cannot write"),
    ] { assertFails(try coracle("simulate", ["digits.coracle"] + options), sentence) }
    XCTAssertEqual(try coracle("simulate", "digits.coracle", "--compare", "kunlun-k200", "--html", "page.html").code, 64)
    XCTAssertEqual(try coracle("simulate", "digits.coracle", "--compare", "kunlun-k200", "--profile", "kunlun-r200").code, 64)
    let shown = try String(contentsOf: Self.root.appendingPathComponent("edge-profiles/kunlun-r200.json"), encoding: .utf8)
    try write(Data(shown.replacingOccurrences(of: "\"l3_bandwidth\": {\"value\": 1024000000000", with: "\"l3_bandwidth\": {\"value\": 0").utf8), "impossible.json")
    assertFails(try coracle("simulate", "digits.coracle", "--profile", "impossible.json"), "l3_bandwidth is 0.0, which is impossible")
  }
}
