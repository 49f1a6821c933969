#!/usr/bin/python3
"""Writes Enhanced US Volumes of three frames with pydicom: FILE SYNTAX SHARED FRAMES, sides as letters, a dash for none."""
import sys

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian


def group(side):
    ds = Dataset()
    if side != "-":
        anatomy = Dataset()
        anatomy.FrameLaterality = side
        anatomy.AnatomicRegionSequence = Sequence([])
        ds.FrameAnatomySequence = Sequence([anatomy])
    return ds


path, syntax, shared, frames = sys.argv[1:5]
meta = FileMetaDataset()
meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.6.2", "1.2.3.4"
meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax == "explicit" else ImplicitVRLittleEndian
ds = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
ds.is_little_endian, ds.is_implicit_VR = True, syntax != "explicit"
ds.SOPClassUID, ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.4", "1.2.3", "1.2.3.1"
ds.Modality, ds.NumberOfFrames = "US", len(frames)
ds.SharedFunctionalGroupsSequence = Sequence([group(shared)])
ds.PerFrameFunctionalGroupsSequence = Sequence([group(f) for f in frames])
ds.save_as(path, write_like_original=False)
