/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one table of what went wrong, in words: why, and what to do about it.
 *
 * Beside events.h, whose reasons it explains: lutrace's unit tests fail where a
 * reason, or an event that can fail, has no entry here, and where an entry is
 * for a reason that does not exist.
 *
 * "what" is a clause without a capital letter and without a full stop, as it
 * may stand behind another one. "advice" is one sentence or command a line. In
 * braces stand facts: {device}, {bridge}, {driver} that had or wanted the
 * device, {preserver} that preserved it, {file} as SESSION:TOKEN, {session},
 * {token}, {handler}, {flb}, {errno}, {found}, whether this kernel has
 * found the device, and {finish}, "finish the session, and" where that is still to
 * be done. See explain.c.
 */
#ifndef LUTRACE_EXPLANATIONS_H
#define LUTRACE_EXPLANATIONS_H

/* What more than one of them advises. */
#define ADVICE_BIND							\
	"echo {preserver} >/sys/bus/pci/devices/{device}/driver_override\n" \
	"echo {device} >/sys/bus/pci/drivers_probe"
#define ADVICE_REBIND							\
	"echo {device} >/sys/bus/pci/devices/{device}/driver/unbind\n"	\
	ADVICE_BIND
/* A retrieval without the driver fails, and that answer stands. */
#define ADVICE_BIND_FIRST						\
	"Where devices wait (`lutrace status` has them), bind {preserver} to them first: a retrieval without it fails for good.\n" \
	ADVICE_BIND
/* The first answer to a retrieval stands. */
#define ADVICE_FINAL							\
	"This update cannot bring {file} back, as a failed retrieval is never tried again: {finish}set the device up anew."
#define ADVICE_LIST							\
	"Nothing can be retrieved from this hand-over. Finish the sessions; where a device is to be used before that, name the driver that shall have it in its driver_override.\n" \
	"Report it, with `lutrace journal -o json` of this kernel: the kernels do not agree, or memory was overwritten on the way."
#define ADVICE_MEMORY							\
	"Free memory, and try again; the kernel log says whether an allocation failed."
#define ADVICE_LOG							\
	"The kernel log (dmesg) has more about it; `lutrace journal` has what happened around it."

/*
 * W(event, reason, what, advice): a decision that gives its reason
 */
