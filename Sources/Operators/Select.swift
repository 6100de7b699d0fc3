// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform
import Tensors

/// y = condition ? x : z with inputs condition (boolean), x and z of one type, any; the three broadcast together.
package enum SelectOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let (condition, x, z) = (try node.input(0), try node.input(1), try node.input(2))
    try node.require(condition, .boolean, "the condition")
    try node.require(z, x.type, "input 2")
    guard let both = Shape.broadcast(x.shape, z.shape), let shape = Shape.broadcast(condition.shape, both) else {
      throw node.fail(.invalidShape).text("the shapes ").shape(condition.shape).text(", ").shape(x.shape).text(" and ").shape(z.shape)
        .text(" do not broadcast together").status
    }
    try node.setOutput(0, x.type, shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    let large = (node.optionalOutput(0)?.count ?? 0) > worthDividing
    return Kernel("select by runs", reason: large ? "large" : "small", allThreads: large)
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (condition, x, z, y) = (try node.input(0), try node.input(1), try node.input(2), try node.output(0))
    let loop = Broadcast(y.shape, condition.shape, x.shape, z.shape)
    try run.share(of: y.count, grain: 64) { begin, end in
      withBits(of: x.type, Select(loop: loop, condition: condition.elements(), x: x.elements(UInt8.self), z: z.elements(UInt8.self),
          y: y.elements(UInt8.self), begin: begin, end: end))
    }
  }
}

private struct Select: BitsVisitor {
  let loop: Broadcast
  let condition, x, z: UnsafePointer<UInt8>
  let y: UnsafeMutablePointer<UInt8>
  let begin, end: Int

  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
    let x = UnsafeRawPointer(x).assumingMemoryBound(to: Element.self)
    let z = UnsafeRawPointer(z).assumingMemoryBound(to: Element.self)
    let y = UnsafeMutableRawPointer(y).assumingMemoryBound(to: Element.self)
    let (conditionStep, xStep, zStep) = (loop.firstStep, loop.secondStep, loop.thirdStep)
    loop.runs(begin, end) { output, first, second, third, count in
      let (to, c, a, b) = (y + output, condition + first, x + second, z + third)
      if conditionStep == 1 && xStep == 1 && zStep == 1 {
        for index in 0..<count { to[index] = c[index] != 0 ? a[index] : b[index] }
      } else {
        for index in 0..<count { to[index] = c[index &* conditionStep] != 0 ? a[index &* xStep] : b[index &* zStep] }
      }
    }
  }
}
