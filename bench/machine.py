"""What a number depends on: the processor, its instruction sets, the load beside the benchmark. SPDX-License-Identifier: Apache-2.0"""
import os
import platform

INSTRUCTIONS = ("sse4_2 avx avx2 fma f16c avx512f avx512bw avx512vl avx512_vnni avx512_bf16 avx_vnni amx_tile "
                "asimd fphp asimdhp asimddp i8mm bf16 sve sve2").split()


def describe():
    with open("/proc/cpuinfo") as file:
        fields = {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in file if ":" in line)}
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    with open("/proc/meminfo") as file:
        memory = 1024 * int(next(line for line in file if line.startswith("MemTotal")).split()[1])
    return {"processor": fields.get("model name", platform.processor() or platform.machine()), "architecture": platform.machine(),
            "family": fields.get("cpu family"), "model": fields.get("model"),
            "instruction_sets": [name for name in INSTRUCTIONS if name in flags], "cores": len(os.sched_getaffinity(0)),
            "memory_bytes": memory, "kernel": platform.release(), "python": platform.python_version()}


def load():
    return os.getloadavg()[0]
