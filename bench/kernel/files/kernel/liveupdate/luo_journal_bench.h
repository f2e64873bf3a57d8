/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LUO_JOURNAL_BENCH_H
#define _LINUX_LUO_JOURNAL_BENCH_H

#include <linux/types.h>

/* Counts what the boot takes for the journal, in cycles. */
void luo_bench_boot_took(u64 cycles);

#endif /* _LINUX_LUO_JOURNAL_BENCH_H */
