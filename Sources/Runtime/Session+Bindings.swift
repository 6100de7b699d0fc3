// What the caller says and sees of a session's inputs and outputs.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Platform
import Tensors

extension Session {
  private func checkInput(_ position: Int, _ error: ErrorWriter) throws(Status) -> Int {
    guard position >= 0, position < inputs.count else {
      throw error.fail(.invalidArgument).text("there is no input ").integer(position).text(": the model has ").integer(inputs.count).status
    }
    return Int(inputs[position])
  }

  private func checkOutput(_ position: Int, _ error: ErrorWriter) throws(Status) -> Int {
    guard position >= 0, position < outputs.count else {
      throw error.fail(.invalidArgument).text("there is no output ").integer(position).text(": the model has ").integer(outputs.count).status
    }
    return Int(outputs[position])
  }

  /// Accepts a shape for input `position`: the model's rank and extents where it fixes them, or whatever the operators take
  /// where only extents differ; the plan tells.
  private func checkShape(_ shape: Shape, _ tensor: Int, _ error: ErrorWriter) throws(Status) {
    let declared = model.pointee.tensors[tensor].dimensions
    guard shape.rank == declared.rank else {
      throw error.fail(.invalidShape).text("input \"").name(tensors[tensor].name).text("\" takes ").integer(declared.rank)
        .text(" dimensions, found ").shape(shape).status
    }
    guard shape.checkedElementCount != nil else {
      throw error.fail(.invalidShape).text("input \"").name(tensors[tensor].name).text("\" cannot have the shape ").shape(shape).status
    }
  }

  package mutating func resizeInput(_ position: Int, _ shape: Shape, _ error: ErrorWriter) throws(Status) {
    let tensor = try checkInput(position, error)
    try checkShape(shape, tensor, error)
    guard inputShapes[position] != shape || inputBindings[position].isBound else { return }
    inputShapes[position] = shape
    inputBindings[position] = Binding(data: nil, byteCount: 0, isBound: false)
    isPlanned = false
    isPrepared = false
  }

  /// Binds input `position`, or with nil undoes the binding.
  package mutating func bindInput(_ position: Int, _ view: Tensor?, _ error: ErrorWriter) throws(Status) {
    let tensor = try checkInput(position, error)
    guard let view else {
      if inputBindings[position].isBound { isPlanned = false }
      inputBindings[position] = Binding(data: nil, byteCount: 0, isBound: false)
      isPrepared = false
      return
    }
    func fail(_ status: Status) -> Sentence { error.fail(status).text("input \"").name(tensors[tensor].name).text("\" ") }
    let type = tensors[tensor].elementType
    guard view.elementType == type else { throw fail(.invalidType).text("takes ").type(type).text(", found ").type(view.elementType).status }
    guard view.rank >= 0, Int(view.rank) <= Shape.maximumRank else { throw fail(.invalidShape).text("cannot have rank ").integer(Int(view.rank)).status }
    let shape = view.dimensions
    try checkShape(shape, tensor, error)
    guard view.isDense else { throw fail(.invalidArgument).text("is bound to a tensor whose elements are not dense").status }
    let bytes = shape.product(0, shape.rank) * type.size
    guard view.byte_count >= bytes, view.data != nil || bytes == 0 else {
      throw fail(.invalidArgument).text("needs ").integer(bytes).text(" bytes, the tensor bound to it has ").integer(view.byte_count).status
    }
    guard UInt(bitPattern: view.data) % UInt(type.size) == 0 else { throw fail(.invalidArgument).text("is bound to misaligned memory").status }
    if inputShapes[position] != shape || !inputBindings[position].isBound { isPlanned = false }
    inputShapes[position] = shape
    inputBindings[position] = Binding(data: view.data, byteCount: view.byte_count, isBound: true)
    isPrepared = false
  }

  /// Binds output `position`, or with nil undoes the binding.
  package mutating func bindOutput(_ position: Int, _ view: Tensor?, _ error: ErrorWriter) throws(Status) {
    let tensor = try checkOutput(position, error)
    if let view, view.data == nil && view.byte_count > 0 {
      throw error.fail(.invalidArgument).text("output \"").name(tensors[tensor].name).text("\" is bound to no memory").status
    }
    // Elements have at most 8 bytes; the type of an output may not be known before the plan.
    if let view, UInt(bitPattern: view.data) % UInt(max(tensors[tensor].elementType.size, 1)) != 0 {
      throw error.fail(.invalidArgument).text("output \"").name(tensors[tensor].name).text("\" is bound to misaligned memory").status
    }
    if outputBindings[position].isBound != (view != nil) { isPlanned = false }
    outputBindings[position] = Binding(data: view?.data, byteCount: view?.byte_count ?? 0, isBound: view != nil)
    isPrepared = false
  }

  /// The session's own buffer of input `position`, prepared.
  package mutating func input(_ position: Int, _ error: ErrorWriter) throws(Status) -> Tensor {
    let tensor = try checkInput(position, error)
    try prepare(error)
    return tensors[tensor]
  }

  package func output(_ position: Int, _ error: ErrorWriter) throws(Status) -> Tensor {
    let tensor = try checkOutput(position, error)
    guard isPrepared else { throw error.fail(.invalidArgument).text("the session has not run since it was changed").status }
    var view = tensors[tensor]
    if outputBindings[position].isBound { view.data = outputBindings[position].data }
    return view
  }

  package func cancel() { platform_atomic_store(isCancelled, 1) }
}

extension coracle_tensor {
  /// Whether the strides say that elements lie in row-major order without gaps; all zeros say so too.
  package var isDense: Bool {
    withUnsafeBytes(of: strides) { bytes in
      let shape = dimensions
      var allZero = true
      var expected = 1
      var matches = true
      for axis in stride(from: shape.rank - 1, through: 0, by: -1) {
        let found = Int(clamping: bytes.load(fromByteOffset: axis * 8, as: Int64.self))
        if found != 0 { allZero = false }
        if shape[axis] != 1 && found != expected { matches = false }
        expected = expected &* shape[axis]
      }
      return allZero || matches
    }
  }
}
