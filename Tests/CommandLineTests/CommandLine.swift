// Drives the built tool as a user does. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

/// What a command left behind.
struct CommandResult {
  let code: Int32
  let output: String
  let errors: String

  var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:] }
}

/// A test with a folder of its own, in which the tool runs.
class CommandLineTestCase: XCTestCase {
  var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("coracle-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws { try FileManager.default.removeItem(at: folder) }

  /// Runs `coracle` with the arguments in the test's folder. A tool that ends by a signal fails the test.
  func coracle(_ arguments: String..., file: StaticString = #filePath, line: UInt = #line) throws -> CommandResult {
    try coracle(arguments[0], Array(arguments.dropFirst()), file: file, line: line)
  }

  func coracle(_ command: String, _ arguments: [String], file: StaticString = #filePath, line: UInt = #line) throws -> CommandResult {
    let process = Process()
    process.executableURL = Bundle.main.bundleURL.appendingPathComponent("coracle")
    process.arguments = [command] + arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder.path]) { _, own in own }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a long report cannot block the tool.
    let paths = (folder.appendingPathComponent(".output"), folder.appendingPathComponent(".errors"))
    for path in [paths.0, paths.1] { XCTAssertTrue(FileManager.default.createFile(atPath: path.path, contents: nil)) }
    process.standardOutput = try FileHandle(forWritingTo: paths.0)
    process.standardError = try FileHandle(forWritingTo: paths.1)
    try process.run()
    process.waitUntilExit()
    let result = CommandResult(
      code: process.terminationStatus, output: String(decoding: try Data(contentsOf: paths.0), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: paths.1), as: UTF8.self))
    XCTAssertEqual(process.terminationReason, .exit, "coracle \(command) \(arguments.joined(separator: " ")): \(result.errors)", file: file, line: line)
    return result
  }

  /// Expects exit code 1 and one line `coracle: …` on the error stream that contains `text`.
  func assertFails(_ result: CommandResult, _ text: String, file: StaticString = #filePath, line: UInt = #line) {
    XCTAssertEqual(result.code, 1, file: file, line: line)
    let lines = result.errors.split(separator: "\n")
    XCTAssertEqual(lines.count, 1, result.errors, file: file, line: line)
    XCTAssertTrue(lines.first?.hasPrefix("coracle: ") == true, result.errors, file: file, line: line)
    XCTAssertTrue(result.errors.contains(text), "'\(text)' in: \(result.errors)", file: file, line: line)
  }

  func assertSucceeds(_ result: CommandResult, file: StaticString = #filePath, line: UInt = #line) {
    XCTAssertEqual(result.code, 0, result.errors, file: file, line: line)
    XCTAssertEqual(result.errors, "", file: file, line: line)
  }

  func write(_ bytes: Data, _ name: String) throws { try bytes.write(to: folder.appendingPathComponent(name)) }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }
}

/// A .npy file, written after NumPy's format description and not with the tool's own code.
func numpy(_ descriptor: String, _ shape: String, _ elements: some Sequence<some BitwiseCopyable>, fortran: Bool = false, version: UInt8 = 1) -> Data {
  let text = "{'descr': '\(descriptor)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
  return numpy(header: text, version: version) + elements.reduce(into: Data()) { data, element in withUnsafeBytes(of: element) { data.append(contentsOf: $0) } }
}

func numpy(header: String, version: UInt8 = 1) -> Data {
  let count = header.utf8.count
  var data = Data([0x93] + "NUMPY".utf8 + [version, 0, UInt8(count & 255), UInt8(count >> 8)])
  if version > 1 { data.append(contentsOf: [0, 0]) }
  return data + Data(header.utf8)
}

/// The header's text and the elements of a version 1 file.
func parsed<T: BitwiseCopyable>(_ file: Data, as: T.Type) -> (header: String, elements: [T]) {
  let length = Int(file[8]) | Int(file[9]) << 8
  let elements = file.dropFirst(10 + length)
  return (
    String(decoding: file[10..<10 + length], as: UTF8.self),
    elements.withUnsafeBytes { raw in
      (0..<raw.count / MemoryLayout<T>.size).map { raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self) }
    }
  )
}
