// SPDX-License-Identifier: GPL-2.0
/*
 * The one table of what went wrong, in words: why, and what to do about it. The unit tests fail
 * where a reason, or an event that can fail, has no entry here, and where an entry is for a reason
 * that does not exist.
 *
 * "what" is a clause without a capital letter and without a full stop, as it may follow another
 * one. "advice" is one sentence or one command a line; following it must neither hang nor lose
 * anything that it does not name. Facts stand in braces: see explain.c.
 */
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "story/explain.h"

/* What more than one entry advises. */
#define ADVICE_BIND									\
	"echo {preserver} >/sys/bus/pci/devices/{device}/driver_override\n"		\
	"echo {device} >/sys/bus/pci/drivers_probe"
#define ADVICE_UNBIND									\
	"echo {device} >/sys/bus/pci/devices/{device}/driver/unbind\n"
/* A retrieval without the driver fails, and that answer stands. */
#define ADVICE_BIND_FIRST								\
	"If devices are waiting to be retrieved (`lutrace status` lists them), bind "	\
	"{preserver} to them first: a retrieval without it fails for good.\n" ADVICE_BIND "\n"
/* The first answer to a retrieval stands. */
#define ADVICE_FINAL									\
	"This update cannot bring {file} back, as a failed retrieval is never tried "	\
	"again: {finish}set the device up again.\n"
#define ADVICE_REPORT									\
	"Report it, with `lutrace journal -o json` of this kernel: the two kernels "	\
	"do not agree, or memory was overwritten on the way."
#define ADVICE_LIST									\
	"Nothing can be retrieved from this handover. Finish the sessions. To use a "	\
	"device before that, write the name of the driver that is to have it to its "	\
	"driver_override.\n" ADVICE_REPORT
#define ADVICE_MEMORY									\
	"Free memory, and try again; the kernel log says whether an allocation failed."
#define ADVICE_LOG									\
	"The kernel log (dmesg) says more about it; `lutrace journal` shows what happened "	\
	"around it."
#define ADVICE_REBOOT									\
	"This kernel cannot retrieve anything any more: reboot.\n"
#define ADVICE_VF									\
	"Give the guest a physical function, or take the virtual function away from it "	\
	"before the update."
/* A kernel with file.can_freeze does so itself. */
#define ADVICE_INTERRUPTS								\
	"Have the VMM disable the device's interrupts (VFIO_DEVICE_SET_IRQS with count "	\
	"0) before the kexec, or close the file; then try the kexec again. Newer kernels "	\
	"disable them."
/*
 * What is given up is named: nothing else may be lost by following advice. Not where somebody may
 * hold the device's lock for good: the kexec would wait for it when it shuts the device down.
 */
#define ADVICE_DROP									\
	"Or have the kexec give up each session that is in the way, with all that it "	\
	"preserves, and take the others over:\n"					\
	"echo drop >/sys/module/liveupdate/parameters/on_obstacle"
/* Not "write to its reset file": that waits for ever where the device is being removed. */
#define ADVICE_RESET									\
	"Look in the kernel log for why. Take the device away from the guest before the "	\
	"update if it cannot be reset."
/* Of vfio.freeze, and of vfio.can_freeze, which comes before it. */
#define NOT_FROZEN(id, reason_, why, advice_)						\
	{ .event = LUTRACE_##id, .reason = reason_,					\
	  .what = "{device} could not be frozen, because " why, .advice = advice_ }
