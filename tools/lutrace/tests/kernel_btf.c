// SPDX-License-Identifier: GPL-2.0
/* Tests of what is read of the kernel's types, on types that are made up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "source/kernel_btf.h"
#include "unit.h"

static char dir[] = "/tmp/lutrace-btf-XXXXXX";
static char vmlinux[sizeof(dir) + 16], module[sizeof(dir) + 16];

/* The tracepoints that were found, each behind a blank. */
static char found[256];

static void add_found(void *data, const char *name)
{
	size_t length = strlen(found);

	(void)data;
	snprintf(found + length, sizeof(found) - length, " %s", name);
}

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

/*
 * A structure "outer" with what a kernel has in one: fields in a structure
 * without a name, behind typedefs and qualifiers, in arrays, and of few bits. A
 * thousand types before it make an index of them necessary.
 */
static struct btf *make_kernel(void)
{
	struct btf *btf = btf__new_empty();
	int number, letter, inner, unnamed, name, state, text, i;

	number = btf__add_int(btf, "unsigned int", 4, 0);
	letter = btf__add_int(btf, "char", 1, BTF_INT_CHAR);
	for (i = 0; i < 1000; i++)
		btf__add_const(btf, number);
	btf__add_typedef(btf, "btf_trace_first", number);
	btf__add_typedef(btf, "not_btf_trace_", number);

	inner = btf__add_struct(btf, "inner", 8);
	btf__add_field(btf, "unwanted", number, 0, 0);
	btf__add_field(btf, "number", btf__type_cnt(btf) + 1, 32, 0);
	btf__add_const(btf, number);
	btf__add_typedef(btf, "u32", btf__type_cnt(btf) - 1);

	unnamed = btf__add_union(btf, NULL, 8);
	btf__add_field(btf, "unwanted", number, 0, 0);
	btf__add_field(btf, "inside", number, 0, 0);
	name = btf__add_ptr(btf, letter);
	state = btf__add_enum(btf, "state", 4);
	btf__add_enum_value(btf, "ON", 1);
	text = btf__add_array(btf, number, letter, 24);

	btf__add_struct(btf, "outer", 64);
	btf__add_field(btf, "unwanted", number, 0, 0);
	btf__add_field(btf, NULL, unnamed, 64, 0);
	btf__add_field(btf, "name", name, 128, 0);
	btf__add_field(btf, "few", number, 193, 3);
	btf__add_field(btf, "state", state, 224, 0);
	btf__add_field(btf, "text", text, 256, 0);
	btf__add_field(btf, "inner", inner, 448, 0);
	btf__add_typedef(btf, "btf_trace_second", number);
	return btf;
}

/* What a program has of it. */
static struct btf *make_local(void)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "unsigned int", 4, 0);
	int inner, i;

	inner = btf__add_struct(btf, "inner", 4);
	btf__add_field(btf, "number", number, 0, 0);
	btf__add_struct(btf, "outer", 28);
	for (i = 0; i < 5; i++) {
		static const char *const names[] = { "inside", "name", "few", "state", "text" };

		btf__add_field(btf, names[i], number, 32 * i, 0);
	}
	btf__add_field(btf, "inner", inner, 160, 0);
	btf__add_field(btf, "absent", number, 192, 0);
	btf__add_struct(btf, "not_in_the_kernel", 0);
	return btf;
}

/* The excerpt, or NULL where there is none. */
static struct btf *take_excerpt(const struct btf *local, int *err)
{
	struct kernel_btf *kernel = kernel_btf_open(dir, add_found, NULL);
	struct btf *excerpt = NULL;
	char path[32];
	int fd;

	*err = -errno;
	if (!kernel)
		return NULL;
	fd = memfd_create("test", MFD_CLOEXEC);
	*err = kernel_btf_excerpt(kernel, local, fd);
	kernel_btf_close(kernel);
	if (!*err) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		excerpt = btf__parse(path, NULL);
	}
	close(fd);
	return excerpt;
}

static void finds_tracepoints(void)
{
	struct btf *btf = make_kernel(), *split = btf__new_empty_split(btf);
	struct kernel_btf *kernel;

	btf__add_typedef(split, "btf_trace_third", 1);
	btf__add_typedef(split, "u32", 1);
	write_btf(vmlinux, btf);
	write_btf(module, split);

	found[0] = '\0';
	kernel = kernel_btf_open(dir, add_found, NULL);
	EXPECT(kernel);
	EXPECT_STREQ(found, " first second");
	found[0] = '\0';
	if (kernel)
		kernel_btf_look_into_modules(kernel, dir, add_found, NULL);
	EXPECT_STREQ(found, " third");

	/* One that cannot be understood hides no other. */
	write_file(vmlinux, "", 0);
	btf__add_typedef(split, "btf_trace_fourth", 1);
	write_btf(module, split);
	found[0] = '\0';
	if (kernel)
		kernel_btf_look_into_modules(kernel, dir, add_found, NULL);
	EXPECT_STREQ(found, " third fourth");

	kernel_btf_close(kernel);
	btf__free(split);
	btf__free(btf);
}

