// SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

/// What a published figure did for the model.
enum RowOrigin: String {
  /// A constant was chosen to meet it.
  case fitted
  case heldOut = "held out"
  /// Published without saying what was computed in: the bounds hold for what it can have been.
  case ambiguous
  /// An upper bound, or a time that includes what the model leaves out.
  case oneSided = "one-sided"
}

/// Fails where the model's figure over the published one lies outside `bounds`. Prints a row of the table in docs/kunlun.md.
func assertRow(_ number: String, _ what: String, published: Double, model: Double, _ bounds: ClosedRange<Double>, _ origin: RowOrigin = .heldOut,
  file: StaticString = #filePath, line: UInt = #line)
{
  let ratio = model / published
  let figures = [published, model].map { String(format: $0 < 10 ? "%.3g" : "%.1f", $0) }
  print("| \(number) | \(what) | \(figures[0]) | \(figures[1]) | \(String(format: "%.2f", ratio)) | "
    + String(format: "%.2f–%.2f", bounds.lowerBound, bounds.upperBound) + " | \(origin.rawValue) |")
  XCTAssertTrue(bounds.contains(ratio), "row \(number), \(what): ratio \(ratio), not in \(bounds)", file: file, line: line)
}
