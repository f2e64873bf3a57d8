/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The types of the running kernel, of which little is looked at. libbpf would
 * copy and index all of them each time, which is most of a tracer's start.
 */
#ifndef LUTRACE_KERNEL_BTF_H
#define LUTRACE_KERNEL_BTF_H

#include <stdbool.h>
#include <stddef.h>

/* Where the kernel shows its types and those of its modules. */
#define KERNEL_BTF_DIR	"/sys/kernel/btf"

/**
 * struct kernel_name - Something that is looked for
 * @name:       Its name.
 * @found:      The kernel has it.
 * @has_record: It is a trace event, and its first argument is a pointer to a
 *              struct luo_journal_record.
 */
struct kernel_name {
	const char *name;
	bool found;
	bool has_record;
};

/*
 * Looks for trace events in what @dir has of the kernel and its modules. Returns
 * 0 or an errno: ENOENT where the kernel has no BTF, EINVAL where that is not
 * understood.
 */
int kernel_btf_find_events(const char *dir, struct kernel_name *names, size_t nr);

/* The same for BPF iterators, by the names of their targets; not in modules. */
int kernel_btf_find_iterators(const char *dir, struct kernel_name *names, size_t nr);

#endif /* LUTRACE_KERNEL_BTF_H */
