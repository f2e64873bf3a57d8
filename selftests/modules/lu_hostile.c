// SPDX-License-Identifier: GPL-2.0
/*
 * A hostile previous kernel: overwrites one field of this kernel's handover,
 * after all of it was written and before the jump.
 *
 *   modprobe lu_hostile field=NAME value=VALUE [slot=BDF] [token=N] [other=N]
 *
 * The reboot notifiers run after liveupdate_reboot(). Starting from the struct
 * luo_ser, which debugfs shows, the module finds all objects as the next kernel
 * will, with the ABI headers. It trusts them: this kernel has just written them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kho/abi/block.h>
#include <linux/kho/abi/luo.h>
#include <linux/kho/abi/luo_journal.h>
#include <linux/kho/abi/pci.h>
#include <linux/kho/abi/vfio_pci.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/reboot.h>
#include <linux/string.h>

#define SUBTREES	"/sys/kernel/debug/kho/out/sub_fdts/"

static struct luo_ser *luo;
/* NULL where this kernel keeps no journal. */
static struct luo_journal_header *journal;

static char *field;
module_param(field, charp, 0444);
MODULE_PARM_DESC(field, "What to overwrite, as OBJECT.FIELD");

static char *value;
module_param(value, charp, 0444);
MODULE_PARM_DESC(value, "A number, =TEXT for a string, ~ for 0xff everywhere, or @OBJECT, +OFFSET allowed, for its address");

static ushort slot;
module_param(slot, ushort, 0444);
MODULE_PARM_DESC(slot, "Which dev: bus, device and function number as in pci_dev_id()");

static unsigned long long token;
module_param(token, ullong, 0444);
MODULE_PARM_DESC(token, "Which file, filemem and vfio, or the number of a record");

static unsigned long long other;
module_param(other, ullong, 0444);
MODULE_PARM_DESC(other, "Token of the file whose objects @OBJECT means");

/* The entries of one block. No test fills more than one. */
static void *block_entries(u64 pa, u64 *count)
{
	struct kho_block_header_ser *block;

	if (!pa)
		return NULL;

	block = phys_to_virt(pa);
	*count = block->count;
	return block + 1;
}

static struct luo_ser *find_luo(u64 unused)
{
	return luo;
}

static void *find_flbhdr(u64 unused)
{
	return phys_to_virt(find_luo(0)->flbs_pa);
}

static void *find_flb(u64 unused)
{
	struct luo_flb_header_ser *header = find_flbhdr(0);
	struct luo_flb_ser *flb = (void *)(header + 1);

	for (u64 i = 0; i < header->count; i++, flb++)
		if (!strcmp(flb->name, PCI_LUO_FLB_COMPATIBLE))
			return flb;
	return NULL;
}

static void *find_pci(u64 unused)
{
	struct luo_flb_ser *flb = find_flb(0);

	return flb ? phys_to_virt(flb->data) : NULL;
}

static void *find_pciblock(u64 unused)
{
	struct pci_ser *pci = find_pci(0);

	return pci && pci->blocks ? phys_to_virt(pci->blocks) : NULL;
}

static void *find_dev(u64 unused)
{
	struct pci_ser *pci = find_pci(0);
	struct pci_dev_ser *dev;
	u64 count;

	if (!pci)
		return NULL;
	dev = block_entries(pci->blocks, &count);
	for (u64 i = 0; dev && i < count; i++)
		if (dev[i].refcount && dev[i].bdf == slot)
			return &dev[i];
	return NULL;
}

/* The session that holds the file with the token, and the file. */
static struct luo_session_ser *find_both(u64 which, struct luo_file_ser **filep)
{
	struct luo_session_ser *session;
	struct luo_file_ser *file;
	u64 sessions, files;

	session = block_entries(find_luo(0)->sessions_pa, &sessions);
	for (u64 i = 0; session && i < sessions; i++) {
		file = block_entries(session[i].file_set_ser.files, &files);
		for (u64 j = 0; file && j < files; j++) {
			if (file[j].token == which) {
				*filep = &file[j];
				return &session[i];
			}
		}
	}
	return NULL;
}

static void *find_session(u64 which)
{
	struct luo_file_ser *file;

	return find_both(which, &file);
}