#define NOT_FROZEN_REASONS(id)								\
	NOT_FROZEN(id, "intx_enabled", "user space had left INTx interrupts enabled",	\
		   ADVICE_INTERRUPTS),							\
	NOT_FROZEN(id, "msi_enabled", "user space had left MSI interrupts enabled",	\
		   ADVICE_INTERRUPTS),							\
	NOT_FROZEN(id, "msix_enabled", "user space had left MSI-X interrupts enabled",	\
		   ADVICE_INTERRUPTS),							\
	NOT_FROZEN(id, "not_in_d0", "it was in a low power state",			\
		   "Have the guest or the VMM bring the device back to D0 before the kexec; then " \
		   "try the kexec again. Newer kernels wake it."),			\
	NOT_FROZEN(id, "reset_failed", "its reset failed", ADVICE_RESET),		\
	NOT_FROZEN(id, "killed", "the kexec was killed while it waited for the device", \
		   "Find the access to the device that does not end (for example to memory that " \
		   "user space serves); then try the kexec again."),			\
	NOT_FROZEN(id, "removed", "it was being unbound or removed, or was pulled out",	\
		   "Have the VMM close the device's file and its session, which gives up " \
		   "everything that the session preserves: the removal waits for both. Then try " \
		   "the kexec again. Until then, do not write to the device's files in sysfs: " \
		   "that waits as well."),						\
	NOT_FROZEN(id, "busy", "it was in use for longer than the kernel waits",	\
		   "Find what does not end: an access to the device (for example to memory that " \
		   "user space serves), or a reset or another write to its files in sysfs. Then " \
		   "try the kexec again."),						\
	NOT_FROZEN(id, "vfs", "virtual functions were enabled since it was preserved",	\
		   "Take its virtual functions away from their users, and then disable them; then " \
		   "try the kexec again:\n"						\
		   "echo 0 >/sys/bus/pci/devices/{device}/sriov_numvfs\n" ADVICE_DROP),	\
	NOT_FROZEN(id, "wake", "it was in a low power state and could not be woken",	\
		   "Look in the kernel log for why. Have the guest or the VMM bring the device " \
		   "back to D0; then try the kexec again.\n" ADVICE_DROP)
#define ADVICE_KEXEC									\
	"Load the next kernel with kexec_file_load(2): kexec -s -l. An image of "	\
	"kexec_load(2) carries nothing over"
#define LIST_BAD									\
	"the list of preserved devices cannot be read: "

