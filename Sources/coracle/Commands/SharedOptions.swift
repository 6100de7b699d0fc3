// Options that several commands share. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// The model, converted or not.
struct ModelArguments: ParsableArguments {
  @Argument(help: "A .coracle file, or a source model (Paddle .json or .pdmodel, .onnx), which is converted to a temporary file first.")
  var model: String

  @Option(name: .customLong("params"), help: "For a Paddle source model: its parameters file, where it does not lie beside it.")
  var parameters: String?
}

/// How a session runs.
struct SessionArguments: ParsableArguments {
  @Option(help: "Threads of a run, this one included. (default: as many as the profile says)")
  var threads: Int?

  @Option(help: "The backend to use, or several in the order of preference, separated by commas. kunlun is the Kunlun XPU simulator.")
  var backend: String?

  @Option(help: "The hardware profile to size the run by: a stock one's name, or a JSON file; kunlun-k200 and its like choose the card that is simulated. (default: the machine as detected)")
  var profile: String?

  @Option(help: "With --backend kunlun, what matrix products are computed in: \(KunlunSimulator.precisionNames).")
  var precision: String?

  @Flag(help: "With --backend kunlun, weights are rounded by the maximum of each output channel instead of the whole tensor's.")
  var perChannel = false

  /// Whether the Kunlun XPU simulator takes part: by its name, or because the profile is a card's.
  private var simulates: Bool { backend.map { $0.split(separator: ",").contains("kunlun") } ?? KunlunSimulator.isCard(profile) }

  var settings: SessionSettings {
    get throws {
      var settings = SessionSettings(threads: threads ?? 0, backends: backend, profile: profile)
      guard simulates else { return settings }
      settings.kunlun = try KunlunSimulator.settings(precision: precision, profile: profile, isPerChannel: perChannel)
      // Alone it has no kernel for most operators; the processor has.
      if backend == "kunlun" { settings.backends = "kunlun,tuned,generic" }
      return settings
    }
  }

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024.") }
    if !simulates, precision != nil || perChannel { throw ValidationError("--precision and --per-channel need --backend kunlun.") }
  }
}

/// `--shape` of the commands that run without given arrays.
struct ShapeArguments: ParsableArguments {
  @Option(name: .customLong("shape"), help: ArgumentHelp(
    "The shape of an input that the model leaves open; the name may be left out where there is one input. Can be repeated.",
    valueName: "name=1,3,48,320"))
  var shapes: [NamedShape] = []
}

/// "x=1,3,48,320", or "1,3,48,320" for a single input; "x=" is a scalar; -1 is an open extent.
struct NamedShape: ExpressibleByArgument {
  let name: String
  let shape: [Int]

  init(name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }

  init?(argument: String) {
    let separator = argument.lastIndex(of: "=")
    name = separator.map { String(argument[..<$0]) } ?? ""
    let list = separator.map { argument[argument.index(after: $0)...] } ?? argument[...]
    var extents: [Int] = []
    if !(list.isEmpty && separator != nil) {
      for part in list.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "," || $0 == "x" }) {
        guard let extent = Int(part.trimmingCharacters(in: .whitespaces)), extent >= -1, extent <= Int(Int32.max) else { return nil }
        extents.append(extent)
      }
    }
    guard extents.count <= 8, separator == nil || !name.isEmpty else { return nil }
    shape = extents
  }
}

/// The shape of each input: as given, else the model's with an open first extent taken as 1.
/// Throws where another extent stays open; `option` names the option for the sentence.
func concreteShapes(_ model: RuntimeModel, given: [NamedShape], option: String = "--shape") throws -> [[Int]] {
  var shapes = model.inputs.map(\.shape)
  var isGiven = [Bool](repeating: false, count: shapes.count)
  for entry in given {
    let index = try model.inputIndex(entry.name)
    guard !isGiven[index] else { throw Failure("\(option) gives input '\(model.inputs[index].name)' twice") }
    guard !entry.shape.contains(-1) else { throw Failure("\(option) leaves an extent of input '\(model.inputs[index].name)' open") }
    isGiven[index] = true
    shapes[index] = entry.shape
  }
  for index in shapes.indices where !isGiven[index] {
    if shapes[index].first == -1 { shapes[index][0] = 1 }
    guard !shapes[index].contains(-1) else {
      let port = model.inputs[index]
      throw Failure("input '\(port.name)' is \(shapeText(port.shape)) with open extents; give them, as \(option) \(port.name)=…")
    }
  }
  return shapes
}

/// `--input`, "NAME=FILE.npy" or "FILE.npy".
struct InputArguments: ParsableArguments {
  @Option(name: .customLong("input"), help: ArgumentHelp(
    "An input as a NumPy file; the name may be left out where there is one input. Can be repeated.", valueName: "name=file.npy"))
  var inputs: [String] = []

  /// The arrays by input index, converted to the model's types. Throws where a name is unknown, given twice, or a file is unreadable.
  func arrays(for model: RuntimeModel) throws -> [Int: HostTensor] {
    var result: [Int: HostTensor] = [:]
    for argument in inputs {
      var name = ""
      var path = argument
      if !FileManager.default.fileExists(atPath: argument), let separator = argument.firstIndex(of: "=") {
        // A name may contain "=" itself: the longest one that the model knows wins.
        let known = model.inputs.map(\.name).filter { argument.hasPrefix($0 + "=") }.max { $0.count < $1.count }
        name = known ?? String(argument[..<separator])
        path = String(argument.dropFirst(name.count + 1))
      }
      let index = try model.inputIndex(name)
      let port = model.inputs[index]
      guard result[index] == nil else { throw Failure("--input gives '\(port.name)' twice") }
      result[index] = try NumpyFile.read(path).converted(to: port.type, name: port.name)
    }
    return result
  }
}
