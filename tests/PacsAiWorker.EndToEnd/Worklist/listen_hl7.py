#!/usr/bin/python3
"""A receiver of HL7 messages that another library parses: python3-hl7, never the product's own reader.

listen_hl7.py PORT FILE [--silent]
Appends one JSON line a message to FILE. With --silent nothing is ever answered.
"""
import hashlib
import json
import socketserver
import sys

import hl7

port, file, silent = int(sys.argv[1]), sys.argv[2], "--silent" in sys.argv


def text(message, path):
    """A value by its path, without escapes; empty where it is not there."""
    try:
        return str(message.extract_field(*path) or "")
    except LookupError:
        return ""


def read(data):
    message = hl7.parse(data.decode("utf-8"))
    observations = []
    for obx in message.segments("OBX"):
        def field(number):
            return [message.unescape(str(part)) for part in obx(number)[0]] if len(obx) > number and len(obx(number)) > 0 and not isinstance(obx(number)[0], str) else [message.unescape(str(obx(number)))] if len(obx) > number else []
        observations.append({"type": str(obx(2)), "concept": field(3), "set": str(obx(4)), "value": field(5), "units": field(6), "range": message.unescape(str(obx(7))), "flag": str(obx(8)), "status": str(obx(11))})
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "kind": str(message.segment("MSH")(9)),
        "control": str(message.segment("MSH")(10)),
        "version": str(message.segment("MSH")(12)),
        "charset": str(message.segment("MSH")(18)),
        "patientId": text(message, ("PID", 1, 3, 1, 1)),
        "family": message.unescape(text(message, ("PID", 1, 5, 1, 1))),
        "given": message.unescape(text(message, ("PID", 1, 5, 1, 2))),
        "birthDate": text(message, ("PID", 1, 7, 1, 1)),
        "sex": text(message, ("PID", 1, 8, 1, 1)),
        "filler": text(message, ("OBR", 1, 3, 1, 1)),
        "accession": text(message, ("OBR", 1, 18, 1, 1)),
        "resultStatus": text(message, ("OBR", 1, 25, 1, 1)),
        "letters": [text(message, ("ORC", 1, 7, 1, 6)), text(message, ("OBR", 1, 5, 1, 1)), text(message, ("OBR", 1, 27, 1, 6)), text(message, ("TQ1", 1, 9, 1, 1))],
        "observations": observations,
    }, message


class Receiver(socketserver.StreamRequestHandler):
    def handle(self):
        data = b""
        while True:
            part = self.connection.recv(65536)
            if not part:
                return
            data += part
            while b"\x1c\r" in data:
                frame, data = data.split(b"\x1c\r", 1)
                entry, message = read(frame.lstrip(b"\x0b"))
                with open(file, "a", encoding="utf-8") as lines:
                    lines.write(json.dumps(entry) + "\n")
                if not silent:
                    self.connection.sendall(b"\x0b" + str(message.create_ack("AA")).encode("utf-8") + b"\x1c\r")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", port), Receiver).serve_forever()
