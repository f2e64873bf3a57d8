#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash # busybox sh, which has local
#
# `lutrace record` in the machine: with -i, the other verbs say the same of its capture as of the kernel.
#
# usage: capture.sh [--print]; run it with --stages 2. With --print the capture is in the output, in base64.

session=vm0
token=0x1
net=$LU_NET
sysfs=/sys/bus/pci/devices/$net
capture=/tmp/capture
recorder=

# lutrace records to $capture when this returns.
start_recording() {
	local ready

	rm -f /tmp/ready $capture $capture.1
	mkfifo /tmp/ready
	lutrace record --ready-fd 9 $capture 9>/tmp/ready &
	recorder=$!
	ready=$(dd bs=1 count=1 </tmp/ready 2>/dev/null | wc -c)
	[ "$ready" = 1 ]
}

# $1: a signal, $2: the exit status that it gives
stop_recording() {
	local status=0

	kill -"$1" "$recorder"
	wait "$recorder" || status=$?
	[ $status = "$2" ] || { echo "# the recorder gave $status, not $2" && false; }
}

is_status() {
	local want=$1 status=0
	shift
	"$@" || status=$?
	[ $status = "$want" ] || { echo "# $* gave $status, not $want" && false; }
}

# The events of lutrace's JSON, without the members that differ between a live event and its record.
events() {
	sed -n 's/"\(time\|boottime_ns\|seq\|recorded\|blackout_ns\)":[^,}]*,\?//g; /"type":"event"/p; /"type":"jump"/p'
}

same() {
	cmp -s "$1" "$2" || {
		diff "$1" "$2" | sed 's/^/# /' | head -n 20
		false
	}
}

journal_is_captured() {
	is_status 1 lutrace journal -o json >/tmp/journal.json &&
		is_status 1 lutrace trace -o json -i $capture >/tmp/replay.json || return 1
	events </tmp/journal.json >/tmp/journal
	# FLB lookups are traced, but not in the journal.
	events </tmp/replay.json | grep -v '"event":"flb\.\(get\|put\)"' >/tmp/replay
	grep -q '"event":"file.preserve"' /tmp/replay && same /tmp/journal /tmp/replay
}

# The answer without times: a live event has its own time, its record has that of the journal's clock, which
# is converted when it is read.
why() { lutrace why "$@" 2>&1 | sed 's/^\( *\)[-+0-9:.]\{9,\}/\1TIME/; s/ blackout=[^ ]*//'; }

answers_are_the_same() {
	for object in $session $session:$token "$net"; do
		why "$object" >/tmp/live
		why -i $capture "$object" >/tmp/replay
		same /tmp/live /tmp/replay || return 1
	done
}

# Times differ as the journal's clock and that of an event do.
blame_is_the_same() {
	local strip='s/ at [-0-9T:]*Z//; s/[0-9.e]\+[mun]\?s\b/TIME/g; s/  */ /g'

	is_status 0 lutrace blame >/tmp/said && sed "$strip" </tmp/said >/tmp/live &&
		is_status 0 lutrace blame -i $capture | sed "$strip" >/tmp/replay &&
		! grep -q unknown /tmp/live && same /tmp/live /tmp/replay
}

status_is_captured() {
	lutrace status | sed 's/[0-9.]* *[mun]\?s ago//' >/tmp/live
	lutrace status -i $capture | sed 's/[0-9.]* *[mun]\?s ago//' >/tmp/recorded
	grep -q '^Recorded on .*Z' /tmp/recorded && grep -v '^Recorded on ' /tmp/recorded >/tmp/replay
	grep -q "$session" /tmp/replay && same /tmp/live /tmp/replay
}

killed_recorder_leaves_a_capture() {
	start_recording || return 1
	echo 1 >"$sysfs/remove"
	echo 1 >/sys/bus/pci/rescan
	sleep 1
	stop_recording KILL 137 &&
		is_status 3 lutrace trace --strict -i $capture -o json >/tmp/replay.json 2>/tmp/said &&
		grep -q '"end":"truncated"' /tmp/replay.json || return 1
	lutrace journal -o json | events >/tmp/journal
	events </tmp/replay.json | grep -v '"event":"flb\.\(get\|put\)"' >/tmp/replay
	same /tmp/journal /tmp/replay
}

cut_capture_is_said_to_be() {
	dd if=$capture of=/tmp/cut bs=1 count=$(($(wc -c <$capture) - 9)) 2>/dev/null
	lutrace trace -i /tmp/cut 2>&1 >/dev/null | grep -q "is cut off"
}

# Metrics come from the journals, or from a capture of them.
metrics_are_the_same() {
	local strip='/^lutrace_\(journal_lost\|build\|preserved\|sessions\|devices\)/d; /^#/d; s/[0-9.e+-]\+$//'

	is_status 0 lutrace metrics >/tmp/said && [ "$(tail -n 1 /tmp/said)" = "# EOF" ] &&
		grep -q '^lutrace_blackout_seconds{.*} 0*[1-9.]' /tmp/said || return 1
	sed "$strip" </tmp/said | sort >/tmp/live
	is_status 0 lutrace metrics -i $capture | sed "$strip" | grep -v "flb[.]\(get\|put\)" | sort >/tmp/replay
	same /tmp/live /tmp/replay
}

