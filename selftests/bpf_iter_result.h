/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BPF_ITER_RESULT_H
#define BPF_ITER_RESULT_H

/**
 * struct bpf_iter_result - Results of the BPF programs, for the test
 * @sessions: rows that the open-coded iterator gave; likewise @files and the others
 * @busy_sessions: those that are busy
 * @asked: how often a driver probed a device; the rest is about the last time
 * @last_probe_err: what bpf_pci_liveupdate_last_probe() gave
 * @probe_driver: the driver that it named; likewise @probe_allowed and @probe_count
 */
struct bpf_iter_result {
	__u64 sessions;
	__u64 busy_sessions;
	__u64 files;
	__u64 flbs;
	__u64 records;
	__u64 devices;
	__u64 asked;
	__u32 is_outgoing;
	__u32 is_incoming;
	__u32 is_retrieved;
	__s32 last_probe_err;
	__u32 probe_allowed;
	__u32 probe_count;
	char probe_driver[32];
};

#endif /* BPF_ITER_RESULT_H */
