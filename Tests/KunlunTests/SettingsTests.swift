// SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import Tensors
import Testing

@testable import KunlunBackend
@testable import KunlunNumerics

private func options(_ change: (inout coracle_kunlun_options) -> Void) -> coracle_kunlun_options {
  var options = coracle_kunlun_options(struct_size: UInt32(MemoryLayout<coracle_kunlun_options>.size), generation: 2, gemm_compute_precision: 1,
    per_channel_weights: 0, quant_post_dynamic_activation_method: 0, link_max: 1, counts: nil)
  change(&options)
  return options
}

private func failure(_ change: (inout coracle_kunlun_options) -> Void) -> CallFailure {
  var chosen = options(change)
  var backend = coracle_backend()
  do {
    try call { writeKunlunBackend(&chosen, &backend, $0) }
    return CallFailure(status: coracle_status(CORACLE_OK), description: "")
  } catch { return error as? CallFailure ?? CallFailure(status: coracle_status(CORACLE_INTERNAL), description: "") }
}

/// The settings of a table in a session whose profile is called `profile`.
private func settings(_ backend: coracle_backend, profile name: String = "") throws -> KunlunSettings {
  var profile = coracle_profile()
  withUnsafeMutableBytes(of: &profile.name) { $0.copyBytes(from: name.utf8.prefix(59)) }
  return try KunlunOptions(userData: backend.user_data).settings(&profile)
}

@Test func settingsTravelInTheTable() throws {
  for expected in try everySetting() {
    let found = try settings(kunlunBackend(KunlunOptions(expected)), profile: "kunlun-k200")
    #expect(found.generation == expected.generation && found.arithmetic == expected.arithmetic)
    #expect(found.isPerChannel == expected.isPerChannel && found.isEvery16 == expected.isEvery16)
    let packed = KunlunSettings(packedAs: expected.layout(isTransposed: true, groups: 300))
    #expect(packed.arithmetic == expected.arithmetic && packed.isPerChannel == expected.isPerChannel)
  }
  let unsaid = try KunlunOptions(userData: nil).settings(nil)
  #expect(unsaid.generation == .second && unsaid.arithmetic == .int16 && !unsaid.isPerChannel && !unsaid.isEvery16)
  #expect(try KunlunSettings(.first, .float16).arithmetic == .int16)
}

/// With counts the options lie in these, and are the same.
@Test func optionsWithCountsAreTheSame() throws {
  var counts = coracle_kunlun_counts()
  counts.struct_size = UInt32(MemoryLayout<coracle_kunlun_counts>.size)
  try withUnsafeMutablePointer(to: &counts) { counts in
    var chosen = options { ($0.generation, $0.gemm_compute_precision, $0.per_channel_weights, $0.link_max, $0.counts) = (1, 2, 1, 0, counts) }
    var backend = coracle_backend()
    try call { writeKunlunBackend(&chosen, &backend, $0) }
    let found = try settings(backend)
    #expect(found.generation == .first && found.arithmetic == .int31 && found.isPerChannel && !found.isEvery16 && !found.linksMaxima && found.counts == counts)
    chosen.counts = nil
    try call { writeKunlunBackend(&chosen, &backend, $0) }
    let apart = try settings(backend)
    #expect(apart.arithmetic == .int31 && !apart.linksMaxima && apart.counts == nil)
    counts.pointee.struct_size = 8
    #expect(failure { $0.counts = counts }.description.contains("counts have no struct_size"))
  }
}

@Test func theProfileTellsTheGenerationThatIsNotSaid() throws {
  var chosen = options { ($0.generation, $0.gemm_compute_precision) = (0, Int32(CORACLE_KUNLUN_FLOAT16)) }
  var backend = coracle_backend()
  try call { writeKunlunBackend(&chosen, &backend, $0) }
  for (name, generation) in [("kunlun-k100", 1), ("kunlun-k200", 1), ("kunlun-r200", 2), ("kunlun-r200-3vf", 2), ("raspberry-pi-4", 2), ("kunlun-", 2), ("", 2)] {
    let found = try settings(backend, profile: name)
    #expect(found.generation.rawValue == generation && found.arithmetic == (generation == 1 ? .int16 : .float16), "\(name)")
  }
  // Not a reason to go to the next backend.
  chosen.gemm_compute_precision = Int32(CORACLE_KUNLUN_TFLOAT32)
  try call { writeKunlunBackend(&chosen, &backend, $0) }
  #expect(throws: Status.invalidArgument) { _ = try settings(backend, profile: "kunlun-k200") }
}

