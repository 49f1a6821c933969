#!/usr/bin/python3
"""What pydicom reads, as JSON. elements FILE...: every element before the pixel data; text FILE...: decoded text; dictionary: its table."""
import hashlib
import json
import sys
import warnings

import pydicom
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement_from_raw, RawDataElement

warnings.simplefilter("ignore")

WIDTH = {"US": 2, "SS": 2, "AT": 2, "OW": 2, "UL": 4, "SL": 4, "FL": 4, "OF": 4, "OL": 4, "FD": 8, "OD": 8, "OV": 8, "SV": 8, "UV": 8}
TEXT = {"LO", "LT", "PN", "SH", "ST", "UC", "UT"}


def vr_of(tag, given):
    if given is not None:
        return given
    if tag.element == 0:
        return "UL"
    if tag.is_private:
        return "LO" if 0x10 <= tag.element <= 0xFF else "UN"
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"


def little(value, vr, is_little):
    width = WIDTH.get(vr, 1)
    if is_little or width == 1:
        return value
    whole = len(value) - len(value) % width
    return b"".join(value[i:i + width][::-1] for i in range(0, whole, width)) + value[whole:]


def elements(ds, prefix, out):
    for tag in sorted(ds.keys()):
        if not prefix and tag >= 0x7FE00010:
            break
        raw = ds.get_item(tag)
        path = f"{prefix}{tag.group:04x}{tag.element:04x}"
        vr = vr_of(tag, raw.VR)
        if isinstance(raw, RawDataElement) and (vr == "SQ" or (vr == "UN" and vr_of(tag, None) == "SQ")):
            raw = DataElement_from_raw(raw, ds._character_set, ds)
            vr = "SQ"
        if vr == "SQ":
            out.append([path, vr, len(raw.value), ""])
            for number, item in enumerate(raw.value):
                elements(item, f"{path}[{number}].", out)
        elif isinstance(raw, RawDataElement):
            value = little(raw.value or b"", vr, raw.is_little_endian)
            out.append([path, vr, len(value), hashlib.sha256(value).hexdigest()[:16]])
        else:
            out.append([path, vr, -1, ""])


def read(path):
    try:
        ds = pydicom.dcmread(path, force=True)
        out = []
        elements(ds, "", out)
        return {"file": path, "error": None, "elements": out, "pixels": "PixelData" in ds}
    except Exception as e:
        return {"file": path, "error": type(e).__name__, "elements": [], "pixels": False}


def text(path):
    found = []

    def visit(ds, prefix):
        for e in ds:
            if e.tag.is_private:
                continue
            here = f"{prefix}{e.tag.group:04x}{e.tag.element:04x}"
            if e.VR == "SQ":
                for number, item in enumerate(e.value):
                    visit(item, f"{here}[{number}].")
            elif e.VR in TEXT and e.value is not None:
                values = e.value if e.VM > 1 else [e.value]
                found.append([here, [str(v) for v in values]])

    ds = pydicom.dcmread(path, force=True)
    visit(ds, "")
    return {"file": path, "texts": found}


def dictionary():
    from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
    rows = [[f"{tag:08x}", e[0], e[4], e[1]] for tag, e in DicomDictionary.items()]
    return rows + [[tag.lower(), e[0], e[4], e[1]] for tag, e in RepeatersDictionary.items()]


what = sys.argv[1]
result = dictionary() if what == "dictionary" else [{"elements": read, "text": text}[what](p) for p in sys.argv[2:]]
json.dump(result, sys.stdout)
