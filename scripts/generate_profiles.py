#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what the library and the tool carry of edge-profiles/*.json.

    scripts/generate_profiles.py            writes the files
    scripts/generate_profiles.py --check    fails where a file is not what the profiles say

Every profile is checked against edge-profiles/schema.json, as far as this script understands JSON Schema, and against the sizes of
the C struct; every figure must have its source. The figures of Kunlun cards (`xpu`) and of their hosts (edge-profiles/hosts/) go to the timing
model of the tool as they stand.
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "Sources/Runtime/StockProfiles.generated.swift"
CALIBRATIONS = ROOT / "Sources/coracle/Report/StockCalibrations.generated.swift"
CARDS = ROOT / "Sources/KunlunTiming/Machine/StockFigures.generated.swift"
HOSTS = ROOT / "edge-profiles/hosts"
NUMBERS = ["core_count", "thread_count", "level1_bytes", "level2_bytes", "level3_bytes", "memory_budget"]
OPTIONAL = ["memory_bytes", "memory_bandwidth", "tile_depth", "tile_rows"]
# The bits of coracle_profile.instructions.
INSTRUCTIONS = {"neon": 0, "dotprod": 1, "fp16": 2, "i8mm": 3, "sve": 4, "avx2": 8, "avx512": 9, "vnni": 10}
CLUSTER = ["core_count", "first_core", "clock_megahertz", "multiply_adds", "level1_bytes", "level2_bytes", "level2_cores"]
BACKENDS_ROOM = 64

HEADER = """\
// Written by scripts/generate_profiles.py from edge-profiles/*.json. Do not edit.
// SPDX-License-Identifier: Apache-2.0
import CCoracle

/// The number of profiles that the library carries.
package func stockProfileCount() -> Int { %d }

/// Stock profile `index`, in the order of their names; nil outside 0 ..< `stockProfileCount()`.
package func stockProfile(_ index: Int) -> coracle_profile? {
  switch index {
"""

CASE = """\
  case {index}:
    makeProfile(name: "{name}", backends: "{backends}", coreCount: {core_count}, threadCount: {thread_count},
      level1Bytes: {level1_bytes}, level2Bytes: {level2_bytes}, level3Bytes: {level3_bytes}, memoryBudget: {memory_budget}){more}
"""

MORE = """
      .with(memoryBytes: {memory_bytes}, memoryBandwidth: {memory_bandwidth}, instructions: {bits}, tileDepth: {tile_depth}, tileRows: {tile_rows})"""

CLUSTER_LINE = """
      .adding("{type}", cores: {core_count}, first: {first_core}, megahertz: {clock_megahertz}, multiplyAdds: {multiply_adds},
        level1Bytes: {level1_bytes}, level2Bytes: {level2_bytes}, level2Cores: {level2_cores})"""

CALIBRATION_HEADER = """\
// Written by scripts/generate_profiles.py from edge-profiles/*.json. Do not edit.
// SPDX-License-Identifier: Apache-2.0

/// Those of the stock profiles that have anchors, by name.
let stockCalibrations: [String: Calibration] = [
"""

CALIBRATION_LINE = """\
  "{name}": Calibration(computePercent: {compute_percent}, bandwidth: {bandwidth}),
"""

CARD_HEADER = """\
// Written by scripts/generate_profiles.py from edge-profiles/. Do not edit.
// SPDX-License-Identifier: Apache-2.0

/// The object `xpu` of the stock profiles that have one, by name.
let stockCards: [String: String] = [
"""

HOST_HEADER = """\
]

/// The profiles of edge-profiles/hosts/, by name.
let stockHosts: [String: String] = [
"""

FOOTER = """\
  default: nil
  }
}
"""


def range_complaints(key, value, rule):
    if type(value) is not int or value < rule["minimum"] or value > rule.get("maximum", 2**63 - 1):
        yield f"`{key}` is {value!r}, which is not a whole number in its range"


def list_complaints(profile, schema):
    """What is wrong with the lists of a profile: clusters, anchors, instructions."""
    for name in profile.get("instructions", []):
        if name not in INSTRUCTIONS:
            yield f"`instructions` names {name!r}"
    for key in ("clusters", "anchors"):
        rules = schema["properties"][key]["items"]
        for index, item in enumerate(profile.get(key, [])):
            for required in rules["required"]:
                if required not in item:
                    yield f"`{key}[{index}].{required}` is missing"
            for field, value in item.items():
                rule = rules["properties"].get(field)
                if rule is None:
                    yield f"`{key}[{index}].{field}` is not a field"
                elif rule.get("type") == "integer":
                    yield from range_complaints(f"{key}[{index}].{field}", value, rule)
    if len(profile.get("clusters", [])) > schema["properties"]["clusters"]["maxItems"]:
        yield "`clusters` has too many"


