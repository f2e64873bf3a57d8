// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that the verifier must refuse, each for one reason. bpf_iter.c has the expected
 * messages.
 */
#include "bpf_iter.h"

char LICENSE[] SEC("license") = "GPL";

SEC("syscall")
int iter_not_on_stack(void *ctx)
{
	bpf_iter_luo_session_new(ctx);
	return 0;
}

SEC("syscall")
int iter_not_destroyed(void *ctx)
{
	struct bpf_iter_luo_session it;

	bpf_iter_luo_session_new(&it);
	return 0;
}

SEC("syscall")
int iter_not_initialized(void *ctx)
{
	struct bpf_iter_luo_file it = {};

	bpf_iter_luo_file_next(&it);
	return 0;
}

SEC("syscall")
int iter_of_other_type(void *ctx)
{
	struct bpf_iter_luo_flb it;

	bpf_iter_luo_flb_new(&it);
	bpf_iter_luo_file_next((void *)&it);
	bpf_iter_luo_flb_destroy(&it);
	return 0;
}

SEC("syscall")
int iter_begun_twice(void *ctx)
{
	struct bpf_iter_luo_flb it;

	bpf_iter_luo_flb_new(&it);
	bpf_iter_luo_flb_new(&it);
	bpf_iter_luo_flb_destroy(&it);
	return 0;
}

SEC("syscall")
int row_not_checked(void *ctx)
{
	struct bpf_iter_luo_session it;
	int files;

	bpf_iter_luo_session_new(&it);
	files = (*bpf_iter_luo_session_next(&it))->files;
	bpf_iter_luo_session_destroy(&it);
	return files;
}

SEC("syscall")
int row_written(void *ctx)
{
	struct bpf_iter_pci_liveupdate it;
	struct pci_liveupdate_row (*row)[1];

	bpf_iter_pci_liveupdate_new(&it);
	while ((row = bpf_iter_pci_liveupdate_next(&it)))
		(*row)->domain = 1;
	bpf_iter_pci_liveupdate_destroy(&it);
	return 0;
}

SEC("syscall")
int row_after_destroy(void *ctx)
{
	struct bpf_iter_luo_session it;
	struct luo_session_row (*row)[1];
	int files = 0;

	bpf_iter_luo_session_new(&it);
	row = bpf_iter_luo_session_next(&it);
	bpf_iter_luo_session_destroy(&it);
	if (row)
		files = (*row)->files;
	return files;
}

SEC("syscall")
int device_row_after_destroy(void *ctx)
{
	struct bpf_iter_pci_liveupdate it;
	struct pci_liveupdate_row (*row)[1];
	__u32 domain = 0;

	bpf_iter_pci_liveupdate_new(&it);
	row = bpf_iter_pci_liveupdate_next(&it);
	if (!row)
		goto out;
	bpf_iter_pci_liveupdate_destroy(&it);
	return (*row)->domain;
out:
	bpf_iter_pci_liveupdate_destroy(&it);
	return domain;
}

SEC("iter/luo_session")
int file_row_written(struct bpf_iter__luo_session *ctx)
{
	if (ctx->row)
		ctx->row->files = 0;
	return 0;
}

SEC("tp_btf/pci_liveupdate_probe")
int devices_without_sleep(void *ctx)
{
	struct bpf_iter_pci_liveupdate it;

	bpf_iter_pci_liveupdate_new(&it);
	bpf_iter_pci_liveupdate_destroy(&it);
	return 0;
}

SEC("syscall")
int device_not_trusted(void *ctx)
{
	struct pci_dev dev = {};

	return bpf_pci_liveupdate_is_outgoing(&dev);
}

/* The kernel would write to the device without a lock, if only to a member that may be read. */
SEC("tp_btf/pci_liveupdate_probe")
int BPF_PROG(probe_in_device, const struct luo_journal_record *record, struct pci_dev *dev)
{
	return bpf_pci_liveupdate_last_probe(dev, &dev->liveupdate.probe.driver,
					     sizeof(dev->liveupdate.probe.driver));
}

SEC("tp_btf/pci_liveupdate_probe")
int BPF_PROG(probe_over_the_end, const struct luo_journal_record *record, struct pci_dev *dev)
{
	__u64 probe = 0;

	return bpf_pci_liveupdate_last_probe(dev, &probe, sizeof(struct pci_liveupdate_probe));
}
