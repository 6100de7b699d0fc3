// How long a run takes on a machine that is not here. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation

/// What a profile's machine reaches of its peaks in networks as they are; `scripts/calibrate_profiles.py` fits it to the profile's anchors.
struct Calibration: Codable, Equatable {
  /// Of the multiply-adds that the cores can do, those that operators do while they compute, in percent. Above 100 where Winograd's filtering
  /// saves more of the direct algorithm's than `LatencyEstimate` takes for granted.
  var computePercent: Int
  /// Bytes a second of operators' inputs and outputs, whatever caches they come from and however many threads ask.
  var bandwidth: Int

  /// What the boards with anchors have in the middle, for profiles without any.
  static func usual(memoryBandwidth: UInt64) -> Calibration { Calibration(computePercent: 110, bandwidth: Int(clamping: memoryBandwidth / 100 * 12)) }

  private struct Document: Decodable { var calibration: Calibration? }

  /// That of a profile as `hardwareProfile` takes it; nil where it has none.
  static func of(profile name: String) -> Calibration? {
    if let stock = stockCalibrations[name] { return stock }
    guard name.contains("/") || name.hasSuffix(".json"), let data = FileManager.default.contents(atPath: name) else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (try? decoder.decode(Document.self, from: data))?.calibration
  }
}

/// Time of operators on a profile's machine: that of computing and that of moving bytes, one after the other.
///
/// A roofline takes the larger of both (Williams et al. 2009). The small cores of boards overlap them little, and cores that share a memory share
/// its time: with the sum, two figures a board meet its anchors within 28 percent, with the maximum they miss them by factors.
struct LatencyEstimate {
  /// Multiply-adds a millisecond of all threads at their peaks.
  let peak: Double
  let calibration: Calibration

  /// nil where the profile does not tell the cores' clock or speed. The threads run on the fastest cores.
  init?(_ profile: coracle_profile, _ calibration: Calibration, threads: Int) {
    var left = threads
    var peak = 0.0
    withUnsafeBytes(of: profile.clusters) { raw in
      for cluster in raw.bindMemory(to: coracle_core_cluster.self).prefix(Int(profile.cluster_count)) {
        let cores = min(left, Int(cluster.core_count))
        peak += Double(cores) * Double(cluster.clock_megahertz) * 1e3 * Double(cluster.multiply_adds)
        left -= cores
      }
    }
    guard peak > 0, calibration.bandwidth > 0, calibration.computePercent > 0 else { return nil }
    self.peak = peak
    self.calibration = calibration
  }

  /// By how much fewer multiplications Winograd's filtering takes, its transforms counted (measured on x86-64).
  private func saving(_ kernel: String) -> Double {
    kernel.contains("F(2, 3)") ? 1.6 : kernel.contains("F(4, 3)") ? 2.2 : kernel.contains("F(6, 3)") ? 2.4 : 1
  }

  /// Milliseconds of computing and of moving bytes. `operations` counts two for each multiply-add of the direct algorithm.
  func milliseconds(operations: Int, bytes: Int, kernel: String) -> (compute: Double, memory: Double) {
    (Double(operations) / 2 / saving(kernel) / (peak * Double(calibration.computePercent) / 100), Double(bytes) / Double(calibration.bandwidth) * 1e3)
  }
}
