"""Figures of random cases by scipy, scikit-learn and statsmodels, in the order of the jobs."""
import json
import sys
import warnings

import numpy
from scipy import special, stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

warnings.filterwarnings("ignore")


def roc(job):
    truth, score = job["truth"], numpy.array(job["score"])
    flagged = score >= job["threshold"]
    observed, mean = calibration_curve(truth, score, n_bins=10)
    positives, negatives = score[numpy.array(truth) == 1], score[numpy.array(truth) == 0]
    distance = stats.ks_2samp(positives, negatives).statistic
    size = len(positives) * len(negatives) / len(score)
    return {
        "auc": metrics.roc_auc_score(truth, score),
        "partial": metrics.roc_auc_score(truth, score, max_fpr=0.2),
        "precision": metrics.precision_score(truth, flagged),
        "recall": metrics.recall_score(truth, flagged),
        "f1": metrics.f1_score(truth, flagged),
        "balanced": metrics.balanced_accuracy_score(truth, flagged),
        "mcc": metrics.matthews_corrcoef(truth, flagged),
        "kappa": metrics.cohen_kappa_score(truth, flagged),
        "brier": metrics.brier_score_loss(truth, score),
        "distance": distance,
        "same": special.kolmogorov(distance * size ** 0.5),
        "observed": list(observed),
        "mean": list(mean),
    }


def classes(job):
    truth, scores = job["truth"], numpy.array(job["scores"])
    answer = scores.argmax(axis=1)
    labels = range(scores.shape[1])
    return {
        "confusion": metrics.confusion_matrix(truth, answer, labels=labels).tolist(),
        "kappa": metrics.cohen_kappa_score(truth, answer, labels=labels),
        "mcc": metrics.matthews_corrcoef(truth, answer),
        "top2": metrics.top_k_accuracy_score(truth, scores, k=2, labels=labels),
        "entropy": stats.entropy(scores[0]),
    }


def wilcoxon(d):
    def p(**how):
        return stats.wilcoxon(d, **how).pvalue

    plain = len(set(map(abs, d))) == len(d) and 0 not in d
    return {
        "exact": p(mode="exact") if plain else None,
        "wilcox": p(mode="approx", zero_method="wilcox", correction=False),
        "corrected": p(mode="approx", zero_method="wilcox", correction=True),
        "pratt": p(mode="approx", zero_method="pratt", correction=False),
    }


def shares(a, n, b, m):
    z, p = proportions_ztest([a, b], [n, m])
    return {"wilson": proportion_confint(a, n, method="wilson"), "exact": proportion_confint(a, n, method="beta"),
            "z": z if numpy.isfinite(z) else None, "p": p if numpy.isfinite(p) else None}


def discordant(b, c):
    table = [[9, b], [c, 9]]
    plain, corrected = (mcnemar(table, exact=False, correction=how) for how in (False, True))
    return {"exact": mcnemar(table, exact=True).pvalue, "chi": plain.statistic, "p": plain.pvalue, "correctedChi": corrected.statistic, "correctedP": corrected.pvalue}


jobs = json.load(open(sys.argv[1]))
json.dump({
    "roc": [roc(j) for j in jobs["roc"]],
    "classes": [classes(j) for j in jobs["classes"]],
    "wilcoxon": [wilcoxon(d) for d in jobs["wilcoxon"]],
    "shares": [shares(*s) for s in jobs["shares"]],
    "discordant": [discordant(*d) for d in jobs["discordant"]],
    "normal": [[special.ndtr(z), special.erfc(abs(z))] for z in jobs["normal"]],
    "beta": [special.betainc(a, b, x) for x, a, b in jobs["beta"]],
}, sys.stdout)
