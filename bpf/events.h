/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one table of events.
 *
 * The BPF programs, the text and JSON views, --event, the check for missing
 * tracepoints, `lutrace trace --list` and the tests are all built from it. To
 * add an event whose signature exists already is to add one entry to
 * LUTRACE_EVENTS(), and for each of its reasons, or its errno, one to
 * story/explanations.c; a new signature also needs an entry in LUTRACE_CLASSES()
 * and the function in lutrace.bpf.c that reads its arguments.
 */
#ifndef LUTRACE_EVENTS_H
#define LUTRACE_EVENTS_H

#define LUTRACE_PATCHED	"use a kernel with the live update tracing patches, "

/*
 * S(ID, trace system, what the user does to have it)
 */
#define LUTRACE_SYSTEMS(S)						\
	S(LUO, "liveupdate", LUTRACE_PATCHED "set CONFIG_LIVEUPDATE")	\
	S(PCI, "pci_liveupdate", LUTRACE_PATCHED "set CONFIG_PCI_LIVEUPDATE") \
	S(VFIO, "vfio_liveupdate", LUTRACE_PATCHED "set "		\
	  "CONFIG_VFIO_PCI_LIVEUPDATE, and load vfio-pci-core where it is a module")

/*
 * F(ID, key, type), in the order in which the views show them. Types: TEXT; HEX
 * for tokens and addresses; COUNT is unsigned 64 bit, NUMBER signed 64 bit;
 * BOOL. The key is the JSON key and carries the unit.
 */
#define LUTRACE_FIELDS(F)						\
	F(SESSION,		"session",		TEXT)		\
	F(TOKEN,		"token",		HEX)		\
	F(DEVICE,		"device",		TEXT)		\
	F(FLB,			"flb",			TEXT)		\
	F(PHASE,		"phase",		TEXT)		\
	F(DECISION,		"decision",		TEXT)		\
	F(REASON,		"reason",		TEXT)		\
	F(ERRNO,		"errno",		NUMBER)		\
	F(DURATION,		"duration_ns",		COUNT)		\
	F(HANDLER,		"handler",		TEXT)		\
	F(DRIVER,		"driver",		TEXT)		\
	F(DIRECTION,		"direction",		TEXT)		\
	F(PATH,			"path",			TEXT)		\
	F(NUMBER,		"number",		COUNT)		\
	F(COUNT,		"count",		COUNT)		\
	F(REFCOUNT,		"refcount",		COUNT)		\
	F(INDEX,		"index",		NUMBER)		\
	F(BUS,			"bus",			COUNT)		\
	F(CONTROL,		"control",		HEX)		\
	F(ENABLED,		"enabled",		BOOL)		\
	F(BRIDGE,		"bridge",		BOOL)		\
	F(IMAGE_HAS_KHO,	"image_has_kho",	BOOL)

/*
 * C(class, fields): one class per tracepoint signature. The class names the
 * function that fills the record in lutrace.bpf.c.
 */
#define LUTRACE_CLASSES(C)						\
	C(luo_number,		F(NUMBER) | F(ERRNO))			\
	C(luo_reboot,		F(PHASE) | F(IMAGE_HAS_KHO) | F(ERRNO))	\
	C(luo_dev,		F(ERRNO))				\
	C(luo_session,		F(SESSION) | F(ERRNO) | F(DURATION))	\
	C(luo_file_match,	F(SESSION) | F(TOKEN) | F(HANDLER) |	\
				F(REASON) | F(ERRNO))			\
	C(luo_file,		F(SESSION) | F(TOKEN) | F(HANDLER) |	\
				F(ERRNO) | F(DURATION))			\
	C(luo_file_deserialize,	F(SESSION) | F(TOKEN) | F(HANDLER) |	\
				F(ERRNO))				\
	C(luo_flb,		F(FLB) | F(DIRECTION) | F(COUNT) |	\
				F(ERRNO) | F(DURATION))			\
	C(luo_flb_ref,		F(FLB) | F(DIRECTION) | F(COUNT) |	\
				F(ERRNO))				\
	C(luo_flb_registration,	F(FLB) | F(HANDLER) | F(ERRNO))		\
	C(pci_node,		F(DEVICE) | F(BRIDGE) | F(DRIVER) |	\
				F(REFCOUNT))				\
	C(pci_refuse,		F(DEVICE) | F(REASON) | F(ERRNO))	\
	C(pci_probe,		F(DEVICE) | F(DRIVER) | F(DECISION) |	\
				F(REASON) | F(COUNT))			\
	C(pci_never_finished,	F(DEVICE) | F(DRIVER) | F(REFCOUNT))	\
	C(pci_handover_bad,	F(REASON) | F(INDEX) | F(ERRNO))	\
	C(pci_bus_numbers,	F(DEVICE) | F(REASON) | F(BUS))		\
	C(pci_setting,		F(DEVICE) | F(ENABLED))			\
	C(pci_acs,		F(DEVICE) | F(CONTROL))			\
	C(vfio_match,		F(DEVICE) | F(REASON))			\
	C(vfio_open_denied,	F(DEVICE) | F(PATH) | F(ERRNO))		\
	C(vfio_freeze,		F(DEVICE) | F(REASON) | F(ERRNO) |	\
				F(DURATION))				\
	C(vfio_op,		F(DEVICE) | F(ERRNO) | F(DURATION))	\
	C(vfio_retrieve,	F(DEVICE) | F(REASON) | F(ERRNO))	\
	C(vfio_finish_refused,	F(DEVICE) | F(REASON) | F(ERRNO))

