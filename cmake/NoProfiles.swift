// What stands for the stock profiles and the reader of profiles in a library without them (CORACLE_PROFILES). SPDX-License-Identifier: Apache-2.0
import CCoracle
import Tensors

package func stockProfileCount() -> Int { 0 }

package func stockProfile(_ index: Int) -> coracle_profile? { nil }

package enum ProfileReader {
  package static func read(_ text: UnsafeRawPointer, _ count: Int, _ log: coracle_log_function?, _ logData: UnsafeMutableRawPointer?,
    _ error: ErrorWriter) throws(Status) -> coracle_profile
  {
    throw error.fail(.unsupported).text("this library is built without the reader of profiles").status
  }
}
