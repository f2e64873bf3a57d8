/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The record that the BPF programs hand to user space. Both sides are built
 * together: the layout is no ABI.
 */
#ifndef LUTRACE_EVENT_H
#define LUTRACE_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "events.h"

/* Lengths that the kernel reserves for names, which need not be terminated. */
#define LUTRACE_SESSION_LENGTH	64
#define LUTRACE_COMPAT_LENGTH	48

#define LUTRACE_COMM_LENGTH	16
#define LUTRACE_DEVICE_LENGTH	32
#define LUTRACE_DRIVER_LENGTH	64

/**
 * struct lutrace_record - One event
 * @boottime_ns: When, on CLOCK_BOOTTIME.
 * @seq:         Its number among all events that happened, the lost included.
 * @journal_seq: Its number in the journal of its kernel; 0 where it is not there.
 * @duration_ns: What the traced operation took.
 * @token:       The file's token within its session.
 * @number:      The event's number: update number, count, refcount, index, bus
 *               number or register.
 * @event:       enum lutrace_event_id.
 * @err:         0 or a negative errno.
 * @reason:      Index into the event's list of reasons, or the phase.
 * @cpu:         Where it happened.
 * @pid:         Process (thread group) that was running.
 * @tid:         Thread that was running.
 * @domain:      PCI domain, where @has_bdf.
 * @bdf:         PCI bus, device and function, where @has_bdf.
 * @has_bdf:     The event names its device by @domain and @bdf, not @device.
 * @yes:         The event's boolean: outgoing, bridge, allowed, group, enabled
 *               or image_has_kho.
 * @comm:        Name of that thread.
 * @device:      Name of the device.
 * @driver:      Name of the driver.
 * @session:     Name of the session.
 * @handler:     Compatible string of the file handler; empty where none.
 * @flb:         Compatible string of the FLB.
 *
 * All strings are terminated. What the event does not tell is zero, and a record
 * ends behind the last name of which its event tells.
 */
struct lutrace_record {
	__u64	boottime_ns;
	__u64	seq;
	__u64	journal_seq;
	__u64	duration_ns;
	__u64	token;
	__s64	number;
	__u32	event;
	__s32	err;
	__s32	reason;
	__u32	cpu;
	__u32	pid;
	__u32	tid;
	__u32	domain;
	__u16	bdf;
	__u8	has_bdf;
	__u8	yes;
	char	comm[LUTRACE_COMM_LENGTH];
	char	device[LUTRACE_DEVICE_LENGTH];
	char	driver[LUTRACE_DRIVER_LENGTH];
	char	session[LUTRACE_SESSION_LENGTH + 8];
	char	handler[LUTRACE_COMPAT_LENGTH + 8];
	char	flb[LUTRACE_COMPAT_LENGTH + 8];
};

/* One without any name. */
#define LUTRACE_RECORD_MIN	__builtin_offsetof(struct lutrace_record, device)

/**
 * struct lutrace_counters - What the programs count; user space only reads
 * @happened: Events so far, so that a gap in @seq shows where some were lost.
 * @lost:     Events that did not fit into the ring, by enum lutrace_event_id.
 */
struct lutrace_counters {
	__u64	happened;
	__u64	lost[LUTRACE_NR_EVENTS];
};

#endif /* LUTRACE_EVENT_H */
