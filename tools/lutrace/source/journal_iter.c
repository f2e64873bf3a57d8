// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/complain.h"
#include "source/iter.h"
#include "source/journal_iter.h"
#include "source/kernel_btf.h"
#include "journal.skel.h"

static bool kernel_has_iterator(void)
{
	struct kernel_name target = { .name = "luo_journal" };

	return !kernel_btf_find_iterators(KERNEL_BTF_DIR, &target, 1) && target.found;
}

static int open_iterator(struct journal_bpf *skeleton)
{
	int err, fd;

	err = journal_bpf__load(skeleton);
	if (err) {
		complain("cannot load the journal's BPF program: %s: see libbpf's log with -vvv",
			 strerror(-err));
		return err;
	}
	err = journal_bpf__attach(skeleton);
	if (err) {
		complain("cannot attach to the journal's iterator: %s",
			 strerror(-err));
		return err;
	}
	/* It keeps the program and the link that it came from. */
	fd = bpf_iter_create(bpf_link__fd(skeleton->links.dump_journal));
	if (fd < 0)
		complain("cannot open the journal's iterator: %s",
			 strerror(-fd));
	return fd;
}

int journal_open(void)
{
	struct journal_bpf *skeleton;
	int fd;

	if (!kernel_has_iterator())
		return -ENOENT;
	skeleton = journal_bpf__open();
	if (!skeleton) {
		complain("cannot open the journal's BPF program: %s",
			 strerror(errno));
		return -errno;
	}
	fd = open_iterator(skeleton);
	journal_bpf__destroy(skeleton);
	return fd;
}

struct history *journal_read(int fd)
{
	struct history *history = NULL;
	char *data;
	size_t size;
	int err;

	err = iter_read(fd, &data, &size);
	if (!err) {
		history = history_parse(data, size);
		err = history ? 0 : -errno;
	}
	if (err)
		complain("cannot read the journal: %s", strerror(-err));
	free(data);
	return history;
}