/*
 * R(list, names...), indexed by the value that the kernel passes. The order is
 * that of the EM() lists in the kernel's trace headers.
 */
#define LUTRACE_REASONS(R)						\
	R(NONE, NULL)							\
	R(PHASE, "begin", "frozen", "failed")				\
	R(FILE_MATCH, "found", "no_handler", "module_going")		\
	R(PCI_REFUSE, "disabled", "vf", "no_flb", "already_preserved",	\
	  "frozen", "unbinding", "no_memory")				\
	R(PCI_PROBE, "not_preserved", "bridge", "driver_override",	\
	  "same_driver", "foreign_driver", "incoming_unreadable")	\
	R(PCI_BAD, "none", "bad_flb", "bad_address", "bad_version",	\
	  "bad_blocks", "bad_count", "bad_driver_name", "duplicate",	\
	  "no_memory")							\
	R(PCI_BUSNR, "kept", "lost", "sibling_lost")			\
	R(PCI_HELD, "preserved", "retrieved")				\
	R(VFIO_MATCH, "ok", "group_file", "foreign_driver", "noiommu",	\
	  "vf", "special_device")					\
	R(VFIO_FREEZE, "ok", "intx_enabled", "msi_enabled",		\
	  "msix_enabled", "not_in_d0", "reset_failed", "killed")	\
	R(VFIO_RETRIEVE, "ok", "absent", "identity_changed", "unbound",	\
	  "wrong_driver", "not_incoming", "already_retrieved",	\
	  "bad_data", "no_file")					\
	R(VFIO_FINISH, "not_retrieved", "not_bound")

/*
 * E(ID, number, system, name, tracepoint, class, reasons, failure)
 *
 * number is LUO_JOURNAL_ID of the kernel's include/linux/kho/abi/luo_journal.h:
 * it is the event's for ever, wherever it stands in the table.
 *
 * failure tells when the event reports one: ERRNO where its errno is not 0;
 * REASON where its reason is not the first of the list; BLOCK where the
 * decision is "block"; RESET is ERRNO, but for a device that knows no reset
 * (-ENOTTY); ALWAYS where the event exists only for failures.
 */
