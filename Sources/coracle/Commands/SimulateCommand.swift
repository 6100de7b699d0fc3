// coracle simulate. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Graph
import KunlunTiming

/// Says how long a model takes on a Kunlun card that is not here, and why.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulate the time, traffic and memory of a model on a Kunlun card.",
    discussion: """
      Nothing is computed: each operator's time follows from shapes, types and where its tensors lie. docs/kunlun.md has the equations and compares them with \
      published measurements.

        coracle simulate resnet50.onnx --profile kunlun-r200
        coracle simulate resnet50.onnx --profile kunlun-k200 --precision int8 --batch 16 --devices 2
        coracle simulate model.coracle --profile kunlun-r200 --host arm64 --html report.html --trace trace.json
        coracle simulate resnet50.onnx --compare kunlun-k200,kunlun-r200

      Exit codes: 0 success; 1 the model does not fit the card, the card does not compute at that precision, or a profile is impossible.
      """)

  @OptionGroup var source: ModelArguments
  @OptionGroup var shapes: ShapeArguments
  @Option(help: "The card: a stock profile's name (kunlun-k100, kunlun-k200, kunlun-r100, kunlun-r200, kunlun-r200-3vf), or a JSON file. (default: kunlun-r200)")
  var profile: String?
  @Option(help: "Simulate on several cards and print them side by side.")
  var compare: String?
  @Option(help: "The host that hands operators over: x86, arm64, library (calls without a framework), or a JSON file.")
  var host = "x86"
  @OptionGroup var card: CardArguments
  @Flag(help: "Print JSON, with every operator.")
  var json = false
  @Option(help: ArgumentHelp("Write a page with tables, a timeline and a roofline plot.", valueName: "out.html"))
  var html: String?
  @Option(help: ArgumentHelp("Write a trace for Perfetto or chrome://tracing.", valueName: "out.json"))
  var trace: String?

  func validate() throws {
    if profile != nil && compare != nil { throw ValidationError("--profile and --compare exclude each other.") }
    if compare != nil && (html != nil || trace != nil) { throw ValidationError("--html and --trace show one card: they need --profile.") }
  }

  func run() throws {
    let names = compare.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } } ?? [profile ?? "kunlun-r200"]
    let host = try HostProfile.named(self.host)
    let cards = try names.map { ($0, try CardProfile.named($0)) }
    for (name, profile) in cards where !profile.isValidated { writeError("warning: no published measurement checks the figures of \(name)") }
    let graph = try withModelFile(source.model, parameters: source.parameters) { try plannedGraph($0, shapes: shapes.shapes) }
    let reports = try cards.map { name, profile in
      try SimulationReport(graph, model: source.model, profile: name, card: profile, host: host, options: try card.options(on: profile))
    }
    for report in reports { for warning in report.simulation.program.warnings { writeError("warning: \(warning)") } }
    if let trace { try write(try SimulationTrace(reports[0].simulation).json(), to: trace) }
    if let html { try write(SimulationPage(reports[0]).html(), to: html) }
    if json {
      compare == nil ? try printJSON(reports[0]) : try printJSON(["cards": reports])
    } else {
      print(compare == nil ? reports[0].text() : SimulationReport.comparison(reports))
    }
  }

  private func write(_ text: String, to path: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch { throw Failure("cannot write '\(path)': \(reason(error))") }
  }
}

/// How the card's runtime is set up; names are its own where it has the option.
struct CardArguments: ParsableArguments {
  @Option(name: [.customLong("precision"), .customLong("gemm-compute-precision")],
    help: "What products are computed in: int8, int16, int31, int31_with_ll, float16, tfloat32, float32; or the runtime's 0, 1, 2 for the first three.")
  var precision = "int16"
  @Option(help: "Samples of a run, as a multiple of the model's own.")
  var batch = 1
  @Option(help: "Devices of the card that share the batch.")
  var devices = 1
  @Option(help: "The device to run on, where the card has several; they are alike.")
  var deviceId = 0
  @Option(name: .customLong("l3-size"), help: ArgumentHelp("Memory on the chip that the run may use, such as 16M. (default: all)", valueName: "bytes"))
  var l3Size: ByteCount?
  @Option(name: .customLong("l3-autotune-size"), help: ArgumentHelp("How much of it for activations between operators; the rest is for operators themselves. (default: all)", valueName: "bytes"))
  var l3AutotuneSize: ByteCount?
  @Flag(name: .customLong("no-l3-autotune"), help: "Keep activations between operators in global memory.")
  var noL3Autotune = false
  @Option(help: "Above 0, convolutions run in the cheaper of two loop orders, as the library's search finds it: 0 to 9.")
  var convAutotuneLevel = 0
  @Option(help: "The same for matrix products.")
  var fcAutotuneLevel = 0
  @Option(name: .customLong("disable-pass"), help: ArgumentHelp("Leave a pass out: \(CardPass.allCases.map(\.rawValue).joined(separator: ", ")). Can be repeated.", valueName: "pass"))
  var disabledPasses: [String] = []

  func options(on card: CardProfile) throws -> SimulationOptions {
    var options = SimulationOptions()
    guard let precision = Precision(option: precision) else {
      throw Failure("there is no precision '\(self.precision)'; there are \(Precision.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard (1...1_000_000).contains(batch) else { throw Failure("--batch is 1 to 1000000, not \(batch)") }
    guard (0..<card.devices).contains(deviceId) else { throw Failure("there is no device \(deviceId): the card has \(card.devices)") }
    guard (0...9).contains(convAutotuneLevel), (0...9).contains(fcAutotuneLevel) else { throw Failure("an autotune level is 0 to 9") }
    (options.convAutotuneLevel, options.fcAutotuneLevel) = (convAutotuneLevel, fcAutotuneLevel)
    (options.precision, options.batch, options.devices) = (precision, batch, devices)
    options.l3Size = l3Size.map { Double($0.bytes) }
    options.l3AutotuneSize = noL3Autotune ? 0 : l3AutotuneSize.map { Double($0.bytes) }
    for name in disabledPasses {
      guard let pass = CardPass(rawValue: name) else {
        throw Failure("there is no pass '\(name)'; there are \(CardPass.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      options.leftOut.insert(pass)
    }
    return options
  }
}
