#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash # busybox sh, which has local
#
# Run the kernel tree's own liveupdate and vfio kselftests, as its `make install` left them.
#
# With --stages 1 these are the tests that run_kselftest.sh would run. With --stages 2 they are the
# others, which want a kexec between `PROGRAM -s 1` and `PROGRAM -s 2`: one kexec serves them all,
# as each has sessions of its own.
#
# usage: kselftest.sh; give it --sriov

dir=/kselftests
tests=0 failures=0

give_to_vfio() {
	[ -d /sys/bus/pci/drivers/vfio-pci ] || modprobe vfio-pci
	[ ! -e "/sys/bus/pci/devices/$1/driver" ] || echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"
	echo vfio-pci >"/sys/bus/pci/devices/$1/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
}

# What a program prints is nested below its own result. TARGET/PROGRAM, then its arguments.
run() {
	local name=$1 status
	shift

	tests=$((tests + 1))
	echo "  # Subtest: $name"
	{
		"$dir/$name" "$@" </dev/null 2>&1
		echo $? >/tmp/status
	} | sed -E '/^ *(K?TAP version |1\.\.[0-9]|ok |not ok |#)/! s/^/# /; s/^/  /'
	status=$(cat /tmp/status)
	case $status in
	0) echo "ok $tests $name" ;;
	4) echo "ok $tests $name # SKIP by its own exit status" ;;
	*)
		failures=$((failures + 1))
		echo "# exit status $status"
		echo "not ok $tests $name"
		;;
	esac
	return "$status"
}

listed() { grep -qxF "${1%/*}:${1#*/}" "$dir/kselftest-list.txt"; }

# TARGET/PROGRAM, one a line: those in run_kselftest.sh's list, or those that are not.
programs() {
	local file name

	for file in "$dir"/liveupdate/* "$dir"/vfio/*; do
		name=${file#"$dir"/}
		case $name in
		*.sh | */config | */settings) continue ;;
		esac
		if listed "$name"; then
			[ "$1" != listed ] || echo "$name"
		else
			[ "$1" = listed ] || echo "$name"
		fi
	done
}

run_listed() {
	local name

	give_to_vfio "$LU_NVME"
	echo Y >/sys/module/vfio_pci/parameters/enable_sriov
	for name in $(programs listed); do
		case $name in
		*sriov*) VFIO_SELFTESTS_BDF=$LU_NVME ;;
		*) VFIO_SELFTESTS_BDF=$LU_NET ;;
		esac
		run "$name"
	done
}

run_staged() {
	local name

	for name in $(programs staged); do
		run "$name" -s "$LU_STAGE" || failures=1
	done
}

echo "KTAP version 1"
if [ ! -r "$dir/kselftest-list.txt" ]; then
	echo "1..0 # SKIP there are no kselftests in this machine: is uuid-dev installed?"
	exit 4
fi
export VFIO_SELFTESTS_BDF=$LU_NET
[ "$LU_STAGE" != 1 ] || give_to_vfio "$LU_NET"
if [ "$LU_STAGES" = 1 ]; then
	run_listed
else
	run_staged
fi
echo "1..$tests"
[ $failures = 0 ] && [ $tests != 0 ] || exit 1
[ "$LU_STAGE" = "$LU_STAGES" ] || lu_kexec
