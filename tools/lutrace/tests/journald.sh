#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# `lutrace -o journald` against a real systemd-journald, which runs in a mount namespace with a /run
# of its own. LUTRACE names the binary. KTAP; skips what cannot be: see `scripts/setup --for
# journald`.

set -u

journald=/lib/systemd/systemd-journald
here=$(cd "$(dirname "$0")" && pwd)
capture=$here/captures/failures.lutrace

if [ "${1:-}" != inside ]; then
	reason=
	[ "$(id -u)" = 0 ] || reason="only root may start one"
	for program in $journald journalctl unshare jq; do
		command -v "$program" >/dev/null || reason="there is no $program"
	done
	[ -n "$reason" ] || unshare --mount true 2>/dev/null || reason="there are no mount namespaces"
	if [ -n "$reason" ]; then
		printf 'KTAP version 1\n1..0 # SKIP %s\n' "$reason"
		exit 0
	fi
	exec unshare --mount --propagation private bash "$0" inside
fi

# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal /run/log/journal || exit 1
# Files in memory only: there is no /var/log/journal to be flushed to.
$journald >/run/journald.log 2>&1 &
pid=$!
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	kill $pid 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap clean_up EXIT

starts() {
	timeout 10 sh -c 'until [ -S /run/systemd/journal/socket ]; do sleep 0.1; done' && return
	cat /run/journald.log
	return 1
}

is_written() {
	local status=0

	"$LUTRACE" trace -o journald -i "$capture" || status=$?
	[ $status = 1 ] && journalctl --sync
}

entries() { journalctl --no-pager -o json --all SYSLOG_IDENTIFIER=lutrace "$@"; }

# Event by event what JSON has.
has_each_event() {
	"$LUTRACE" trace -o json -i "$capture" 2>/dev/null | jq -c 'select(.type == "event") |
		[.event, .time, .session, .token, .device, .reason, .driver, .errno_name,
		 (.failed | tostring), (.errno // 0 | tostring)]' >/run/json
	entries LUTRACE_TYPE=event | jq -c '[.LUTRACE_EVENT, .LUTRACE_TIME, .LUTRACE_SESSION, .LUTRACE_TOKEN,
		.LUTRACE_DEVICE, .LUTRACE_REASON, .LUTRACE_DRIVER, .LUTRACE_ERRNO_NAME,
		.LUTRACE_FAILED, .LUTRACE_ERRNO // "0"]' >/run/entries
	[ -s /run/json ] && diff /run/json /run/entries
}

has_the_rest() {
	[ "$(entries LUTRACE_TYPE=header LUTRACE_TYPE=jump LUTRACE_TYPE=summary | jq -r .LUTRACE_TYPE | tr '\n' ' ')" = \
		"header jump summary " ] &&
		[ "$(entries LUTRACE_TYPE=jump | jq -r .LUTRACE_BLACKOUT_NS)" = \
			"$("$LUTRACE" trace -o json -i "$capture" 2>/dev/null | jq 'select(.type == "jump").blackout_ns')" ]
}

# Failures, as one looks for them.
priorities_are_right() {
	journalctl --no-pager -o cat -t lutrace -p warning LUTRACE_TYPE=event >/run/failures
	[ "$(wc -l </run/failures)" = "$("$LUTRACE" trace -o json --errors -i "$capture" 2>/dev/null |
		grep -c '"type":"event"')" ] && grep -q 'pci.probe 0000:01:00.0 block foreign_driver' /run/failures
}

ends_without_journald() {
	kill $pid
	wait $pid
	! "$LUTRACE" trace -o journald -i "$capture" 2>/run/err && grep "cannot write to the systemd journal" /run/err
}

check "systemd-journald starts" starts
check "all is written to it" is_written
check "it has each event, as JSON has" has_each_event
check "it has the beginning, the jump and the end" has_the_rest
check "failures have their priority" priorities_are_right
check "without it there is an error" ends_without_journald
ktap_end
