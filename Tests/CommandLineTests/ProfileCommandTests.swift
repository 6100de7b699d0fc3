// coracle profile, and --profile with a file. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

final class ProfileCommandTests: CommandLineTestCase {
  func testStockProfiles() throws {
    let list = try coracle("profile", "list")
    assertSucceeds(list)
    let names = list.output.split(separator: "\n").map(String.init)
    XCTAssertTrue(names.contains("raspberry-pi-4") && names.contains("rk3588"), "\(names)")
    for name in names {
      let shown = try coracle("profile", "show", name)
      assertSucceeds(shown)
      XCTAssertEqual(shown.json["name"] as? String, name)
      // What is shown is a profile again.
      try write(Data(shown.output.utf8), "shown.json")
      let checked = try coracle("profile", "check", "shown.json")
      assertSucceeds(checked)
      XCTAssertTrue(checked.output.contains("'\(name)'"), checked.output)
      XCTAssertEqual(try coracle("profile", "show", "shown.json").output, shown.output)
    }
    assertFails(try coracle("profile", "show", "no-such-board"), "no-such-board")
  }

  func testDetectedProfile() throws {
    assertSucceeds(try coracle("profile", "detect", "-o", "my-board.json"))
    let shown = try coracle("profile", "show", "my-board.json")
    assertSucceeds(shown)
    XCTAssertEqual(shown.json["name"] as? String, "my-board")
    XCTAssertGreaterThan(shown.json["memory_bytes"] as? Int ?? 0, 0)
    assertSucceeds(try coracle("profile", "detect"))
    assertFails(try coracle("profile", "detect", "-o", "no/such/folder/x.json"), "no/such/folder/x.json")
  }

  func testCheckTellsThePlace() throws {
    let sound = try coracle("profile", "show", "rk3399").output
    try write(Data(sound.replacingOccurrences(of: "\"core_count\" : 6", with: "\"core_count\" : 1000000").utf8), "cores.json")
    let result = try coracle("profile", "check", "cores.json")
    XCTAssertEqual(result.code, 1)
    XCTAssertTrue(result.errors.contains("line ") && result.errors.contains("\"core_count\" is outside 0 to 4096"), result.errors)
    try write(Data(sound.replacingOccurrences(of: "\"core_count\" : 6", with: "\"core_count\" : 6, \"fan\" : 1").utf8), "fan.json")
    let warned = try coracle("profile", "check", "fan.json")
    XCTAssertEqual(warned.code, 0)
    XCTAssertTrue(warned.errors.contains("warning: ") && warned.errors.contains("\"fan\" is not known"), warned.errors)
    assertFails(try coracle("profile", "check", "missing.json"), "missing.json")
  }

  func testProfilesOfARun() throws {
    try SampleModels.save(SampleModels.product(), to: folder.appendingPathComponent("m.coracle"))
    try write(Data(try coracle("profile", "show", "raspberry-pi-4").output.utf8), "board.json")
    let stock = try coracle("bench", "m.coracle", "--runs", "1", "--profile", "raspberry-pi-4", "--json")
    let file = try coracle("bench", "m.coracle", "--runs", "1", "--profile", "board.json", "--json")
    assertSucceeds(stock)
    assertSucceeds(file)
    XCTAssertEqual(stock.json["threads"] as? Int, 4)
    XCTAssertEqual(file.json["threads"] as? Int, 4)
    assertFails(try coracle("bench", "m.coracle", "--profile", "missing.json"), "missing.json")
  }
}