#define LUTRACE_EVENTS(E)						\
	E(LUO_INCOMING, 1, LUO, "luo.incoming",				\
	  luo_incoming, luo_number, NONE, ERRNO, NONE, HANDOVER, NONE, NONE, false)			\
	E(LUO_OUTGOING, 2, LUO, "luo.outgoing",				\
	  luo_outgoing, luo_number, NONE, ERRNO, NONE, REST, NONE, NONE, false)			\
	E(LUO_REBOOT, 3, LUO, "luo.reboot",				\
	  luo_reboot, luo_reboot, PHASE, ERRNO, NONE, REFUSED, FREEZE, NONE, true)				\
	E(LUO_OPEN, 4, LUO, "luo.open",					\
	  luo_open, luo_dev, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)				\
	E(LUO_RELEASE, 5, LUO, "luo.release",				\
	  luo_release, luo_dev, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)				\
	E(SESSION_CREATE, 6, LUO, "session.create",			\
	  luo_session_create, luo_session, NONE, ERRNO, NONE, REFUSED, NONE, NONE, true)			\
	E(SESSION_RETRIEVE, 7, LUO, "session.retrieve",			\
	  luo_session_retrieve, luo_session, NONE, ERRNO, NONE, REFUSED, RETRIEVE, NONE, true)		\
	E(SESSION_RELEASE, 8, LUO, "session.release",			\
	  luo_session_release, luo_session, NONE, ERRNO, NONE, REFUSED, FINISH, NONE, true)		\
	E(SESSION_FINISH, 9, LUO, "session.finish",			\
	  luo_session_finish, luo_session, NONE, ERRNO, NONE, REFUSED, FINISH, NONE, false)			\
	E(SESSION_SERIALIZE, 10, LUO, "session.serialize",		\
	  luo_session_serialize, luo_session, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)		\
	E(SESSION_DESERIALIZE, 11, LUO, "session.deserialize",		\
	  luo_session_deserialize, luo_session, NONE, ERRNO, NONE, HANDOVER, NONE, NONE, false)		\
	E(FILE_MATCH, 12, LUO, "file.match",				\
	  luo_file_match, luo_file_match, FILE_MATCH, ERRNO, PRESERVE, TOLD, NONE, NONE, false)		\
	E(FILE_PRESERVE, 13, LUO, "file.preserve",			\
	  luo_file_preserve, luo_file, NONE, ERRNO, NONE, REFUSED, PRESERVE, PRESERVE, true)			\
	E(FILE_UNPRESERVE, 14, LUO, "file.unpreserve",			\
	  luo_file_unpreserve, luo_file, NONE, ERRNO, NONE, REST, NONE, UNPRESERVE, true)			\
	E(FILE_FREEZE, 15, LUO, "file.freeze",				\
	  luo_file_freeze, luo_file, NONE, ERRNO, NONE, TOLD, NONE, FREEZE, false)			\
	E(FILE_UNFREEZE, 16, LUO, "file.unfreeze",			\
	  luo_file_unfreeze, luo_file, NONE, ERRNO, NONE, REST, NONE, UNFREEZE, false)			\
	E(FILE_RETRIEVE, 17, LUO, "file.retrieve",			\
	  luo_file_retrieve, luo_file, NONE, ERRNO, NONE, RETRIEVE, NONE, RETRIEVE, true)			\
	E(FILE_RETRIEVE_CACHED, 18, LUO, "file.retrieve_cached",	\
	  luo_file_retrieve_cached, luo_file, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)		\
	E(FILE_CAN_FINISH, 19, LUO, "file.can_finish",			\
	  luo_file_can_finish, luo_file, NONE, ERRNO, NONE, REFUSED, FINISH, CAN_FINISH, false)			\
	E(FILE_FINISH, 20, LUO, "file.finish",				\
	  luo_file_finish, luo_file, NONE, ERRNO, NONE, REST, NONE, FINISH, true)			\
	E(FILE_REPLY_FAILED, 21, LUO, "file.reply_failed",		\
	  luo_file_reply_failed, luo_file, NONE, ALWAYS, NONE, REFUSED, NONE, NONE, false)		\
	E(FILE_DESERIALIZE, 22, LUO, "file.deserialize",		\
	  luo_file_deserialize, luo_file_deserialize, NONE, ERRNO, NONE, HANDOVER, NONE, NONE, false)	\
	E(FLB_PRESERVE, 23, LUO, "flb.preserve",			\
	  luo_flb_preserve, luo_flb, NONE, ERRNO, PRESERVE, TOLD, NONE, NONE, false)			\
	E(FLB_UNPRESERVE, 24, LUO, "flb.unpreserve",			\
	  luo_flb_unpreserve, luo_flb, NONE, ERRNO, UNPRESERVE, TOLD, NONE, NONE, false)			\
	E(FLB_RETRIEVE, 25, LUO, "flb.retrieve",			\
	  luo_flb_retrieve, luo_flb, NONE, ERRNO, NONE, LIST, NONE, NONE, false)			\
	E(FLB_FINISH, 26, LUO, "flb.finish",				\
	  luo_flb_finish, luo_flb, NONE, ERRNO, FINISH, TOLD, NONE, NONE, false)				\
	E(FLB_SERIALIZE, 27, LUO, "flb.serialize",			\
	  luo_flb_serialize, luo_flb_ref, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)			\
	E(FLB_GET, 28, LUO, "flb.get",					\
	  luo_flb_get, luo_flb_ref, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)			\
	E(FLB_PUT, 29, LUO, "flb.put",					\
	  luo_flb_put, luo_flb_ref, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)			\
	E(FLB_REGISTER, 30, LUO, "flb.register",			\
	  luo_flb_register, luo_flb_registration, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)		\
	E(FLB_UNREGISTER, 31, LUO, "flb.unregister",			\
	  luo_flb_unregister, luo_flb_registration, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)	\
	E(PCI_PRESERVE, 32, PCI, "pci.preserve",			\
	  pci_liveupdate_preserve, pci_node, NONE, ERRNO, PRESERVE, TOLD, NONE, NONE, false)		\
	E(PCI_UNPRESERVE, 33, PCI, "pci.unpreserve",			\
	  pci_liveupdate_unpreserve, pci_node, NONE, ERRNO, UNPRESERVE, TOLD, NONE, NONE, false)		\
	E(PCI_INCOMING, 34, PCI, "pci.incoming",			\
	  pci_liveupdate_incoming, pci_node, NONE, ERRNO, NONE, TOLD, NONE, NONE, true)		\
	E(PCI_FINISH, 35, PCI, "pci.finish",				\
	  pci_liveupdate_finish, pci_node, NONE, ERRNO, FINISH, TOLD, NONE, NONE, false)			\
	E(PCI_REFUSE, 36, PCI, "pci.refuse",				\
	  pci_liveupdate_refuse, pci_refuse, PCI_REFUSE, ALWAYS, PRESERVE, TOLD, NONE, NONE, false)	\
	E(PCI_PROBE, 37, PCI, "pci.probe",				\
	  pci_liveupdate_probe, pci_probe, PCI_PROBE, BLOCK, NONE, REFUSED, PROBE, NONE, true)		\
	E(PCI_NEVER_FINISHED, 38, PCI, "pci.never_finished",		\
	  pci_liveupdate_never_finished, pci_never_finished, NONE, ALWAYS, NONE, REST, NONE, NONE, false) \
	E(PCI_HANDOVER_BAD, 39, PCI, "pci.handover_bad",		\
	  pci_liveupdate_handover_bad, pci_handover_bad, PCI_BAD, ALWAYS, NONE, LIST, NONE, NONE, false) \
	E(PCI_BUS_NUMBERS, 40, PCI, "pci.bus_numbers",			\
	  pci_liveupdate_bus_numbers, pci_bus_numbers, PCI_BUSNR, REASON, NONE, BUS, BUS, NONE, false) \
	E(PCI_ARI, 41, PCI, "pci.ari",					\
	  pci_liveupdate_ari, pci_setting, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)			\
	E(PCI_ACS, 42, PCI, "pci.acs",					\
	  pci_liveupdate_acs, pci_acs, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)			\
	E(PCI_BUS_MASTER, 43, PCI, "pci.bus_master",			\
	  pci_liveupdate_bus_master, pci_setting, NONE, ERRNO, NONE, TOLD, NONE, NONE, false)		\
	E(PCI_UNBIND_REFUSED, 44, PCI, "pci.unbind_refused",		\
	  pci_liveupdate_unbind_refused, pci_refuse, PCI_HELD, ALWAYS, NONE, REFUSED, GUARD, NONE, false)	\
	E(VFIO_MATCH, 45, VFIO, "vfio.match",				\
	  vfio_liveupdate_match, vfio_match, VFIO_MATCH, REASON, PRESERVE, TOLD, NONE, NONE, false)	\
	E(VFIO_OPEN_DENIED, 46, VFIO, "vfio.open_denied",		\
	  vfio_liveupdate_open_denied, vfio_open_denied, NONE, ALWAYS, NONE, REFUSED, GUARD, NONE, false)	\
	E(VFIO_FREEZE, 47, VFIO, "vfio.freeze",				\
	  vfio_liveupdate_freeze, vfio_freeze, VFIO_FREEZE, ERRNO, FREEZE, TOLD, NONE, NONE, false)	\
	E(VFIO_RESET, 48, VFIO, "vfio.reset",				\
	  vfio_liveupdate_reset, vfio_op, NONE, RESET, FREEZE, TOLD, NONE, NONE, false)			\
	E(VFIO_UNFREEZE, 49, VFIO, "vfio.unfreeze",			\
	  vfio_liveupdate_unfreeze, vfio_op, NONE, ERRNO, UNFREEZE, REST, NONE, NONE, false)		\
	E(VFIO_BOUND, 50, VFIO, "vfio.bound",				\
	  vfio_liveupdate_bound, vfio_op, NONE, ERRNO, NONE, REST, NONE, NONE, false)			\
	E(VFIO_RETRIEVE, 51, VFIO, "vfio.retrieve",			\
	  vfio_liveupdate_retrieve, vfio_retrieve, VFIO_RETRIEVE, ERRNO, RETRIEVE, TOLD, NONE, NONE, false) \
	E(VFIO_FINISH_REFUSED, 52, VFIO, "vfio.finish_refused",		\
	  vfio_liveupdate_finish_refused, vfio_finish_refused,		\
	  VFIO_FINISH, ALWAYS, CAN_FINISH, TOLD, NONE, NONE, false)

enum lutrace_event_id {
#define E(id, ...) LUTRACE_##id,
	LUTRACE_EVENTS(E)
#undef E
	LUTRACE_NR_EVENTS,
};

#endif /* LUTRACE_EVENTS_H */
