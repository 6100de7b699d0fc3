// The model that a command is given: a .coracle file, or a source model that is converted first. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

// Read by the signal handler, which can be given nothing else; written once, before it is installed.
nonisolated(unsafe) private var removedOnInterrupt: UnsafeMutablePointer<CChar>?

/// Whether the file starts as a Coracle model does; a name ending in .coracle is taken by its word, so that the runtime
/// says what is wrong with the bytes.
func isModelFile(_ path: String) throws -> Bool {
  var isFolder: ObjCBool = false
  if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue { return false }
  guard let file = fopen(path, "r") else { throw Failure("cannot open '\(path)': \(String(cString: strerror(errno)))") }
  defer { fclose(file) }
  var start = [UInt8](repeating: 0, count: 8)
  let count = fread(&start, 1, 8, file)
  return path.hasSuffix(".coracle") || (count == 8 && Array(start[4..<8]) == Array("CRCL".utf8))
}

/// Calls `body` with the path of a model file: `path` itself, or a temporary one that `path` is converted to and that is gone afterwards.
/// The conversion runs in a process of its own, so that its memory is not counted as the runtime's.
func withModelFile<Result>(_ path: String, parameters: String?, _ body: (String) throws -> Result) throws -> Result {
  if try isModelFile(path) {
    guard parameters == nil else { throw Failure("--params belongs to a source model; '\(path)' is a converted one") }
    return try body(path)
  }
  let temporary = FileManager.default.temporaryDirectory.appendingPathComponent("coracle-\(UUID().uuidString).coracle").path
  removedOnInterrupt = strdup(temporary)
  for number in [SIGINT, SIGTERM, SIGHUP] {
    signal(number) { number in
      if let path = removedOnInterrupt { unlink(path) }
      _exit(128 + number)
    }
  }
  defer { unlink(temporary) }
  writeError("converting '\(path)' to a temporary file first")
  let conversion = Process()
  conversion.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  conversion.arguments = ["convert", path, "-o", temporary] + (parameters.map { ["--params", $0] } ?? [])
  conversion.standardInput = FileHandle.nullDevice
  conversion.standardOutput = FileHandle.nullDevice
  do {
    try conversion.run()
  } catch {
    throw Failure("cannot start the conversion of '\(path)': \(reason(error))")
  }
  conversion.waitUntilExit()
  guard conversion.terminationReason == .exit else { throw Failure("the conversion of '\(path)' was ended by a signal") }
  // The other process has said on the error stream what is wrong.
  guard conversion.terminationStatus == 0 else { throw ExitCode.failure }
  return try body(temporary)
}
