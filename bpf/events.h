/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one table of events: what lutrace knows of each.
 *
 * Columns, JSON, its schema, --event, the search for trace events, `lutrace trace
 * --list`, `lutrace why` and the tests are all built from it. To add an event is
 * to add its number to an enum of <linux/kho/abi/luo_journal*.h>, a row here, and
 * an explanation of each of its failures (story/explanations.c).
 */
#ifndef LUTRACE_EVENTS_H
#define LUTRACE_EVENTS_H

#include <linux/kho/abi/luo_journal.h>
#include <linux/kho/abi/luo_journal_pci.h>
#include <linux/kho/abi/luo_journal_vfio.h>

#define LUTRACE_PATCHED	"use a kernel with the lutrace kernel series, "

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
 * BOOL. The key is the JSON key and carries the unit. NUMBER0, NUMBER1 and YES are
 * what an event has that only a newer lutrace knows.
 */
#define LUTRACE_FIELDS(F)						\
	F(SESSION,		"session",		TEXT)		\
	F(TOKEN,		"token",		HEX)		\
	F(DEVICE,		"device",		TEXT)		\
	F(FLB,			"flb",			TEXT)		\
	F(STAGE,		"stage",		TEXT)		\
	F(DECISION,		"decision",		TEXT)		\
	F(REASON,		"reason",		TEXT)		\
	F(ERRNO,		"errno",		NUMBER)		\
	F(DURATION,		"duration_ns",		COUNT)		\
	F(HANDLER,		"handler",		TEXT)		\
	F(DRIVER,		"driver",		TEXT)		\
	F(DIRECTION,		"direction",		TEXT)		\
	F(PATH,			"path",			TEXT)		\
	F(NEXT_GENERATION,	"next_generation",	COUNT)		\
	F(COUNT,		"count",		COUNT)		\
	F(REFCOUNT,		"refcount",		COUNT)		\
	F(INDEX,		"index",		NUMBER)		\
	F(BUS,			"bus",			COUNT)		\
	F(SUBORDINATE,		"subordinate",		COUNT)		\
	F(CONTROL,		"control",		HEX)		\
	F(ENABLED,		"enabled",		BOOL)		\
	F(BRIDGE,		"bridge",		BOOL)		\
	F(IMAGE_HAS_KHO,	"image_has_kho",	BOOL)		\
	F(NUMBER0,		"number0",		NUMBER)		\
	F(NUMBER1,		"number1",		NUMBER)		\
	F(YES,			"yes",			BOOL)

/*
 * L(list, enum, names): V(value, name) for each value of the enum that is a reason.
 */
