// SPDX-License-Identifier: GPL-2.0
/*
 * What the BPF iterators of <linux/liveupdate_iter.h> have in common.
 */
#include <linux/bpf.h>
#include <linux/bpf_mem_alloc.h>
#include <linux/liveupdate_iter.h>
#include <linux/seq_file.h>

static void *liveupdate_iter_cursor(struct liveupdate_iter *iter)
{
	return (void *)iter->row + ALIGN(iter->source->row_size, 8);
}

/* Goes on to the next row, and returns it, or NULL after the last one. */
static void *liveupdate_iter_step(struct liveupdate_iter *iter)
{
	iter->begun = true;
	if (!iter->done)
		iter->done = !iter->source->next(liveupdate_iter_cursor(iter),
						 iter->row);

	return iter->done ? NULL : iter->row;
}

static void *liveupdate_iter_seq_start(struct seq_file *seq, loff_t *pos)
{
	struct liveupdate_iter *iter = seq->private;

	if (!iter->begun)
		return liveupdate_iter_step(iter);

	/* Resume with the current row, which did not fit into the last read. */
	return iter->done ? NULL : iter->row;
}

static void *liveupdate_iter_seq_next(struct seq_file *seq, void *v,
				      loff_t *pos)
{
	++*pos;
	return liveupdate_iter_step(seq->private);
}

/* The context of each iterator, but for the type of its row. */
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
	/* The program is also run after the last row, without a row. */
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
 * liveupdate_iter_init - Start to iterate over the rows of a source
 * @iter:   The iterator, zeroed, of the size that @source says.
 * @source: The source.
 */
void liveupdate_iter_init(struct liveupdate_iter *iter,
			  const struct liveupdate_iter_source *source)
{
	iter->source = source;
}

/**
 * liveupdate_iter_fini - Stop to iterate over the rows of a source
 * @iter: The struct liveupdate_iter.
 */
void liveupdate_iter_fini(void *iter)
{
	struct liveupdate_iter *it = iter;

	if (it->source->end)
		it->source->end(liveupdate_iter_cursor(it));
}

/**
 * liveupdate_iter_new - Start to iterate over the rows of a source, for BPF
 * @kit:    The iterator of the BPF program.
 * @source: The source.
 *
 * Return: 0, or -ENOMEM; then there are no rows.
 */
int liveupdate_iter_new(struct liveupdate_iter_kern *kit,
			const struct liveupdate_iter_source *source)
{
	kit->iter = bpf_mem_alloc(&bpf_global_ma, source->size);
	if (!kit->iter)
		return -ENOMEM;

	memset(kit->iter, 0, source->size);
	liveupdate_iter_init(kit->iter, source);

	return 0;
}

/**
 * liveupdate_iter_next - Go on to the next row, for BPF
 * @kit: The iterator of the BPF program.
 *
 * Return: The row, valid until the next call; NULL after the last one.
 */
void *liveupdate_iter_next(struct liveupdate_iter_kern *kit)
{
	return kit->iter ? liveupdate_iter_step(kit->iter) : NULL;
}

/**
 * liveupdate_iter_destroy - Stop to iterate over the rows of a source, for BPF
 * @kit: The iterator of the BPF program.
 */
void liveupdate_iter_destroy(struct liveupdate_iter_kern *kit)
{
	if (!kit->iter)
		return;

	liveupdate_iter_fini(kit->iter);
	bpf_mem_free(&bpf_global_ma, kit->iter);
}
