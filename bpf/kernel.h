/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs need to know about the kernel, and nothing else.
 *
 * libbpf relocates each access to the running kernel's layout (CO-RE), so only
 * names and types matter here, not offsets. Where a kernel renames or moves a
 * field, this file is the only one to change.
 */
#ifndef LUTRACE_KERNEL_H
#define LUTRACE_KERNEL_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "event.h"

#define __reloc __attribute__((preserve_access_index))

/* Header types of include/uapi/linux/pci_regs.h that make a bridge. */
#define PCI_HEADER_TYPE_BRIDGE	1
#define PCI_HEADER_TYPE_CARDBUS	2

struct kobject {
	const char *name;
} __reloc;

struct device {
	struct kobject kobj;
} __reloc;

struct pci_dev {
	unsigned char hdr_type;
	struct device dev;
} __reloc;

struct pci_driver {
	const char *name;
} __reloc;

struct luo_session {
	char name[LUTRACE_SESSION_LENGTH];
} __reloc;

struct liveupdate_file_handler {
	char compatible[LUTRACE_COMPAT_LENGTH];
} __reloc;

struct liveupdate_flb {
	char compatible[LUTRACE_COMPAT_LENGTH];
} __reloc;

/*
 * Copies a name from a kernel array of @length bytes that need not be
 * terminated, to @dst, which is zeroed and at least one byte longer. Reading one
 * byte past the array for a terminator may fault, and then the array is full.
 */
static __always_inline void read_array(char *dst, __u32 length,
				       const char *src)
{
	if (bpf_probe_read_kernel_str(dst, length + 1, src) < 0)
		bpf_probe_read_kernel(dst, length, src);
}

/*
 * The pointers are a tracepoint's arguments, and may be NULL where that has
 * none: reading through them then fails, and leaves the name empty.
 */
static __always_inline void read_session(struct lutrace_record *r,
					 const struct luo_session *session)
{
	if (bpf_core_field_exists(session->name))
		read_array(r->session, LUTRACE_SESSION_LENGTH, session->name);
}

static __always_inline void
read_handler(struct lutrace_record *r, const struct liveupdate_file_handler *fh)
{
	if (bpf_core_field_exists(fh->compatible))
		read_array(r->handler, LUTRACE_COMPAT_LENGTH, fh->compatible);
}

static __always_inline void read_flb(struct lutrace_record *r,
				     const struct liveupdate_flb *flb)
{
	if (bpf_core_field_exists(flb->compatible))
		read_array(r->flb, LUTRACE_COMPAT_LENGTH, flb->compatible);
}

static __always_inline void read_driver_name(struct lutrace_record *r,
					     const char *name)
{
	bpf_probe_read_kernel_str(r->driver, sizeof(r->driver), name);
}

static __always_inline void read_device(struct lutrace_record *r,
					const struct device *dev)
{
	if (bpf_core_field_exists(dev->kobj.name))
		bpf_probe_read_kernel_str(r->device, sizeof(r->device),
					  BPF_CORE_READ(dev, kobj.name));
}

static __always_inline void read_pci_dev(struct lutrace_record *r,
					 const struct pci_dev *dev)
{
	if (bpf_core_field_exists(dev->dev.kobj.name))
		bpf_probe_read_kernel_str(r->device, sizeof(r->device),
					  BPF_CORE_READ(dev, dev.kobj.name));
}

static __always_inline void read_pci_driver(struct lutrace_record *r,
					    const struct pci_driver *drv)
{
	if (bpf_core_field_exists(drv->name))
		read_driver_name(r, BPF_CORE_READ(drv, name));
}

static __always_inline bool is_bridge(const struct pci_dev *dev)
{
	unsigned char type;

	if (!bpf_core_field_exists(dev->hdr_type))
		return false;
	type = BPF_CORE_READ(dev, hdr_type);
	return type == PCI_HEADER_TYPE_BRIDGE || type == PCI_HEADER_TYPE_CARDBUS;
}

#endif /* LUTRACE_KERNEL_H */