#define LUTRACE_REASONS(L)						\
	L(STAGE, luo_reboot_stage,					\
	  V(LUO_REBOOT_BEGIN, "begin")					\
	  V(LUO_REBOOT_FROZEN, "frozen")				\
	  V(LUO_REBOOT_FAILED, "failed")				\
	  V(LUO_REBOOT_REFUSED, "refused")				\
	  V(LUO_REBOOT_CARRIES_NOTHING, "carries_nothing"))		\
	L(FILE_MATCH, luo_match_reason,					\
	  V(LUO_MATCH_FOUND, "found")					\
	  V(LUO_MATCH_NO_HANDLER, "no_handler")				\
	  V(LUO_MATCH_MODULE_GOING, "module_going"))			\
	L(PCI_REFUSE, pci_liveupdate_refuse_reason,			\
	  V(PCI_LIVEUPDATE_REFUSE_DISABLED, "disabled")			\
	  V(PCI_LIVEUPDATE_REFUSE_VF, "vf")				\
	  V(PCI_LIVEUPDATE_REFUSE_NO_FLB, "no_flb")			\
	  V(PCI_LIVEUPDATE_REFUSE_PRESERVED, "already_preserved")	\
	  V(PCI_LIVEUPDATE_REFUSE_FROZEN, "frozen")			\
	  V(PCI_LIVEUPDATE_REFUSE_UNBINDING, "unbinding")		\
	  V(PCI_LIVEUPDATE_REFUSE_NO_MEMORY, "no_memory"))		\
	L(PCI_PROBE, pci_liveupdate_probe_reason,			\
	  V(PCI_LIVEUPDATE_PROBE_NOT_PRESERVED, "not_preserved")	\
	  V(PCI_LIVEUPDATE_PROBE_BRIDGE, "bridge")			\
	  V(PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE, "driver_override")	\
	  V(PCI_LIVEUPDATE_PROBE_SAME_DRIVER, "same_driver")		\
	  V(PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER, "foreign_driver")	\
	  V(PCI_LIVEUPDATE_PROBE_UNREADABLE, "incoming_unreadable"))	\
	L(PCI_BAD, pci_liveupdate_bad_reason,				\
	  V(PCI_LIVEUPDATE_BAD_NONE, "none")				\
	  V(PCI_LIVEUPDATE_BAD_FLB, "bad_flb")				\
	  V(PCI_LIVEUPDATE_BAD_ADDRESS, "bad_address")			\
	  V(PCI_LIVEUPDATE_BAD_VERSION, "bad_version")			\
	  V(PCI_LIVEUPDATE_BAD_BLOCKS, "bad_blocks")			\
	  V(PCI_LIVEUPDATE_BAD_COUNT, "bad_count")			\
	  V(PCI_LIVEUPDATE_BAD_DRIVER_NAME, "bad_driver_name")		\
	  V(PCI_LIVEUPDATE_BAD_DUPLICATE, "duplicate")			\
	  V(PCI_LIVEUPDATE_BAD_NO_MEMORY, "no_memory"))			\
	L(PCI_BUSNR, pci_liveupdate_busnr_reason,			\
	  V(PCI_LIVEUPDATE_BUSNR_KEPT, "kept")				\
	  V(PCI_LIVEUPDATE_BUSNR_LOST, "lost")				\
	  V(PCI_LIVEUPDATE_BUSNR_SIBLING_LOST, "sibling_lost"))		\
	L(PCI_HELD, pci_liveupdate_held_reason,				\
	  V(PCI_LIVEUPDATE_HELD_PRESERVED, "preserved")			\
	  V(PCI_LIVEUPDATE_HELD_RETRIEVED, "retrieved"))		\
	L(VFIO_MATCH, vfio_liveupdate_match_reason,			\
	  V(VFIO_LIVEUPDATE_MATCH_OK, "ok")				\
	  V(VFIO_LIVEUPDATE_MATCH_GROUP_FILE, "group_file")		\
	  V(VFIO_LIVEUPDATE_MATCH_FOREIGN_DRIVER, "foreign_driver")	\
	  V(VFIO_LIVEUPDATE_MATCH_NOIOMMU, "noiommu")			\
	  V(VFIO_LIVEUPDATE_MATCH_VF, "vf")				\
	  V(VFIO_LIVEUPDATE_MATCH_SPECIAL, "special_device"))		\
	L(VFIO_FREEZE, vfio_liveupdate_freeze_reason,			\
	  V(VFIO_LIVEUPDATE_FREEZE_OK, "ok")				\
	  V(VFIO_LIVEUPDATE_FREEZE_INTX, "intx_enabled")		\
	  V(VFIO_LIVEUPDATE_FREEZE_MSI, "msi_enabled")			\
	  V(VFIO_LIVEUPDATE_FREEZE_MSIX, "msix_enabled")		\
	  V(VFIO_LIVEUPDATE_FREEZE_POWER, "not_in_d0")			\
	  V(VFIO_LIVEUPDATE_FREEZE_RESET, "reset_failed")		\
	  V(VFIO_LIVEUPDATE_FREEZE_KILLED, "killed")			\
	  V(VFIO_LIVEUPDATE_FREEZE_REMOVED, "removed")			\
	  V(VFIO_LIVEUPDATE_FREEZE_BUSY, "busy")			\
	  V(VFIO_LIVEUPDATE_FREEZE_VFS, "vfs")				\
	  V(VFIO_LIVEUPDATE_FREEZE_WAKE, "wake"))			\
	L(VFIO_RETRIEVE, vfio_liveupdate_retrieve_reason,		\
	  V(VFIO_LIVEUPDATE_RETRIEVE_OK, "ok")				\
	  V(VFIO_LIVEUPDATE_RETRIEVE_ABSENT, "absent")			\
	  V(VFIO_LIVEUPDATE_RETRIEVE_IDENTITY, "identity_changed")	\
	  V(VFIO_LIVEUPDATE_RETRIEVE_UNBOUND, "unbound")		\
	  V(VFIO_LIVEUPDATE_RETRIEVE_WRONG_DRIVER, "wrong_driver")	\
	  V(VFIO_LIVEUPDATE_RETRIEVE_NOT_INCOMING, "not_incoming")	\
	  V(VFIO_LIVEUPDATE_RETRIEVE_HELD, "already_retrieved")		\
	  V(VFIO_LIVEUPDATE_RETRIEVE_BAD_DATA, "bad_data")		\
	  V(VFIO_LIVEUPDATE_RETRIEVE_NO_FILE, "no_file"))		\
	L(VFIO_FINISH, vfio_liveupdate_finish_reason,			\
	  V(VFIO_LIVEUPDATE_FINISH_NOT_RETRIEVED, "not_retrieved")	\
	  V(VFIO_LIVEUPDATE_FINISH_NOT_BOUND, "not_bound"))

