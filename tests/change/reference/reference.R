# Independent figures for tests/change, computed in R: Rscript reference.R, in this folder.
# Reads inputs.json, writes reference.json. Debian packages: r-base-core r-cran-psych r-cran-coin
# r-cran-exactranktests r-cran-effectsize r-cran-multilevel r-cran-psychometric r-cran-jsonlite
suppressPackageStartupMessages({
  library(jsonlite); library(coin); library(exactRankTests); library(effectsize)
  library(multilevel); library(psych); library(psychometric)
})
inputs <- fromJSON("inputs.json", simplifyMatrix = TRUE)
used <- c("psych", "coin", "exactRankTests", "effectsize", "multilevel", "psychometric")
out <- list(versions = lapply(setNames(used, used), function(p) as.character(packageVersion(p))))
out$versions$R <- as.character(getRversion())

# --- two independent samples ---------------------------------------------------------------
two <- function(s) {
  b <- s$before; a <- s$after
  y <- c(b, a); g <- factor(rep(c("before", "after"), c(length(b), length(a))), c("after", "before"))
  d <- cohens_d(a, b, pooled_sd = TRUE)
  h <- hedges_g(a, b, pooled_sd = TRUE)
  w <- suppressWarnings(wilcox.test(a, b, exact = FALSE))
  list(
    cohens_d = d$Cohens_d, delta_low = d$CI_low, delta_high = d$CI_high, hedges_g = h$Hedges_g,
    superiority = unname(w$statistic) / (length(a) * length(b)),
    rank_biserial = rank_biserial(a, b)$r_rank_biserial,
    hodges_lehmann = median(outer(a, b, "-")),
    # a real location shift estimate by another route, for untied data
    wilcox_estimate = if (anyDuplicated(y)) NULL else
      unname(wilcox.test(a, b, conf.int = TRUE)$estimate),
    p_greater = pvalue(oneway_test(y ~ g, distribution = "exact", alternative = "greater")),
    p_less = pvalue(oneway_test(y ~ g, distribution = "exact", alternative = "less")),
    mann_whitney_p = pvalue(wilcox_test(y ~ g, distribution = "exact"))
  )
}
out$two_samples <- lapply(inputs$two_samples, two)

# --- stratified: every arrangement by brute force, a new list for every shift ----------------
arrangements <- function(strata, shift = 0) {
  total <- 0
  for (s in strata) {
    y <- c(s$before, s$after - shift); n <- length(y); k <- length(s$after)
    d <- apply(combn(n, k), 2, function(i) mean(y[i]) - mean(y[-i]))
    total <- as.vector(outer(total, d, "+"))
  }
  total / length(strata)
}
observed <- function(strata, shift = 0)
  mean(sapply(strata, function(s) mean(s$after) - shift - mean(s$before)))
tails <- function(strata, shift = 0) {
  all <- arrangements(strata, shift); t <- observed(strata, shift)
  c(greater = mean(all >= t - 1e-9), less = mean(all <= t + 1e-9))
}
# The smallest (largest) shift that is not rejected at 2.5 % on its side, by bisection.
limit <- function(p_of, from, to) {  # p_of(from) <= 0.025 < p_of(to)
  for (i in 1:60) { m <- (from + to) / 2; if (p_of(m) > 0.025) to <- m else from <- m }
  to
}
stratified <- function(strata) {
  t <- tails(strata)
  y <- list(); i <- 0
  for (key in names(strata)) {
    s <- strata[[key]]; w <- 1 / length(s$before) + 1 / length(s$after)
    y[[key]] <- data.frame(v = w * c(s$before, s$after), block = key, round =
      rep(c("before", "after"), c(length(s$before), length(s$after))))
  }
  y <- do.call(rbind, y); y$block <- factor(y$block); y$round <- factor(y$round, c("after", "before"))
  set.seed(1)
  # weighted scores make coin's linear statistic, up to a constant, the mean of group differences
  approx <- independence_test(v ~ round | block, y, alternative = "greater",
    distribution = approximate(nresample = 1e6))
  list(
    difference = observed(strata), p_greater = t[["greater"]], p_less = t[["less"]],
    low = limit(function(d) tails(strata, d)[["greater"]], -6, observed(strata)),
    high = limit(function(d) tails(strata, d)[["less"]], 6, observed(strata)),
    arrangements = length(arrangements(strata)), coin_p_greater = as.numeric(pvalue(approx))
  )
}
out$strata <- lapply(inputs$strata, stratified)

# --- pairs -----------------------------------------------------------------------------------
flips <- function(d) { s <- as.matrix(expand.grid(rep(list(c(-1, 1)), length(d)))); s %*% d / length(d) }
flip_tails <- function(d) { all <- flips(d); c(greater = mean(all >= mean(d) - 1e-9),
  less = mean(all <= mean(d) + 1e-9)) }