static const struct explanation table[] = {
	/* Decisions that give their reason. */
	{ .event = LUTRACE_LUO_REBOOT, .reason = "failed",
	  .what = "the kexec failed with {errno}, and this kernel went on",
	  .advice = ADVICE_LOG },
	{ .event = LUTRACE_LUO_REBOOT, .reason = "refused",
	  .what = "the kexec was refused, and nothing was changed",
	  .advice = "`lutrace journal --event '*.can_freeze'` shows each file that was in the "
		    "way.\n" ADVICE_LOG },
	{ .event = LUTRACE_LUO_REBOOT, .reason = "carries_nothing",
	  .what = "the kexec was refused, and nothing was changed: sessions hold files, and the "
		  "image that it was to enter carries no KHO",
	  .advice = ADVICE_KEXEC ", and neither does one that is not there. To go without what "
		    "is preserved, have the sessions closed first, which gives it up." },
	{ .event = LUTRACE_FILE_MATCH, .reason = "no_handler",
	  .what = "no file handler of this kernel can preserve this kind of file",
	  .advice = "Load the module that has the handler first (vfio-pci for the file of a PCI "
		    "device). The files that can be preserved are memfds and the cdev files of "
		    "vfio-pci." },
	{ .event = LUTRACE_FILE_MATCH, .reason = "module_going",
	  .what = "the module that has the handler {handler} was being unloaded",
	  .advice = "Load the module again and keep it loaded; then preserve the file." },
	{ .event = LUTRACE_PCI_PRESERVE_REFUSED, .reason = "disabled",
	  .what = "live update is off in this kernel",
	  .advice = "Boot with liveupdate=on kho=on on the command line." },
	{ .event = LUTRACE_PCI_PRESERVE_REFUSED, .reason = "vf",
	  .what = "{device} is a virtual function, and virtual functions cannot be preserved",
	  .advice = ADVICE_VF },
	{ .event = LUTRACE_PCI_PRESERVE_REFUSED, .reason = "no_flb",
	  .what = "the driver of {device} asked for it outside of a live update session",
	  .advice = "Preserve the device's file in a session: LIVEUPDATE_SESSION_PRESERVE_FD. This "
		    "is a bug of the driver." },
	{ .event = LUTRACE_PCI_PRESERVE_REFUSED, .reason = "already_preserved",
	  .what = "{device} is preserved already, through another file",
	  .advice = "Preserve a device once. `lutrace why {device}` shows the session that "
		    "preserves it; close that session to preserve the device in another one." },
	{ .event = LUTRACE_PCI_PRESERVE_REFUSED, .reason = "frozen",
	  .what = "the kexec had begun, and nothing more can be preserved after that",
	  .advice = "Preserve {device} before the kexec is started." },
	{ .event = LUTRACE_PCI_PRESERVE_REFUSED, .reason = "unbinding",
	  .what = "{device} was being unbound from its driver",
	  .advice = "Bind it again, and leave it bound while it is preserved:\n" ADVICE_BIND },
	{ .event = LUTRACE_PCI_PRESERVE_REFUSED, .reason = "no_memory",
	  .what = "there was no memory, or no room, to record {device} and its bridges",
	  .advice = ADVICE_MEMORY },
	{ .event = LUTRACE_PCI_PROBE, .reason = "foreign_driver",
	  .what = "driver {driver} was blocked from {device}, because {preserver} preserved it in "
		  "the previous kernel and its session is not finished",
	  .advice = "Retrieve the device's file from its session, and finish the session. To "
		    "retrieve it, {preserver} must be bound to the device:\n" ADVICE_BIND "\n"
		    "To give the device up to {driver} instead, write {driver} to driver_override, "
		    "and probe." },
	{ .event = LUTRACE_PCI_PROBE, .reason = "incoming_unreadable",
	  .what = "driver {driver} was blocked from {device}, because it may be one of the "
		  "preserved devices, whose list cannot be read",
	  .advice = "If it is safe to reset the device, name the driver that is to have it:\n"
		    "echo {driver} >/sys/bus/pci/devices/{device}/driver_override\n"
		    "echo {device} >/sys/bus/pci/drivers_probe" },
	{ .event = LUTRACE_PCI_HANDOVER_BAD, .reason = "bad_flb",
	  .what = LIST_BAD "its count of files is wrong", .advice = ADVICE_LIST },
	{ .event = LUTRACE_PCI_HANDOVER_BAD, .reason = "bad_address",
	  .what = LIST_BAD "it is not in memory that was handed over", .advice = ADVICE_LIST },
	{ .event = LUTRACE_PCI_HANDOVER_BAD, .reason = "bad_version",
	  .what = LIST_BAD "it has a version that this kernel does not know",
	  .advice = "Update to a kernel that knows the version that the previous kernel writes.\n"
		    ADVICE_LIST },
	{ .event = LUTRACE_PCI_HANDOVER_BAD, .reason = "bad_blocks",
	  .what = LIST_BAD "its chain of blocks is broken", .advice = ADVICE_LIST },
	{ .event = LUTRACE_PCI_HANDOVER_BAD, .reason = "bad_count",
	  .what = LIST_BAD "its number of devices is wrong", .advice = ADVICE_LIST },
	{ .event = LUTRACE_PCI_HANDOVER_BAD, .reason = "bad_driver_name",
	  .what = LIST_BAD "a driver name in it is bad", .advice = ADVICE_LIST },
	{ .event = LUTRACE_PCI_HANDOVER_BAD, .reason = "duplicate",
	  .what = LIST_BAD "an address occurs twice", .advice = ADVICE_LIST },
	{ .event = LUTRACE_PCI_HANDOVER_BAD, .reason = "no_memory",
	  .what = LIST_BAD "there was no memory for it", .advice = ADVICE_LIST },
	{ .event = LUTRACE_PCI_BUS_NUMBERS, .reason = "lost",
	  .what = "bridge {bridge} came without the bus numbers that it had in the previous "
		  "kernel, so that nothing below it was enumerated",
	  .advice = "Nothing may reset the bridge, or write to its configuration, between the "
		    "kernels: look for firmware or a driver that does.\n"
		    "Finish the sessions of the devices below the bridge; a rescan finds the "
		    "devices again after that:\n"
		    "echo 1 >/sys/bus/pci/rescan" },
	{ .event = LUTRACE_PCI_BUS_NUMBERS, .reason = "sibling_lost",
	  .what = "bridge {bridge} was given no bus numbers, because a preserved bridge beside it "
		  "had lost its own",
	  .advice = "Finish the sessions of the devices below the other bridge (`lutrace journal "
		    "--event pci.bus_numbers` names it), and then rescan:\n"
		    "echo 1 >/sys/bus/pci/rescan" },
	{ .event = LUTRACE_PCI_UNBIND_REFUSED, .reason = "preserved",
	  .what = "{device} was not unbound from its driver, because a session preserves its file",
	  .advice = "Let the live update take place. Or close the session first, which gives up "
		    "everything that it preserves." },
	{ .event = LUTRACE_PCI_UNBIND_REFUSED, .reason = "retrieved",
	  .what = "{device} was not unbound from its driver, because its file was retrieved and "
		  "the session is not finished",
	  .advice = "Finish the session first: bind the retrieved file to an iommufd, then "
		    "LIVEUPDATE_SESSION_FINISH." },
	{ .event = LUTRACE_PCI_SRIOV_REFUSED, .reason = "preserved",
	  .what = "the virtual functions of {device} were not enabled, because a session preserves its "
		  "file",
	  .advice = "Enable them after the live update. Or close the session first, which gives up "
		    "everything that it preserves; a device with virtual functions is not preserved." },
	{ .event = LUTRACE_PCI_SRIOV_REFUSED, .reason = "retrieved",
	  .what = "the virtual functions of {device} were not enabled, because its file was retrieved "
		  "and the session is not finished",
	  .advice = "Finish the session first: bind the retrieved file to an iommufd, then "
		    "LIVEUPDATE_SESSION_FINISH." },
	{ .event = LUTRACE_VFIO_MATCH, .reason = "group_file",
	  .what = "{device} was opened through its VFIO group, and only a file of its cdev can be "
		  "preserved",
	  .advice = "Open the device's own file in /dev/vfio/devices/ (ls "
		    "/sys/bus/pci/devices/{device}/vfio-dev names it), bind it to an iommufd, and "
		    "preserve that." },
	{ .event = LUTRACE_VFIO_MATCH, .reason = "foreign_driver",
	  .what = "{device} has a VFIO driver other than vfio-pci, and files of other VFIO drivers "
		  "cannot be preserved",
	  .advice = "If the device works with plain vfio-pci, close all of its files (an unbind "
		    "waits for them), and then bind vfio-pci:\n" ADVICE_UNBIND
		    "echo vfio-pci >/sys/bus/pci/devices/{device}/driver_override\n"
		    "echo {device} >/sys/bus/pci/drivers_probe" },
	{ .event = LUTRACE_VFIO_MATCH, .reason = "noiommu",
	  .what = "{device} is used without an IOMMU, and such a device cannot be preserved",
	  .advice = "Boot with the IOMMU on (intel_iommu=on, or AMD's), and without vfio's unsafe "
		    "no-IOMMU mode." },
	{ .event = LUTRACE_VFIO_MATCH, .reason = "vf",
	  .what = "{device} is a virtual function, and virtual functions cannot be preserved",
	  .advice = ADVICE_VF },
	{ .event = LUTRACE_VFIO_MATCH, .reason = "special_device",
	  .what = "{device} has virtual functions enabled, or is an Intel graphics device, and "
		  "neither can be preserved",
	  .advice = "For a physical function, take its virtual functions away from their users, "
		    "and then disable them:\n"
		    "echo 0 >/sys/bus/pci/devices/{device}/sriov_numvfs" },
	NOT_FROZEN_REASONS(VFIO_CAN_FREEZE),
	NOT_FROZEN_REASONS(VFIO_FREEZE),
	{ .event = LUTRACE_VFIO_RETRIEVE, .reason = "absent",
	  .what = "there was no device at {device} when it was to be retrieved: {found}",
	  .advice = ADVICE_FINAL
		    "Next time, make sure before you retrieve that the device is in its slot and "
		    "on the bus: echo 1 >/sys/bus/pci/rescan." },
	{ .event = LUTRACE_VFIO_RETRIEVE, .reason = "identity_changed",
	  .what = "the device at {device} is not the one that was preserved",
	  .advice = ADVICE_FINAL
		    "Put the device back into its own slot before the next update; a device that "
		    "was renumbered or replaced is not the guest's." },
	{ .event = LUTRACE_VFIO_RETRIEVE, .reason = "unbound",
	  .what = "{device} had no driver when it was to be retrieved",
	  .advice = ADVICE_FINAL "Next time, bind {preserver} before you retrieve:\n" ADVICE_BIND },
	{ .event = LUTRACE_VFIO_RETRIEVE, .reason = "wrong_driver",
	  .what = "{device} was bound to driver {driver} instead of {preserver}, the driver that "
		  "preserved it",
	  .advice = ADVICE_FINAL
		    "Next time, bind {preserver} before you retrieve, and let nothing set "
		    "driver_override to {driver}. If {driver} has the device, stop what uses it "
		    "first:\n" ADVICE_UNBIND ADVICE_BIND },
	{ .event = LUTRACE_VFIO_RETRIEVE, .reason = "not_incoming",
	  .what = "{device} is not, or no longer, in this kernel's list of preserved devices",
	  .advice = ADVICE_FINAL
		    "See with `lutrace why {device}` whether another session has given it up, or "
		    "whether the list could not be read." },
	{ .event = LUTRACE_VFIO_RETRIEVE, .reason = "already_retrieved",
	  .what = "{device} was retrieved already, through another file",
	  .advice = ADVICE_FINAL
		    "Two files claim one device: report it, with `lutrace journal -o json` of this "
		    "kernel." },
	{ .event = LUTRACE_VFIO_RETRIEVE, .reason = "bad_data",
	  .what = "the previous kernel's data about {file} cannot be read",
	  .advice = ADVICE_FINAL ADVICE_REPORT },
	{ .event = LUTRACE_VFIO_RETRIEVE, .reason = "no_file",
	  .what = "the kernel could not create a file for {device}",
	  .advice = ADVICE_FINAL ADVICE_MEMORY },
	{ .event = LUTRACE_VFIO_FINISH_REFUSED, .reason = "not_retrieved",
	  .what = "{device} was not retrieved yet: a finish would have given it up",
	  .advice = "Retrieve the file (LIVEUPDATE_SESSION_RETRIEVE_FD), bind it to an iommufd, "
		    "and finish after that. To retrieve it, {preserver} must be bound to the "
		    "device:\n"
		    ADVICE_BIND },
	{ .event = LUTRACE_VFIO_FINISH_REFUSED, .reason = "not_bound",
	  .what = "the file of {device} was retrieved, but is not bound to an iommufd yet",
	  .advice = "Bind the retrieved file to an iommufd (VFIO_DEVICE_BIND_IOMMUFD), and finish "
		    "after that." },

	/*
	 * Events without a reason. The entry without an errno stands for all others; its "what"
	 * says what was asked for, and comes first where a reason, or an entry with the errno,
	 * follows.
	 */
	{ .event = LUTRACE_LUO_INCOMING,
	  .what = "LUO cannot read the handover ({errno}): no session came over",
	  .advice = "Update to a kernel that can read what the previous kernel writes, or reboot.\n"
		    ADVICE_LOG },
	{ .event = LUTRACE_LUO_OUTGOING,
	  .what = "this kernel could not set up its own handover ({errno}): live update is off in "
		  "it",
	  .advice = ADVICE_LOG },
	{ .event = LUTRACE_LUO_OPEN,
	  .what = "opening /dev/liveupdate failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_LUO_OPEN, .err = EBUSY,
	  .what = "another process has /dev/liveupdate open",
	  .advice = "One process at a time: fuser /dev/liveupdate names it." },
	{ .event = LUTRACE_LUO_RELEASE,
	  .what = "closing /dev/liveupdate failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_SESSION_CREATE,
	  .what = "creating session {session} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_SESSION_CREATE, .err = EEXIST,
	  .what = "a session of that name exists already",
	  .advice = "Use another name. Or close the other session, which gives up everything that "
		    "it preserves." },
	{ .event = LUTRACE_SESSION_CREATE, .err = ENOMEM,
	  .what = "there was no memory for it", .advice = ADVICE_MEMORY },
	{ .event = LUTRACE_SESSION_RETRIEVE,
	  .what = "retrieving session {session} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_SESSION_RETRIEVE, .err = ENOENT,
	  .what = "no session of that name was handed over",
	  .advice = "Use exactly the name under which the session was created; `lutrace journal "
		    "--event 'session.*'` shows all sessions." },
	{ .event = LUTRACE_SESSION_RETRIEVE, .err = EINVAL,
	  .what = "the session was retrieved already",
	  .advice = "A session is retrieved once: use the file that the first retrieval returned. "
		    "Or have the process that holds it close it: unless the session was finished, "
		    "it can be retrieved again after that." },
	{ .event = LUTRACE_SESSION_RELEASE,
	  .what = "closing session {session} did not finish it ({errno}): it is waiting to be "
		  "retrieved again",
	  .advice = "Retrieve the session again, retrieve and bind its files, and finish it." },
	{ .event = LUTRACE_SESSION_FINISH,
	  .what = "finishing session {session} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_SESSION_FINISH, .err = EBUSY,
	  .what = "a file of the session was not retrieved yet, or not used yet",
	  .advice = "Retrieve its other files, bind the files of devices to an iommufd, and finish "
		    "after that." },
	{ .event = LUTRACE_SESSION_SERIALIZE,
	  .what = "session {session} could not be handed over ({errno})", .advice = ADVICE_LOG },
	{ .event = LUTRACE_SESSION_DROP,
	  .what = "session {session} was given up, so that the kexec could take the others over",
	  .advice = "What session {session} preserved did not go over: set it up again in the next "
		    "kernel; where the kexec did not take place after all, preserve it again.\n"
		    "To have a kexec fail instead, with nothing given up:\n"
		    "echo refuse >/sys/module/liveupdate/parameters/on_obstacle" },
	{ .event = LUTRACE_SESSION_DESERIALIZE,
	  .what = "the handover of session {session} cannot be read ({errno}), and /dev/liveupdate "
		  "fails with EIO for good",
	  .advice = ADVICE_REBOOT ADVICE_LOG },
	{ .event = LUTRACE_SESSION_DESERIALIZE, .err = EEXIST,
	  .what = "two sessions were handed over under the name {session}, and /dev/liveupdate "
		  "fails with EIO for good",
	  .advice = ADVICE_REBOOT ADVICE_LOG },
	{ .event = LUTRACE_FILE_PRESERVE,
	  .what = "preserving {file} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FILE_PRESERVE, .err = EEXIST,
	  .what = "another file of the session has the token {token}",
	  .advice = "Use another token." },
	{ .event = LUTRACE_FILE_PRESERVE, .err = EBUSY,
	  .what = "that file, or its device, is preserved already",
	  .advice = "A file is preserved once. Leave it in the session that has it, or close that "
		    "session, which gives up everything that it preserves." },
	{ .event = LUTRACE_FILE_PRESERVE, .err = EBADF,
	  .what = "the descriptor does not refer to an open file",
	  .advice = "Pass a descriptor that is open in the process that makes the call." },
	{ .event = LUTRACE_FILE_PRESERVE, .err = ENOMEM,
	  .what = "there was no memory for it", .advice = ADVICE_MEMORY },
	{ .event = LUTRACE_FILE_UNPRESERVE,
	  .what = "giving up {file} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FILE_CAN_FREEZE,
	  .what = "{file} could not be frozen",
	  .advice = ADVICE_LOG "\n" ADVICE_DROP },
	{ .event = LUTRACE_FILE_FREEZE,
	  .what = "freezing {file} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FILE_UNFREEZE,
	  .what = "unfreezing {file} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FILE_RETRIEVE,
	  .what = "retrieving {file} failed with {errno}", .advice = ADVICE_FINAL ADVICE_LOG },
	{ .event = LUTRACE_FILE_RETRIEVE, .err = ENOENT,
	  .what = "the session has no file with that token",
	  .advice = "Use the token with which the file was preserved: `lutrace journal --event "
		    "file.preserve` shows the tokens of the previous kernel." },
	{ .event = LUTRACE_FILE_RETRIEVE_CACHED,
	  .what = "retrieving {file} again failed with {errno}",
	  .advice = ADVICE_FINAL ADVICE_LOG },
	{ .event = LUTRACE_FILE_CAN_FINISH,
	  .what = "finishing {file} was refused with {errno}",
	  .advice = "Retrieve the file, and use it, before you finish." },
	{ .event = LUTRACE_FILE_FINISH,
	  .what = "finishing {file} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FILE_REPLY_FAILED,
	  .what = "the answer about {file} did not reach the process ({errno})",
	  .advice = "The memory that the process passed cannot be written. The kernel has done "
		    "what the process asked for: retrieve the file again." },
	{ .event = LUTRACE_FILE_DESERIALIZE,
	  .what = "the handover of {file} cannot be read ({errno}), and /dev/liveupdate fails with "
		  "EIO for good",
	  .advice = ADVICE_REBOOT ADVICE_LOG },
	{ .event = LUTRACE_FILE_DESERIALIZE, .err = ENOENT,
	  .what = "this kernel has no file handler {handler}, which {file} needs",
	  .advice = ADVICE_REBOOT
		    "Next time, build the handler in. Or have its module (vfio-pci for "
		    "vfio-pci-v1) in the initramfs, loaded or where modprobe finds it, before "
		    "/dev/liveupdate is first used." },
	{ .event = LUTRACE_FLB_PRESERVE,
	  .what = "{flb}, which the files share, could not be preserved ({errno})",
	  .advice = ADVICE_LOG },
	{ .event = LUTRACE_FLB_UNPRESERVE,
	  .what = "giving up {flb} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FLB_RETRIEVE,
	  .what = "the handover of {flb} cannot be read ({errno})", .advice = ADVICE_LIST },
	{ .event = LUTRACE_FLB_FINISH,
	  .what = "{flb} was finished without ever being retrieved ({errno})",
	  .advice = ADVICE_LOG },
	{ .event = LUTRACE_FLB_SERIALIZE,
	  .what = "{flb} could not be handed over ({errno})", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FLB_GET,
	  .what = "looking {flb} up failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FLB_PUT,
	  .what = "releasing {flb} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FLB_REGISTER,
	  .what = "{flb} could not be registered for {handler} ({errno})", .advice = ADVICE_LOG },
	{ .event = LUTRACE_FLB_UNREGISTER,
	  .what = "{flb} could not be unregistered ({errno})", .advice = ADVICE_LOG },
	{ .event = LUTRACE_PCI_NEVER_FINISHED,
	  .what = "{device} was preserved, but given up without ever being finished",
	  .advice = "Retrieve, bind and finish each file that was preserved. Any driver may have "
		    "the device now; if it is not on the bus, a rescan finds it: echo 1 "
		    ">/sys/bus/pci/rescan." },
	{ .event = LUTRACE_VFIO_OPEN_REFUSED,
	  .what = "{device} could not be opened ({errno}), because the previous kernel preserved "
		  "it and its session is not finished",
	  .advice = "Retrieve the file from its session (LIVEUPDATE_SESSION_RETRIEVE_FD) instead "
		    "of opening the device." },
	{ .event = LUTRACE_VFIO_RESET,
	  .what = "the reset of {device} failed with {errno}", .advice = ADVICE_RESET },
	{ .event = LUTRACE_VFIO_UNFREEZE,
	  .what = "unfreezing {device} failed with {errno}", .advice = ADVICE_LOG },
	{ .event = LUTRACE_VFIO_BOUND,
	  .what = "binding the file of {device} to an iommufd failed with {errno}",
	  .advice = ADVICE_LOG },
};

