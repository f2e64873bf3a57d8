#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash # busybox sh, which has local
#
# Run the kernel tree's own liveupdate and vfio kselftests, as its `make install` left them.
#
# With --stages 1 these are the tests that run_kselftest.sh would run. With --stages 2 they are the
# others, which need a kexec between `PROGRAM -s 1` and `PROGRAM -s 2`: one kexec serves them all,
# because each has sessions of its own.
#
# usage: kselftest.sh; give it --sriov

dir=/kselftests
if [ ! -r $dir/kselftest-list.txt ]; then
	echo "1..0 # SKIP there are no kselftests in this machine"
	exit 4
fi
# shellcheck source=selftests/vm/ktap.sh
. /selftests/ktap.sh

give_to_vfio() {
	[ -d /sys/bus/pci/drivers/vfio-pci ] || modprobe vfio-pci
	[ ! -e "/sys/bus/pci/devices/$1/driver" ] || echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"
	echo vfio-pci >"/sys/bus/pci/devices/$1/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
}

# What a program prints is nested below its own result. $1: TARGET/PROGRAM, the rest: its arguments.
run() {
	local name=$1 status
	shift

	echo "  # Subtest: $name"
	{
		"$dir/$name" "$@" </dev/null 2>&1
		echo $? >/tmp/status
	} | sed -E '/^ *(K?TAP version |1\.\.[0-9]|ok |not ok |#)/! s/^/# /; s/^/  /' | tee /tmp/output
	status=$(cat /tmp/status)
	case $status in
	0) result ok "$name" ;;
	4) result ok "$name # SKIP $(sed -n '$ s/^ *# *//p' /tmp/output)" ;;
	*)
		echo "# exit status $status"
		result not "$name"
		;;
	esac
	return "$status"
}

is_listed() { grep -qxF "${1%/*}:${1#*/}" $dir/kselftest-list.txt; }

# Each program, as TARGET/PROGRAM.
programs() {
	find $dir/liveupdate $dir/vfio -type f ! -name '*.sh' ! -name config | sed "s|^$dir/||" | sort
}

# The tests that need no kexec. The one of virtual functions needs a device that has them.
run_listed() {
	local name

	give_to_vfio "$LU_NVME"
	echo Y >/sys/module/vfio_pci/parameters/enable_sriov
	for name in $(programs); do
		case $name in
		*sriov*) VFIO_SELFTESTS_BDF=$LU_NVME ;;
		*) VFIO_SELFTESTS_BDF=$LU_NET ;;
		esac
		! is_listed "$name" || run "$name"
	done
}

# One stage of the tests that need a kexec: none may be skipped.
run_staged() {
	local name

	for name in $(programs); do
		is_listed "$name" || run "$name" -s "$LU_STAGE" || failures=$((failures + 1))
	done
}

export VFIO_SELFTESTS_BDF="$LU_NET"
[ "$LU_STAGE" != 1 ] || give_to_vfio "$LU_NET"
if [ "$LU_STAGES" = 1 ]; then
	run_listed
else
	run_staged
fi
expect "there were tests to run" [ "$tests" != 0 ]
if [ "$LU_STAGE" -lt "$LU_STAGES" ]; then
	need_all
	lu_kexec
	exit 1
fi
ktap_end
