// coracle run: arrays in and out. SPDX-License-Identifier: Apache-2.0
import Compiler
import Foundation
import Graph
import XCTest

final class RunTests: CommandLineTestCase {
  /// Two rows; every product is exact in float32.
  private let x: [Float] = [1, 2, 3, -4, 0.5, 8]

  private func productModel(expecting vectors: [TestVector] = []) throws {
    try SampleModels.save(SampleModels.product(), to: folder.appendingPathComponent("m.coracle"), expecting: vectors)
  }

  func testRunsAndWritesEveryOutput() throws {
    try productModel()
    try write(numpy("<f4", "(2, 3)", x), "x.npy")
    assertSucceeds(try coracle("run", "m.coracle", "--input", "x.npy", "--output-dir", "a/b"))
    let y = parsed(try bytes("a/b/0.npy"), as: Float.self)
    XCTAssertTrue(y.header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"), y.header)
    XCTAssertEqual(y.header.last, "\n")
    XCTAssertEqual((y.header.utf8.count + 10) % 64, 0)
    XCTAssertEqual(y.elements, SampleModels.expectedProduct(x))
    XCTAssertEqual(parsed(try bytes("a/b/1.npy"), as: Float.self).elements, [1, -4, 2, 0.5, 3, 8])
  }

  func testEveryWayToWriteTheSameArray() throws {
    try productModel()
    let columns: [Float] = [1, -4, 2, 0.5, 3, 8]
    let files = [
      numpy("<f4", "(2, 3)", x, version: 2), numpy("<f4", "(2, 3)", x, version: 3), numpy("<f8", "(2, 3)", x.map(Double.init)),
      numpy("=f4", "( 2L,3 , )", x), numpy("<f4", "(2, 3)", columns, fortran: true), numpy("<f8", "(2, 3)", columns.map(Double.init), fortran: true),
      numpy("<f2", "(2, 3)", [0x3C00, 0x4000, 0x4200, 0xC400, 0x3800, 0x4800].map { UInt16($0) }),
      numpy("<f4", "(2, 3)", x + [9]),
    ]
    for (index, file) in files.enumerated() {
      try write(file, "x.npy")
      let result = try coracle("run", "m.coracle", "--input", "x=x.npy", "--output-dir", "out", "--threads", "2", "--backend", "generic")
      XCTAssertEqual(result.code, 0, "form \(index): \(result.errors)")
      XCTAssertEqual(parsed(try bytes("out/0.npy"), as: Float.self).elements, SampleModels.expectedProduct(x), "form \(index)")
    }
  }

  func testNoRows() throws {
    try productModel()
    try write(numpy("<f4", "(0, 3)", [Float]()), "x.npy")
    let result = try coracle("run", "m.coracle", "--input", "x.npy", "--output-dir", "out")
    if result.code == 0 {
      XCTAssertEqual(parsed(try bytes("out/0.npy"), as: Float.self).elements, [])
    } else {
      assertFails(result, "CORACLE_")  // a backend may refuse empty tensors, with a sentence
    }
  }

  func testIntegersAreConvertedWhereNothingIsLost() throws {
    try SampleModels.save(SampleModels.integers(), to: folder.appendingPathComponent("m.coracle"))
    try write(numpy("<i8", "(2, 3)", (1...6).map { Int64($0) }), "a.npy")
    try write(numpy("<i4", "(2,)", [Int32(-7), 8]), "b.npy")
    assertSucceeds(try coracle("run", "m.coracle", "--input", "a=a.npy", "b=b.npy", "--output-dir", "out"))
    let first = parsed(try bytes("out/0.npy"), as: Int32.self)
    XCTAssertTrue(first.header.contains("'<i4'") && first.header.contains("(3, 2)"), first.header)
    XCTAssertEqual(first.elements, [1, 4, 2, 5, 3, 6])
    let second = parsed(try bytes("out/1.npy"), as: Int64.self)
    XCTAssertTrue(second.header.contains("'<i8'"), second.header)
    XCTAssertEqual(second.elements, [-7, 8])

    try write(numpy("<i8", "(2, 3)", [1, 2, 3, 4, 5, Int64(1) << 31]), "a.npy")
    assertFails(try coracle("run", "m.coracle", "--input", "a=a.npy", "--input", "b=b.npy"), "values outside that type")
    try write(numpy("<f4", "(2, 3)", x), "a.npy")
    assertFails(try coracle("run", "m.coracle", "--input", "a=a.npy", "--input", "b=b.npy"), "int32 in the model and the array is float32")
    assertFails(try coracle("run", "m.coracle", "--input", "b.npy"), "the model has 2 inputs")
  }

  func testWrongInputs() throws {
    try productModel()
    try write(numpy("<f4", "(2, 3)", x), "x.npy")
    try write(numpy("<f4", "(3, 2)", x), "turned.npy")
    assertFails(try coracle("run", "m.coracle"), "input 'x' [?, 3] is not given")
    assertFails(try coracle("run", "m.coracle", "--input", "z=x.npy"), "no input 'z'")
    assertFails(try coracle("run", "m.coracle", "--input", "x.npy", "--input", "x=x.npy"), "twice")
    assertFails(try coracle("run", "m.coracle", "--input", "missing.npy"), "missing.npy")
    assertFails(try coracle("run", "m.coracle", "--input", "turned.npy"), "CORACLE_INVALID_SHAPE")
    assertFails(try coracle("run", "m.coracle", "--input", "x.npy", "--backend", "steam"), "CORACLE_NOT_FOUND")
    assertFails(try coracle("run", "missing.coracle", "--input", "x.npy"), "No such file")
    assertFails(try coracle("run", "m.coracle", "--input", "x.npy", "--output-dir", "m.coracle/x"), "cannot make the folder")
  }

  func testHostileArrays() throws {
    try productModel()
    let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n"
    let whole = numpy("<f4", "(2, 3)", x)
    var cases: [Data] = stride(from: 0, to: whole.count, by: 1).map { whole.prefix($0) }
    cases += [
      "", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 1, 'shape': (2, 3)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999, 3)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (70000000000000, 3)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3}",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}", "{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3)}",
      "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}", "{'descr': '', 'fortran_order': False, 'shape': (2, 3)}",
      "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 2, 3)}",
      dictionary + "x", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
    ].map { numpy(header: $0) + Data(count: 24) }
    cases.append(Data([0x93] + "NUMPY".utf8 + [2, 0, 255, 255, 255, 255]) + Data(dictionary.utf8))
    cases.append(Data([0x93] + "NUMPY".utf8 + [9, 0, 1, 0]) + Data(dictionary.utf8))
    // One process for many files: an array that is refused ends the command, so each needs a run; every eighth cut is enough.
    for (index, file) in cases.enumerated() where index % 8 == 0 || index >= whole.count {
      try write(file, "x.npy")
      assertFails(try coracle("run", "m.coracle", "--input", "x.npy"), "cannot read 'x.npy'")
    }
  }

  func testVerify() throws {
    let y = SampleModels.expectedProduct(x)
    let turned = Constant(shape: [3, 2], floats: [1, -4, 2, 0.5, 3, 8])
    let input = Constant(shape: [2, 3], floats: x)
    let right = TestVector(inputs: [input], outputs: [Constant(shape: [2, 2], floats: y), turned])
    try productModel(expecting: [right])
    let result = try coracle("run", "m.coracle", "--verify")
    assertSucceeds(result)
    XCTAssertEqual(result.output.components(separatedBy: " ok\n").count - 1 + (result.output.hasSuffix("ok") ? 1 : 0), 2, result.output)

    var wrong = y
    wrong[1] += 0.5
    try productModel(expecting: [right, TestVector(inputs: [input], outputs: [Constant(shape: [2, 2], floats: wrong), turned])])
    let failed = try coracle("run", "m.coracle", "--verify")
    assertFails(failed, "1 of 4 expected outputs")
    XCTAssertTrue(failed.output.contains("FAILED: 1 of 4 elements"), failed.output)
    XCTAssertTrue(failed.output.contains("0.5"), failed.output)

    try productModel()
    assertFails(try coracle("run", "m.coracle", "--verify"), "no test vectors")
  }

  func testDamagedModels() throws {
    try productModel()
    let whole = try bytes("m.coracle")
    try write(numpy("<f4", "(2, 3)", x), "x.npy")
    for length in [0, 7, 8, 63, 64, 300, 4096, whole.count - 1] {
      try write(whole.prefix(length), "cut.coracle")
      assertFails(try coracle("run", "cut.coracle", "--input", "x.npy"), "CORACLE_")
      assertFails(try coracle("inspect", "cut.coracle", "--json"), "CORACLE_")
    }
    var damaged = whole
    damaged[4096] ^= 1
    try write(damaged, "damaged.coracle")
    assertFails(try coracle("run", "damaged.coracle", "--input", "x.npy"), "CORACLE_CORRUPT")
    let inspected = try coracle("inspect", "damaged.coracle")
    XCTAssertEqual(inspected.code, 0, inspected.errors)
    XCTAssertTrue(inspected.output.contains("differs"), inspected.output)
  }
}
