#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# `lutrace expect`: what holds and what does not, and what is wrong with a file of assertions.
# LUTRACE names the binary. KTAP.
#
# usage: expect.sh [--update]; --update takes what is said now of tests/expect/fails.expect

here=$(cd "$(dirname "$0")" && pwd)
update=$1
capture=$here/captures/one-device.lutrace
# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"
out=$ktap_out

expect()	# file...
{
	"$LUTRACE" expect -i "$capture" -D net=0000:01:00.0 "$@" >"$out" 2>&1
}

# $1: the message, then the lines of a file
wrong()
{
	message=$1
	shift
	printf '%s\n' "$@" | expect -
	status=$?
	[ $status = 2 ] && grep -qF -e "lutrace: -:$message" "$out" && r=ok || r=not
	result "$r" "wrong: $message"
}

expect "$here/expect/holds.expect" && ! grep -q "^not ok" "$out" && r=ok || r=not
result "$r" "what holds"

expect "$here/expect/fails.expect"
status=$?
[ "$update" != --update ] || cp "$out" "$here/expect/fails.said"
[ $status = 1 ] && ! grep -q "^ok" "$out" && diff -u "$here/expect/fails.said" "$out" >"$out.diff" && r=ok || r=not
[ "$r" = ok ] || cat "$out.diff" >"$out"
rm -f "$out.diff"
result "$r" "what does not hold, and what came instead"

wrong "1:1: a statement begins with expect, never or sequence, not with 'excpect'" "excpect pci.probe"
wrong "1:8: there is no event 'pci.prob': see" "expect pci.prob"
wrong "1:8: there is no event 'vfio.open_denied': it is called vfio.open_refused now" "expect vfio.open_denied"
wrong "1:18: there is no field 'devise': see" "expect pci.probe devise=x"
wrong "1:8: no event 'pci.probe' has all of these fields" "expect pci.probe errno=0"
wrong "2:18: 'reason' is no condition: write FIELD=VALUE" "# one" "expect pci.probe reason"
wrong "1:35: errno cannot be 'EWHAT'" "expect pci.preserve_refused errno=EWHAT"
wrong "1:29: token cannot be 'one'" "expect file.preserve  token=one"
wrong "1:25: reason is a text: it is or is not" "expect vfio.match reason<ok"
wrong "1:34: write != for is not" "expect pci.preserve_refused errno!0"
wrong "1:8: how many? 3, 1.., ..2 or 1..2" "expect 3..2 pci.probe"
wrong "1:8: an event has to come here" "expect 3"
wrong "1:25: \$edu is not defined: give it with -D edu=VALUE" "expect pci.probe device=\$edu"
wrong "1:25: there is no } after \${" "expect pci.probe device=\${net"
wrong "1:18: a quote is not closed" 'expect pci.probe device="x'
wrong "1:1: the sequence has no 'end'" "sequence" "pci.probe" "pci.probe"
wrong "1:1: a sequence is two events or more" "sequence" "pci.probe" "end"
wrong "1:17: 'soon' is no duration" "sequence within soon"
wrong "1:17: between one event 'and' another" "never pci.probe between jump"
wrong "1:13: a jump has generation and blackout_ns" "expect jump device=x"
wrong "1:1: there is no assertion in it" "# nothing"

# Of a kernel that has an event 77.
printf '%s\n' 'expect 1 event.77 errno=ENODEV number0=0' 'expect 1 event.*' 'expect 0 event.78' |
	"$LUTRACE" expect -i "$here/expect/unknown.lutrace" - >"$out" 2>&1 && r=ok || r=not
result "$r" "events that are not in the table"
wrong "1:8: there is no event 'event.1': see" "expect event.1"
wrong "1:8: no event 'event.77' has all of these fields" "expect event.77 bus=1"

expect --check "$here/expect/holds.expect" && [ ! -s "$out" ] && r=ok || r=not
result "$r" "check only: right"
echo nonsense | expect --check -
[ $? = 2 ] && r=ok || r=not
result "$r" "check only: wrong"
expect /nonexistent
[ $? = 4 ] && grep -q "cannot read /nonexistent: No such file" "$out" && r=ok || r=not
result "$r" "there is no such file"
ktap_end
