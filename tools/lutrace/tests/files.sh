#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What lutrace does to files: what is there is lost only to something better, and of a capture that
# is not whole it says so. LUTRACE names the binary. KTAP.

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"
out=$ktap_out
whole=$here/captures/failures.lutrace
size=$(wc -c <"$whole")

# Expects an exit status, and a text in what is said.
says()		# status, text, arguments...
{
	wanted=$1
	text=$2
	shift 2
	"$LUTRACE" "$@" >"$out" 2>&1
	status=$?
	[ $status = "$wanted" ] && grep -qF -e "$text" "$out" && return
	echo "lutrace $*: exit status $status, not $wanted, or without: $text" >>"$out"
	return 1
}

# Runs lutrace, which is to fail, on a copy of the capture as its output.
keeps()		# status, text, arguments before the file...
{
	cp "$whole" "$tmp/kept"
	says "$@" "$tmp/kept" && cmp "$whole" "$tmp/kept" >>"$out"
}

nothing_is_emptied()
{
	echo nonsense >"$tmp/nonsense"
	for verb in report "export --to svg" "export --to perfetto" "export --to json"; do
		# shellcheck disable=SC2086
		keeps 4 "is no capture" $verb -i "$tmp/nonsense" -o || return
		# shellcheck disable=SC2086
		says 4 "is no capture" $verb -i "$tmp/nonsense" -o "$tmp/new" && ! [ -e "$tmp/new" ] || return
	done
}

what_is_no_file_is_named()
{
	: >"$tmp/empty"
	says 4 "$tmp/empty is empty: it is no capture" -i "$tmp/empty" &&
		says 4 "standard input is empty: it is no capture" blame -i - </dev/null &&
		says 4 "$tmp is a directory: it is no capture" status -i "$tmp" &&
		says 2 "--input: '' is not the name of a file" why -i "" vm0 &&
		says 2 "--input: '' is not the name of a file" blame -i "" &&
		says 2 "--output: '' is not the name of a file" report -i "$whole" -o "" &&
		says 2 "--output: '' is not the name of a file" export --to svg -i "$whole" -o ""
}

new_output_is_whole()
{
	yes "more than the page has" | head -c 1M >"$tmp/page"
	"$LUTRACE" report -i "$whole" -o "$tmp/page" && return 1
	"$LUTRACE" report -i "$whole" -o "$tmp/fresh" && return 1
	cmp "$tmp/page" "$tmp/fresh" >"$out" && [ "$(tail -n 1 "$tmp/page")" = "</html>" ] && ! grep -q "more than" "$tmp/page"
}

# A shell may have been told to append.
redirection_is_respected()
{
	echo before >"$tmp/appended"
	"$LUTRACE" export --to json -i "$whole" >>"$tmp/appended" 2>"$out" &&
		[ "$(head -n 1 "$tmp/appended")" = before ]
}

capture_is_not_its_output()
{
	for verb in report "export --to svg" "export --to json"; do
		cp "$whole" "$tmp/kept"
		ln -sf kept "$tmp/link"
		# shellcheck disable=SC2086
		says 2 "write to another file" $verb -i "$tmp/link" -o "$tmp/kept" &&
			cmp "$whole" "$tmp/kept" >>"$out" || return
	done
	cp "$whole" "$tmp/kept.prom"
	cp "$whole" "$tmp/kept" && cp "$whole" "$tmp/kept.1"
	"$LUTRACE" report -i - -o "$tmp/kept" <"$tmp/link" >"$out" 2>&1 && return 1
	says 2 "write to another file" report -i "$tmp/kept" -o "$tmp/kept.1" &&
		cmp "$whole" "$tmp/kept" >>"$out" && cmp "$whole" "$tmp/kept.1" >>"$out" || return
	says 2 "write to another file" metrics -i "$tmp/kept.prom" --textfile "$tmp/kept.prom" &&
		cmp "$whole" "$tmp/kept.prom" >>"$out"
}

devices_are_not_replaced()
{
	mkfifo "$tmp/pipe.prom" &&
		says 3 "is not a regular file" metrics -i "$whole" --textfile "$tmp/pipe.prom" &&
		[ -p "$tmp/pipe.prom" ] &&
		says 3 "is not a regular file" bundle "$tmp/pipe.prom" && [ -p "$tmp/pipe.prom" ] || return
	# A link to what has no name.
	ln -s /proc/self/fd/1 "$tmp/stdout"
	"$LUTRACE" bundle "$tmp/stdout" 2>"$out" | cat >"$tmp/bundle"
	[ -L "$tmp/stdout" ] && ! [ -s "$tmp/bundle" ]
}

links_are_followed()
{
	ln -s real.prom "$tmp/link.prom" || return
	for file in there "not there"; do
		rm -f "$tmp/real.prom"
		[ "$file" = "not there" ] || echo old >"$tmp/real.prom"
		"$LUTRACE" metrics -i "$whole" --textfile "$tmp/link.prom" 2>"$out" &&
			[ -L "$tmp/link.prom" ] && grep -q '^lutrace_info' "$tmp/real.prom" || return
	done
}

# No kernel but one with the series can record.
refused_recorder_keeps()
{
	keeps 4 "lutrace: " record && ! "$LUTRACE" record "$tmp/new" 2>>"$out" && ! [ -e "$tmp/new" ]
}

