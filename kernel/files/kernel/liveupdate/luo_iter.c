// SPDX-License-Identifier: GPL-2.0
/*
 * The BPF iterators "luo_session", "luo_file" and "luo_flb", and what they share
 * with "pci_liveupdate".
 *
 * Rows are copies. Neither taking one nor looking at one waits for anybody, or
 * lets anybody wait: not for a file handler, which may take its time with the
 * session's mutex held, nor after the last freeze, which keeps a lock for ever.
 */
#include <linux/bpf.h>
#include <linux/bpf_mem_alloc.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/liveupdate_iter.h>
#include <linux/seq_file.h>

#include "luo_internal.h"

static void *liveupdate_iter_step(struct liveupdate_iter *iter)
{
	iter->begun = true;
	if (!iter->done)
		iter->done = !iter->source->next(iter->cursor, iter->row);

	return iter->done ? NULL : iter->row;
}

static void *liveupdate_iter_seq_start(struct seq_file *seq, loff_t *pos)
{
	struct liveupdate_iter *iter = seq->private;

	if (!iter->begun)
		return liveupdate_iter_step(iter);

	/* Where it stopped: the row that did not fit is still there. */
	return iter->done ? NULL : iter->row;
}

static void *liveupdate_iter_seq_next(struct seq_file *seq, void *v,
				      loff_t *pos)
{
	++*pos;
	return liveupdate_iter_step(seq->private);
}

/* All targets of DEFINE_LIVEUPDATE_ITER() have this context, but for the type. */
struct liveupdate_iter_ctx {
	__bpf_md_ptr(struct bpf_iter_meta *, meta);
	__bpf_md_ptr(void *, row);
};

static int __liveupdate_iter_seq_show(struct seq_file *seq, void *v,
				      bool in_stop)
{
	struct bpf_iter_meta meta = {
		.seq = seq,
	};
	struct liveupdate_iter_ctx ctx = {
		.meta = &meta,
		.row = v,
	};
	struct bpf_prog *prog = bpf_iter_get_info(&meta, in_stop);

	return prog ? bpf_iter_run_prog(prog, &ctx) : 0;
}

static int liveupdate_iter_seq_show(struct seq_file *seq, void *v)
{
	return __liveupdate_iter_seq_show(seq, v, false);
}

static void liveupdate_iter_seq_stop(struct seq_file *seq, void *v)
{
	/* The end is shown, too. */
	if (!v)
		__liveupdate_iter_seq_show(seq, NULL, true);
}

const struct seq_operations liveupdate_iter_seq_ops = {
	.start	= liveupdate_iter_seq_start,
	.next	= liveupdate_iter_seq_next,
	.stop	= liveupdate_iter_seq_stop,
	.show	= liveupdate_iter_seq_show,
};

/**
 * liveupdate_iter_init - Begin to go through the rows of a source
 * @iter:   The iterator, with room for a row; zeroed.
 * @source: The source.
 */
void liveupdate_iter_init(struct liveupdate_iter *iter,
			  const struct liveupdate_iter_source *source)
{
	iter->source = source;
}

/**
 * liveupdate_iter_fini - End going through the rows of a source
 * @iter: The struct liveupdate_iter.
 */
void liveupdate_iter_fini(void *iter)
{
	struct liveupdate_iter *it = iter;

	if (it->source->end)
		it->source->end(it->cursor);
}

/**
 * liveupdate_iter_new - Begin to go through the rows of a source, for BPF
 * @kit:    The iterator of the BPF program.
 * @source: The source.
 *
 * Return: 0, or -ENOMEM; then there are no rows.
 */
int liveupdate_iter_new(struct liveupdate_iter_kern *kit,
			const struct liveupdate_iter_source *source)
{
	size_t size = sizeof(*kit->iter) + source->size;

	kit->iter = bpf_mem_alloc(&bpf_global_ma, size);
	if (!kit->iter)
		return -ENOMEM;

	memset(kit->iter, 0, size);
	liveupdate_iter_init(kit->iter, source);

	return 0;
}

/**
 * liveupdate_iter_next - Go on to the next row, for BPF
 * @kit: The iterator of the BPF program.
 *
 * Return: The row, until the next call; NULL behind the last one.
 */
void *liveupdate_iter_next(struct liveupdate_iter_kern *kit)
{
	return kit->iter ? liveupdate_iter_step(kit->iter) : NULL;
}

/**
 * liveupdate_iter_destroy - End going through the rows of a source, for BPF
 * @kit: The iterator of the BPF program.
 */
void liveupdate_iter_destroy(struct liveupdate_iter_kern *kit)
{
	if (!kit->iter)
		return;

	liveupdate_iter_fini(kit->iter);
	bpf_mem_free(&bpf_global_ma, kit->iter);
}

static bool luo_session_source_next(u64 *cursor, void *row)
{
	return luo_session_next_row((struct luo_cursor *)cursor, row);
}

static bool luo_file_source_next(u64 *cursor, void *row)
{
	return luo_file_next_row((struct luo_cursor *)cursor, row);
}

static bool luo_flb_source_next(u64 *cursor, void *row)
{
	return luo_flb_next_row((struct luo_cursor *)cursor, row);
}

static_assert(sizeof(struct luo_cursor) ==
	      LIVEUPDATE_ITER_CURSOR * sizeof(u64));

static const struct liveupdate_iter_source luo_session_source = {
	.next = luo_session_source_next,
	.size = sizeof(struct luo_session_row),
};

