#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the handwritten-digit network of the demo and writes everything that the demo and its tests read.

    pip install paddlepaddle==3.3.1 scikit-learn numpy
    python examples/digits/train.py [FOLDER]          (default: the folder of this script)

The data are the 1,797 pictures of 8 x 8 pixels that ship inside scikit-learn (sklearn.datasets.load_digits: Optical Recognition of
Handwritten Digits, Alpaydin and Kaynak, UCI Machine Learning Repository, CC BY 4.0). A quarter is held out, stratified by digit.

Written:
    model/inference.json, model/inference.pdiparams   the network in Paddle 3's PIR form, input [-1, 1, 8, 8] from 0 to 1
    held-out.npy, held-out-labels.npy                 the held-out pictures (uint8, 0 to 16) and their digits
    held-out-scores.npy                               Paddle's own probabilities for them (float32)
    pictures/<digit>.pgm                              the first held-out picture of each digit, enlarged to 64 x 64
"""
import pathlib
import random
import sys

import numpy
import paddle
from paddle import nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 20
EPOCHS = 120
BATCH = 64
ENLARGED = 8


class DigitNetwork(nn.Layer):
    """A convolution with a bias, then two depthwise-separable blocks: 8 x 8 grey pixels to 10 probabilities."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2D(1, 24, 3, padding=1), nn.BatchNorm2D(24), nn.ReLU(),
            nn.Conv2D(24, 24, 3, padding=1, groups=24, bias_attr=False), nn.BatchNorm2D(24), nn.Hardswish(),
            nn.Conv2D(24, 48, 1, bias_attr=False), nn.BatchNorm2D(48), nn.ReLU(),
            nn.MaxPool2D(2, 2),
            nn.Conv2D(48, 48, 3, padding=1, groups=48, bias_attr=False), nn.BatchNorm2D(48), nn.Hardswish(),
            nn.Conv2D(48, 96, 1), nn.BatchNorm2D(96), nn.ReLU(),
            nn.AdaptiveAvgPool2D(1))
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(96, 10)

    def forward(self, x):
        x = paddle.flatten(self.features(x), 1)
        return nn.functional.softmax(self.classifier(self.dropout(x)), axis=-1)


def shifted(pictures, generator):
    """Each picture moved by -1, 0 or 1 pixels in both directions, edges filled with paper."""
    padded = numpy.pad(pictures, ((0, 0), (0, 0), (1, 1), (1, 1)))
    rows, columns = generator.integers(0, 3, (2, len(pictures)))
    return numpy.stack([picture[:, r:r + 8, c:c + 8] for picture, r, c in zip(padded, rows, columns)])


def train(pictures, digits):
    network = DigitNetwork()
    steps = EPOCHS * -(-len(pictures) // BATCH)
    rate = paddle.optimizer.lr.CosineAnnealingDecay(0.004, steps)
    optimizer = paddle.optimizer.AdamW(rate, parameters=network.parameters(), weight_decay=0.01)
    generator = numpy.random.default_rng(SEED)
    for _ in range(EPOCHS):
        order = generator.permutation(len(pictures))
        for start in range(0, len(order), BATCH):
            chosen = order[start:start + BATCH]
            scores = network(paddle.to_tensor(shifted(pictures[chosen], generator)))
            loss = nn.functional.nll_loss(paddle.log(scores + 1e-9), paddle.to_tensor(digits[chosen]))
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
            rate.step()
    network.eval()
    return network


def write_picture(path, picture):
    """Binary PGM. The largest grey is 240 = 15 x 16, so that the 17 levels of the data are kept exactly."""
    large = numpy.kron(picture * 15, numpy.ones((ENLARGED, ENLARGED), numpy.uint8)).astype(numpy.uint8)
    path.write_bytes(b"P5\n%d %d\n240\n" % large.shape[::-1] + large.tobytes())


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + "/..").resolve()
    random.seed(SEED)
    numpy.random.seed(SEED)
    paddle.seed(SEED)
    data = load_digits()
    pictures = data.images.astype(numpy.uint8)
    kept, held_out, kept_digits, held_out_digits = train_test_split(
        pictures, data.target, test_size=0.25, random_state=SEED, stratify=data.target)
    scale = lambda x: (x.astype(numpy.float32) / 16)[:, None]

    network = train(scale(kept), kept_digits)
    scores = network(paddle.to_tensor(scale(held_out))).numpy()
    print(f"held-out accuracy: {(scores.argmax(1) == held_out_digits).mean():.4f} of {len(held_out)} pictures")

    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    paddle.jit.save(network, str(folder / "model/inference"),
                    input_spec=[paddle.static.InputSpec([None, 1, 8, 8], "float32", name="picture")])
    numpy.save(folder / "held-out.npy", held_out)
    numpy.save(folder / "held-out-labels.npy", held_out_digits.astype(numpy.uint8))
    numpy.save(folder / "held-out-scores.npy", scores)
    for digit in range(10):
        write_picture(folder / f"pictures/{digit}.pgm", held_out[held_out_digits == digit][0])


if __name__ == "__main__":
    main()
