/* SPDX-License-Identifier: GPL-2.0 */

/**
 * DOC: Live update journal ABI
 *
 * The journal of a kernel is one physically contiguous piece of memory, a power
 * of two of pages, which the kernel writes while it runs and the next kernel
 * reads. KHO hands it over as the subtree LUO_JOURNAL_KHO_ENTRY_NAME. There is
 * no step that finishes it: what was written before the jump is there after it.
 *
 * It starts with a struct luo_journal_header, followed by slots of
 * &luo_journal_header.record_size bytes. The first &luo_journal_header.nr_boot
 * slots keep the first records of that kernel for good, the other
 * &luo_journal_header.nr_ring keep the last ones: record number n, counted from
 * 1, is in slot n - 1, or, after the first region, in slot
 *
 *   nr_boot + (n - 1 - nr_boot) % nr_ring
 *
 * A slot holds the record that its &luo_journal_record.seq names: 0 is a slot
 * that was never used, LUO_JOURNAL_SEQ_BUSY one that was being written when the
 * kernel stopped. A number that belongs to another slot makes the record
 * invalid, as does a &luo_journal_record.length that does not fit.
 *
 * struct luo_journal_record is also what every trace event of live update has as
 * its first argument, whether the kernel keeps a journal or not: tracers decode
 * one format.
 *
 * This is a contract between kernels, and between kernels and tracers, of which
 * each may be the newer one. A reader that finds another
 * &luo_journal_header.compatible reads nothing else. Otherwise the header and
 * the records may be longer than the reader knows, or shorter: what is missing
 * is 0, what is unknown is ignored. New fields go to the end of either struct; a
 * record with such fields is longer than struct luo_journal_record is here. New
 * events get new numbers, new flags new bits, new reasons new values. No number
 * of an event, and no value of a reason, ever changes its meaning.
 *
 * User space includes this header as it is: it uses only the fixed-size types
 * that <linux/types.h> has there, too.
 */

#ifndef _LINUX_KHO_ABI_LUO_JOURNAL_H
#define _LINUX_KHO_ABI_LUO_JOURNAL_H

#include <linux/types.h>

#define LUO_JOURNAL_KHO_ENTRY_NAME	"LUO-journal"
#define LUO_JOURNAL_COMPATIBLE		"luo-journal-v2"
#define LUO_JOURNAL_COMPAT_LENGTH	16
#define LUO_JOURNAL_RELEASE_LENGTH	72
#define LUO_JOURNAL_BOOT_ID_LENGTH	16
#define LUO_JOURNAL_COMM_LENGTH		16
/* A session's name and a handler's fit in full, each with its terminator. */
#define LUO_JOURNAL_NAMES_LENGTH	120
#define LUO_JOURNAL_NR_NUMBERS		2

/* &luo_journal_record.seq of a slot that is being written. */
#define LUO_JOURNAL_SEQ_BUSY		(~0ULL)

/**
 * struct luo_journal_anchor - All clocks of a kernel at one moment
 * @cycles:    Cycle counter; 0 if the moment has not come.
 * @window:    How many cycles it took to read the clocks: their uncertainty.
 * @monotonic: CLOCK_MONOTONIC, in nanoseconds.
 * @boottime:  CLOCK_BOOTTIME, in nanoseconds.
 * @realtime:  CLOCK_REALTIME, in nanoseconds.
 */
struct luo_journal_anchor {
	__u64 cycles;
	__u64 window;
	__u64 monotonic;
	__u64 boottime;
	__s64 realtime;
};

/**
 * struct luo_journal_header - What all records of one kernel have in common
 * @compatible:  LUO_JOURNAL_COMPATIBLE, padded with zeros.
 * @header_size: Bytes from here to the first slot.
 * @record_size: Bytes of a slot, a multiple of 8.
 * @nr_boot:     Slots that keep the first records.
 * @nr_ring:     Slots that keep the last records; not 0.
 * @size:        Bytes of the whole journal.
 * @generation:  How many live updates led to the kernel: 0 after a cold boot.
 * @khz:         Frequency of the cycle counter, 0 if unknown.
 * @release:     Release of the kernel, terminated.
 * @boot_id:     What user space reads from /proc/sys/kernel/random/boot_id.
 * @boot:        When the journal began.
 * @checksum:    CRC-32 of all above.
 * @reserved:    Zero.
 * @handover:    When the journal was given to KHO.
 * @jump:        Just before the next kernel was entered.
 * @dropped:     Records that found their slot busy.
 *
 * What follows @checksum changes while the kernel runs.
 */
