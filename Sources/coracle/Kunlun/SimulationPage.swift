// A simulation as a page that needs nothing else. SPDX-License-Identifier: Apache-2.0
import Foundation
import KunlunTiming

/// One HTML file: totals, a timeline, a roofline plot, the L3 map and the table of operators.
struct SimulationPage {
  let report: SimulationReport

  init(_ report: SimulationReport) { self.report = report }

  func html() -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(text("\(name) on \(report.profile)"))</title>
    <style>\(style)</style>
    </head>
    <body>
    <h1>\(text(name)) on \(text(report.profile))</h1>
    <p class="quiet">\(text(setting))</p>
    <div class="cards">\(figures)</div>
    <h2>Timeline</h2>
    <p class="quiet">Zoom <input id="zoom" type="range" min="1" max="40" value="1" aria-label="zoom of the timeline">. A pointer over a bar tells its operator.</p>
    <div class="scroll">\(SimulationTimeline(report.simulation).svg())</div>
    <h2>Roofline</h2>
    <p class="quiet">Each dot is an operator with products: operations for each byte that it moves, and operations a second while it runs. It lies below the line of the memory that its tensors are in.</p>
    \(RooflinePlot(report).svg())
    <h2>Time by what bounds it</h2>
    \(boundTable)
    <h2>What the passes save</h2>
    \(table(["pass", ">ms saved"], report.passes.map { [$0.pass, String(format: "%.3f", $0.savedMs)] }))
    <h2>Memory on the chip (L3)</h2>
    <p class="quiet">\(text("\(size(report.l3Planned)) are planned for activations, \(size(report.l3Workspace)) are left to operators. A block serves its tensors one after the other."))</p>
    \(blockTable)
    <h2>Operators</h2>
    \(operatorTable)
    <p class="quiet">\(text("Energy: \(report.energyAssumption). Equations, sources of all figures and published measurements: docs/kunlun.md."))</p>
    <script>
    const picture = document.querySelector(".scroll svg"), left = \(SimulationTimeline.left);
    const tall = picture.getBoundingClientRect().height;
    const [width, height] = [picture.viewBox.baseVal.width, picture.viewBox.baseVal.height];
    const parts = [...picture.querySelectorAll("[x], [x1]")].flatMap(part =>
      ["x", "x1", "x2"].filter(key => part.hasAttribute(key)).map(key => [part, key, +part.getAttribute(key), +part.getAttribute("width")]))
      .filter(entry => entry[2] >= left);
    document.getElementById("zoom").addEventListener("input", event => {
      const zoom = +event.target.value, wide = left + (width - left) * zoom;
      for (const [part, key, start, extent] of parts) {
        part.setAttribute(key, left + (start - left) * zoom);
        if (part.tagName === "rect") part.setAttribute("width", extent * zoom);
      }
      picture.setAttribute("viewBox", `0 0 ${wide} ${height}`);
      picture.style.width = 100 * wide / width + "%";
      picture.style.height = tall + "px";
    });
    </script>
    </body>
    </html>

    """
  }

  private var name: String { URL(fileURLWithPath: report.model).lastPathComponent }

  private var setting: String {
    "Host \(report.host), \(report.precision.rawValue), batch \(report.batch)" + (report.devices > 1 ? " on \(report.devices) devices" : "")
      + (report.isValidated ? "." : ". No published measurement checks the figures of this card.")
  }

  private var figures: String {
    [("a run", "\(millisecondText(report.milliseconds)) ms"), ("samples a second", String(format: "%.1f", report.samplesPerSecond)),
      ("device", "\(millisecondText(report.deviceMilliseconds)) ms"), ("of the multipliers' peak", shareText(report.utilisation)),
      ("global memory in use", "\(size(report.globalMemoryHighWater)) of \(size(report.globalMemoryCapacity))"),
      ("L3 in use", "\(size(report.l3HighWater)) of \(size(report.l3Capacity))"), ("energy", String(format: "%.3g J at %.0f W", report.joules, report.watts))]
      .map { "<div><b>\(text($0.1))</b><span>\(text($0.0))</span></div>" }.joined()
  }

  private var boundTable: String {
    var sums: [KernelCost.Bound: (count: Int, milliseconds: Double)] = [:]
    for item in report.operators {
      let old = sums[item.bound] ?? (0, 0)
      sums[item.bound] = (old.count + 1, old.milliseconds + item.milliseconds)
    }
    return table(["bound by", ">operators", ">ms of the device"], sums.sorted { $0.value.milliseconds > $1.value.milliseconds }.map {
      [$0.key.words, String($0.value.count), String(format: "%.3f", $0.value.milliseconds)]
    })
  }

  private var blockTable: String {
    table([">block", ">L3", ">global memory", ">tensors", "first"], report.l3Map.enumerated().map {
      [String($0), size($1.l3Bytes), size($1.globalMemoryBytes), String($1.tensors.count), $1.tensors.first ?? ""]
    })
  }

  private var operatorTable: String {
    table([">#", "operator", "name", ">µs", ">cycles", ">global memory", ">L3", ">PCIe", ">utilisation", "bound by"], report.operators.map { item in
      [String(item.index), item.label, item.name, String(format: "%.1f", item.milliseconds * 1e3), countText(item.cycles), size(item.globalMemoryBytes),
        size(item.l3Bytes), size(item.pcieBytes), item.multiplyAdds > 0 ? shareText(item.utilisation) : "–", item.bound.words]
    })
  }

  private func table(_ titles: [String], _ rows: [[String]]) -> String {
    let isRight = titles.map { $0.hasPrefix(">") }
    func line(_ cells: [String], _ tag: String) -> String {
      "<tr>" + zip(cells, isRight).map { "<\(tag)\($1 ? " class=\"right\"" : "")>\(text($0))</\(tag)>" }.joined() + "</tr>"
    }
    return "<table>" + line(titles.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }, "th") + rows.map { line($0, "td") }.joined(separator: "\n") + "</table>"
  }

  private func text(_ text: String) -> String { SVGWriter.escaped(text) }
  private func size(_ bytes: Double) -> String { bytes == 0 ? "–" : byteText(UInt64(min(max(bytes, 0), 1e18))) }

  private var style: String {
    """
    body { font: 14px/1.45 Inter, Helvetica, Arial, "DejaVu Sans", sans-serif; color: #1d2731; margin: 28px auto; max-width: 1160px; padding: 0 20px; }
    h1 { font-size: 22px; margin: 0; } h2 { font-size: 16px; margin: 30px 0 6px; } .quiet { color: #667380; margin: 4px 0 10px; }
    .cards { display: flex; flex-wrap: wrap; gap: 10px; } .cards div { border: 1px solid #d3dae0; border-radius: 8px; padding: 8px 14px; }
    .cards b { display: block; font-size: 17px; } .cards span { color: #667380; font-size: 12px; }
    .scroll { overflow-x: auto; } svg { display: block; max-width: 100%; height: auto; } .scroll svg { max-width: none; width: 100%; }
    table { border-collapse: collapse; font-size: 12.5px; } th { text-align: left; color: #667380; font-weight: 600; }
    td, th { padding: 2px 14px 2px 0; border-bottom: 1px solid #eceff2; } .right { text-align: right; }
    """
  }
}

extension KernelCost.Bound {
  /// The colour of its dots and bars.
  var colour: String {
    switch self {
    case .multipliers: "#2b6cb0"
    case .vectors: "#2f855a"
    case .globalMemory: "#c05621"
    case .l3: "#d69e2e"
    case .launch: "#805ad5"
    case .maxima: "#b83280"
    case .host: "#718096"
    case .pcie: "#319795"
    }
  }
}
