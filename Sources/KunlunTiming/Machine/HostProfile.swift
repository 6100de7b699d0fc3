// SPDX-License-Identifier: Apache-2.0

/// The computer that the card is plugged into: how fast its framework hands operators to the card. A file of edge-profiles/hosts/.
package struct HostProfile: Codable, Sendable {
  package var name: String
  package var description: String
  /// The framework's work for an operator until the device has it.
  @Sourced package var operatorMicroseconds: Double
  /// The library's for each further launch of an operator: of a kernel, or of a pass for a maximum.
  @Sourced package var launchMicroseconds: Double
  /// The framework's work for a run, beside that for operators.
  @Sourced package var runMicroseconds: Double
  /// Bytes a second that an operator without a kernel for the card reads and writes on the host.
  @Sourced package var memoryBandwidth: Double
}
