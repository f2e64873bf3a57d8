// SPDX-License-Identifier: GPL-2.0
/*
 * The program that dumps the journals of the previous kernel and of this one:
 * no policy, no formatting.
 */
#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "journal.h"

char LICENSE[] SEC("license") = "GPL";

#define __reloc __attribute__((preserve_access_index))

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

static __always_inline void show_generation(struct seq_file *seq,
					    struct luo_journal_generation *g)
{
	struct {
		struct lutrace_row row;
		struct lutrace_generation generation;
	} r = { .row = { LUTRACE_ROW_GENERATION, sizeof(r.generation) } };

	r.generation.status = g->status;
	r.generation.blackout_source = g->blackout.source;
	r.generation.blackout_ns = g->blackout.ns;
	r.generation.blackout_error_ns = g->blackout.error;
	r.generation.previous = g->previous;
	bpf_core_read(&r.generation.now, sizeof(r.generation.now), &g->now);
	bpf_core_read(&r.generation.header, sizeof(r.generation.header), &g->header);
	bpf_seq_write(seq, &r, sizeof(r));
}

static __always_inline void show_record(struct seq_file *seq,
					struct luo_journal_row *row)
{
	struct {
		struct lutrace_row row;
		struct luo_journal_record record;
	} r = { .row = { LUTRACE_ROW_RECORD, 0 } };
	__u32 size;

	bpf_core_read(&r.record, sizeof(r.record), &row->record);
	size = (r.record.length + 7) & ~7;
	if (size > sizeof(r.record))
		size = sizeof(r.record);
	r.row.size = size;
	bpf_seq_write(seq, &r, sizeof(r.row) + size);
}

SEC("iter/luo_journal")
int dump_journal(struct bpf_iter__luo_journal *ctx)
{
	struct luo_journal_row *row = ctx->row;
	struct seq_file *seq = ctx->meta->seq;
	__u64 record;

	if (!row)
		return 0;
	bpf_core_read(&record, sizeof(record), &row->record);
	if (record)
		show_record(seq, row);
	else
		show_generation(seq, &row->generation);
	return 0;
}
