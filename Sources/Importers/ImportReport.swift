// What an importer could not bring over. SPDX-License-Identifier: Apache-2.0

/// Why a model file cannot be imported, as a sentence for the person who wants to convert it.
package struct ImportError: Error, CustomStringConvertible {
  package enum Kind: Int {
    /// The file breaks its own format: nothing more of it is read.
    case malformed
    /// An operator, an attribute or a combination that has no counterpart here.
    case unsupported
    /// The rank of a value is needed and not known; often the consequence of another problem.
    case rankUnknown
  }

  package var kind: Kind
  package var message: String
  package var description: String { message }

  package static func malformed(_ message: String) -> ImportError { ImportError(kind: .malformed, message: message) }
  package static func unsupported(_ message: String) -> ImportError { ImportError(kind: .unsupported, message: message) }
}

/// Collects every operator and attribute that could not be converted, so that one error names them all.
///
/// An importer converts node by node; where that throws, it calls `add` and goes on with placeholder outputs. At the end it calls
/// `finish`, which throws when anything was collected: a graph that came with problems is never handed on.
package final class ImportReport {
  private struct Problem {
    var operatorName: String
    var reason: String
    var count: Int
    var firstLocation: String
  }

  private var problems: [Problem] = []
  private var index: [String: Int] = [:]

  package init() {}

  package var isEmpty: Bool { problems.isEmpty }
  /// Names of the operators with problems, in the order of their first occurrence.
  package var operatorNames: [String] {
    problems.reduce(into: []) { names, problem in if !names.contains(problem.operatorName) { names.append(problem.operatorName) } }
  }

  /// Notes an operator that is not known at all.
  package func addUnknownOperator(_ name: String, location: String) {
    add(operatorName: name, reason: "operator is not supported", location: location)
  }

  /// Notes what an operator's conversion threw. An unknown rank is dropped after a first problem, whose consequence it usually is.
  package func add(_ error: any Error, operatorName: String, location: String) {
    let error = error as? ImportError ?? .unsupported("\(error)")
    if error.kind == .rankUnknown && !problems.isEmpty { return }
    add(operatorName: operatorName, reason: error.message, location: location)
  }

  private func add(operatorName: String, reason: String, location: String) {
    let key = operatorName + "\u{0}" + reason
    if let known = index[key] {
      problems[known].count += 1
    } else {
      index[key] = problems.count
      problems.append(Problem(operatorName: operatorName, reason: reason, count: 1, firstLocation: location))
    }
  }

  /// Throws one error that lists all problems; does nothing when there are none.
  package func finish() throws {
    guard !problems.isEmpty else { return }
    let lines = problems.map { problem in
      let times = problem.count == 1 ? "once" : "\(problem.count) times"
      return "  \(problem.operatorName): \(problem.reason) (\(times), first at \(problem.firstLocation))"
    }
    throw ImportError.unsupported("the model cannot be converted, \(problems.count) problem\(problems.count == 1 ? "" : "s"):\n"
      + lines.joined(separator: "\n"))
  }
}
