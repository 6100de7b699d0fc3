// make bench-kernels: each kernel's operations a second beside the core's measured peak, and OpenBLAS's on the same shapes.
// With the argument "machine" only what the core and its memory do at most, for make bench-layers.
// Compiled together with Sources/Kernels for this machine's instruction set. SPDX-License-Identifier: Apache-2.0
import Glibc
import ModelFile

@_silgen_name("cblas_sgemm")
private func cblas_sgemm(_ order: Int32, _ transposeA: Int32, _ transposeB: Int32, _ m: Int32, _ n: Int32, _ k: Int32, _ alpha: Float,
  _ a: UnsafePointer<Float>, _ lda: Int32, _ b: UnsafePointer<Float>, _ ldb: Int32, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int32)

/// Seconds that this thread has computed: what other programs take does not count.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

private func buffer(_ count: Int) -> UnsafeMutablePointer<Float> {
  let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 4 + 64, alignment: 64).assumingMemoryBound(to: Float.self)
  for index in 0..<count { memory[index] = Float(index % 101) * 0.01 - 0.5 }
  return memory
}

/// Operations a second of `body`, which does `operations`: the best of several turns.
private func rate(_ operations: Double, _ body: () -> Void) -> Double {
  let repeats = max(1, Int(1e8 / operations))
  var best = 0.0
  for _ in 0..<7 {
    let start = now()
    for _ in 0..<repeats { body() }
    best = max(best, operations * Double(repeats) / (now() - start))
  }
  return best
}

/// Thousand millions, with a digit behind the point.
private func number(_ value: Double) -> String { String(Int(value * 1e-8 + 0.5) / 10) + "." + String(Int(value * 1e-8 + 0.5) % 10) }

private func row(_ kernel: String, _ name: String, _ shape: String, _ ours: Double, _ peak: Double, _ theirs: Double?) {
  func column(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(width - text.count, 1)) }
  print(column(kernel, 12) + column(name, 24) + column(shape, 22) + column(number(ours), 10) + column("\(Int(100 * ours / peak + 0.5)) %", 8)
    + (theirs.map { column(number($0), 10) + "\(Int(100 * ours / $0 + 0.5)) %" } ?? ""))
}

@main
struct Main {
  static func main() {
    if CommandLine.arguments.dropFirst().first == "machine" { return machine() }
    let caches = CacheSizes(level1: UInt64(max(sysconf(Int32(_SC_LEVEL1_DCACHE_SIZE)), 0)), level2: UInt64(max(sysconf(Int32(_SC_LEVEL2_CACHE_SIZE)), 0)))
    let peak = measuredPeak(seconds: 0.5)
    print("peak \(Int(peak * 1e-9)) GFLOP/s a core, \(Int(measuredLoadedPeak(seconds: 0.5) * 1e-9)) where operands are loaded; tiles of \(PanelShape.rows) x \(PanelShape.columns)")
    print("kernel      layer                   shape                 GFLOP/s   of peak OpenBLAS  ours / OpenBLAS")
    for shape in productShapes { product(shape, caches, peak) }
    for shape in depthwiseShapes { depthwise(shape, peak) }
  }

  private static func machine() {
    let memory = MemoryRate(turns: 8)
    print("peak \(number(measuredPeak(seconds: 0.5))) GFLOP/s")
    print("loaded \(number(measuredLoadedPeak(seconds: 0.5))) GFLOP/s")
    print("read \(number(memory.read)) GB/s")
    print("copy \(number(memory.copy)) GB/s")
  }

  private static func product(_ shape: ProductShape, _ caches: CacheSizes, _ peak: Double) {
    let (m, k, n) = (shape.rows, shape.depth, shape.columns)
    let a = buffer(m * k), b = buffer(k * n), c = buffer(m * n)
    let packed = buffer(PanelShape.packedFloats(columns: n, depth: k) ?? 0)
    packPanels(MatrixFactor(UnsafePointer(b), stride: n), columns: n, depth: k, into: packed)
    let blocking = PanelBlocking(rows: m, columns: n, depth: k, grain: k, threads: 1, caches: caches)
    let stride = blocking.part + 16
    let copies = buffer(blocking.taskRows * stride * 2)
    let spare = buffer(PanelProduct.spareFloats)
    var product = PanelProduct(panels: packed, columns: n, depth: k, result: c, resultStride: n, activation: Activation(function: .relu), spare: spare)
    product.groupTiles = blocking.groupTiles
    let copiesRows = PanelBlocking.rowsOverlap(pitch: k, columns: n)
    product.rowsAreFar = !copiesRows
    let operations = 2 * Double(m) * Double(k) * Double(n)
    let ours = rate(operations) {
      for task in 0..<blocking.tasks {
        let first = task * blocking.taskRows
        let rows = min(blocking.taskRows, m - first)
        var depth = 0
        while depth < k {
          let end = min(depth + blocking.part, k)
          var source = UnsafePointer(a + first * k + depth)
          var sourceStride = k
          if copiesRows || PanelShape.readsInterleaved {
            for row in 0..<rows { copyFloats(source + row * k, copies + row * stride, end - depth) }
            source = UnsafePointer(copies)
            sourceStride = stride
          }
          if PanelShape.readsInterleaved {
            interleaveRows(source, stride: sourceStride, rows: rows, depth: end - depth, into: copies + blocking.taskRows * stride)
            source = UnsafePointer(copies + blocking.taskRows * stride)
          }
          product.compute(firstRow: first, rows: rows, source, aStride: sourceStride, firstDepth: depth, endDepth: end, firstPanel: 0,
            endPanel: PanelShape.count(n))
          depth = end
        }
      }
    }
    let theirs = rate(operations) { cblas_sgemm(101, 111, 111, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b, Int32(n), 0, c, Int32(n)) }
    row("product", shape.name, "\(m) x \(k) x \(n)", ours, peak, theirs)
    for memory in [a, b, c, packed, copies, spare] { memory.deallocate() }
  }

  private static func depthwise(_ shape: DepthwiseShape, _ peak: Double) {
    var window = Window()
    window.channels = shape.channels
    var axis = WindowAxis()
    axis.input = shape.side
    axis.kernel = shape.kernel
    axis.stride = shape.stride
    axis.padding = shape.kernel / 2
    axis.paddingEnd = shape.kernel / 2
    axis.output = (shape.side + 2 * axis.padding - shape.kernel) / shape.stride + 1
    window.height = axis
    window.width = axis
    let input = buffer(shape.side * shape.side * shape.channels), output = buffer(axis.output * axis.output * shape.channels)
    let weights = buffer(window.taps * shape.channels), packed = buffer(depthwisePackedFloats(taps: window.taps, channels: shape.channels))
    packDepthwise(weights, taps: window.taps, channels: shape.channels, into: packed)
    let product = DepthwiseProduct(window: window, weights: packed,
      epilogue: Epilogue(bias: nil, residual: nil, activation: Activation(function: .relu, alpha: 0, beta: 0)))
    let ours = rate(2 * Double(window.outputPositions * window.taps * shape.channels)) { product.rows(0, window.outputRows, input: input, output: output) }
    row("depthwise", shape.name, "\(shape.channels) \(shape.kernel)x\(shape.kernel) stride \(shape.stride)", ours, peak, nil)
    for memory in [input, output, weights, packed] { memory.deallocate() }
  }
}
