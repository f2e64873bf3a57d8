// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "source/kernel_btf.h"

/* What a trace event of live update has as its first argument points to. */
#define RECORD			"luo_journal_record"
/* Every 128th type is in the index: few types are looked up, and memory takes time. */
#define TYPES_A_STEP		128
/* No pointer has more qualifiers on its way to what it points to. */
#define MAX_DEPTH		8

/**
 * struct blob - BTF as the kernel shows it
 * @data:         All of it.
 * @size:         Bytes of it.
 * @is_mapped:    It is the kernel's memory, and not a copy.
 * @types:        Where its types begin.
 * @types_size:   Bytes of them.
 * @strings:      Where its names begin; the last byte of them is 0.
 * @strings_size: Bytes of them.
 */
struct blob {
	void *data;
	size_t size;
	bool is_mapped;
	const char *types;
	size_t types_size;
	const char *strings;
	size_t strings_size;
};

/**
 * struct kernel_btf - Types of the kernel, or of a module
 * @blob:        As they are. Their ids follow those of @base; id 0 is void.
 * @base:        The kernel's, on which a module's build; NULL for the kernel's.
 * @steps:       Where each TYPES_A_STEPth of them stands in @blob.types.
 * @nr_types:    How many there are, without void and those of @base.
 */
struct kernel_btf {
	struct blob blob;
	const struct kernel_btf *base;
	uint32_t *steps;
	uint32_t nr_types;
};

/**
 * struct search - For names, in what the kernel shows of itself
 * @names:  What is wanted, and what was found of it.
 * @nr:     How many.
 * @kind:   Of what is wanted.
 * @prefix: What the kernel puts before the names.
 * @sorted: The names, sorted.
 * @ids:    By @sorted: where it was found, 0 if nowhere.
 */
struct search {
	struct kernel_name *names;
	size_t nr;
	uint16_t kind;
	const char *prefix;
	struct kernel_name **sorted;
	uint32_t *ids;
};

static bool read_all(struct blob *blob, int fd)
{
	size_t room = 1 << 16;
	ssize_t n = -1;

	blob->data = malloc(room);
	while (blob->data) {
		void *more;

		n = read(fd, (char *)blob->data + blob->size, room - blob->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		blob->size += n;
		if (blob->size < room)
			continue;
		more = realloc(blob->data, room *= 2);
		if (!more)
			break;
		blob->data = more;
	}
	return blob->data && !n;
}

static void unload(struct blob *blob)
{
	if (blob->is_mapped)
		munmap(blob->data, blob->size);
	else
		free(blob->data);
}

/* Of any header: newer ones have more, and so may the one that this is built with. */
#define HEADER_MIN	(offsetof(struct btf_header, str_len) + sizeof(uint32_t))

static bool find_sections(struct blob *blob)
{
	const struct btf_header *header = blob->data;
	size_t rest;

	if (blob->size < HEADER_MIN || header->magic != BTF_MAGIC ||
	    header->hdr_len < HEADER_MIN || header->hdr_len > blob->size ||
	    header->hdr_len % sizeof(uint32_t))
		return false;
	rest = blob->size - header->hdr_len;
	if (header->type_off % sizeof(uint32_t) || header->type_off > rest ||
	    header->type_len > rest - header->type_off ||
	    header->str_off > rest || header->str_len > rest - header->str_off)
		return false;

	blob->types = (const char *)blob->data + header->hdr_len + header->type_off;
	blob->types_size = header->type_len;
	blob->strings = (const char *)blob->data + header->hdr_len + header->str_off;
	blob->strings_size = header->str_len;
	return blob->strings_size && !blob->strings[blob->strings_size - 1];
}

/* Mapped, where the kernel can do that: reading it gives a page at a time. */
static bool load(struct blob *blob, const char *dir, const char *name)
{
	struct stat stat;
	char path[512];
	int fd, err;
	bool loaded;

	memset(blob, 0, sizeof(*blob));
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (!fstat(fd, &stat) && stat.st_size)
		blob->data = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (blob->data && blob->data != MAP_FAILED) {
		blob->size = stat.st_size;
		blob->is_mapped = true;
	}
	loaded = blob->is_mapped || read_all(blob, fd);
	err = errno;
	close(fd);
	if (loaded && find_sections(blob))
		return true;
	unload(blob);
	blob->data = NULL;
	blob->is_mapped = false;
	errno = loaded ? EINVAL : err;
	return false;
}

static const struct btf_type *type_at(const struct blob *blob, size_t offset)
{
	return (const void *)(blob->types + offset);
}

/* The size of the type at @offset, or 0 where that is no type that is known. */
static size_t type_size(const struct blob *blob, size_t offset)
{
	const struct btf_type *type = type_at(blob, offset);
	size_t rest = blob->types_size - offset, size = sizeof(*type), n;

	if (rest < size)
		return 0;
	n = btf_vlen(type);
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		break;
	case BTF_KIND_INT:
		size += sizeof(uint32_t);
		break;
	case BTF_KIND_ARRAY:
		size += sizeof(struct btf_array);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		size += n * sizeof(struct btf_member);
		break;
	case BTF_KIND_ENUM:
		size += n * sizeof(struct btf_enum);
		break;
	case BTF_KIND_ENUM64:
		size += n * sizeof(struct btf_enum64);
		break;
	case BTF_KIND_FUNC_PROTO:
		size += n * sizeof(struct btf_param);
		break;
	case BTF_KIND_VAR:
		size += sizeof(struct btf_var);
		break;
	case BTF_KIND_DATASEC:
		size += n * sizeof(struct btf_var_secinfo);
		break;
	case BTF_KIND_DECL_TAG:
		size += sizeof(struct btf_decl_tag);
		break;
	default:
		return 0;
	}
	return size <= rest ? size : 0;
}

