#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# `lutrace metrics` and its rules against those who read them: promtool, and a Prometheus that
# scrapes a node_exporter with a textfile directory, all on the loopback. LUTRACE names the binary.
# KTAP; skips what is not installed: see `scripts/setup --for metrics`.

set -u

# The one that Debian's modules are for, whatever else is in the path.
python=/usr/bin/python3
[ -x $python ] || python=python3

here=$(cd "$(dirname "$0")" && pwd)
capture=$here/captures/one-device.lutrace
rules=$here/../prometheus/lutrace.rules.yml
# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"
pids=()
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

metrics() { "$LUTRACE" metrics -i "$capture" "$@"; }

ends_with_eof() { [ "$(metrics | tail -n 1)" = '# EOF' ]; }
prometheus_has_no_eof() { ! metrics --format prometheus | grep -q '^# \(EOF\|UNIT\)'; }
passes_promtool() { metrics --format prometheus | promtool check metrics; }

# By the parser of Prometheus' own client.
passes_openmetrics() {
	metrics | $python -c '
import sys
from prometheus_client.openmetrics.parser import text_fd_to_metric_families as parse
families = {family.name: family for family in parse(sys.stdin)}
assert families["lutrace_blackout_seconds"].unit == "seconds", families
assert len(families) > 10, families'
}

# No label has the name of a session or an address: their number is not bounded.
labels_are_bounded() { ! metrics | grep -v '^#' | grep -E 'vm0|0000:'; }

unknown_events_are_counted() {
	"$LUTRACE" metrics -i "$here/expect/unknown.lutrace" >"$tmp/unknown" &&
		grep -qxF 'lutrace_recorded_events{kernel="current",event="unknown"} 1' "$tmp/unknown" &&
		grep -qxF 'lutrace_longest_operation_seconds{event="unknown"} 0.000000005' "$tmp/unknown" &&
		grep -qxF 'lutrace_recorded_failures{kernel="current",event="unknown",reason="",errno="ENODEV"} 1' \
			"$tmp/unknown"
}

textfile_is_replaced() {
	echo old >"$tmp/replaced.prom"
	metrics --textfile "$tmp/replaced.prom" && metrics --format prometheus |
		cmp - "$tmp/replaced.prom" && [ "$(stat -c %a "$tmp/replaced.prom")" = 644 ] &&
		[ "$(find "$tmp" -name 'replaced.prom*' | wc -l)" = 1 ]
}

# An old file says more than none.
failure_keeps_the_file() {
	echo old >"$tmp/kept.prom"
	! "$LUTRACE" metrics -i /nonexistent --textfile "$tmp/kept.prom" &&
		[ "$(cat "$tmp/kept.prom")" = old ] &&
		! metrics --textfile "$tmp/no/directory.prom" && ! metrics >/dev/full
}

# A port that nobody listens on: the kernel's own choice, a moment ago.
free_port() {
	$python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_servers() {
	local exporter prometheus

	exporter=$(free_port) prometheus=$(free_port)
	mkdir "$tmp/textfile"
	metrics --textfile "$tmp/textfile/lutrace.prom" || return 1
	prometheus-node-exporter --web.listen-address="127.0.0.1:$exporter" \
		--collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$tmp/textfile" >"$tmp/exporter.log" 2>&1 &
	pids+=($!)
	cat >"$tmp/prometheus.yml" <<-END
	global: {scrape_interval: 1s, evaluation_interval: 1s}
	rule_files: ["$rules"]
	scrape_configs:
	  - job_name: node
	    static_configs: [{targets: ["127.0.0.1:$exporter"]}]
	END
	prometheus --config.file="$tmp/prometheus.yml" --storage.tsdb.path="$tmp/tsdb" \
		--web.listen-address="127.0.0.1:$prometheus" >"$tmp/prometheus.log" 2>&1 &
	pids+=($!)
	api=http://127.0.0.1:$prometheus/api/v1
}

# $1: path of the API, $2: jq filter that is true when it is there; waits for up to 30 s
await() {
	local try

	for try in {1..60}; do
		curl -fsS "$api/$1" >"$tmp/answer" && jq -e "$2" "$tmp/answer" >/dev/null && return
		sleep 0.5
	done
	cat "$tmp/answer" "$tmp/prometheus.log" "$tmp/exporter.log"
	echo "not after $try tries: $2"
	return 1
}

query() { await "query?query=$1" "$2"; }

check "OpenMetrics ends with EOF" ends_with_eof
check "the text format has no EOF" prometheus_has_no_eof
check "labels are bounded" labels_are_bounded
check "events that are not in the table are counted" unknown_events_are_counted
check "the text file is replaced at once" textfile_is_replaced
check "a failure keeps the file" failure_keeps_the_file

if $python -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
	check "an OpenMetrics parser takes the metrics" passes_openmetrics
else
	skip "an OpenMetrics parser takes the metrics" "there is no python3-prometheus-client"
fi

if command -v promtool >/dev/null; then
	check "promtool takes the metrics" passes_promtool
	check "promtool takes the rules" promtool check rules "$rules"
	check "each alert fires where it should" promtool test rules "$here/metrics.rules-test.yml"
else
	for name in "promtool takes the metrics" "promtool takes the rules" \
		"each alert fires where it should"; do
		skip "$name" "there is no promtool"
	done
fi

missing=
for program in prometheus prometheus-node-exporter curl jq $python; do
	command -v "$program" >/dev/null || missing=$program
done
if [ -z "$missing" ]; then
	api=
	check "Prometheus and node_exporter start" start_servers
	check "Prometheus has the blackout" query lutrace_blackout_seconds \
		".data.result[0].value[1] == \"$(metrics | sed -n 's/^lutrace_blackout_seconds{.*} //p')\""
	check "Prometheus has the failures" query \
		'lutrace_recorded_failures%7Bevent%3D%22pci.probe%22%2Creason%3D%22foreign_driver%22%7D' \
		'.data.result[0].value[1] == "3"'
	check "node_exporter has no complaint" query node_textfile_scrape_error '.data.result[0].value[1] == "0"'
	check "the recording rules are evaluated" query instance:lutrace_update_seconds:sum \
		'.data.result[0].value[1] | tonumber > 1'
	# A blackout that is too long, by a file that says so.
	sed -i 's/^\(lutrace_blackout_seconds{[^}]*}\) .*/\1 12/' "$tmp/textfile/lutrace.prom"
	check "an alert fires" await alerts \
		'.data.alerts[] | select(.labels.alertname == "LutraceLongBlackout" and .state == "firing")'
else
	skip "Prometheus scrapes what it should" "there is no $missing"
fi
ktap_end
