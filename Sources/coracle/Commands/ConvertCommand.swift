// coracle convert. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CCoracle
import Compiler
import Foundation
import Graph
import Importers
import ModelFile

/// Converts a Paddle or ONNX model to a .coracle file.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert a Paddle or ONNX model to a .coracle file.",
    discussion: """
      The format is recognised from the content: Paddle 3's PIR (.json), Paddle's older program (.pdmodel), both with their parameters \
      beside them or given with --params, and ONNX (opset 6 to 21, external data too).

        coracle convert inference.json -o model.coracle
        coracle convert __model__ --params __params__ -o model.coracle
        coracle convert rec.onnx -o rec.coracle --input-shape x=1,3,48,320
        coracle convert rec.onnx -o rec.coracle --test-vectors reference/
        coracle convert resnet50.onnx -o resnet50.coracle --profile native --tune

      --input-shape fixes what a model leaves open, so that more is computed now and the memory plan is stored in the file. \
      --test-vectors takes input*.npy and output*.npy from a folder into the file, for `coracle run --verify` on the target. \
      --profile native stores weights as the kernels of this machine read them, so that they are mapped and not packed again; the file \
      still runs elsewhere. --weights float16 stores large weights in half the bytes; sessions make float32 of them, and compute with that. \
      --memory-budget, or the profile's, is a promise: a session of the file takes no more, or nothing is written. \
      --tune measures on this machine which kernel is the fastest for each convolution and stores the choice. \
      A model with operators that are not known is refused with a list of all of them, and nothing is written.
      """)

  @Argument(help: "The source model: a file, or the folder of a Paddle model.")
  var model: String

  @Option(name: .customLong("params"), help: "The parameters of a Paddle model, where they do not lie beside it.")
  var parameters: String?

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String

  @Option(help: ArgumentHelp("Fixes the shape of an input; -1 leaves an extent open. Can be repeated.", valueName: "name=1,3,48,320"))
  var inputShape: [NamedShape] = []

  @Option(help: "The hardware profile that the file is made for: a stock one's name, a JSON file, or 'native': this machine, whose kernels then find their weights packed. (default: any machine)")
  var profile: String?

  @Option(help: "The type in which large float32 weights are stored: float32, or float16 for half the bytes, rounded to 11 bits. Runs compute in float32.")
  var weights = WeightType.float32

  @Option(help: ArgumentHelp("Most memory that a session may take, such as 8M; the first operators run stripe by stripe where it takes that. (default: the profile's)",
    valueName: "bytes"))
  var memoryBudget: ByteCount?

  @Flag(help: "Measure which kernel is the fastest for each convolution and store the choice; with --profile native. Takes seconds to minutes.")
  var tune = false

  @Option(help: ArgumentHelp("A folder with inputs and expected outputs to store in the file.", valueName: "dir"))
  var testVectors: String?

  @Flag(help: .hidden)
  var zeroWeights = false

  func validate() throws {
    if tune && profile != "native" { throw ValidationError("--tune measures the kernels of this machine: it needs --profile native.") }
  }

  func run() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let file = try modelFile(at: URL(fileURLWithPath: model))
    guard URL(fileURLWithPath: output).resolvingSymlinksInPath() != file.resolvingSymlinksInPath() else {
      throw Failure("'\(output)' is the source model itself")
    }
    var hardware = try profile.map(hardwareProfile)
    if let memoryBudget {
      if hardware == nil { hardware = try hardwareProfile("native") }
      hardware?.memory_budget = memoryBudget.bytes
    }
    var shapes: [String: [Int]] = [:]
    for entry in inputShape where shapes.updateValue(entry.shape, forKey: entry.name) != nil {
      throw Failure("--input-shape gives input '\(entry.name)' twice")
    }
    ProgressBar.show(0, "reading \(file.lastPathComponent)")
    let format: ModelFormat
    do {
      format = try modelFormat(of: try Data(contentsOf: file, options: .mappedIfSafe))
    } catch let error as CocoaError {
      throw Failure("cannot read '\(file.relativePath)': \(reason(error))")
    }
    let graph = try importModel(at: file.path, parameters: parameters, zeroWeights: zeroWeights)
    if let shape = shapes.removeValue(forKey: "") {
      guard graph.inputs.count == 1, let input = graph.inputs.first, shapes.isEmpty else {
        throw Failure("the model has \(graph.inputs.count) inputs (\(graph.inputs.map(\.name).joined(separator: ", "))): say which, as NAME=…")
      }
      shapes[input.name] = shape
    }
    let vectors = try testVectors.map { [try testVector(in: $0, for: graph)] } ?? []
    let options = CompileOptions(
      inputShapes: shapes, profile: profile, hardware: hardware, packsWeights: profile == "native",
      halvesWeights: weights == .float16, measuresConvolutions: tune,
      metadata: [("source.format", format.name), ("source.file", file.lastPathComponent)],
      testVectors: vectors, progress: { ProgressBar.show(0.2 + 0.6 * $0, $1) })
    let compiled = try compile(graph, options: options)
    try compiled.write(to: output) { ProgressBar.show(0.8 + 0.2 * $0, "writing") }
    ProgressBar.clear()
    for warning in compiled.warnings { writeError("warning: \(warning)") }
    let seconds = clock.now - start
    let statistics = compiled.statistics
    var table = TextTable("", "")
    table.add("source", format.name)
    table.add("operators", "\(statistics.nodesBefore) → \(statistics.nodesAfter)")
    table.add("weights", byteText(statistics.weightBytes) + (statistics.halves > 0 ? ", \(statistics.halves) tensors of them as float16" : ""))
    table.add("arena", statistics.arenaBytes > 0 ? byteText(statistics.arenaBytes) : "planned when shapes are known")
    if let fit = statistics.memoryFit { table.add("memory", fit.text) }
    if let tuning = statistics.tuning { table.add("tuned", tuning.text) }
    if !vectors.isEmpty { table.add("test vectors", String(vectors.count)) }
    table.add("file", byteText(compiled.byteCount))
    table.add("time", String(format: "%.2f s", Double(seconds.components.seconds) + Double(seconds.components.attoseconds) * 1e-18))
    print("\(model) → \(output)\n\(table.text())")
  }

  /// The arrays of a folder: input*.npy in the order of the inputs, output*.npy in the order of the outputs.
  private func testVector(in folder: String, for graph: Graph) throws -> TestVector {
    let reference = ReferenceFolder(path: folder)
    let inputs = try graph.inputs.enumerated().map { index, value in
      guard let path = reference.input(index, name: value.name) else {
        throw Failure("'\(folder)' has no input\(index).npy for input '\(value.name)'")
      }
      let array = try NumpyFile.read(path)
      let wanted = HostType(rawValue: coracle_element_type(value.type.rawValue))
      return try (wanted.map { try array.converted(to: $0, name: value.name) } ?? array).constant
    }
    let outputs = try graph.outputs.enumerated().map { index, value in
      guard let path = reference.output(index, name: value.name) else {
        throw Failure("'\(folder)' has no output\(index).npy for output '\(value.name)'")
      }
      return try NumpyFile.read(path).constant
    }
    return TestVector(inputs: inputs, outputs: outputs)
  }
}