/* What is not there has no name. */
static const char *name_at(const struct blob *blob, uint32_t offset)
{
	return offset < blob->strings_size ? blob->strings + offset : "";
}

static const char *name_of(const struct kernel_btf *btf, const struct btf_type *type)
{
	uint32_t offset = type->name_off, base;

	if (!btf->base)
		return name_at(&btf->blob, offset);
	base = btf->base->blob.strings_size;
	return offset < base ? name_at(&btf->base->blob, offset) :
			       name_at(&btf->blob, offset - base);
}

static int compare_names(const void *a, const void *b)
{
	const struct kernel_name *const *first = a, *const *second = b;

	return strcmp((*first)->name, (*second)->name);
}

static int compare_to_name(const void *name, const void *other)
{
	return strcmp(name, (*(const struct kernel_name *const *)other)->name);
}

static void look_at(struct search *search, const struct kernel_btf *btf,
		    const struct btf_type *type, uint32_t id)
{
	size_t length = strlen(search->prefix);
	struct kernel_name **hit;
	const char *name;

	/* A module's own names are behind the kernel's. */
	if (btf_kind(type) != search->kind ||
	    (btf->base && type->name_off < btf->base->blob.strings_size))
		return;
	name = name_of(btf, type);
	if (strncmp(name, search->prefix, length))
		return;
	hit = bsearch(name + length, search->sorted, search->nr, sizeof(*hit),
		      compare_to_name);
	if (hit)
		search->ids[hit - search->sorted] = id;
}

/* Goes through all types, which builds the index of them. */
static bool look_through(struct search *search, struct kernel_btf *btf)
{
	uint32_t id = btf->base ? btf->base->nr_types + 1 : 1;
	const struct blob *blob = &btf->blob;
	size_t offset, size, most;

	/* No type is smaller, so that there are no more. */
	most = blob->types_size / sizeof(struct btf_type) / TYPES_A_STEP + 1;
	btf->steps = malloc(most * sizeof(*btf->steps));
	if (!btf->steps)
		return false;
	for (offset = 0; offset < blob->types_size; offset += size) {
		size = type_size(blob, offset);
		if (!size) {
			errno = EINVAL;
			return false;
		}
		if (btf->nr_types % TYPES_A_STEP == 0)
			btf->steps[btf->nr_types / TYPES_A_STEP] = offset;
		btf->nr_types++;
		look_at(search, btf, type_at(blob, offset), id++);
	}
	return true;
}

