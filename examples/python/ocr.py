#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a page with PP-OCRv4: finds lines of text, turns those that stand on their head, and recognises each.

    for part in det cls rec; do coracle convert $part/inference.pdmodel -o $part.coracle; done
    ocr.py det.coracle cls.coracle rec.coracle ppocr_keys_v1.txt page.png --output boxes.png

Prints a line of text with its confidence for each box, from the top to the bottom; draws the boxes into the output picture.
"""
import argparse

import coracle
import cv2
import numpy
import pyclipper

# As the networks were trained: pictures are blue, green, red; the detector's statistics are ImageNet's.
MEAN, DEVIATION = numpy.float32([0.485, 0.456, 0.406]), numpy.float32([0.229, 0.224, 0.225])
PIXEL_THRESHOLD, BOX_THRESHOLD, GROWTH = 0.3, 0.6, 1.5
LINE_HEIGHT, DIRECTION_WIDTH, DIRECTION_THRESHOLD = 48, 192, 0.9


def main():
    parser = argparse.ArgumentParser(description="Reads a page with PP-OCRv4")
    for name in ("detector", "classifier", "recogniser", "characters", "picture"):
        parser.add_argument(name)
    parser.add_argument("--output", help="where the picture with boxes goes")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    detector, classifier, recogniser = (coracle.Model(path).session(threads=options.threads)
                                        for path in (options.detector, options.classifier, options.recogniser))
    with open(options.characters, encoding="utf-8") as file:
        # The recogniser's first class is "nothing", its last a space.
        characters = ["", *file.read().rstrip("\n").split("\n"), " "]
    picture = cv2.imread(options.picture)
    if picture is None:
        raise SystemExit(f"{options.picture} is not a picture that OpenCV reads")
    boxes = detect(detector, picture)
    for box in boxes:
        text, confidence = recognise(recogniser, characters, upright(classifier, cut_out(picture, box)))
        print(f"{text}\t{confidence:.3f}")
    if options.output:
        cv2.imwrite(options.output, cv2.polylines(picture.copy(), [box.astype(numpy.int32) for box in boxes], True, (0, 0, 255), 2))


def detect(session, picture):
    """The corners of every line of text, clockwise from the top left: [4, 2] each, in pixels."""
    height, width = picture.shape[:2]
    # The network halves the picture five times.
    scaled = cv2.resize(picture, [max(round(extent / 32), 1) * 32 for extent in (width, height)])
    pixels = (scaled.astype(numpy.float32) / 255 - MEAN) / DEVIATION
    heat = session(pixels.transpose(2, 0, 1)[None])[0, 0]
    scale = numpy.float32([width / scaled.shape[1], height / scaled.shape[0]])
    contours, _ = cv2.findContours((heat > PIXEL_THRESHOLD).astype(numpy.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        corners = cv2.boxPoints(cv2.minAreaRect(contour))
        if mean_inside(heat, corners) < BOX_THRESHOLD or min(cv2.minAreaRect(contour)[1]) < 3:
            continue
        # The network marks the middle of a line only: its box grows by area over circumference.
        offset = pyclipper.PyclipperOffset()
        offset.AddPath(numpy.rint(corners).astype(int).tolist(), pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
        grown = offset.Execute(cv2.contourArea(corners) * GROWTH / cv2.arcLength(corners, True))
        if grown:
            corners = cv2.boxPoints(cv2.minAreaRect(numpy.array(grown[0], numpy.float32)))
            found.append(clockwise(corners) * scale)
    return sorted(found, key=lambda box: (box[0][1] // 10, box[0][0]))


def mean_inside(heat, corners):
    mask = numpy.zeros(heat.shape, numpy.uint8)
    cv2.fillPoly(mask, [numpy.rint(corners).astype(numpy.int32)], 1)
    return cv2.mean(heat, mask)[0]


def clockwise(corners):
    """Corners from the top left on: of the two on the left the upper one first."""
    left, right = numpy.split(corners[numpy.argsort(corners[:, 0])], 2)
    left, right = left[numpy.argsort(left[:, 1])], right[numpy.argsort(right[:, 1])]
    return numpy.float32([left[0], right[0], right[1], left[1]])


def cut_out(picture, box):
    """The box as a picture of its own, lying."""
    width = int(max(numpy.linalg.norm(box[0] - box[1]), numpy.linalg.norm(box[3] - box[2])))
    height = int(max(numpy.linalg.norm(box[0] - box[3]), numpy.linalg.norm(box[1] - box[2])))
    target = numpy.float32([[0, 0], [width, 0], [width, height], [0, height]])
    line = cv2.warpPerspective(picture, cv2.getPerspectiveTransform(box, target), (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return numpy.rot90(line) if height > 1.5 * width else line


def line_pixels(line, width):
    """[1, 3, 48, width], from -1 to 1; 0 behind a line that is narrower."""
    own = min(width, max(round(LINE_HEIGHT * line.shape[1] / line.shape[0]), 1))
    pixels = numpy.zeros((1, 3, LINE_HEIGHT, width), numpy.float32)
    pixels[0, :, :, :own] = cv2.resize(line, (own, LINE_HEIGHT)).transpose(2, 0, 1) / 127.5 - 1
    return pixels


def upright(session, line):
    """The line, turned round where the classifier is sure that it stands on its head."""
    _, turned = session(line_pixels(line, DIRECTION_WIDTH))[0]
    return cv2.rotate(line, cv2.ROTATE_180) if turned > DIRECTION_THRESHOLD else line


def recognise(session, characters, line):
    """Text and mean confidence of its characters: the best class of each step, without repeats and without nothing (CTC)."""
    width = max(round(LINE_HEIGHT * line.shape[1] / line.shape[0]), LINE_HEIGHT)
    steps = session(line_pixels(line, width))[0]
    best = steps.argmax(axis=1)
    kept = (best != 0) & numpy.append(True, best[1:] != best[:-1])
    confidence = steps.max(axis=1)[kept].mean() if kept.any() else 0
    return "".join(characters[index] for index in best[kept]), float(confidence)


if __name__ == "__main__":
    main()
