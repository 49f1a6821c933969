"""Writes small networks as exporters of PyTorch write them: make_external.py FOLDER; prints the files' names as JSON.

All take [batch, 3, 32, 32] and give three values. What differs is what exporters differ in: names, opset, constants listed as inputs, Dropout
and Identity left in, normalisation folded or not, pools as operators or as means, tokens.
"""
import json
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE, CLASSES = 32, 3
random = np.random.RandomState(5)


class Graph:
    def __init__(self, name, source):
        self.name, self.last, self.count = name, source, 0
        self.source, self.nodes, self.constants = source, [], []

    def weight(self, name, *shape, low=None):
        values = random.standard_normal(shape) * 0.3 if low is None else random.uniform(low, low + 0.4, shape)
        self.constants.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def whole(self, *values):
        self.count += 1
        name = f"onnx::{self.count + 100}"
        self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.array(values, dtype=np.int64))))
        return name

    def add(self, op, *more, inputs=None, output=None, **attributes):
        self.count += 1
        output = output or f"/{op}_{self.count}_output_0"
        self.nodes.append(helper.make_node(op, [*(inputs or [self.last]), *more], [output], name=f"/{op}_{self.count}", **attributes))
        self.last = output
        return output

    def conv(self, name, channels, before, kernel=3, stride=1, bias=True):
        more = [self.weight(f"{name}.weight", channels, before, kernel, kernel)] + ([self.weight(f"{name}.bias", channels)] if bias else [])
        return self.add("Conv", *more, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4, dilations=[1, 1], group=1)

    def norm(self, name, channels):
        statistics = [self.weight(f"{name}.{part}", channels, low=low) for part, low in (("weight", 0.8), ("bias", -0.2), ("running_mean", -0.2), ("running_var", 0.8))]
        return self.add("BatchNormalization", *statistics, epsilon=1e-5)

    def linear(self, name, outputs, inputs, output=None):
        return self.add("Gemm", self.weight(f"{name}.weight", outputs, inputs), self.weight(f"{name}.bias", outputs), output=output, alpha=1.0, beta=1.0, transB=1)

    def write(self, folder, output, opset, ir, listed=False):
        def value(name, *shape):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch_size", *shape])
        inputs = [value(self.source, 3, SIDE, SIDE)]
        if listed:
            inputs += [helper.make_tensor_value_info(c.name, c.data_type, c.dims) for c in self.constants]
        graph = helper.make_graph(self.nodes, "torch_jit", inputs, [value(output, CLASSES)], self.constants)
        model = helper.make_model(graph, producer_name="pytorch", opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = ir
        onnx.checker.check_model(model)
        onnx.save(model, os.path.join(folder, self.name))
        return self.name


def resnet(folder):
    """Normalisation not folded; constants are listed as inputs, as until IR version 3."""
    g = Graph("resnet.onnx", "input.1")
    g.conv("conv1", 8, 3, stride=2, bias=False)
    g.norm("bn1", 8)
    shortcut = g.add("Relu")
    g.conv("layer1.0.conv1", 8, 8, bias=False)
    g.norm("layer1.0.bn1", 8)
    g.add("Relu")
    g.conv("layer1.0.conv2", 8, 8, bias=False)
    branch = g.norm("layer1.0.bn2", 8)
    g.add("Add", inputs=[branch, shortcut])
    g.add("Relu", output="maps")
    g.add("GlobalAveragePool")
    g.add("Flatten", axis=1, output="flat")
    g.linear("fc", CLASSES, 8, "191")
    return g.write(folder, "191", opset=9, ir=3, listed=True)


def folded(folder):
    """Normalisation folded into convolutions, the pool a mean, the flattening a Reshape; the head a product and a sum."""
    g = Graph("folded.onnx", "x")
    g.conv("conv1", 8, 3, stride=2)
    g.add("Clip", *[numpy_constant(g, v) for v in (0.0, 6.0)])
    g.add("Identity", output="maps")
    g.add("ReduceMean", axes=[-1, -2], keepdims=1)
    g.add("Reshape", g.whole(-1, 8))
    g.add("Dropout", output="flat")
    g.add("MatMul", g.weight("onnx::MatMul_77", 8, CLASSES))
    g.add("Add", inputs=[g.weight("classifier.bias", CLASSES), g.last], output="output")
    return g.write(folder, "output", opset=13, ir=7)


def numpy_constant(g, value):
    g.constants.append(numpy_helper.from_array(np.array(value, dtype=np.float32), f"bound_{value}"))
    return f"bound_{value}"


def alexnet(folder):
    g = Graph("alexnet.onnx", "input")
    g.conv("features.0", 8, 3, kernel=5, stride=2)
    g.add("Relu")
    g.add("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 0, 0], output="maps")
    g.add("AveragePool", kernel_shape=[1, 1], strides=[1, 1])
    g.add("Flatten", axis=1)
    g.add("Dropout")
    g.linear("classifier.1", 16, 8 * 7 * 7)
    g.add("Relu")
    g.add("Dropout")
    g.linear("classifier.4", 12, 16)
    g.add("Relu", output="flat")
    g.linear("classifier.6", CLASSES, 12, "output")
    return g.write(folder, "output", opset=11, ir=6)


def transformer(folder):
    """Tokens as in torchvision: class token expanded to the batch, one block with one head, normalisation, the first token."""
    g = Graph("vit.onnx", "input")
    width, patch = 12, 8
    tokens = (SIDE // patch) ** 2
    first = g.add("Gather", g.whole(0), inputs=[g.add("Shape", inputs=["input"])], axis=0)
    g.last = "input"
    g.add("Conv", g.weight("conv_proj.weight", width, 3, patch, patch), kernel_shape=[patch] * 2, strides=[patch] * 2)
    shape = g.add("Concat", inputs=[first, g.whole(width), g.whole(tokens)], axis=0)
    conv = next(n.output[0] for n in g.nodes if n.op_type == "Conv")
    g.add("Reshape", inputs=[conv, shape])
    patches = g.add("Transpose", perm=[0, 2, 1])
    wanted = g.add("Concat", inputs=[first, g.whole(1), g.whole(width)], axis=0)
    token = g.add("Expand", inputs=[g.weight("class_token", 1, 1, width), wanted])
    g.add("Concat", inputs=[token, patches], axis=1)
    x = g.add("Add", g.weight("encoder.pos_embedding", 1, tokens + 1, width))
    normal = g.add("LayerNormalization", g.weight("ln_1.weight", width), g.weight("ln_1.bias", width), axis=-1, epsilon=1e-6)
    q, k, v = (g.add("MatMul", g.weight(f"{part}.weight", width, width), inputs=[normal]) for part in "qkv")
    turned = g.add("Transpose", inputs=[k], perm=[0, 2, 1])
    g.add("MatMul", inputs=[q, turned])
    g.add("Softmax", axis=-1)
    mixed = g.add("MatMul", inputs=[g.last, v])
    g.add("Add", inputs=[x, mixed], output="maps")
    g.add("LayerNormalization", g.weight("ln.weight", width), g.weight("ln.bias", width), axis=-1, epsilon=1e-6)
    g.nodes.append(helper.make_node("Constant", [], ["zero"], value=numpy_helper.from_array(np.array(0, dtype=np.int64))))
    g.add("Gather", "zero", axis=1, output="flat")
    g.linear("heads.head", CLASSES, width, "output")
    return g.write(folder, "output", opset=17, ir=8)


print(json.dumps([make(sys.argv[1]) for make in (resnet, folded, alexnet, transformer)]))