struct luo_journal_header {
	char compatible[LUO_JOURNAL_COMPAT_LENGTH];
	__u32 header_size;
	__u32 record_size;
	__u32 nr_boot;
	__u32 nr_ring;
	__u64 size;
	__u64 generation;
	__u64 khz;
	char release[LUO_JOURNAL_RELEASE_LENGTH];
	__u8 boot_id[LUO_JOURNAL_BOOT_ID_LENGTH];
	struct luo_journal_anchor boot;
	__u32 checksum;
	__u32 reserved;
	struct luo_journal_anchor handover;
	struct luo_journal_anchor jump;
	__u64 dropped;
};

/* &luo_journal_record.flags; the names stand in the order of their bits. */
#define LUO_JOURNAL_HAS_SESSION		0x01
#define LUO_JOURNAL_HAS_HANDLER		0x02
#define LUO_JOURNAL_HAS_FLB		0x04
#define LUO_JOURNAL_HAS_DEVICE		0x08
#define LUO_JOURNAL_HAS_DRIVER		0x10
/* A name was too long for the record. */
#define LUO_JOURNAL_NAME_CUT		0x20
/* The device is a PCI device, at &luo_journal_record.domain and bdf. */
#define LUO_JOURNAL_HAS_BDF		0x40
/* The event's boolean: see the events. */
#define LUO_JOURNAL_YES			0x80

/**
 * struct luo_journal_record - One event
 * @seq:      Its number in the journal, from 1, without gaps in the order of the
 *            events; 0 if the kernel keeps no journal of the event. A record that
 *            found its slot busy has a number, but is not in the journal.
 * @cycles:   When, on the cycle counter; 0 if @seq is 0.
 * @duration: Nanoseconds that the operation took; 0 if it was not measured.
 * @token:    The file's token within its session.
 * @number:   The event's numbers: see the events.
 * @err:      0 or a negative errno.
 * @pid:      Process (thread group) that was running.
 * @tid:      Thread that was running.
 * @cpu:      CPU that it ran on.
 * @domain:   PCI domain.
 * @bdf:      PCI bus, device and function number.
 * @length:   Bytes of this record: a record ends after its last name.
 * @event:    enum luo_event, pci_liveupdate_event or vfio_liveupdate_event.
 * @reason:   Value of the event's enum of reasons. 0 is always an outcome that
 *            needs no reason.
 * @flags:    LUO_JOURNAL_HAS_SESSION and the others.
 * @comm:     Name of the thread, padded with zeros.
 * @names:    The names that @flags announces, each terminated.
 */
struct luo_journal_record {
	__u64 seq;
	__u64 cycles;
	__u64 duration;
	__u64 token;
	__s64 number[LUO_JOURNAL_NR_NUMBERS];
	__s32 err;
	__u32 pid;
	__u32 tid;
	__u32 cpu;
	__u32 domain;
	__u16 bdf;
	__u16 length;
	__u16 event;
	__u16 reason;
	__u32 flags;
	char comm[LUO_JOURNAL_COMM_LENGTH];
	char names[LUO_JOURNAL_NAMES_LENGTH];
};

/*
 * Each subsystem numbers its events from a base of its own, with room for 256:
 * luo_journal.h, luo_journal_pci.h and luo_journal_vfio.h.
 */
#define LUO_JOURNAL_BASE_LUO		0x000
#define LUO_JOURNAL_BASE_PCI		0x100
#define LUO_JOURNAL_BASE_VFIO		0x200

/*
 * enum luo_event - What happened in LUO
 *
 * Each is one trace event: LUO_EVENT_FILE_MATCH is luo_file_match.
 *
 * incoming, outgoing: number[0] is how many updates led to this kernel
 *                     (incoming) or will have led to the next one (outgoing).
 * reboot:             the reason is an enum luo_reboot_stage; LUO_JOURNAL_YES:
 *                     the loaded image has KHO.
 * file_match:         the reason is an enum luo_match_reason.
 * session_drop:       the errno is that of the obstacle.
 * flb_*:              LUO_JOURNAL_YES: outgoing; number[0] is how many references
 *                     there are after the operation.
 */
