// Finding the weights that belong to a Paddle program.
// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Where a program's weights come from.
enum ParameterSource {
  /// The file that was named, or a folder of one file a weight; nil: what lies beside the model.
  case beside(model: URL, named: URL?)
  /// Every weight is zero: for looking at a program whose weights are elsewhere.
  case zeros

  /// A tensor for each stored parameter of the program.
  func tensors(for parameters: [PaddleParameter]) throws -> [String: PaddleTensor] {
    let stored = parameters.filter(\.isStored)
    var names = Set<String>()
    for parameter in parameters where !names.insert(parameter.name).inserted {
      throw ImportError.malformed("the model declares the weight \(parameter.name) twice")
    }
    switch self {
    case .zeros:
      return try Self.zeros(for: stored)
    case .beside(let model, let named):
      if stored.isEmpty { return [:] }
      return try Self.read(stored, model: model, named: named)
    }
  }

  /// Zeros for parameters; bounded, since the extents come from the file and no weights stand behind them.
  static func zeros(for parameters: [PaddleParameter]) throws -> [String: PaddleTensor] {
    var total = 0
    var tensors: [String: PaddleTensor] = [:]
    for parameter in parameters {
      let shape = parameter.type.shape
      guard let count = checkedProduct(shape), count < 1 << 34, total + count < 1 << 36 else {
        throw ImportError.malformed("weight \(parameter.name): its extents \(shape) are open, negative or too large")
      }
      total += count
      tensors[parameter.name] = PaddleTensor(element: parameter.type.element, shape: shape, bytes: Data(count: count * parameter.type.element.byteCount))
    }
    return tensors
  }

  private static func read(_ stored: [PaddleParameter], model: URL, named: URL?) throws -> [String: PaddleTensor] {
    let folder = model.deletingLastPathComponent()
    if let named {
      if isFolder(named) { return try readFolder(named, stored) }
      return try ParameterFile.readCombined(map(named), parameters: stored, label: named.lastPathComponent)
    }
    let candidates = [model.deletingPathExtension().lastPathComponent + ".pdiparams", "inference.pdiparams", "__params__", "params"]
    for name in candidates {
      let file = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: file.path), !isFolder(file) else { continue }
      return try ParameterFile.readCombined(map(file), parameters: stored, label: name)
    }
    if let first = stored.first, let file = try? location(of: first, in: folder), FileManager.default.fileExists(atPath: file.path) {
      return try readFolder(folder, stored)
    }
    throw ImportError.malformed("the model has \(stored.count) weights and no parameters file was found beside it; looked for "
      + candidates.joined(separator: ", ") + " and one file a weight in \(folder.path); name the file, or ask for zero weights")
  }

  private static func readFolder(_ folder: URL, _ stored: [PaddleParameter]) throws -> [String: PaddleTensor] {
    var tensors: [String: PaddleTensor] = [:]
    for parameter in stored {
      let file = try location(of: parameter, in: folder)
      tensors[parameter.name] = try ParameterFile.readSingle(map(file), parameter: parameter, label: parameter.name)
    }
    return tensors
  }

  /// The file of one weight. Its name comes from the model, so it must stay inside the folder.
  private static func location(of parameter: PaddleParameter, in folder: URL) throws -> URL {
    let parts = parameter.name.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." || $0.contains("\0") }) else {
      throw ImportError.malformed("the weight \(parameter.name) names a file outside the model's folder")
    }
    return folder.appendingPathComponent(parameter.name)
  }

  private static func isFolder(_ file: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) && isFolder.boolValue
  }

  private static func map(_ file: URL) throws -> Data {
    do { return try Data(contentsOf: file, options: .alwaysMapped) } catch {
      throw ImportError.malformed("the parameters file \(file.path) cannot be read")
    }
  }
}
