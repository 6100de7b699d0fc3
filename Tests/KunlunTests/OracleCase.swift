// Layers beside the scalar oracle. SPDX-License-Identifier: Apache-2.0
import Graph
import KunlunBackend
import Testing

/// A graph of one layer, and what it must give.
protocol OracleCase {
  func graph() -> Graph
  func inputs() -> [[Float]]
  func expected(_ settings: KunlunSettings) -> [Float]
}

/// The numbers' bits, with one zero: sums of none and of products that cancel differ in its sign.
private func bits(_ values: [Float]) -> [UInt32] { values.map { $0 == 0 ? 0 : $0.bitPattern } }

/// Bit for bit, with every setting and all numbers of threads; the simulator computes the layer.
func expectOracle<Case: OracleCase>(_ cases: [Case], threads: [UInt32]) throws {
  for settings in try everySetting() {
    for (index, test) in cases.enumerated() {
      let expected = bits(test.expected(settings))
      for count in threads {
        let run = try GraphRun(test.graph(), test.inputs(), settings, threads: count)
        #expect(run.backends == ["kunlun"])
        #expect(bits(run.outputs[0]) == expected, "case \(index), \(settings), \(count) threads")
      }
    }
  }
}
