#!/usr/bin/python3
"""Messages of an information system, built and sent by python3-hl7.

send_hl7.py PORT KIND PATIENT ACCESSION [VALUE]
KIND: A08 (VALUE: new family name), A40 (VALUE: identifier that is given up), ORM (VALUE: letter), ORU, JUNK. Prints the answer's MSA-1 and MSA-2 as JSON.
"""
import datetime
import json
import sys

import hl7
from hl7.client import MLLPClient

port, kind, patient, accession = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
value = sys.argv[5] if len(sys.argv) > 5 else ""
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d%H%M%S+0000")
types = {"A08": "ADT^A08^ADT_A01", "A40": "ADT^A40^ADT_A39", "ORM": "ORM^O01", "ORU": "ORU^R01^ORU_R01", "JUNK": "ADT^A08"}
born = "19700101"  # as the phantoms have it: nothing else says that an identifier without issuer is of the same patient
control = f"RIS{kind}{datetime.datetime.now().timestamp():.0f}"[:20]


def segment(name, fields):
    return hl7.Segment("|", [hl7.Field("~", [name])] + [hl7.Field("~", [fields.get(i, "")]) for i in range(1, max(fields) + 1)])


header = f"MSH|^~\\&|RIS|HOSP|PACSAI||{now}||{types[kind]}|{control}|P|2.5.1||||||UNICODE UTF-8"
body = hl7.Message("\r", [hl7.parse(header)[0]])
if kind == "A08":
    body.append(segment("PID", {1: "1", 3: f"{patient}^^^^MR", 5: f"{value}^Jane", 7: born}))
elif kind == "A40":
    body.append(segment("PID", {1: "1", 3: f"{patient}^^^^MR", 7: born}))
    body.append(segment("MRG", {1: f"{value}^^^^MR"}))
elif kind == "ORM":
    body.append(segment("PID", {1: "1", 3: patient}))
    body.append(segment("ORC", {1: "NW", 2: "ORD1", 3: accession, 5: "SC", 7: f"^^^^^{value}"}))
    body.append(segment("OBR", {1: "1", 2: "ORD1", 3: accession}))
elif kind == "ORU":
    body.append(segment("PID", {1: "1", 3: patient}))
    body.append(segment("OBR", {1: "1", 2: "ORD1", 3: accession, 25: "F"}))
else:
    body.append(segment("PID", {1: "1", 5: "No^Identifier"}))

client = MLLPClient("127.0.0.1", port)
answer = hl7.parse(client.send_message(str(body)).decode("utf-8").strip("\x0b\x1c\r"))
client.close()
print(json.dumps({"code": str(answer.segment("MSA")(1)), "control": str(answer.segment("MSA")(2)), "sent": control}))
