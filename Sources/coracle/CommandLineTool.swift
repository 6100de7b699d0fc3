// The entry point: parses, runs, and turns every failure into one line. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CCoracle
import Foundation

/// `coracle`: converts models, and looks at, runs, times and checks converted ones.
@main
struct CommandLineTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coracle",
    abstract: "Runs trained neural networks on small computers.",
    discussion: """
      A Paddle or ONNX model is converted once into a .coracle file; that file is what the C library loads. The other commands \
      also accept the source model itself and then convert it to a temporary file first.

        coracle convert inference.json -o model.coracle
        coracle inspect model.coracle --plan
        coracle run model.coracle --input x.npy --output-dir out
        coracle bench model.coracle --threads 2 --ops

      `coracle help COMMAND` explains a command. Exit codes: 0 success, 1 failure (one line on the error stream), 64 wrong usage.
      """,
    version: "\(String(cString: coracle_version())) (\(String(cString: coracle_build_description())))",
    subcommands: [
      ConvertCommand.self, InspectCommand.self, RunCommand.self, BenchCommand.self, CompareCommand.self, FitCommand.self, TailorCommand.self,
      SimulateCommand.self, ProfileCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot(repeatedOptions(Array(CommandLine.arguments.dropFirst())))
      try command.run()
    } catch let failure as Failure {
      end(failure.message)
    } catch {
      let code = exitCode(for: error)
      // Help and version are "errors" of ArgumentParser too, and a bare exit code has been explained already.
      if code == .success || error is ExitCode { exit(withError: error) }
      if code == .validationFailure {
        let text = fullMessage(for: error)
        writeError(text.hasPrefix("Error: ") ? "coracle: " + text.dropFirst("Error: ".count) : text)
        Foundation.exit(code.rawValue)
      }
      end(Failure(error).message)
    }
  }

  private static func end(_ message: String) -> Never {
    ProgressBar.clear()
    writeError("coracle: \(message)")
    Foundation.exit(ExitCode.failure.rawValue)
  }

  /// Lets one `--input a=1.npy b=2.npy` stand for `--input a=1.npy --input b=2.npy`: after a value of one of the options that
  /// can be repeated, each further word that contains "=" is another value of it.
  static func repeatedOptions(_ arguments: [String]) -> [String] {
    let repeatable: Set = ["--input", "--input-shape", "--shape"]
    var result: [String] = []
    var option: String?
    for (index, argument) in arguments.enumerated() {
      if argument.hasPrefix("-") {
        option = repeatable.contains(argument) ? argument : nil
      } else if let option, index > 0, arguments[index - 1] != option {
        if argument.contains("=") { result.append(option) }
      }
      result.append(argument)
    }
    return result
  }
}
