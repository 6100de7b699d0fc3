# SPDX-License-Identifier: Apache-2.0
"""Cases of attention; the oracle is a plain loop in float64."""
import itertools

import numpy as np

from matrix_cases import Cases, random, rng


def attention(q, k, v, heads, scale, mask=None, causal=False):
    q, k, v = (t.astype(np.float64) for t in (q, k, v))
    batch, queries, keys = q.shape[0], q.shape[1], k.shape[1]
    features, values = q.shape[2] // heads, v.shape[2] // heads
    y = np.zeros((batch, queries, heads * values))
    full_mask = np.broadcast_to(mask, (batch, heads, queries, keys)) if mask is not None else np.zeros((batch, heads, queries, keys))
    for b, h, s in itertools.product(range(batch), range(heads), range(queries)):
        scores = [scale * (q[b, s, h * features:(h + 1) * features] @ k[b, t, h * features:(h + 1) * features]) + full_mask[b, h, s, t]
                  for t in range(keys)]
        if causal:
            scores = [score if t <= s + max(keys - queries, 0) else -np.inf for t, score in enumerate(scores)]
        if not scores or max(scores) == -np.inf:
            continue
        weights = np.exp(np.array(scores) - max(scores))
        y[b, s, h * values:(h + 1) * values] = (weights / weights.sum()) @ v[b, :, h * values:(h + 1) * values]
    return y


def attentions():
    cases = Cases("attention")

    def add(name, batch, queries, keys, heads, features, values, mask=None, causal=False, scale=0.5):
        q, k, v = random(rng, batch, queries, heads * features), random(rng, batch, keys, heads * features), random(rng, batch, keys, heads * values)
        m = mask if mask is None or isinstance(mask, np.ndarray) else random(rng, *mask)
        inputs = [q, k, v] if m is None else [q, k, v, m]
        cases.add(name, {"heads": heads, "scale": scale, "causal": causal}, inputs, [attention(q, k, v, heads, scale, m, causal)])

    add("two heads", 2, 5, 5, 2, 4, 4)
    add("keys and values of other extents", 1, 3, 11, 3, 5, 2)
    add("one query", 2, 1, 19, 2, 9, 7)
    add("one key", 1, 4, 1, 2, 3, 3)
    add("mask of scores", 1, 4, 9, 2, 3, 3, mask=(1, 2, 4, 9))
    add("mask of keys", 2, 3, 5, 2, 3, 3, mask=(2, 1, 1, 5))
    add("mask of queries", 1, 3, 5, 2, 3, 3, mask=(3, 1))
    add("mask of one value", 1, 3, 5, 2, 3, 3, mask=(1,))
    hidden = np.zeros((1, 1, 3, 10), np.float32)
    hidden[..., 6:] = -np.inf
    hidden[..., 1, :] = -np.inf
    add("keys and a whole query hidden", 1, 3, 10, 2, 3, 3, mask=hidden)
    add("padding by -10000", 1, 2, 9, 1, 3, 3, mask=np.where(np.arange(9) < 4, 0, -10000).astype(np.float32).reshape(1, 1, 1, 9))
    add("causal", 1, 9, 9, 2, 3, 3, causal=True)
    add("causal with earlier keys", 1, 3, 12, 2, 3, 3, causal=True)
    add("causal with fewer keys", 1, 7, 4, 1, 3, 3, causal=True)
    add("causal with mask", 1, 5, 5, 2, 3, 3, mask=(5, 5), causal=True)
    add("more queries than a block", 1, 131, 20, 1, 4, 4)
    add("large scores", 1, 4, 8, 2, 16, 4, scale=40)
    add("no queries", 1, 0, 4, 2, 3, 3)
    add("no keys", 1, 2, 0, 2, 3, 3)
    add("no batches", 0, 3, 4, 2, 3, 3)
    q, k = random(rng, 1, 3, 6), random(rng, 1, 4, 6)
    options = {"heads": 2, "scale": 1}
    cases.fail("heads do not divide", {"heads": 4, "scale": 1}, [q, k, k])
    cases.fail("no heads", {"heads": 0, "scale": 1}, [q, k, k])
    cases.fail("keys and values differ", options, [q, k, random(rng, 1, 5, 6)])
    cases.fail("batches differ", options, [q, random(rng, 2, 4, 6), random(rng, 2, 4, 6)])
    cases.fail("mask does not broadcast", options, [q, k, k, random(rng, 5)])
    cases.fail("mask of five dimensions", options, [q, k, k, random(rng, 1, 1, 1, 1, 1)])
    cases.fail("mask of booleans", options, [q, k, k, np.ones((1, 4), np.bool_)], "INVALID_TYPE")
    cases.fail("rank 4", options, [random(rng, 1, 2, 3, 3), k, k])
    joined_attentions(cases)
    cases.write()


