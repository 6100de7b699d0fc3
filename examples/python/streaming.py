#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hears sound as it comes and tells where something begins and ends, by a recurrent network that keeps its state between calls.

    make_streaming_model.py levels.onnx && coracle convert levels.onnx -o levels.coracle
    streaming.py levels.coracle [sound.wav]

The network has two running averages of the loudness, a quick and a slow one: sound begins where the quick one exceeds the slow one. Without a
file it hears three tones with silence around them.
"""
import argparse
import wave

import coracle
import numpy

FRAMES_A_SECOND = 100


def main():
    parser = argparse.ArgumentParser(description="Tells where sounds begin and end")
    parser.add_argument("model")
    parser.add_argument("sound", nargs="?", help="a 16-bit .wav file")
    parser.add_argument("--chunk", type=int, default=7, help="frames a call, of 10 ms each")
    options = parser.parse_args()
    levels = loudness(*(read(options.sound) if options.sound else three_tones()))
    with coracle.Model(options.model) as model, model.session() as session:
        was_heard = False
        for frame, (quick, slow) in enumerate(averages(session, levels, options.chunk)):
            is_heard = bool(quick > slow + 0.02)
            if is_heard != was_heard:
                print(f"{frame / FRAMES_A_SECOND:.2f} s  {'sound' if is_heard else 'silence'}")
            was_heard = is_heard


def averages(session, levels, chunk):
    """The network's two averages for each level, a chunk of them at a time, as a microphone would deliver."""
    state = numpy.zeros(session.model.inputs[1].shape, numpy.float32)
    for start in range(0, len(levels), chunk):
        outputs = session.run({"levels": levels[start:start + chunk].reshape(-1, 1, 1), "state": state})
        yield from outputs["averages"][:, 0]
        # What the network remembers goes into the next call.
        state = outputs["next_state"]


def loudness(samples, rate):
    """Root mean square of each frame."""
    size = rate // FRAMES_A_SECOND
    frames = samples[:len(samples) // size * size].reshape(-1, size)
    return numpy.sqrt((frames ** 2).mean(axis=1))


def three_tones(rate=16000):
    time = numpy.arange(4 * rate, dtype=numpy.float32) / rate
    heard = ((time % 1 > 0.25) & (time % 1 < 0.65) & (time < 3)).astype(numpy.float32)
    return 0.5 * numpy.sin(2 * numpy.pi * 440 * time, dtype=numpy.float32) * heard, rate


def read(path):
    with wave.open(path) as file:
        if file.getsampwidth() != 2:
            raise SystemExit(f"{path} does not have 16 bits a sample")
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return samples.astype(numpy.float32).mean(axis=1) / 32768, file.getframerate()


if __name__ == "__main__":
    main()
