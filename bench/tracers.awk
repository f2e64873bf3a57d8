# SPDX-License-Identifier: GPL-2.0
#
# The tables about lutrace and its peers. Goes with report.awk.

function percent() { return spread() " %" }

function collect_told(by, burst,   rep) {
	count = 0
	for (rep = 0; rep < reps; rep++)
		if (key("burst", by, burst, "told", rep) in each)
			sample[++count] = 100 * each[key("burst", by, burst, "told", rep)] / events[burst]
	return count
}

# CPU time for an event that was told, in microseconds.
function cpu(by, burst, rep,   k, told) {
	k = key("burst", by, burst, "told", rep)
	told = k in each ? each[k] : 0
	return told > 0 ? each[key("burst", by, burst, "cpu_ns", rep)] / told / 1000 : 0
}

function collect_cpu(by, burst,   rep) {
	count = 0
	for (rep = 0; rep < reps; rep++)
		if (cpu(by, burst, rep))
			sample[++count] = cpu(by, burst, rep)
	return count
}

function collect_cpu_ratio(by, burst,   rep) {
	count = 0
	for (rep = 0; rep < reps; rep++)
		if (cpu(by, burst, rep))
			sample[++count] = cpu("lutrace", burst, rep) / cpu(by, burst, rep)
	return count
}

# Events that were told in a second of a burst.
function collect_rate(by, burst,   rep, k) {
	count = 0
	for (rep = 0; rep < reps; rep++) {
		k = key("burst", by, burst, "told", rep)
		if (k in each)
			sample[++count] = each[k] / each[key("burst", by, burst, "ns", rep)] * 1000000
	}
	return count
}

# How much longer the traced process takes, in microseconds an event.
function collect_slower(by, burst,   rep, k) {
	count = 0
	for (rep = 0; rep < reps; rep++) {
		k = key("burst", by, burst, "ns", rep)
		if (k in each)
			sample[++count] = (each[k] - each[key("burst", "nobody", burst, "ns", rep)]) / events[burst] / 1000
	}
	return count
}

function scaled(factor,   s) {
	for (s = 1; s <= count; s++)
		sample[s] *= factor
	return spread()
}

function head(title,   t) {
	printf "\n%s\n%-28s", title, ""
	for (t = 1; t <= tracers; t++)
		cell(tracer[t])
	print ""
}

function row(title) { printf "%-28s", title }

function bursts_table(what, title,   b, t) {
	head(title)
	for (b = 1; b <= bursts; b++) {
		row(burst_name(burst[b]))
		for (t = 1; t <= tracers; t++) {
			if (what == "told")
				cell(collect_told(tracer[t], burst[b]) ? percent() : "-")
			else if (what == "cpu")
				cell(collect_cpu(tracer[t], burst[b]) ? spread() : "-")
			else if (what == "rate")
				cell(collect_rate(tracer[t], burst[b]) ? spread() : "-")
			else
				cell(collect_slower(tracer[t], burst[b]) ? spread() : "-")
		}
		print ""
	}
}

function burst_name(b) {
	return events[b] " events, " (pace[b] ? 2000000 / pace[b] " a second" : "at once")
}

function target(what, asked,   verdict) {
	if (!count) {
		printf "not measured: %s\n", what
		return
	}
	sort()
	verdict = asked < quantile(0.25) ? "missed" : quantile(0.75) <= asked ? "met" : "open"
	printf "%s: %s: %s, at most %s asked for\n", verdict, what, spread(), asked
}

# Whether lutrace tells all of a burst, each time, of which each peer loses some.
function loses_least(paced,   t, verdict) {
	collect_told("lutrace", paced)
	sort()
	verdict = sample[1] < 100 ? "missed" : "met"
	for (t = 1; t <= tracers; t++) {
		if (tracer[t] == "lutrace" || verdict == "missed")
			continue
		collect_told(tracer[t], paced)
		sort()
		if (quantile(0.75) >= 100)
			verdict = quantile(0.25) >= 100 ? "missed" : "open"
	}
	return verdict
}

function targets(   t, b, paced) {
	print "\nWhat is asked for, as ratios of lutrace and a peer within a round:"
	# The slowest, as most of it is told by all.
	for (b = bursts; b; b--)
		if (pace[burst[b]] && (!paced || pace[burst[b]] > pace[paced]))
			paced = burst[b]
	for (t = 1; t <= tracers; t++) {
		if (tracer[t] == "lutrace")
			continue
		collect_cpu_ratio(tracer[t], paced)
		target("CPU time an event, to " tracer[t], 0.5)
	}
	collect_ratio("start", "lutrace", "ns", "bpftrace", "ns", "")
	target("start, to bpftrace", 0.05)
	for (t = 1; t <= tracers; t++) {
		if (tracer[t] == "lutrace")
			continue
		collect_ratio("memory", "lutrace", "kib", tracer[t], "kib", "")
		target("resident memory, to " tracer[t], 0.25)
	}
	for (b = 1; b <= bursts; b++)
		if (pace[burst[b]])
			printf "%s: lutrace loses nothing where each peer loses: %s\n",
			       loses_least(burst[b]), burst_name(burst[b])
}

/^(start|burst|memory) by=/ {
	by = field("by")
	rep = field("rep")
	if (rep >= reps)
		reps = rep + 1
	if (by != "nobody" && !(by in known)) {
		known[by]
		tracer[++tracers] = by
	}
	where = ""
	if ($1 == "burst") {
		where = field("events") "/" field("each_us")
		if (!(where in events)) {
			events[where] = field("events")
			pace[where] = field("each_us") + 0
			burst[++bursts] = where
		}
		each[key("burst", by, where, "told", rep)] = field("told")
		each[key("burst", by, where, "cpu_ns", rep)] = field("cpu_ns")
	}
	each[key($1, by, where, "ns", rep)] = field("ns")
	each[key($1, by, where, "kib", rep)] = field("kib")
}

END {
	if (!tracers) {
		print "nothing was measured"
		exit 1
	}
	bursts_table("told", "Events that were told, of all that happened")
	bursts_table("cpu", "Microseconds of CPU for each event that was told")
	bursts_table("rate", "Thousands of events that were told in a second")
	bursts_table("slower", "Microseconds by which an event takes longer than untraced")
	head("Start and memory")
	row("ms to the first event")
	for (t = 1; t <= tracers; t++)
		cell(collect("start", tracer[t], "", "ns") ? scaled(1e-6) : "-")
	print ""
	row("MiB resident")
	for (t = 1; t <= tracers; t++)
		cell(collect("memory", tracer[t], "", "kib") ? scaled(1 / 1024) : "-")
	print ""
	targets()
}
