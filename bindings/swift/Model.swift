// Models: an immutable, mapped model file. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI

/// A model: verified once, never changed, shared by any number of threads and sessions, which keep it alive.
// Unchecked because it is C's pointer; C allows every function of a `const coracle_model *` from any thread.
public final class Model: @unchecked Sendable {
  let handle: OpaquePointer

  /// Opens the model file at `path` by mapping it; weights are never copied. The file must not change while the model lives.
  /// `skipsWeightChecksums`: trust the weights and never read them for their checksums; the rest is verified always.
  /// Fails with `io`, a 3xx status, or `outOfMemory`.
  public convenience init(path: String, skipsWeightChecksums: Bool = false) throws(CoracleError) {
    try self.init(skipsWeightChecksums) { options, model, error in coracle_model_open_file(path, options, model, error) }
  }

  /// Opens the model in `memory`, without copying: it stays the caller's, must be aligned to 64 bytes and must outlive the model and its
  /// sessions unchanged. Otherwise as `init(path:skipsWeightChecksums:)`.
  public convenience init(memory: UnsafeRawBufferPointer, skipsWeightChecksums: Bool = false) throws(CoracleError) {
    try self.init(skipsWeightChecksums) { options, model, error in
      coracle_model_open_memory(memory.baseAddress, memory.count, options, model, error)
    }
  }

  private init(
    _ skipsWeightChecksums: Bool,
    _ open: (UnsafePointer<coracle_model_options>, UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<coracle_error>) ->
      coracle_status
  )
    throws(CoracleError)
  {
    var options = coracle_model_options()
    options.struct_size = UInt32(MemoryLayout<coracle_model_options>.size)
    options.skip_weight_checksums = skipsWeightChecksums ? 1 : 0
    handle = try made { model, error in open(&options, model, error) }
  }

  deinit { coracle_model_destroy(handle) }

  /// The number of inputs, in the order of the source model.
  public var inputCount: Int { coracle_model_input_count(handle) }

  /// The number of outputs, in the order of the source model.
  public var outputCount: Int { coracle_model_output_count(handle) }

  /// Describes an input: name, type and shape (-1 where open), no elements. Fails with `invalidArgument`.
  public func input(_ index: Int) throws(CoracleError) -> Tensor { try tensor { coracle_model_input(handle, index, $0, $1) } }

  /// Describes an output as `input(_:)` does an input.
  public func output(_ index: Int) throws(CoracleError) -> Tensor { try tensor { coracle_model_output(handle, index, $0, $1) } }

  /// The index of the input called `name`. Fails with `notFound`.
  public func findInput(_ name: String) throws(CoracleError) -> Int {
    var index = 0
    try call { coracle_model_find_input(handle, name, &index, $0) }
    return index
  }

  /// The index of the output called `name`. Fails with `notFound`.
  public func findOutput(_ name: String) throws(CoracleError) -> Int {
    var index = 0
    try call { coracle_model_find_output(handle, name, &index, $0) }
    return index
  }

  /// The value stored under `key` in the model's metadata. Keys that begin with "source." tell what was converted, such as "source.format"; all
  /// others are the source model's own. Fails with `notFound`.
  public func metadata(_ key: String) throws(CoracleError) -> String {
    var value: UnsafePointer<CChar>?
    try call { coracle_model_metadata(handle, key, &value, $0) }
    return value.map { String(cString: $0) } ?? ""
  }

  /// The number of entries of the model's metadata.
  public var metadataCount: Int { coracle_model_metadata_count(handle) }

  /// Key and value of entry `index` of the model's metadata. Fails with `invalidArgument`.
  public func metadata(at index: Int) throws(CoracleError) -> (key: String, value: String) {
    var key: UnsafePointer<CChar>?, value: UnsafePointer<CChar>?
    try call { coracle_model_metadata_at(handle, index, &key, &value, $0) }
    return (key.map { String(cString: $0) } ?? "", value.map { String(cString: $0) } ?? "")
  }

  /// The number of test vectors (inputs with the outputs they must give) that the file carries.
  public var testVectorCount: Int { coracle_model_test_vector_count(handle) }

  /// Input `index` of a test vector; its elements lie in the mapped file. Fails with `invalidArgument`.
  public func testVector(_ vector: Int, input index: Int) throws(CoracleError) -> Tensor {
    try tensor { coracle_model_test_vector(handle, vector, 0, index, $0, $1) }
  }

  /// Expected output `index` of a test vector; its elements lie in the mapped file. Fails with `invalidArgument`.
  public func testVector(_ vector: Int, output index: Int) throws(CoracleError) -> Tensor {
    try tensor { coracle_model_test_vector(handle, vector, 1, index, $0, $1) }
  }

  private func tensor(_ describe: (UnsafeMutablePointer<coracle_tensor>, UnsafeMutablePointer<coracle_error>) -> coracle_status)
    throws(CoracleError) -> Tensor
  {
    var view = coracle_tensor.sized
    try call { describe(&view, $0) }
    return Tensor(view, of: self)
  }
}

/// The handle that `make` leaves.
func made(_ make: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<coracle_error>) -> coracle_status) throws(CoracleError)
  -> OpaquePointer
{
  var handle: OpaquePointer?
  try call { make(&handle, $0) }
  guard let handle else { throw CoracleError(status: .internal, message: "a handle is missing after a call that succeeded") }
  return handle
}
