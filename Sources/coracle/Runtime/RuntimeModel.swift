// A thin Swift face of coracle_model. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation

/// An open model file.
final class RuntimeModel {
  /// An input or output: `shape` has -1 where the model leaves an extent open.
  struct Port {
    let name: String
    let type: HostType
    let shape: [Int]
  }

  let pointer: OpaquePointer
  let inputs: [Port]
  let outputs: [Port]

  /// Opens and verifies the file. `trustWeights` leaves out the weights' checksums.
  init(path: String, trustWeights: Bool = false) throws {
    var options = coracle_model_options()
    options.struct_size = UInt32(MemoryLayout<coracle_model_options>.size)
    options.skip_weight_checksums = trustWeights ? 1 : 0
    var opened: OpaquePointer?
    try calling { coracle_model_open_file(path, &options, &opened, $0) }
    guard let opened else { throw Failure("no model was opened") }
    do {
      inputs = try (0..<coracle_model_input_count(opened)).map { index in
        try Port { coracle_model_input(opened, index, $0, $1) }
      }
      outputs = try (0..<coracle_model_output_count(opened)).map { index in
        try Port { coracle_model_output(opened, index, $0, $1) }
      }
    } catch {
      coracle_model_destroy(opened)
      throw error
    }
    pointer = opened
  }

  deinit { coracle_model_destroy(pointer) }

  var testVectorCount: Int { coracle_model_test_vector_count(pointer) }

  /// A copy of input `index`, or expected output `index`, of a test vector.
  func testVector(_ vector: Int, isOutput: Bool, index: Int) throws -> HostTensor {
    var view = coracle_tensor()
    view.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
    try calling { coracle_model_test_vector(pointer, vector, isOutput ? 1 : 0, index, &view, $0) }
    return try HostTensor(copying: view)
  }

  /// The index of the input called `name`; with an empty name that of the only input.
  func inputIndex(_ name: String) throws -> Int {
    if name.isEmpty {
      guard inputs.count == 1 else { throw Failure("the model has \(inputs.count) inputs (\(inputNames)): say which, as NAME=…") }
      return 0
    }
    guard let index = inputs.firstIndex(where: { $0.name == name }) else {
      throw Failure("the model has no input '\(name)'; its inputs: \(inputNames)")
    }
    return index
  }

  var inputNames: String { inputs.map { "\($0.name) \(shapeText($0.shape))" }.joined(separator: ", ") }
}

extension RuntimeModel.Port {
  fileprivate init(_ describe: (UnsafeMutablePointer<coracle_tensor>, UnsafeMutablePointer<coracle_error>) -> coracle_status) throws {
    var view = coracle_tensor()
    view.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
    try calling { describe(&view, $0) }
    guard let type = HostType(rawValue: view.type) else { throw Failure("a tensor of unknown type \(view.type)") }
    self.init(name: view.name.map { String(cString: $0) } ?? "", type: type, shape: shapeOf(view))
  }
}
