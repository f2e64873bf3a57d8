/* SPDX-License-Identifier: GPL-2.0 */
/* Names and types of the kernel that the BPF programs of bpf_iter use. */
#ifndef BPF_ITER_H
#define BPF_ITER_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define __reloc __attribute__((preserve_access_index))

struct luo_session_row {
	char name[64];
	__u64 files;
	bool incoming;
	bool busy;
} __reloc;

struct luo_file_row {
	__u64 token;
	bool busy;
} __reloc;

struct luo_flb_row {
	__u32 handlers;
} __reloc;

struct luo_journal_row {
	char unknown;
};

struct pci_liveupdate_probe {
	char driver[32];
	bool allowed;
	__u8 reason;
	__u32 count;
	__u64 time;
};

struct pci_liveupdate_row {
	__u32 domain;
	__u16 bdf;
} __reloc;

struct pci_liveupdate {
	struct pci_liveupdate_probe probe;
} __reloc;

struct pci_dev {
	unsigned int devfn;
	struct pci_liveupdate liveupdate;
} __reloc;

struct bpf_iter_meta {
	struct seq_file *seq;
} __reloc;

struct luo_journal_record;

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

#define DECLARE_ITER(name, row)						\
struct bpf_iter_##name {						\
	__u64 __opaque[1];						\
} __attribute__((aligned(8)));						\
extern int bpf_iter_##name##_new(struct bpf_iter_##name *it) __ksym;	\
/* To the verifier a row is memory of the iterator: an array of one. */	\
extern struct row							\
(*bpf_iter_##name##_next(struct bpf_iter_##name *it))[1] __ksym;	\
extern void bpf_iter_##name##_destroy(struct bpf_iter_##name *it) __ksym

DECLARE_ITER(luo_session, luo_session_row);
DECLARE_ITER(luo_file, luo_file_row);
DECLARE_ITER(luo_flb, luo_flb_row);
DECLARE_ITER(luo_journal, luo_journal_row);
DECLARE_ITER(pci_liveupdate, pci_liveupdate_row);

extern bool bpf_pci_liveupdate_is_outgoing(struct pci_dev *dev) __ksym;
extern bool bpf_pci_liveupdate_is_incoming(struct pci_dev *dev) __ksym;
extern bool bpf_pci_liveupdate_is_retrieved(struct pci_dev *dev) __ksym;
extern int bpf_pci_liveupdate_last_probe(struct pci_dev *dev, void *probe,
					 __u32 probe__sz) __ksym;

#endif /* BPF_ITER_H */
