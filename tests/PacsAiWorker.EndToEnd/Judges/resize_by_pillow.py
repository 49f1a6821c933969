"""Resizes pictures with Pillow: resize_by_pillow.py JOBS SOURCES RESULTS; prints how many as JSON.

JOBS: JSON list of {sourceWidth, sourceHeight, channels, mode, interpolation, width, height, shortSide, pad}. SOURCES: their pictures, 8 bit,
one after the other; RESULTS: the same of what was made. Letterbox is ImageOps.pad; the short side and the centre are counted as
torchvision's Resize and CenterCrop count them.
"""
import json
import sys

import numpy as np
from PIL import Image, ImageOps

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "area": Image.Resampling.BOX,
}


def resized(image, job):
    size, method = (job["width"], job["height"]), FILTERS[job["interpolation"]]
    if job["mode"] == "letterbox":
        return ImageOps.pad(image, size, method, color=(job["pad"],) * 3 if job["channels"] == 3 else job["pad"])
    if job["mode"] == "stretch":
        return image.resize(size, method)
    side, (w, h) = job["shortSide"], image.size
    w, h = (side, int(side * h / w)) if w <= h else (int(side * w / h), side)
    left, top = int(round((w - size[0]) / 2.0)), int(round((h - size[1]) / 2.0))
    return image.resize((w, h), method).crop((left, top, left + size[0], top + size[1]))


def main():
    jobs_path, sources_path, results_path = sys.argv[1:]
    with open(jobs_path, encoding="utf-8") as file:
        jobs = json.load(file)
    sources, at = np.fromfile(sources_path, dtype=np.uint8), 0
    with open(results_path, "wb") as results:
        for job in jobs:
            shape = (job["sourceHeight"], job["sourceWidth"], job["channels"])
            picture = sources[at:at + np.prod(shape)].reshape(shape)
            at += picture.size
            image = Image.fromarray(picture if job["channels"] == 3 else picture[:, :, 0])
            results.write(resized(image, job).tobytes())
    print(json.dumps(len(jobs)))


if __name__ == "__main__":
    main()
