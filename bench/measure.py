"""Interleaved timing: every runtime in a process of its own, only one of them running at any moment. SPDX-License-Identifier: Apache-2.0"""
import json
import os
import pathlib
import selectors
import signal
import statistics
import subprocess

WORKER = pathlib.Path(__file__).with_name("worker.py")
PATIENCE = 300
SLACK = 1.25  # cores that a runtime may keep busy beyond its threads before the report says so


class Failure(Exception):
    """Why a runtime does not take part."""
    status = "failed"


class NotConverted(Failure):
    status = "not converted"


class Worker:
    """A process that holds one runtime with one network. It is stopped by a signal whenever it is not asked anything, so that no
    spinning thread of its pool disturbs the others."""

    def __init__(self, runtime, model, network, threads, log):
        # NumPy's own thread would spin on a core for a while after the import, which a model that loads in milliseconds shares with it.
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS="1")
        self.process = subprocess.Popen([runtime.python, WORKER, runtime.name, model, network.folder, str(threads)], env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1)
        self.first = self.answer()

    def answer(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            ready = selector.select(PATIENCE)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            self.close()
            raise Failure(f"ended with {self.process.returncode}" if ready else f"no answer in {PATIENCE} s")
        values = json.loads(line)
        if "failure" in values:
            self.close()
            raise Failure(values["failure"])
        self.process.send_signal(signal.SIGSTOP)
        return values

    def ask(self, question):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(question + "\n")
        return self.answer()

    def close(self):
        self.process.kill()
        self.process.wait()


def begin(runtime, model, network, threads, starts, log):
    """A worker that loaded the network and computed it right, and its entry of the results: medians of `starts` fresh processes."""
    firsts = []
    for left in reversed(range(starts)):
        worker = Worker(runtime, model, network, threads, log)
        firsts.append(worker.first)
        if left:
            worker.close()
    entry = {key: statistics.median(first[key] for first in firsts) for key in firsts[0] if key != "libraries"}
    entry["libraries"] = firsts[0]["libraries"]
    entry["difference"] = worker.ask("check")["difference"]
    return worker, entry


def measure(network, models, threads, options, tolerance, log):
    """Results by runtime's name. `models`: the model's path a runtime, or a Failure."""
    entries, workers = {}, {}
    for runtime, model in models.items():
        try:
            if isinstance(model, Failure):
                raise model
            worker, entry = begin(runtime, model, network, threads, options.starts, log)
        except Failure as failure:
            entries[runtime.name] = {"status": failure.status, "reason": str(failure)}
            continue
        entries[runtime.name] = entry
        if entry["difference"] <= tolerance:
            workers[runtime.name] = worker
        else:
            worker.close()
            entry.update(status="wrong", reason=f"differs from the reference by {entry['difference']:.2g}")
    turns = {name: [] for name in workers}
    names = list(workers)
    for turn in range(options.rounds):
        first = turn % max(len(names), 1)
        for name in names[first:] + names[:first]:
            if name in workers:
                try:
                    turns[name].append(workers[name].ask(f"time {options.seconds} {options.least}"))
                except Failure as failure:
                    entries[name].update(status="failed", reason=str(failure))
                    del workers[name]
    for name, worker in workers.items():
        finish(entries[name], worker, turns[name], threads, tolerance)
    return entries


def finish(entry, worker, turns, threads, tolerance):
    """Checks the last run once more and sums the turns up."""
    try:
        entry["difference"] = max(entry["difference"], worker.ask("check")["difference"])
    except Failure as failure:
        entry.update(status="failed", reason=str(failure))
        return
    worker.close()
    if entry["difference"] > tolerance:
        entry.update(status="wrong", reason=f"differs from the reference by {entry['difference']:.2g} after some runs")
        return
    rounds = [turn["milliseconds"] for turn in turns]
    cores = statistics.median(turn["cores"] for turn in turns)
    entry.update(status="ok", milliseconds=statistics.median(rounds), rounds=rounds, runs=sum(turn["runs"] for turn in turns), cores=cores)
    if cores > threads * SLACK:
        entry["remark"] = f"kept {cores:.1f} cores busy"
