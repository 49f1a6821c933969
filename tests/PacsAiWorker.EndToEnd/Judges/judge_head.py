"""scikit-learn's LogisticRegression on the numbers of a folder: its loss and time, and the loss of given weights."""
import json
import os
import sys
import time
import warnings

import numpy
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")
folder = sys.argv[1]
job = json.load(open(os.path.join(folder, "job.json")))
cases, features, classes, l2 = job["cases"], job["features"], job["classes"], job["l2"]
x = numpy.fromfile(os.path.join(folder, "features.f32"), numpy.float32).reshape(cases, features).astype(numpy.float64)
y = numpy.fromfile(os.path.join(folder, "labels.i32"), numpy.int32)
ours = numpy.fromfile(os.path.join(folder, "weights.f64"), numpy.float64)

counts = numpy.bincount(y, minlength=classes)
share = (1 / counts[y] if job["balanced"] else numpy.ones(cases)).astype(numpy.float64)
share /= share.sum()


def loss(weights, bias):
    z = x @ weights.T + bias
    return float((share * (logsumexp(z, axis=1) - z[numpy.arange(cases), y])).sum() + l2 / 2 * (weights**2).sum())


model = LogisticRegression(
    C=1 / (l2 * cases), solver="lbfgs", multi_class="multinomial", max_iter=5000, tol=job.get("tol", 1e-4),
    class_weight="balanced" if job["balanced"] else None,
)
begun = time.perf_counter()
model.fit(x, y)
seconds = time.perf_counter() - begun
weights, bias = ours[: classes * features].reshape(classes, features), ours[classes * features:]
centred = bias - bias.mean() - (model.intercept_ - model.intercept_.mean())
blas = [line.split("/")[-1].strip() for line in open("/proc/self/maps") if "blas" in line]
print(json.dumps({
    "seconds": seconds,
    "steps": int(max(model.n_iter_)),
    "loss": loss(model.coef_, model.intercept_),
    "ourLoss": loss(weights, bias),
    "weights": float(numpy.abs(weights - model.coef_).max()),
    "largestWeight": float(numpy.abs(model.coef_).max()),
    "bias": float(numpy.abs(centred).max()),
    "blas": sorted(set(blas))[0] if blas else "",
}))
