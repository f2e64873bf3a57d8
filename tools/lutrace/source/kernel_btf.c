// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/kernel_btf.h"

/* The type that the kernel emits for each tracepoint. */
#define TRACEPOINT_PREFIX	"btf_trace_"
/* Types are not in each other deeper than that. */
#define MAX_DEPTH		16

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

/* Of so many types, one is in the index: few are looked up, and memory takes time. */
#define TYPES_A_STEP		128

/**
 * struct kernel_btf - The kernel's types
 * @blob:     As they are. Their ids count from 1 on; 0 is void.
 * @steps:    Where the types 1, 1 + TYPES_A_STEP and so on stand in @blob.types.
 * @nr_types: How many there are, without void.
 */
struct kernel_btf {
	struct blob blob;
	uint32_t *steps;
	uint32_t nr_types;
};

/**
 * struct field - A field of a structure
 * @name:     Its name.
 * @type:     Its type, in the kernel and then in the excerpt.
 * @offset:   Where it begins, in bits.
 * @bit_size: Its width in bits, or 0 where it is no bit field.
 */
struct field {
	const char *name;
	int type;
	uint32_t offset;
	uint32_t bit_size;
};

/**
 * struct excerpt - A copy in the making
 * @kernel:   Of whose types.
 * @local:    What is wanted.
 * @names:    The names of the structures in @local, sorted.
 * @nr_names: How many.
 * @first:    Their first letters.
 * @out:      The copy.
 */
struct excerpt {
	const struct kernel_btf *kernel;
	const struct btf *local;
	const char **names;
	size_t nr_names;
	bool first[UCHAR_MAX + 1];
	struct btf *out;
};

static int copy_type(struct excerpt *x, uint32_t id, unsigned int depth);

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

/* @names_from: where the names of @blob begin, behind those that it builds on. */
static void report_tracepoint(const struct blob *blob, size_t offset, size_t names_from,
			      void (*found)(void *data, const char *name), void *data)
{
	const struct btf_type *type = type_at(blob, offset);
	const char *name;

	if (!btf_is_typedef(type) || type->name_off < names_from)
		return;
	name = name_at(blob, type->name_off - names_from);
	if (!strncmp(name, TRACEPOINT_PREFIX, strlen(TRACEPOINT_PREFIX)))
		found(data, name + strlen(TRACEPOINT_PREFIX));
}

static bool look_through(struct kernel_btf *kernel,
			 void (*found)(void *data, const char *name), void *data)
{
	const struct blob *blob = &kernel->blob;
	size_t offset, size, most;

	/* No type is smaller, so that there are no more. */
	most = blob->types_size / sizeof(struct btf_type) / TYPES_A_STEP + 1;
	kernel->steps = malloc(most * sizeof(*kernel->steps));
	if (!kernel->steps)
		return false;
	for (offset = 0; offset < blob->types_size; offset += size) {
		size = type_size(blob, offset);
		if (!size) {
			errno = EINVAL;
			return false;
		}
		if (kernel->nr_types % TYPES_A_STEP == 0)
			kernel->steps[kernel->nr_types / TYPES_A_STEP] = offset;
		kernel->nr_types++;
		report_tracepoint(blob, offset, 0, found, data);
	}
	return true;
}

struct kernel_btf *kernel_btf_open(const char *dir,
				   void (*found)(void *data, const char *name),
				   void *data)
{
	struct kernel_btf *kernel = calloc(1, sizeof(*kernel));

	if (kernel && load(&kernel->blob, dir, "vmlinux") &&
	    look_through(kernel, found, data))
		return kernel;
	kernel_btf_close(kernel);
	return NULL;
}

void kernel_btf_close(struct kernel_btf *kernel)
{
	int err = errno;

	if (kernel) {
		unload(&kernel->blob);
		free(kernel->steps);
		free(kernel);
	}
	errno = err;
}

/* Where there is none, NULL. */
static const struct btf_type *type_by_id(const struct kernel_btf *kernel, uint32_t id)
{
	size_t offset;
	uint32_t rest;

	if (!id || id > kernel->nr_types)
		return NULL;
	offset = kernel->steps[(id - 1) / TYPES_A_STEP];
	for (rest = (id - 1) % TYPES_A_STEP; rest; rest--)
		offset += type_size(&kernel->blob, offset);
	return type_at(&kernel->blob, offset);
}

void kernel_btf_look_into_modules(const struct kernel_btf *kernel,
				  const char *dir,
				  void (*found)(void *data, const char *name),
				  void *data)
{
	DIR *list = opendir(dir);
	struct dirent *entry;

	if (!list)
		return;
	while ((entry = readdir(list))) {
		size_t offset, size;
		struct blob blob;

		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "vmlinux") ||
		    !load(&blob, dir, entry->d_name))
			continue;
		for (offset = 0; (size = type_size(&blob, offset)); offset += size)
			report_tracepoint(&blob, offset, kernel->blob.strings_size,
					  found, data);
		unload(&blob);
	}
	closedir(list);
}

