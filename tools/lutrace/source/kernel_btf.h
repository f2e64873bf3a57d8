/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The types of the running kernel, of which little is looked at. libbpf would
 * copy and index all of them each time, which is most of a tracer's start.
 */
#ifndef LUTRACE_KERNEL_BTF_H
#define LUTRACE_KERNEL_BTF_H

#include <stdint.h>

#include <bpf/btf.h>

/* Where the kernel shows its types and those of its modules. */
#define KERNEL_BTF_DIR	"/sys/kernel/btf"

struct kernel_btf;

/*
 * Opens what is in @dir, and calls @found with the name of each tracepoint of the
 * kernel itself. Returns NULL with errno: ENOENT where the kernel has no BTF,
 * EINVAL where that is not understood.
 */
struct kernel_btf *kernel_btf_open(const char *dir,
				   void (*found)(void *data, const char *name),
				   void *data);
void kernel_btf_close(struct kernel_btf *kernel);

/* The same for its modules. What cannot be read or understood is left out. */
void kernel_btf_look_into_modules(const struct kernel_btf *kernel,
				  const char *dir,
				  void (*found)(void *data, const char *name),
				  void *data);

/*
 * Writes those of the kernel's structures that @local has, too, to @fd, with
 * those of their fields that @local has: all that libbpf needs to relocate
 * accesses to fields, and questions whether there are any, in a program with
 * the BTF @local. It is not enough for values of enumerations, for types that are
 * no structures, for flavours (NAME___FLAVOUR), and for types that modules have
 * by themselves. Returns 0 or a negative errno.
 */
int kernel_btf_excerpt(const struct kernel_btf *kernel, const struct btf *local,
		       int fd);

#endif /* LUTRACE_KERNEL_BTF_H */
