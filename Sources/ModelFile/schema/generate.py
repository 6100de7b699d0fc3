#!/usr/bin/env python3
"""Writes the code that reads model.fbs: C++ for the verifier (by flatc) and Swift accessors for the runtime.

    python3 Sources/ModelFile/schema/generate.py     (flatc 2.0.8 or later, Debian's flatbuffers-compiler)

The Swift accessors are one struct a table over `FileTable`, one property a field, and `hasKnownEnumValues`, which the
semantic validation asks before any enum is read.
"""
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).parent
SCHEMA = HERE / "model.fbs"
SCALARS = {"bool": "Bool", "ubyte": "UInt8", "ushort": "UInt16", "int": "Int32", "uint": "UInt32",
           "long": "Int64", "ulong": "UInt64", "float": "Float", "double": "Double"}
SIZES = {"Bool": 1, "UInt8": 1, "UInt16": 2, "Int32": 4, "UInt32": 4, "Int64": 8, "UInt64": 8, "Float": 4, "Double": 8}
HEAD = "// Written by schema/generate.py from model.fbs; do not edit.\n// SPDX-License-Identifier: Apache-2.0\n\n"


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def escaped(name):
    return f"`{name}`" if name in ("none", "repeat", "where", "default", "is", "as", "in") and name != "none" else name


def parse(text):
    text = re.sub(r"//[^\n]*", "", text)
    enums = {n: (b, [(m, int(v)) for m, v in re.findall(r"(\w+)\s*=\s*(\d+)", body)])
             for n, b, body in re.findall(r"enum (\w+)\s*:\s*(\w+)\s*\{(.*?)\}", text, re.S)}
    structs = re.findall(r"struct (\w+)\s*\{(.*?)\}", text, re.S)
    tables = re.findall(r"table (\w+)\s*\{(.*?)\}", text, re.S)
    union = re.findall(r"union (\w+)\s*\{(.*?)\}", text, re.S)[0]
    fields = lambda body: [(n, t.strip(), d) for n, t, d in re.findall(r"(\w+)\s*:\s*(\[?\w+\]?)\s*(?:=\s*([-\w.]+))?\s*;", body)]
    return enums, [(n, fields(b)) for n, b in structs], [(n, fields(b)) for n, b in tables], \
        (union[0], [m.strip() for m in union[1].split(",") if m.strip()])


def enum_code(name, base, members):
    lines = [f"package enum {name}: {SCALARS[base]} {{"]
    lines += [f"  case {escaped(camel(m))} = {v}" for m, v in members]
    lines += ["", "  /// The name in the schema, for reports.", "  package var name: StaticString {", "    switch self {"]
    lines += [f"    case .{camel(m)}: \"{m}\"" for m, _ in members]
    lines += ["    }", "  }"]
    return lines + ["}", ""]


def swift_name(table):
    """Attribute tables keep their names; the others would clash with the runtime's own nouns."""
    return table if table.endswith("Attributes") else f"File{table}"


def table_code(name, fields, enums, structs, union):
    lines = [f"package struct {swift_name(name)} {{", "  package let table: FileTable",
             "  @inline(__always) package init(_ table: FileTable) { self.table = table }"]
    checks, slot = [], 0
    for field, kind, default in fields:
        prop = escaped(camel(field))
        if kind == union[0]:
            lines.append(f"  package var {prop}Type: UInt8 {{ table.scalar({slot}, default: UInt8(0)) }}")
            lines.append(f"  package var {prop}: FileTable? {{ table.table({slot + 1}) }}")
            slot += 2
            continue
        if kind in SCALARS:
            swift = SCALARS[kind]
            value = default or ("false" if swift == "Bool" else "0")
            value = value if swift == "Bool" else f"{swift}({value})"
            lines.append(f"  package var {prop}: {swift} {{ table.scalar({slot}, default: {value}) }}")
        elif kind in enums:
            base, members = enums[kind]
            first = members[0]
            lines.append(f"  package var {prop}: {kind} {{ {kind}(rawValue: table.scalar({slot}, default: {SCALARS[base]}({first[1]}))) ?? .{camel(first[0])} }}")
            checks.append(f"{kind}(rawValue: table.scalar({slot}, default: {SCALARS[base]}({first[1]}))) != nil")
        elif kind in structs:
            lines.append(f"  package var {prop}: {kind} {{ {kind}(table.structure({slot})) }}")
            checks.append(f"{kind}.isKnown(table.structure({slot}))")
        elif kind == "string":
            lines.append(f"  package var {prop}: FileString {{ table.string({slot}) }}")
        else:
            inner = kind.strip("[]")
            if inner in SCALARS:
                lines.append(f"  package var {prop}: FileVector<{SCALARS[inner]}> {{ table.vector({slot}) }}")
            else:
                lines.append(f"  package var {prop}: FileTables {{ table.tables({slot}) }}")
        slot += 1
    lines.append(f"  package var hasKnownEnumValues: Bool {{ {' && '.join(checks) or 'true'} }}")
    return lines + ["}", ""]


