// The bytes of a model file; docs/model-file.md describes them. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// The first 64 bytes of a model file.
enum ModelHeader {
  static let byteCount = 64
  /// What is inserted behind the 8 bytes that every FlatBuffers file starts with.
  static let insertedBytes = 56

  /// The program's bytes as they stand in the file: header, then everything that `buffer` holds behind its identifier,
  /// padded with zeros to `paddedCount`.
  static func program(_ buffer: Data, paddedCount: Int, fileBytes: Int) -> Data {
    var program = Data(capacity: paddedCount)
    program.append(buffer.prefix(8))
    program.append(Data(count: insertedBytes))
    program.append(buffer.dropFirst(8))
    let programBytes = program.count
    program.append(Data(count: paddedCount - programBytes))
    // Offsets in a FlatBuffers buffer are relative to where they stand; only the first spans the inserted bytes.
    let root = buffer.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
    program.store(root + UInt32(insertedBytes), at: 0)
    program.store(UInt32(insertedBytes), at: 8)
    program.store(UInt16(1), at: 12)  // format, major
    program.store(UInt16(0), at: 14)  // format, minor
    program.store(UInt64(programBytes), at: 16)
    program.store(UInt64(fileBytes), at: 24)
    program.store(program.withUnsafeBytes { checksum64(UnsafeRawBufferPointer(rebasing: $0[byteCount...])) }, at: 32)
    program.store(program.withUnsafeBytes { checksum64(UnsafeRawBufferPointer(rebasing: $0[..<40])) }, at: 40)
    return program
  }
}

extension Data {
  fileprivate mutating func store<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    Swift.withUnsafeBytes(of: value.littleEndian) { replaceSubrange(offset..<(offset + MemoryLayout<T>.size), with: $0) }
  }
}

/// Writes a program, whole, to a file or to memory. The same graph and description give the same bytes.
struct ModelWriter {
  let program: ModelProgram
  private let head: Data
  let byteCount: Int

  /// Lays the file out. `checksums` replaces those of the segments, for models that live in memory only and are opened without them.
  init(_ program: ModelProgram, checksums given: [UInt64]? = nil) throws {
    self.program = program
    let checksums = given ?? program.layout.sizes.indices.map { program.layout.checksum($0) }
    let weightBytes = program.layout.sizes.reduce(0, +)
    // The segments' offsets depend on the program's size, which does not depend on them: its numbers have fixed widths.
    var firstSegment = SegmentLayout.pageBytes
    var buffer = try program.buffer(firstSegment: firstSegment, checksums: checksums)
    let bytes = buffer.count + ModelHeader.insertedBytes
    guard bytes < 1 << 31 else { throw CompileError("The program has \(bytes) bytes; FlatBuffers allows 2 GiB.") }
    let paddedCount = SegmentLayout.rounded(bytes, to: weightBytes == 0 ? 8 : SegmentLayout.pageBytes)
    if weightBytes > 0, paddedCount != firstSegment {
      firstSegment = paddedCount
      buffer = try program.buffer(firstSegment: firstSegment, checksums: checksums)
      guard buffer.count + ModelHeader.insertedBytes == bytes else { throw CompileError("The program changed its size while it was written.") }
    }
    byteCount = paddedCount + weightBytes
    head = ModelHeader.program(buffer, paddedCount: paddedCount, fileBytes: byteCount)
  }

  /// Gives the file's bytes from its first to its last.
  func stream(_ take: (UnsafeRawBufferPointer) throws -> Void) throws {
    try head.withUnsafeBytes { try take($0) }
    for segment in program.layout.sizes.indices { try program.layout.stream(segment, take) }
  }

  /// Writes the file beside `path` and renames it when it is whole: whoever opens `path` sees the old file or the new one.
  func write(to path: String, progress: (Double) -> Void = { _ in }) throws {
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).partial"
    guard FileManager.default.createFile(atPath: temporary, contents: nil), let file = FileHandle(forWritingAtPath: temporary) else {
      throw CompileError("Cannot create a file beside \(path): \(String(cString: strerror(errno))).")
    }
    do {
      var written = 0
      try stream { bytes in
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
          let count = Foundation.write(file.fileDescriptor, base, min(rest.count, 1 << 24))
          if count < 0 && errno == EINTR { continue }
          guard count > 0 else { throw CompileError("Cannot write \(path): \(String(cString: strerror(errno))).") }
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
          written += count
          progress(Double(written) / Double(byteCount))
        }
      }
      try file.synchronize()
      try file.close()
      guard rename(temporary, path) == 0 else { throw CompileError("Cannot write \(path): \(String(cString: strerror(errno))).") }
    } catch {
      unlink(temporary)
      throw error
    }
  }
}
