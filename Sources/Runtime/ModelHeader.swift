// The fixed first 64 bytes of a model file, and its checksums; described in docs/model-file.md.
// SPDX-License-Identifier: Apache-2.0
import ModelFile
import ModelVerifier
import Platform
import Tensors

/// The newest format that this library reads.
package enum ModelFormat {
  package static var major: Int { 1 }
  package static var headerBytes: Int { 64 }
  package static var pageBytes: Int { 4096 }
}

/// Checks everything about the bytes that can be told without the meaning of the program and without the weights: identifier, version,
/// sizes, checksums, FlatBuffers well-formedness, segments. Gives the root table.
func verifiedModel(_ data: UnsafeRawPointer?, _ size: Int, _ error: ErrorWriter) throws(Status) -> FileModel {
  guard let data, size >= 8, data.load(fromByteOffset: 4, as: UInt32.self) == 0x4C43_5243 else {
    throw error.fail(.notAModel).text("this is not a Coracle model: it does not carry the identifier CRCL").status
  }
  guard size >= ModelFormat.headerBytes else {
    throw error.fail(.corrupt).text("the model is cut off after ").integer(size).text(" bytes, inside its header").status
  }
  // The version comes before the checksum: a newer format may have another header.
  let major = Int(data.load(fromByteOffset: 12, as: UInt16.self))
  let isIntact = checksum64(UnsafeRawBufferPointer(start: data, count: 40)) == data.load(fromByteOffset: 40, as: UInt64.self)
  guard major <= ModelFormat.major else {
    throw error.fail(.newerVersion).text("the model has format version ").integer(major).text(", this library reads up to version ")
      .integer(ModelFormat.major).status
  }
  guard isIntact, data.load(fromByteOffset: 8, as: UInt32.self) == 56, major == ModelFormat.major,
    data.load(fromByteOffset: 48, as: UInt64.self) == 0, data.load(fromByteOffset: 56, as: UInt64.self) == 0
  else { throw error.fail(.corrupt).text("the model's header is damaged").status }

  let programBytes = data.load(fromByteOffset: 16, as: UInt64.self)
  let fileBytes = data.load(fromByteOffset: 24, as: UInt64.self)
  guard fileBytes == UInt64(size) else {
    throw error.fail(.corrupt).text("the model has ").integer(size).text(" bytes, its header says ").integer(Int(clamping: fileBytes)).status
  }
  guard programBytes >= UInt64(ModelFormat.headerBytes), programBytes <= fileBytes else {
    throw error.fail(.corrupt).text("the model's header gives an impossible program size").status
  }
  guard model_verifier_accepts(data, Int(programBytes)) == 1, let root = model_verifier_root(data) else {
    throw error.fail(.corrupt).text("the model's program is damaged").status
  }
  let file = FileModel(FileTable(root))
  try checkSegments(file, data, size, programBytes: Int(programBytes), error)
  return file
}

/// Segments lie one behind the other after the program, on page boundaries, and end with the file.
private func checkSegments(_ file: FileModel, _ data: UnsafeRawPointer, _ size: Int, programBytes: Int, _ error: ErrorWriter) throws(Status) {
  let page = ModelFormat.pageBytes
  let count = file.segments.count
  var end = count == 0 ? size : Int(clamping: FileSegment(file.segments[0]).offset)
  guard end >= programBytes, end <= size, count == 0 || end % page == 0 else {
    throw error.fail(.corrupt).text("the model's first segment lies outside the file").status
  }
  let program = UnsafeRawBufferPointer(start: data + ModelFormat.headerBytes, count: end - ModelFormat.headerBytes)
  guard checksum64(program) == data.load(fromByteOffset: 32, as: UInt64.self) else {
    throw error.fail(.corrupt).text("the checksum of the model's program differs: the file is damaged").status
  }
  for index in 0..<count {
    let segment = FileSegment(file.segments[index])
    guard segment.offset == UInt64(end), segment.size <= UInt64(size - end), segment.size % UInt64(page) == 0 else {
      throw error.fail(.corrupt).text("segment ").integer(index).text(" lies outside the file").status
    }
    end += Int(segment.size)
  }
  guard end == size else { throw error.fail(.corrupt).text("the model has bytes behind its last segment").status }
}

/// The weights' checksums, by a team: each thread takes the segments that it comes to.
private struct WeightCheck {
  let model: Model
  let team: OpaquePointer?
  /// How many segments are damaged.
  var damaged: UInt32 = 0
}

extension Model {
  /// Fails unless the weights are what was written, by their checksums. They are read for it once, when the first session is prepared, on all
  /// threads of that session: a host that opens a model to ask for its inputs need not wait for that. Any thread.
  func checkWeights(_ team: OpaquePointer?, _ error: ErrorWriter) throws(Status) {
    guard platform_atomic_load(weightsAreSound) == 0 else { return }
    if let team, file.segments.count > 1 {
      var check = WeightCheck(model: self, team: team)
      platform_team_run(team, { context, part in checkPart(context, part) }, &check)
      if check.damaged == 0 { return platform_atomic_store(weightsAreSound, 1) }
    }
    for index in 0..<file.segments.count {
      guard isSound(index) else {
        throw error.fail(.corrupt).text("the checksum of segment ").integer(index).text(" differs: the file is damaged").status
      }
    }
    platform_atomic_store(weightsAreSound, 1)
  }

  fileprivate func isSound(_ index: Int) -> Bool {
    let segment = FileSegment(file.segments[index])
    var checksum = SegmentChecksum()
    var position = data + Int(segment.offset)
    var left = Int(segment.size)
    while left > 0 {
      let count = min(left, Model.checkedAtOnce)
      if isMapped { platform_map_pages(position, count) }
      checksum.consume(position, count)
      position += count
      left -= count
    }
    return checksum.finish() == segment.checksum
  }

  /// Bytes of a segment that are mapped and read at once, whole pages: enough that calls cost nothing, few enough that none of them leaves a small
  /// memory before it is read.
  private static var checkedAtOnce: Int { 2 << 20 }
}

private func checkPart(_ context: UnsafeMutableRawPointer?, _ part: UnsafePointer<platform_team_part>?) {
  guard let check = context?.assumingMemoryBound(to: WeightCheck.self) else { return }
  let model = check.pointee.model
  let count = UInt32(truncatingIfNeeded: model.file.segments.count)
  while true {
    let index = platform_team_next(part, count)
    if index >= count { return }
    if model.isSound(Int(index)) { continue }
    let damaged = UnsafeMutableRawPointer(check).advanced(by: MemoryLayout<WeightCheck>.offset(of: \.damaged) ?? 0)
    _ = platform_atomic_add(damaged.assumingMemoryBound(to: UInt32.self), 1)
  }
}
