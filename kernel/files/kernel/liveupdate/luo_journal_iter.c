// SPDX-License-Identifier: GPL-2.0
/*
 * The BPF iterator "luo_journal": what the previous kernel and this one wrote.
 *
 * Each of the two begins with a row that has no record, also where its journal
 * cannot be read: that row says why. All rows are snapshots.
 */
#include <linux/bpf.h>
#include <linux/bpf_mem_alloc.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include "luo_journal_internal.h"

/**
 * struct luo_journal_row - What a BPF program sees at a time
 * @generation: Which journal.
 * @record:     Its record; number 0 where the row is about the journal only.
 */
struct luo_journal_row {
	struct luo_journal_generation generation;
	struct luo_journal_record record;
};

static void luo_journal_row_first(struct luo_journal_row *row)
{
	luo_journal_describe(&row->generation, true);
	row->record.seq = 0;
}

/* Returns false behind the last row. */
static bool luo_journal_row_next(struct luo_journal_row *row)
{
	if (luo_journal_next(&row->record, row->generation.previous))
		return true;
	if (!row->generation.previous)
		return false;

	luo_journal_describe(&row->generation, false);
	row->record.seq = 0;

	return true;
}

struct luo_journal_iter {
	struct luo_journal_row row;
	bool end;
};

static void *luo_journal_iter_start(struct seq_file *seq, loff_t *pos)
{
	struct luo_journal_iter *iter = seq->private;

	/* Where it stopped: the row that did not fit is still there. */
	return iter->end ? NULL : &iter->row;
}

static void *luo_journal_iter_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct luo_journal_iter *iter = seq->private;

	++*pos;
	iter->end = !luo_journal_row_next(&iter->row);

	return iter->end ? NULL : &iter->row;
}

struct bpf_iter__luo_journal {
	__bpf_md_ptr(struct bpf_iter_meta *, meta);
	__bpf_md_ptr(struct luo_journal_row *, row);
};

static int __luo_journal_iter_show(struct seq_file *seq, void *v, bool in_stop)
{
	struct bpf_iter_meta meta = {
		.seq = seq,
	};
	struct bpf_iter__luo_journal ctx = {
		.meta = &meta,
		.row = v,
	};
	struct bpf_prog *prog = bpf_iter_get_info(&meta, in_stop);

	return prog ? bpf_iter_run_prog(prog, &ctx) : 0;
}

static int luo_journal_iter_show(struct seq_file *seq, void *v)
{
	return __luo_journal_iter_show(seq, v, false);
}

static void luo_journal_iter_stop(struct seq_file *seq, void *v)
{
	/* The end is shown, too. */
	if (!v)
		__luo_journal_iter_show(seq, NULL, true);
}

static const struct seq_operations luo_journal_iter_seq_ops = {
	.start	= luo_journal_iter_start,
	.next	= luo_journal_iter_next,
	.stop	= luo_journal_iter_stop,
	.show	= luo_journal_iter_show,
};

static int luo_journal_iter_init(void *priv, struct bpf_iter_aux_info *aux)
{
	struct luo_journal_iter *iter = priv;

	luo_journal_row_first(&iter->row);
	iter->end = false;

	return 0;
}

static const struct bpf_iter_seq_info luo_journal_iter_seq_info = {
	.seq_ops		= &luo_journal_iter_seq_ops,
	.init_seq_private	= luo_journal_iter_init,
	.seq_priv_size		= sizeof(struct luo_journal_iter),
};

static struct bpf_iter_reg luo_journal_iter_reg = {
	.target			= "luo_journal",
	.feature		= BPF_ITER_RESCHED,
	.ctx_arg_info_size	= 1,
	.ctx_arg_info		= {
		{ offsetof(struct bpf_iter__luo_journal, row),
		  PTR_TO_BTF_ID_OR_NULL },
	},
	.seq_info		= &luo_journal_iter_seq_info,
};

DEFINE_BPF_ITER_FUNC(luo_journal, struct bpf_iter_meta *meta,
		     struct luo_journal_row *row)
BTF_ID_LIST_SINGLE(luo_journal_row_btf_id, struct, luo_journal_row)

/* The open-coded twin: the same rows, for bpf_for_each(luo_journal, ...). */

struct bpf_iter_luo_journal {
	/* opaque, and __u64 to have the right alignment in vmlinux.h */
	__u64 __opaque[1];
} __aligned(8);

struct bpf_iter_luo_journal_kern {
	struct luo_journal_iter *iter;
} __aligned(8);

__bpf_kfunc_start_defs();

/**
 * bpf_iter_luo_journal_new - Begin to go through the journals
 * @it: The iterator.
 *
 * Return: 0, or -ENOMEM; then there are no rows.
 */
__bpf_kfunc int bpf_iter_luo_journal_new(struct bpf_iter_luo_journal *it)
{
	struct bpf_iter_luo_journal_kern *kit = (void *)it;

	BUILD_BUG_ON(sizeof(*kit) > sizeof(*it));
	BUILD_BUG_ON(__alignof__(*kit) != __alignof__(*it));

	kit->iter = bpf_mem_alloc(&bpf_global_ma, sizeof(*kit->iter));
	if (!kit->iter)
		return -ENOMEM;
	/* The first call of next() is for the first row. */
	kit->iter->end = true;

	return 0;
}

/**
 * bpf_iter_luo_journal_next - Go on to the next row
 * @it: The iterator.
 *
 * Return: The row, until the next call; NULL behind the last one.
 */
__bpf_kfunc struct luo_journal_row *
bpf_iter_luo_journal_next(struct bpf_iter_luo_journal *it)
{
	struct bpf_iter_luo_journal_kern *kit = (void *)it;
	struct luo_journal_iter *iter = kit->iter;

	if (!iter)
		return NULL;

	if (iter->end) {
		iter->end = false;
		luo_journal_row_first(&iter->row);
	} else if (!luo_journal_row_next(&iter->row)) {
		return NULL;
	}

	return &iter->row;
}

/**
 * bpf_iter_luo_journal_destroy - End going through the journals
 * @it: The iterator.
 */
__bpf_kfunc void bpf_iter_luo_journal_destroy(struct bpf_iter_luo_journal *it)
{
	struct bpf_iter_luo_journal_kern *kit = (void *)it;

	if (kit->iter)
		bpf_mem_free(&bpf_global_ma, kit->iter);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(luo_journal_kfuncs)
BTF_ID_FLAGS(func, bpf_iter_luo_journal_new, KF_ITER_NEW)
BTF_ID_FLAGS(func, bpf_iter_luo_journal_next, KF_ITER_NEXT | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_iter_luo_journal_destroy, KF_ITER_DESTROY)
BTF_KFUNCS_END(luo_journal_kfuncs)

static const struct btf_kfunc_id_set luo_journal_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &luo_journal_kfuncs,
};

static int __init luo_journal_bpf_init(void)
{
	int err;

	luo_journal_iter_reg.ctx_arg_info[0].btf_id = luo_journal_row_btf_id[0];
	err = bpf_iter_reg_target(&luo_journal_iter_reg);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING,
						&luo_journal_kfunc_set);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL,
						&luo_journal_kfunc_set);

	return err;
}
late_initcall(luo_journal_bpf_init);
