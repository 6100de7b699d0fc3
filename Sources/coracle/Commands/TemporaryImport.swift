import Foundation
import Graph
import Importers

func importModel(at model: String, parameters: String?, zeroWeights: Bool) throws -> (graph: Graph, format: String) {
  let url = URL(fileURLWithPath: model)
  let data = try Data(contentsOf: url)
  let isPIR = data.first == UInt8(ascii: "{")
  return (try importPaddle(data, at: url, format: isPIR ? .pir : .legacy, parameters: parameters.map { URL(fileURLWithPath: $0) }, zeroWeights: zeroWeights),
    isPIR ? "Paddle PIR" : "Paddle legacy")
}
