"""One picture in every transfer syntax, encoded by programs of others: make_encodings.py FOLDER [NAME]; prints a manifest as JSON.

With a NAME only the file of that name is made.

Encoders: DCMTK (dcmcjpeg, dcmcjpls, dcmcrle, dcmconv), GDCM (gdcmconv), ffmpeg. The samples that went in lie beside each file.
"""
import json
import os
import subprocess
import sys

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian

ROOT = "1.2.826.0.1.3680043.10.543.33"
HEIGHT, WIDTH, FRAMES = 96, 128, 12


def picture(rng, colour, frame=0):
    """Speckle in a fan, brighter from frame to frame, with a bar that tells the frame."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    inside = (x - WIDTH / 2) ** 2 + (y - 4) ** 2 < (HEIGHT - 12) ** 2
    speckle = np.kron(rng.integers(40, 200, (HEIGHT // 4, WIDTH // 4)), np.ones((4, 4), int))
    grey = np.where(inside, speckle, 0).astype(np.uint8)
    grey[8 + 6 * frame:12 + 6 * frame, 20:60] = 255
    if not colour:
        return grey
    rgb = np.stack([grey] * 3, axis=-1)
    rgb[40:60, 70:90] = (200, 40, 60)
    return rgb


def write(path, array, syntax=ExplicitVRLittleEndian, data=None, frames=1, photometric=None):
    colour = array.shape[-1] == 3
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1" if frames > 1 else "1.2.840.10008.5.1.4.1.1.6.1"
    meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID = ROOT + ".1", syntax
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.Modality, ds.PatientID, ds.PatientName = "US", "PHANTOM-1", "PHANTOM^ONE"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SeriesNumber, ds.InstanceNumber = ROOT, ROOT + ".0", 1, 1
    ds.StudyDate = ds.StudyTime = ds.AccessionNumber = ds.StudyID = ds.ReferringPhysicianName = ds.PatientBirthDate = ds.PatientSex = ""
    ds.ImageType = ["ORIGINAL", "PRIMARY", "", "0001"]
    ds.SamplesPerPixel = 3 if colour else 1
    ds.PhotometricInterpretation = photometric or ("RGB" if colour else "MONOCHROME2")
    if colour:
        ds.PlanarConfiguration = 0
    if frames > 1:
        ds.NumberOfFrames, ds.FrameTime, ds.FrameIncrementPointer = frames, 40, 0x00181063
    ds.Rows, ds.Columns = HEIGHT, WIDTH
    wide = array.dtype == np.uint16
    ds.BitsAllocated = 16 if wide else 8
    ds.BitsStored = 12 if wide else 8
    ds.HighBit, ds.PixelRepresentation = ds.BitsStored - 1, 0
    if data is None:
        ds.PixelData = array.tobytes()
        ds["PixelData"].VR = "OW"
    else:
        ds.PixelData = encapsulate([data])
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    ds.save_as(path, write_like_original=False)


def main():
    folder, manifest = sys.argv[1], []
    only = sys.argv[2] if len(sys.argv) > 2 else None
    rng = np.random.default_rng(3)
    sources = {
        "grey": picture(rng, False),
        "colour": picture(rng, True),
        "wide": picture(rng, False).astype(np.uint16) * 16 + 5,
        "clip": np.stack([picture(rng, True, f) for f in range(3)]),
    }
    for name, array in sources.items():
        array.tofile(os.path.join(folder, name + ".raw"))
        write(os.path.join(folder, name + ".dcm"), array, frames=array.shape[0] if name == "clip" else 1)

    def add(name, source, file, lossless, frames):
        manifest.append({"name": name, "source": os.path.join(folder, source + ".raw"), "file": file, "lossless": lossless, "frames": frames})

    lossless = {
        "RLE": ["dcmcrle"],
        "big endian": ["dcmconv", "+tb"],
        "implicit": ["dcmconv", "+ti"],
        "deflated": ["dcmconv", "+td"],
        "JPEG lossless": ["dcmcjpeg", "+el"],
        "JPEG lossless SV1": ["dcmcjpeg", "+e1"],
        "JPEG-LS by line": ["dcmcjpls", "+el", "+il"],
        "JPEG-LS by sample": ["dcmcjpls", "+el", "+is"],
        "JPEG-LS by plane": ["dcmcjpls", "+el", "+in"],
        "JPEG-LS of GDCM": ["gdcmconv", "--jpegls"],
        "JPEG 2000 lossless": ["gdcmconv", "--j2k"],
        "JPEG lossless of GDCM": ["gdcmconv", "--jpeg"],
        "RLE of GDCM": ["gdcmconv", "--rle"],
    }
    for predictor in range(2, 8):
        lossless[f"JPEG lossless, predictor {predictor}"] = ["dcmcjpeg", "+el", "+sv", str(predictor)]
    lossy = {
        "JPEG baseline": ["dcmcjpeg", "+eb", "+q", "95"],
        "JPEG baseline 4:4:4": ["dcmcjpeg", "+eb", "+q", "95", "+s4"],
        "JPEG baseline RGB": ["dcmcjpeg", "+eb", "+q", "95", "+cr"],
        "JPEG extended": ["dcmcjpeg", "+ee", "+q", "95"],
        "JPEG-LS near-lossless": ["dcmcjpls", "+en", "+md", "2"],
        "JPEG 2000": ["gdcmconv", "--j2k", "--lossy", "-q", "60"],
    }
    for exact, table in ((True, lossless), (False, lossy)):
        for name, command in table.items():
            for source, array in sources.items():
                if source == "wide" and not exact:
                    continue
                stem = f"{name} {source}".replace(":", "")
                if only and stem != only:
                    continue
                target = os.path.join(folder, stem + ".dcm")
                done = subprocess.run(command + [os.path.join(folder, source + ".dcm"), target], capture_output=True, text=True, timeout=60)
                if done.returncode != 0 or not os.path.exists(target):
                    manifest.append({"name": name, "source": source, "file": None, "lossless": exact, "frames": 0, "error": done.stderr[-200:]})
                    continue
                add(f"{name}, {source}", source, target, exact, 3 if source == "clip" else 1)

    movie = np.stack([picture(np.random.default_rng(9), True, f) for f in range(FRAMES)])
    movie.tofile(os.path.join(folder, "movie.raw"))
    videos = {
        "MPEG-2": ("1.2.840.10008.1.2.4.100", ["-c:v", "mpeg2video", "-q:v", "2", "-f", "mpeg2video"]),
        "MPEG-2 program stream": ("1.2.840.10008.1.2.4.101", ["-c:v", "mpeg2video", "-q:v", "2", "-f", "vob"]),
        "H.264": ("1.2.840.10008.1.2.4.102", ["-c:v", "libx264", "-crf", "10", "-f", "h264"]),
        "H.264 in MP4": ("1.2.840.10008.1.2.4.103", ["-c:v", "libx264", "-crf", "10", "-f", "mp4"]),
        "H.264 in a transport stream": ("1.2.840.10008.1.2.4.104", ["-c:v", "libx264", "-crf", "10", "-f", "mpegts"]),
        "HEVC": ("1.2.840.10008.1.2.4.107", ["-c:v", "libx265", "-crf", "10", "-x265-params", "log-level=none", "-f", "hevc"]),
    }
    for name, (syntax, options) in videos.items():
        if only and name != only:
            continue
        stream = os.path.join(folder, "stream.bin")
        subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", "25",
                        "-i", os.path.join(folder, "movie.raw"), "-pix_fmt", "yuv420p", *options, stream], check=True, timeout=60)
        with open(stream, "rb") as file:
            data = file.read()
        target = os.path.join(folder, name + ".dcm")
        write(target, movie, syntax, data, FRAMES, "YBR_PARTIAL_420")
        add(name, "movie", target, False, FRAMES)
    print(json.dumps(manifest))


main()
