// SPDX-License-Identifier: GPL-2.0
/*
 * The BPF iterator "luo_journal": the records of the previous kernel, then those
 * of this one.
 *
 * The rows of each journal begin with one that has no record. It is also there if
 * the journal cannot be read, and says why.
 */
#include <linux/init.h>
#include <linux/liveupdate_iter.h>

#include "luo_journal_internal.h"

/**
 * struct luo_journal_row - A row of the iterator
 * @generation: The journal.
 * @record:     Its record. The number is 0 if the row is about the journal only.
 */
struct luo_journal_row {
	struct luo_journal_generation generation;
	struct luo_journal_record record;
};

/* The place of a row is in the row itself. */
struct luo_journal_cursor {
	bool begun;
};

static bool luo_journal_next_row(void *c, void *r)
{
	struct luo_journal_cursor *cursor = c;
	struct luo_journal_row *row = r;

	if (cursor->begun) {
		if (luo_journal_next(&row->record, row->generation.previous))
			return true;
		if (!row->generation.previous)
			return false;
	}

	luo_journal_describe(&row->generation, !cursor->begun);
	memset(&row->record, 0, sizeof(row->record));
	cursor->begun = true;

	return true;
}

DEFINE_LIVEUPDATE_ITER(luo_journal, struct luo_journal_cursor,
		       luo_journal_next_row, NULL);

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

	luo_journal_reg.ctx_arg_info[0].btf_id = luo_journal_row_btf_id[0];
	err = bpf_iter_reg_target(&luo_journal_reg);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING,
						&luo_journal_kfunc_set);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL,
						&luo_journal_kfunc_set);

	return err;
}
late_initcall(luo_journal_bpf_init);
