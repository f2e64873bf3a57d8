/* SPDX-License-Identifier: GPL-2.0 */
/* What this host says of itself, in files. All texts are the caller's to free. */
#ifndef LUTRACE_HOST_H
#define LUTRACE_HOST_H

#define HOST_PCI_DEVICES	"/sys/bus/pci/devices"

/* All of a file, gzipped or not; NULL and errno where it cannot be read. */
char *host_read(const char *path);

/* The configuration of the running kernel, which is @release; NULL where it is not there. */
char *host_config(const char *release);

/*
 * The kernel's log since it booted, in the way of dmesg, without what user space wrote to it; NULL
 * and errno where it cannot be read.
 */
char *host_kernel_log(void);

/* An attribute of a PCI device, without the newline; NULL if the device has none. */
char *host_attribute(const char *bdf, const char *name);

/* The last part of what a link of a PCI device points to; NULL if the device has no such link. */
char *host_link(const char *bdf, const char *name);

#endif /* LUTRACE_HOST_H */