/* The reason of a state is its name. */
static const struct explanation states[NR_STATES] = {
	[STATE_NO_KHO] = {
		.reason = "image_without_kho",
		.what = "the image that the kexec was to enter carries no KHO: nothing would have "
			"survived",
		.advice = ADVICE_KEXEC ".",
	},
	[STATE_NOTHING_HANDED_OVER] = {
		.reason = "nothing_handed_over",
		.what = "this kernel was entered by a kexec that carried nothing over: its image "
			"had no KHO, and everything that was preserved is lost",
		.advice = ADVICE_KEXEC ", and neither does a kernel that was booted without kho=on "
			  "liveupdate=on.",
	},
	[STATE_NO_LIVE_UPDATE] = {
		.reason = "no_live_update",
		.what = "no live update led to this kernel: nothing was handed over to it",
		.advice = "If it was entered by kexec, load the next kernel with "
			  "kexec_file_load(2) (kexec -s -l), from a kernel that was booted with "
			  "kho=on liveupdate=on.",
	},
	[STATE_CLOSED] = {
		.reason = "session_closed",
		.what = "session {session} was closed before the kexec, which gave up everything "
			"that it preserved",
		.advice = "Keep the session's file open until the kexec: the process that holds it "
			  "must not exit before.",
	},
	[STATE_ENDED] = {
		.reason = "session_ended",
		.what = "session {session} was not finished in the previous kernel, and its files "
			"ended with that kernel",
		.advice = "Retrieve and finish each session before the next kexec; preserve again "
			  "what is to survive that one.",
	},
	[STATE_FINISHED] = {
		.reason = "session_finished",
		.what = "the session was finished and closed already",
		.advice = "Nothing is left to retrieve: its files are ordinary files now.",
	},
	[STATE_NOT_RETRIEVED] = {
		.reason = "session_not_retrieved",
		.what = "session {session} was handed over, but no process has retrieved it: its "
			"files and devices are waiting",
		.advice = ADVICE_BIND_FIRST
			  "Then start the program that created the session: it has to open "
			  "/dev/liveupdate, retrieve {session} "
			  "(LIVEUPDATE_IOCTL_RETRIEVE_SESSION), retrieve its files, and finish.\n"
			  "To give up what is in the session instead, retrieve each file without "
			  "its driver, and finish.",
	},
	[STATE_FILE_NOT_RETRIEVED] = {
		.reason = "file_not_retrieved",
		.what = "session {session} was retrieved, but {file} was not",
		.advice = ADVICE_BIND_FIRST
			  "Then retrieve it with LIVEUPDATE_SESSION_RETRIEVE_FD, and finish the "
			  "session.",
	},
	[STATE_DEVICE_WAITS] = {
		.reason = "device_waits",
		.what = "{device} was handed over, but its file was not retrieved: the device is "
			"waiting",
		.advice = ADVICE_BIND_FIRST
			  "Then find its session among those that are waiting (`lutrace status`), "
			  "retrieve its files, and finish it.",
	},
	[STATE_BRIDGE_WAITS] = {
		.reason = "bridge_waits",
		.what = "{device} is a bridge above devices that were handed over, and keeps its "
			"bus numbers while they are waiting",
		.advice = "Do nothing with the bridge itself. Retrieve and finish the sessions "
			  "that are waiting: `lutrace status` lists them.",
	},
};