pairs <- function(s) {
  d <- s$now - s$then; n <- length(d)
  exact <- wilcox.exact(d)
  signed <- wilcoxsign_test(s$now ~ s$then, zero.method = "Wilcoxon", distribution = "exact")
  sd_av <- sqrt((var(s$then) + var(s$now)) / 2)
  t <- mean(d) / (sd(d) / sqrt(n))
  ncp <- function(p) uniroot(function(x) pt(t, n - 1, x) - p, c(t - 15, t + 15), tol = 1e-10)$root
  scale <- sd(d) / sqrt(n) / sd_av
  list(
    difference = mean(d), p_greater = flip_tails(d)[["greater"]], p_less = flip_tails(d)[["less"]],
    perm_test_p = if (max(abs(d * 4 - round(d * 4))) < 1e-9)
      perm.test(as.integer(round(d * 4)), alternative = "greater", exact = TRUE)$p.value else NULL,
    low = limit(function(x) flip_tails(d - x)[["greater"]], -6, mean(d)),
    high = limit(function(x) flip_tails(d - x)[["less"]], 6, mean(d)),
    wilcoxon_p = exact$p.value, wilcoxon_v = unname(exact$statistic),
    wilcoxon_p_coin = as.numeric(pvalue(signed)),
    walsh_median = median(outer(d, d, "+")[upper.tri(diag(n), diag = TRUE)] / 2),
    wilcox_estimate = if (anyDuplicated(abs(d))) NULL else
      unname(wilcox.test(d, conf.int = TRUE)$estimate),
    d_av = mean(d) / sd_av, d_av_low = ncp(0.975) * scale, d_av_high = ncp(0.025) * scale
  )
}
out$pairs <- lapply(inputs$pairs, pairs)

# --- several tests ---------------------------------------------------------------------------
out$holm <- p.adjust(inputs$p_values, "holm")
out$bh <- p.adjust(inputs$p_values, "BH")

# --- agreement -------------------------------------------------------------------------------
agreement <- function(m) {
  one <- data.frame(m); id <- rep("g", nrow(one))
  # raters are rows here; psych wants targets in rows
  i <- suppressWarnings(ICC(t(m), missing = FALSE, lmer = FALSE)$results)
  list(
    rwg = sapply(one, function(x) rwg(x, id, ranvar = 2)$rwg),
    rwg_j = rwg.j(one, id, ranvar = 2)$rwg.j,
    icc1 = i$ICC[1], icc1_low = i$`lower bound`[1], icc1_high = i$`upper bound`[1],
    icc1k = i$ICC[4], icc1k_low = i$`lower bound`[4], icc1k_high = i$`upper bound`[4]
  )
}
out$agreement <- lapply(inputs$items[c("five", "disagree")], agreement)
# some ratings missing: mean squares from a linear model
m <- inputs$items$five; m[1, 1] <- NA; m[2, 1] <- NA; m[3, 4] <- NA
long <- data.frame(y = as.vector(m), item = factor(rep(seq_len(ncol(m)), each = nrow(m))))
long <- long[!is.na(long$y), ]
ms <- anova(lm(y ~ item, long))$`Mean Sq`; n <- table(long$item)
k <- (sum(n) - sum(n^2) / sum(n)) / (length(n) - 1)
out$unbalanced <- list(icc1 = (ms[1] - ms[2]) / (ms[1] + (k - 1) * ms[2]),
  icc1k = (ms[1] - ms[2]) / ms[1], k = k)

# --- reliability -----------------------------------------------------------------------------
reliability <- function(m) {
  a <- suppressWarnings(psych::alpha(as.data.frame(m), check.keys = FALSE, warnings = FALSE))
  ci <- alpha.CI(a$total$raw_alpha, k = ncol(m), N = nrow(m), level = 0.95)
  f <- suppressWarnings(fa(m, nfactors = 1, fm = "minres"))
  l <- as.vector(f$loadings); s <- apply(m, 2, sd)
  o <- sum(s * l)^2 / (sum(s * l)^2 + sum(s^2 * (1 - l^2)))
  ml <- if (ncol(m) > 3 && nrow(m) > 20) factanal(m, 1) else NULL
  list(alpha = a$total$raw_alpha, low = ci$LCL, high = ci$UCL, loadings = abs(l), omega = o,
    omega_ml = if (is.null(ml)) NULL else { q <- as.vector(ml$loadings)
      sum(s * q)^2 / (sum(s * q)^2 + sum(s^2 * ml$uniquenesses)) })
}
out$reliability <- lapply(inputs$items[c("four", "low", "five", "ten")], reliability)

write_json(out, "reference.json", digits = 12, auto_unbox = TRUE, pretty = TRUE, null = "null")
