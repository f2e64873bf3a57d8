// SPDX-License-Identifier: GPL-2.0
/*
 * The programs that dump the live update state: no policy, no formatting.
 */
#include <stdbool.h>

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "state.h"

char LICENSE[] SEC("license") = "GPL";

#define __reloc __attribute__((preserve_access_index))

enum luo_session_state {
	LUO_SESSION_PRESERVING,
};

enum luo_file_state {
	LUO_FILE_PRESERVED,
};

enum luo_flb_state {
	LUO_FLB_NONE,
};

struct luo_session_row {
	char name[64];
	__u64 files;
	enum luo_session_state state;
	bool incoming;
	bool busy;
} __reloc;

struct luo_file_row {
	char session[64];
	char handler[49];
	__u64 token;
	enum luo_file_state state;
	__s32 retrieve_status;
	bool incoming;
	bool busy;
} __reloc;

struct luo_flb_side {
	__u64 count;
	enum luo_flb_state state;
	__s32 retrieve_status;
	bool busy;
} __reloc;

struct luo_flb_row {
	char compatible[49];
	__u32 handlers;
	struct luo_flb_side outgoing;
	struct luo_flb_side incoming;
} __reloc;

struct pci_liveupdate_probe {
	char driver[32];
	bool allowed;
	__u8 reason;
	__u32 count;
	__u64 time;
} __reloc;

struct pci_liveupdate_row {
	__u32 domain;
	__u16 bdf;
	bool bridge;
	bool absent;
	bool outgoing;
	bool incoming;
	bool retrieved;
	bool held;
	bool busy;
	__u16 outgoing_refcount;
	__u16 incoming_refcount;
	char outgoing_driver[32];
	char incoming_driver[32];
	struct pci_liveupdate_probe probe;
} __reloc;

struct bpf_iter_meta {
	struct seq_file *seq;
} __reloc;

/* The contexts are two pointers each, on any kernel. */
struct bpf_iter__luo_session {
	struct bpf_iter_meta *meta;
	struct luo_session_row *row;
};

struct bpf_iter__luo_file {
	struct bpf_iter_meta *meta;
	struct luo_file_row *row;
};

struct bpf_iter__luo_flb {
	struct bpf_iter_meta *meta;
	struct luo_flb_row *row;
};

struct bpf_iter__pci_liveupdate {
	struct bpf_iter_meta *meta;
	struct pci_liveupdate_row *row;
};

static __always_inline __s32 error_of(__s32 retrieve_status)
{
	return retrieve_status < 0 ? retrieve_status : 0;
}

SEC("iter/luo_session")
int dump_sessions(struct bpf_iter__luo_session *ctx)
{
	struct lutrace_session r = { .type = LUTRACE_STATE_SESSION };
	struct luo_session_row *row = ctx->row;

	if (!row)
		return 0;
	r.state = row->state;
	r.incoming = row->incoming;
	r.busy = row->busy;
	r.files = row->files;
	bpf_core_read_str(r.name, sizeof(r.name), &row->name);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}

SEC("iter/luo_file")
int dump_files(struct bpf_iter__luo_file *ctx)
{
	struct lutrace_file r = { .type = LUTRACE_STATE_FILE };
	struct luo_file_row *row = ctx->row;

	if (!row)
		return 0;
	r.state = row->state;
	r.incoming = row->incoming;
	r.busy = row->busy;
	r.token = row->token;
	r.err = error_of(row->retrieve_status);
	bpf_core_read_str(r.session, sizeof(r.session), &row->session);
	bpf_core_read_str(r.handler, sizeof(r.handler), &row->handler);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}

#define COPY_SIDE(to, from) do {					\
	(to).count = (from).count;					\
	(to).state = (from).state;					\
	(to).err = error_of((from).retrieve_status);			\
	(to).busy = (from).busy;					\
} while (0)

SEC("iter/luo_flb")
int dump_flbs(struct bpf_iter__luo_flb *ctx)
{
	struct lutrace_flb r = { .type = LUTRACE_STATE_FLB };
	struct luo_flb_row *row = ctx->row;

	if (!row)
		return 0;
	r.handlers = row->handlers;
	COPY_SIDE(r.outgoing, row->outgoing);
	COPY_SIDE(r.incoming, row->incoming);
	bpf_core_read_str(r.name, sizeof(r.name), &row->compatible);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}

#define FLAG(condition, name) ((condition) ? LUTRACE_DEVICE_##name : 0)

SEC("iter/pci_liveupdate")
int dump_devices(struct bpf_iter__pci_liveupdate *ctx)
{
	struct lutrace_device r = { .type = LUTRACE_STATE_DEVICE };
	struct pci_liveupdate_row *row = ctx->row;

	if (!row)
		return 0;
	r.flags = FLAG(row->bridge, BRIDGE) | FLAG(row->absent, ABSENT) |
		  FLAG(row->outgoing, OUTGOING) |
		  FLAG(row->incoming, INCOMING) |
		  FLAG(row->retrieved, RETRIEVED) | FLAG(row->held, HELD) |
		  FLAG(row->busy, BUSY) | FLAG(row->probe.allowed, ALLOWED);
	r.domain = row->domain;
	r.bdf = row->bdf;
	r.outgoing_refcount = row->outgoing_refcount;
	r.incoming_refcount = row->incoming_refcount;
	r.probe_reason = row->probe.reason;
	r.probe_count = row->probe.count;
	r.probe_ns = row->probe.time;
	bpf_core_read_str(r.outgoing_driver, sizeof(r.outgoing_driver),
			  &row->outgoing_driver);
	bpf_core_read_str(r.incoming_driver, sizeof(r.incoming_driver),
			  &row->incoming_driver);
	bpf_core_read_str(r.probe_driver, sizeof(r.probe_driver),
			  &row->probe.driver);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
