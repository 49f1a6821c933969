"""Checks networks with ONNX's own checker: check_network.py FILES…; prints what it says and what they hold as JSON.

The checker infers all shapes (full_check). Trainable: float initialisers with a shape, without the statistics of normalisations.
"""
import collections
import json
import sys

import onnx


def shape(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def check(path):
    try:
        onnx.checker.check_model(path, full_check=True)
        return None
    except Exception as error:  # what the checker says is the result
        return f"{type(error).__name__}: {error}"


def read(path):
    error = check(path)
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
        "error": error,
        "opset": model.opset_import[0].version,
        "ir": model.ir_version,
        "inputs": {v.name: shape(v) for v in graph.input},
        "outputs": {v.name: shape(v) for v in graph.output},
        "trainable": trainable,
        "operators": collections.Counter(node.op_type for node in graph.node),
    }


print(json.dumps([read(path) for path in sys.argv[1:]]))
