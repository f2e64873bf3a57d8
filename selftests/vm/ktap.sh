# shellcheck shell=dash # busybox sh, which has local
# SPDX-License-Identifier: GPL-2.0
#
# KTAP for the shell tests that run in the test machine, which read this file first. A test gives its
# results with expect or result, and ends with ktap_end.

tests=0 failures=0
echo "KTAP version 1"

# $1: ok or not, $2: the result's name, with a directive where it has one
result() {
	tests=$((tests + 1))
	if [ "$1" = ok ]; then
		echo "ok $tests $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests $2"
	fi
}

# $1: the result's name, the rest: a command that must succeed
expect() {
	local name=$1
	shift

	if "$@"; then
		result ok "$name"
	else
		result not "$name"
	fi
}

# Where a later step makes no sense without what came before.
need_all() { [ $failures = 0 ] || exit 1; }

# The exit status is that of the test.
ktap_end() {
	echo "1..$tests"
	[ $failures = 0 ]
}