/* Where there is none, NULL. */
static const struct btf_type *type_by_id(const struct kernel_btf *btf, uint32_t id)
{
	size_t offset;
	uint32_t rest;

	if (btf->base && id > btf->base->nr_types)
		id -= btf->base->nr_types;
	else if (btf->base)
		btf = btf->base;
	if (!id || id > btf->nr_types)
		return NULL;
	offset = btf->steps[(id - 1) / TYPES_A_STEP];
	for (rest = (id - 1) % TYPES_A_STEP; rest; rest--)
		offset += type_size(&btf->blob, offset);
	return type_at(&btf->blob, offset);
}

/* What the type @id points to, without qualifiers; NULL where it is no pointer. */
static const struct btf_type *pointed_to(const struct kernel_btf *btf, uint32_t id)
{
	const struct btf_type *type = type_by_id(btf, id);
	unsigned int depth;

	if (!type || !btf_is_ptr(type))
		return NULL;
	type = type_by_id(btf, type->type);
	for (depth = 0; type && depth < MAX_DEPTH; depth++) {
		if (!btf_is_mod(type) && btf_kind(type) != BTF_KIND_TYPE_TAG)
			break;
		type = type_by_id(btf, type->type);
	}
	return type;
}

/* A trace event's type points to a function, whose first parameter is its own. */
static bool has_record(const struct kernel_btf *btf, uint32_t id)
{
	const struct btf_type *type = type_by_id(btf, id);

	type = type ? pointed_to(btf, type->type) : NULL;
	if (!type || !btf_is_func_proto(type) || btf_vlen(type) < 2)
		return false;
	type = pointed_to(btf, btf_params(type)[1].type);
	return type && (btf_is_struct(type) || btf_is_fwd(type)) &&
	       !strcmp(name_of(btf, type), RECORD);
}

/* Returns whether something is still wanted. */
static bool take_hits(struct search *search, const struct kernel_btf *btf)
{
	bool more = false;
	size_t i;

	for (i = 0; i < search->nr; i++) {
		struct kernel_name *name = search->sorted[i];

		if (search->ids[i] && !name->found) {
			name->found = true;
			name->has_record = search->kind == BTF_KIND_TYPEDEF &&
					   has_record(btf, search->ids[i]);
		}
		more |= !name->found;
		search->ids[i] = 0;
	}
	return more;
}

static void unload_btf(struct kernel_btf *btf)
{
	int err = errno;

	unload(&btf->blob);
	free(btf->steps);
	errno = err;
}

/* What cannot be read or understood of a module is left out. */
static void look_into_modules(struct search *search, const struct kernel_btf *kernel,
			      const char *dir)
{
	DIR *list = opendir(dir);
	struct dirent *entry;
	bool more = true;

	while (list && more && (entry = readdir(list))) {
		struct kernel_btf module = { .base = kernel };

		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "vmlinux") ||
		    !load(&module.blob, dir, entry->d_name))
			continue;
		look_through(search, &module);
		more = take_hits(search, &module);
		unload_btf(&module);
	}
	if (list)
		closedir(list);
}

/* Returns 0 or an errno. */
static int find(struct search *search, const char *dir)
{
	struct kernel_btf kernel = { 0 };
	int err = 0;
	size_t i;

	search->sorted = calloc(search->nr, sizeof(*search->sorted));
	search->ids = calloc(search->nr, sizeof(*search->ids));
	for (i = 0; search->sorted && i < search->nr; i++)
		search->sorted[i] = &search->names[i];
	if (!search->sorted || !search->ids) {
		err = ENOMEM;
		goto out;
	}
	qsort(search->sorted, search->nr, sizeof(*search->sorted), compare_names);

	if (!load(&kernel.blob, dir, "vmlinux") || !look_through(search, &kernel))
		err = errno;
	else if (take_hits(search, &kernel) && search->kind == BTF_KIND_TYPEDEF)
		look_into_modules(search, &kernel, dir);
	unload_btf(&kernel);
out:
	free(search->sorted);
	free(search->ids);
	return err;
}

int kernel_btf_find_events(const char *dir, struct kernel_name *names, size_t nr)
{
	struct search search = {
		.names = names, .nr = nr,
		.kind = BTF_KIND_TYPEDEF, .prefix = "btf_trace_",
	};

	return find(&search, dir);
}

int kernel_btf_find_iterators(const char *dir, struct kernel_name *names, size_t nr)
{
	struct search search = {
		.names = names, .nr = nr,
		.kind = BTF_KIND_FUNC, .prefix = "bpf_iter_",
	};

	return find(&search, dir);
}
