/* SPDX-License-Identifier: GPL-2.0 */

/**
 * DOC: Live update journal ABI
 *
 * The journal of a kernel is one physically contiguous piece of memory, a power
 * of two of pages, which the kernel writes while it runs and the next one
 * reads. KHO hands it over as the subtree LUO_JOURNAL_KHO_ENTRY_NAME. There is
 * no point at which it is finished: what was written before the jump is there
 * after it.
 *
 * It starts with a struct luo_journal_header, followed by slots of
 * &luo_journal_header.record_size bytes. The first &luo_journal_header.nr_boot
 * of them keep the first records of that kernel for good, the other
 * &luo_journal_header.nr_ring keep the last ones: record number n, counted from
 * 1, is in slot n - 1, or, behind the first region, in slot
 *
 *   nr_boot + (n - 1 - nr_boot) % nr_ring
 *
 * A slot holds what its &luo_journal_record.seq says: 0 is never used,
 * LUO_JOURNAL_SEQ_BUSY being written when the kernel stopped. A number that
 * belongs into another slot makes the record invalid, as does a
 * &luo_journal_record.length that does not fit.
 *
 * This is a contract between kernels, of which each may be the newer one. A
 * reader that finds another &luo_journal_header.compatible reads nothing else.
 * Otherwise the header and the records may be longer than the reader knows, or
 * shorter: what is missing is 0, what is unknown is ignored. New fields go to
 * the end of either; new events get new numbers, new flags new bits. No number
 * of an event, and no value of a reason that an event carries, ever changes its
 * meaning.
 */

#ifndef _LINUX_KHO_ABI_LUO_JOURNAL_H
#define _LINUX_KHO_ABI_LUO_JOURNAL_H

#include <linux/bits.h>
#include <linux/types.h>

#define LUO_JOURNAL_KHO_ENTRY_NAME	"LUO-journal"
#define LUO_JOURNAL_COMPATIBLE		"luo-journal-v1"
#define LUO_JOURNAL_COMPAT_LENGTH	16
#define LUO_JOURNAL_RELEASE_LENGTH	72
#define LUO_JOURNAL_BOOT_ID_LENGTH	16
#define LUO_JOURNAL_COMM_LENGTH		16
#define LUO_JOURNAL_NAMES_LENGTH	112

/* &luo_journal_record.seq of a slot that is being written. */
#define LUO_JOURNAL_SEQ_BUSY		(~0ULL)

/**
 * struct luo_journal_anchor - All clocks of a kernel at one moment
 * @cycles:    Cycle counter; 0 where the moment has not come.
 * @window:    How many cycles it took to read the clocks: their uncertainty.
 * @monotonic: CLOCK_MONOTONIC, in nanoseconds.
 * @boottime:  CLOCK_BOOTTIME, in nanoseconds.
 * @realtime:  CLOCK_REALTIME, in nanoseconds.
 */
