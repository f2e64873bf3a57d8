#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash # busybox sh, which has local
#
# A live update that preserves a device, step by step, with the events that lutrace sees.
#
# usage: demo.sh; run it with --stages 2

session=vm0
token=0x1
events=/tmp/events
net=$LU_NET
sysfs=/sys/bus/pci/devices/$net
drivers=/sys/bus/pci/drivers
kernel='old kernel'
[ "$LU_STAGE" = 1 ] || kernel='new kernel'
trace=

tell() { printf '\n==> %s: %s\n' "$kernel" "$*"; }

fail() {
	stop_watching
	echo "demo: $*" >&2
	exit 1
}

# The step must work.
do_step() { "$@" || fail "this did not work: $*"; }

# The step must be refused.
refused() { ! "$@" || fail "this must be refused, but worked: $*"; }

# $1: a condition to wait for, 10 s in steps of 50 ms
await() {
	local tries=200

	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		usleep 50000
	done
}

# The records of the time when lutrace could not run.
show_journal() {
	# The runner's output may be a terminal, even if this one is not.
	local when=never

	command -v lutrace >/dev/null || return 0
	[ -z "$LU_COLOR" ] || when=always
	[ -z "$LU_COLUMNS" ] || export COLUMNS="$LU_COLUMNS"
	tell "the journal has the events of the old kernel, and those of this one before user space"
	# 1: it shows a failure, which is what the story is about.
	lutrace journal --color $when || [ $? -eq 1 ] || fail "lutrace cannot read the journal"
}

# Lines on the screen go through tee, so that the script knows what has been shown.
watch_events() {
	local when=auto ready

	if ! command -v lutrace >/dev/null; then
		tell "lutrace is not in this VM: no events are shown"
		return
	fi
	tell "lutrace watches"
	[ -z "$LU_COLOR" ] || when=always
	[ -z "$LU_COLUMNS" ] || export COLUMNS="$LU_COLUMNS"
	rm -f /tmp/ready /tmp/shown
	: >$events
	mkfifo /tmp/ready /tmp/shown || fail "there is no place for a fifo in /tmp"
	tee -a $events </tmp/shown &
	lutrace trace --no-history --color $when --ready-fd 9 9>/tmp/ready >/tmp/shown &
	trace=$!
	# End of file means that lutrace could not attach.
	ready=$(dd bs=1 count=1 </tmp/ready 2>/dev/null | wc -c)
	[ "$ready" = 1 ] || fail "lutrace could not attach: run lutrace doctor"
}

stop_watching() {
	[ -n "$trace" ] || return 0
	kill -INT "$trace" 2>/dev/null
	# Not tee: it ends when lutrace has closed its output.
	wait
	trace=
}

# Called before a step, so that seen() looks only at what comes after.
mark() { [ -z "$trace" ] || shown=$(wc -l <$events); }

is_shown() { tail -n +$((shown + 1)) $events | grep -q "$1"; }

# $@: events that the step must have shown
seen() {
	local event

	[ -n "$trace" ] || return 0
	for event; do
		await is_shown "$event" || fail "lutrace does not show $event"
	done
}

driver() {
	local link

	link=$(readlink "$sysfs/driver") && echo "${link##*/}" && return
	echo none
}

has_driver() { [ "$(driver)" = "$1" ]; }

override() { echo "$1" >"$sysfs/driver_override"; }

probe() { echo "$net" >/sys/bus/pci/drivers_probe; }

unbind() { echo "$net" >"$sysfs/driver/unbind"; }

remove() { echo 1 >"$sysfs/remove"; }

rescan() { echo 1 >/sys/bus/pci/rescan; }

bind_to() { echo "$net" >"$drivers/$1/bind" 2>/dev/null; }

has_virtio() { [ -n "$(ls -d "$sysfs"/virtio* 2>/dev/null)" ]; }

old_kernel() {
	tell "$net is a virtio-net device; its driver is $(driver)"
	watch_events

	tell "vfio-pci takes the device, for a VM to use it"
	do_step unbind
	do_step override vfio-pci
	do_step probe
	do_step has_driver vfio-pci

	tell "the VMM opens it and preserves its file in session \"$session\""
	mark
	do_step lu_agent preserve $session $token "$net"
	seen session.create pci.preserve file.preserve

	tell "the next kernel is loaded and entered; the VMM still holds the device"
	do_step lu_kexec load
	lu_kexec exec
	fail "the next kernel was not entered"
}

new_kernel() {
	tell "$net has driver $(driver): virtio-pci wanted it at boot, and was blocked"
	do_step has_driver none
	show_journal
	watch_events

	tell "once more, while lutrace watches: the device is removed and enumerated again"
	mark
	do_step remove
	do_step rescan
	do_step [ -e "$sysfs" ]
	do_step has_driver none
	seen pci.incoming foreign_driver

	tell "an explicit bind to virtio-pci is blocked, too"
	mark
	refused bind_to virtio-pci
	do_step has_driver none
	seen foreign_driver

	tell "driver_override lets vfio-pci have the device"
	mark
	do_step override vfio-pci
	do_step probe
	do_step has_driver vfio-pci
	seen driver_override

	tell "another process opens it, and is refused"
	mark
	refused lu_agent preserve other 0x9 "$net"
	seen vfio.open_refused

	tell "the VMM retrieves its session, uses the device and finishes"
	mark
	do_step lu_agent retrieve $session $token "$net"
	seen session.retrieve file.retrieve vfio.bound pci.finish flb.finish

	tell "the update is over: virtio-pci gets the device again"
	do_step unbind
	do_step override ''
	do_step probe
	do_step has_driver virtio-pci
	await has_virtio || fail "$net has no virtio device"
	tell "$net has driver $(driver)"
}

export PATH="/selftests:$PATH"
if [ -z "$net" ] || ! [ -e "$sysfs" ]; then
	echo "1..0 # SKIP LU_NET does not name a device"
	exit 4
fi
case $LU_STAGE in
1) old_kernel ;;
2) new_kernel ;;
*) fail "LU_STAGE must be 1 or 2" ;;
esac
stop_watching
tell "done: the device went from kernel to kernel, and no other driver touched it"
command -v lutrace >/dev/null || {
	echo "1..0 # SKIP lutrace was not there to show the events"
	exit 4
}