/* Fields that many have. */
#define LUTRACE_OF_SESSION	(BIT(SESSION) | BIT(ERRNO) | BIT(DURATION))
#define LUTRACE_OF_FILE		(LUTRACE_OF_SESSION | BIT(TOKEN) | BIT(HANDLER))
#define LUTRACE_OF_FLB		(BIT(FLB) | BIT(ERRNO))
#define LUTRACE_OF_DEVICE	(BIT(DEVICE) | BIT(ERRNO))

/*
 * E(ID, number, system, name, trace event, HAS(), failure, operation, group,
 *   remedy, more...)
 *
 * number:    The event's number in a record, which is its own for ever.
 * HAS():     HAS(fields, number[0], number[1], YES): the fields, and those that the
 *            record's numbers and LUO_JOURNAL_YES mean; NONE if they mean nothing.
 * failure:   When the event reports one: ERRNO if its errno is not 0; REASON if
 *            its reason is not 0; BLOCK if its decision is "block";
 *            RESET is ERRNO, but for a device that knows no reset (-ENOTTY);
 *            ALWAYS if the event exists only for failures.
 * operation: The operation on a file that the event is a part of: it comes before
 *            the event that ends the operation, in the same thread. NONE: no part
 *            of any.
 * group:     What its failure costs, for `lutrace why`: see enum group. REPEATS:
 *            another event, before it or after it, says the same.
 * remedy:    What makes its failure a thing of the past: see enum remedy.
 * more:      ENDS(operation): it ends that operation; REASONS(list); MILESTONE: one
 *            wants to see it of an object to which nothing happened.
 */
