/* SPDX-License-Identifier: GPL-2.0 */
/* An update in the formats of other tools. */
#ifndef LUTRACE_EXPORT_H
#define LUTRACE_EXPORT_H

#include "story/phases.h"
#include "view/view.h"

/*
 * Chrome's trace event format, JSON: for chrome://tracing, Perfetto, Speedscope.
 * Returns false without memory; so do the others.
 */
bool export_chrome(FILE *out, struct timeline *timeline, const struct trace_info *info);

/* Perfetto's own: a Trace of TracePackets. */
bool export_perfetto(FILE *out, struct timeline *timeline, const struct trace_info *info);

/* A picture. */
bool export_svg(FILE *out, struct timeline *timeline, const struct trace_info *info);

#endif /* LUTRACE_EXPORT_H */
