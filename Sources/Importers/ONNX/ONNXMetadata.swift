// What an ONNX file says about itself. SPDX-License-Identifier: Apache-2.0
import Graph

extension ONNXModel {
  /// Keys that begin so tell where a model file comes from and are ours; the source model's own entries keep their keys.
  private static let reserved = "source."

  /// Who made the model and what it is called, then its own entries (metadata_props) in the file's order, less those whose keys are reserved.
  func metadata() -> [(key: String, value: String)] {
    let told = [
      ("producer", producerName), ("producer_version", producerVersion), ("domain", domain), ("model_version", modelVersion == 0 ? "" : String(modelVersion)),
      ("description", docString), ("graph", graph.name), ("graph_description", graph.docString),
    ]
    let own = metadataProps.filter { !$0.key.hasPrefix(Self.reserved) }.map { (key: $0.key, value: $0.value) }
    return told.filter { !$0.1.isEmpty }.map { (key: Self.reserved + $0.0, value: $0.1) } + own
  }
}
