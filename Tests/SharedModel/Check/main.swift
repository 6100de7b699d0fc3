// The comparison alone, so that it can be built under ThreadSanitizer without the converter. SPDX-License-Identifier: Apache-2.0
import Foundation
import SharedModel

guard CommandLine.arguments.count > 2 else {
  print("usage: check-shared-model MODEL EXTENT... (of the input, without the batch)")
  exit(2)
}
do {
  let found = try SharedModel.disagreements(path: CommandLine.arguments[1], extents: CommandLine.arguments.dropFirst(2).compactMap { Int($0) })
  for sentence in found { print(sentence) }
  print(found.isEmpty ? "1 passed, 0 failed" : "0 passed, \(found.count) failed")
  exit(found.isEmpty ? 0 : 1)
} catch {
  print(error)
  exit(1)
}
