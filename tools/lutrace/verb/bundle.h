/* SPDX-License-Identifier: GPL-2.0 */
/* The manifest of lutrace bundle, for the schema. */
#ifndef LUTRACE_BUNDLE_H
#define LUTRACE_BUNDLE_H

#include "base/table.h"

extern const struct table bundle_table, piece_table;

#endif /* LUTRACE_BUNDLE_H */