#define LUTRACE_WHY_REASONS(W)						\
	W(LUO_REBOOT, "failed",						\
	  "the kexec failed with {errno}, and this kernel went on",	\
	  ADVICE_LOG)							\
	W(FILE_MATCH, "no_handler",					\
	  "no file handler of this kernel can preserve this kind of file", \
	  "Load the module that has the handler first (vfio-pci for a PCI device's file); a memfd, and a device's cdev file of vfio-pci, can be preserved.") \
	W(FILE_MATCH, "module_going",					\
	  "the module that has the handler {handler} was being unloaded", \
	  "Load the module again, and keep it: then preserve the file.") \
	W(PCI_PRESERVE_REFUSED, "disabled",					\
	  "live update is off in this kernel",				\
	  "Boot with liveupdate=on kho=on on the command line.")	\
	W(PCI_PRESERVE_REFUSED, "vf",						\
	  "{device} is a virtual function, and those cannot be preserved", \
	  "Give the guest a physical function, or take the virtual function from it before the update.") \
	W(PCI_PRESERVE_REFUSED, "no_flb",						\
	  "the driver of {device} asked outside of a live update session", \
	  "Preserve the device's file in a session: LIVEUPDATE_SESSION_PRESERVE_FD. This is a bug of the driver.") \
	W(PCI_PRESERVE_REFUSED, "already_preserved",				\
	  "{device} is preserved already, through another file",	\
	  "Preserve a device once. `lutrace why {device}` shows in which session it is; close that session to preserve it in another one.") \
	W(PCI_PRESERVE_REFUSED, "frozen",						\
	  "the kexec had begun, and nothing more is preserved then",	\
	  "Preserve {device} before the kexec is started.")		\
	W(PCI_PRESERVE_REFUSED, "unbinding",					\
	  "{device} was being unbound from its driver",			\
	  "Bind it again, and leave it bound while it is preserved:\n"	\
	  ADVICE_BIND)							\
	W(PCI_PRESERVE_REFUSED, "no_memory",					\
	  "there was no memory, or no room, to record {device} and its bridges", \
	  ADVICE_MEMORY)						\
	W(PCI_PROBE, "foreign_driver",					\
	  "driver {driver} was kept off {device}, because {preserver} preserved it in the previous kernel and its session is not finished", \
	  "Retrieve the device's file from its session, and finish the session. For that {preserver} must have it:\n" \
	  ADVICE_BIND "\n"						\
	  "To give the device up to {driver} instead, write {driver} to driver_override, and probe.") \
	W(PCI_PROBE, "incoming_unreadable",				\
	  "driver {driver} was kept off {device}, because it might be one of the preserved devices, whose list cannot be read", \
	  "If it is safe to reset the device, name the driver that shall have it:\n" \
	  "echo {driver} >/sys/bus/pci/devices/{device}/driver_override\n" \
	  "echo {device} >/sys/bus/pci/drivers_probe")			\
	W(PCI_HANDOVER_BAD, "bad_flb",					\
	  "the list of preserved devices cannot be read: its count of files is wrong", \
	  ADVICE_LIST)							\
	W(PCI_HANDOVER_BAD, "bad_address",				\
	  "the list of preserved devices cannot be read: it is not in memory that was handed over", \
	  ADVICE_LIST)							\
	W(PCI_HANDOVER_BAD, "bad_version",				\
	  "the list of preserved devices cannot be read: it has another version than this kernel knows", \
	  "Update to a kernel that knows the version which the previous one writes.\n" \
	  ADVICE_LIST)							\
	W(PCI_HANDOVER_BAD, "bad_blocks",				\
	  "the list of preserved devices cannot be read: its chain of blocks is broken", \
	  ADVICE_LIST)							\
	W(PCI_HANDOVER_BAD, "bad_count",				\
	  "the list of preserved devices cannot be read: its number of devices is wrong", \
	  ADVICE_LIST)							\
	W(PCI_HANDOVER_BAD, "bad_driver_name",				\
	  "the list of preserved devices cannot be read: a driver name in it is bad", \
	  ADVICE_LIST)							\
	W(PCI_HANDOVER_BAD, "duplicate",				\
	  "the list of preserved devices cannot be read: an address occurs twice", \
	  ADVICE_LIST)							\
	W(PCI_HANDOVER_BAD, "no_memory",				\
	  "the list of preserved devices cannot be read: there was no memory for it", \
	  ADVICE_LIST)							\
	W(PCI_BUS_NUMBERS, "lost",					\
	  "bridge {bridge} came without the bus numbers that it had in the previous kernel, so that nothing below it was enumerated", \
	  "Nothing may reset the bridge, or write to its configuration, between the kernels: look for firmware or a driver that does.\n" \
	  "Finish the sessions of the devices below it; then they are found again:\n" \
	  "echo 1 >/sys/bus/pci/rescan")				\
	W(PCI_BUS_NUMBERS, "sibling_lost",				\
	  "bridge {bridge} was given no bus numbers, because a preserved bridge beside it has lost its own", \
	  "Finish the sessions of the devices below the other bridge (`lutrace journal --event pci.bus_numbers` names it); then:\n" \
	  "echo 1 >/sys/bus/pci/rescan")				\
	W(PCI_UNBIND_REFUSED, "preserved",				\
	  "{device} keeps its driver, because a session preserves its file", \
	  "Close the session first: that gives up what it preserves. Or let the live update take place.") \
	W(PCI_UNBIND_REFUSED, "retrieved",				\
	  "{device} keeps its driver, because its file was retrieved and the session is not finished", \
	  "Finish the session first: bind the retrieved file to an iommufd, then LIVEUPDATE_SESSION_FINISH.") \
	W(VFIO_MATCH, "group_file",					\
	  "{device} was opened through its VFIO group, and only a file of its cdev can be preserved", \
	  "Open the device's own file in /dev/vfio/devices/ (ls /sys/bus/pci/devices/{device}/vfio-dev names it), bind it to an iommufd, and preserve that.") \
	W(VFIO_MATCH, "foreign_driver",					\
	  "{device} has a VFIO driver other than vfio-pci, and files of those cannot be preserved", \
	  "If the device works with plain vfio-pci, use that:\n"	\
	  "echo {device} >/sys/bus/pci/devices/{device}/driver/unbind\n" \
	  "echo vfio-pci >/sys/bus/pci/devices/{device}/driver_override\n" \
	  "echo {device} >/sys/bus/pci/drivers_probe")			\
	W(VFIO_MATCH, "noiommu",					\
	  "{device} is used without an IOMMU, and such a device cannot be preserved", \
	  "Boot with the IOMMU on (intel_iommu=on, or AMD's), and without vfio's unsafe no-IOMMU mode.") \
	W(VFIO_MATCH, "vf",						\
	  "{device} is a virtual function, and those cannot be preserved", \
	  "Give the guest a physical function, or take the virtual function from it before the update.") \
	W(VFIO_MATCH, "special_device",					\
	  "{device} has virtual functions enabled, or is an Intel graphics device, and those cannot be preserved", \
	  "For a physical function, disable its virtual functions first:\n" \
	  "echo 0 >/sys/bus/pci/devices/{device}/sriov_numvfs")		\
	W(VFIO_FREEZE, "intx_enabled",					\
	  "{device} could not be frozen, because user space had left INTx interrupts enabled", \
	  "Have the VMM disable the device's interrupts (VFIO_DEVICE_SET_IRQS with count 0) before the kexec, or close the file; then kexec again.") \
	W(VFIO_FREEZE, "msi_enabled",					\
	  "{device} could not be frozen, because user space had left MSI interrupts enabled", \
	  "Have the VMM disable the device's interrupts (VFIO_DEVICE_SET_IRQS with count 0) before the kexec, or close the file; then kexec again.") \
	W(VFIO_FREEZE, "msix_enabled",					\
	  "{device} could not be frozen, because user space had left MSI-X interrupts enabled", \
	  "Have the VMM disable the device's interrupts (VFIO_DEVICE_SET_IRQS with count 0) before the kexec, or close the file; then kexec again.") \
	W(VFIO_FREEZE, "not_in_d0",					\
	  "{device} could not be frozen, because it was in a low power state", \
	  "Have the guest or the VMM bring the device back to D0 before the kexec; then kexec again.") \
	W(VFIO_FREEZE, "reset_failed",					\
	  "{device} could not be frozen, because its reset failed",	\
	  "Try echo 1 >/sys/bus/pci/devices/{device}/reset; a device that cannot be reset is to be taken from the guest before the update.") \
	W(VFIO_FREEZE, "killed",					\
	  "{device} could not be frozen, because the kexec was killed while it waited for accesses to the device to end", \
	  "Find who uses the device without end (memory that user space serves, for one), and kexec again.") \
	W(VFIO_RETRIEVE, "absent",					\
	  "there was no device at {device} when it was to be retrieved: {found}", \
	  ADVICE_FINAL "\n"						\
	  "Next time, have the device in its slot and on the bus before you retrieve: echo 1 >/sys/bus/pci/rescan.") \
	W(VFIO_RETRIEVE, "identity_changed",				\
	  "there is another device at {device} now than the one that was preserved", \
	  ADVICE_FINAL "\n"						\
	  "Put the device back into its own slot before the next update; one that was renumbered or replaced is not the guest's.") \
	W(VFIO_RETRIEVE, "unbound",					\
	  "{device} had no driver when it was to be retrieved",		\
	  ADVICE_FINAL "\n"						\
	  "Next time, bind {preserver} before you retrieve:\n"		\
	  ADVICE_BIND)							\
	W(VFIO_RETRIEVE, "wrong_driver",				\
	  "{device} was in the hands of driver {driver}, not of {preserver}, which preserved it", \
	  ADVICE_FINAL "\n"						\
	  "Next time, bind {preserver} before you retrieve, and let nothing set driver_override to {driver}:\n" \
	  ADVICE_REBIND)							\
	W(VFIO_RETRIEVE, "not_incoming",				\
	  "{device} is not, or no longer, on this kernel's list of preserved devices", \
	  ADVICE_FINAL "\n"						\
	  "See with `lutrace why {device}` whether another session has given it up, or whether the list could not be read.") \
	W(VFIO_RETRIEVE, "already_retrieved",				\
	  "{device} was retrieved already, through another file",	\
	  ADVICE_FINAL "\n"						\
	  "Two files claim one device: report it, with `lutrace journal -o json` of this kernel.") \
	W(VFIO_RETRIEVE, "bad_data",					\
	  "what the previous kernel wrote about {file} cannot be read",	\
	  ADVICE_FINAL "\n"						\
	  "Report it, with `lutrace journal -o json` of this kernel: the kernels do not agree, or memory was overwritten on the way.") \
	W(VFIO_RETRIEVE, "no_file",					\
	  "no file could be made for {device}",				\
	  ADVICE_FINAL "\n"						\
	  ADVICE_MEMORY)							\
	W(VFIO_FINISH_REFUSED, "not_retrieved",				\
	  "{device} was not retrieved yet: a finish would have given it up", \
	  "Retrieve the file (LIVEUPDATE_SESSION_RETRIEVE_FD), bind it to an iommufd, and finish then. {preserver} must have the device for that:\n" \
	  ADVICE_BIND)							\
	W(VFIO_FINISH_REFUSED, "not_bound",				\
	  "the file of {device} was retrieved, but not yet bound to an iommufd", \
	  "Bind the retrieved file to an iommufd (VFIO_DEVICE_BIND_IOMMUFD), and finish then.")

