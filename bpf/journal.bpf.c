// SPDX-License-Identifier: GPL-2.0
/*
 * The program that dumps the journals of the previous kernel and of this one:
 * no policy, no formatting.
 */
#include <stdbool.h>

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "journal.h"

char LICENSE[] SEC("license") = "GPL";

#define __reloc __attribute__((preserve_access_index))

struct luo_journal_anchor {
	__u64 cycles;
	__u64 boottime;
	__s64 realtime;
} __reloc;

struct luo_journal_header {
	__u64 generation;
	__u64 khz;
	char release[LUTRACE_RELEASE_LENGTH];
	__u8 boot_id[LUTRACE_BOOT_ID_LENGTH];
	struct luo_journal_anchor boot;
	struct luo_journal_anchor handover;
	struct luo_journal_anchor jump;
	__u64 dropped;
} __reloc;

enum luo_journal_blackout_source {
	LUO_JOURNAL_BLACKOUT_NONE,
};

struct luo_journal_blackout {
	enum luo_journal_blackout_source source;
	__u64 ns;
	__u64 error;
} __reloc;

struct luo_journal_generation {
	struct luo_journal_header header;
	struct luo_journal_anchor now;
	struct luo_journal_blackout blackout;
	__u32 status;
	bool previous;
	__u64 last;
	__u64 torn;
} __reloc;

struct luo_journal_record {
	__u64 seq;
	__u64 cycles;
	__u64 duration;
	__u64 token;
	__s64 number;
	__s32 err;
	__u32 pid;
	__u32 tid;
	__u32 domain;
	__u16 bdf;
	__u16 event;
	__s16 reason;
	__u32 flags;
	__u32 cpu;
	char comm[16];
	char names[LUTRACE_NAMES_LENGTH];
} __reloc;

struct luo_journal_row {
	struct luo_journal_generation generation;
	struct luo_journal_record record;
} __reloc;

struct bpf_iter_meta {
	struct seq_file *seq;
} __reloc;

struct bpf_iter__luo_journal {
	struct bpf_iter_meta *meta;
	struct luo_journal_row *row;
} __reloc;

#define COPY_ANCHOR(to, from) do {					\
	(to).cycles = (from).cycles;					\
	(to).boottime_ns = (from).boottime;				\
	(to).realtime_ns = (from).realtime;				\
} while (0)

static __always_inline void show_generation(struct seq_file *seq,
					    struct luo_journal_generation *g)
{
	struct lutrace_generation r = { .type = LUTRACE_ROW_GENERATION };

	r.status = g->status;
	r.blackout_source = g->blackout.source;
	r.previous = g->previous;
	r.blackout_ns = g->blackout.ns;
	r.blackout_error_ns = g->blackout.error;
	r.generation = g->header.generation;
	r.khz = g->header.khz;
	r.last = g->last;
	r.torn = g->torn;
	r.dropped = g->header.dropped;
	COPY_ANCHOR(r.boot, g->header.boot);
	COPY_ANCHOR(r.handover, g->header.handover);
	if (g->previous)
		COPY_ANCHOR(r.jump, g->header.jump);
	else
		COPY_ANCHOR(r.jump, g->now);
	bpf_core_read(r.release, sizeof(r.release), &g->header.release);
	bpf_core_read(r.boot_id, sizeof(r.boot_id), &g->header.boot_id);
	bpf_seq_write(seq, &r, sizeof(r));
}

static __always_inline void show_record(struct seq_file *seq,
					struct luo_journal_record *from)
{
	struct lutrace_journal_record r = { .type = LUTRACE_ROW_RECORD };

	r.event = from->event;
	r.seq = from->seq;
	r.cycles = from->cycles;
	r.duration_ns = from->duration;
	r.token = from->token;
	r.number = from->number;
	r.err = from->err;
	r.reason = from->reason;
	r.cpu = from->cpu;
	r.pid = from->pid;
	r.tid = from->tid;
	r.domain = from->domain;
	r.bdf = from->bdf;
	r.flags = from->flags;
	bpf_core_read(r.comm, sizeof(r.comm), &from->comm);
	bpf_core_read(r.names, sizeof(r.names), &from->names);
	bpf_seq_write(seq, &r, sizeof(r));
}

SEC("iter/luo_journal")
int dump_journal(struct bpf_iter__luo_journal *ctx)
{
	struct luo_journal_row *row = ctx->row;
	struct seq_file *seq = ctx->meta->seq;

	if (!row)
		return 0;
	if (row->record.seq)
		show_record(seq, &row->record);
	else
		show_generation(seq, &row->generation);
	return 0;
}