const struct explanation *explain(enum lutrace_event_id id, const char *reason, int err)
{
	const struct explanation *e;

	for (e = table; e < table + ARRAY_SIZE(table); e++) {
		if (e->event != id || !e->reason != !reason)
			continue;
		if (reason ? !strcmp(e->reason, reason) : e->err == err)
			return e;
	}
	return NULL;
}

const struct explanation *explain_event(const struct event *event)
{
	/* A newer kernel may have events and reasons of its own. */
	static const struct explanation unknown_event = {
		.what = "an event that only a newer lutrace knows failed with {errno}",
		.advice = "Use the lutrace of that kernel.\n" ADVICE_LOG,
	};
	static const struct explanation unknown = {
		.what = "the kernel gives a reason that this lutrace does not know",
		.advice = "Use the lutrace of that kernel.\n" ADVICE_LOG,
	};
	const struct explanation *e = NULL;
	enum lutrace_event_id id = event->desc->id;

	if (id == LUTRACE_UNKNOWN_EVENT)
		return &unknown_event;
	if (event_has(event, FIELD_REASON) || event_has(event, FIELD_STAGE))
		e = explain(id, event->value[FIELD_REASON].text, 0);
	if (!e && event_has(event, FIELD_ERRNO))
		e = explain(id, NULL, -event->value[FIELD_ERRNO].number);
	return e ?: explain(id, NULL, 0) ?: &unknown;
}

const struct explanation *explain_state(enum story_state state)
{
	return &states[state];
}

void explain_all(void (*entry)(const struct explanation *e))
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		entry(&table[i]);
}
