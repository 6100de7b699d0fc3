// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Platform
import Tensors

/// A node of any graph of the model, as the file has it.
package struct ModelNode {
  package let file: FileNode
  package let code: OperatorCode
  package let graph: Int32
  /// Position of the node's first input in the flat list of all nodes' inputs and outputs.
  let firstEdge: Int
}

/// A graph of the model: a run of nodes, its inputs and its outputs.
package struct ModelGraph {
  package let file: FileSubgraph
  package let firstNode: Int
  package let nodeCount: Int
}

/// An opened model: verified bytes and tables over them. Immutable but for its count of holders and what it finds out about its weights.
package struct Model {
  /// The caller of open and every session hold the model.
  let holders: UnsafeMutablePointer<UInt32>
  /// 1 when the weights' checksums have been verified, or need not be.
  let weightsAreSound: UnsafeMutablePointer<UInt32>
  package let allocator: Allocator
  let blockBytes: Int
  let data: UnsafeRawPointer
  let size: Int
  /// Whether `data` is our mapping (else the caller's memory).
  let isMapped: Bool
  package let file: FileModel
  /// Every tensor with name, type, declared shape and, for constants, data.
  package let tensors: UnsafeMutablePointer<Tensor>
  package let tensorCount: Int
  package let nodes: UnsafeMutablePointer<ModelNode>
  package let nodeCount: Int
  package let graphs: UnsafeMutablePointer<ModelGraph>
  package let graphCount: Int
  /// Inputs and outputs of all nodes together.
  let edgeCount: Int
  /// Bytes of all constants.
  let constantBytes: UInt64
  let packedConstants: UnsafeMutablePointer<PackedConstants>

  package var mainGraph: ModelGraph { graphs[0] }

  package func isConstant(_ tensor: Int) -> Bool { FileTensor(file.tensors[tensor]).segment >= 0 }

  /// The order of the bytes of constant `tensor`: see PackedOrder; 0 is row-major.
  func packing(_ tensor: Int) -> UInt64 { FileTensor(file.tensors[tensor]).packing }

  /// Where the bytes of a constant lie.
  func bytes(_ constant: FileTensor) -> UnsafeRawPointer {
    data + Int(FileSegment(file.segments[Int(constant.segment)]).offset) + Int(constant.offset)
  }

  /// The offset in the arena that the file plans for `tensor`, or -1.
  func plannedOffset(_ tensor: Int) -> Int64 { FileTensor(file.tensors[tensor]).plannedOffset }
}

extension Model {
  /// Opens `size` bytes at `data`. On success the model owns the mapping, if it is one; on failure the caller still does.
  static func open(_ data: UnsafeRawPointer?, _ size: Int, isMapped: Bool, skipWeightChecksums: Bool, _ allocator: Allocator,
    _ error: ErrorWriter) throws(Status) -> UnsafeMutablePointer<Model>
  {
    let file = try verifiedModel(data, size, error)
    guard let data else { throw error.fail(.notAModel).text("the model is empty").status }
    try checkTables(file, size, error)

    var measure = Block(nil)
    _ = Model.layOut(&measure, file, data, size, isMapped, allocator, blockBytes: 0)
    let blockBytes = measure.used
    let memory = try allocator.allocate(blockBytes, for: "the model's tables", error)
    platform_fill(memory, 0, blockBytes)
    var block = Block(memory)
    let (home, model) = Model.layOut(&block, file, data, size, isMapped, allocator, blockBytes: blockBytes)
    home.initialize(to: model)
    home.pointee.fillTables()
    do {
      try home.pointee.checkGraphs(error)
    } catch {
      allocator.deallocate(memory, blockBytes)
      throw error
    }
    platform_atomic_store(model.holders, 1)
    platform_atomic_store(model.weightsAreSound, skipWeightChecksums ? 1 : 0)
    return home
  }

