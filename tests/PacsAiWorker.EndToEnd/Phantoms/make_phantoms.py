#!/usr/bin/python3
"""Phantom ultrasound studies written by pydicom, never by the product's own writer.

make_phantoms.py DIR --studies N --images M --seed S [--small] [--name NAME] [--plain]
Writes DIR/<study>/<image>.dcm and prints a JSON manifest: one entry an image, with what the worker has to make of it.
Same arguments, same files. --plain leaves out everything that is not scored.
"""
import argparse
import json
import os

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"
US_CLIP = "1.2.840.10008.5.1.4.1.1.3.1"
ROOT = "1.2.826.0.1.3680043.10.1317"


def smooth(field):
    padded = np.pad(field, 1, mode="edge")
    rows = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4


def tissue(rng, height, width, lesion):
    """Fully developed speckle (Rayleigh), log-like compression, optionally one dark or bright ellipse. uint8, height x width."""
    half = (height // 2 + 1, width // 2 + 1)
    amplitude = np.hypot(smooth(rng.standard_normal(half)), smooth(rng.standard_normal(half))) * 2.1
    amplitude = np.kron(amplitude, np.ones((2, 2)))[:height, :width]
    v, u = np.mgrid[0:height, 0:width]
    u, v = (u + 0.5) / width, (v + 0.5) / height
    echo = rng.uniform(0.7, 1.1) * (1 + rng.uniform(-0.3, 0.3) * (v - 0.5))
    if lesion:
        radius = rng.uniform(0.10, 0.13)
        cu, cv = rng.uniform(0.35, 0.65), rng.uniform(0.35, 0.65)
        r = ((u - cu) / radius) ** 2 + ((v - cv) / (radius * width / height)) ** 2
        factor = 0.22 if rng.uniform() < 0.6 else 3.0
        echo = echo * np.where(r < 1, factor, 1.0)
    amplitude = amplitude * echo
    return np.clip(1 + 254 * amplitude / (amplitude + 1.1), 0, 255).astype(np.uint8)


def region(x0, y0, x1, y1, data_type=1):
    item = Dataset()
    item.RegionSpatialFormat = 1
    item.RegionDataType = data_type
    item.RegionFlags = 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = x0, y0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = x1, y1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX = item.PhysicalDeltaY = 0.02
    return item


def picture(rng, kind, lesion, height, width):
    """Pixels (height x width [x 3]) and the scan box (x0, y0, x1, y1, inclusive)."""
    x0, y0 = width // 8, height // 8
    x1, y1 = width - width // 10 - 1, height - height // 12 - 1
    grey = np.zeros((height, width), np.uint8)
    grey[y0:y1 + 1, x0:x1 + 1] = tissue(rng, y1 - y0 + 1, x1 - x0 + 1, lesion)
    if kind not in ("rgb", "doppler"):
        return grey, (x0, y0, x1, y1)
    rgb = np.stack([grey] * 3, axis=-1)
    if kind == "doppler":
        cy, cx = height // 2, width // 2
        rgb[cy - height // 8:cy + height // 8, cx - width // 8:cx] = (220, 30, 20)
        rgb[cy - height // 8:cy + height // 8, cx:cx + width // 8] = (20, 40, 230)
    return rgb, (x0, y0, x1, y1)


def image(args, rng, study, number, kind, lesion):
    height, width = (160, 200) if args.small else (300, 400)
    pixels, box = picture(rng, kind, lesion, height, width)
    frames = np.stack([pixels, pixels]) if kind == "clip" else pixels
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = US_CLIP if kind == "clip" else US_IMAGE
    meta.MediaStorageSOPInstanceUID = f"{study['uid']}.1.{number}"
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if kind == "implicit" else ExplicitVRLittleEndian
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = True, kind == "implicit"
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "", "0010" if kind == "doppler" else "0001"]
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyDate, ds.StudyTime, ds.ContentDate, ds.ContentTime = "20260102", "101112", "20260102", "101112"
    ds.AccessionNumber, ds.StudyID, ds.ReferringPhysicianName = study["accession"], "1", ""
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = "US", "PacsAiWorker Phantom", "pydicom"
    ds.PatientName, ds.PatientID = args.name, study["patient"]
    ds.PatientBirthDate, ds.PatientSex = "19700101", "O"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study["uid"], study["uid"] + ".1"
    ds.SeriesNumber, ds.InstanceNumber = 1, number
    if kind != "no regions":
        ds.SequenceOfUltrasoundRegions = Sequence([region(*box)])
    colour = frames.ndim == 3 and frames.shape[-1] == 3
    ds.SamplesPerPixel = 3 if colour else 1
    ds.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        ds.PlanarConfiguration = 0
    if kind == "clip":
        ds.NumberOfFrames, ds.FrameTime = 2, 40
        ds.FrameIncrementPointer = 0x00181063
    ds.Rows, ds.Columns = height, width
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PixelData = frames.tobytes()
    ds["PixelData"].VR = "OW" if kind == "implicit" else "OB"
    if kind == "rle":
        ds.compress(RLELossless, generate_instance_uid=False)
    return ds


# One of them goes with each study; and what the worker has to make of a kind; null means scored.
SPECIALS = ["doppler", "clip", "rle"]
REASONS = {"doppler": "colour or spectral Doppler"}


def kinds(args, study):
    plain = ["grey", "implicit", "rgb", "no regions"]
    wanted = [plain[(study + i) % len(plain)] for i in range(args.images)]
    if not args.plain and study < len(SPECIALS):
        wanted.append(SPECIALS[study])
    return wanted


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--studies", type=int, default=4)
    parser.add_argument("--images", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="PHANTOM^TEST")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--plain", action="store_true")
    args = parser.parse_args()
    manifest = []
    for s in range(args.studies):
        rng = np.random.default_rng([args.seed, s])
        study = {"uid": f"{ROOT}.{args.seed}.{s + 1}", "patient": f"PHANTOM-{args.seed}-{s + 1}", "accession": f"A{args.seed}{s + 1:04d}"}
        lesion = s % 2 == 1
        for number, kind in enumerate(kinds(args, s), start=1):
            ds = image(args, rng, study, number, kind, lesion)
            path = os.path.join(args.folder, f"{s + 1:03d}", f"{number:03d}.dcm")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            ds.save_as(path, write_like_original=False)
            manifest.append({"file": path, "sop": ds.SOPInstanceUID, "study": study["uid"], "patient": study["patient"], "kind": kind,
                             "lesion": lesion, "syntax": str(ds.file_meta.TransferSyntaxUID), "reason": REASONS.get(kind)})
    print(json.dumps(manifest, indent=1))


main()
