# SPDX-License-Identifier: GPL-2.0
#
# What the tables of a run have in common: medians over all repetitions, with the middle half of
# them in brackets. A ratio is taken within each repetition, where both sides met the same host, and
# the median of these is shown. The tables themselves are in pci.awk and journal.awk, which are given
# to awk together with this. Plain awk: no asort().

function field(name,   i) {
	for (i = 2; i <= NF; i++)
		if (index($i, name "=") == 1)
			return substr($i, length(name) + 2)
	return ""
}

# Sorts sample[1..count].
function sort(   i, j, x) {
	for (i = 2; i <= count; i++) {
		x = sample[i]
		for (j = i - 1; j > 0 && sample[j] > x; j--)
			sample[j + 1] = sample[j]
		sample[j + 1] = x
	}
}

# Between two of the sorted samples where it has to be.
function quantile(q,   at, low) {
	at = 1 + q * (count - 1)
	low = int(at)
	if (low == count)
		return sample[count]
	return sample[low] + (at - low) * (sample[low + 1] - sample[low])
}

function number(x) {
	return sprintf(x > 0.001 && x < 0.1 ? "%.3f" : x < 10 ? "%.2f" : x < 100 ? "%.1f" : "%.0f", x)
}

function spread() {
	sort()
	return number(quantile(0.5)) " [" number(quantile(0.25)) ".." number(quantile(0.75)) "]"
}

function key(what, by, where, n, rep) { return what SUBSEP by SUBSEP where SUBSEP n SUBSEP rep }

function collect(what, by, where, n,   rep) {
	count = 0
	for (rep = 0; rep < reps; rep++)
		if (key(what, by, where, n, rep) in each)
			sample[++count] = each[key(what, by, where, n, rep)]
	return count
}

# a / b, repetition by repetition.
function collect_ratio(what, by_a, n_a, by_b, n_b, where,   rep, a, b) {
	count = 0
	for (rep = 0; rep < reps; rep++) {
		a = key(what, by_a, where, n_a, rep)
		b = key(what, by_b, where, n_b, rep)
		if ((a in each) && (b in each) && each[b])
			sample[++count] = each[a] / each[b]
	}
	return count
}

function cell(text) { printf " %20s", text }