  private static func layOut(_ block: inout Block, _ file: FileModel, _ data: UnsafeRawPointer, _ size: Int, _ isMapped: Bool,
    _ allocator: Allocator, blockBytes: Int) -> (UnsafeMutablePointer<Model>, Model)
  {
    var nodeCount = 0
    var edgeCount = 0
    for graph in 0..<file.subgraphs.count {
      let nodes = FileSubgraph(file.subgraphs[graph]).nodes
      nodeCount += nodes.count
      for index in 0..<nodes.count {
        let node = FileNode(nodes[index])
        edgeCount = sizeSum(edgeCount, node.inputs.count + node.outputs.count)
      }
    }
    var constantBytes: UInt64 = 0
    for index in 0..<file.tensors.count {
      let tensor = FileTensor(file.tensors[index])
      if tensor.segment >= 0 { constantBytes += tensor.byteCount }
    }
    let home = block.take(Model.self, 1)
    let holders = block.take(UInt32.self, 1)
    let weightsAreSound = block.take(UInt32.self, 1)
    let tensors = block.take(Tensor.self, file.tensors.count)
    let nodes = block.take(ModelNode.self, nodeCount)
    let graphs = block.take(ModelGraph.self, file.subgraphs.count)
    let packedConstants = block.take(PackedConstants.self, 1)
    return (home, Model(holders: holders, weightsAreSound: weightsAreSound, allocator: allocator, blockBytes: blockBytes, data: data,
      size: size, isMapped: isMapped, file: file, tensors: tensors, tensorCount: file.tensors.count, nodes: nodes, nodeCount: nodeCount,
      graphs: graphs, graphCount: file.subgraphs.count, edgeCount: edgeCount, constantBytes: constantBytes,
      packedConstants: packedConstants))
  }

  /// Fills the tables from the checked file.
  private func fillTables() {
    for index in 0..<tensorCount {
      let tensor = FileTensor(file.tensors[index])
      var view = Tensor.empty
      var shape = Shape()
      for axis in 0..<tensor.shape.count { shape.append(Int(clamping: tensor.shape[axis])) }
      view.elementType = tensor.type
      view.dimensions = shape
      view.name = tensor.name.characters
      if tensor.segment >= 0 {
        // The others are read when a session has expanded them.
        view.data = tensor.isPlain ? UnsafeMutableRawPointer(mutating: bytes(tensor)) : nil
        view.byte_count = shape.product(0, shape.rank) * tensor.type.size
        view.is_constant = 1
      }
      tensors[index] = view
    }
    var position = 0
    var edge = 0
    for graph in 0..<graphCount {
      let subgraph = FileSubgraph(file.subgraphs[graph])
      graphs[graph] = ModelGraph(file: subgraph, firstNode: position, nodeCount: subgraph.nodes.count)
      for index in 0..<subgraph.nodes.count {
        let node = FileNode(subgraph.nodes[index])
        nodes[position] = ModelNode(file: node, code: node.operatorCode, graph: Int32(graph), firstEdge: edge)
        position += 1
        edge += node.inputs.count + node.outputs.count
      }
    }
  }
}

extension UnsafeMutablePointer where Pointee == Model {
  /// Opens the model file at `path`.
  package static func open(path: UnsafePointer<CChar>, skipWeightChecksums: Bool, _ allocator: Allocator, _ error: ErrorWriter)
    throws(Status) -> UnsafeMutablePointer<Model>
  {
    var data: UnsafeRawPointer?
    var size = 0
    let code = platform_map_file(path, &data, &size)
    if code != 0 {
      let sentence = error.fail(.io).text("cannot open ").name(path).text(": ")
      throw withErrorText(code, sentence)
    }
    do {
      return try Model.open(data, size, isMapped: true, skipWeightChecksums: skipWeightChecksums, allocator, error)
    } catch {
      platform_unmap_file(data, size)
      throw error
    }
  }

  /// Opens a model in the caller's memory, which must be aligned to 64.
  package static func open(_ data: UnsafeRawPointer, _ size: Int, skipWeightChecksums: Bool, _ allocator: Allocator,
    _ error: ErrorWriter) throws(Status) -> UnsafeMutablePointer<Model>
  {
    guard UInt(bitPattern: data) % 64 == 0 else {
      throw error.fail(.invalidArgument).text("the model's memory is not aligned to 64 bytes").status
    }
    return try Model.open(data, size, isMapped: false, skipWeightChecksums: skipWeightChecksums, allocator, error)
  }

  package func retain() { _ = platform_atomic_add(pointee.holders, 1) }

  /// Ends one hold; the last one frees the tables and the mapping.
  package func release() {
    // Adding the two's complement of 1 counts down.
    guard platform_atomic_add(pointee.holders, UInt32.max) == 1 else { return }
    let model = pointee
    model.freePackedConstants()
    if model.isMapped { platform_unmap_file(model.data, model.size) }
    model.allocator.deallocate(self, model.blockBytes)
  }
}

/// The status of `sentence` completed with the operating system's words for `code`.
package func withErrorText(_ code: Int32, _ sentence: Sentence) -> Status {
  var text: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
  return withUnsafeMutableBytes(of: &text) { buffer in
    guard let characters = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return sentence.status }
    platform_error_text(code, characters, buffer.count)
    return sentence.name(characters).status
  }
}
