// Models whose bytes are sound (checksums, FlatBuffers) and whose meaning is not. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI
import Foundation
import Graph
import ModelFile
import ModelText
import XCTest

@testable import Compiler

final class HostileModelTests: XCTestCase {
  /// Convolution, pool, reshape, matmul, slice, concat, gather, resize, loop and conditional: attributes of many kinds.
  private func sample() -> Graph {
    let graph = Graph(name: "sample")
    let x = Value(name: "x", type: .float32, shape: [1, 6, 6, 2])
    let n = Value(name: "n", type: .int64, shape: [])
    graph.inputs = [x, n]
    var counter = 0
    func node(_ code: OperatorCode, _ inputs: [Value?], _ attributes: [String: Attribute] = [:]) -> Value {
      counter += 1
      let y = Value(name: "t\(counter)")
      graph.nodes.append(Node(code, name: "n\(counter)", inputs: inputs, outputs: [y], attributes: attributes))
      return y
    }
    func constant(_ shape: [Int]) -> Value {
      Value(name: "c\(shape)", constant: Constant(shape: shape, floats: (0..<shape.reduce(1, *)).map { Float($0 % 5) - 2 }))
    }
    func integers(_ values: [Int]) -> Value { Value(name: "i\(values)", constant: Constant(shape: [values.count], integers: values)) }
    let a = node(.convolution, [x, constant([3, 3, 2, 4]), constant([4])],
      ["strides": .integers([1, 1]), "padding_begin": .integers([1, 1]), "padding_end": .integers([1, 1]), "dilations": .integers([1, 1]),
       "groups": .integer(1), "activation": .activation(function: "relu", alpha: 0, beta: 0)])
    let b = node(.pool, [a], ["kernel": .integers([2, 2]), "strides": .integers([2, 2]), "function": .member("average")])
    let c = node(.resize, [b], ["sizes": .integers([6, 6]), "mode": .member("linear")])
    let d = node(.transpose, [c], ["permutation": .integers([0, 3, 1, 2])])
    let e = node(.slice, [d], ["axes": .integers([1]), "starts": .integers([1]), "ends": .integers([3]), "steps": .integers([1])])
    let f = node(.pad, [e], ["pads": .integers([0, 0, 0, 1, 0, 0, 0, 1])])
    let g = node(.concat, [f, f], ["axis": .integer(1)])
    let h = node(.reshape, [g, integers([4, -1])], [:])
    let i = node(.matmul, [h, constant([48, 5])], ["scale": .float(0.5)])
    let j = node(.softmax, [i], ["axis": .integer(-1)])
    let k = node(.gather, [j, integers([3, 0])], ["axis": .integer(0)])
    let l = node(.topK, [k], ["k": .integer(2), "axis": .integer(-1)])
    let m = node(.tile, [l], ["repeats": .integers([2, 1])])
    let o = node(.expand, [m], ["shape": .integers([3, 4, 2])])
    let sum = node(.reduce, [o], ["axes": .integers([0]), "function": .member("mean")])
    let body = Graph(name: "body")
    let step = Value(name: "s", type: .int64, shape: []), go = Value(name: "go", type: .boolean, shape: []), p = Value(name: "p", type: .float32)
    let q = Value(name: "q")
    body.inputs = [step, go, p]
    body.nodes = [Node(.binary, name: "inner", inputs: [p, sum], outputs: [q], attributes: ["function": .member("add")])]
    body.outputs = [go, q]
    let y = Value(name: "y")
    graph.nodes.append(Node(.loop, name: "loop", inputs: [n, nil, sum], outputs: [y], attributes: ["body": .graph(body)]))
    graph.outputs = [y]
    return graph
  }

  private static let unchanged = "the sample itself"

