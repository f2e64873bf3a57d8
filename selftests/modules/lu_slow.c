// SPDX-License-Identifier: GPL-2.0
/*
 * A file handler with operations that a test can hold, for files of /dev/zero: the operation that
 * the parameter "hold" names does not return before the parameter names another one. Meanwhile
 * the parameter "held" names it. A freeze that was held fails with -EIO, so that user space can
 * go on. Retrieving always fails with -EIO.
 *
 * The parameters "refuse" and "fail" are the errno with which a file answers that it cannot be
 * frozen, and with which its freeze fails; 0 for none.
 */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/liveupdate.h>
#include <linux/major.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(released);
static char hold[16];
static char held[16];

static int set_hold(const char *val, const struct kernel_param *kp)
{
	int err = param_set_copystring(val, kp);

	strim(hold);
	wake_up_all(&released);
	return err;
}

static const struct kernel_param_ops hold_ops = {
	.set = set_hold,
	.get = param_get_string,
};

static struct kparam_string hold_string = {
	.maxlen = sizeof(hold), .string = hold,
};

module_param_cb(hold, &hold_ops, &hold_string, 0644);
MODULE_PARM_DESC(hold, "The operation that does not return: preserve, freeze or finish");
module_param_string(held, held, sizeof(held), 0444);
MODULE_PARM_DESC(held, "The operation that is not returning now");

static int refuse;
module_param(refuse, int, 0644);
MODULE_PARM_DESC(refuse, "The errno of asking whether a file can be frozen");

static int fail;
module_param(fail, int, 0644);
MODULE_PARM_DESC(fail, "The errno of freezing a file");

static bool lu_slow_hold(const char *op)
{
	if (strcmp(hold, op))
		return false;

	strscpy(held, op);
	wait_event(released, strcmp(hold, op));
	held[0] = '\0';
	return true;
}

static bool lu_slow_can_preserve(struct liveupdate_file_handler *fh, struct file *file)
{
	return file_inode(file)->i_rdev == MKDEV(MEM_MAJOR, 5);
}

static int lu_slow_preserve(struct liveupdate_file_op_args *args)
{
	lu_slow_hold("preserve");
	return 0;
}

static void lu_slow_unpreserve(struct liveupdate_file_op_args *args)
{
}

static int lu_slow_can_freeze(struct liveupdate_file_op_args *args)
{
	return -refuse;
}

static int lu_slow_freeze(struct liveupdate_file_op_args *args)
{
	return lu_slow_hold("freeze") ? -EIO : -fail;
}

static int lu_slow_retrieve(struct liveupdate_file_op_args *args)
{
	return -EIO;
}

static void lu_slow_finish(struct liveupdate_file_op_args *args)
{
	lu_slow_hold("finish");
}

static const struct liveupdate_file_ops lu_slow_ops = {
	.can_preserve = lu_slow_can_preserve,
	.preserve = lu_slow_preserve,
	.unpreserve = lu_slow_unpreserve,
	.can_freeze = lu_slow_can_freeze,
	.freeze = lu_slow_freeze,
	.retrieve = lu_slow_retrieve,
	.finish = lu_slow_finish,
	.owner = THIS_MODULE,
};

static struct liveupdate_file_handler lu_slow = {
	.ops = &lu_slow_ops,
	.compatible = "lu-slow-v1",
};

static int __init lu_slow_init(void)
{
	return liveupdate_register_file_handler(&lu_slow);
}
module_init(lu_slow_init);

static void __exit lu_slow_exit(void)
{
	liveupdate_unregister_file_handler(&lu_slow);
}
module_exit(lu_slow_exit);

MODULE_ALIAS_LIVEUPDATE("lu-slow-v1");
MODULE_DESCRIPTION("A live update file handler that is slow");
MODULE_LICENSE("GPL");
