// SPDX-License-Identifier: GPL-2.0
/* Tests of what is read of the kernel's types, on types that are made up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "source/kernel_btf.h"
#include "unit.h"

static char dir[] = "/tmp/lutrace-btf-XXXXXX";
static char vmlinux[sizeof(dir) + 16], module[sizeof(dir) + 16];

static void write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	EXPECT(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void write_btf(const char *path, const struct btf *btf)
{
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);

	write_file(path, data, size);
}

static struct kernel_name names[] = {
	{ .name = "takes_record" }, { .name = "takes_other" }, { .name = "takes_value" },
	{ .name = "takes_nothing" }, { .name = "no_pointer" }, { .name = "of_module" },
	{ .name = "of_module_other" }, { .name = "absent" },
};

#define NR_NAMES	(sizeof(names) / sizeof(names[0]))

/* What was found, each after a blank, with a star where it has a record. */
static const char *found(int (*find)(const char *, struct kernel_name *, size_t), int *err)
{
	static char text[256];
	size_t i, length = 0;

	for (i = 0; i < NR_NAMES; i++)
		names[i].found = names[i].has_record = false;
	*err = find(dir, names, NR_NAMES);
	text[0] = '\0';
	for (i = 0; i < NR_NAMES; i++) {
		if (names[i].found)
			length += snprintf(text + length, sizeof(text) - length, " %s%s",
					   names[i].name, names[i].has_record ? "*" : "");
	}
	return text;
}

/* As the kernel does: a pointer to a function, whose own argument comes first. */
static void add_trace_event(struct btf *btf, const char *name, int context, int argument)
{
	int proto = btf__add_func_proto(btf, 0);

	btf__add_func_param(btf, "__data", context);
	if (argument)
		btf__add_func_param(btf, "record", argument);
	btf__add_func_param(btf, "more", argument ? context : 0);
	btf__add_typedef(btf, name, btf__add_ptr(btf, proto));
}

/* The ids of types that a module uses, too. */
static int context, record, other;

/* A thousand types between them make an index of them necessary. */
static struct btf *make_kernel(void)
{
	struct btf *btf = btf__new_empty();
	int number, value, i;

	number = btf__add_int(btf, "unsigned int", 4, 0);
	context = btf__add_ptr(btf, 0);
	/* Found before the types that they need. */
	add_trace_event(btf, "btf_trace_takes_record", context, 1015);
	for (i = btf__type_cnt(btf); i < 1011; i++)
		btf__add_const(btf, number);
	btf__add_struct(btf, "luo_journal_record", 4);
	btf__add_field(btf, "seq", number, 0, 0);
	btf__add_struct(btf, "luo_session", 4);
	btf__add_field(btf, "name", number, 0, 0);
	btf__add_const(btf, 1011);
	btf__add_volatile(btf, 1013);
	record = btf__add_ptr(btf, 1014);
	EXPECT(record == 1015);
	other = btf__add_ptr(btf, 1012);
	value = number;
	add_trace_event(btf, "btf_trace_takes_other", context, other);
	add_trace_event(btf, "btf_trace_takes_value", context, value);
	add_trace_event(btf, "btf_trace_takes_nothing", context, 0);
	btf__add_typedef(btf, "btf_trace_no_pointer", number);
	btf__add_typedef(btf, "not_btf_trace_absent", number);
	btf__add_func(btf, "bpf_iter_absent", BTF_FUNC_GLOBAL, btf__add_func_proto(btf, 0));
	btf__add_typedef(btf, "bpf_iter_takes_other", number);
	return btf;
}

