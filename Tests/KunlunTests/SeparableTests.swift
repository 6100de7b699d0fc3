// SPDX-License-Identifier: Apache-2.0
import Graph
import KernelCases
import KunlunBackend
import ModelFile
import Testing

@testable import Compiler

/// One operator or three, the same bits: each product has the maximum of the whole map before it.
@Test func separableConvolutionsAreTheConvolutionsThatTheyAreMadeOf() throws {
  let every = [try KunlunSettings(.first, .int8), try KunlunSettings(.first, .int16), try KunlunSettings(.second, .int31),
    try KunlunSettings(.second, .int8, isPerChannel: true), try KunlunSettings(.second, .int16, isEvery16: true), try KunlunSettings(.second, .float16)]
  for block in SeparableBlock.all {
    let (joined, separate) = (block.joined(), block.separate())
    var inputs = [testFloats(block.input.reduce(1, *), seed: 21)]
    if block.hasResidual { inputs.append(testFloats(joined.inputs[1].shape?.reduce(1, *) ?? 0, seed: 77)) }
    for settings in every {
      let one = try GraphRun(joined, inputs, settings, threads: 3)
      let three = try GraphRun(separate, inputs, settings, threads: 2)
      #expect(one.backends == ["kunlun"])
      #expect(Set(three.backends) == ["kunlun", "generic"])
      #expect(one.outputs[0].map(\.bitPattern) == three.outputs[0].map(\.bitPattern), "\(block), \(settings)")
    }
  }
}
