#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What each verb says of the captures in tests/captures, which are from real live updates in the
# test machine, against what it said when somebody last looked. LUTRACE names the binary. KTAP.
#
# usage: captures.sh [--update]; --update takes what they say now: read the difference before you commit it

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"
cd "$here/captures" || exit 1
update=$1
export TZ=UTC COLUMNS=80 LC_ALL=C

says()		# file, command...
{
	file=$1
	shift
	"$@" >"$tmp/said" 2>"$tmp/err"
	echo "exit status $?" >>"$tmp/err"
	cat "$tmp/err" >>"$tmp/said"
	[ "$update" != --update ] || cp "$tmp/said" "$file"
	diff -u "$file" "$tmp/said"
}

for capture in *.lutrace; do
	name=$(basename "$capture" .lutrace)
	for verb in trace status blame; do
		check "$verb of $name" says "$name.$verb" "$LUTRACE" $verb -i "$capture"
		check "$verb of $name, as JSON" says "$name.$verb.json" "$LUTRACE" $verb -o json -i "$capture"
	done
	# What can be asked about: a line each.
	while read -r object; do
		check "why $object of $name" says "$name.why-$(echo "$object" | tr : _)" \
			"$LUTRACE" why -i "$capture" "$object"
	done <"$name.objects"
done
ktap_end
