// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/output.h"
#include "verb/show.h"

bool show_begin(struct show *show)
{
	show->view->begin(show->view, &show->info);
	return show_flush(show);
}

static struct show *show_of(struct sink *sink)
{
	return container_of(sink, struct show, sink);
}

static bool show_event(struct sink *sink, struct event *event)
{
	struct show *show = show_of(sink);

	if (!filter_passes(&show->options->filter, event)) {
		show->summary.filtered++;
		return true;
	}
	show->view->sink.event(&show->view->sink, event);
	show->summary.shown++;
	show->summary.failed += event->failed;
	return !show->max_events || show->summary.shown < show->max_events;
}

static void show_jump(struct sink *sink, const struct jump *jump)
{
	struct sink *view = &show_of(sink)->view->sink;

	view->jump(view, jump);
}

static void show_lost(struct sink *sink, const struct loss *loss)
{
	struct show *show = show_of(sink);
	struct loss in_all = *loss;

	show->summary.lost += loss->count;
	in_all.total = show->summary.lost;
	show->view->sink.lost(&show->view->sink, &in_all);
}

const struct sink show_sink = { show_event, show_jump, show_lost };

/* A capture says which events were traced; the journals have all of them. */
static void take_info(struct show *show, const struct source *source)
{
	const struct filter *filter = &show->options->filter;
	size_t i;

	show->info = *source_info(source);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		bool selected = filter_selects(filter, i);

		if (!show->options->input)
			show->info.traced[i] = true;
		show->info.traced[i] &= selected;
		show->info.missing[i] &= selected;
	}
}

int show_recorded(struct show *show)
{
	enum generation_choice which = show->options->filter.generation;
	int status = EXIT_CANNOT_RUN;
	struct source *source;

	show->sink = show_sink;
	source = source_open(show->options->input, SOURCE_EVENTS);
	if (!source || source_is_empty(source, which))
		goto out;
	take_info(show, source);
	show->view = options_new_view(show->options);
	if (!show->view)
		goto out;
	output_begin();
	if (show_begin(show)) {
		bool all = source_show(source, which, &show->sink);

		show->summary.end = all ? source_end(source) : "max_events";
		show->summary.boottime_ns = source_end_ns(source);
	}
	status = show_end(show);
	free(show->view);
out:
	source_close(source);
	return status;
}

struct timeline *show_timeline(const char *input, struct source **source)
{
	struct timeline *t;

	*source = source_open(input, SOURCE_EVENTS);
	if (*source && !source_is_empty(*source, GENERATION_ANY)) {
		t = timeline_read(*source);
		if (t)
			return t;
		complain("out of memory");
	}
	source_close(*source);
	return NULL;
}

bool show_flush(struct show *show)
{
	if (show->write_error)
		return false;
	if (show->view->flush)
		show->write_error = show->view->flush(show->view);
	/* A write that stdio does on its own may fail as well. */
	else if (fflush(stdout) || ferror(stdout))
		show->write_error = errno ? errno : EIO;
	return !show->write_error;
}

bool show_is_truncated(const struct show *show)
{
	return show->summary.end && !strcmp(show->summary.end, "truncated");
}

static int exit_status(const struct show *show)
{
	if (show->strict && (show->summary.lost || show_is_truncated(show)))
		return EXIT_INCOMPLETE;
	return show->summary.failed ? EXIT_OBSERVED : EXIT_CLEAN;
}

int show_end(struct show *show)
{
	struct summary *summary = &show->summary;
	struct clocks now;

	if (!show->write_error) {
		if (!summary->boottime_ns) {
			clocks_read(&now);
			summary->boottime_ns = now.start_ns;
		}
		show->view->end(show->view, summary);
		complain("%" PRIu64 " events, %" PRIu64 " failed, %" PRIu64 " filtered out, %" PRIu64 " lost",
			 summary->shown, summary->failed, summary->filtered,
			 summary->lost);
	}
	/* A reader at the other end of a pipe may stop reading: that is no error. */
	if (show_flush(show) || show->write_error == EPIPE)
		return exit_status(show);
	complain("cannot write the output: %s", strerror(show->write_error));
	return EXIT_INCOMPLETE;
}