static const struct liveupdate_iter_source luo_file_source = {
	.next = luo_file_source_next,
	.size = sizeof(struct luo_file_row),
};

static const struct liveupdate_iter_source luo_flb_source = {
	.next = luo_flb_source_next,
	.size = sizeof(struct luo_flb_row),
};

DEFINE_LIVEUPDATE_ITER(luo_session);
DEFINE_LIVEUPDATE_ITER(luo_file);
DEFINE_LIVEUPDATE_ITER(luo_flb);

/* The open-coded twins: the same rows, for bpf_for_each(luo_session, ...). */

DEFINE_LIVEUPDATE_ITER_TWIN(luo_session);
DEFINE_LIVEUPDATE_ITER_TWIN(luo_file);
DEFINE_LIVEUPDATE_ITER_TWIN(luo_flb);

__bpf_kfunc_start_defs();

/**
 * bpf_iter_luo_session_new - Begin to go through the sessions
 * @it: The iterator.
 *
 * Incoming sessions come first. Context: Any.
 * Return: 0, or -ENOMEM; then there are no rows.
 */
__bpf_kfunc int bpf_iter_luo_session_new(struct bpf_iter_luo_session *it)
{
	return liveupdate_iter_new((void *)it, &luo_session_source);
}

/**
 * bpf_iter_luo_session_next - Go on to the next session
 * @it: The iterator.
 *
 * Return: The row, until the next call; NULL behind the last one.
 */
__bpf_kfunc struct luo_session_row *
bpf_iter_luo_session_next(struct bpf_iter_luo_session *it)
{
	return liveupdate_iter_next((void *)it);
}

/**
 * bpf_iter_luo_session_destroy - End going through the sessions
 * @it: The iterator.
 */
__bpf_kfunc void bpf_iter_luo_session_destroy(struct bpf_iter_luo_session *it)
{
	liveupdate_iter_destroy((void *)it);
}

/**
 * bpf_iter_luo_file_new - Begin to go through the files of all sessions
 * @it: The iterator.
 *
 * Files of incoming sessions come first. Those of a session that is not read yet
 * (LUO_SESSION_HANDED_OVER) are not known. Context: Any.
 * Return: 0, or -ENOMEM; then there are no rows.
 */
__bpf_kfunc int bpf_iter_luo_file_new(struct bpf_iter_luo_file *it)
{
	return liveupdate_iter_new((void *)it, &luo_file_source);
}

/**
 * bpf_iter_luo_file_next - Go on to the next file
 * @it: The iterator.
 *
 * Return: The row, until the next call; NULL behind the last one.
 */
__bpf_kfunc struct luo_file_row *
bpf_iter_luo_file_next(struct bpf_iter_luo_file *it)
{
	return liveupdate_iter_next((void *)it);
}

/**
 * bpf_iter_luo_file_destroy - End going through the files
 * @it: The iterator.
 */
__bpf_kfunc void bpf_iter_luo_file_destroy(struct bpf_iter_luo_file *it)
{
	liveupdate_iter_destroy((void *)it);
}

/**
 * bpf_iter_luo_flb_new - Begin to go through the FLBs
 * @it: The iterator.
 *
 * Context: Any.
 * Return: 0, or -ENOMEM; then there are no rows.
 */
__bpf_kfunc int bpf_iter_luo_flb_new(struct bpf_iter_luo_flb *it)
{
	return liveupdate_iter_new((void *)it, &luo_flb_source);
}

/**
 * bpf_iter_luo_flb_next - Go on to the next FLB
 * @it: The iterator.
 *
 * Return: The row, until the next call; NULL behind the last one.
 */
__bpf_kfunc struct luo_flb_row *
bpf_iter_luo_flb_next(struct bpf_iter_luo_flb *it)
{
	return liveupdate_iter_next((void *)it);
}

/**
 * bpf_iter_luo_flb_destroy - End going through the FLBs
 * @it: The iterator.
 */
__bpf_kfunc void bpf_iter_luo_flb_destroy(struct bpf_iter_luo_flb *it)
{
	liveupdate_iter_destroy((void *)it);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(luo_kfuncs)
BTF_ID_FLAGS(func, bpf_iter_luo_session_new, KF_ITER_NEW)
BTF_ID_FLAGS(func, bpf_iter_luo_session_next, KF_ITER_NEXT | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_iter_luo_session_destroy, KF_ITER_DESTROY)
BTF_ID_FLAGS(func, bpf_iter_luo_file_new, KF_ITER_NEW)
BTF_ID_FLAGS(func, bpf_iter_luo_file_next, KF_ITER_NEXT | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_iter_luo_file_destroy, KF_ITER_DESTROY)
BTF_ID_FLAGS(func, bpf_iter_luo_flb_new, KF_ITER_NEW)
BTF_ID_FLAGS(func, bpf_iter_luo_flb_next, KF_ITER_NEXT | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_iter_luo_flb_destroy, KF_ITER_DESTROY)
BTF_KFUNCS_END(luo_kfuncs)

static const struct btf_kfunc_id_set luo_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &luo_kfuncs,
};

static int __init luo_bpf_init(void)
{
	int err;

	err = liveupdate_iter_register(luo_session);
	if (!err)
		err = liveupdate_iter_register(luo_file);
	if (!err)
		err = liveupdate_iter_register(luo_flb);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING,
						&luo_kfunc_set);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL,
						&luo_kfunc_set);

	return err;
}
late_initcall(luo_bpf_init);
