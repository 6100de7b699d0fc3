// What a command reports when it cannot go on. SPDX-License-Identifier: Apache-2.0
import Foundation

/// A failure of a command: one sentence for the person at the terminal.
struct Failure: Error {
  let message: String

  /// Line breaks are folded, since a failure is one line.
  init(_ message: String) {
    self.message = message.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The sentence that some other error carries.
  init(_ error: any Error) {
    if let failure = error as? Failure {
      self = failure
    } else if let error = error as? LocalizedError, let text = error.errorDescription {
      self.init(text)
    } else if type(of: error) is NSError.Type || error is CocoaError {
      self.init((error as NSError).localizedDescription)
    } else {
      self.init(String(describing: error))
    }
  }
}

/// Writes a line to the error stream.
func writeError(_ line: String) {
  FileHandle.standardError.write(Data((line + "\n").utf8))
}
