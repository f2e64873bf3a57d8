// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/complain.h"
#include "source/iter.h"
#include "source/kernel_btf.h"
#include "source/state.h"
#include "state.skel.h"

#define NR_TARGETS	STATE_NR_TYPES

static const struct {
	const char *target;
	const char *program;
} iterators[NR_TARGETS] = {
	[LUTRACE_STATE_SESSION] = { "luo_session", "dump_sessions" },
	[LUTRACE_STATE_FILE] = { "luo_file", "dump_files" },
	[LUTRACE_STATE_FLB] = { "luo_flb", "dump_flbs" },
	[LUTRACE_STATE_DEVICE] = { "pci_liveupdate", "dump_devices" },
};

static int open_one(struct state_bpf *skeleton, size_t i)
{
	struct bpf_program *program;
	struct bpf_link *link;
	int fd;

	program = bpf_object__find_program_by_name(skeleton->obj, iterators[i].program);
	link = bpf_program__attach_iter(program, NULL);
	if (!link) {
		fd = -errno;
		complain("cannot attach to iterator %s: %s", iterators[i].target,
			 strerror(-fd));
		return fd;
	}
	/* It keeps the link. */
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		complain("cannot open iterator %s: %s", iterators[i].target,
			 strerror(-fd));
	bpf_link__destroy(link);
	return fd;
}

/* Opens one file a target, -1 where the kernel has no such. */
static int open_all(struct state_bpf *skeleton, const struct kernel_name *targets, int *fds)
{
	struct bpf_program *program;
	size_t i;
	int err;

	for (i = 0; i < NR_TARGETS; i++) {
		program = bpf_object__find_program_by_name(skeleton->obj,
							   iterators[i].program);
		bpf_program__set_autoload(program, targets[i].found);
	}
	err = state_bpf__load(skeleton);
	if (err) {
		complain("cannot load the BPF programs that read the state: %s: see libbpf's log with -vvv",
			 strerror(-err));
		return err;
	}
	for (i = 0; i < NR_TARGETS; i++) {
		if (!targets[i].found)
			continue;
		fds[i] = open_one(skeleton, i);
		if (fds[i] < 0)
			return fds[i];
	}
	return 0;
}

int state_open(struct state_reader *reader)
{
	struct kernel_name targets[NR_TARGETS] = { 0 };
	struct state_bpf *skeleton;
	bool any = false;
	size_t i;
	int err;

	*reader = STATE_READER_NONE;
	for (i = 0; i < NR_TARGETS; i++)
		targets[i].name = iterators[i].target;
	kernel_btf_find_iterators(KERNEL_BTF_DIR, targets, NR_TARGETS);
	for (i = 0; i < NR_TARGETS; i++)
		any |= targets[i].found;
	if (!any)
		return -ENOENT;

	skeleton = state_bpf__open();
	if (!skeleton) {
		err = -errno;
		complain("cannot open the BPF programs that read the state: %s",
			 strerror(-err));
		return err;
	}
	err = open_all(skeleton, targets, reader->fds);
	state_bpf__destroy(skeleton);
	if (err)
		state_close(reader);
	return err;
}

void state_close(struct state_reader *reader)
{
	size_t i;

	for (i = 0; i < NR_TARGETS; i++) {
		if (reader->fds[i] >= 0)
			close(reader->fds[i]);
		reader->fds[i] = -1;
	}
}

int state_read(struct state_reader *reader, struct state *state)
{
	size_t size, i;
	char *data;
	int err = 0;

	clocks_read(&state->clocks);
	for (i = 0; i < NR_TARGETS && !err; i++) {
		state->missing[i] = reader->fds[i] < 0;
		if (state->missing[i])
			continue;
		err = iter_read(reader->fds[i], &data, &size);
		/* What was read is taken in any case, to be freed. */
		if (!state_take(state, i, data, size) && !err)
			err = -EIO;
		if (err)
			complain("cannot read iterator %s: %s", iterators[i].target,
				 strerror(-err));
	}
	state_close(reader);
	return err;
}
