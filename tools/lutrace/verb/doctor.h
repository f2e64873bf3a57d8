/* SPDX-License-Identifier: GPL-2.0 */
/* What lutrace doctor finds, for lutrace bundle. */
#ifndef LUTRACE_DOCTOR_H
#define LUTRACE_DOCTOR_H

#include "story/checkup.h"

/* Asks all questions about this host, whose kernel is @release; checkup_free() the answers. */
void doctor_examine(struct checkup *checkup, const char *release);

#endif /* LUTRACE_DOCTOR_H */
