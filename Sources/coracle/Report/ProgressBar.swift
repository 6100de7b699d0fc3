// A progress bar for long work, on terminals only. SPDX-License-Identifier: Apache-2.0
import Foundation

/// Draws `[=====     ]  50 % what is being done` on one line of the error stream; silent where that is no terminal.
enum ProgressBar {
  private static let isTerminal = isatty(STDERR_FILENO) == 1
  private static let width = 30
  // The tool reports from its main thread only.
  nonisolated(unsafe) private static var shown = ""

  /// Shows `fraction` (0 to 1, other values are clamped) and what is being done.
  static func show(_ fraction: Double, _ text: String) {
    guard isTerminal else { return }
    let clamped = fraction.isFinite ? min(max(fraction, 0), 1) : 0
    let filled = Int(clamped * Double(width))
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
    let line = "[\(bar)] \(String(format: "%3d", Int(clamped * 100))) % \(text.prefix(40))"
    guard line != shown else { return }
    shown = line
    FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
  }

  /// Takes the bar away, so that the next line starts on a clean one.
  static func clear() {
    guard !shown.isEmpty else { return }
    shown = ""
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }
}
