// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "journal.skel.h"
#include "lutrace.h"
#include "source_journal.h"

/* The function that the kernel emits for the iterator. */
#define BTF_ITER	"bpf_iter_luo_journal"

static bool kernel_has_iterator(void)
{
	struct btf *vmlinux = btf__load_vmlinux_btf();
	bool found;

	found = vmlinux && btf__find_by_name_kind(vmlinux, BTF_ITER,
						  BTF_KIND_FUNC) > 0;
	btf__free(vmlinux);
	return found;
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

/* Returns 0 or a negative errno; @data is the caller's to free in any case. */
static int read_all(int fd, char **data, size_t *size)
{
	size_t room = 1 << 16;
	ssize_t n;

	*data = NULL;
	*size = 0;
	do {
		char *larger = realloc(*data, *size + room);

		if (!larger)
			return -ENOMEM;
		*data = larger;
		n = read(fd, *data + *size, room);
		if (n > 0)
			*size += n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

struct history *journal_read(int fd)
{
	struct history *history = NULL;
	char *data;
	size_t size;
	int err;

	err = read_all(fd, &data, &size);
	if (!err) {
		history = history_parse(data, size);
		err = history ? 0 : -errno;
	}
	if (err)
		complain("cannot read the journal: %s", strerror(-err));
	free(data);
	return history;
}