static void expect_field(const struct btf *btf, const struct btf_type *type, const char *name,
			 uint32_t offset, uint32_t bit_size, uint16_t kind)
{
	uint32_t i;

	for (i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];

		if (strcmp(btf__name_by_offset(btf, member->name_off), name))
			continue;
		EXPECT(btf_member_bit_offset(type, i) == offset);
		EXPECT(btf_member_bitfield_size(type, i) == bit_size);
		EXPECT(btf_kind(btf__type_by_id(btf, member->type)) == kind);
		return;
	}
	fail(__LINE__, "no field %s", name);
}

static void excerpt_has_what_is_wanted(void)
{
	struct btf *btf = make_kernel(), *local = make_local(), *excerpt;
	const struct btf_type *type;
	int err, id;

	write_btf(vmlinux, btf);
	excerpt = take_excerpt(local, &err);
	EXPECT(!err && excerpt);
	if (!excerpt)
		goto out;

	id = btf__find_by_name_kind(excerpt, "outer", BTF_KIND_STRUCT);
	EXPECT(id > 0);
	type = btf__type_by_id(excerpt, id > 0 ? id : 0);
	EXPECT(type->size == 64 && btf_vlen(type) == 6);
	expect_field(excerpt, type, "inside", 64, 0, BTF_KIND_INT);
	expect_field(excerpt, type, "name", 128, 0, BTF_KIND_PTR);
	expect_field(excerpt, type, "few", 193, 3, BTF_KIND_INT);
	expect_field(excerpt, type, "state", 224, 0, BTF_KIND_ENUM);
	expect_field(excerpt, type, "text", 256, 0, BTF_KIND_ARRAY);
	expect_field(excerpt, type, "inner", 448, 0, BTF_KIND_STRUCT);

	id = btf__find_by_name_kind(excerpt, "inner", BTF_KIND_STRUCT);
	EXPECT(id > 0);
	type = btf__type_by_id(excerpt, id > 0 ? id : 0);
	EXPECT(type->size == 8 && btf_vlen(type) == 1);
	expect_field(excerpt, type, "number", 32, 0, BTF_KIND_INT);

	EXPECT(btf__find_by_name(excerpt, "not_in_the_kernel") == -ENOENT);
	EXPECT(btf__find_by_name(excerpt, "btf_trace_first") == -ENOENT);
	btf__free(excerpt);
out:
	btf__free(local);
	btf__free(btf);
}

/* It may be understood or not, and does no harm. */
static void damage_does_no_harm(void)
{
	struct btf *btf = make_kernel(), *local = make_local();
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
		btf__free(take_excerpt(local, &err));
		EXPECT(err);
	}
	for (i = 0; i < size; i++) {
		if (i > 64 && i < size - 1024)
			continue;
		bytes[i] ^= 0xff;
		write_file(vmlinux, bytes, size);
		btf__free(take_excerpt(local, &err));
		bytes[i] ^= 0xff ^ 1;
		write_file(vmlinux, bytes, size);
		btf__free(take_excerpt(local, &err));
		bytes[i] ^= 1;
	}
	btf__free(local);
	btf__free(btf);
}

/* The header has grown since, and whoever built this may have either. */
static void any_header_is_taken(void)
{
	static const uint32_t sizes[] = { 24, 32, 40 };
	struct btf *btf = make_kernel();
	struct kernel_btf *kernel;
	static char bytes[1 << 16];
	uint32_t size, old, i;
	const char *whole = btf__raw_data(btf, &size);

	memcpy(&old, whole + offsetof(struct btf_header, hdr_len), sizeof(old));
	for (i = 0; i < 3; i++) {
		memset(bytes, 0, sizes[i]);
		memcpy(bytes, whole, 24);
		memcpy(bytes + offsetof(struct btf_header, hdr_len), &sizes[i],
		       sizeof(sizes[i]));
		memcpy(bytes + sizes[i], whole + old, size - old);
		write_file(vmlinux, bytes, size - old + sizes[i]);
		found[0] = '\0';
		kernel = kernel_btf_open(dir, add_found, NULL);
		EXPECT(kernel);
		EXPECT_STREQ(found, " first second");
		kernel_btf_close(kernel);
	}
	btf__free(btf);
}

static void absence_is_told(void)
{
	errno = 0;
	EXPECT(!kernel_btf_open("/nonexistent", add_found, NULL) && errno == ENOENT);
	write_file(vmlinux, "nonsense, which is longer than a header", 39);
	EXPECT(!kernel_btf_open(dir, add_found, NULL) && errno == EINVAL);
}

static const struct test_case cases[] = {
	CASE(finds_tracepoints),
	CASE(excerpt_has_what_is_wanted),
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
