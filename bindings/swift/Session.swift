// Sessions: a model made ready to run, with its own memory and threads. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI

/// A session: used by one thread at a time, which is why it is not Sendable; what other threads may do is in `canceller`. It keeps its model alive.
public final class Session {
  public let model: Model
  private let owner: SessionOwner
  /// Resizes and bindings so far, after which tensors lie elsewhere.
  private let moves = ChangeCounter()
  /// The same with runs, which write the outputs.
  private let runs = ChangeCounter()
  /// Inputs that lie in memory which the caller gave to be read only.
  private var boundInputs: Set<Int> = []
  private var handle: OpaquePointer { owner.handle }

  /// Makes a session of `model`. Fails with `unsupported` (an operator that no backend supports), `notFound` (backend name), `thread` or
  /// `outOfMemory`.
  public init(_ model: Model, _ options: SessionOptions = SessionOptions()) throws(CoracleError) {
    self.model = model
    owner = try SessionOwner(model, options)
  }

  /// Ends runs of this session from any thread.
  public var canceller: Canceller { Canceller(owner: owner) }

  /// Sets the shape of input `index` for the runs that follow; needed where the model leaves it open. A binding of that input is undone.
  /// Fails with `invalidArgument` or `invalidShape` (a rank or an extent that the model fixes differently).
  public func resizeInput(_ index: Int, _ shape: [Int]) throws(CoracleError) {
    moved()
    let extents = shape.map { Int64($0) }
    try call { coracle_session_resize_input(handle, index, extents, Int32(clamping: extents.count), $0) }
    boundInputs.remove(index)
  }

  /// Tells what the session needs at the present input shapes, before any of it is allocated.
  public func memory() throws(CoracleError) -> coracle_memory {
    var memory = coracle_memory()
    memory.struct_size = UInt32(MemoryLayout<coracle_memory>.size)
    try call { coracle_session_memory(handle, &memory, $0) }
    return memory
  }

  /// Plans and allocates for the present input shapes; a run does it where it was not done. Fails with `corrupt` (damaged weights),
  /// `invalidShape` (names operator and tensor), `overBudget` or `outOfMemory`.
  public func prepare() throws(CoracleError) { try call { coracle_session_prepare(handle, $0) } }

  /// A view of the session's own buffer of input `index`, to be written before a run; of a bound input, to be read only. Prepares if needed.
  /// Valid until the next resize or bind; runs leave it as it is.
  public func input(_ index: Int) throws(CoracleError) -> Tensor {
    var view = coracle_tensor.sized
    try call { coracle_session_input(handle, index, &view, $0) }
    return Tensor(view, of: owner, .current(since: moves.now, isWritable: !boundInputs.contains(index)))
  }

  /// Makes the runs that follow read input `index` from the caller's `elements`, without a copy, as a dense tensor of `shape`, which becomes the
  /// input's. The memory must stay until the binding is undone by another bind, a resize or `unbindInput(_:)`. Fails with `invalidType` or
  /// `invalidShape`.
  public func bindInput<Element: TensorElement>(_ index: Int, _ elements: UnsafeBufferPointer<Element>, _ shape: [Int]) throws(CoracleError)
  {
    moved()
    var view = coracle_tensor.sized
    view.type = Element.elementType.rawValue
    // More than C can hold is refused by C: the rank says so.
    view.rank = Int32(clamping: shape.count)
    withUnsafeMutableBytes(of: &view.shape) { raw in
      let extents = raw.bindMemory(to: Int64.self)
      for (position, extent) in shape.prefix(extents.count).enumerated() { extents[position] = Int64(extent) }
    }
    // C has one view for what is read and what is written; bound inputs are only read.
    view.data = UnsafeMutableRawPointer(mutating: elements.baseAddress)
    view.byte_count = elements.count * MemoryLayout<Element>.stride
    try call { coracle_session_bind_input(handle, index, &view, $0) }
    boundInputs.insert(index)
  }

  /// Undoes `bindInput(_:_:_:)`.
  public func unbindInput(_ index: Int) throws(CoracleError) {
    moved()
    try call { coracle_session_bind_input(handle, index, nil, $0) }
    boundInputs.remove(index)
  }

  /// Makes the runs that follow write output `index` into `elements`, without a copy; the view that `output(_:)` gives tells type and shape.
  /// A run whose output does not fit fails with `invalidShape`. The memory must stay until another bind or `unbindOutput(_:)`.
  /// Fails with `invalidType` where the model's type is another than `Element`.
  public func bindOutput<Element: TensorElement>(_ index: Int, _ elements: UnsafeMutableBufferPointer<Element>) throws(CoracleError) {
    let described = try model.output(index)
    guard described.type == Element.elementType else {
      throw CoracleError(
        status: .invalidType,
        message: "output \"\(described.name)\" has elements of type \(described.type), not \(Element.elementType)")
    }
    moved()
    var view = coracle_tensor.sized
    view.data = UnsafeMutableRawPointer(elements.baseAddress)
    view.byte_count = elements.count * MemoryLayout<Element>.stride
    try call { coracle_session_bind_output(handle, index, &view, $0) }
  }

  /// Undoes `bindOutput(_:_:)`.
  public func unbindOutput(_ index: Int) throws(CoracleError) {
    moved()
    try call { coracle_session_bind_output(handle, index, nil, $0) }
  }

  /// Runs the model once. Prepares if needed; a run after the first at the same shapes allocates nothing.
  /// After a failure, outputs are unspecified and the session can run again.
  public func run() throws(CoracleError) {
    runs.change()
    try call { coracle_session_run(handle, $0) }
  }

  /// A view of output `index` after a run: type, shape and elements. Valid until the next run, resize or bind.
  public func output(_ index: Int) throws(CoracleError) -> Tensor {
    var view = coracle_tensor.sized
    try call { coracle_session_output(handle, index, &view, $0) }
    return Tensor(view, of: owner, .current(since: runs.now, isWritable: false))
  }

  /// The number of operators in the plan, subgraphs included.
  public var nodeCount: Int { coracle_session_node_count(handle) }

  /// Describes operator `index` of the plan. Fails with `invalidArgument`.
  public func node(_ index: Int) throws(CoracleError) -> NodePlan {
    var plan = coracle_node_plan()
    plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
    try call { coracle_session_node(handle, index, &plan, $0) }
    return NodePlan(plan)
  }

  private func moved() {
    moves.change()
    runs.change()
  }
}
