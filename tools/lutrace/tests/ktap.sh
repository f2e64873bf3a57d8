# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# KTAP for the shell tests here, which read this file first. It gives them $tmp, a directory that is
# removed at the end, and the functions below; ktap_end comes last.

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
ktap_out=$tmp/ktap
ktap_nr=0
ktap_failed=0
ktap_skipped=0
echo "KTAP version 1"

# One result. What is in $ktap_out explains a failure.
result()	# ok|not, name
{
	ktap_nr=$((ktap_nr + 1))
	if [ "$1" = ok ]; then
		echo "ok $ktap_nr $2"
		return
	fi
	ktap_failed=$((ktap_failed + 1))
	echo "not ok $ktap_nr $2"
	sed 's/^/# /' "$ktap_out" | cut -c 1-400 | tail -n 60
}

# Is a command's exit status 0? The command may write to $ktap_out itself, too.
check()		# name, command...
{
	ktap_name=$1
	shift
	: >"$ktap_out"
	if "$@" >>"$ktap_out" 2>&1; then
		result ok "$ktap_name"
	else
		result not "$ktap_name"
	fi
}

skip()		# name, reason
{
	ktap_nr=$((ktap_nr + 1))
	ktap_skipped=$((ktap_skipped + 1))
	echo "ok $ktap_nr $1 # SKIP $2"
}

# The exit status is that of the test.
ktap_end()
{
	echo "1..$ktap_nr"
	echo "# Totals: pass:$((ktap_nr - ktap_failed - ktap_skipped)) fail:$ktap_failed xfail:0 xpass:0" \
		"skip:$ktap_skipped error:0"
	[ "$ktap_failed" = 0 ]
}
