// SPDX-License-Identifier: GPL-2.0
/*
 * The BPF iterators "luo_session", "luo_file" and "luo_flb".
 *
 * Copying a row takes no lock: a file handler may hold the mutex of a session for
 * long, and the lock of the last freeze is never dropped.
 */
#include <linux/init.h>
#include <linux/liveupdate_iter.h>

#include "luo_internal.h"

static bool luo_session_source_next(void *cursor, void *row)
{
	return luo_session_next_row(cursor, row);
}

static bool luo_file_source_next(void *cursor, void *row)
{
	return luo_file_next_row(cursor, row);
}

static bool luo_flb_source_next(void *cursor, void *row)
{
	return luo_flb_next_row(cursor, row);
}

DEFINE_LIVEUPDATE_ITER(luo_session, struct luo_cursor,
		       luo_session_source_next, NULL);
DEFINE_LIVEUPDATE_ITER(luo_file, struct luo_cursor,
		       luo_file_source_next, NULL);
DEFINE_LIVEUPDATE_ITER(luo_flb, struct luo_cursor,
		       luo_flb_source_next, NULL);

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

	luo_session_reg.ctx_arg_info[0].btf_id = luo_session_row_btf_id[0];
	luo_file_reg.ctx_arg_info[0].btf_id = luo_file_row_btf_id[0];
	luo_flb_reg.ctx_arg_info[0].btf_id = luo_flb_row_btf_id[0];

	err = bpf_iter_reg_target(&luo_session_reg);
	if (!err)
		err = bpf_iter_reg_target(&luo_file_reg);
	if (!err)
		err = bpf_iter_reg_target(&luo_flb_reg);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING,
						&luo_kfunc_set);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL,
						&luo_kfunc_set);

	return err;
}
late_initcall(luo_bpf_init);
