#!/usr/bin/python3
"""Reads Structured Reports with pydicom alone, by concept codes, and prints what they say as JSON: one object a file."""
import json
import sys

import pydicom


def concept(item):
    return item.ConceptNameCodeSequence[0].CodeValue if "ConceptNameCodeSequence" in item else None


def children(item, value=None, type_=None):
    return [c for c in item.get("ContentSequence", []) if (value is None or concept(c) == value) and (type_ is None or c.ValueType == type_)]


def code(item):
    value = item.ConceptCodeSequence[0]
    return {"value": value.CodeValue, "scheme": value.CodingSchemeDesignator, "meaning": value.CodeMeaning}


def number(item):
    return float(item.MeasuredValueSequence[0].NumericValue)


def text_of(item):
    return str(item.MeasuredValueSequence[0].NumericValue)


def images_in(item):
    """All image references at or below an item."""
    found = [r.ReferencedSOPInstanceUID for r in item.get("ReferencedSOPSequence", [])] if item.ValueType == "IMAGE" else []
    for child in item.get("ContentSequence", []):
        found += images_in(child)
    return found


def words(item, out):
    for name in ("ConceptNameCodeSequence", "ConceptCodeSequence"):
        for entry in item.get(name, []):
            out.append(entry.CodeMeaning)
    for child in item.get("ContentSequence", []):
        words(child, out)
    return out


def group(item):
    finding = children(item, "121071", "CODE")
    probabilities = []
    for p in children(item, "122157", "NUM"):
        of = [c for c in children(p, "121071", "CODE")]
        probabilities.append({"code": code(of[0])["value"] if of else None, "value": number(p), "text": text_of(p)})
    parameters = [c.TextValue for c in children(item, "111002", "TEXT")]
    return {
        "tracking": children(item, "112039", "TEXT")[0].TextValue,
        "finding": code(finding[0]) if finding else None,
        "images": sorted({u for c in children(item, "121112") for u in images_in(c)}),
        "probabilities": probabilities,
        "model": children(item, "111001", "TEXT")[0].TextValue,
        "identity": next((p.split("=", 1)[1] for p in parameters if p.startswith("package.identity=")), None),
        "thresholds": [number(c) for c in children(item, "DECTHRESHOLD", "NUM")],
    }


def read(path):
    ds = pydicom.dcmread(path)
    groups = [group(g) for container in children(ds, "126010") for g in children(container, "125007")]
    evidence = [sop.ReferencedSOPInstanceUID for study in ds.CurrentRequestedProcedureEvidenceSequence
                for series in study.ReferencedSeriesSequence for sop in series.ReferencedSOPSequence]
    return {
        "file": path, "sop": ds.SOPInstanceUID, "sopClass": ds.SOPClassUID, "study": ds.StudyInstanceUID, "patient": str(ds.PatientID),
        "preliminary": ds.PreliminaryFlag, "verification": ds.VerificationFlag, "completion": ds.CompletionFlag,
        "images": [g for g in groups if g["tracking"] != "STUDY"],
        "whole": [g for g in groups if g["tracking"] == "STUDY"],
        "evidence": sorted(evidence), "evidenceStudies": [s.StudyInstanceUID for s in ds.CurrentRequestedProcedureEvidenceSequence],
        "comments": [c.TextValue for q in children(ds, "C0034375") for c in children(q, "121106", "TEXT")],
        "words": words(ds, []),
        "predecessors": [sop.ReferencedSOPInstanceUID for study in ds.get("PredecessorDocumentsSequence", [])
                         for series in study.ReferencedSeriesSequence for sop in series.ReferencedSOPSequence],
    }


print(json.dumps([read(p) for p in sys.argv[1:]], indent=1))