/// How the file holds float32 weights.
enum WeightType: String, ExpressibleByArgument, CaseIterable {
  case float32, float16
}

/// "4096", "512K", "8M" or "1G".
struct ByteCount: ExpressibleByArgument {
  let bytes: UInt64

  init?(argument: String) {
    let shifts: [Character: UInt64] = ["K": 10, "M": 20, "G": 30]
    let shift = argument.last.flatMap { shifts[Character($0.uppercased())] }
    guard let number = UInt64(shift == nil ? argument[...] : argument.dropLast()), number > 0, number < 1 << 30 else { return nil }
    bytes = number << (shift ?? 0)
  }
}

extension MemoryFitReport {
  /// What was done, what it saves and what it costs.
  fileprivate var text: String {
    let saved = "a session takes \(byteText(bytesAfter)) instead of \(byteText(bytesBefore))"
    guard stripes > 0 else { return "\(saved): \(joined) more convolutions joined" }
    return "\(saved): \(joined) more convolutions joined, the first \(operators) operators in \(stripes) stripes, \(shareText(repeated)) of their rows computed twice"
  }
}

extension TuningReport {
  /// How many layers changed, and what that saves.
  fileprivate var text: String {
    guard measured > 0 else { return "no convolution has a choice of kernels" }
    guard changed > 0 else { return "\(measured) convolutions measured: the cost model's choices are the fastest" }
    return "\(changed) of \(measured) measured convolutions changed: \(millisecondText(Double(saved) / 1e6)) of \(millisecondText(Double(runTime) / 1e6)) ms "
      + "saved (\(shareText(Double(saved) / Double(runTime))))"
  }
}

extension HostTensor {
  /// The same elements for the converter.
  fileprivate var constant: Constant {
    Constant(type: ElementType(rawValue: UInt8(truncatingIfNeeded: type.rawValue)) ?? .none, shape: shape,
      bytes: Data(UnsafeRawBufferPointer(rebasing: memory.bytes[0..<byteCount])))
  }
}
