// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0
import Foundation
import PackageDescription

// CORACLE_OPENBLAS=1 lets the generic backend multiply matrices with OpenBLAS.
let openBLAS = ProcessInfo.processInfo.environment["CORACLE_OPENBLAS"] == "1"

let runtimeSettings: [SwiftSetting] =
  [.swiftLanguageMode(.v5), .enableExperimentalFeature("CImplementation")] + (openBLAS ? [.define("CORACLE_OPENBLAS")] : [])
let toolSettings: [SwiftSetting] = [.swiftLanguageMode(.v5)]

/// A layer of the runtime: compiled here as ordinary Swift for tests and tools, and by CMake as Embedded Swift for shipping.
func runtime(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies + ["CCoracle"], path: path ?? "Sources/\(name)", swiftSettings: runtimeSettings)
}

func tool(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/\(name)", exclude: exclude, swiftSettings: toolSettings)
}

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "coracle",
  products: [.executable(name: "coracle", targets: ["coracle"]), .library(name: "Coracle", targets: ["Coracle"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // The runtime, from the bottom up.
    .systemLibrary(name: "CCoracle", path: "include"),
    .target(name: "Platform", path: "Sources/Platform", cSettings: openBLAS ? [.define("CORACLE_OPENBLAS")] : [],
      linkerSettings: [.linkedLibrary("m")] + (openBLAS ? [.linkedLibrary("openblas")] : [])),
    .target(name: "ModelVerifier", path: "Sources/ModelFile/Verifier"),
    runtime("ModelFile", path: "Sources/ModelFile/Access", ["Platform"]),
    runtime("Tensors", ["ModelFile", "Platform"]),
    runtime("Kernels", ["ModelFile", "Platform", "Tensors"]),
    runtime("Operators", ["Kernels", "ModelFile", "Platform", "Tensors"]),
    runtime("Runtime", ["Kernels", "ModelFile", "ModelVerifier", "Operators", "Platform", "Tensors"]),
    runtime("TunedCPU", path: "Sources/Backends/TunedCPU", ["Kernels", "ModelFile", "Operators", "Platform", "Tensors"]),
    .target(name: "Backends", dependencies: ["CCoracle", "ModelFile", "Operators", "Platform", "Runtime", "Tensors", "TunedCPU"],
      path: "Sources/Backends", exclude: ["KunlunSimulator", "Loading", "TunedCPU"], swiftSettings: runtimeSettings),
    runtime("CoracleABI", ["Backends", "Runtime", "Tensors"]),
    // The interface for Swift programs.
    .target(name: "Coracle", dependencies: ["CCoracle", "CoracleABI"], path: "bindings/swift"),
    // A backend beside the library, in a shared library of its own.
    runtime("KunlunNumerics", path: "Sources/Backends/KunlunSimulator/Numerics", ["Kernels", "ModelFile", "Platform"]),
    runtime("KunlunBackend", path: "Sources/Backends/KunlunSimulator/Backend",
      ["Kernels", "KunlunNumerics", "ModelFile", "Operators", "Platform", "Tensors"]),
    // Below this line: ordinary Swift, never linked into the library.
    .target(name: "ModelText", path: "Sources/Compiler/ModelText", exclude: [], linkerSettings: [.linkedLibrary("flatbuffers")]),
    tool("Graph", ["ModelFile"]),
    tool("Importers", ["Graph", "ModelFile", protobuf], exclude: ["ONNX/onnx.proto", "Paddle/framework.proto"]),
    .target(name: "Compiler", dependencies: ["CCoracle", "CoracleABI", "Graph", "Kernels", "ModelText", "Tensors"], path: "Sources/Compiler",
      exclude: ["ModelText"], swiftSettings: toolSettings),
    tool("KunlunTiming", ["Graph", "ModelFile"]),
    .executableTarget(name: "coracle",
      dependencies: [arguments, "CCoracle", "Compiler", "CoracleABI", "Graph", "Importers", "KunlunBackend", "KunlunNumerics", "KunlunTiming", "ModelFile",
        "ModelText", "Tensors"],
      path: "Sources/coracle", swiftSettings: toolSettings),
    .executableTarget(name: "bench-cases", dependencies: ["Compiler", "Graph", "KernelCases", "TunedCPU"], path: "bench/cases", swiftSettings: toolSettings),
    // Tests: a folder a module.
    .target(name: "KernelCases", dependencies: ["Compiler", "Graph", "ModelFile", "TunedCPU"], path: "Tests/KernelCases", swiftSettings: toolSettings),
    .target(name: "SharedModel", dependencies: ["Coracle"], path: "Tests/SharedModel", exclude: ["Check"]),
    .executableTarget(name: "check-shared-model", dependencies: ["SharedModel"], path: "Tests/SharedModel/Check"),
    .testTarget(name: "CoracleTests", dependencies: ["Compiler", "Coracle", "Graph", "Importers", "ModelFile", "SharedModel"], swiftSettings: toolSettings),
    .testTarget(name: "ImportersTests", dependencies: ["Graph", "Importers", "ModelFile", protobuf],
      exclude: ["ONNXCases", "make_onnx_cases.py", "onnx_case.py", "onnx_operator_cases.py", "onnx_fused_cases.py"], swiftSettings: toolSettings),
    .testTarget(name: "ModelFileTests", dependencies: ["ModelFile"], swiftSettings: toolSettings),
    .testTarget(name: "CompilerTests", dependencies: ["CCoracle", "Compiler", "CoracleABI", "Graph", "ModelFile", "ModelText"],
      swiftSettings: toolSettings),
    .testTarget(name: "RuntimeTests",
      dependencies: ["CCoracle", "Compiler", "CoracleABI", "Graph", "KernelCases", "Kernels", "ModelFile", "ModelText", "Platform", "Runtime", "TunedCPU"],
      swiftSettings: toolSettings),
    .testTarget(name: "CommandLineTests", dependencies: ["Compiler", "Graph", "ModelFile", "coracle"], exclude: ["kunlun_accuracy.py"],
      swiftSettings: toolSettings),
    .testTarget(name: "KunlunTimingTests", dependencies: ["Graph", "KunlunTiming", "ModelFile"], swiftSettings: toolSettings),
    .testTarget(name: "KernelsTests", dependencies: ["KernelCases", "Kernels", "ModelFile"], swiftSettings: toolSettings),
    .target(name: "OperatorCaseHarness", dependencies: ["CCoracle", "ModelFile", "ModelText", "ModelVerifier", "Operators", "Platform", "Tensors"],
      path: "Tests/OperatorCaseHarness", swiftSettings: toolSettings),
    .testTarget(name: "KunlunTests",
      dependencies: ["CCoracle", "Compiler", "CoracleABI", "Graph", "KernelCases", "Kernels", "KunlunBackend", "KunlunNumerics", "ModelFile", "OperatorCaseHarness",
        "Operators", "Tensors"], swiftSettings: toolSettings),
    .testTarget(name: "OperatorsTests", dependencies: ["Kernels", "ModelFile", "OperatorCaseHarness", "Operators", "Tensors"],
      path: "Tests/OperatorsTests", swiftSettings: toolSettings),
  ],
  cxxLanguageStandard: .cxx17
)