static void finds_trace_events(void)
{
	static const char kernels[] = " takes_record* takes_other takes_value takes_nothing no_pointer";
	struct btf *btf = make_kernel(), *split = btf__new_empty_split(btf);
	char all[sizeof(kernels) + 64];
	int err;

	snprintf(all, sizeof(all), "%s of_module* of_module_other", kernels);
	/* With types of the kernel, and with its own. */
	add_trace_event(split, "btf_trace_of_module", context, record);
	btf__add_struct(split, "luo_journal_records", 0);
	btf__add_ptr(split, btf__type_cnt(split) - 1);
	add_trace_event(split, "btf_trace_of_module_other", context, btf__type_cnt(split) - 1);
	write_btf(vmlinux, btf);
	write_btf(module, split);
	EXPECT_STREQ(found(kernel_btf_find_events, &err), all);
	EXPECT(!err);

	/* A module that is not understood hides nothing of the kernel. */
	write_file(module, "", 0);
	EXPECT_STREQ(found(kernel_btf_find_events, &err), kernels);
	EXPECT(!err);
	unlink(module);
	btf__free(split);
	btf__free(btf);
}

static void finds_iterators(void)
{
	struct btf *btf = make_kernel();
	int err;

	write_btf(vmlinux, btf);
	EXPECT_STREQ(found(kernel_btf_find_iterators, &err), " absent");
	EXPECT(!err);
	btf__free(btf);
}

/* It may be understood or not, and does no harm. */
static void damage_does_no_harm(void)
{
	struct btf *btf = make_kernel();
	static unsigned char bytes[1 << 16];
	const void *whole;
	uint32_t size, i;
	int err;

	whole = btf__raw_data(btf, &size);
	memcpy(bytes, whole, size);
	/* Not each of a thousand types that are the same. */
	for (i = 0; i < size; i++) {
		if (i > 64 && i < size - 1024)
			continue;
		write_file(vmlinux, bytes, i);
		found(kernel_btf_find_events, &err);
		EXPECT(err);
	}
	for (i = 0; i < size; i++) {
		if (i > 64 && i < size - 1024)
			continue;
		bytes[i] ^= 0xff;
		write_file(vmlinux, bytes, size);
		found(kernel_btf_find_events, &err);
		bytes[i] ^= 0xff ^ 1;
		write_file(vmlinux, bytes, size);
		found(kernel_btf_find_events, &err);
		bytes[i] ^= 1;
	}
	btf__free(btf);
}

/* The header has grown since, and the libbpf that this is built with may have either. */
static void any_header_is_taken(void)
{
	static const uint32_t sizes[] = { 24, 32, 40 };
	struct btf *btf = make_kernel();
	static char bytes[1 << 16];
	uint32_t size, old, i;
	const char *whole = btf__raw_data(btf, &size);
	int err;

	memcpy(&old, whole + offsetof(struct btf_header, hdr_len), sizeof(old));
	for (i = 0; i < 3; i++) {
		memset(bytes, 0, sizes[i]);
		memcpy(bytes, whole, 24);
		memcpy(bytes + offsetof(struct btf_header, hdr_len), &sizes[i],
		       sizeof(sizes[i]));
		memcpy(bytes + sizes[i], whole + old, size - old);
		write_file(vmlinux, bytes, size - old + sizes[i]);
		EXPECT_HAS(found(kernel_btf_find_events, &err), " takes_record* takes_other");
	}
	btf__free(btf);
}

static void absence_is_told(void)
{
	EXPECT(kernel_btf_find_events("/nonexistent", names, NR_NAMES) == ENOENT);
	write_file(vmlinux, "nonsense, which is longer than a header", 39);
	EXPECT(kernel_btf_find_events(dir, names, NR_NAMES) == EINVAL);
}

static const struct test_case cases[] = {
	CASE(finds_trace_events),
	CASE(finds_iterators),
	CASE(damage_does_no_harm),
	CASE(any_header_is_taken),
	CASE(absence_is_told),
};

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(void)
{
	int status;

	if (!mkdtemp(dir))
		return 1;
	libbpf_set_print(quiet);
	snprintf(vmlinux, sizeof(vmlinux), "%s/vmlinux", dir);
	snprintf(module, sizeof(module), "%s/module", dir);
	status = run_cases(cases, sizeof(cases) / sizeof(cases[0]));
	unlink(vmlinux);
	unlink(module);
	rmdir(dir);
	return status;
}
