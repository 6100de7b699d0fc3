# SPDX-License-Identifier: Apache-2.0
"""Many threads: a session each of one model, and all on one session."""
import concurrent.futures

import numpy

THREADS = 8


def work(session, seed, copy):
    """Runs of changing shapes; the largest difference from what they must give."""
    generator, worst = numpy.random.default_rng(seed), 0.0
    for _ in range(60):
        x = generator.integers(-9, 9, (int(generator.integers(1, 40)), 4)).astype(numpy.float32)
        z = copy(session, x)
        y = x + numpy.array([1, 2, 3, 4], numpy.float32)
        worst = max(worst, float(numpy.abs(z - (y * y - x)).max()))
    return worst


def test_a_session_a_thread(opened):
    model = opened("open")
    sessions = [model.session(threads=1 + index % 2) for index in range(THREADS)]
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(lambda index: work(sessions[index], index, lambda session, x: session.run({"x": x})["z"]), range(THREADS))) == [0.0] * THREADS


def test_one_session_for_all(opened):
    """Its outputs are the last run's, so that here only shapes and the absence of a crash can be checked."""
    session = opened("open").session()

    def shapes(seed):
        rows = [int(rows) for rows in numpy.random.default_rng(seed).integers(1, 40, 60)]
        return all(session.run({"x": numpy.ones((count, 4), numpy.float32)})["z"].shape[1] == 4 for count in rows)
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(shapes, range(THREADS)))
