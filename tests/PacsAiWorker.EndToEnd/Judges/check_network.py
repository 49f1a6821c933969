"""Checks networks with ONNX's own checker: check_network.py FILES…; prints what they are as JSON.

The checker reads the file itself and infers all shapes (full_check); the number of float weights is counted from the shapes of the
initialisers, so that no weights are held.
"""
import json
import sys

import onnx


def shape(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def read(path):
    try:
        onnx.checker.check_model(path, full_check=True)
    except Exception as error:  # what the checker says is the result
        return {"file": path, "error": f"{type(error).__name__}: {error}"}
    model = onnx.load(path)
    graph = model.graph
    statistics = {name for node in graph.node if node.op_type == "BatchNormalization" for name in node.input[3:]}
    trainable = 0
    for tensor in graph.initializer:
        size = 1
        for dim in tensor.dims:
            size *= dim
        if tensor.data_type == onnx.TensorProto.FLOAT and tensor.dims and tensor.name not in statistics:
            trainable += size
    return {
        "file": path,
        "error": None,
        "opset": model.opset_import[0].version,
        "ir": model.ir_version,
        "inputs": {v.name: shape(v) for v in graph.input},
        "outputs": {v.name: shape(v) for v in graph.output},
        "trainable": trainable,
    }


print(json.dumps([read(path) for path in sys.argv[1:]]))
