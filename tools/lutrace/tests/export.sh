#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What lutrace writes for other tools, read by tools that are not ours: JSON by a validator, against
# what `lutrace schema` says; Perfetto's format by protoc; Chrome's by jq; pictures by xmllint and
# rsvg-convert. LUTRACE names the binary, UNIT the unit test, which prints lines with odd names in
# them. KTAP; skips what is not installed.

set -u

# The one that Debian's modules are for, whatever else is in the path.
python=/usr/bin/python3
[ -x $python ] || python=python3

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"

need() {	# program, name, command...
	local program=$1
	shift
	if eval "$program" >/dev/null 2>&1; then
		check "$@"
	else
		skip "$1" "this fails: $program"
	fi
}

all_json() {
	local capture verb object

	for capture in "$here"/captures/*.lutrace; do
		for verb in trace status blame; do
			"$LUTRACE" $verb -o json -i "$capture"
		done
		while read -r object; do
			"$LUTRACE" why -o json -i "$capture" "$object"
		done <"${capture%.lutrace}.objects"
	done 2>/dev/null
	"$LUTRACE" doctor -o json
	"$LUTRACE" bundle "$tmp/bundle" 2>/dev/null || true
	tar -xzf "$tmp/bundle" -O --wildcards '*/MANIFEST.jsonl'
	"$UNIT" --print-json
	"$UNIT" --print-why
	"$UNIT" --print-token-0
}

schema_is_written() { "$LUTRACE" schema >"$tmp/schema" && jq -e . "$tmp/schema" >/dev/null; }

lines_are_valid() { all_json >"$tmp/lines" && $python "$here/validate.py" "$tmp/schema" <"$tmp/lines"; }

# Each kind of a line, with something wrong with it, is found out.
bad_lines_are_invalid() {
	local line

	while read -r line; do
		! $python "$here/validate.py" "$tmp/schema" <<<"$line" || { echo "$line" && return 1; }
	done <<-END
		$(jq -c 'select(.event == "pci.probe") | .count = "1"' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.event == "pci.probe") | del(.reason)' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.event == "pci.probe") | .token = "0x1"' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.type == "event") | .event = "no.such"' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.type == "event") | .time = "yesterday"' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.type == "file") | .token = 1' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.type == "file") | .token = "0"' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.type == "blame" and .files != []) | .files[0].token = "0"' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.type == "header") | .schema = "other"' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.type == "jump") | .extra = 1' "$tmp/lines" | head -n 1)
		$(jq -c 'select(.type == "why") | .chain[0].seq = "x"' "$tmp/lines" | head -n 1)
		{"type":"nothing"}
	END
}

every_kind_is_there() {
	# Not each machine has a device that might be preserved.
	jq -r .type "$tmp/lines" | sort -u | grep -v '^candidate$' >"$tmp/kinds"
	printf '%s\n' blame bundle check device doctor event file flb header jump lost piece session summary why |
		diff "$tmp/kinds" - && [ "$(jq -r 'select(.type == "event").event' "$tmp/lines" | sort -u | wc -l)" -gt 50 ]
}

export_to() { "$LUTRACE" export -i "$capture" --to "$@"; }

perfetto_is_decoded() {
	export_to perfetto | protoc --proto_path="$here" --decode=perfetto.protos.Trace perfetto.proto >"$tmp/packets" || return 1
	# protoc prints the number of a field that it does not know.
	! grep -E '^ *[0-9]+[: ]' "$tmp/packets" &&
		grep -q 'name: "file.retrieve"' "$tmp/packets" && grep -q 'name: "blackout"' "$tmp/packets" &&
		grep -q 'name: "vm0:0x1"' "$tmp/packets" && grep -q 'categories: "failed"' "$tmp/packets" &&
		[ "$(grep -c TYPE_SLICE_BEGIN "$tmp/packets")" = "$(grep -c TYPE_SLICE_END "$tmp/packets")" ]
}

# On a track, slices end in the order in which they have to, and no event is on a track that is not
# there.
perfetto_slices_nest() {
	awk '
	/track_descriptor/ { descriptor = 1 }
	/^ *uuid:/ && descriptor { known[$2] = 1; descriptor = 0 }
	/^ *timestamp:/ { now = $2 }
	/^ *type:/ { type = $2 }
	/^ *track_uuid:/ {
		if (!known[$2]) { print "no track " $2; bad = 1 }
		if (type == "TYPE_SLICE_BEGIN") depth[$2]++
		if (type == "TYPE_SLICE_END") depth[$2]--
		if (depth[$2] < 0) { print "an end without a beginning at " now; bad = 1 }
	}
	END { for (t in depth) if (depth[t]) bad = 1; exit bad }' "$tmp/packets"
}

chrome_is_read() {
	export_to chrome >"$tmp/chrome" &&
		jq -e '[.traceEvents[] | select(.ph == "X")] | length > 10 and all(.[]; .ts >= 0 and .dur > 0)' "$tmp/chrome" &&
		jq -e '.traceEvents | any(.name == "pci.probe" and .cat == "failed" and .args.reason == "foreign_driver")' "$tmp/chrome" &&
		jq -e '[.traceEvents[] | select(.ph == "M" and .name == "thread_name") | .args.name] | contains(["vm0:0x1"])' "$tmp/chrome"
}

json_is_that_of_trace() {
	export_to json 2>/dev/null | cmp - <("$LUTRACE" trace -i "$capture" -o json 2>/dev/null)
}

picture_is_drawn() {
	export_to svg -o "$tmp/picture.svg" && xmllint --noout "$tmp/picture.svg" &&
		rsvg-convert "$tmp/picture.svg" -o "$tmp/picture.png" && [ "$(wc -c <"$tmp/picture.png")" -gt 4000 ]
}

selects() { [ "$(export_to chrome --event pci.probe | jq '[.traceEvents[] | select(.ph != "M" and .name != "blackout")] | length')" = 5 ]; }
fails() { local want=$1 status=0; shift; "$@" >/dev/null || status=$?; [ $status = "$want" ]; }

capture=$here/captures/one-device.lutrace
check "the schema is written" schema_is_written
need "$python -c 'import jsonschema'" "every line is valid" lines_are_valid
check "there is a line of every kind" every_kind_is_there
need "$python -c 'import jsonschema'" "what is wrong is not valid" bad_lines_are_invalid
need 'command -v protoc' "protoc reads what is for Perfetto" perfetto_is_decoded
need 'command -v protoc' "its slices are on tracks, and nest" perfetto_slices_nest
check "jq reads what is for Chrome" chrome_is_read
check "JSON is what lutrace trace writes" json_is_that_of_trace
need 'command -v xmllint && command -v rsvg-convert' "a picture is drawn" picture_is_drawn
check "events are selected" selects
check "a format is needed" fails 2 "$LUTRACE" export -i "$capture"
check "no such format" fails 2 "$LUTRACE" export -i "$capture" --to word
check "a full disk is told" fails 3 "$LUTRACE" export -i "$capture" --to chrome -o /dev/full
check "a file that cannot be written is told" fails 3 "$LUTRACE" export -i "$capture" --to svg -o /nonexistent/file
ktap_end
