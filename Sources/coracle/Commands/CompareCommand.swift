// coracle compare. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Says how far a model's outputs are from reference outputs, or its operators from those of other backends.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare a model's outputs with reference outputs of another runtime, or its operators with those of another backend.",
    discussion: """
      REFERENCE_DIR holds NumPy files. Inputs: <name>.npy, or input<index>.npy, or input.npy for the first. Outputs: <name>.npy, \
      output<index>.npy, output.npy for the first, or <index>.npy (as `coracle run` writes them); outputs without a reference are left out.

        coracle compare resnet50.coracle reference/
        coracle compare model.onnx reference/ --relative-tolerance 1e-3 --json

      For each output: the largest absolute difference, that difference over the largest absolute reference value, and the \
      cosine of the angle between the two as vectors. With a tolerance the exit code is 1 where an output exceeds it.

      With --reference the model runs twice in this process, on --input or random inputs, and every operator's outputs are compared: alone, with \
      the reference's own inputs, which tells the operators that lose accuracy, and so far, with what all operators before it have made of them.

        coracle compare resnet50.coracle --backend kunlun --precision int8 --reference generic --input image.npy
      """)

  @OptionGroup var source: ModelArguments
  @Argument(help: "The folder with the reference inputs and outputs.")
  var referenceDir: String?
  @Option(help: ArgumentHelp("Compare every operator with that of another backend, or several in the order of preference.", valueName: "backends"))
  var reference: String?
  @OptionGroup var inputs: InputArguments
  @OptionGroup var shapes: ShapeArguments
  @Option(help: "The most that an element may differ.")
  var tolerance: Double?
  @Option(help: "The most that an element may differ, as a part of the largest absolute reference value.")
  var relativeTolerance: Double?
  @OptionGroup var session: SessionArguments
  @Flag(help: "Print JSON.")
  var json = false

  /// One output's result; keys of the JSON form.
  private struct Row: Encodable {
    let index: Int
    let name: String
    let reference: String
    let type: String
    let shape: [Int]
    var maxAbs: Double?
    var maxRelative: Double?
    var cosine: Double?
    var problem: String?
  }

  func validate() throws {
    guard (referenceDir == nil) != (reference == nil) else { throw ValidationError("Give either REFERENCE_DIR or --reference.") }
    if reference == nil, !inputs.inputs.isEmpty || !shapes.shapes.isEmpty {
      throw ValidationError("--input and --shape go with --reference; REFERENCE_DIR has its own inputs.")
    }
    if reference != nil, tolerance != nil || relativeTolerance != nil { throw ValidationError("The tolerances go with REFERENCE_DIR.") }
  }

  func run() throws {
    try withModelFile(source.model, parameters: source.parameters) { path in
      let model = try RuntimeModel(path: path)
      if let reference {
        try reportLayers(model, reference: reference)
      } else if let referenceDir {
        try report(try compare(model, referenceDir))
      }
    }
  }

  private func report(_ rows: [Row]) throws {
    if json {
      try printJSON(["outputs": rows])
    } else {
      var table = TextTable(">#", "output", "shape", ">max abs", ">relative", ">cosine", "")
      for row in rows {
        table.add(String(row.index), row.name, shapeText(row.shape), row.maxAbs.map(numberText) ?? "-", row.maxRelative.map(numberText) ?? "-",
          row.cosine.map(cosineText) ?? "-", row.problem ?? "")
      }
      print(table.text())
    }
    let failed = rows.filter { $0.problem != nil }.map { $0.name }
    guard failed.isEmpty else { throw Failure("outputs that differ too much from the reference: \(failed.joined(separator: ", "))") }
  }

  private func compare(_ model: RuntimeModel, _ referenceDir: String) throws -> [Row] {
    let session = try RuntimeSession(model, session.settings)
    let reference = ReferenceFolder(path: referenceDir)
    for (index, port) in model.inputs.enumerated() {
      guard let path = reference.input(index, name: port.name) else {
        throw Failure("'\(referenceDir)' has no \(index == 0 ? "input.npy or " : "")input\(index).npy for input '\(port.name)'")
      }
      try session.bindInput(index, try NumpyFile.read(path).converted(to: port.type, name: port.name))
    }
    try session.run()
    var rows: [Row] = []
    for (index, port) in model.outputs.enumerated() {
      guard let path = reference.output(index, name: port.name) else { continue }
      let output = try session.output(index)
      let expected = try NumpyFile.read(path)
      var row = Row(index: index, name: port.name, reference: path, type: output.type.name, shape: output.shape)
      row.problem = shapeMismatch(output, expected)
      if row.problem == nil {
        let comparison = Comparison(output, expected)
        row.maxAbs = comparison.maximumAbsolute
        row.maxRelative = comparison.maximumRelative
        row.cosine = comparison.cosine
        if let tolerance, !(comparison.maximumAbsolute <= tolerance) { row.problem = "exceeds \(numberText(tolerance))" }
        if let relativeTolerance, !(comparison.maximumRelative <= relativeTolerance) {
          row.problem = "exceeds \(numberText(relativeTolerance)) of the largest value"
        }
      }
      rows.append(row)
    }
    guard !rows.isEmpty else { throw Failure("'\(referenceDir)' has no reference output, such as output0.npy") }
    return rows
  }

  private func reportLayers(_ model: RuntimeModel, reference: String) throws {
    let given = try inputs.arrays(for: model)
    let named = given.map { NamedShape(name: model.inputs[$0.key].name, shape: $0.value.shape) }
    let extents = try concreteShapes(model, given: shapes.shapes.isEmpty ? named : shapes.shapes)
    var sequence = FixedSequence()
    let tensors = try model.inputs.indices.map { index in
      try given[index] ?? randomTensor(type: model.inputs[index].type, shape: extents[index], from: &sequence)
    }
    let other = SessionSettings(threads: session.threads ?? 0, backends: reference)
    let (rows, outputs, counts) = try compareLayers(model, session.settings, reference: other, inputs: tensors)
    let names = model.outputs.map(\.name)
    if json { return try printJSON(LayerDocument(layers: rows, outputs: zip(names, outputs).map { LayerDocument.Output(name: $0, soFar: .init($1)) }, card: counts)) }
    var table = TextTable(">#", "operator", "name", "shape", "kernel", ">cosine alone", ">max alone", ">cosine so far", ">max so far")
    for row in rows where !row.isExact {
      table.add(String(row.node), row.operator, row.name, shapeText(row.shape), row.kernel, cosineText(row.alone.cosine), numberText(row.alone.maxRelative),
        cosineText(row.soFar.cosine), numberText(row.soFar.maxRelative))
    }
    for (name, output) in zip(names, outputs) {
      table.add("", "output", name, "", "", "", "", cosineText(output.cosine), numberText(output.maximumRelative))
    }
    print(table.text())
    print("\n  max: the largest difference as a part of the largest reference value; \(rows.count { $0.isExact }) operators without a difference of their own are left out")
    if let counts { print(counts.text) }
  }

  private func cosineText(_ cosine: Double) -> String { String(format: "%.8f", cosine) }
}

/// The JSON form of a comparison by operators.
private struct LayerDocument: Encodable {
  struct Output: Encodable {
    let name: String
    let soFar: LayerRow.Difference
  }

  let layers: [LayerRow]
  let outputs: [Output]
  /// Of the run in which nothing is replaced.
  let card: KunlunCounts?
}
