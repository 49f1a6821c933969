# Areas, their variance and the paired test of random cases by pROC. Arguments: a CSV of case, truth, a, b; a CSV to write.
suppressPackageStartupMessages(library(pROC))
arguments <- commandArgs(trailingOnly = TRUE)
cases <- read.csv(arguments[1])
rows <- lapply(split(cases, cases$case), function(one) {
  a <- roc(one$truth, one$a, levels = c(0, 1), direction = "<", quiet = TRUE)
  b <- roc(one$truth, one$b, levels = c(0, 1), direction = "<", quiet = TRUE)
  limits <- ci.auc(a, method = "delong")
  test <- roc.test(a, b, paired = TRUE, method = "delong")
  c(one$case[1], as.numeric(auc(a)), var(a, method = "delong"), limits[1], limits[3], cov(a, b, method = "delong"),
    test$statistic, test$p.value, as.numeric(auc(a, partial.auc = c(1, 0.8))))
})
writeLines(sapply(rows, function(row) paste(sprintf("%.17g", row), collapse = ",")), arguments[2])
