// SPDX-License-Identifier: GPL-2.0
/*
 * One raw_tp program for all trace events: each has the kernel's record of what
 * happened as its first argument, and the program copies that. No policy, no
 * formatting, and nothing to relocate.
 *
 * tp_btf would need the id of a module's BTF for the trace events in it, which the
 * kernel gives to CAP_SYS_ADMIN alone.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "event.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} samples SEC(".maps");

/*
 * A map of its own and no global variables: libbpf takes a kernel without
 * networking for one that cannot have them.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lutrace_counters);
} counters SEC(".maps");

SEC("raw_tp")
int copy_record(const __u64 *ctx)
{
	const struct luo_journal_record *record = (const void *)ctx[0];
	/* On the stack: other CPUs run this, too. An event that interrupts this is skipped. */
	struct lutrace_sample sample = { 0 };
	struct lutrace_counters *counter;
	__u32 zero = 0, event;
	__u64 more;

	counter = bpf_map_lookup_elem(&counters, &zero);
	if (!counter)
		return 0;
	sample.seq = __sync_fetch_and_add(&counter->happened, 1);
	sample.boottime_ns = bpf_ktime_get_boot_ns();

	/* What every record has says how long this one is. */
	bpf_probe_read_kernel(&sample.record, LUTRACE_RECORD_MIN, record);
	more = sample.record.length - LUTRACE_RECORD_MIN;
	if (sample.record.length < LUTRACE_RECORD_MIN)
		more = 0;
	if (more > sizeof(sample.record.names))
		more = sizeof(sample.record.names);
	bpf_probe_read_kernel(sample.record.names, more, record->names);

	if (!bpf_ringbuf_output(&samples, &sample,
				offsetof(struct lutrace_sample, record.names) + more, 0))
		return 0;
	event = sample.record.event;
	if (event >= LUTRACE_NR_NUMBERS)
		event = LUTRACE_NR_NUMBERS - 1;
	__sync_fetch_and_add(&counter->lost[event], 1);
	__sync_fetch_and_add(&counter->nr_lost, 1);
	return 0;
}