unwritable_is_told()
{
	says 3 "cannot write" report -i "$whole" -o "$tmp/no/such" &&
		says 3 "cannot write" export --to svg -i "$whole" -o "$tmp/no/such" &&
		says 3 "cannot write" bundle "$tmp/no/such" &&
		says 3 "cannot write" record "$tmp/no/such" || return
	"$LUTRACE" trace --list >/dev/full 2>"$out"
	[ $? = 3 ] && grep -q "cannot write" "$out"
}

streams_are_read()
{
	"$LUTRACE" trace -i "$whole" >"$tmp/file" 2>/dev/null
	"$LUTRACE" trace -i - <"$whole" >"$tmp/stdin" 2>/dev/null
	# shellcheck disable=SC2002
	cat "$whole" | "$LUTRACE" trace -i /dev/stdin >"$tmp/pipe" 2>/dev/null
	[ -s "$tmp/file" ] && cmp "$tmp/file" "$tmp/stdin" >"$out" && cmp "$tmp/file" "$tmp/pipe" >"$out"
}

# A pipe whose reader is gone before the first byte.
closed_pipe_is_no_error()
{
	mkfifo "$tmp/closed" || return
	(exec 3<"$tmp/closed") &
	exec 4>"$tmp/closed"
	wait
	"$LUTRACE" export --to json -i "$whole" >&4 2>"$out"
	status=$?
	"$LUTRACE" trace --strict -i "$whole" >&4 2>>"$out"
	strict=$?
	exec 4>&-
	[ "$status $strict" = "0 0" ]
}

# Wherever it was cut, no verb says that all is well, or what only the missing part can tell.
cut_capture_is_told()
{
	at=600
	cuts=0
	while [ $at -lt "$size" ]; do
		head -c $at "$whole" >"$tmp/cut"
		at=$((at + 331))
		"$LUTRACE" trace -i "$tmp/cut" >/dev/null 2>"$out"
		[ $? = 4 ] && continue		# before it says who recorded
		for verb in blame status report "why guest-1" "why guest-2"; do
			# shellcheck disable=SC2086
			"$LUTRACE" $verb -i "$tmp/cut" >"$out" 2>&1 && return 1
			grep -q "is not complete" "$out" || return
			# The state is what it was when it was recorded.
			[ "$verb" != status ] || continue
			grep -qi "carried nothing over\|no live update led\|no process has retrieved\|neither retrieved" "$out" &&
				return 1
			grep -q "waits\? for the\?i[rt]s\? owner\|[0-9] waiting\|or waits\|What waits" "$out" && return 1
		done
		for verb in blame "why guest-1"; do
			# shellcheck disable=SC2086
			"$LUTRACE" $verb -o json -i "$tmp/cut" 2>"$out" | grep -q '"incomplete":"' || return
		done
		echo "never file.retrieve errno!=0" | "$LUTRACE" expect -i "$tmp/cut" - >"$out" 2>&1 && return 1
		says 3 "lutrace_recording_complete 0" metrics -i "$tmp/cut" || return
		cuts=$((cuts + 1))
	done
	[ $cuts -gt 20 ] || return
	"$LUTRACE" metrics -i "$whole" | grep -qx "lutrace_recording_complete 1"
}

damage_is_told()
{
	head -c 6000 "$whole" >"$tmp/cut"
	says 0 "is cut off: its recorder was killed, or the copy is not complete" trace -i "$tmp/cut" &&
		says 1 "is not complete: it is cut off" why -i "$tmp/cut" guest-2 || return
	{ head -c 6000 "$whole"; printf x; tail -c +6002 "$whole"; } >"$tmp/damaged"
	says 1 "is not complete: a part of it is damaged" why -i "$tmp/damaged" guest-2 &&
		says 3 "is not complete: a part of it is damaged" expect -i "$tmp/damaged" /dev/stdin <<-END
		never pci.preserve_refused
		END
}

unknown_token_is_told()
{
	says 1 "Nothing is recorded of guest-2:0x9" why -i "$whole" guest-2:0x9
}

check "a failure leaves the output as it was" nothing_is_emptied
check "what is no capture, or no name of a file, is said" what_is_no_file_is_named
check "a new output has nothing of the old one" new_output_is_whole
check "what a shell appends to is not emptied" redirection_is_respected
check "a capture is not its own output" capture_is_not_its_output
check "what is no regular file is not replaced" devices_are_not_replaced
check "a link to the text file is followed" links_are_followed
check "what cannot be written is told" unwritable_is_told
check "a capture may come from a pipe" streams_are_read
check "a reader that is gone is no error" closed_pipe_is_no_error
check "a capture that was cut is told" cut_capture_is_told
check "a capture that is damaged is told" damage_is_told
check "a token that there is not is told" unknown_token_is_told
check "a filter that nothing meets is told" says 0 "Nothing of that is preserved" status -i "$whole" -s guest-99
check "a session like an address is told" says 1 "a PCI address is written" why -i "$whole" 01:00
check "a text file that nobody collects is refused" says 2 "ends in .prom" metrics -i "$whole" --textfile "$tmp/x"
check "a file without assertions is refused" says 2 "there is no assertion" expect -i "$whole" /dev/null
check "a verb in the wrong place is told" says 2 "a verb comes first: lutrace why" -i "$whole" why guest-2
check "commands are for the capture" says 1 "lutrace why -i '$whole' 'guest-7:0x1'" blame -i "$whole"
if "$LUTRACE" --duration 0.01 >/dev/null 2>&1; [ $? = 4 ] && [ -r /sys/kernel/btf/vmlinux ]; then
	check "a recorder that cannot run leaves the file" refused_recorder_keeps
else
	skip "a recorder that cannot run leaves the file" "this kernel has the tracepoints, or no BTF"
fi
ktap_end
