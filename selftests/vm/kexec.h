/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live update's jump: load the next kernel, and go there.
 *
 * The next kernel is the one that runs now, with the same initramfs: both lie in /boot, where init
 * put them. It is told that it is the next stage (lu.stage=N+1).
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
 * is this kernel's own; where a word comes twice, the kernel and init believe the last one.
 *
 * Return: 0, or -errno: -ENOENT where /boot is empty (run lu-boot-store), -E2BIG for a command line
 * which the kernel would cut off, and what kexec_file_load(2) gives.
 */
int lu_kexec_load(const char *append);

/**
 * lu_kexec_load_without_kho() - load the next kernel as an image that carries no KHO
 *
 * The same kernel, by kexec_load(2): what an administrator does who forgets kexec -s.
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
 * Return: only on failure, -errno: -EINVAL where nothing is loaded, otherwise what the kernel's
 * live update code gave as the reason why it did not freeze.
 */
int lu_kexec_exec(void);

#endif
