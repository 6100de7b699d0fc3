// Times every kernel of the tuned backend's list on layers of well-known networks, then what waits for memory: bench-cases [PEAK]
// PEAK: the GFLOP/s that the core does at most. Part of make bench-kernels. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import KernelCases
import TunedCPU

@testable import Compiler

/// Seconds of the fastest of several executions of the case's operator on one thread, and its kernel's name.
private func measure(_ graph: Graph, _ backends: String) throws -> (seconds: Double, kernel: String) {
  let times = NodeTimes()
  let model = try RuntimeModel(MemoryModel.whole(graph), times: times, backends: backends)
  try model.write(graph.inputs.map { Constant(shape: $0.shape ?? [], floats: testFloats(($0.shape ?? []).reduce(1, *), seed: 1)) })
  let clock = ContinuousClock()
  let start = clock.now
  var runs = 0
  while runs < 3 || (runs < 500 && clock.now - start < .milliseconds(300)) {
    try model.run()
    runs += 1
  }
  return (Double(times.fastest[0] ?? 0) * 1e-9, model.kernelName(of: 0))
}

/// Seconds of the fastest of several copies that read and write `bytes` together.
private func copySeconds(_ bytes: Int) -> Double {
  let (source, target) = (UnsafeMutableRawPointer.allocate(byteCount: bytes / 2, alignment: 4096), UnsafeMutableRawPointer.allocate(byteCount: bytes / 2, alignment: 4096))
  defer { source.deallocate(); target.deallocate() }
  memset(source, 1, bytes / 2)
  memset(target, 2, bytes / 2)
  let clock = ContinuousClock()
  return (0..<30).map { _ in clock.measure { memcpy(target, source, bytes / 2) } / .seconds(1) }.min() ?? 0
}

private func column(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(width - text.count, 1)) }

@main
struct Main {
  static func main() throws {
    let peak = CommandLine.arguments.dropFirst().first.flatMap(Double.init)
    print(column("kernel", 50) + column("ms", 10) + column("GFLOP/s", 10) + column("of peak", 10) + column("generic ms", 12) + "layer")
    for kernel in TunedKernel.allCases where kernel.isUsed {
      for test in kernel.benchmarkCases() {
        let (seconds, name) = try measure(test.graph, "tuned,generic")
        let rate = 2e-9 * Double(test.multiplyAdds) / seconds
        let generic = try measure(test.graph, "generic")
        print(column(name, 50) + column(String(format: "%.3f", seconds * 1e3), 10) + column(String(format: "%.1f", rate), 10)
          + column(peak.map { String(format: "%.0f %%", 100 * rate / $0) } ?? "", 10) + column(String(format: "%.3f", generic.seconds * 1e3), 12)
          + "\(test)")
      }
    }
    print("\n" + column("operator", 50) + column("ms", 10) + column("copy ms", 10) + column("of a copy", 11) + "kernel")
    for test in MemoryCase.all {
      let (seconds, name) = try measure(test.graph, "tuned,generic")
      let copy = copySeconds(test.bytes)
      print(column(test.description, 50) + column(String(format: "%.3f", seconds * 1e3), 10) + column(String(format: "%.3f", copy * 1e3), 10)
        + column(String(format: "%.2f", seconds / copy), 11) + name)
    }
  }
}