/*
 * W(event, errno, what, advice): an event that has no reason but its errno. With
 * 0 it stands for all others, and "what" says what was asked for: it comes
 * first where a reason, or an errno of its own, follows.
 */
#define LUTRACE_WHY_ERRNOS(W)						\
	W(LUO_INCOMING, 0,						\
	  "what LUO was handed over cannot be read ({errno}): no session is there", \
	  "Update to a kernel that reads what the previous one writes, or boot anew.\n" ADVICE_LOG) \
	W(LUO_OUTGOING, 0,						\
	  "this kernel could not set up what it hands over ({errno}): live update is off in it", \
	  ADVICE_LOG)							\
	W(LUO_OPEN, 0, "opening /dev/liveupdate failed with {errno}",	\
	  ADVICE_LOG)							\
	W(LUO_OPEN, EBUSY, "another process has /dev/liveupdate open",	\
	  "One process at a time: fuser /dev/liveupdate names it.")	\
	W(LUO_RELEASE, 0, "closing /dev/liveupdate failed with {errno}", \
	  ADVICE_LOG)							\
	W(SESSION_CREATE, 0, "creating session {session} failed with {errno}", \
	  ADVICE_LOG)							\
	W(SESSION_CREATE, EEXIST, "there is a session of that name",	\
	  "Close the other session, or take another name.")		\
	W(SESSION_CREATE, ENOMEM, "there was no memory for it", ADVICE_MEMORY) \
	W(SESSION_RETRIEVE, 0, "retrieving session {session} failed with {errno}", \
	  ADVICE_LOG)							\
	W(SESSION_RETRIEVE, ENOENT, "no session of that name was handed over", \
	  "The name must be the very one under which it was created; `lutrace journal --event 'session.*'` shows all.") \
	W(SESSION_RETRIEVE, EINVAL, "somebody has retrieved that session already", \
	  "A session is retrieved once: use the file that the first retrieval gave, or have its holder close it, after which it can be retrieved again unless it was finished.") \
	W(SESSION_RELEASE, 0, "closing session {session} did not finish it ({errno}): it waits to be retrieved again", \
	  "Retrieve the session again, retrieve and bind its files, and finish it.") \
	W(SESSION_FINISH, 0, "finishing session {session} failed with {errno}", \
	  ADVICE_LOG)							\
	W(SESSION_FINISH, EBUSY, "a file of it was not retrieved yet, or not used yet", \
	  "Retrieve its other files, bind those of devices to an iommufd, and finish then.") \
	W(SESSION_SERIALIZE, 0, "session {session} could not be handed over ({errno})", \
	  ADVICE_LOG)							\
	W(SESSION_DESERIALIZE, 0, "what was handed over of session {session} cannot be read ({errno}), and /dev/liveupdate fails with EIO for good", \
	  "This kernel cannot retrieve anything any more: boot anew.\n" ADVICE_LOG) \
	W(SESSION_DESERIALIZE, EEXIST, "two sessions were handed over under the name {session}, and /dev/liveupdate fails with EIO for good", \
	  "This kernel cannot retrieve anything any more: boot anew.\n" ADVICE_LOG) \
	W(FILE_PRESERVE, 0, "preserving {file} failed with {errno}",	\
	  ADVICE_LOG)							\
	W(FILE_PRESERVE, EEXIST, "token {token} is taken by another file of the session", \
	  "Take another token.")					\
	W(FILE_PRESERVE, EBUSY, "that file, or its device, is preserved already", \
	  "A file is preserved once: close the session that has it, or leave it there.") \
	W(FILE_PRESERVE, EBADF, "there is no file of that descriptor",	\
	  "Pass a descriptor that is open in the process which calls.")	\
	W(FILE_PRESERVE, ENOMEM, "there was no memory for it", ADVICE_MEMORY) \
	W(FILE_UNPRESERVE, 0, "giving up {file} failed with {errno}", ADVICE_LOG) \
	W(FILE_FREEZE, 0, "freezing {file} failed with {errno}", ADVICE_LOG) \
	W(FILE_UNFREEZE, 0, "unfreezing {file} failed with {errno}", ADVICE_LOG) \
	W(FILE_RETRIEVE, 0, "retrieving {file} failed with {errno}",	\
	  ADVICE_FINAL "\n" ADVICE_LOG)					\
	W(FILE_RETRIEVE, ENOENT, "the session has no file with that token", \
	  "Use the token with which the file was preserved: `lutrace journal --event file.preserve` shows those of the previous kernel.") \
	W(FILE_RETRIEVE_CACHED, 0, "retrieving {file} again failed with {errno}", \
	  ADVICE_FINAL)							\
	W(FILE_CAN_FINISH, 0, "finishing {file} was refused with {errno}", \
	  "Retrieve the file, and use it, before you finish.")		\
	W(FILE_FINISH, 0, "finishing {file} failed with {errno}", ADVICE_LOG) \
	W(FILE_REPLY_FAILED, 0, "the answer about {file} did not reach the process ({errno})", \
	  "The memory that it passed cannot be written. The kernel did what it was asked for: retrieve the file again.") \
	W(FILE_DESERIALIZE, 0, "what was handed over of {file} cannot be read ({errno}), and /dev/liveupdate fails with EIO for good", \
	  "This kernel cannot retrieve anything any more: boot anew.\n" ADVICE_LOG) \
	W(FILE_DESERIALIZE, ENOENT, "this kernel has no file handler {handler}, which {file} needs", \
	  "This kernel cannot retrieve anything any more: boot anew.\n"	\
	  "Next time, build the handler in, or have its module (vfio-pci for vfio-pci-v1) in the initramfs, loaded or at hand for modprobe, before /dev/liveupdate is first used.") \
	W(FLB_PRESERVE, 0, "what the files share, {flb}, could not be preserved ({errno})", ADVICE_LOG) \
	W(FLB_UNPRESERVE, 0, "giving up {flb} failed with {errno}", ADVICE_LOG) \
	W(FLB_RETRIEVE, 0, "what was handed over as {flb} cannot be read ({errno})", ADVICE_LIST) \
	W(FLB_FINISH, 0, "{flb} was over without being read ({errno})", ADVICE_LOG) \
	W(FLB_SERIALIZE, 0, "{flb} could not be handed over ({errno})", ADVICE_LOG) \
	W(FLB_GET, 0, "{flb} could not be looked up ({errno})", ADVICE_LOG) \
	W(FLB_PUT, 0, "{flb} could not be put down ({errno})", ADVICE_LOG) \
	W(FLB_REGISTER, 0, "{flb} could not be registered for {handler} ({errno})", ADVICE_LOG) \
	W(FLB_UNREGISTER, 0, "{flb} could not be unregistered ({errno})", ADVICE_LOG) \
	W(PCI_NEVER_FINISHED, 0, "{device} was preserved, but given up without ever being finished", \
	  "Retrieve, bind and finish each file that was preserved. The device is an ordinary one now: it is found with echo 1 >/sys/bus/pci/rescan, and may have any driver.") \
	W(VFIO_OPEN_REFUSED, 0, "{device} could not be opened ({errno}), because the previous kernel preserved it and its session is not finished", \
	  "Retrieve the file from its session (LIVEUPDATE_SESSION_RETRIEVE_FD) in place of opening the device.") \
	W(VFIO_RESET, 0, "the reset of {device} failed with {errno}",	\
	  "Try echo 1 >/sys/bus/pci/devices/{device}/reset, and see the kernel log.") \
	W(VFIO_UNFREEZE, 0, "unfreezing {device} failed with {errno}", ADVICE_LOG) \
	W(VFIO_BOUND, 0, "binding the file of {device} to an iommufd failed with {errno}", ADVICE_LOG)

