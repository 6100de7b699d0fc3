// coracle inspect. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Shows what is in a model file, and what a session would do with it.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show operators, tensors, weights and file segments; the plan of a run; a drawing of the graph.",
    discussion: """
      Weights are not trusted and not needed here: a file whose weights are damaged can still be looked at, and its segment's state says so.

        coracle inspect model.coracle
        coracle inspect model.coracle --plan --shape x=1,3,48,320
        coracle inspect model.coracle --plan --json > plan.json
        coracle inspect model.coracle --svg graph.svg

      --plan places every operator as a session would: backend, kernel and why, working space, where its output lies in the arena \
      and from which to which operator it is held, and a map of the arena. An open first extent is taken as 1.
      """)

  @OptionGroup var source: ModelArguments
  @Flag(help: "Plan a session and show it.")
  var plan = false
  @OptionGroup var shapes: ShapeArguments
  @OptionGroup var session: SessionArguments
  @Flag(help: "Print JSON, all of it; keys do not change between versions.")
  var json = false
  @Option(help: ArgumentHelp("Draw the graph to this file; nothing is printed unless --plan or --json asks for it.", valueName: "out.svg"))
  var svg: String?

  func run() throws {
    try withModelFile(source.model, parameters: source.parameters) { path in
      let model = try RuntimeModel(path: path, trustWeights: true)
      let contents = try ModelFileContents(path: path)
      var report = FileReport(contents, shownAs: source.model)
      if plan {
        report.plan = try planned(model)
      } else if svg != nil {
        // The drawing shows extents that only a plan knows; without them it shows what the file says.
        report.plan = shapes.shapes.isEmpty ? try? planned(model) : try planned(model)
      }
      if let svg {
        let drawing = GraphDrawing(document: contents.document, plan: report.plan, title: URL(fileURLWithPath: source.model).lastPathComponent)
        do {
          try Data(drawing.svg().utf8).write(to: URL(fileURLWithPath: svg), options: .atomic)
        } catch {
          throw Failure("cannot write '\(svg)': \(reason(error))")
        }
        if !plan { report.plan = nil }
      }
      if json {
        try printJSON(report)
      } else if svg == nil || plan {
        print(report.text())
        if let plan = report.plan { print("\n" + planText(plan, model: model)) }
      }
    }
  }

  private func planned(_ model: RuntimeModel) throws -> PlanReport {
    let extents = try concreteShapes(model, given: shapes.shapes)
    let planned = try RuntimeSession(model, session.settings)
    for (index, port) in model.inputs.enumerated() where port.shape != extents[index] {
      try planned.resizeInput(index, to: extents[index])
    }
    try planned.prepare()
    return try PlanReport(planned, inputShapes: extents)
  }

  private func planText(_ plan: PlanReport, model: RuntimeModel) -> String {
    let inputs = zip(model.inputs, plan.inputShapes).map { "\($0.name) \(shapeText($1))" }.joined(separator: ", ")
    let memory = plan.memory
    return """
      Plan for \(inputs)
      \(plan.operatorTable())

      \(ArenaMap(plan: plan).text())

      Memory: weights \(byteText(memory.weightBytes)) mapped; allocated: arena \(byteText(memory.arenaBytes)), scratch \
      \(byteText(memory.scratchBytes)), packed weights \(byteText(memory.packedBytes)), state \(byteText(memory.stateBytes)).
      """
  }
}
