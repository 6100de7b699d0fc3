// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Bytes a second that one thread reads from memory, and that it moves when it copies (read and written), over buffers that no cache holds.
struct MemoryRate {
  private(set) var read = 0.0
  private(set) var copy = 0.0

  init(turns: Int) {
    let lastCache = max(sysconf(Int32(_SC_LEVEL3_CACHE_SIZE)), sysconf(Int32(_SC_LEVEL2_CACHE_SIZE)), 8 << 20)
    let bytes = lastCache * 8
    let vectors = bytes / MemoryLayout<PanelVector>.stride
    let source = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 4096)
    let target = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 4096)
    defer {
      source.deallocate()
      target.deallocate()
    }
    // Other pages than the zero page that is behind untouched memory.
    memset(source, 1, bytes)
    memset(target, 2, bytes)
    for _ in 0..<turns {
      var start = now()
      readOnce(UnsafePointer(source.assumingMemoryBound(to: PanelVector.self)), vectors)
      read = max(read, Double(bytes) / (now() - start))
      start = now()
      memcpy(target, source, bytes)
      copy = max(copy, 2 * Double(bytes) / (now() - start))
    }
  }
}

/// As many sums as hide the latency of an addition.
@inline(never)
private func readOnce(_ source: UnsafePointer<PanelVector>, _ vectors: Int) {
  var s0 = source[0], s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
  var index = 0
  while index &+ 8 <= vectors {
    s0 += source[index]
    s1 += source[index &+ 1]
    s2 += source[index &+ 2]
    s3 += source[index &+ 3]
    s4 += source[index &+ 4]
    s5 += source[index &+ 5]
    s6 += source[index &+ 6]
    s7 += source[index &+ 7]
    index &+= 8
  }
  keep(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7)
}
