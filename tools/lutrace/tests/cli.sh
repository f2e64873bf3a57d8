#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests of the command itself, as far as they need no live update. LUTRACE names
# the binary, UNIT the unit test, which prints a JSON stream for jq, HEADERS the
# directory of the kernel's trace headers. KTAP.

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"
out=$tmp/out
err=$tmp/err

run()
{
	"$@" >"$out" 2>"$err"
	status=$?
}

# A result, which the exit status and the output explain.
verdict()	# ok|not, name
{
	{
		echo "exit status $status"
		sed 's/^/out: /' "$out"
		sed 's/^/err: /' "$err"
	} >"$ktap_out"
	result "$@"
}

# Expects the exit status $1 and the text $2 on standard error.
expect()	# status, text, name
{
	if [ "$status" -eq "$1" ] && grep -qF -e "$2" "$err"; then
		verdict ok "$3"
	else
		verdict not "$3"
	fi
}

usage()		# text, arguments...
{
	text=$1
	shift
	run "$LUTRACE" "$@"
	expect 2 "$text" "usage: $*"
}

run "$LUTRACE" --version
[ $status -eq 0 ] && grep -q '^lutrace [0-9]' "$out" && r=ok || r=not
verdict "$r" "version"

run "$LUTRACE" --help
[ $status -eq 0 ] && grep -q '^  trace ' "$out" && grep -q '^  journal ' "$out" && r=ok || r=not
verdict "$r" "help lists the verbs"

run "$LUTRACE" trace --help
[ $status -eq 0 ] && grep -q -e '--ready-fd=FD' "$out" && r=ok || r=not
verdict "$r" "trace help lists the options"

run "$LUTRACE" journal --help
[ $status -eq 0 ] && grep -q -e '--generation=WHICH' "$out" && r=ok || r=not
verdict "$r" "journal help lists the options"

run "$LUTRACE" why --help
[ $status -eq 0 ] && grep -q -e 'SESSION\[:TOKEN\] | BDF' "$out" &&
	! grep -q -e '--generation' "$out" && r=ok || r=not
verdict "$r" "why help says what it takes"

run "$LUTRACE" status --help
[ $status -eq 0 ] && grep -q -e '--handler=COMPATIBLE' "$out" && ! grep -q -e '--slower' "$out" && r=ok || r=not
verdict "$r" "status help lists its options"

run "$LUTRACE" trace --list
[ $status -eq 0 ] && grep -q '^file.match  *session token reason errno handler$' "$out" &&
	grep -q 'found | no_handler | module_going' "$out" && r=ok || r=not
verdict "$r" "list shows fields and reasons"

run "$LUTRACE" --list --event 'pci.p*'
[ $status -eq 0 ] && [ "$(cut -d' ' -f1 "$out" | grep -c .)" -eq 3 ] && r=ok || r=not
verdict "$r" "list takes a selection, trace is the default verb"

usage "no verb 'nope'" nope
for verb in trace "trace --list" "record $tmp/recorded"; do
	# shellcheck disable=SC2086 # words
	usage "--event: only a newer lutrace knows these events" $verb --event 'event.*,event.77'
done
[ ! -e "$tmp/recorded" ] && r=ok || r=not
verdict "$r" "no file of no event"
run "$LUTRACE" trace -i "$here/expect/unknown.lutrace" --event event.77
[ $status -eq 1 ] && [ "$(wc -l <"$out")" -eq 2 ] && r=ok || r=not
verdict "$r" "a capture may have events that are not in the table"
usage "no event matches 'nope.*'" --event 'file.*,nope.*'
usage "no event matches 'pci.refuse': it is called pci.preserve_refused now" --event pci.refuse
usage "no event matches 'vfio.open_denied': it is called vfio.open_refused now" journal --event vfio.open_denied
usage "'1:2' is not a PCI address" trace --device 1:2
usage "'x' is not a number" --token x
usage "no errno is called 'EWHAT'" --errors=EBUSY,EWHAT
usage "no such value 'xml': it is columns, json or journald" -o xml
usage "no such value 'moon'" --time moon
usage "no such value 'maybe'" --color maybe
usage "is not a positive number" --duration 0
usage "is not a positive number" --max-events 0
usage "is not a size" --buffer-size 2G
usage "'77' is not an open file descriptor" --ready-fd 77
usage "unexpected argument 'more'" trace more
usage "unrecognized option" --nope
usage "is not a number of milliseconds" --slower fast
usage "no such value 'next'" --generation next
usage "nothing more happens in the previous kernel" --generation previous
usage "no event matches 'nope'" journal --event nope
usage "unexpected argument 'more'" journal more
usage "unrecognized option" journal --duration 1
usage "which session, SESSION:TOKEN or PCI address?" why
usage "the object has no name" why ""
usage "unexpected argument 'vm1'" why vm0 vm1
usage "no such value 'xml'" why -o xml vm0
usage "unrecognized option" why --session vm0
usage "unexpected argument 'more'" status more
usage "unrecognized option" status --slower 1
usage "'1:2' is not a PCI address" status --device 1:2