@Test func theTableIsWrittenForTheOptions() throws {
  var backend = coracle_backend()
  try call { writeKunlunBackend(nil, &backend, $0) }
  #expect(backend.version == CORACLE_BACKEND_VERSION && backend.name.map { String(cString: $0) } == "kunlun")
  #expect(try settings(backend).arithmetic == .int16)
  var chosen = options { ($0.generation, $0.gemm_compute_precision, $0.per_channel_weights) = (1, 0, 1) }
  try call { writeKunlunBackend(&chosen, &backend, $0) }
  let found = try settings(backend, profile: "kunlun-r200")
  #expect(found.generation == .first && found.arithmetic == .int8 && found.isPerChannel)
  // An older caller's struct ends before the last fields.
  chosen = options { ($0.struct_size, $0.per_channel_weights, $0.quant_post_dynamic_activation_method) = (12, 9, 9) }
  #expect(writeKunlunBackend(&chosen, &backend, nil) == CORACLE_OK)
}

@Test func whatTheCardDoesNotHaveIsRefusedWithASentence() {
  #expect(failure { $0.struct_size = 0 }.status == CORACLE_INVALID_ARGUMENT)
  for generation in [3, 4, 256, .max] as [UInt32] { #expect(failure { $0.generation = generation }.description.contains("generation")) }
  for precision in [-1, 7, 256] as [Int32] {
    let found = failure { $0.gemm_compute_precision = precision }
    #expect(found.status == CORACLE_INVALID_ARGUMENT && found.description.contains("gemm_compute_precision \(precision)"))
  }
  #expect(failure { $0.per_channel_weights = 2 }.status == CORACLE_INVALID_ARGUMENT)
  #expect(failure { $0.quant_post_dynamic_activation_method = 2 }.status == CORACLE_INVALID_ARGUMENT)
  #expect(failure { $0.link_max = 2 }.status == CORACLE_INVALID_ARGUMENT)
  for precision in [5, 6] as [Int32] {
    let found = failure { ($0.generation, $0.gemm_compute_precision) = (1, precision) }
    #expect(found.status == CORACLE_UNSUPPORTED && found.description.contains("first generation"))
  }
  #expect(failure { ($0.generation, $0.quant_post_dynamic_activation_method) = (1, 1) }.status == CORACLE_UNSUPPORTED)
  #expect(writeKunlunBackend(nil, nil, nil) == CORACLE_INVALID_ARGUMENT)
}

/// A caller who keeps no promise gets a status.
@Test func tablesBearMissingArguments() throws {
  let backend = kunlunBackend(KunlunOptions(try KunlunSettings(.second, .int16)))
  var node = coracle_node()
  var support = coracle_support()
  var placement = coracle_placement()
  var execution = coracle_execution()
  var packing = coracle_packing()
  #expect(backend.supports(nil, nil, &placement, &support) == CORACLE_INVALID_ARGUMENT)
  #expect(backend.execute(nil, nil, &execution, nil) == CORACLE_INVALID_ARGUMENT)
  #expect(backend.pack(nil, nil, &packing, nil, nil) == CORACLE_INVALID_ARGUMENT)
  // No input at all, for each operator that the backend has.
  for code in 0..<120 as Range<UInt16> {
    node.operator_code = code
    let answer = backend.supports(nil, &node, &placement, &support)
    #expect(answer == CORACLE_UNSUPPORTED || answer == CORACLE_INVALID_MODEL, "operator \(code)")
  }
}