def struct_code(name, fields, enums):
    lines = [f"package struct {name} {{"]
    offset, reads, checks = 0, [], []
    for field, kind, _ in fields:
        swift = SCALARS[enums[kind][0]] if kind in enums else SCALARS[kind]
        size = SIZES[swift]
        offset = -(-offset // size) * size
        read = f"pointer.loadUnaligned(fromByteOffset: {offset}, as: {swift}.self)"
        if kind in enums:
            first = camel(enums[kind][1][0][0])
            reads.append((field, kind, f"{kind}(rawValue: {read}) ?? .{first}", f".{first}"))
            checks.append(f"{kind}(rawValue: {read}) != nil")
        else:
            reads.append((field, swift, read, "0"))
        offset += size
    lines += [f"  package var {camel(f)}: {t}" for f, t, _, _ in reads]
    arguments = ", ".join(f"{camel(f)}: {t} = {d}" for f, t, _, d in reads)
    lines += [f"  package init({arguments}) {{"] + [f"    self.{camel(f)} = {camel(f)}" for f, _, _, _ in reads] + ["  }"]
    lines += ["  package init(_ pointer: UnsafeRawPointer?) {", "    self.init()", "    guard let pointer else { return }"]
    lines += [f"    {camel(f)} = {r}" for f, _, r, _ in reads] + ["  }"]
    lines += ["  package static func isKnown(_ pointer: UnsafeRawPointer?) -> Bool {", "    guard let pointer else { return true }",
              f"    return {' && '.join(checks) or 'true'}", "  }"]
    return lines + ["}", ""]


def main():
    enums, structs, tables, union = parse(SCHEMA.read_text())
    lines = []
    for name, (base, members) in enums.items():
        lines += enum_code(name, base, members)
    (HERE / "../Access/FileEnums.generated.swift").resolve().write_text(HEAD + "\n".join(lines))
    lines = []
    for name, fields in structs:
        lines += struct_code(name, fields, enums)
    for name, fields in tables:
        lines += table_code(name, fields, enums, [n for n, _ in structs], union)
    lines += [f"/// The member of the union {union[0]} that a node carries.", f"package enum {union[0]}Type: UInt8 {{", "  case none = 0"]
    lines += [f"  case {m[0].lower() + m[1:]} = {i + 1}" for i, m in enumerate(union[1])]
    lines += ["", "  /// Whether every enum in the attributes has a value that this version knows.",
              "  package func hasKnownEnumValues(_ table: FileTable) -> Bool {", "    switch self {"]
    lines += [f"    case .{m[0].lower() + m[1:]}: {m}(table).hasKnownEnumValues" for m in union[1]]
    lines += ["    case .none: true", "    }", "  }", "}", ""]
    (HERE / "../Access/FileTables.generated.swift").resolve().write_text(HEAD + "\n".join(lines))
    lines = "".join(f'    "{line.split("//")[0].rstrip()}\\n"\n' for line in SCHEMA.read_text().splitlines() if line.split("//")[0].strip())
    lines = lines.replace('"CRCL"', '\\"CRCL\\"').replace('"coracle"', '\\"coracle\\"')
    (HERE / "../../Compiler/ModelText/schema.generated.h").resolve().write_text(
        HEAD + "static const char model_schema[] =\n" + lines.rstrip("\n") + ";\n")
    subprocess.run(["flatc", "--cpp", "-o", str((HERE / "../Verifier/generated").resolve()), str(SCHEMA)], check=True)


if __name__ == "__main__":
    main()