page_is_written() {
	is_status 0 lutrace report -o /tmp/page.html && grep -q "$session" /tmp/page.html &&
		[ "$(tail -n 1 /tmp/page.html)" = "</html>" ]
}

trace_is_exported() {
	is_status 0 lutrace export --to chrome -o /tmp/trace.json && grep -q '"name":"blackout"' /tmp/trace.json
}

# $1: the archive, the rest: options. Leaves its files in /tmp/bundle.
write_bundle() {
	local archive=$1
	shift

	rm -rf /tmp/bundle && mkdir /tmp/bundle && is_status 0 lutrace bundle "$@" "$archive" &&
		tar -xzf "$archive" -C /tmp/bundle && mv /tmp/bundle/*/* /tmp/bundle && [ -s /tmp/bundle/capture.lutrace ]
}

# All files of the manifest are there, with its checksums.
bundle_is_whole() {
	write_bundle /tmp/bundle.tar.gz && (
		cd /tmp/bundle && sed -n 's/.*"name":"\([^"]*\)".*"sha256":"\([0-9a-f]*\)".*/\2  \1/p' MANIFEST.jsonl >/tmp/sums &&
			[ "$(wc -l </tmp/sums)" = 12 ] && sha256sum -c -s /tmp/sums && [ "$(find . -type f | wc -l)" = 13 ]
	) && grep -q "Kernel command line: .*liveupdate=on" /tmp/bundle/kernel.log &&
		grep -q "^$net .*driver=vfio-pci" /tmp/bundle/devices.txt &&
		grep -q "\"session\":\"$session\"" /tmp/bundle/journal.jsonl
}

bundle_tells_the_same() {
	why "$session:$token" >/tmp/live
	why -i /tmp/bundle/capture.lutrace "$session:$token" >/tmp/replay
	grep -q file.retrieve /tmp/replay && same /tmp/live /tmp/replay
}

# No file has a name or a secret, and equal names are still equal.
bundle_hides_names() {
	local hidden

	echo "kernel: session [$session] and 52:54:00:12:34:56" >/dev/kmsg
	echo a key >/tmp/key
	hostname secret-host && write_bundle /tmp/bundle.tar.gz --anonymize=/tmp/key && hostname lutrace &&
		! grep -rE "$session|secret-host|52:54:00" /tmp/bundle || return 1
	hidden=$(sed -n 's/.*"session":"\(anon-[0-9a-f]*\)".*/\1/p' /tmp/bundle/journal.jsonl | head -n 1)
	[ -n "$hidden" ] && is_status 0 lutrace why -i /tmp/bundle/capture.lutrace "$hidden:$token" >/tmp/said &&
		write_bundle /tmp/bundle.tar.gz --anonymize=/tmp/key &&
		grep -q "$hidden" /tmp/bundle/journal.txt
}

preserve() {
	echo "$net" >"$sysfs/driver/unbind"
	echo vfio-pci >"$sysfs/driver_override"
	echo "$net" >/sys/bus/pci/drivers_probe
	lu_agent preserve $session $token "$net"
}

# A refusal, a session that comes back, and a device that is used again.
go_on() {
	echo "$net" >/sys/bus/pci/drivers/virtio-pci/bind 2>/dev/null && return 1
	echo vfio-pci >"$sysfs/driver_override"
	echo "$net" >/sys/bus/pci/drivers_probe
	lu_agent retrieve $session $token "$net"
}

export PATH="/selftests:$PATH"
command -v lutrace >/dev/null || {
	echo "1..0 # SKIP lutrace is not in this machine"
	exit 4
}
# shellcheck source=selftests/vm/ktap.sh
. /selftests/ktap.sh
if [ "$LU_STAGE" = 1 ]; then
	expect "the device is preserved" preserve
	need_all
	lu_kexec
	exit 1
fi
expect "a recorder that is killed leaves a capture of all that it saw" \
	killed_recorder_leaves_a_capture
expect "recording begins" start_recording
expect "status is in the capture" status_is_captured
expect "the device is retrieved" go_on
expect "recording ends, and reports a failure" stop_recording INT 1
expect "the journal and the capture have the same events" journal_is_captured
expect "why says the same" answers_are_the_same
expect "so does blame" blame_is_the_same
expect "so do metrics" metrics_are_the_same
expect "a page is written" page_is_written
expect "a trace is exported" trace_is_exported
expect "a bundle is whole" bundle_is_whole
expect "a bundle says the same" bundle_tells_the_same
expect "a bundle hides names on request" bundle_hides_names
expect "a truncated capture is reported" cut_capture_is_said_to_be
expect "the doctor finds nothing missing" is_status 0 lutrace doctor
expect "a file that is none is refused" is_status 4 lutrace trace -i /proc/version
expect "a file that is not there is refused" is_status 4 lutrace status -i /nowhere
expect "a file that cannot be written is refused" is_status 3 lutrace record /nowhere/file
[ "$1" != --print ] || base64 $capture | sed 's/^/# capture: /'
ktap_end