/* Looks into structures without a name, too: their fields are the outer one's. */
static bool find_field(const struct kernel_btf *kernel, const struct btf_type *type,
		       const char *name, struct field *field, unsigned int depth)
{
	const struct btf_member *members = btf_members(type);
	uint32_t i;

	for (i = 0; i < btf_vlen(type); i++) {
		const char *its_name = name_at(&kernel->blob, members[i].name_off);
		const struct btf_type *inner = *its_name ? NULL :
					       type_by_id(kernel, members[i].type);
		uint32_t offset = btf_member_bit_offset(type, i);

		if (inner && btf_is_composite(inner) && depth < MAX_DEPTH &&
		    find_field(kernel, inner, name, field, depth + 1)) {
			field->offset += offset;
			return true;
		}
		if (!strcmp(its_name, name)) {
			field->name = name;
			field->type = members[i].type;
			field->offset = offset;
			field->bit_size = btf_member_bitfield_size(type, i);
			return true;
		}
	}
	return false;
}

static int copy_structure(struct excerpt *x, const struct btf_type *type, unsigned int depth)
{
	const char *name = name_at(&x->kernel->blob, type->name_off);
	int id = *name ? btf__find_by_name_kind(x->local, name, BTF_KIND_STRUCT) : 0;
	const struct btf_type *local = id > 0 ? btf__type_by_id(x->local, id) : NULL;
	uint32_t i, n = 0, wanted = local ? btf_vlen(local) : 0;
	struct field *fields = calloc(wanted + 1, sizeof(*fields));

	if (!fields)
		return -ENOMEM;
	/* What a field needs stands before the structure. */
	for (i = 0, id = 0; i < wanted && id >= 0; i++) {
		const char *field = btf__name_by_offset(x->local, btf_members(local)[i].name_off);

		if (!find_field(x->kernel, type, field, &fields[n], depth))
			continue;
		id = copy_type(x, fields[n].type, depth + 1);
		fields[n++].type = id;
	}
	if (id >= 0)
		id = btf__add_struct(x->out, name, type->size);
	for (i = 0; i < n && id >= 0; i++) {
		int err = btf__add_field(x->out, fields[i].name, fields[i].type,
					 fields[i].offset, fields[i].bit_size);

		if (err)
			id = err;
	}
	free(fields);
	return id;
}

/*
 * Returns the id of a copy of type @id, or a negative errno. What libbpf does
 * not look at in a relocation is left out: qualifiers, typedefs, and what a
 * pointer points to, which is also what ends the recursion.
 */
static int copy_type(struct excerpt *x, uint32_t id, unsigned int depth)
{
	const struct btf_type *type = type_by_id(x->kernel, id);
	const char *name = type ? name_at(&x->kernel->blob, type->name_off) : NULL;
	const struct btf_array *array;
	int element, index;

	if (!type || depth > MAX_DEPTH)
		return id ? -EINVAL : 0;
	switch (btf_kind(type)) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return copy_type(x, type->type, depth + 1);
	case BTF_KIND_INT:
		return btf__add_int(x->out, name, type->size, btf_int_encoding(type));
	case BTF_KIND_FLOAT:
		return btf__add_float(x->out, name, type->size);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return btf__add_enum(x->out, name, type->size);
	case BTF_KIND_PTR:
		return btf__add_ptr(x->out, 0);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return copy_structure(x, type, depth);
	case BTF_KIND_ARRAY:
		array = btf_array(type);
		element = copy_type(x, array->type, depth + 1);
		index = element < 0 ? element :
			copy_type(x, array->index_type, depth + 1);
		return index < 0 ? index :
		       btf__add_array(x->out, index, element, array->nelems);
	default:
		return -EINVAL;
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool list_names(struct excerpt *x)
{
	uint32_t id, end = btf__type_cnt(x->local);

	x->names = calloc(end, sizeof(*x->names));
	if (!x->names)
		return false;
	for (id = 1; id < end; id++) {
		const struct btf_type *type = btf__type_by_id(x->local, id);

		const char *name = btf__name_by_offset(x->local, type->name_off);

		if (btf_kind(type) != BTF_KIND_STRUCT || !*name)
			continue;
		x->names[x->nr_names++] = name;
		x->first[(unsigned char)*name] = true;
	}
	qsort(x->names, x->nr_names, sizeof(*x->names), compare_names);
	return true;
}

static int copy_structures(struct excerpt *x)
{
	const struct blob *blob = &x->kernel->blob;
	size_t offset, size;

	for (offset = 0; (size = type_size(blob, offset)); offset += size) {
		const struct btf_type *type = type_at(blob, offset);
		const char *name;
		int err;

		if (btf_kind(type) != BTF_KIND_STRUCT)
			continue;
		name = name_at(blob, type->name_off);
		if (!x->first[(unsigned char)*name] ||
		    !bsearch(&name, x->names, x->nr_names, sizeof(*x->names), compare_names))
			continue;
		err = copy_structure(x, type, 0);
		if (err < 0)
			return err;
	}
	return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= n;
		}
	}
	return 0;
}

int kernel_btf_excerpt(const struct kernel_btf *kernel, const struct btf *local,
		       int fd)
{
	struct excerpt x = { .kernel = kernel, .local = local };
	const void *data;
	uint32_t size;
	int err = -ENOMEM;

	x.out = btf__new_empty();
	if (x.out && list_names(&x))
		err = copy_structures(&x);
	if (!err) {
		data = btf__raw_data(x.out, &size);
		err = data ? write_all(fd, data, size) : -ENOMEM;
	}
	free(x.names);
	btf__free(x.out);
	return err;
}
