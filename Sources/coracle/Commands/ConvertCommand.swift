// coracle convert. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Compiler
import Foundation
import Graph
import Importers

/// Converts a Paddle or ONNX model to a .coracle file.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert a Paddle or ONNX model to a .coracle file.",
    discussion: """
      The format is recognised from the content: Paddle 3's PIR (.json), Paddle's older program (.pdmodel), both with their parameters \
      beside them or given with --params, and ONNX (opset 7 to 21, external data too).

        coracle convert inference.json -o model.coracle
        coracle convert __model__ --params __params__ -o model.coracle
        coracle convert rec.onnx -o rec.coracle --input-shape x=1,3,48,320
        coracle convert rec.onnx -o rec.coracle --test-vectors reference/

      --input-shape fixes what a model leaves open, so that more is computed now and the memory plan is stored in the file. \
      --test-vectors takes input*.npy and output*.npy from a folder into the file, for `coracle run --verify` on the target. \
      A model with operators that are not known is refused with a list of all of them, and nothing is written.
      """)

  @Argument(help: "The source model.")
  var model: String

  @Option(name: .customLong("params"), help: "The parameters of a Paddle model, where they do not lie beside it.")
  var parameters: String?

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String

  @Option(help: ArgumentHelp("Fixes the shape of an input; -1 leaves an extent open. Can be repeated.", valueName: "name=1,3,48,320"))
  var inputShape: [NamedShape] = []

  @Option(help: "The stock hardware profile that the file is made for. (default: any machine)")
  var profile: String?

  @Option(help: ArgumentHelp("A folder with inputs and expected outputs to store in the file.", valueName: "dir"))
  var testVectors: String?

  @Flag(help: .hidden)
  var zeroWeights = false
}

extension ConvertCommand {
  func run() throws { throw Failure("converting is not built in yet") }
}
