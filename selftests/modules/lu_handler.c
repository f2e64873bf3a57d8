// SPDX-License-Identifier: GPL-2.0
/*
 * A file handler that does nothing, for files of /dev/null. Unloading its module does not finish
 * before user space writes to its parameter "go".
 */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/liveupdate.h>
#include <linux/major.h>
#include <linux/module.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(gone);
static bool go;

static int set_go(const char *val, const struct kernel_param *kp)
{
	int err = param_set_bool(val, kp);

	wake_up(&gone);
	return err;
}

static const struct kernel_param_ops go_ops = {
	.set = set_go,
	.get = param_get_bool,
};
module_param_cb(go, &go_ops, &go, 0644);
MODULE_PARM_DESC(go, "Let an unload that was begun come to its end");

static bool lu_handler_can_preserve(struct liveupdate_file_handler *fh, struct file *file)
{
	return file_inode(file)->i_rdev == MKDEV(MEM_MAJOR, 3);
}

static int lu_handler_preserve(struct liveupdate_file_op_args *args)
{
	return 0;
}

static void lu_handler_unpreserve(struct liveupdate_file_op_args *args)
{
}

static int lu_handler_retrieve(struct liveupdate_file_op_args *args)
{
	return -EOPNOTSUPP;
}

static void lu_handler_finish(struct liveupdate_file_op_args *args)
{
}

static const struct liveupdate_file_ops lu_handler_ops = {
	.can_preserve = lu_handler_can_preserve,
	.preserve = lu_handler_preserve,
	.unpreserve = lu_handler_unpreserve,
	.retrieve = lu_handler_retrieve,
	.finish = lu_handler_finish,
	.owner = THIS_MODULE,
};

static struct liveupdate_file_handler lu_handler = {
	.ops = &lu_handler_ops,
	.compatible = "lu-handler-v1",
};

static int __init lu_handler_init(void)
{
	return liveupdate_register_file_handler(&lu_handler);
}
module_init(lu_handler_init);

static void __exit lu_handler_exit(void)
{
	wait_event(gone, READ_ONCE(go));
	liveupdate_unregister_file_handler(&lu_handler);
}
module_exit(lu_handler_exit);

MODULE_DESCRIPTION("A live update file handler that is slow to go");
MODULE_LICENSE("GPL");
