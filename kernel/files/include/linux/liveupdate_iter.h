/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BPF iterators whose rows are copies: while a program reads a row, the iterator
 * holds no lock and keeps no object alive.
 *
 * DEFINE_LIVEUPDATE_ITER() makes two iterators of a function that copies one row
 * after the other: one that is read as a file, and its open-coded twin for
 * bpf_for_each().
 */
#ifndef _LINUX_LIVEUPDATE_ITER_H
#define _LINUX_LIVEUPDATE_ITER_H

#include <linux/align.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/types.h>

struct seq_file;

/**
 * struct liveupdate_iter_source - Source of the rows of an iterator
 * @next:     Fills @row with the next row. @cursor is zero before the first row,
 *            after that it belongs to @next. Returns false after the last row,
 *            and is not called again.
 * @end:      Releases what @cursor holds; NULL if it holds nothing.
 * @row_size: Size of a row.
 * @size:     Size of a struct liveupdate_iter with room for a row and a cursor.
 */
struct liveupdate_iter_source {
	bool (*next)(void *cursor, void *row);
	void (*end)(void *cursor);
	size_t row_size;
	size_t size;
};

/**
 * struct liveupdate_iter - An iterator over the rows of a source
 * @source: The source.
 * @begun:  There was a call for the first row.
 * @done:   There is no further row.
 * @row:    The current row. The cursor follows it.
 */
struct liveupdate_iter {
	const struct liveupdate_iter_source *source;
	bool begun;
	bool done;
	u64 row[];
};

/* The state of an open-coded twin. BPF programs see it as struct bpf_iter_*. */
struct liveupdate_iter_kern {
	struct liveupdate_iter *iter;
} __aligned(8);

extern const struct seq_operations liveupdate_iter_seq_ops;

void liveupdate_iter_init(struct liveupdate_iter *iter,
			  const struct liveupdate_iter_source *source);
void liveupdate_iter_fini(void *iter);

int liveupdate_iter_new(struct liveupdate_iter_kern *kit,
			const struct liveupdate_iter_source *source);
void *liveupdate_iter_next(struct liveupdate_iter_kern *kit);
void liveupdate_iter_destroy(struct liveupdate_iter_kern *kit);

/*
 * Defines the iterator @name, with rows of type struct @name_row, which @next_row
 * fills, and with a cursor of type @cursor_type, which @end_rows releases:
 *
 * * @name_reg, for bpf_iter_reg_target(), after @name_row_btf_id[0] was assigned
 *   to its ctx_arg_info[0].btf_id.
 * * The kfuncs bpf_iter_@name_new(), bpf_iter_@name_next() and
 *   bpf_iter_@name_destroy(), for register_btf_kfunc_id_set(). A row is valid
 *   until the next call. bpf_iter_@name_new() returns 0 or -ENOMEM; then there
 *   are no rows.
 *
 * bpf_iter_@name_next() returns a pointer to an array of one row. To the verifier
 * that is memory which belongs to the iterator, so it refuses a program that uses
 * a row after bpf_iter_@name_destroy(). A pointer to the struct would be a kernel
 * object that stays for as long as the program runs.
 */
#define DEFINE_LIVEUPDATE_ITER(name, cursor_type, next_row, end_rows)	\
enum {									\
	name##_iter_size = sizeof(struct liveupdate_iter) +		\
			   ALIGN(sizeof(struct name##_row), 8) +	\
			   sizeof(cursor_type),				\
};									\
									\
static const struct liveupdate_iter_source name##_source = {		\
	.next		= next_row,					\
	.end		= end_rows,					\
	.row_size	= sizeof(struct name##_row),			\
	.size		= name##_iter_size,				\
};									\
									\
struct bpf_iter__##name {						\
	__bpf_md_ptr(struct bpf_iter_meta *, meta);			\
	__bpf_md_ptr(struct name##_row *, row);				\
};									\
									\
DEFINE_BPF_ITER_FUNC(name, struct bpf_iter_meta *meta,			\
		     struct name##_row *row)				\
BTF_ID_LIST_SINGLE(name##_row_btf_id, struct, name##_row)		\
									\
static int name##_iter_init(void *priv, struct bpf_iter_aux_info *aux)	\
{									\
	/* No other code uses this type, but BPF programs do. */	\
	BTF_TYPE_EMIT(struct bpf_iter__##name);				\
	liveupdate_iter_init(priv, &name##_source);			\
	return 0;							\
}									\
									\
static const struct bpf_iter_seq_info name##_seq_info = {		\
	.seq_ops		= &liveupdate_iter_seq_ops,		\
	.init_seq_private	= name##_iter_init,			\
	.fini_seq_private	= liveupdate_iter_fini,			\
	.seq_priv_size		= name##_iter_size,			\
};									\
									\
static struct bpf_iter_reg name##_reg = {				\
	.target			= #name,				\
	.feature		= BPF_ITER_RESCHED,			\
	.ctx_arg_info_size	= 1,					\
	.ctx_arg_info		= {					\
		{ offsetof(struct bpf_iter__##name, row),		\
		  PTR_TO_BTF_ID_OR_NULL },				\
	},								\
	.seq_info		= &name##_seq_info,			\
};									\
									\
/* Opaque; __u64 gives it the right alignment in vmlinux.h. */		\
struct bpf_iter_##name {						\
	__u64 __opaque[1];						\
} __aligned(8);								\
static_assert(sizeof(struct bpf_iter_##name) ==				\
	      sizeof(struct liveupdate_iter_kern));			\
									\
__bpf_kfunc_start_defs();						\
									\
__bpf_kfunc int bpf_iter_##name##_new(struct bpf_iter_##name *it)	\
{									\
	return liveupdate_iter_new((void *)it, &name##_source);		\
}									\
									\
__bpf_kfunc struct name##_row						\
(*bpf_iter_##name##_next(struct bpf_iter_##name *it))[1]		\
{									\
	return liveupdate_iter_next((void *)it);			\
}									\
									\
__bpf_kfunc void bpf_iter_##name##_destroy(struct bpf_iter_##name *it)	\
{									\
	liveupdate_iter_destroy((void *)it);				\
}									\
									\
__bpf_kfunc_end_defs()

#endif /* _LINUX_LIVEUPDATE_ITER_H */
