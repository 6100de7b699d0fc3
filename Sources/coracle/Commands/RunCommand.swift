// coracle run. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Runs a model once on arrays from files, or replays the test vectors in the model file.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a model on NumPy arrays, or check it with the test vectors in its file.",
    discussion: """
      Inputs take the shapes of the arrays. float64 arrays become float32, and integer arrays the integer type that the model wants \
      where every value fits. Every output is written as DIR/<index>.npy, in the type that the model gives.

        coracle run digits.coracle --input picture.npy --output-dir out
        coracle run bert.coracle --input ids=ids.npy --input mask=mask.npy --output-dir out --threads 4
        coracle run digits.coracle --verify

      With --verify the inputs come from the file; the exit code is 1 where an output differs from the expected one by more than \
      the tolerance that the file states (absolute + relative × |expected|).
      """)

  @OptionGroup var source: ModelArguments
  @OptionGroup var inputs: InputArguments
  @Option(help: "The folder for the outputs; made where it is missing.")
  var outputDir: String?
  @OptionGroup var session: SessionArguments
  @Flag(help: "Replay the test vectors inside the file and compare.")
  var verify = false

  func validate() throws {
    if verify, !inputs.inputs.isEmpty || outputDir != nil {
      throw ValidationError("--verify takes its inputs from the file and writes no outputs.")
    }
  }

  func run() throws {
    try withModelFile(source.model, parameters: source.parameters) { path in
      let model = try RuntimeModel(path: path)
      verify ? try replay(model, path: path) : try runOnce(model)
    }
  }

  private func runOnce(_ model: RuntimeModel) throws {
    let arrays = try inputs.arrays(for: model)
    for (index, port) in model.inputs.enumerated() where arrays[index] == nil {
      throw Failure("input '\(port.name)' \(shapeText(port.shape)) is not given; use --input \(port.name)=FILE.npy")
    }
    if let outputDir { try makeFolder(outputDir) }
    let session = try RuntimeSession(model, session.settings)
    for (index, array) in arrays.sorted(by: { $0.key < $1.key }) { try session.bindInput(index, array) }
    try session.run()
    var table = TextTable(">#", "output", "type", "shape", "smallest", "largest", "mean", "file")
    for (index, port) in model.outputs.enumerated() {
      let output = try session.output(index)
      var file = ""
      if let outputDir {
        file = URL(fileURLWithPath: outputDir).appendingPathComponent("\(index).npy").relativePath
        try NumpyFile.write(output, to: file)
      }
      let values = output.values
      let statistics = values.isEmpty ? ["", "", ""]
        : [values.min() ?? 0, values.max() ?? 0, values.reduce(0, +) / Double(values.count)].map(numberText)
      table.add(String(index), port.name, output.type.name, shapeText(output.shape), statistics[0], statistics[1], statistics[2], file)
    }
    print(table.text())
    if let counts = session.kunlunCounts { print("\n" + counts.text) }
  }

  /// Runs every test vector; throws where one differs too much.
  private func replay(_ model: RuntimeModel, path: String) throws {
    guard model.testVectorCount > 0 else { throw Failure("'\(source.model)' carries no test vectors") }
    let document = try ModelFileContents(path: path).document
    let session = try RuntimeSession(model, session.settings)
    var table = TextTable(">vector", "output", "shape", ">max abs", ">tolerance", "")
    var failures = 0
    for vector in 0..<model.testVectorCount {
      let entry = document.test_vectors.flatMap { $0.indices.contains(vector) ? $0[vector] : nil }
      let absolute = entry?.absolute_tolerance ?? 0.0001
      let relative = entry?.relative_tolerance ?? 0.001
      for index in model.inputs.indices {
        try session.bindInput(index, try model.testVector(vector, isOutput: false, index: index))
      }
      try session.run()
      for (index, port) in model.outputs.enumerated() {
        let output = try session.output(index)
        let expected = try model.testVector(vector, isOutput: true, index: index)
        let tolerance = "\(numberText(absolute)) + \(numberText(relative))|x|"
        if let mismatch = shapeMismatch(output, expected) {
          failures += 1
          table.add(String(vector), port.name, shapeText(output.shape), "-", tolerance, "FAILED: \(mismatch)")
          continue
        }
        let comparison = Comparison(output, expected, absoluteTolerance: absolute, relativeTolerance: relative)
        if comparison.mismatches > 0 { failures += 1 }
        table.add(String(vector), port.name, shapeText(output.shape), numberText(comparison.maximumAbsolute), tolerance,
          comparison.mismatches == 0 ? "ok" : "FAILED: \(comparison.mismatches) of \(output.elementCount) elements")
      }
    }
    print(table.text())
    guard failures == 0 else { throw Failure("\(failures) of \(model.testVectorCount * model.outputs.count) expected outputs differ by more than the tolerance") }
  }
}

/// Makes the folder and those above it.
func makeFolder(_ path: String) throws {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw Failure("cannot make the folder '\(path)': \(reason(error))")
  }
}
