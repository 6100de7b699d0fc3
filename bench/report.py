"""The tables, and the picture. SPDX-License-Identifier: Apache-2.0"""
import math
import statistics

US = "coracle"
WIDTH = 14


def fastest_peer(entries):
    """Name and milliseconds of the fastest peer that is right, or None."""
    times = {name: entry["milliseconds"] for name, entry in entries.items() if entry["status"] == "ok" and name != US}
    return min(times.items(), key=lambda item: item[1]) if times else None


def ratio(entries):
    """Coracle's time over the fastest peer's, or None."""
    best = fastest_peer(entries)
    return entries[US]["milliseconds"] / best[1] if best and entries.get(US, {}).get("status") == "ok" else None


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def summary(results):
    """For each thread count: the ratios and their geometric mean."""
    counts = {}
    for (network, threads), entries in results.items():
        best = fastest_peer(entries)
        counts.setdefault(threads, {})[network] = {"fastest_peer": best and best[0], "ratio": ratio(entries)}
    return {threads: {"networks": networks, "geometric_mean": geometric_mean([row["ratio"] for row in networks.values() if row["ratio"]])}
            for threads, networks in counts.items()}


def cell(entry, text):
    """`text` of an entry that is right, its status otherwise."""
    return f"{text(entry) if entry and entry['status'] == 'ok' else entry['status'] if entry else '-':>{WIDTH}}"


def times(results, runtimes, threads):
    """The table of one thread count; the lines."""
    lines = [f"{threads} thread{'s' if threads > 1 else ''}, milliseconds",
             f"{'network':20}" + "".join(f"{name:>{WIDTH}}" for name in runtimes) + f"  {'fastest peer':14}{'ratio':>6}"]
    rows = {network: entries for (network, count), entries in results.items() if count == threads}
    for network, entries in rows.items():
        best, quotient = fastest_peer(entries), ratio(entries)
        lines.append(f"{network:20}" + "".join(cell(entries.get(name), lambda entry: f"{entry['milliseconds']:.2f}") for name in runtimes)
                     + f"  {best[0] if best else '-':14}" + (f"{quotient:6.2f}" if quotient else f"{'-':>6}"))
    mean = geometric_mean([quotient for quotient in map(ratio, rows.values()) if quotient])
    if mean:
        lines.append(f"geometric mean of the ratios (Coracle / fastest peer): {mean:.3f}")
    return lines


STARTS = {
    "load + first run, milliseconds": lambda entry: f"{entry['load_milliseconds']:.1f}+{entry['first_run_milliseconds']:.1f}",
    "peak memory above an empty process, MB": lambda entry: f"{entry['peak_bytes'] / 1e6:.0f}",
    "peak memory above the process that has imported the runtime, MB": lambda entry: f"{entry['peak_bytes_after_import'] / 1e6:.0f}"}


def starts(results, runtimes):
    """The tables of STARTS, at the first thread count of each network; the lines."""
    lines, rows = [], {}
    for (network, _), entries in results.items():
        rows.setdefault(network, entries)
    for title, text in STARTS.items():
        lines += ["", title, f"{'network':20}" + "".join(f"{name:>{WIDTH}}" for name in runtimes)]
        lines += [f"{network:20}" + "".join(cell(entries.get(name), text) for name in runtimes) for network, entries in rows.items()]
    return lines


def reasons(results):
    """Every runtime that is missing somewhere, and why; thread counts with the same words are one line."""
    lines = {}
    for (network, threads), entries in results.items():
        for name, entry in entries.items():
            words = entry.get("reason") or entry.get("remark")
            if words:
                lines.setdefault(f"{name}, {network}: {entry['status']}: {words}", []).append(str(threads))
    return [f"{line} (threads: {', '.join(threads)})" for line, threads in lines.items()]


def draw(results, runtimes, title, path):
    """Bars a network: each runtime's time over the fastest peer's."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    threads = sorted({count for _, count in results})
    figure, axes = pyplot.subplots(len(threads), 1, figsize=(16, 4.5 * len(threads)), squeeze=False, layout="constrained")
    colours = {name: "black" if name == US else pyplot.get_cmap("tab10")(index) for index, name in enumerate(runtimes)}
    limit = 5  # bars end here; their numbers tell the rest
    for axis, count in zip(axes[:, 0], threads):
        rows = {network: entries for (network, each), entries in results.items() if each == count and fastest_peer(entries)}
        for index, name in enumerate(runtimes):
            axis.bar(0, 0, color=colours[name], label=name)
            for place, entries in enumerate(rows.values()):
                entry = entries.get(name)
                if entry and entry["status"] == "ok":
                    height = entry["milliseconds"] / fastest_peer(entries)[1]
                    x = place + (index - (len(runtimes) - 1) / 2) * 0.8 / len(runtimes)
                    axis.bar(x, height, 0.8 / len(runtimes), color=colours[name])
                    above = height < 0.9 * limit
                    axis.text(x, height if above else limit, f" {entry['milliseconds']:.3g} ", rotation=90, ha="center", fontsize=6,
                              va="bottom" if above else "top", color="black" if above else "white")
        axis.axhline(1, color="grey", linewidth=0.8)
        axis.set_ylim(0, limit)
        axis.set_xticks(range(len(rows)), list(rows), rotation=20, ha="right")
        axis.set_ylabel("time / fastest peer's")
        axis.set_title(f"{count} thread{'s' if count > 1 else ''} (numbers: milliseconds)", fontsize=10)
        axis.legend(ncols=len(runtimes), fontsize=8, loc="lower center", bbox_to_anchor=(0.5, -0.4))
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, dpi=120)
