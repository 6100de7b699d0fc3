// model.h. SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Platform
import Runtime
import Tensors

private func modelOptions(_ pointer: UnsafePointer<coracle_model_options>?, _ error: ErrorWriter) throws(Status) -> coracle_model_options {
  try options(pointer, over: coracle_model_options(), "the model options", error)
}

@implementation @_cdecl("coracle_model_open_file")
public func coracle_model_open_file(_ path: UnsafePointer<CChar>?, _ options: UnsafePointer<coracle_model_options>?,
  _ model: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try required(model, "model", failure)
    let chosen = try modelOptions(options, failure)
    let opened = try UnsafeMutablePointer<Model>.open(path: try required(path, "path", failure),
      skipWeightChecksums: chosen.skip_weight_checksums != 0, Allocator(chosen.allocator), failure)
    target.pointee = OpaquePointer(opened)
  }
}

@implementation @_cdecl("coracle_model_open_memory")
public func coracle_model_open_memory(_ data: UnsafeRawPointer?, _ size: Int, _ options: UnsafePointer<coracle_model_options>?,
  _ model: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try required(model, "model", failure)
    let chosen = try modelOptions(options, failure)
    let opened = try UnsafeMutablePointer<Model>.open(try required(data, "data", failure), size,
      skipWeightChecksums: chosen.skip_weight_checksums != 0, Allocator(chosen.allocator), failure)
    target.pointee = OpaquePointer(opened)
  }
}

@implementation @_cdecl("coracle_model_destroy")
public func coracle_model_destroy(_ model: OpaquePointer?) {
  if let model { UnsafeMutablePointer<Model>(model).release() }
}

private func ends(_ model: OpaquePointer?, _ isOutput: Bool) -> FileVector<Int32>? {
  guard let model else { return nil }
  let graph = UnsafePointer<Model>(model).pointee.mainGraph.file
  return isOutput ? graph.outputs : graph.inputs
}

@implementation @_cdecl("coracle_model_input_count")
public func coracle_model_input_count(_ model: OpaquePointer?) -> Int { ends(model, false)?.count ?? 0 }

@implementation @_cdecl("coracle_model_output_count")
public func coracle_model_output_count(_ model: OpaquePointer?) -> Int { ends(model, true)?.count ?? 0 }

private func describe(_ model: OpaquePointer?, _ isOutput: Bool, _ index: Int, _ tensor: UnsafeMutablePointer<coracle_tensor>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let opened = try modelPointer(model, failure)
    let target = try required(tensor, "tensor", failure)
    guard let list = ends(model, isOutput), index >= 0, index < list.count else {
      throw failure.fail(.invalidArgument).text(isOutput ? "there is no output " : "there is no input ").integer(index).status
    }
    try write(opened.pointee.tensors[Int(list[index])], to: target, "tensor", failure)
  }
}

@implementation @_cdecl("coracle_model_input")
public func coracle_model_input(_ model: OpaquePointer?, _ index: Int, _ tensor: UnsafeMutablePointer<coracle_tensor>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{ describe(model, false, index, tensor, error) }

@implementation @_cdecl("coracle_model_output")
public func coracle_model_output(_ model: OpaquePointer?, _ index: Int, _ tensor: UnsafeMutablePointer<coracle_tensor>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{ describe(model, true, index, tensor, error) }

private func find(_ model: OpaquePointer?, _ isOutput: Bool, _ name: UnsafePointer<CChar>?, _ index: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let opened = try modelPointer(model, failure)
    let wanted = try required(name, "name", failure)
    let target = try required(index, "index", failure)
    if let list = ends(model, isOutput) {
      for position in 0..<list.count {
        guard let found = opened.pointee.tensors[Int(list[position])].name, isEqual(found, wanted) else { continue }
        target.pointee = position
        return
      }
    }
    throw failure.fail(.notFound).text(isOutput ? "there is no output \"" : "there is no input \"").name(wanted).text("\"").status
  }
}

@implementation @_cdecl("coracle_model_find_input")
public func coracle_model_find_input(_ model: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{ find(model, false, name, index, error) }

@implementation @_cdecl("coracle_model_find_output")
public func coracle_model_find_output(_ model: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{ find(model, true, name, index, error) }

@implementation @_cdecl("coracle_model_metadata")
public func coracle_model_metadata(_ model: OpaquePointer?, _ key: UnsafePointer<CChar>?,
  _ value: UnsafeMutablePointer<UnsafePointer<CChar>?>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let opened = try modelPointer(model, failure)
    let wanted = try required(key, "key", failure)
    let target = try required(value, "value", failure)
    let metadata = opened.pointee.file.metadata
    for index in 0..<metadata.count where isEqual(FileKeyValue(metadata[index]).key.characters, wanted) {
      target.pointee = FileKeyValue(metadata[index]).value.characters
      return
    }
    throw failure.fail(.notFound).text("the model has no metadata \"").name(wanted).text("\"").status
  }
}

@implementation @_cdecl("coracle_model_metadata_count")
public func coracle_model_metadata_count(_ model: OpaquePointer?) -> Int {
  model.map { UnsafePointer<Model>($0).pointee.file.metadata.count } ?? 0
}

@implementation @_cdecl("coracle_model_metadata_at")
public func coracle_model_metadata_at(_ model: OpaquePointer?, _ index: Int, _ key: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ value: UnsafeMutablePointer<UnsafePointer<CChar>?>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let metadata = try modelPointer(model, failure).pointee.file.metadata
    guard index >= 0, index < metadata.count else { throw failure.fail(.invalidArgument).text("there is no metadata ").integer(index).status }
    key?.pointee = FileKeyValue(metadata[index]).key.characters
    value?.pointee = FileKeyValue(metadata[index]).value.characters
  }
}

@implementation @_cdecl("coracle_model_test_vector_count")
public func coracle_model_test_vector_count(_ model: OpaquePointer?) -> Int {
  model.map { UnsafePointer<Model>($0).pointee.file.testVectors.count } ?? 0
}

@implementation @_cdecl("coracle_model_test_vector")
public func coracle_model_test_vector(_ model: OpaquePointer?, _ vector: Int, _ isOutput: UInt32, _ index: Int,
  _ tensor: UnsafeMutablePointer<coracle_tensor>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let opened = try modelPointer(model, failure)
    let target = try required(tensor, "tensor", failure)
    let vectors = opened.pointee.file.testVectors
    guard vector >= 0, vector < vectors.count else { throw failure.fail(.invalidArgument).text("there is no test vector ").integer(vector).status }
    let list = isOutput != 0 ? FileTestVector(vectors[vector]).outputs : FileTestVector(vectors[vector]).inputs
    guard index >= 0, index < list.count else {
      throw failure.fail(.invalidArgument).text("the test vector has no tensor ").integer(index).status
    }
    try write(opened.pointee.tensors[Int(list[index])], to: target, "tensor", failure)
  }
}