static void *find_sessionblock(u64 which)
{
	return phys_to_virt(find_luo(0)->sessions_pa);
}

static void *find_file(u64 which)
{
	struct luo_file_ser *file;

	return find_both(which, &file) ? file : NULL;
}

static void *find_fileblock(u64 which)
{
	struct luo_session_ser *session = find_session(which);

	return session ? phys_to_virt(session->file_set_ser.files) : NULL;
}

static void *find_vfio(u64 which)
{
	struct luo_file_ser *file = find_file(which);

	return file ? phys_to_virt(file->data) : NULL;
}

static void *find_journal(u64 unused)
{
	return journal;
}

/* The record with that number. Only the first ones stay in their slots. */
static void *find_record(u64 which)
{
	if (!journal || !which || which > journal->nr_boot)
		return NULL;
	return (void *)journal + journal->header_size +
	       (which - 1) * journal->record_size;
}

static void *find_luo_any(u64 which)
{
	return find_luo(which);
}

static const struct object {
	const char *name;
	void *(*find)(u64 which);
} objects[] = {
	{ "luo", find_luo_any },
	{ "flbhdr", find_flbhdr },
	{ "flb", find_flb },
	{ "pci", find_pci },
	{ "pciblock", find_pciblock },
	{ "dev", find_dev },
	{ "session", find_session },
	{ "sessionblock", find_sessionblock },
	{ "file", find_file },
	{ "fileblock", find_fileblock },
	{ "vfio", find_vfio },
	{ "journal", find_journal },
	{ "record", find_record },
};

#define FIELD(object, type, member)					\
	{ object "." #member, offsetof(struct type, member),		\
	  sizeof_field(struct type, member) }
#define BLOCK(object)							\
	FIELD(object, kho_block_header_ser, next),			\
	FIELD(object, kho_block_header_ser, count)

static const struct {
	const char *name;
	size_t offset, size;
} fields[] = {
	FIELD("luo", luo_ser, compatible),
	FIELD("luo", luo_ser, liveupdate_num),
	FIELD("luo", luo_ser, sessions_pa),
	FIELD("luo", luo_ser, flbs_pa),
	FIELD("flbhdr", luo_flb_header_ser, pgcnt),
	FIELD("flbhdr", luo_flb_header_ser, count),
	FIELD("flb", luo_flb_ser, name),
	FIELD("flb", luo_flb_ser, data),
	FIELD("flb", luo_flb_ser, count),
	FIELD("pci", pci_ser, version),
	FIELD("pci", pci_ser, reserved),
	FIELD("pci", pci_ser, nr_devices),
	FIELD("pci", pci_ser, blocks),
	BLOCK("pciblock"),
	FIELD("dev", pci_dev_ser, domain),
	FIELD("dev", pci_dev_ser, bdf),
	FIELD("dev", pci_dev_ser, refcount),
	FIELD("dev", pci_dev_ser, driver),
	BLOCK("sessionblock"),
	FIELD("session", luo_session_ser, name),
	FIELD("session", luo_session_ser, file_set_ser.files),
	FIELD("session", luo_session_ser, file_set_ser.count),
	BLOCK("fileblock"),
	FIELD("file", luo_file_ser, compatible),
	FIELD("file", luo_file_ser, data),
	FIELD("file", luo_file_ser, token),
	FIELD("vfio", vfio_pci_device_ser, domain),
	FIELD("vfio", vfio_pci_device_ser, bdf),
	FIELD("vfio", vfio_pci_device_ser, reserved),
	FIELD("vfio", vfio_pci_device_ser, vendor),
	FIELD("vfio", vfio_pci_device_ser, device),
	FIELD("vfio", vfio_pci_device_ser, subsystem_vendor),
	FIELD("vfio", vfio_pci_device_ser, subsystem_device),
	FIELD("journal", luo_journal_header, compatible),
	FIELD("journal", luo_journal_header, header_size),
	FIELD("journal", luo_journal_header, record_size),
	FIELD("journal", luo_journal_header, nr_boot),
	FIELD("journal", luo_journal_header, nr_ring),
	FIELD("journal", luo_journal_header, generation),
	FIELD("journal", luo_journal_header, checksum),
	FIELD("record", luo_journal_record, seq),
	FIELD("record", luo_journal_record, cycles),
	FIELD("record", luo_journal_record, length),
	FIELD("record", luo_journal_record, event),
	FIELD("record", luo_journal_record, flags),
	FIELD("record", luo_journal_record, names),
};