struct luo_journal_anchor {
	u64 cycles;
	u64 window;
	u64 monotonic;
	u64 boottime;
	s64 realtime;
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
 * @khz:         Frequency of the cycle counter, 0 where it is unknown.
 * @release:     Release of the kernel, terminated.
 * @boot_id:     What user space reads from /proc/sys/kernel/random/boot_id.
 * @boot:        When the journal began.
 * @checksum:    CRC-32 of all above.
 * @reserved:    Zero.
 * @handover:    When the journal was given to KHO.
 * @jump:        Just before the next kernel was entered.
 * @dropped:     Records that found their slot busy.
 *
 * What is behind @checksum changes while the kernel runs.
 */
struct luo_journal_header {
	char compatible[LUO_JOURNAL_COMPAT_LENGTH];
	u32 header_size;
	u32 record_size;
	u32 nr_boot;
	u32 nr_ring;
	u64 size;
	u64 generation;
	u64 khz;
	char release[LUO_JOURNAL_RELEASE_LENGTH];
	u8 boot_id[LUO_JOURNAL_BOOT_ID_LENGTH];
	struct luo_journal_anchor boot;
	u32 checksum;
	u32 reserved;
	struct luo_journal_anchor handover;
	struct luo_journal_anchor jump;
	u64 dropped;
};

/* &luo_journal_record.flags; the names stand in the order of their bits. */
#define LUO_JOURNAL_HAS_SESSION		BIT(0)
#define LUO_JOURNAL_HAS_HANDLER		BIT(1)
#define LUO_JOURNAL_HAS_FLB		BIT(2)
#define LUO_JOURNAL_HAS_DEVICE		BIT(3)
#define LUO_JOURNAL_HAS_DRIVER		BIT(4)
/* A name was too long for the record. */
#define LUO_JOURNAL_NAME_CUT		BIT(5)
/* The device is a PCI device, at &luo_journal_record.domain and bdf. */
#define LUO_JOURNAL_HAS_BDF		BIT(6)
/* The event's boolean: see enum luo_journal_event_id. */
#define LUO_JOURNAL_YES			BIT(7)

/**
 * struct luo_journal_record - One event
 * @seq:      Its number, from 1, without gaps in the order of the events.
 * @cycles:   When, on the cycle counter.
 * @duration: Nanoseconds that the operation took; 0 where it was not measured.
 * @token:    The file's token within its session.
 * @number:   The event's number: update number, count, refcount, index, bus
 *            number or register.
 * @err:      0 or a negative errno.
 * @pid:      Process (thread group) that was running.
 * @tid:      Thread that was running.
 * @domain:   PCI domain.
 * @bdf:      PCI bus, device and function number.
 * @length:   Bytes of this record, up to &luo_journal_header.record_size.
 * @event:    enum luo_journal_event_id.
 * @reason:   The event's reason or phase, as its trace event has it.
 * @flags:    LUO_JOURNAL_HAS_SESSION and the others.
 * @cpu:      Where it happened.
 * @comm:     Name of the thread, padded with zeros.
 * @names:    The names that @flags announces, each terminated.
 */
struct luo_journal_record {
	u64 seq;
	u64 cycles;
	u64 duration;
	u64 token;
	s64 number;
	s32 err;
	u32 pid;
	u32 tid;
	u32 domain;
	u16 bdf;
	u16 length;
	u16 event;
	s16 reason;
	u32 flags;
	u32 cpu;
	char comm[LUO_JOURNAL_COMM_LENGTH];
	char names[LUO_JOURNAL_NAMES_LENGTH];
};

/*
 * enum luo_journal_event_id - What happened
 *
 * Each is one trace event: LUO_JOURNAL_FILE_MATCH is luo_file_match,
 * LUO_JOURNAL_PCI_PROBE is pci_liveupdate_probe, LUO_JOURNAL_VFIO_MATCH is
 * vfio_liveupdate_match. LUO_JOURNAL_YES stands for image_has_kho, outgoing,
 * bridge, allowed, enabled or group, whichever the event has.
 */
enum luo_journal_event_id {
	LUO_JOURNAL_LUO_INCOMING	= 1,
	LUO_JOURNAL_LUO_OUTGOING	= 2,
	LUO_JOURNAL_LUO_REBOOT		= 3,
	LUO_JOURNAL_LUO_OPEN		= 4,
	LUO_JOURNAL_LUO_RELEASE		= 5,
	LUO_JOURNAL_SESSION_CREATE	= 6,
	LUO_JOURNAL_SESSION_RETRIEVE	= 7,
	LUO_JOURNAL_SESSION_RELEASE	= 8,
	LUO_JOURNAL_SESSION_FINISH	= 9,
	LUO_JOURNAL_SESSION_SERIALIZE	= 10,
	LUO_JOURNAL_SESSION_DESERIALIZE	= 11,
	LUO_JOURNAL_FILE_MATCH		= 12,
	LUO_JOURNAL_FILE_PRESERVE	= 13,
	LUO_JOURNAL_FILE_UNPRESERVE	= 14,
	LUO_JOURNAL_FILE_FREEZE		= 15,
	LUO_JOURNAL_FILE_UNFREEZE	= 16,
	LUO_JOURNAL_FILE_RETRIEVE	= 17,
	LUO_JOURNAL_FILE_RETRIEVE_CACHED	= 18,
	LUO_JOURNAL_FILE_CAN_FINISH	= 19,
	LUO_JOURNAL_FILE_FINISH		= 20,
	LUO_JOURNAL_FILE_REPLY_FAILED	= 21,
	LUO_JOURNAL_FILE_DESERIALIZE	= 22,
	LUO_JOURNAL_FLB_PRESERVE	= 23,
	LUO_JOURNAL_FLB_UNPRESERVE	= 24,
	LUO_JOURNAL_FLB_RETRIEVE	= 25,
	LUO_JOURNAL_FLB_FINISH		= 26,
	LUO_JOURNAL_FLB_SERIALIZE	= 27,
	LUO_JOURNAL_FLB_GET		= 28,
	LUO_JOURNAL_FLB_PUT		= 29,
	LUO_JOURNAL_FLB_REGISTER	= 30,
	LUO_JOURNAL_FLB_UNREGISTER	= 31,
	LUO_JOURNAL_PCI_PRESERVE	= 32,
	LUO_JOURNAL_PCI_UNPRESERVE	= 33,
	LUO_JOURNAL_PCI_INCOMING	= 34,
	LUO_JOURNAL_PCI_FINISH		= 35,
	LUO_JOURNAL_PCI_REFUSE		= 36,
	LUO_JOURNAL_PCI_PROBE		= 37,
	LUO_JOURNAL_PCI_NEVER_FINISHED	= 38,
	LUO_JOURNAL_PCI_HANDOVER_BAD	= 39,
	LUO_JOURNAL_PCI_BUS_NUMBERS	= 40,
	LUO_JOURNAL_PCI_ARI		= 41,
	LUO_JOURNAL_PCI_ACS		= 42,
	LUO_JOURNAL_PCI_BUS_MASTER	= 43,
	LUO_JOURNAL_PCI_UNBIND_REFUSED	= 44,
	LUO_JOURNAL_VFIO_MATCH		= 45,
	LUO_JOURNAL_VFIO_OPEN_DENIED	= 46,
	LUO_JOURNAL_VFIO_FREEZE		= 47,
	LUO_JOURNAL_VFIO_RESET		= 48,
	LUO_JOURNAL_VFIO_UNFREEZE	= 49,
	LUO_JOURNAL_VFIO_BOUND		= 50,
	LUO_JOURNAL_VFIO_RETRIEVE	= 51,
	LUO_JOURNAL_VFIO_FINISH_REFUSED	= 52,
};

#endif /* _LINUX_KHO_ABI_LUO_JOURNAL_H */
