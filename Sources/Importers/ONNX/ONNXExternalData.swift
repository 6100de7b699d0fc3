// Tensors that lie in files beside an ONNX file. SPDX-License-Identifier: Apache-2.0
import Foundation

/// Reads external tensor data from inside one folder; files are mapped once.
final class ONNXExternalData {
  private let folder: URL?
  private var files: [String: Data] = [:]

  /// nil: there is no folder, so external data is refused.
  init(folder: URL?) { self.folder = folder?.standardizedFileURL.resolvingSymlinksInPath() }

  /// The bytes that the tensor's `location`, `offset` and `length` name; refuses paths out of the folder and ranges out of the file.
  func bytes(of tensor: ONNXTensor) throws -> Data {
    var location = "", offset = 0, length: Int?
    for entry in tensor.externalData {
      switch entry.key {
      case "location": location = entry.value
      case "offset", "length":
        guard let number = Int(entry.value), number >= 0 else {
          throw ImportError.malformed("\(entry.key) '\(entry.value)' of the external data of tensor '\(tensor.name)' is no size")
        }
        if entry.key == "offset" { offset = number } else { length = number }
      default: break
      }
    }
    let file = try contents(location, tensor: tensor.name)
    guard offset <= file.count, (length ?? 0) <= file.count - offset else {
      throw ImportError.malformed("external data of tensor '\(tensor.name)' is out of '\(location)': offset \(offset), length \(length ?? 0), file \(file.count) bytes")
    }
    let start = file.startIndex + offset
    return file[start..<(length.map { start + $0 } ?? file.endIndex)]
  }

  private func contents(_ location: String, tensor: String) throws -> Data {
    if let known = files[location] { return known }
    guard let folder else { throw ImportError.malformed("tensor '\(tensor)' lies in the file '\(location)', and the model was not read from a folder") }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, !location.hasPrefix("/"), !location.contains("\u{0}"), !parts.contains("..") else {
      throw ImportError.malformed("external data of tensor '\(tensor)' names '\(location)', which is not inside the model's folder")
    }
    let path = folder.appendingPathComponent(location).standardizedFileURL.resolvingSymlinksInPath()
    guard path.path.hasPrefix(folder.path.hasSuffix("/") ? folder.path : folder.path + "/") else {
      throw ImportError.malformed("external data of tensor '\(tensor)' names '\(location)', which leads out of the model's folder")
    }
    guard let data = try? Data(contentsOf: path, options: .mappedIfSafe) else {
      throw ImportError.malformed("the file '\(location)' with the data of tensor '\(tensor)' cannot be read in \(folder.path)")
    }
    files[location] = data
    return data
  }
}
