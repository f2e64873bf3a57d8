/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's side of the machine: it plugs and pulls devices without asking the kernel. Needs
 * vm/run --hotplug.
 */
#ifndef LU_HOST_H
#define LU_HOST_H

#include <stdbool.h>

/* Whether the host takes commands. */
bool lu_host_listens(void);

/*
 * Sends a QMP command and waits for the answer. Returns 0, -EREMOTEIO after
 * saying what the host refused, or -ETIMEDOUT.
 */
int lu_qmp(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Plugs a new device @model, which the host knows as @id, into a port. */
int lu_host_plug(const char *model, const char *id, const char *port);

/* Asks the kernel's hotplug driver to release a device; it takes seconds. */
int lu_host_unplug(const char *id);

#endif /* LU_HOST_H */
