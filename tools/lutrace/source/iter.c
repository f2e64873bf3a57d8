// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "source/iter.h"

void iter_probe(const char *const *targets, size_t nr, bool *found)
{
	struct btf *vmlinux = btf__load_vmlinux_btf();
	size_t i;

	for (i = 0; i < nr; i++) {
		char name[64];

		/* The function that the kernel emits for an iterator. */
		snprintf(name, sizeof(name), "bpf_iter_%s", targets[i]);
		found[i] = vmlinux &&
			   btf__find_by_name_kind(vmlinux, name,
						  BTF_KIND_FUNC) > 0;
	}
	btf__free(vmlinux);
}

int iter_read(int fd, char **data, size_t *size)
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
	} while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	return n < 0 ? -errno : 0;
}
