// Importing Paddle models.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph

/// Which of Paddle's two program formats a file has.
package enum PaddleFormat {
  /// Paddle 3: json.
  case pir
  /// Paddle 1 and 2: ProgramDesc protobuf.
  case legacy
}

/// Reads a Paddle inference model and its weights.
///
/// - Parameters:
///   - model: the program, as it lies in its file.
///   - path: where it lies, to find the weights beside it (`.pdiparams`, `__params__`, or one file a weight) and for the graph's name.
///   - parameters: the file of the weights, or the folder of one file a weight; nil: what lies beside the model.
///   - zeroWeights: take every weight as zeros and read none.
/// - Throws: `ImportError` with a sentence, for files that are broken or do not belong together and for what has no counterpart here.
package func importPaddle(_ model: Data, at path: URL, format: PaddleFormat, parameters: URL? = nil, zeroWeights: Bool = false) throws -> Graph {
  let program = switch format {
  case .pir: try PIRReader.read(model)
  case .legacy: try LegacyReader.read(model)
  }
  let source: ParameterSource = zeroWeights ? .zeros : .beside(model: path, named: parameters)
  let lowering = PaddleLowering(program, tensors: try source.tensors(for: program.parameters), name: path.deletingPathExtension().lastPathComponent)
  return try lowering.lower()
}