if command -v jq >/dev/null; then
	"$UNIT" --print-json >"$out"
	run2=$(jq -es 'length > 50 and .[0].type == "header" and
		       .[-1].type == "summary" and
		       (map(select(.type == "event")) |
			all(.time and .boottime_ns and .comm and (.failed | type) == "boolean"))' \
		"$out" 2>"$err")
	status=$?
	[ "$run2" = true ] && r=ok || r=not
	verdict "$r" "all JSON lines are valid"

	"$UNIT" --print-why >"$out"
	run2=$(jq -es 'length == 4 and all(.type == "why" and (.findings | type) == "array") and
		       (.[0] | .findings[0].reason == "wrong_driver" and .kind == "session" and
			(.chain | length > 5 and any(.type == "jump") and all(.type)) and
			(.findings[0].advice | length > 2)) and
		       .[3].known == false and .[3].sessions == ["vm0"]' "$out" 2>"$err")
	status=$?
	[ "$run2" = true ] && r=ok || r=not
	verdict "$r" "why answers in valid JSON"
else
	skip "all JSON lines are valid" "no jq"
	skip "why answers in valid JSON" "no jq"
fi

# Prints the names of the tracepoints that the headers define.
header_tracepoints()
{
	sed -nE -e 's/^TRACE_EVENT\((\w+),.*/\1/p' \
		-e 's/^DEFINE_EVENT\(\w+, (\w+),.*/\1/p' \
		-e 's/^DEFINE_EVENT_PRINT\(\w+, (\w+),.*/\1/p' \
		-e 's/^DEFINE_\w+_EVENT\((\w+)[,)].*/\1/p' \
		"$HEADERS"/liveupdate.h "$HEADERS"/*_liveupdate.h |
		grep -vxE 'event|name' | sort
}

# Prints each list of reasons in the headers as one line, in its order.
header_reasons()
{
	awk -F'"' '/^#define [A-Z_]+(REASONS|PHASES|STAGES)/ { list = ""; on = 1 }
		   on && NF >= 3 { list = list (list ? " | " : "") $2 }
		   on && /EMe\(/ { print list; on = 0 }' \
		"$HEADERS"/liveupdate.h "$HEADERS"/*_liveupdate.h | sort -u
}

# The table has each number of the headers.
ABI=$HEADERS/../../linux/kho/abi/luo_journal
EVENTS=$SELFTESTS/../bpf/events.h
if [ -r "$ABI.h" ] && [ -r "$EVENTS" ]; then
	sed -nE 's/^\t(\w+_EVENT_\w+)\s+= .*/\1/p' "$ABI.h" "$ABI"_*.h | sort >"$err"
	sed -nE 's/^\tE\(\w+, (\w+), .*/\1/p' "$EVENTS" | sort | diff "$err" - >"$out"
	status=$?
	[ $status -eq 0 ] && [ "$(grep -c . "$err")" -gt 40 ] && r=ok || r=not
	verdict "$r" "the table has the events of the ABI"
else
	skip "the table has the events of the ABI" "no kernel headers"
fi

if [ -r "$HEADERS/liveupdate.h" ]; then
	header_tracepoints >"$err"
	"$LUTRACE" --list -v | sed -nE 's/^ +tracepoint \w+:(\w+)$/\1/p' |
		sort | diff "$err" - >"$out"
	status=$?
	[ $status -eq 0 ] && [ "$(grep -c . "$err")" -gt 40 ] && r=ok || r=not
	verdict "$r" "the table has the tracepoints of the headers"

	header_reasons >"$err"
	"$LUTRACE" --list | sed -nE 's/^ {24}([a-z].* \| .*)$/\1/p' |
		sort -u | diff "$err" - >"$out"
	status=$?
	[ $status -eq 0 ] && [ "$(grep -c . "$err")" -gt 5 ] && r=ok || r=not
	verdict "$r" "the table has the reasons of the headers, in their order"
else
	skip "the table has the tracepoints of the headers" "no trace headers"
	skip "the table has the reasons of the headers, in their order" "no trace headers"
fi

# The table of refusals: each reason that is no success, and tests that exist.
reasons_without_row()
{
	"$LUTRACE" --list | sed -nE 's/^ {24}([a-z].* \| .*)$/\1/p' | tr -d '|' | tr -s ' ' '\n' |
		grep -vxE 'begin|frozen|failed|found|ok|none|kept|not_preserved|bridge|driver_override|same_driver' |
		sort -u | while read -r reason; do
			grep -qE "\`\`[a-z_.]+ $reason\`\`" "$REFUSALS" || echo "no row: $reason"
		done
	sed -nE 's/.*``  +([a-z_]+(, [a-z_]+)*)$/\1/p' "$REFUSALS" | tr -s ', ' '\n' | sort -u |
		while read -r test; do
			case $test in kunit) continue ;; esac
			grep -qE "^$test(\.sh)?[[:space:]]" "$SELFTESTS/vm/tests" || echo "no test: $test"
		done
}

if [ -r "$REFUSALS" ]; then
	reasons_without_row >"$out" 2>"$err"
	status=0
	[ ! -s "$out" ] && r=ok || r=not
	verdict "$r" "the table of refusals is complete, and its tests exist"
else
	skip "the table of refusals is complete, and its tests exist" "no Documentation/refusals.rst"
fi

# This kernel may well have the tracepoints: then it is not what these are about.
"$LUTRACE" --duration 0.01 >/dev/null 2>&1
if [ $? -ne 4 ] || ! [ -r /sys/kernel/btf/vmlinux ] ; then
	for name in "missing systems are named" "json has no output then" \
		    "only the selected systems are missing"; do
		skip "$name" "this kernel has the tracepoints, or no BTF"
	done
else
	run "$LUTRACE"
	expect 4 "use a kernel with the lutrace kernel series, set CONFIG_LIVEUPDATE" "missing systems are named"
	run "$LUTRACE" -o json
	[ $status -eq 4 ] && ! [ -s "$out" ] && r=ok || r=not
	verdict "$r" "json has no output then"
	run "$LUTRACE" --event 'vfio.*'
	[ $status -eq 4 ] && grep -q CONFIG_VFIO_PCI_LIVEUPDATE "$err" &&
		! grep -q CONFIG_PCI_LIVEUPDATE "$err" && r=ok || r=not
	verdict "$r" "only the selected systems are missing"
fi

# No kernel but one with the series has it.
if [ -r /sys/kernel/btf/vmlinux ] && [ "$(id -u)" -eq 0 ] &&
   ! grep -q bpf_iter_luo_journal /proc/kallsyms; then
	run "$LUTRACE" journal
	expect 4 "CONFIG_LIVEUPDATE_JOURNAL" "a missing journal is named"
	run "$LUTRACE" why vm0
	expect 4 "CONFIG_LIVEUPDATE_JOURNAL" "a missing journal is named by why"
else
	skip "a missing journal is named" "this kernel has it, or no BTF"
	skip "a missing journal is named by why" "this kernel has it, or no BTF"
fi

if [ -r /sys/kernel/btf/vmlinux ] && [ "$(id -u)" -eq 0 ] &&
   ! grep -q bpf_iter_luo_session /proc/kallsyms; then
	run "$LUTRACE" status
	expect 4 "does not show what is preserved" "a kernel without the iterators is named"
else
	skip "a kernel without the iterators is named" "this kernel has them, or no BTF"
fi

# A copy, as the build directory may be closed to others.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	dir=$(mktemp -d) && chmod 755 "$dir" && cp "$LUTRACE" "$dir/lutrace"
	run setpriv --reuid 65534 --clear-groups --inh-caps=-all \
		--bounding-set=-all "$dir/lutrace"
	expect 4 "missing CAP_BPF and CAP_PERFMON" "missing capabilities are named"
	run setpriv --reuid 65534 --clear-groups --inh-caps=-all,+bpf \
		--ambient-caps=-all,+bpf "$dir/lutrace"
	expect 4 "missing CAP_PERFMON:" "one missing capability is named alone"
	rm -r "$dir"
else
	skip "missing capabilities are named" "needs root and setpriv"
	skip "one missing capability is named alone" "needs root and setpriv"
fi

ktap_end
