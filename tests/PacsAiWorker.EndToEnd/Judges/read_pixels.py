"""Decodes images with programs of others: read_pixels.py FOLDER FILES…; writes raw samples to FOLDER and prints what they are as JSON.

One sample a pixel: the stored values. Three: red, green, blue of 8 bits. Judges: pydicom's own code where it has some, GDCM (gdcmconv),
DCMTK (dcmdjpeg, dcmdjpls, dcmdrle, dcmconv), OpenJPEG's opj_decompress.
"""
import json
import os
import subprocess
import sys
import warnings

import numpy as np
import pydicom
from pydicom.encaps import generate_pixel_data_frame
from pydicom.pixel_data_handlers import numpy_handler, rle_handler
from pydicom.pixel_data_handlers.util import convert_color_space

warnings.simplefilter("ignore")
pydicom.config.pixel_data_handlers = [numpy_handler, rle_handler]
JPEG = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"}
JPEG_LS = {"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"}
J2K = {"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"}
RLE = {"1.2.840.10008.1.2.5"}


class NoDecoder(Exception):
    pass


def frames_of(ds):
    """Frames x rows x columns (x 3), stored values or RGB."""
    samples = ds.SamplesPerPixel
    array = ds.pixel_array
    array = array.reshape((-1, ds.Rows, ds.Columns) + ((samples,) if samples > 1 else ()))
    if samples == 3 and ds.PhotometricInterpretation.startswith("YBR_FULL"):
        array = convert_color_space(array, ds.PhotometricInterpretation, "RGB")
    return array


def by_pydicom(path, ds, folder):
    if ds.file_meta.TransferSyntaxUID.is_compressed and ds.file_meta.TransferSyntaxUID not in RLE | {"1.2.840.10008.1.2.1.99"}:
        raise NoDecoder()
    return frames_of(ds)


def converted(path, folder, command):
    target = os.path.join(folder, "converted.dcm")
    done = subprocess.run(command + [path, target], capture_output=True, timeout=60)
    if done.returncode != 0 or not os.path.exists(target):
        raise ValueError("refused")
    ds = pydicom.dcmread(target)
    os.remove(target)
    return frames_of(ds)


def by_gdcm(path, ds, folder):
    return converted(path, folder, ["gdcmconv", "--raw"])


def by_dcmtk(path, ds, folder):
    syntax = str(ds.file_meta.TransferSyntaxUID)
    tool = "dcmdjpeg" if syntax in JPEG else "dcmdjpls" if syntax in JPEG_LS else "dcmdrle" if syntax in RLE else "dcmconv"
    if syntax in J2K or not ds.file_meta.TransferSyntaxUID.is_compressed and tool != "dcmconv":
        raise NoDecoder()
    return converted(path, folder, [tool] + (["+te"] if tool == "dcmconv" else []))


def by_openjpeg(path, ds, folder):
    if str(ds.file_meta.TransferSyntaxUID) not in J2K:
        raise NoDecoder()
    frames = []
    for data in generate_pixel_data_frame(ds.PixelData, int(ds.get("NumberOfFrames", 1))):
        source, target = os.path.join(folder, "frame.j2k"), os.path.join(folder, "frame.rawl")
        with open(source, "wb") as file:
            file.write(data)
        subprocess.run(["opj_decompress", "-i", source, "-o", target], capture_output=True, timeout=60, check=True)
        raw = np.fromfile(target, dtype=np.uint8)
        shape = (ds.SamplesPerPixel, ds.Rows, ds.Columns)
        if raw.size == 2 * np.prod(shape):
            raw = raw.view("<i2" if ds.PixelRepresentation else "<u2")
        array = raw.reshape(shape)
        frames.append(np.moveaxis(array, 0, -1) if shape[0] > 1 else array[0])
    return np.stack(frames)


JUDGES = {"pydicom": by_pydicom, "gdcm": by_gdcm, "dcmtk": by_dcmtk, "openjpeg": by_openjpeg}


def main():
    folder, paths = sys.argv[1], sys.argv[2:]
    found = []
    for number, path in enumerate(paths):
        for judge, decode in JUDGES.items():
            entry = {"file": path, "judge": judge, "raw": None, "frames": 0, "samples": 0, "bytes": 0, "why": None}
            try:
                array = decode(path, pydicom.dcmread(path), folder)
                entry["raw"] = os.path.join(folder, f"{number}-{judge}.raw")
                np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tofile(entry["raw"])
                entry["frames"], entry["samples"], entry["bytes"] = array.shape[0], array.shape[3] if array.ndim == 4 else 1, array.dtype.itemsize
            except NoDecoder:
                entry["why"] = "no decoder"
            except Exception as error:
                entry["why"] = "refused"
                entry["error"] = f"{type(error).__name__}: {error}"[:200]
            found.append(entry)
    print(json.dumps(found))


main()