/*
 * W(ID, name, what, advice): what no single event says
 */
#define LUTRACE_WHY_STATES(W)						\
	W(NO_KHO, "image_without_kho",					\
	  "the image that the kexec was to enter carries no KHO: nothing would have survived", \
	  "Load the next kernel with kexec_file_load(2): kexec -s -l. An image of kexec_load(2) carries nothing over.") \
	W(NOTHING_HANDED_OVER, "nothing_handed_over",			\
	  "this kernel was entered by a kexec that carried nothing over: its image had no KHO, and all that was preserved is lost", \
	  "Load the next kernel with kexec_file_load(2): kexec -s -l. An image of kexec_load(2) carries nothing over, and neither does a kernel that was booted without kho=on liveupdate=on.") \
	W(NO_LIVE_UPDATE, "no_live_update",				\
	  "no live update led to this kernel: nothing was handed over to it", \
	  "If it was entered by kexec, load the next kernel with kexec_file_load(2) (kexec -s -l), from a kernel that was booted with kho=on liveupdate=on.") \
	W(CLOSED, "session_closed",					\
	  "session {session} was closed before the kexec, which gave up all that it preserved", \
	  "Keep the session's file open until the kexec: a process that holds it must not exit before.") \
	W(ENDED, "session_ended",						\
	  "session {session} was not finished in the previous kernel, and what was in it ended with that kernel", \
	  "Retrieve and finish each session before the next kexec; what is to stay has to be preserved anew.") \
	W(FINISHED, "session_finished",					\
	  "the session was finished and closed already",		\
	  "Nothing is left to retrieve: its files are ordinary files now.") \
	W(NOT_RETRIEVED, "session_not_retrieved",			\
	  "session {session} was handed over, but nobody has retrieved it: its files and devices wait", \
	  ADVICE_BIND_FIRST "\n"					\
	  "Then start what created the session: it has to open /dev/liveupdate, retrieve {session} (LIVEUPDATE_IOCTL_RETRIEVE_SESSION), retrieve its files, and finish.\n" \
	  "To give up what is in it instead, retrieve each file without its driver, and finish.") \
	W(FILE_NOT_RETRIEVED, "file_not_retrieved",			\
	  "session {session} was retrieved, but {file} was not",	\
	  ADVICE_BIND_FIRST "\n"					\
	  "Then retrieve it with LIVEUPDATE_SESSION_RETRIEVE_FD, and finish the session.") \
	W(DEVICE_WAITS, "device_waits",					\
	  "{device} was handed over, but the file of it was not retrieved: it waits", \
	  ADVICE_BIND_FIRST "\n"					\
	  "Then find the session that has it among those that wait (`lutrace status`), retrieve its files, and finish it.") \
	W(BRIDGE_WAITS, "bridge_waits",					\
	  "{device} is a bridge above devices that were handed over, and keeps its bus numbers while they wait", \
	  "Nothing is to be done with the bridge itself. Retrieve and finish the sessions that wait: `lutrace status` has them.")

#endif /* LUTRACE_EXPLANATIONS_H */
