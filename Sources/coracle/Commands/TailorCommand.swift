// coracle tailor. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Says what a library for certain models must hold, and builds it.
struct TailorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tailor",
    abstract: "Build a library with only the operators, functions and kernels that models need.",
    discussion: """
      Prints the operators and kernels of the models, and CMake's options for a library with only those; with --build, builds it. Other models \
      are refused by such a library with a sentence that names the operator or the function. It knows no profiles but that of the machine it \
      runs on, unless --profiles asks for them.

        coracle tailor mobilenet_v2.coracle
        coracle tailor det.coracle rec.coracle --target aarch64 --build build-ocr

      --build needs Coracle's sources, CMake and the Swift compiler.
      """)

  enum Target: String, ExpressibleByArgument, CaseIterable {
    case x8664 = "x86-64"
    case aarch64

    static var here: Target {
      #if arch(arm64)
      .aarch64
      #else
      .x8664
      #endif
    }
  }

  @Argument(help: "Converted models, or source models, which are converted to temporary files first.")
  var models: [String]

  @Option(help: "The processor that the library is for: x86-64 or aarch64. (default: this machine's)")
  var target = Target.here

  @Option(help: ArgumentHelp("Build the library in this folder.", valueName: "folder"))
  var build: String?

  @Option(help: ArgumentHelp("Coracle's sources.", valueName: "folder"))
  var sources = "."

  @Flag(help: "Keep the stock profiles and the reader of others.")
  var profiles = false

  @Flag(help: "Print JSON.")
  var json = false

  private struct Report: Encodable {
    let models: [String]
    let target: String
    let operators: [Tailoring.Operator]
    let cmakeOptions: [String]
    let libraryBytes: Int?
  }

  func run() throws {
    var tailoring = Tailoring()
    for path in models {
      try withModelFile(path, parameters: nil) { file in
        let report = FileReport(try ModelFileContents(path: file), shownAs: path)
        let model = try RuntimeModel(path: file, trustWeights: true)
        let isOpen = model.inputs.contains { $0.shape.contains(-1) }
        let plan = isOpen ? nil : try planned(model)
        tailoring.add(report, plan: plan)
      }
    }
    // AArch64 has its vectors in the baseline; an x86-64 machine may be without those of the tuned sets. Half precision is for those who ask for it.
    let options = tailoring.cmakeOptions(alwaysTuned: target == .aarch64, profiles: profiles) + (target == .aarch64 ? ["-DCORACLE_INSTRUCTION_SETS=neon"] : []) + toolchain
    let bytes = try build.map { try built(in: $0, options) }
    guard !json else {
      return try printJSON(Report(models: models, target: target.rawValue, operators: tailoring.operators, cmakeOptions: options, libraryBytes: bytes))
    }
    print(tailoring.table())
    print("\nCMake's options for \(target.rawValue):\n" + options.map { "  '\($0)'" }.joined(separator: "\n"))
    if let build, let bytes { print("\n\(build)/libcoracle.so: \(byteText(UInt64(bytes)))") }
  }

  private func planned(_ model: RuntimeModel) throws -> PlanReport {
    let session = try RuntimeSession(model, SessionSettings())
    try session.prepare()
    return try PlanReport(session, inputShapes: model.inputs.map(\.shape))
  }

  /// The option for building for another processor than this one's.
  private var toolchain: [String] {
    target == .here || target != .aarch64 ? [] : ["-DCMAKE_TOOLCHAIN_FILE=\(absolute(sources))/cmake/toolchains/aarch64-linux-gnu.cmake"]
  }

  /// Builds the library, and returns the size of libcoracle.so.
  private func built(in folder: String, _ options: [String]) throws -> Int {
    guard FileManager.default.fileExists(atPath: sources + "/cmake/TailoredOperators.cmake") else {
      throw Failure("Coracle's sources are not in '\(sources)': say where with --sources")
    }
    try cmake(["-S", sources, "-B", folder, "-DCORACLE_TESTS=OFF", "-DCORACLE_EXAMPLES=OFF"] + options)
    try cmake(["--build", folder])
    let library = URL(fileURLWithPath: folder).appendingPathComponent("libcoracle.so").resolvingSymlinksInPath().path
    return (try FileManager.default.attributesOfItem(atPath: library)[.size] as? Int) ?? 0
  }

  private func cmake(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["cmake"] + arguments
    // What it says belongs to the error stream: the result alone is the output.
    process.standardOutput = FileHandle.standardError
    do {
      try process.run()
    } catch {
      throw Failure("cannot start cmake: \(error.localizedDescription)")
    }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure("cmake ended with code \(process.terminationStatus)") }
  }

  private func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}
