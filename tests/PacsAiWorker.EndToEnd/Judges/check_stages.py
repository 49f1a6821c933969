"""Reads the folders that `inspect --dump` wrote: check_stages.py DIR...; prints JSON.

Each stage is read by numpy and made again from the one before it, with numpy and Pillow. Per folder, package and frame: by how much what
was written differs from that.
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
from PIL import Image

from resize_by_pillow import resized


def again(picture, resize):
    """Pillow's picture, height × width × channels."""
    channels = 3 if picture.ndim == 3 else 1
    job = {
        "mode": resize["mode"], "interpolation": resize["interpolation"], "width": resize["w"], "height": resize["h"],
        "shortSide": resize["shortSide"], "pad": int(resize["pad"]), "channels": channels,
    }
    return np.asarray(resized(Image.fromarray(picture), job)).reshape(resize["h"], resize["w"], channels)


def most(one, other):
    return float(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64)).max())


def softmax(raw):
    powers = np.exp(raw.astype(np.float64) - raw.max())
    return powers / powers.sum()


def judge(folder):
    about = json.loads((folder / "stages.json").read_text(encoding="utf-8"))
    arrays = {}
    for stage in about["stages"]:
        array = np.load(folder / stage["file"], allow_pickle=False)
        assert list(array.shape) == stage["shape"] and array.dtype.name == stage["dtype"], stage
        arrays[stage["model"], stage["frame"], stage["stage"]] = array
    verdicts = []
    for model in about["models"]:
        box, colour = model["crop"], model["colour"]
        for frame in about["image"]["framesUsed"]:
            displayed = arrays[None, frame, "displayed"]
            crop, resize, tensor, raw, given = (arrays[model["name"], frame, s] for s in ("crop", "resized", "input", "raw", "probabilities"))
            picture, grey = crop, 0.0
            if crop.ndim == 3 and colour not in ("rgb", "bgr"):
                picture = arrays[model["name"], frame, "grey"]
                grey = most(picture, crop.astype(np.float64) @ [0.299, 0.587, 0.114])
            pillow = again(picture, model["resize"])
            normal = (resize.astype(np.float64) * model["scale"] - model["mean"]) / model["std"]
            normal = normal if model["layout"] == "NHWC" else normal.transpose(2, 0, 1)
            digest = next(i["inputSha256"] for i in about["inputs"] if (i["model"], i["frame"]) == (model["name"], frame))
            verdicts.append({
                "model": model["name"], "frame": frame,
                "stored": most(arrays[None, frame, "stored"], displayed) if about["image"]["photometricInterpretation"] in ("MONOCHROME2", "RGB") else 0.0,
                "crop": most(crop, displayed[box["y0"]:box["y1"] + 1, box["x0"]:box["x1"] + 1]),
                "grey": grey, "resized": most(resize, pillow[:, :, ::-1] if colour == "bgr" else pillow),
                "input": most(tensor[0], normal), "probabilities": most(given, softmax(raw)),
                "digest": hashlib.sha256(tensor.tobytes()).hexdigest() == digest,
            })
    return verdicts


print(json.dumps([judge(pathlib.Path(folder)) for folder in sys.argv[1:]]))
