#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What each verb says of the captures in tests/captures, which are from real live updates in the test
# machine, against what it said when somebody last looked. LUTRACE names the binary. KTAP.
#
# usage: captures.sh [--update]; --update takes what they say now: read the difference before you commit it

cd "$(dirname "$0")/captures" || exit 1
update=$1
out=$(mktemp) && err=$(mktemp) || exit 1
trap 'rm -f "$out" "$err"' EXIT
export TZ=UTC COLUMNS=80 LC_ALL=C

nr=0
failed=0

check()		# name, file, command...
{
	title=$1
	file=$2
	shift 2
	nr=$((nr + 1))
	"$@" >"$out" 2>"$err"
	echo "exit status $?" >>"$err"
	cat "$err" >>"$out"
	[ "$update" != --update ] || cp "$out" "$file"
	if cmp -s "$file" "$out"; then
		echo "ok $nr $title"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $nr $title"
	diff -u "$file" "$out" | sed 's/^/# /'
}

echo "KTAP version 1"
for capture in *.lutrace; do
	name=$(basename "$capture" .lutrace)
	for verb in trace status blame; do
		check "$verb of $name" "$name.$verb" "$LUTRACE" $verb -i "$capture"
		check "$verb of $name, as JSON" "$name.$verb.json" "$LUTRACE" $verb -o json -i "$capture"
	done
	# What can be asked about: a line each.
	while read -r object; do
		check "why $object of $name" "$name.why-$(echo "$object" | tr : _)" \
			"$LUTRACE" why -i "$capture" "$object"
	done <"$name.objects"
done
echo "1..$nr"
echo "# Totals: pass:$((nr - failed)) fail:$failed xfail:0 xpass:0 skip:0 error:0"
[ $failed = 0 ]
