/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says of this host, in files. The caller frees all texts. */
#ifndef LUTRACE_HOST_H
#define LUTRACE_HOST_H

#define HOST_PCI_DEVICES	"/sys/bus/pci/devices"

/* Returns all of a file, gzipped or not; NULL and errno if it cannot be read. */
char *host_read(const char *path);

/* Returns the configuration of the running kernel, which is @release; NULL if there is none. */
char *host_config(const char *release);

/*
 * Returns the kernel's log since it booted, as dmesg shows it, without what user space wrote to it;
 * NULL and errno if it cannot be read.
 */
char *host_kernel_log(void);

/* Returns an attribute of a PCI device, without the newline; NULL if the device has none. */
char *host_attribute(const char *bdf, const char *name);

/* Returns the last part of what a PCI device's link points to; NULL if there is no such link. */
char *host_link(const char *bdf, const char *name);

#endif /* LUTRACE_HOST_H */