enum luo_event {
	LUO_EVENT_INCOMING		= LUO_JOURNAL_BASE_LUO + 1,
	LUO_EVENT_OUTGOING		= LUO_JOURNAL_BASE_LUO + 2,
	LUO_EVENT_REBOOT		= LUO_JOURNAL_BASE_LUO + 3,
	LUO_EVENT_OPEN			= LUO_JOURNAL_BASE_LUO + 4,
	LUO_EVENT_RELEASE		= LUO_JOURNAL_BASE_LUO + 5,
	LUO_EVENT_SESSION_CREATE	= LUO_JOURNAL_BASE_LUO + 6,
	LUO_EVENT_SESSION_RETRIEVE	= LUO_JOURNAL_BASE_LUO + 7,
	LUO_EVENT_SESSION_RELEASE	= LUO_JOURNAL_BASE_LUO + 8,
	LUO_EVENT_SESSION_FINISH	= LUO_JOURNAL_BASE_LUO + 9,
	LUO_EVENT_SESSION_SERIALIZE	= LUO_JOURNAL_BASE_LUO + 10,
	LUO_EVENT_SESSION_DESERIALIZE	= LUO_JOURNAL_BASE_LUO + 11,
	LUO_EVENT_FILE_MATCH		= LUO_JOURNAL_BASE_LUO + 12,
	LUO_EVENT_FILE_PRESERVE		= LUO_JOURNAL_BASE_LUO + 13,
	LUO_EVENT_FILE_UNPRESERVE	= LUO_JOURNAL_BASE_LUO + 14,
	LUO_EVENT_FILE_FREEZE		= LUO_JOURNAL_BASE_LUO + 15,
	LUO_EVENT_FILE_UNFREEZE		= LUO_JOURNAL_BASE_LUO + 16,
	LUO_EVENT_FILE_RETRIEVE		= LUO_JOURNAL_BASE_LUO + 17,
	LUO_EVENT_FILE_RETRIEVE_CACHED	= LUO_JOURNAL_BASE_LUO + 18,
	LUO_EVENT_FILE_CAN_FINISH	= LUO_JOURNAL_BASE_LUO + 19,
	LUO_EVENT_FILE_FINISH		= LUO_JOURNAL_BASE_LUO + 20,
	LUO_EVENT_FILE_REPLY_FAILED	= LUO_JOURNAL_BASE_LUO + 21,
	LUO_EVENT_FILE_DESERIALIZE	= LUO_JOURNAL_BASE_LUO + 22,
	LUO_EVENT_FLB_PRESERVE		= LUO_JOURNAL_BASE_LUO + 23,
	LUO_EVENT_FLB_UNPRESERVE	= LUO_JOURNAL_BASE_LUO + 24,
	LUO_EVENT_FLB_RETRIEVE		= LUO_JOURNAL_BASE_LUO + 25,
	LUO_EVENT_FLB_FINISH		= LUO_JOURNAL_BASE_LUO + 26,
	LUO_EVENT_FLB_SERIALIZE		= LUO_JOURNAL_BASE_LUO + 27,
	LUO_EVENT_FLB_GET		= LUO_JOURNAL_BASE_LUO + 28,
	LUO_EVENT_FLB_PUT		= LUO_JOURNAL_BASE_LUO + 29,
	LUO_EVENT_FLB_REGISTER		= LUO_JOURNAL_BASE_LUO + 30,
	LUO_EVENT_FLB_UNREGISTER	= LUO_JOURNAL_BASE_LUO + 31,
	LUO_EVENT_FILE_CAN_FREEZE	= LUO_JOURNAL_BASE_LUO + 32,
	LUO_EVENT_SESSION_DROP		= LUO_JOURNAL_BASE_LUO + 33,
};

/**
 * enum luo_match_reason - Why a file did or did not find its file handler
 * @LUO_MATCH_FOUND:        A handler takes the file.
 * @LUO_MATCH_NO_HANDLER:   No registered handler can preserve the file.
 * @LUO_MATCH_MODULE_GOING: A handler would, but its module is being unloaded.
 */
enum luo_match_reason {
	LUO_MATCH_FOUND			= 0,
	LUO_MATCH_NO_HANDLER		= 1,
	LUO_MATCH_MODULE_GOING		= 2,
};

/**
 * enum luo_reboot_stage - How far liveupdate_reboot() has come
 * @LUO_REBOOT_BEGIN:  kexec was asked for, nothing is frozen yet.
 * @LUO_REBOOT_FROZEN: All sessions are frozen and serialized: the jump follows.
 * @LUO_REBOOT_FAILED: A freeze failed, all was undone: there will be no jump.
 *                     Devices may have been reset on the way.
 * @LUO_REBOOT_REFUSED: A file cannot be frozen: there will be no jump, and
 *                     nothing has changed.
 * @LUO_REBOOT_CARRIES_NOTHING: Sessions hold files, and the image has no KHO.
 *                     There will be no jump, and nothing has changed.
 */
enum luo_reboot_stage {
	LUO_REBOOT_BEGIN		= 1,
	LUO_REBOOT_FROZEN		= 2,
	LUO_REBOOT_FAILED		= 3,
	LUO_REBOOT_REFUSED		= 4,
	LUO_REBOOT_CARRIES_NOTHING	= 5,
};

#endif /* _LINUX_KHO_ABI_LUO_JOURNAL_H */