static void *find_object(const char *name, size_t len, u64 which)
{
	for (int i = 0; i < ARRAY_SIZE(objects); i++)
		if (strlen(objects[i].name) == len && !strncmp(objects[i].name, name, len))
			return objects[i].find(which);
	return NULL;
}

/* "@OBJECT" or "@OBJECT+OFFSET" */
static int address_of(const char *text, u64 *number)
{
	size_t len = strcspn(text, "+");
	void *object = find_object(text, len, other ? other : token);
	u64 offset = 0;

	if (!object)
		return -ENOENT;
	if (text[len] && kstrtou64(text + len + 1, 0, &offset))
		return -EINVAL;

	*number = virt_to_phys(object) + offset;
	return 0;
}

static int overwrite(void *at, size_t size)
{
	u64 number;
	int err;

	switch (*value) {
	case '=':
		memset(at, 0, size);
		memcpy(at, value + 1, min(size, strlen(value + 1)));
		return 0;
	case '~':
		memset(at, 0xff, size);
		return 0;
	case '@':
		err = address_of(value + 1, &number);
		break;
	default:
		err = kstrtou64(value, 0, &number);
	}
	if (err)
		return err;

	/* Little-endian, like all machines that live update supports. */
	memcpy(at, &number, min(size, sizeof(number)));
	return 0;
}

static int lu_hostile_reboot(struct notifier_block *nb, unsigned long action, void *data)
{
	void *object;
	int err;

	for (int i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(fields[i].name, field))
			continue;
		object = find_object(field, strcspn(field, "."), token);
		err = object ? overwrite(object + fields[i].offset, fields[i].size) : -ENOENT;
		if (err)
			pr_err("%s=%s: %pe\n", field, value, ERR_PTR(err));
		else
			pr_info("%s=%s at %#llx\n", field, value,
				virt_to_phys(object) + fields[i].offset);
		return NOTIFY_DONE;
	}
	pr_err("there is no field %s\n", field);

	return NOTIFY_DONE;
}

static struct notifier_block lu_hostile_nb = {
	.notifier_call = lu_hostile_reboot,
};

/*
 * The address is in KHO's tree, which no exported function gives. @data starts with @compatible,
 * of @len bytes.
 */
static void * __init find_subtree(const char *path, size_t size,
				  const char *compatible, size_t len)
{
	struct debugfs_blob_wrapper *blob;
	struct file *file;
	void *data;

	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return file;

	blob = file_inode(file)->i_private;
	data = blob->data;
	if (blob->size < size || strncmp(data, compatible, len))
		data = ERR_PTR(-EINVAL);
	filp_close(file, NULL);

	return data;
}

static int __init lu_hostile_init(void)
{
	if (!field || !value)
		return -EINVAL;

	luo = find_subtree(SUBTREES LUO_KHO_ENTRY_NAME, sizeof(*luo),
			   LUO_ABI_COMPATIBLE, LUO_ABI_COMPAT_LEN);
	if (IS_ERR(luo)) {
		pr_err("debugfs does not lead to LUO: %pe\n", luo);
		return PTR_ERR(luo);
	}
	journal = find_subtree(SUBTREES LUO_JOURNAL_KHO_ENTRY_NAME,
			       sizeof(*journal), LUO_JOURNAL_COMPATIBLE,
			       LUO_JOURNAL_COMPAT_LENGTH);
	if (IS_ERR(journal))
		journal = NULL;

	return register_reboot_notifier(&lu_hostile_nb);
}
module_init(lu_hostile_init);

static void __exit lu_hostile_exit(void)
{
	unregister_reboot_notifier(&lu_hostile_nb);
}
module_exit(lu_hostile_exit);

MODULE_DESCRIPTION("Breaks what this kernel hands over to the next");
MODULE_LICENSE("GPL");
