/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BPF iterators whose rows are copies: a program looks at a row while no lock
 * is held and no object is kept, for as long as it likes.
 *
 * A source gives one row after the other. Both the iterator that is read as a
 * file and its open-coded twin are made of that: see kernel/liveupdate/luo_iter.c.
 */
#ifndef _LINUX_LIVEUPDATE_ITER_H
#define _LINUX_LIVEUPDATE_ITER_H

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/types.h>

struct seq_file;

#define LIVEUPDATE_ITER_CURSOR	3

/**
 * struct liveupdate_iter_source - Where rows come from
 * @next: Fills @row with the next one. @cursor is zero before the first row, and
 *        @next's own. Returns false behind the last row, and then again.
 * @end:  Lets go of what @cursor holds; NULL if that is nothing.
 * @size: Of a row.
 */
struct liveupdate_iter_source {
	bool (*next)(u64 *cursor, void *row);
	void (*end)(u64 *cursor);
	size_t size;
};

/**
 * struct liveupdate_iter - An iterator over the rows of a source
 * @source: Where they come from.
 * @cursor: Place of @row.
 * @begun:  There was a first row.
 * @done:   There is no further row.
 * @row:    The row that is looked at.
 */
struct liveupdate_iter {
	const struct liveupdate_iter_source *source;
	u64 cursor[LIVEUPDATE_ITER_CURSOR];
	bool begun;
	bool done;
	u64 row[];
};

/* The state of an open-coded twin, behind the struct that BPF programs know. */
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
 * Defines the target @name, with rows of type struct @name_row that come from
 * @name_source, and @name_reg, to be registered with liveupdate_iter_register().
 */
#define DEFINE_LIVEUPDATE_ITER(name)					\
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
	/* Nothing else uses it: BPF programs do. */			\
	BTF_TYPE_EMIT(struct bpf_iter__##name);				\
	liveupdate_iter_init(priv, &name##_source);			\
	return 0;							\
}									\
									\
static const struct bpf_iter_seq_info name##_seq_info = {		\
	.seq_ops		= &liveupdate_iter_seq_ops,		\
	.init_seq_private	= name##_iter_init,			\
	.fini_seq_private	= liveupdate_iter_fini,			\
	.seq_priv_size		= sizeof(struct liveupdate_iter) +	\
				  sizeof(struct name##_row),		\
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
}

/* The struct of an open-coded twin; __u64 gives it its alignment in vmlinux.h. */
#define DEFINE_LIVEUPDATE_ITER_TWIN(name)				\
struct bpf_iter_##name {						\
	__u64 __opaque[1];						\
} __aligned(8);								\
static_assert(sizeof(struct bpf_iter_##name) ==				\
	      sizeof(struct liveupdate_iter_kern))

#define liveupdate_iter_register(name) ({				\
	name##_reg.ctx_arg_info[0].btf_id = name##_row_btf_id[0];	\
	bpf_iter_reg_target(&name##_reg);				\
})

#endif /* _LINUX_LIVEUPDATE_ITER_H */
