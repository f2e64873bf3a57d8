// SPDX-License-Identifier: GPL-2.0
/* Programs that the verifier accepts: they count rows, and query a device. */
#include "bpf_iter.h"
#include "bpf_iter_result.h"

char LICENSE[] SEC("license") = "GPL";

/* Not global variables: libbpf offers them to kernels with CONFIG_NET only. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_iter_result);
} results SEC(".maps");

static __always_inline struct bpf_iter_result *result(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&results, &zero);
}

#define COUNT(name, row_type, counter) do {				\
	struct bpf_iter_##name it;					\
	struct row_type (*row)[1];					\
									\
	counter = 0;							\
	bpf_iter_##name##_new(&it);					\
	while ((row = bpf_iter_##name##_next(&it)))			\
		counter++;						\
	bpf_iter_##name##_destroy(&it);					\
} while (0)

/* Runs once, after the last row: a sleepable program that needs no CONFIG_NET. */
SEC("iter.s/luo_session")
int count_rows(struct bpf_iter__luo_session *ctx)
{
	struct bpf_iter_luo_session it;
	struct bpf_iter_result *r = result();
	struct luo_session_row (*row)[1];

	if (!r || ctx->row)
		return 0;
	r->sessions = 0;
	r->busy_sessions = 0;
	bpf_iter_luo_session_new(&it);
	while ((row = bpf_iter_luo_session_next(&it))) {
		r->sessions++;
		if ((*row)->busy)
			r->busy_sessions++;
	}
	bpf_iter_luo_session_destroy(&it);
	COUNT(luo_file, luo_file_row, r->files);
	COUNT(luo_flb, luo_flb_row, r->flbs);
	COUNT(luo_journal, luo_journal_row, r->records);
	COUNT(pci_liveupdate, pci_liveupdate_row, r->devices);
	return 0;
}

/* One byte a row, for a test that reads the iterator as a file. */

static __always_inline void write_byte(struct seq_file *seq, char byte)
{
	bpf_seq_write(seq, &byte, 1);
}

SEC("iter/luo_session")
int dump_sessions(struct bpf_iter__luo_session *ctx)
{
	if (ctx->row)
		write_byte(ctx->meta->seq, ctx->row->busy ? 'B' : 's');
	return 0;
}

SEC("iter/luo_file")
int dump_files(struct bpf_iter__luo_file *ctx)
{
	if (ctx->row)
		write_byte(ctx->meta->seq, ctx->row->busy ? 'B' : 'f');
	return 0;
}

SEC("iter/luo_flb")
int dump_flbs(struct bpf_iter__luo_flb *ctx)
{
	if (ctx->row)
		write_byte(ctx->meta->seq, 'l');
	return 0;
}

SEC("iter/pci_liveupdate")
int dump_devices(struct bpf_iter__pci_liveupdate *ctx)
{
	if (ctx->row)
		write_byte(ctx->meta->seq, 'd');
	return 0;
}

/* Queries the device that a driver probes. */
SEC("tp_btf/pci_liveupdate_probe")
int BPF_PROG(ask_device, const struct luo_journal_record *record, struct pci_dev *dev)
{
	struct pci_liveupdate_probe probe = {};
	struct bpf_iter_result *r = result();

	if (!r)
		return 0;
	r->is_outgoing = bpf_pci_liveupdate_is_outgoing(dev);
	r->is_incoming = bpf_pci_liveupdate_is_incoming(dev);
	r->is_retrieved = bpf_pci_liveupdate_is_retrieved(dev);
	r->last_probe_err = bpf_pci_liveupdate_last_probe(dev, &probe, sizeof(probe));
	__builtin_memcpy(r->probe_driver, probe.driver, sizeof(r->probe_driver));
	r->probe_allowed = probe.allowed;
	r->probe_count = probe.count;
	r->asked++;
	return 0;
}
