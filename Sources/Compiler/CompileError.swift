// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Why a graph was not compiled: one or more sentences.
package struct CompileError: Error, CustomStringConvertible, LocalizedError {
  package var message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }
  package var errorDescription: String? { message }
}