#define LUTRACE_EVENTS(E)						\
	E(LUO_INCOMING, LUO_EVENT_INCOMING, LUO,			\
	  "luo.incoming", luo_incoming,					\
	  HAS(BIT(ERRNO), NONE, NONE, NONE),				\
	  ERRNO, NONE, HANDOVER, NONE)					\
	E(LUO_OUTGOING, LUO_EVENT_OUTGOING, LUO,			\
	  "luo.outgoing", luo_outgoing,					\
	  HAS(BIT(ERRNO), NEXT_GENERATION, NONE, NONE),			\
	  ERRNO, NONE, REST, NONE)					\
	E(LUO_REBOOT, LUO_EVENT_REBOOT, LUO,				\
	  "luo.reboot", luo_reboot,					\
	  HAS(BIT(STAGE) | BIT(ERRNO), NONE, NONE, IMAGE_HAS_KHO),	\
	  ERRNO, NONE, REFUSED, FREEZE, REASONS(STAGE), MILESTONE)	\
	E(LUO_OPEN, LUO_EVENT_OPEN, LUO,				\
	  "luo.open", luo_open,						\
	  HAS(BIT(ERRNO), NONE, NONE, NONE),				\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(LUO_RELEASE, LUO_EVENT_RELEASE, LUO,				\
	  "luo.release", luo_release,					\
	  HAS(BIT(ERRNO), NONE, NONE, NONE),				\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(SESSION_CREATE, LUO_EVENT_SESSION_CREATE, LUO,		\
	  "session.create", luo_session_create,				\
	  HAS(LUTRACE_OF_SESSION, NONE, NONE, NONE),			\
	  ERRNO, NONE, REFUSED, NONE, MILESTONE)			\
	E(SESSION_RETRIEVE, LUO_EVENT_SESSION_RETRIEVE, LUO,		\
	  "session.retrieve", luo_session_retrieve,			\
	  HAS(LUTRACE_OF_SESSION, NONE, NONE, NONE),			\
	  ERRNO, NONE, REFUSED, RETRIEVE, MILESTONE)			\
	E(SESSION_RELEASE, LUO_EVENT_SESSION_RELEASE, LUO,		\
	  "session.release", luo_session_release,			\
	  HAS(LUTRACE_OF_SESSION, NONE, NONE, NONE),			\
	  ERRNO, NONE, REFUSED, FINISH, MILESTONE)			\
	E(SESSION_FINISH, LUO_EVENT_SESSION_FINISH, LUO,		\
	  "session.finish", luo_session_finish,				\
	  HAS(LUTRACE_OF_SESSION, NONE, NONE, NONE),			\
	  ERRNO, NONE, REFUSED, FINISH)					\
	E(SESSION_SERIALIZE, LUO_EVENT_SESSION_SERIALIZE, LUO,		\
	  "session.serialize", luo_session_serialize,			\
	  HAS(LUTRACE_OF_SESSION, NONE, NONE, NONE),			\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(SESSION_DROP, LUO_EVENT_SESSION_DROP, LUO,			\
	  "session.drop", luo_session_drop,				\
	  HAS(LUTRACE_OF_SESSION, NONE, NONE, NONE),			\
	  ALWAYS, NONE, CLOSED, DROP, MILESTONE)			\
	E(SESSION_DESERIALIZE, LUO_EVENT_SESSION_DESERIALIZE, LUO,	\
	  "session.deserialize", luo_session_deserialize,		\
	  HAS(LUTRACE_OF_SESSION, NONE, NONE, NONE),			\
	  ERRNO, NONE, HANDOVER, NONE)					\
	E(FILE_MATCH, LUO_EVENT_FILE_MATCH, LUO,			\
	  "file.match", luo_file_match,					\
	  HAS((LUTRACE_OF_FILE & ~BIT(DURATION)) | BIT(REASON), NONE, NONE, NONE), \
	  ERRNO, PRESERVE, REPEATS, NONE, REASONS(FILE_MATCH))		\
	E(FILE_PRESERVE, LUO_EVENT_FILE_PRESERVE, LUO,			\
	  "file.preserve", luo_file_preserve,				\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ERRNO, NONE, REFUSED, PRESERVE, ENDS(PRESERVE), MILESTONE)	\
	E(FILE_UNPRESERVE, LUO_EVENT_FILE_UNPRESERVE, LUO,		\
	  "file.unpreserve", luo_file_unpreserve,			\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ERRNO, NONE, REST, NONE, ENDS(UNPRESERVE), MILESTONE)		\
	E(FILE_CAN_FREEZE, LUO_EVENT_FILE_CAN_FREEZE, LUO,		\
	  "file.can_freeze", luo_file_can_freeze,			\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ERRNO, NONE, REPEATS, NONE, ENDS(CAN_FREEZE))			\
	E(FILE_FREEZE, LUO_EVENT_FILE_FREEZE, LUO,			\
	  "file.freeze", luo_file_freeze,				\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ERRNO, NONE, REPEATS, NONE, ENDS(FREEZE))			\
	E(FILE_UNFREEZE, LUO_EVENT_FILE_UNFREEZE, LUO,			\
	  "file.unfreeze", luo_file_unfreeze,				\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ERRNO, NONE, REST, NONE, ENDS(UNFREEZE))			\
	E(FILE_RETRIEVE, LUO_EVENT_FILE_RETRIEVE, LUO,			\
	  "file.retrieve", luo_file_retrieve,				\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ERRNO, NONE, RETRIEVE, NONE, ENDS(RETRIEVE), MILESTONE)	\
	E(FILE_RETRIEVE_CACHED, LUO_EVENT_FILE_RETRIEVE_CACHED, LUO,	\
	  "file.retrieve_cached", luo_file_retrieve_cached,		\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(FILE_CAN_FINISH, LUO_EVENT_FILE_CAN_FINISH, LUO,		\
	  "file.can_finish", luo_file_can_finish,			\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ERRNO, NONE, REFUSED, FINISH, ENDS(CAN_FINISH))		\
	E(FILE_FINISH, LUO_EVENT_FILE_FINISH, LUO,			\
	  "file.finish", luo_file_finish,				\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ERRNO, NONE, REST, NONE, ENDS(FINISH), MILESTONE)		\
	E(FILE_REPLY_FAILED, LUO_EVENT_FILE_REPLY_FAILED, LUO,		\
	  "file.reply_failed", luo_file_reply_failed,			\
	  HAS(LUTRACE_OF_FILE, NONE, NONE, NONE),			\
	  ALWAYS, NONE, REFUSED, NONE)					\
	E(FILE_DESERIALIZE, LUO_EVENT_FILE_DESERIALIZE, LUO,		\
	  "file.deserialize", luo_file_deserialize,			\
	  HAS(LUTRACE_OF_FILE & ~BIT(DURATION), NONE, NONE, NONE),	\
	  ERRNO, NONE, HANDOVER, NONE)					\
	E(FLB_PRESERVE, LUO_EVENT_FLB_PRESERVE, LUO,			\
	  "flb.preserve", luo_flb_preserve,				\
	  HAS(LUTRACE_OF_FLB | BIT(DURATION), COUNT, NONE, DIRECTION),	\
	  ERRNO, PRESERVE, REPEATS, NONE)				\
	E(FLB_UNPRESERVE, LUO_EVENT_FLB_UNPRESERVE, LUO,		\
	  "flb.unpreserve", luo_flb_unpreserve,				\
	  HAS(LUTRACE_OF_FLB | BIT(DURATION), COUNT, NONE, DIRECTION),	\
	  ERRNO, UNPRESERVE, REPEATS, NONE)				\
	E(FLB_RETRIEVE, LUO_EVENT_FLB_RETRIEVE, LUO,			\
	  "flb.retrieve", luo_flb_retrieve,				\
	  HAS(LUTRACE_OF_FLB | BIT(DURATION), COUNT, NONE, DIRECTION),	\
	  ERRNO, NONE, LIST, NONE)					\
	E(FLB_FINISH, LUO_EVENT_FLB_FINISH, LUO,			\
	  "flb.finish", luo_flb_finish,					\
	  HAS(LUTRACE_OF_FLB | BIT(DURATION), COUNT, NONE, DIRECTION),	\
	  ERRNO, FINISH, REPEATS, NONE)					\
	E(FLB_SERIALIZE, LUO_EVENT_FLB_SERIALIZE, LUO,			\
	  "flb.serialize", luo_flb_serialize,				\
	  HAS(LUTRACE_OF_FLB, COUNT, NONE, DIRECTION),			\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(FLB_GET, LUO_EVENT_FLB_GET, LUO,				\
	  "flb.get", luo_flb_get,					\
	  HAS(LUTRACE_OF_FLB, COUNT, NONE, DIRECTION),			\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(FLB_PUT, LUO_EVENT_FLB_PUT, LUO,				\
	  "flb.put", luo_flb_put,					\
	  HAS(LUTRACE_OF_FLB, COUNT, NONE, DIRECTION),			\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(FLB_REGISTER, LUO_EVENT_FLB_REGISTER, LUO,			\
	  "flb.register", luo_flb_register,				\
	  HAS(LUTRACE_OF_FLB | BIT(HANDLER), NONE, NONE, NONE),		\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(FLB_UNREGISTER, LUO_EVENT_FLB_UNREGISTER, LUO,		\
	  "flb.unregister", luo_flb_unregister,				\
	  HAS(LUTRACE_OF_FLB | BIT(HANDLER), NONE, NONE, NONE),		\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(PCI_PRESERVE, PCI_LIVEUPDATE_EVENT_PRESERVE, PCI,		\
	  "pci.preserve", pci_liveupdate_preserve,			\
	  HAS(BIT(DEVICE) | BIT(DRIVER), REFCOUNT, NONE, BRIDGE),	\
	  ERRNO, PRESERVE, REPEATS, NONE)				\
	E(PCI_UNPRESERVE, PCI_LIVEUPDATE_EVENT_UNPRESERVE, PCI,		\
	  "pci.unpreserve", pci_liveupdate_unpreserve,			\
	  HAS(BIT(DEVICE) | BIT(DRIVER), REFCOUNT, NONE, BRIDGE),	\
	  ERRNO, UNPRESERVE, REPEATS, NONE)				\
	E(PCI_INCOMING, PCI_LIVEUPDATE_EVENT_INCOMING, PCI,		\
	  "pci.incoming", pci_liveupdate_incoming,			\
	  HAS(BIT(DEVICE) | BIT(DRIVER), REFCOUNT, NONE, BRIDGE),	\
	  ERRNO, NONE, REPEATS, NONE, MILESTONE)			\
	E(PCI_FINISH, PCI_LIVEUPDATE_EVENT_FINISH, PCI,			\
	  "pci.finish", pci_liveupdate_finish,				\
	  HAS(BIT(DEVICE) | BIT(DRIVER), REFCOUNT, NONE, BRIDGE),	\
	  ERRNO, FINISH, REPEATS, NONE)					\
	E(PCI_PRESERVE_REFUSED, PCI_LIVEUPDATE_EVENT_PRESERVE_REFUSED, PCI, \
	  "pci.preserve_refused", pci_liveupdate_preserve_refused,	\
	  HAS(LUTRACE_OF_DEVICE | BIT(REASON), NONE, NONE, NONE),	\
	  ALWAYS, PRESERVE, REPEATS, NONE, REASONS(PCI_REFUSE))		\
	E(PCI_PROBE, PCI_LIVEUPDATE_EVENT_PROBE, PCI,			\
	  "pci.probe", pci_liveupdate_probe,				\
	  HAS(BIT(DEVICE) | BIT(DRIVER) | BIT(REASON), COUNT, NONE, DECISION), \
	  BLOCK, NONE, REFUSED, PROBE, REASONS(PCI_PROBE), MILESTONE)	\
	E(PCI_NEVER_FINISHED, PCI_LIVEUPDATE_EVENT_NEVER_FINISHED, PCI,	\
	  "pci.never_finished", pci_liveupdate_never_finished,		\
	  HAS(BIT(DEVICE) | BIT(DRIVER), REFCOUNT, NONE, NONE),		\
	  ALWAYS, NONE, REST, NONE)					\
	E(PCI_HANDOVER_BAD, PCI_LIVEUPDATE_EVENT_HANDOVER_BAD, PCI,	\
	  "pci.handover_bad", pci_liveupdate_handover_bad,		\
	  HAS(BIT(REASON) | BIT(ERRNO), INDEX, NONE, NONE),		\
	  ALWAYS, NONE, LIST, NONE, REASONS(PCI_BAD))			\
	E(PCI_BUS_NUMBERS, PCI_LIVEUPDATE_EVENT_BUS_NUMBERS, PCI,	\
	  "pci.bus_numbers", pci_liveupdate_bus_numbers,		\
	  HAS(BIT(DEVICE) | BIT(REASON), BUS, SUBORDINATE, NONE),	\
	  REASON, NONE, BUS, BUS, REASONS(PCI_BUSNR))			\
	E(PCI_ARI, PCI_LIVEUPDATE_EVENT_ARI, PCI,			\
	  "pci.ari", pci_liveupdate_ari,				\
	  HAS(BIT(DEVICE), NONE, NONE, ENABLED),			\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(PCI_ACS, PCI_LIVEUPDATE_EVENT_ACS, PCI,			\
	  "pci.acs", pci_liveupdate_acs,				\
	  HAS(BIT(DEVICE), CONTROL, NONE, NONE),			\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(PCI_BUS_MASTER, PCI_LIVEUPDATE_EVENT_BUS_MASTER, PCI,		\
	  "pci.bus_master", pci_liveupdate_bus_master,			\
	  HAS(BIT(DEVICE), NONE, NONE, ENABLED),			\
	  ERRNO, NONE, REPEATS, NONE)					\
	E(PCI_UNBIND_REFUSED, PCI_LIVEUPDATE_EVENT_UNBIND_REFUSED, PCI,	\
	  "pci.unbind_refused", pci_liveupdate_unbind_refused,		\
	  HAS(LUTRACE_OF_DEVICE | BIT(REASON), NONE, NONE, NONE),	\
	  ALWAYS, NONE, REFUSED, HELD, REASONS(PCI_HELD))		\
	E(PCI_SRIOV_REFUSED, PCI_LIVEUPDATE_EVENT_SRIOV_REFUSED, PCI,	\
	  "pci.sriov_refused", pci_liveupdate_sriov_refused,		\
	  HAS(LUTRACE_OF_DEVICE | BIT(REASON), NONE, NONE, NONE),	\
	  ALWAYS, NONE, REFUSED, HELD, REASONS(PCI_HELD))		\
	E(VFIO_MATCH, VFIO_LIVEUPDATE_EVENT_MATCH, VFIO,		\
	  "vfio.match", vfio_liveupdate_match,				\
	  HAS(BIT(DEVICE) | BIT(REASON), NONE, NONE, NONE),		\
	  REASON, PRESERVE, REPEATS, NONE, REASONS(VFIO_MATCH))		\
	E(VFIO_OPEN_REFUSED, VFIO_LIVEUPDATE_EVENT_OPEN_REFUSED, VFIO,	\
	  "vfio.open_refused", vfio_liveupdate_open_refused,		\
	  HAS(LUTRACE_OF_DEVICE, NONE, NONE, PATH),			\
	  ALWAYS, NONE, REFUSED, HELD)					\
	E(VFIO_CAN_FREEZE, VFIO_LIVEUPDATE_EVENT_CAN_FREEZE, VFIO,	\
	  "vfio.can_freeze", vfio_liveupdate_can_freeze,		\
	  HAS(LUTRACE_OF_DEVICE | BIT(REASON) | BIT(DURATION), NONE, NONE, NONE), \
	  ERRNO, CAN_FREEZE, REPEATS, NONE, REASONS(VFIO_FREEZE))	\
	E(VFIO_FREEZE, VFIO_LIVEUPDATE_EVENT_FREEZE, VFIO,		\
	  "vfio.freeze", vfio_liveupdate_freeze,			\
	  HAS(LUTRACE_OF_DEVICE | BIT(REASON) | BIT(DURATION), NONE, NONE, NONE), \
	  ERRNO, FREEZE, REPEATS, NONE, REASONS(VFIO_FREEZE))		\
	E(VFIO_RESET, VFIO_LIVEUPDATE_EVENT_RESET, VFIO,		\
	  "vfio.reset", vfio_liveupdate_reset,				\
	  HAS(LUTRACE_OF_DEVICE | BIT(DURATION), NONE, NONE, NONE),	\
	  RESET, FREEZE, REPEATS, NONE)					\
	E(VFIO_UNFREEZE, VFIO_LIVEUPDATE_EVENT_UNFREEZE, VFIO,		\
	  "vfio.unfreeze", vfio_liveupdate_unfreeze,			\
	  HAS(LUTRACE_OF_DEVICE | BIT(DURATION), NONE, NONE, NONE),	\
	  ERRNO, UNFREEZE, REST, NONE)					\
	E(VFIO_BOUND, VFIO_LIVEUPDATE_EVENT_BOUND, VFIO,		\
	  "vfio.bound", vfio_liveupdate_bound,				\
	  HAS(LUTRACE_OF_DEVICE | BIT(DURATION), NONE, NONE, NONE),	\
	  ERRNO, NONE, REST, NONE)					\
	E(VFIO_RETRIEVE, VFIO_LIVEUPDATE_EVENT_RETRIEVE, VFIO,		\
	  "vfio.retrieve", vfio_liveupdate_retrieve,			\
	  HAS(LUTRACE_OF_DEVICE | BIT(REASON), NONE, NONE, NONE),	\
	  ERRNO, RETRIEVE, REPEATS, NONE, REASONS(VFIO_RETRIEVE))	\
	E(VFIO_FINISH_REFUSED, VFIO_LIVEUPDATE_EVENT_FINISH_REFUSED, VFIO, \
	  "vfio.finish_refused", vfio_liveupdate_finish_refused,	\
	  HAS(LUTRACE_OF_DEVICE | BIT(REASON), NONE, NONE, NONE),	\
	  ALWAYS, CAN_FINISH, REPEATS, NONE, REASONS(VFIO_FINISH))

enum lutrace_event_id {
#define E(id, ...) LUTRACE_##id,
	LUTRACE_EVENTS(E)
#undef E
	LUTRACE_NR_EVENTS,
	/* An event with a number that is not in the table. */
	LUTRACE_UNKNOWN_EVENT = LUTRACE_NR_EVENTS,
};

#endif /* LUTRACE_EVENTS_H */
