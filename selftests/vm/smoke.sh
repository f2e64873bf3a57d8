#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash # busybox sh, which has local
#
# The test machine's own test: does it have what tests rely on, and does it jump?
#
# usage: smoke.sh [ARGS...]; run it with --stages 2

# shellcheck source=selftests/vm/ktap.sh
. /selftests/ktap.sh

is_device() {
	[ "$(cat "/sys/bus/pci/devices/$1/vendor") $(cat "/sys/bus/pci/devices/$1/device")" = "$2" ]
}

echo "# kernel $(uname -r), stage $LU_STAGE, up $(cut -d' ' -f1 /proc/uptime) s, arguments: $*"
expect "virtio-net is at LU_NET" is_device "$LU_NET" "0x1af4 0x1041"
expect "edu is at LU_EDU" is_device "$LU_EDU" "0x1234 0x11e8"
expect "NVMe is at LU_NVME" is_device "$LU_NVME" "0x1b36 0x0010"
expect "each has an IOMMU group" [ -e "/sys/bus/pci/devices/$LU_EDU/iommu_group" ]
expect "/dev/liveupdate is there" [ -c /dev/liveupdate ]
expect "debugfs is mounted" [ -d /sys/kernel/debug/kho ]
if [ "$LU_STAGE" -lt "$LU_STAGES" ]; then
	expect "a kernel to jump to is there" [ -s /boot/bzImage ]
	need_all
	lu_kexec
	exit 1
fi
ktap_end
