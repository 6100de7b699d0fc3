// Written by scripts/generate_profiles.py from edge-profiles/. Do not edit.
// SPDX-License-Identifier: Apache-2.0

/// The object `xpu` of the stock profiles that have one, by name.
let stockCards: [String: String] = [
  "kunlun-k100": #"""
    {
    "generation": 1,
    "is_validated": false,
    "device_count": {"value": 1, "unit": "devices", "source": "sure"},
    "sdnn_count": {"value": 4, "unit": "engines", "source": "sure"},
    "cluster_count": {"value": 4, "unit": "clusters", "source": "sure"},
    "cluster_cores": {"value": 16, "unit": "cores a cluster", "source": "sure"},
    "core_lanes": {"value": 8, "unit": "float32 a register", "source": "sure"},
    "sdnn_clock_megahertz": {"value": 900, "unit": "MHz", "source": "sure"},
    "cluster_clock_megahertz": {"value": 900, "unit": "MHz", "source": "sure"},
    "tiles": [{"precision": "int8", "rows": 32, "columns": 32, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int16", "rows": 16, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int31", "rows": 16, "columns": 16, "depth": 16, "passes": 3, "source": "inferred"}, {"precision": "int31_with_ll", "rows": 16, "columns": 16, "depth": 16, "passes": 4, "source": "inferred"}, {"precision": "float16", "rows": 16, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}],
    "tile_fill_cycles": {"value": 8, "unit": "cycles", "source": "fitted"},
    "activation_buffer_bytes": {"value": 524288, "unit": "bytes an engine", "source": "sure"},
    "weight_buffer_bytes": {"value": 2097152, "unit": "bytes an engine", "source": "sure"},
    "partial_buffer_bytes": {"value": 262144, "unit": "bytes an engine", "source": "sure"},
    "depth_slice": {"value": 2048, "unit": "elements", "source": "inferred"},
    "l3_bytes": {"value": 16773120, "unit": "bytes", "source": "sure"},
    "l3_bandwidth": {"value": 512000000000, "unit": "bytes/s", "source": "inferred"},
    "memory_bytes": {"value": 8455716864, "unit": "bytes", "source": "sure"},
    "memory_bandwidth": {"value": 256000000000, "unit": "bytes/s", "source": "sure"},
    "sdnn_memory_efficiency": {"value": 0.65, "unit": "of the bandwidth", "source": "fitted"},
    "cluster_memory_efficiency": {"value": 0.45, "unit": "of the bandwidth", "source": "fitted"},
    "pcie_bandwidth": {"value": 12000000000, "unit": "bytes/s", "source": "sure"},
    "pcie_latency_microseconds": {"value": 10, "unit": "us", "source": "fitted"},
    "launch_gap_microseconds": {"value": 2.3, "unit": "us", "source": "sure"},
    "find_max_microseconds": {"value": 15, "unit": "us", "source": "fitted"},
    "synchronise_microseconds": {"value": 17, "unit": "us", "source": "sure"},
    "max_slots": {"value": 4, "unit": "floats", "source": "sure"},
    "workspace_bytes": {"value": 67108864, "unit": "bytes", "source": "sure"},
    "idle_watts": {"value": 20, "unit": "W", "source": "inferred"},
    "load_watts": {"value": 75, "unit": "W", "source": "inferred"}
    }
    """#,
  "kunlun-k200": #"""
    {
    "generation": 1,
    "is_validated": true,
    "device_count": {"value": 2, "unit": "devices", "source": "sure"},
    "sdnn_count": {"value": 4, "unit": "engines", "source": "sure"},
    "cluster_count": {"value": 4, "unit": "clusters", "source": "sure"},
    "cluster_cores": {"value": 16, "unit": "cores a cluster", "source": "sure"},
    "core_lanes": {"value": 8, "unit": "float32 a register", "source": "sure"},
    "sdnn_clock_megahertz": {"value": 900, "unit": "MHz", "source": "sure"},
    "cluster_clock_megahertz": {"value": 900, "unit": "MHz", "source": "sure"},
    "tiles": [{"precision": "int8", "rows": 32, "columns": 32, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int16", "rows": 16, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int31", "rows": 16, "columns": 16, "depth": 16, "passes": 3, "source": "inferred"}, {"precision": "int31_with_ll", "rows": 16, "columns": 16, "depth": 16, "passes": 4, "source": "inferred"}, {"precision": "float16", "rows": 16, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}],
    "tile_fill_cycles": {"value": 8, "unit": "cycles", "source": "fitted"},
    "activation_buffer_bytes": {"value": 524288, "unit": "bytes an engine", "source": "sure"},
    "weight_buffer_bytes": {"value": 2097152, "unit": "bytes an engine", "source": "sure"},
    "partial_buffer_bytes": {"value": 262144, "unit": "bytes an engine", "source": "sure"},
    "depth_slice": {"value": 2048, "unit": "elements", "source": "inferred"},
    "l3_bytes": {"value": 16773120, "unit": "bytes", "source": "sure"},
    "l3_bandwidth": {"value": 512000000000, "unit": "bytes/s", "source": "inferred"},
    "memory_bytes": {"value": 8455716864, "unit": "bytes", "source": "sure"},
    "memory_bandwidth": {"value": 256000000000, "unit": "bytes/s", "source": "sure"},
    "sdnn_memory_efficiency": {"value": 0.65, "unit": "of the bandwidth", "source": "fitted"},
    "cluster_memory_efficiency": {"value": 0.45, "unit": "of the bandwidth", "source": "fitted"},
    "pcie_bandwidth": {"value": 12000000000, "unit": "bytes/s", "source": "sure"},
    "pcie_latency_microseconds": {"value": 10, "unit": "us", "source": "fitted"},
    "launch_gap_microseconds": {"value": 2.3, "unit": "us", "source": "sure"},
    "find_max_microseconds": {"value": 15, "unit": "us", "source": "fitted"},
    "synchronise_microseconds": {"value": 17, "unit": "us", "source": "sure"},
    "max_slots": {"value": 4, "unit": "floats", "source": "sure"},
    "workspace_bytes": {"value": 67108864, "unit": "bytes", "source": "sure"},
    "idle_watts": {"value": 20, "unit": "W", "source": "inferred"},
    "load_watts": {"value": 75, "unit": "W", "source": "inferred"}
    }
    """#,
  "kunlun-r100": #"""
    {
    "generation": 2,
    "is_validated": false,
    "device_count": {"value": 1, "unit": "devices", "source": "sure"},
    "sdnn_count": {"value": 4, "unit": "engines", "source": "sure"},
    "cluster_count": {"value": 6, "unit": "clusters", "source": "sure"},
    "cluster_cores": {"value": 64, "unit": "cores a cluster", "source": "sure"},
    "core_lanes": {"value": 16, "unit": "float32 a register", "source": "sure"},
    "sdnn_clock_megahertz": {"value": 1300, "unit": "MHz", "source": "inferred"},
    "cluster_clock_megahertz": {"value": 1200, "unit": "MHz", "source": "inferred"},
    "tiles": [{"precision": "int8", "rows": 32, "columns": 32, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int16", "rows": 32, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "float16", "rows": 32, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int31", "rows": 32, "columns": 16, "depth": 4, "passes": 1, "source": "inferred"}, {"precision": "tfloat32", "rows": 32, "columns": 16, "depth": 4, "passes": 1, "source": "inferred"}, {"precision": "float32", "rows": 32, "columns": 16, "depth": 4, "passes": 1, "source": "inferred"}],
    "tile_fill_cycles": {"value": 8, "unit": "cycles", "source": "fitted"},
    "activation_buffer_bytes": {"value": 524288, "unit": "bytes an engine", "source": "inferred"},
    "weight_buffer_bytes": {"value": 2097152, "unit": "bytes an engine", "source": "inferred"},
    "partial_buffer_bytes": {"value": 262144, "unit": "bytes an engine", "source": "inferred"},
    "depth_slice": {"value": 2048, "unit": "elements", "source": "inferred"},
    "l3_bytes": {"value": 67104768, "unit": "bytes", "source": "inferred"},
    "l3_bandwidth": {"value": 768000000000, "unit": "bytes/s", "source": "inferred"},
    "memory_bytes": {"value": 12884901888, "unit": "bytes", "source": "sure"},
    "memory_bandwidth": {"value": 384000000000, "unit": "bytes/s", "source": "inferred"},
    "sdnn_memory_efficiency": {"value": 0.65, "unit": "of the bandwidth", "source": "fitted"},
    "cluster_memory_efficiency": {"value": 0.45, "unit": "of the bandwidth", "source": "fitted"},
    "pcie_bandwidth": {"value": 12000000000, "unit": "bytes/s", "source": "inferred"},
    "pcie_latency_microseconds": {"value": 10, "unit": "us", "source": "fitted"},
    "launch_gap_microseconds": {"value": 2.3, "unit": "us", "source": "inferred"},
    "find_max_microseconds": {"value": 10, "unit": "us", "source": "inferred"},
    "synchronise_microseconds": {"value": 17, "unit": "us", "source": "inferred"},
    "max_slots": {"value": 6, "unit": "floats", "source": "sure"},
    "workspace_bytes": {"value": 134217728, "unit": "bytes", "source": "sure"},
    "idle_watts": {"value": 48, "unit": "W", "source": "inferred"},
    "load_watts": {"value": 76, "unit": "W", "source": "inferred"}
    }
    """#,
  "kunlun-r200-3vf": #"""
    {
    "generation": 2,
    "is_validated": false,
    "device_count": {"value": 1, "unit": "devices", "source": "sure"},
    "sdnn_count": {"value": 2, "unit": "engines", "source": "sure"},
    "cluster_count": {"value": 2, "unit": "clusters", "source": "sure"},
    "cluster_cores": {"value": 64, "unit": "cores a cluster", "source": "sure"},
    "core_lanes": {"value": 16, "unit": "float32 a register", "source": "sure"},
    "sdnn_clock_megahertz": {"value": 1300, "unit": "MHz", "source": "inferred"},
    "cluster_clock_megahertz": {"value": 1200, "unit": "MHz", "source": "inferred"},
    "tiles": [{"precision": "int8", "rows": 32, "columns": 32, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int16", "rows": 32, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "float16", "rows": 32, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int31", "rows": 32, "columns": 16, "depth": 4, "passes": 1, "source": "inferred"}, {"precision": "tfloat32", "rows": 32, "columns": 16, "depth": 4, "passes": 1, "source": "inferred"}, {"precision": "float32", "rows": 32, "columns": 16, "depth": 4, "passes": 1, "source": "inferred"}],
    "tile_fill_cycles": {"value": 8, "unit": "cycles", "source": "fitted"},
    "activation_buffer_bytes": {"value": 524288, "unit": "bytes an engine", "source": "inferred"},
    "weight_buffer_bytes": {"value": 2097152, "unit": "bytes an engine", "source": "inferred"},
    "partial_buffer_bytes": {"value": 262144, "unit": "bytes an engine", "source": "inferred"},
    "depth_slice": {"value": 2048, "unit": "elements", "source": "inferred"},
    "l3_bytes": {"value": 16773120, "unit": "bytes", "source": "inferred"},
    "l3_bandwidth": {"value": 341000000000, "unit": "bytes/s", "source": "inferred"},
    "memory_bytes": {"value": 5368709120, "unit": "bytes", "source": "inferred"},
    "memory_bandwidth": {"value": 170666666667, "unit": "bytes/s", "source": "inferred"},
    "sdnn_memory_efficiency": {"value": 0.65, "unit": "of the bandwidth", "source": "fitted"},
    "cluster_memory_efficiency": {"value": 0.45, "unit": "of the bandwidth", "source": "fitted"},
    "pcie_bandwidth": {"value": 12000000000, "unit": "bytes/s", "source": "inferred"},
    "pcie_latency_microseconds": {"value": 10, "unit": "us", "source": "fitted"},
    "launch_gap_microseconds": {"value": 2.3, "unit": "us", "source": "inferred"},
    "find_max_microseconds": {"value": 10, "unit": "us", "source": "inferred"},
    "synchronise_microseconds": {"value": 17, "unit": "us", "source": "inferred"},
    "max_slots": {"value": 6, "unit": "floats", "source": "sure"},
    "workspace_bytes": {"value": 134217728, "unit": "bytes", "source": "inferred"},
    "idle_watts": {"value": 24, "unit": "W", "source": "inferred"},
    "load_watts": {"value": 38, "unit": "W", "source": "inferred"}
    }
    """#,
  "kunlun-r200": #"""
    {
    "generation": 2,
    "is_validated": true,
    "device_count": {"value": 1, "unit": "devices", "source": "sure"},
    "sdnn_count": {"value": 6, "unit": "engines", "source": "sure"},
    "cluster_count": {"value": 8, "unit": "clusters", "source": "sure"},
    "cluster_cores": {"value": 64, "unit": "cores a cluster", "source": "sure"},
    "core_lanes": {"value": 16, "unit": "float32 a register", "source": "sure"},
    "sdnn_clock_megahertz": {"value": 1300, "unit": "MHz", "source": "inferred"},
    "cluster_clock_megahertz": {"value": 1200, "unit": "MHz", "source": "inferred"},
    "tiles": [{"precision": "int8", "rows": 32, "columns": 32, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int16", "rows": 32, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "float16", "rows": 32, "columns": 16, "depth": 16, "passes": 1, "source": "inferred"}, {"precision": "int31", "rows": 32, "columns": 16, "depth": 4, "passes": 1, "source": "inferred"}, {"precision": "tfloat32", "rows": 32, "columns": 16, "depth": 4, "passes": 1, "source": "inferred"}, {"precision": "float32", "rows": 32, "columns": 16, "depth": 4, "passes": 1, "source": "inferred"}],
    "tile_fill_cycles": {"value": 8, "unit": "cycles", "source": "fitted"},
    "activation_buffer_bytes": {"value": 524288, "unit": "bytes an engine", "source": "inferred"},
    "weight_buffer_bytes": {"value": 2097152, "unit": "bytes an engine", "source": "inferred"},
    "partial_buffer_bytes": {"value": 262144, "unit": "bytes an engine", "source": "inferred"},
    "depth_slice": {"value": 2048, "unit": "elements", "source": "inferred"},
    "l3_bytes": {"value": 67104768, "unit": "bytes", "source": "sure"},
    "l3_bandwidth": {"value": 1024000000000, "unit": "bytes/s", "source": "inferred"},
    "memory_bytes": {"value": 17179869184, "unit": "bytes", "source": "sure"},
    "memory_bandwidth": {"value": 512000000000, "unit": "bytes/s", "source": "reported"},
    "sdnn_memory_efficiency": {"value": 0.65, "unit": "of the bandwidth", "source": "fitted"},
    "cluster_memory_efficiency": {"value": 0.45, "unit": "of the bandwidth", "source": "fitted"},
    "pcie_bandwidth": {"value": 12000000000, "unit": "bytes/s", "source": "inferred"},
    "pcie_latency_microseconds": {"value": 10, "unit": "us", "source": "fitted"},
    "launch_gap_microseconds": {"value": 2.3, "unit": "us", "source": "inferred"},
    "find_max_microseconds": {"value": 10, "unit": "us", "source": "inferred"},
    "synchronise_microseconds": {"value": 17, "unit": "us", "source": "inferred"},
    "max_slots": {"value": 6, "unit": "floats", "source": "sure"},
    "workspace_bytes": {"value": 134217728, "unit": "bytes", "source": "sure"},
    "idle_watts": {"value": 72, "unit": "W", "source": "inferred"},
    "load_watts": {"value": 114, "unit": "W", "source": "inferred"}
    }
    """#,
]

/// The profiles of edge-profiles/hosts/, by name.
let stockHosts: [String: String] = [
  "arm64": #"""
    {
    "name": "arm64",
    "description": "A Phytium FT-2000+ with the same framework.",
    "operator_microseconds": {"value": 31, "unit": "us", "source": "fitted"},
    "launch_microseconds": {"value": 20, "unit": "us", "source": "fitted"},
    "run_microseconds": {"value": 600, "unit": "us", "source": "fitted"},
    "memory_bandwidth": {"value": 3000000000, "unit": "bytes/s", "source": "inferred"}
    }
    """#,
  "library": #"""
    {
    "name": "library",
    "description": "A program that calls the card's library itself, without a framework.",
    "operator_microseconds": {"value": 2.3, "unit": "us", "source": "sure"},
    "launch_microseconds": {"value": 2.3, "unit": "us", "source": "sure"},
    "run_microseconds": {"value": 0, "unit": "us", "source": "fitted"},
    "memory_bandwidth": {"value": 8000000000, "unit": "bytes/s", "source": "inferred"}
    }
    """#,
  "x86": #"""
    {
    "name": "x86",
    "description": "An x86-64 server with a framework that runs a graph operator by operator.",
    "operator_microseconds": {"value": 13, "unit": "us", "source": "fitted"},
    "launch_microseconds": {"value": 2.3, "unit": "us", "source": "sure"},
    "run_microseconds": {"value": 0, "unit": "us", "source": "fitted"},
    "memory_bandwidth": {"value": 8000000000, "unit": "bytes/s", "source": "inferred"}
    }
    """#,
]
