/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the iterators over the live update state hand to user space: a record for
 * each session, file, FLB and device. Both sides are built together: the layout
 * is no ABI.
 */
#ifndef LUTRACE_STATE_H
#define LUTRACE_STATE_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define LUTRACE_STATE_SESSION_LENGTH	64
#define LUTRACE_STATE_NAME_LENGTH	56
#define LUTRACE_STATE_DRIVER_LENGTH	32

enum lutrace_state_type {
	LUTRACE_STATE_SESSION,
	LUTRACE_STATE_FILE,
	LUTRACE_STATE_FLB,
	LUTRACE_STATE_DEVICE,
};

/* As enum luo_session_state in the kernel. */
enum lutrace_session_state {
	LUTRACE_SESSION_PRESERVING,
	LUTRACE_SESSION_FROZEN,
	LUTRACE_SESSION_HANDED_OVER,
	LUTRACE_SESSION_WAITING,
	LUTRACE_SESSION_RETRIEVED,
	LUTRACE_SESSION_FINISHED,
};

/* As enum luo_file_state in the kernel. */
enum lutrace_file_state {
	LUTRACE_FILE_PRESERVED,
	LUTRACE_FILE_FROZEN,
	LUTRACE_FILE_WAITING,
	LUTRACE_FILE_RETRIEVED,
	LUTRACE_FILE_FAILED,
};

/* As enum luo_flb_state in the kernel. */
enum lutrace_flb_state {
	LUTRACE_FLB_NONE,
	LUTRACE_FLB_PRESERVED,
	LUTRACE_FLB_WAITING,
	LUTRACE_FLB_RETRIEVED,
	LUTRACE_FLB_FAILED,
	LUTRACE_FLB_FINISHED,
};

/**
 * struct lutrace_session - A session
 * @type:     LUTRACE_STATE_SESSION.
 * @state:    enum lutrace_session_state.
 * @incoming: The previous kernel handed it over.
 * @busy:     An operation was going on that may change the rest.
 * @files:    How many files it has.
 * @name:     Its name.
 */
struct lutrace_session {
	__u32	type;
	__u32	state;
	__u32	incoming;
	__u32	busy;
	__u64	files;
	char	name[LUTRACE_STATE_SESSION_LENGTH];
};

/**
 * struct lutrace_file - A file of a session
 * @type:     LUTRACE_STATE_FILE.
 * @state:    enum lutrace_file_state.
 * @incoming: The previous kernel handed it over.
 * @busy:     An operation was going on that may change the rest.
 * @token:    Its token.
 * @err:      Why it could not be retrieved, a negative errno, or 0.
 * @unused:   Zero.
 * @session:  Name of its session.
 * @handler:  Compatible string of its handler.
 */
struct lutrace_file {
	__u32	type;
	__u32	state;
	__u32	incoming;
	__u32	busy;
	__u64	token;
	__s32	err;
	__u32	unused;
	char	session[LUTRACE_STATE_SESSION_LENGTH];
	char	handler[LUTRACE_STATE_NAME_LENGTH];
};

/**
 * struct lutrace_flb_side - One direction of an FLB
 * @count: References to it.
 * @state: enum lutrace_flb_state.
 * @err:   Why it could not be retrieved, a negative errno, or 0.
 * @busy:  An operation was going on that may change the rest.
 * @unused: Zero.
 */
struct lutrace_flb_side {
	__u64	count;
	__u32	state;
	__s32	err;
	__u32	busy;
	__u32	unused;
};

/**
 * struct lutrace_flb - An FLB
 * @type:     LUTRACE_STATE_FLB.
 * @handlers: How many file handlers depend on it.
 * @outgoing: What this kernel hands over.
 * @incoming: What the previous kernel handed over.
 * @name:     Its compatible string.
 */
struct lutrace_flb {
	__u32	type;
	__u32	handlers;
	struct lutrace_flb_side outgoing;
	struct lutrace_flb_side incoming;
	char	name[LUTRACE_STATE_NAME_LENGTH];
};

/* Flags of a device. */
#define LUTRACE_DEVICE_BRIDGE		(1U << 0)
#define LUTRACE_DEVICE_ABSENT		(1U << 1)
#define LUTRACE_DEVICE_OUTGOING		(1U << 2)
#define LUTRACE_DEVICE_INCOMING		(1U << 3)
#define LUTRACE_DEVICE_RETRIEVED	(1U << 4)
#define LUTRACE_DEVICE_HELD		(1U << 5)
#define LUTRACE_DEVICE_BUSY		(1U << 6)
#define LUTRACE_DEVICE_ALLOWED		(1U << 7)

/**
 * struct lutrace_device - A device
 * @type:              LUTRACE_STATE_DEVICE.
 * @flags:             LUTRACE_DEVICE_BRIDGE and the others.
 * @domain:            PCI domain.
 * @bdf:               PCI bus, device and function.
 * @outgoing_refcount: Preserved devices at or below it.
 * @incoming_refcount: Those that are not finished.
 * @probe_reason:      Index into the reasons of event pci.probe.
 * @probe_count:       How often in a row the driver met that decision.
 * @probe_ns:          When it last did, CLOCK_BOOTTIME.
 * @outgoing_driver:   The driver that preserves it.
 * @incoming_driver:   The driver that preserved it in the previous kernel.
 * @probe_driver:      The driver that asked for it last; empty if none has.
 *
 * Where it is busy, refcounts are 0 and drivers are empty that are unknown.
 */
struct lutrace_device {
	__u32	type;
	__u32	flags;
	__u32	domain;
	__u32	bdf;
	__u32	outgoing_refcount;
	__u32	incoming_refcount;
	__u32	probe_reason;
	__u32	probe_count;
	__u64	probe_ns;
	char	outgoing_driver[LUTRACE_STATE_DRIVER_LENGTH];
	char	incoming_driver[LUTRACE_STATE_DRIVER_LENGTH];
	char	probe_driver[LUTRACE_STATE_DRIVER_LENGTH];
};

#endif /* LUTRACE_STATE_H */
