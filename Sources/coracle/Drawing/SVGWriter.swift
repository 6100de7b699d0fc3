// Elements of an SVG picture. SPDX-License-Identifier: Apache-2.0
import Foundation

/// Appends shapes to a picture, later ones above earlier ones.
struct SVGWriter {
  private var body: String

  init(width: Double, height: Double) {
    let size = (Self.number(width), Self.number(height))
    body = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(size.0)" height="\(size.1)" viewBox="0 0 \(size.0) \(size.1)" \
      font-family="Inter, Helvetica, Arial, 'DejaVu Sans', sans-serif">
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">\
      <path d="M0 0.5 L7.5 4 L0 7.5 Z" fill="#8b97a3"/></marker></defs>
      <rect width="100%" height="100%" fill="#ffffff"/>

      """
  }

  mutating func box(x: Double, y: Double, width: Double, height: Double, fill: String, border: String, radius: Double) {
    body += "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" "
      + "rx=\"\(Self.number(radius))\" fill=\"\(fill)\" stroke=\"\(border)\" stroke-width=\"1.2\"/>\n"
  }

  /// A faint frame around an inner graph.
  mutating func frame(x: Double, y: Double, width: Double, height: Double) {
    body += "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" "
      + "rx=\"10\" fill=\"#fafbfc\" stroke=\"#d3dae0\" stroke-dasharray=\"5 4\"/>\n"
  }

  mutating func text(_ text: String, x: Double, y: Double, size: Double, weight: String = "400", colour: String = "#1d2731",
    anchor: String = "middle") {
    body += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" font-size=\"\(Self.number(size))\" font-weight=\"\(weight)\" "
      + "fill=\"\(colour)\" text-anchor=\"\(anchor)\">\(Self.escaped(text))</text>\n"
  }

  /// A smooth line that leaves and arrives vertically at every point.
  mutating func curve(_ points: [(x: Double, y: Double)]) {
    guard let first = points.first else { return }
    var path = "M\(Self.number(first.x)) \(Self.number(first.y))"
    var previous = first
    for point in points.dropFirst() {
      if abs(point.x - previous.x) < 0.5 {
        path += " L\(Self.number(point.x)) \(Self.number(point.y))"
      } else {
        let middle = (previous.y + point.y) / 2
        path += " C\(Self.number(previous.x)) \(Self.number(middle)) \(Self.number(point.x)) \(Self.number(middle)) "
          + "\(Self.number(point.x)) \(Self.number(point.y))"
      }
      previous = point
    }
    body += "<path d=\"\(path)\" fill=\"none\" stroke=\"#8b97a3\" stroke-width=\"1.4\" marker-end=\"url(#arrow)\"/>\n"
  }

  /// A rectangle of a chart, with what a pointer over it is told.
  mutating func bar(x: Double, y: Double, width: Double, height: Double, fill: String, tip: String) {
    body += "<rect x=\"\(Self.fine(x))\" y=\"\(Self.number(y))\" width=\"\(Self.fine(width))\" height=\"\(Self.number(height))\" "
      + "fill=\"\(fill)\"><title>\(Self.escaped(tip))</title></rect>\n"
  }

  /// A point of a chart.
  mutating func dot(x: Double, y: Double, radius: Double, fill: String, tip: String) {
    body += "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\" fill=\"\(fill)\" fill-opacity=\"0.75\" stroke=\"#ffffff\">"
      + "<title>\(Self.escaped(tip))</title></circle>\n"
  }

  /// A straight line.
  mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), colour: String, width: Double = 1) {
    body += "<line x1=\"\(Self.number(from.x))\" y1=\"\(Self.number(from.y))\" x2=\"\(Self.number(to.x))\" y2=\"\(Self.number(to.y))\" "
      + "stroke=\"\(colour)\" stroke-width=\"\(Self.number(width))\"/>\n"
  }

  func finished() -> String { body + "</svg>\n" }

  /// The picture as a part of an HTML page, which has no XML declaration inside.
  func embedded() -> String { String(finished().drop { $0 != "\n" }.dropFirst()) }

  private static func number(_ value: Double) -> String {
    let text = String(format: "%.1f", value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Thousandths: a short event of a long run is narrower than a pixel.
  private static func fine(_ value: Double) -> String { String(format: "%.3f", value) }

  /// XML text; characters that XML cannot hold are left out.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += " "
      default: if scalar.value >= 0x20, scalar.value != 0xFFFE, scalar.value != 0xFFFF { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }
}

/// How much room text takes.
enum SVGText {
  /// A generous estimate for proportional sans-serif fonts, wide ones included.
  static func width(_ text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { sum, scalar in
      let em = switch scalar {
      case "i", "j", "l", ".", ",", ":", ";", "'", "|", "!", " ", "I", "f", "t", "r", "(", ")", "[", "]", "/": 0.38
      case "m", "w", "M", "W", "…", "→": 0.92
      case "A"..."Z", "_", "×", "+": 0.74
      default: scalar.value > 0x2E80 ? 1.05 : 0.63
      }
      return sum + em * size
    }
  }
}
