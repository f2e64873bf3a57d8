/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The jump of a live update: load the next kernel, and enter it.
 *
 * The next kernel is the one that runs now, with the same initramfs: init put both into /boot.
 * lu.stage=N+1 on its command line says that it is the next stage.
 */
#ifndef LU_KEXEC_H
#define LU_KEXEC_H

#define LU_KEXEC_KERNEL	"/boot/bzImage"
#define LU_KEXEC_INITRD	"/boot/initrd"

/**
 * lu_kexec_load() - load the next kernel
 * @append: more words for its command line, or NULL
 *
 * Uses kexec_file_load(2), because an image of kexec_load(2) carries no KHO data. The command line
 * is this kernel's own; where a word comes twice, the last one counts.
 *
 * Return: 0, or -errno: -ENOENT where /boot is empty (run lu-boot-store), -E2BIG for a command line
 * that the kernel would cut off, or the errno of kexec_file_load(2).
 */
int lu_kexec_load(const char *append);

/**
 * lu_kexec_load_without_kho() - load the next kernel as an image that carries no KHO
 *
 * The same kernel, by kexec_load(2), like kexec without its option -s.
 *
 * Return: 0, or -errno: -ENOENT where /boot is empty, -ENOSYS where the kernel has no
 * kexec_load(2), -ENOEXEC for a kernel that has no 64-bit entry.
 */
int lu_kexec_load_without_kho(void);

/**
 * lu_kexec_exec() - go to the kernel that was loaded
 *
 * Flushes stdio, waits until the console has sent everything, and jumps.
 *
 * Return: only on failure, -errno: -EINVAL where nothing is loaded, otherwise the errno of the live
 * update code that could not freeze.
 */
int lu_kexec_exec(void);

#endif