def joined_attentions(cases):
    """Queries, keys and values side by side in one tensor; numbers of their own, so that the rows of other operators stay what they are."""
    own = np.random.default_rng(14)

    def add(name, batch, rows, heads, features, values, mask=None, causal=False, scale=0.5):
        x = random(own, batch, rows, heads * (2 * features + values))
        q, k, v = np.split(x, [heads * features, 2 * heads * features], axis=2)
        m = None if mask is None else random(own, *mask)
        cases.add(name, {"heads": heads, "scale": scale, "causal": causal, "value_features": values},
                  [x] if m is None else [x, None, None, m], [attention(q, k, v, heads, scale, m, causal)])

    add("joined, two heads", 2, 5, 2, 4, 4)
    add("joined, values of another extent", 1, 11, 3, 5, 2)
    add("joined, one head", 1, 9, 1, 3, 7)
    add("joined, one row", 2, 1, 2, 3, 3)
    add("joined, mask of scores", 1, 9, 2, 3, 3, mask=(1, 2, 9, 9))
    add("joined, mask of keys", 2, 5, 2, 3, 4, mask=(2, 1, 1, 5))
    add("joined, causal", 1, 9, 2, 3, 3, causal=True)
    add("joined, causal with mask", 1, 5, 2, 3, 3, mask=(5, 5), causal=True)
    add("joined, more rows than a block", 1, 70, 1, 2, 3)
    add("joined, no features", 1, 3, 2, 0, 3)
    add("joined, no rows", 1, 0, 2, 3, 3)
    add("joined, no batches", 0, 3, 2, 3, 3)
    x, k = random(own, 1, 3, 20), random(own, 1, 3, 6)
    options = {"heads": 2, "scale": 1, "value_features": 4}
    cases.fail("joined, the rest does not divide", {**options, "value_features": 3}, [x])
    cases.fail("joined, values wider than the rows", {**options, "value_features": 11}, [x])
    cases.fail("joined, the largest extents", {"heads": 2**31 - 1, "scale": 1, "value_features": 2**31 - 1}, [x])
    cases.fail("joined, negative extent of values", {**options, "value_features": -4}, [x])
    cases.fail("joined, the most negative extent of values", {**options, "value_features": -2**31}, [x])
    cases.fail("joined, no heads", {**options, "heads": 0}, [x])
    cases.fail("joined, negative heads", {**options, "heads": -2}, [x])
    cases.fail("joined, rank 2", options, [random(own, 3, 20)])
    cases.fail("joined, mask does not broadcast", options, [x, None, None, random(own, 4)])
    cases.fail("joined, integers", options, [np.ones((1, 3, 20), np.int64)], "INVALID_TYPE")
    cases.fail("joined, keys beside", options, [x, k], "INVALID_MODEL")
    cases.fail("joined, values beside", options, [x, None, k], "INVALID_MODEL")
    cases.fail("neither joined nor keys", {"heads": 2, "scale": 1}, [x], "INVALID_MODEL")
