# SPDX-License-Identifier: GPL-2.0
#
# The tables about tracking PCI devices. Goes with report.awk.

function heading(title, first, last,   s) {
	printf "\n%s\n\n%-8s %-16s", title, "layout", first
	for (s = 1; s <= sizes; s++)
		cell("n = " size[s])
	if (last != "")
		cell(last)
	print ""
}

function times(   l, o, s) {
	heading("Nanoseconds for a device, where n are preserved", "operation", size[sizes] " / 256")
	for (l = 1; l <= layouts; l++)
		for (o = 1; o <= ops; o++) {
			printf "%-8s %-16s", layout[l], op[o]
			for (s = 1; s <= sizes; s++)
				cell(collect(op[o], "index", layout[l], size[s]) ? spread() : "-")
			cell(collect_ratio(op[o], "index", size[sizes], "index", 256, layout[l]) ? spread() : "-")
			print ""
		}
}

function walks(   l, o, s) {
	heading("The peer: nanoseconds for a device by walking the blocks", "operation")
	for (l = 1; l <= layouts; l++)
		for (o = 1; o <= ops; o++) {
			if (!((op[o], "walk") in seen))
				continue
			printf "%-8s %-16s", layout[l], op[o]
			for (s = 1; s <= sizes; s++)
				cell(collect(op[o], "walk", layout[l], size[s]) ? spread() : "-")
			print ""
		}
	heading("How many times faster than by walking the blocks", "operation")
	for (l = 1; l <= layouts; l++)
		for (o = 1; o <= ops; o++) {
			if (!((op[o], "walk") in seen))
				continue
			printf "%-8s %-16s", layout[l], op[o]
			for (s = 1; s <= sizes; s++)
				cell(collect_ratio(op[o], "walk", size[s], "index", size[s], layout[l]) ? spread() : "-")
			print ""
		}
}

function memory(   l, s, m) {
	heading("Bytes for a device: blocks + xarray nodes = sum (what the page allocator has less)", "")
	for (l = 1; l <= layouts; l++) {
		printf "%-8s %-16s", layout[l], ""
		for (s = 1; s <= sizes; s++) {
			m = layout[l] SUBSEP size[s]
			cell(sprintf("%d+%d=%d (%d)", blocks[m] / size[s], nodes[m] / size[s],
				     (blocks[m] + nodes[m]) / size[s], allocator[m] / size[s]))
		}
		print ""
	}
	printf "\nOf each struct pci_dev, preserved or not: %d of %d bytes.\n", always, pci_dev
}

# How long a call of one name takes in terms of another.
function in_terms_of(name, other,   rep) {
	count = 0
	for (rep = 0; rep < reps; rep++)
		sample[++count] = each[key("call", name, "", "", rep)] / each[key("call", other, "", "", rep)]
	return spread()
}

function unused(   c) {
	printf "\nNothing preserved (live update is %s): nanoseconds a call\n\n%-25s", state, "call"
	cell("")
	cell("of mutex-pair")
	cell("of config-read")
	print ""
	for (c = 1; c <= calls; c++) {
		printf "%-25s", call[c]
		collect("call", call[c], "", "")
		cell(spread())
		cell(in_terms_of(call[c], "mutex-pair"))
		cell(in_terms_of(call[c], "config-read"))
		print ""
	}
}

# What the peer takes to find one free slot where 4,096 are taken, in terms of what @what takes for a
# device of as many. The median has to reach what is asked for.
function target(what, where, asked,   rep, a, b, got) {
	count = 0
	for (rep = 0; rep < reps; rep++) {
		a = key("one-more", "walk", where, 4096, rep)
		b = key(what, "index", where, 4096, rep)
		if ((a in each) && (b in each) && each[b])
			sample[++count] = each[a] / each[b]
	}
	if (!count) {
		printf "not measured: %s, %s\n", what, where
		return
	}
	got = spread()
	printf "%s: %s, %s: %s times, %d asked for\n", quantile(0.5) < asked ? "missed" : "met",
	       what, where, got, asked
}

$1 == "time" {
	o = field("op"); b = field("by"); l = field("layout"); n = field("n"); r = field("rep")
	each[key(o, b, l, n, r)] = field("ns") / field("ops")
	seen[o, b] = 1
	if (!(o in known_op)) { known_op[o] = 1; op[++ops] = o }
	if (!(l in known_layout)) { known_layout[l] = 1; layout[++layouts] = l }
	if (!(n in known_size)) { known_size[n] = 1; size[++sizes] = n }
	if (r + 1 > reps)
		reps = r + 1
}

$1 == "memory" {
	m = field("layout") SUBSEP field("n")
	blocks[m] = field("blocks"); nodes[m] = field("nodes"); allocator[m] = field("allocator")
}

$1 == "memory-always" { pci_dev = field("pci_dev"); always = field("of_that") }

$1 == "unused" { state = field("liveupdate") }

$1 == "call" {
	c = field("name"); r = field("rep")
	each[key("call", c, "", "", r)] = field("ns") / field("ops")
	if (r + 1 > reps)
		reps = r + 1
	if (!(c in known_call)) { known_call[c] = 1; call[++calls] = c }
}

END {
	if (!ops || !calls) {
		print "bench: no measurements here: did the kernel have CONFIG_PCI_LIVEUPDATE_BENCH?" > "/dev/stderr"
		exit 1
	}
	printf "%d repetitions: median [quartiles]\n", reps
	times()
	walks()
	memory()
	unused()
	print "\nAt 4,096 devices, against finding one free slot by walking the blocks:"
	for (l = 1; l <= layouts; l++) {
		target("preserve", layout[l], 50)
		target("lookup", layout[l], 50)
		target("lookup-incoming", layout[l], 50)
		target("finish", layout[l], 50)
	}
}