  /// Opens, plans and runs `file`; a failure must be a status with a sentence. Gives whether it ran.
  private func attempt(_ file: Data, _ what: String) -> Bool {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: file.count, alignment: 64)
    defer { memory.deallocate() }
    file.copyBytes(to: memory.assumingMemoryBound(to: UInt8.self), count: file.count)
    var model: OpaquePointer?
    var session: OpaquePointer?
    defer {
      coracle_session_destroy(session)
      coracle_model_destroy(model)
    }
    do {
      try call { coracle_model_open_memory(memory, file.count, nil, &model, $0) }
      var options = coracle_session_options()
      options.struct_size = UInt32(MemoryLayout<coracle_session_options>.size)
      options.thread_count = 1
      options.memory_budget = 64 << 20
      // Trip counts come from memory that nobody wrote: end what takes long.
      let end = UnsafeMutablePointer<Double>.allocate(capacity: 1)
      end.pointee = Date().timeIntervalSince1970 + 2
      defer { end.deallocate() }
      options.cancel_user_data = UnsafeMutableRawPointer(end)
      options.cancel = { Date().timeIntervalSince1970 > $0!.load(as: Double.self) ? 1 : 0 }
      try call { coracle_session_create(model, &options, &session, $0) }
      for index in 0..<coracle_model_input_count(model) {
        var view = coracle_tensor.sized
        try call { coracle_session_input(session, index, &view, $0) }
        if let data = view.data { memset(data, 0, view.byte_count) }
      }
      try call { coracle_session_run(session, $0) }
      return true
    } catch {
      XCTAssertTrue(error is CallFailure, "\(what): \(error)")
      if what == Self.unchanged { XCTFail("\(error)") }
      return false
    }
  }

  /// `original` with another program, its checksums made right.
  private func file(_ original: Data, program json: String) -> Data? {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    if let failure = model_text_parse(json, &bytes, &count) {
      model_text_free(failure)
      return nil
    }
    guard let bytes else { return nil }
    defer { model_text_free(bytes) }
    let firstSegment = original.withUnsafeBytes { raw in
      (1..<(original.count / 4096)).first { $0 * 4096 >= Int(raw.load(fromByteOffset: 16, as: UInt64.self)) }.map { $0 * 4096 } ?? original.count
    }
    guard 64 + count - 8 <= firstSegment else { return nil }
    var result = original
    result.replaceSubrange(64..<firstSegment, with: Data(count: firstSegment - 64))
    result.replaceSubrange(64..<(64 + count - 8), with: UnsafeBufferPointer(start: bytes + 8, count: count - 8))
    result.withUnsafeMutableBytes { raw in
      let root = UnsafeRawPointer(bytes).loadUnaligned(as: UInt32.self)
      raw.storeBytes(of: root + 56, toByteOffset: 0, as: UInt32.self)
      raw.storeBytes(of: UInt64(64 + count - 8), toByteOffset: 16, as: UInt64.self)
      raw.storeBytes(of: checksum64(UnsafeRawBufferPointer(rebasing: raw[64..<firstSegment])), toByteOffset: 32, as: UInt64.self)
      raw.storeBytes(of: checksum64(UnsafeRawBufferPointer(rebasing: raw[0..<40])), toByteOffset: 40, as: UInt64.self)
    }
    return result
  }

  /// Every number of the program becomes, in turn, each of a list of bad values.
  func testEveryNumberOfTheProgram() throws {
    let memory = try MemoryModel.whole(sample())
    let original = Data(bytes: memory.bytes.baseAddress!, count: memory.bytes.count)
    let json = try original.withUnsafeBytes { raw in
      let text = try XCTUnwrap(model_text_print(raw.baseAddress))
      defer { model_text_free(text) }
      return String(cString: text)
    }
    XCTAssertTrue(attempt(try XCTUnwrap(file(original, program: json)), Self.unchanged))
    let numbers = try NSRegularExpression(pattern: "(?<=[:\\[,\\s])-?[0-9]+(\\.[0-9]+)?(?=[,\\s\\]}])")
      .matches(in: json, range: NSRange(json.startIndex..., in: json))
    XCTAssertGreaterThan(numbers.count, 100)
    var tried = 0
    for number in numbers {
      guard let range = Range(number.range, in: json) else { continue }
      for bad in ["-1", "0", "1", "3", "7", "255", "-2147483648", "2147483647", "1000000000000", "9223372036854775807", "-9223372036854775808"] {
        guard let mutant = file(original, program: json.replacingCharacters(in: range, with: bad)) else { continue }
        _ = attempt(mutant, "number at \(number.range.location) is \(bad)")
        tried += 1
      }
    }
    XCTAssertGreaterThan(tried, 1000)
  }

  /// Every operator name becomes another: inputs, counts and attributes no longer fit.
  func testEveryOperatorBecomesAnother() throws {
    let memory = try MemoryModel.whole(sample())
    let original = Data(bytes: memory.bytes.baseAddress!, count: memory.bytes.count)
    let json = try original.withUnsafeBytes { raw in
      let text = try XCTUnwrap(model_text_print(raw.baseAddress))
      defer { model_text_free(text) }
      return String(cString: text)
    }
    let names = try NSRegularExpression(pattern: "(?<=\"operator_code\": \")[a-z_0-9]+").matches(in: json, range: NSRange(json.startIndex..., in: json))
    for name in names {
      guard let range = Range(name.range, in: json) else { continue }
      for raw in UInt16(0)...111 {
        guard let code = OperatorCode(rawValue: raw) else { continue }
        // Without attributes every operator gets as far as its shape rule.
        var text = json.replacingCharacters(in: range, with: "\(code.name)")
        if let mutant = file(original, program: text) { _ = attempt(mutant, "operator is \(code)") }
        text = text.replacingOccurrences(of: "\"attributes_type\": \"[A-Za-z]+\",\\s*\"attributes\": \\{[^{}]*(\\{[^{}]*\\})?[^{}]*\\}",
          with: "\"name\": \"bare\"", options: .regularExpression)
        if let mutant = file(original, program: text) { _ = attempt(mutant, "bare operator is \(code)") }
      }
    }
  }
}
