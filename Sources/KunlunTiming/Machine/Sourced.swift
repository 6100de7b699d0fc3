// SPDX-License-Identifier: Apache-2.0

/// How well a figure is known.
package enum FigureSource: String, Codable, Sendable {
  /// Read in a driver or a framework, or measured by an owner of the card.
  case sure
  /// From the vendor's slides and documents, or the press.
  case reported
  /// Deduced from other figures.
  case inferred
  /// Chosen so that the model meets measurements.
  case fitted
}

/// A figure of a profile with its unit and where it comes from; in JSON `{"value": 4, "unit": "engines", "source": "sure"}`.
@propertyWrapper
package struct Sourced<Value: Codable & Sendable>: Codable, Sendable {
  package var wrappedValue: Value
  package var unit: String
  package var source: FigureSource

  private enum CodingKeys: String, CodingKey {
    case wrappedValue = "value"
    case unit, source
  }
}
