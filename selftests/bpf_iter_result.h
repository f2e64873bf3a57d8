/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BPF_ITER_RESULT_H
#define BPF_ITER_RESULT_H

/**
 * struct bpf_iter_result - What the programs of bpf_iter tell the test
 * @sessions: rows of the open-coded twin; so for the others
 * @busy_sessions: those that are busy
 * @asked: how many devices met the gate; the rest is about the last
 * @last_probe_err: what bpf_pci_liveupdate_last_probe() gave
 * @probe_driver: and what it told; so for the others
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
