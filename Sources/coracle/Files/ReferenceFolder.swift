// Arrays of another runtime in a folder. SPDX-License-Identifier: Apache-2.0
import Foundation

/// Finds the arrays that belong to a model's inputs and outputs by their file names.
struct ReferenceFolder {
  let path: String

  /// <name>.npy, input<index>.npy, or input.npy for the first; nil where none is there.
  func input(_ index: Int, name: String) -> String? {
    file([name, "input\(index)"] + (index == 0 ? ["input"] : []))
  }

  /// <name>.npy, output<index>.npy, output.npy for the first, or <index>.npy; nil where none is there.
  func output(_ index: Int, name: String) -> String? {
    file([name, "output\(index)"] + (index == 0 ? ["output"] : []) + [String(index)])
  }

  /// A name with "/" in it is looked for with "_" there.
  private func file(_ names: [String]) -> String? {
    for name in names where !name.isEmpty {
      let file = URL(fileURLWithPath: path).appendingPathComponent(name.replacingOccurrences(of: "/", with: "_") + ".npy").relativePath
      if FileManager.default.fileExists(atPath: file) { return file }
    }
    return nil
  }
}
