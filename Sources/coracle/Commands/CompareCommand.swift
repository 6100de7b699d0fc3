// coracle compare. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Runs a model on reference inputs and says how far its outputs are from the reference outputs.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare a model's outputs with reference outputs of another runtime.",
    discussion: """
      REFERENCE_DIR holds NumPy files. Inputs: <name>.npy, or input<index>.npy, or input.npy for the first. Outputs: <name>.npy, \
      output<index>.npy, output.npy for the first, or <index>.npy (as `coracle run` writes them); outputs without a reference are left out.

        coracle compare resnet50.coracle reference/
        coracle compare model.onnx reference/ --relative-tolerance 1e-3 --json

      For each output: the largest absolute difference, that difference over the largest absolute reference value, and the \
      cosine of the angle between the two as vectors. With a tolerance the exit code is 1 where an output exceeds it.
      """)

  @OptionGroup var source: ModelArguments
  @Argument(help: "The folder with the reference inputs and outputs.")
  var referenceDir: String
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

  func run() throws {
    let rows = try withModelFile(source.model, parameters: source.parameters) { try compare(RuntimeModel(path: $0)) }
    if json {
      try printJSON(["outputs": rows])
    } else {
      var table = TextTable(">#", "output", "shape", ">max abs", ">relative", ">cosine", "")
      for row in rows {
        table.add(String(row.index), row.name, shapeText(row.shape), row.maxAbs.map(numberText) ?? "-", row.maxRelative.map(numberText) ?? "-",
          row.cosine.map { String(format: "%.8f", $0) } ?? "-", row.problem ?? "")
      }
      print(table.text())
    }
    let failed = rows.filter { $0.problem != nil }.map { $0.name }
    guard failed.isEmpty else { throw Failure("outputs that differ too much from the reference: \(failed.joined(separator: ", "))") }
  }

  private func compare(_ model: RuntimeModel) throws -> [Row] {
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
}