def complaints(profile, stem, schema):
    """What is wrong with a profile, as sentences."""
    for key in schema["required"]:
        if key not in profile:
            yield f"`{key}` is missing"
    for key, value in profile.items():
        rule = schema["properties"].get(key)
        if rule is None:
            yield f"`{key}` is not a field of a profile"
        elif rule["type"] == "integer":
            yield from range_complaints(key, value, rule)
        elif rule["type"] == "string" and not (isinstance(value, str) and value and re.search(rule.get("pattern", ""), value)):
            yield f"`{key}` is {value!r}"
    if profile.get("name") != stem:
        yield f"the name is {profile.get('name')!r}, the file's {stem!r}"
    backends = profile.get("backends")
    pattern = schema["properties"]["backends"]["items"]["pattern"]
    if not isinstance(backends, list) or not backends or not all(isinstance(b, str) and re.search(pattern, b) for b in backends):
        yield f"`backends` is {backends!r}"
    elif len(",".join(backends)) >= BACKENDS_ROOM:
        yield f"`backends` does not fit {BACKENDS_ROOM - 1} bytes"
    yield from list_complaints(profile, schema)
    if "xpu" in profile:
        yield from card_complaints(profile["xpu"], schema)
    if "calibration" in profile:
        rule = schema["properties"]["calibration"]
        if sorted(profile["calibration"]) != sorted(rule["required"]):
            yield "`calibration` has other fields than " + " and ".join(rule["required"])
        for key, value in profile["calibration"].items():
            yield from range_complaints(f"calibration.{key}", value, rule["properties"].get(key, {"minimum": 1}))
    for key in NUMBERS + OPTIONAL + ["clusters", "instructions"]:
        if profile.get(key) and not profile.get("sources", {}).get(key):
            yield f"`{key}` has no source"


def figure_complaints(key, figure, rule):
    """What is wrong with a figure that carries its unit and source."""
    if not isinstance(figure, dict) or sorted(figure) != sorted(rule["required"]):
        yield f"`{key}` has other fields than " + ", ".join(rule["required"])
    elif type(figure["value"]) not in (int, float) or not figure["value"] >= 0:
        yield f"`{key}.value` is {figure['value']!r}"
    elif figure["source"] not in rule["properties"]["source"]["enum"]:
        yield f"`{key}.source` is {figure['source']!r}"
    elif not figure["unit"]:
        yield f"`{key}` has no unit"


def card_complaints(card, schema):
    """What is wrong with the figures of a card."""
    rules = schema["properties"]["xpu"]
    for key in sorted(set(rules["required"]) ^ set(card)):
        yield f"`xpu.{key}` is missing, or not a field"
    for key in set(card) - {"generation", "is_validated", "tiles"}:
        yield from figure_complaints(f"xpu.{key}", card[key], schema["$defs"]["figure"])


def host_complaints(host, stem, schema):
    """What is wrong with the figures of a host."""
    if host.pop("name", None) != stem or not host.pop("description", ""):
        yield "the name is not the file's, or there is no description"
    for key in sorted(set(schema["$defs"]["host"]["required"]) ^ set(host)):
        yield f"`{key}` is missing, or not a field"
    for key in host:
        yield from figure_complaints(key, host[key], schema["$defs"]["figure"])


def literal(name, value):
    """A line of a table of JSON texts; a figure a line."""
    lines = ",\n".join(f"    {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items())
    return f'  "{name}": #"""\n    {{\n{lines}\n    }}\n    """#,\n'


def more(profile):
    """The calls that add what not every profile has."""
    text = ""
    bits = sum(1 << INSTRUCTIONS[name] for name in profile.get("instructions", []))
    values = {key: profile.get(key, 0) for key in OPTIONAL}
    if bits or any(values.values()):
        text += MORE.format(bits=bits, **values)
    for cluster in profile.get("clusters", []):
        text += CLUSTER_LINE.format(type=cluster.get("type", ""), **{key: cluster.get(key, 0) for key in CLUSTER})
    return text


def generate():
    schema = json.loads((ROOT / "edge-profiles/schema.json").read_text())
    text, calibrations, cards, hosts, failed = "", "", "", "", False
    paths = sorted(p for p in (ROOT / "edge-profiles").glob("*.json") if p.name != "schema.json")
    for index, path in enumerate(paths):
        profile = json.loads(path.read_text())
        for complaint in complaints(profile, path.stem, schema):
            print(f"{path.name}: {complaint}", file=sys.stderr)
            failed = True
        if not failed:
            text += CASE.format(index=index, name=profile["name"], backends=",".join(profile["backends"]), more=more(profile), **{k: profile[k] for k in NUMBERS})
            if "calibration" in profile:
                calibrations += CALIBRATION_LINE.format(name=profile["name"], **profile["calibration"])
            if "xpu" in profile:
                cards += literal(profile["name"], profile["xpu"])
    for path in sorted(HOSTS.glob("*.json")):
        host = json.loads(path.read_text())
        for complaint in host_complaints(dict(host), path.stem, schema):
            print(f"hosts/{path.name}: {complaint}", file=sys.stderr)
            failed = True
        hosts += literal(path.stem, host)
    if failed:
        sys.exit(1)
    return {
        TARGET: HEADER % len(paths) + text + FOOTER,
        CALIBRATIONS: CALIBRATION_HEADER + (calibrations or "  :\n") + "]\n",
        CARDS: CARD_HEADER + cards + HOST_HEADER + hosts + "]\n",
    }


def main():
    for target, text in generate().items():
        if "--check" not in sys.argv[1:]:
            target.write_text(text)
        elif not target.exists() or target.read_text() != text:
            sys.exit(f"{target.relative_to(ROOT)} is not what edge-profiles/ says: run scripts/generate_profiles.py")


if __name__ == "__main__":
    main()
