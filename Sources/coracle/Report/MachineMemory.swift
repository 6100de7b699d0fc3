// Memory of this process, as Linux tells it. SPDX-License-Identifier: Apache-2.0
import Foundation

/// A line of /proc/self/status such as "VmHWM" (peak resident) or "VmRSS" (resident now), in bytes; nil where the system has none.
func processMemory(_ key: String) -> UInt64? {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key + ":") }),
    let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ UInt64($0) })
  else { return nil }
  return kibibytes * 1024
}
