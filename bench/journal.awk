# SPDX-License-Identifier: GPL-2.0
#
# The tables about what the journal costs. Goes with report.awk.

function percent() { return spread() " %" }

# What a record takes without reading the clock, which is in each of its times.
function net(by, nr, what, rep,   clock) {
	clock = each[key("record", "nothing", nr, "median", rep)]
	return each[key("record", by, nr, what, rep)] - clock
}

function collect_net(by, nr, what,   rep) {
	count = 0
	for (rep = 0; rep < reps; rep++)
		if (key("record", by, nr, what, rep) in each)
			sample[++count] = net(by, nr, what, rep)
	return count
}

function collect_to_ftrace(nr, what,   rep) {
	count = 0
	for (rep = 0; rep < reps; rep++)
		if (key("record", "ftrace", nr, what, rep) in each)
			sample[++count] = net("journal", nr, what, rep) / net("ftrace", nr, what, rep)
	return count
}

function records(   w, what) {
	print "\nNanoseconds a record, without the clock that times it\n"
	printf "%-8s %-8s", "writers", ""
	cell("journal"); cell("ftrace"); cell("journal / ftrace"); cell("the clock itself")
	print ""
	for (w = 1; w <= 2; w++)
		for (what = 1; what <= 2; what++) {
			printf "%-8s %-8s", w, statistic[what]
			cell(collect_net("journal", w, statistic[what]) ? spread() : "-")
			cell(collect_net("ftrace", w, statistic[what]) ? spread() : "-")
			cell(collect_to_ftrace(w, statistic[what]) ? spread() : "-")
			cell(collect("record", "nothing", w, statistic[what]) ? spread() : "-")
			print ""
		}
	printf "%d records were written for it, and %d left out, as their slot was being written\n",
	       written, dropped
}

function memory(   g) {
	print "\nBytes of memory, and what the boot takes for it\n"
	printf "%-11s", "generation"
	cell("this kernel's"); cell("the previous one's"); cell("for each record")
	cell("microseconds"); cell("of a boot's ms"); cell("that is, in %")
	print ""
	for (g = 0; g <= generations; g++) {
		printf "%-11s", g
		cell(bytes[g]); cell(previous[g])
		cell(sprintf("%.1f", bytes[g] / slots[g]))
		cell(number(journal_ns[g] / 1000)); cell(number(kernel_ns[g] / 1000000))
		cell(sprintf("%.4f", 100 * journal_ns[g] / kernel_ns[g]))
		print ""
	}
}

# What @mode adds to @op, in percent.
function collect_added(op, mode,   rep, a, b) {
	count = 0
	for (rep = 0; rep < reps; rep++) {
		a = key("path", mode, op, "", rep)
		b = key("path", "off", op, "", rep)
		if ((a in each) && each[b])
			sample[++count] = 100 * (each[a] / each[b] - 1)
	}
	return count
}

# What the records of @op come to, in percent of all of it, by the cost of one.
function expected(op,   record) {
	collect_net("journal", 1, "median")
	sort()
	record = quantile(0.5)
	collect("path", "off", op, "")
	sort()
	return 100 * record * left[op] / quantile(0.5)
}

function paths(   o, m) {
	print "\nMicroseconds of each operation, in one kernel\n"
	printf "%-12s", "operation"
	cell("no journal"); cell("journal"); cell("and lutrace")
	cell("journal adds"); cell("and lutrace adds"); cell("records"); cell("records x cost")
	print ""
	for (o = 1; o <= ops; o++) {
		printf "%-12s", op[o]
		for (m = 1; m <= 3; m++)
			cell(collect("path", mode[m], op[o], "") ? thousandths() : "-")
		cell(collect_added(op[o], "journal") ? percent() : "-")
		cell(collect_added(op[o], "lutrace") ? percent() : "-")
		cell(left[op[o]])
		cell(sprintf("%.2f %%", expected(op[o])))
		print ""
	}
	for (o = 1; o <= ops; o++)
		if (op[o] in frozen)
			printf "%s: %d open devices, frozen and thawed, as the kexec is made to fail\n", op[o], frozen[op[o]]
}

function thousandths(   s) {
	for (s = 1; s <= count; s++)
		sample[s] /= 1000
	return spread()
}

function reading() {
	print "\nMilliseconds of CPU to read both journals, full\n"
	printf "%-18s %s\n", "the iterator", collect("read", "iterator", "", "") ? millionths() : "-"
	printf "%-18s %s\n", "lutrace journal", collect("read", "lutrace", "", "") ? millionths() : "-"
	printf "%d records\n", rows
}

function millionths(   s) {
	for (s = 1; s <= count; s++)
		sample[s] /= 1000000
	return spread()
}

# Takes what was collected. Where the quartiles are on both sides of what is asked for, the host was not
# quiet enough to tell.
function target(what, asked, unit,   verdict) {
	if (!count) {
		printf "not measured: %s\n", what
		return
	}
	sort()
	verdict = asked < quantile(0.25) ? "missed" : quantile(0.75) <= asked ? "met" : "open"
	printf "%s: %s: %s%s, at most %s%s asked for\n", verdict, what, spread(), unit, asked, unit
}

function targets(   w, o) {
	print "\nWhat is asked for:"
	for (w = 1; w <= 2; w++) {
		collect_to_ftrace(w, "median")
		target("a record where " writers[w] ", in ftrace's", 0.25, "")
	}
	for (o = 1; o <= ops; o++) {
		collect_added(op[o], "journal")
		target("the journal adds to " op[o], 1, " %")
	}
	collect("read", "iterator", "", "")
	millionths()
	target("reading, the iterator", 10, " ms")
}

function known(rep) {
	if (rep + 1 > reps)
		reps = rep + 1
}

BEGIN {
	writers[1] = "nobody else writes"; writers[2] = "another CPU writes as well"
	statistic[1] = "median"; statistic[2] = "p99"
	mode[1] = "off"; mode[2] = "journal"; mode[3] = "lutrace"
}

$1 == "record" {
	r = field("rep")
	each[key("record", field("by"), field("writers"), "median", r)] = field("median_ps") / 1000
	each[key("record", field("by"), field("writers"), "p99", r)] = field("p99_ps") / 1000
	known(r)
	measured = 1
}

$1 == "written" { written = field("records"); dropped = field("dropped") }

$1 == "memory-journal" {
	g = field("generation") + 0
	bytes[g] = field("bytes"); previous[g] = field("previous")
	slots[g] = field("first") + field("last")
	if (g > generations)
		generations = g
}

$1 == "boot" {
	g = field("generation") + 0
	journal_ns[g] = field("journal_ns"); kernel_ns[g] = field("kernel_ns")
}

$1 == "path" {
	o = field("op"); r = field("rep")
	each[key("path", field("mode"), o, "", r)] = field("median_ns") + 0
	if (!(o in left))
		op[++ops] = o
	if (field("mode") == "journal" || !(o in left))
		left[o] = field("records")
	known(r)
}

$1 == "frozen" { frozen[field("op")] = field("devices") }

$1 == "read" {
	each[key("read", field("by"), "", "", field("rep"))] = field("cpu_ns") + 0
	if (field("by") == "iterator")
		rows = field("rows")
	known(field("rep"))
}

END {
	if (!measured || !ops) {
		print "bench: nothing about the journal: did the kernel have CONFIG_LIVEUPDATE_JOURNAL_BENCH?" > "/dev/stderr"
		exit 1
	}
	records()
	memory()
	paths()
	reading()
	targets()
}
