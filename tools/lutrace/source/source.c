// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/privilege.h"
#include "source/capture.h"
#include "source/journal_iter.h"
#include "source/live.h"
#include "source/source.h"
#include "source/state.h"

/**
 * struct source - Either a capture or the kernel's journals
 * @capture: A capture, or NULL.
 * @path:    Its name.
 * @history: The journals, or NULL.
 * @host:    Of this machine; holds texts of @info.
 * @info:    What is known of it.
 * @arrival: How the kernel was entered.
 * @state:   What is preserved, once it was read.
 * @has_state: It was.
 */
struct source {
	struct capture *capture;
	const char *path;
	struct history *history;
	struct utsname host;
	struct trace_info info;
	enum arrival arrival;
	struct state state;
	bool has_state;
};

enum arrival source_read_arrival(void)
{
	/*
	 * A kexec says so in the boot protocol of x86: loader 0xd, any version.
	 * Where the kernel does not tell, nobody knows.
	 */
	FILE *in = fopen("/proc/sys/kernel/bootloader_type", "re");
	unsigned int type;
	int n;

	if (!in)
		return ARRIVAL_UNKNOWN;
	n = fscanf(in, "%u", &type);
	fclose(in);
	if (n != 1)
		return ARRIVAL_UNKNOWN;
	return type >> 4 == 0xd ? ARRIVAL_KEXEC : ARRIVAL_BOOT;
}

static bool open_capture(struct source *source, const char *path)
{
	const struct capture_about *about;

	source->path = path;
	source->capture = capture_open(path);
	if (!source->capture)
		return false;
	about = capture_about(source->capture);
	source->info = about->info;
	source->arrival = about->arrival <= ARRIVAL_KEXEC ? about->arrival :
							    ARRIVAL_UNKNOWN;
	return true;
}

/* Returns false after complaining. */
static bool read_state(struct source *source, struct state_reader *reader)
{
	if (state_read(reader, &source->state))
		return false;
	source->state.version = source->info.version;
	source->state.host = source->info.host;
	source->state.kernel = source->info.kernel;
	source->has_state = true;
	return true;
}

static bool read_journals(struct source *source, int fd)
{
	struct trace_info *info = &source->info;

	source->history = journal_read(fd);
	if (!source->history)
		return false;
	info->has_generation = history_generation(source->history, &info->generation);
	clocks_read(&info->clocks);
	return true;
}

/* Opens all that needs privileges, gives them up, and reads. */
static bool open_kernel(struct source *source, unsigned int wanted)
{
	struct trace_info *info = &source->info;
	struct state_reader reader = STATE_READER_NONE;
	bool optional = wanted & SOURCE_STATE_OPTIONAL, ok;
	int state = -ENOENT, journal = -ENOENT;

	uname(&source->host);
	info->version = LUTRACE_VERSION;
	info->host = source->host.nodename;
	info->kernel = source->host.release;
	source->arrival = source_read_arrival();
	if (!live_prepare())
		return false;

	if (wanted & SOURCE_STATE)
		state = state_open(&reader);
	if (state == -ENOENT && wanted == SOURCE_STATE)
		complain("kernel %s does not show what is preserved: use a kernel with the lutrace kernel series, set CONFIG_LIVEUPDATE and CONFIG_BPF_SYSCALL",
			 info->kernel);
	if (state && !optional && (state != -ENOENT || wanted == SOURCE_STATE))
		return false;
	if (wanted & SOURCE_EVENTS)
		journal = journal_open();
	if (journal == -ENOENT && wanted & SOURCE_EVENTS)
		complain("kernel %s has no live update journal: use a kernel with the lutrace kernel series, set CONFIG_LIVEUPDATE_JOURNAL",
			 info->kernel);
	privilege_drop();

	ok = journal >= 0 ? read_journals(source, journal) : !(wanted & SOURCE_EVENTS);
	if (ok && !state)
		ok = read_state(source, &reader) || optional;
	state_close(&reader);
	if (journal >= 0)
		close(journal);
	return ok;
}

struct source *source_open(const char *input, unsigned int wanted)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source) {
		complain("out of memory");
		return NULL;
	}
	if (input ? open_capture(source, input) : open_kernel(source, wanted))
		return source;
	source_close(source);
	return NULL;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	capture_free(source->capture);
	history_free(source->history);
	state_free(&source->state);
	free(source);
}

const struct trace_info *source_info(const struct source *source)
{
	return &source->info;
}

enum arrival source_arrival(const struct source *source)
{
	return source->arrival;
}

struct state *source_state(struct source *source)
{
	/* It may be anywhere in the capture, and few ask for it. */
	if (source->capture && !source->has_state) {
		state_free(&source->state);
		source->has_state = capture_state(source->capture, &source->state);
	}
	return source->has_state ? &source->state : NULL;
}

bool source_has(const struct source *source, enum generation_choice which)
{
	return source->capture ||
	       !history_problem(source->history, which == GENERATION_PREVIOUS);
}

bool source_is_empty(const struct source *source, enum generation_choice which)
{
	const char *previous, *current;

	if (source->capture)
		return false;
	previous = history_problem(source->history, true);
	current = history_problem(source->history, false);
	if (current && which != GENERATION_PREVIOUS)
		complain("no journal of this kernel: %s", current);
	if (previous && (which == GENERATION_PREVIOUS ||
			 (current && which == GENERATION_ANY)))
		complain("no journal of the previous kernel: %s", previous);
	if (which == GENERATION_PREVIOUS)
		return previous;
	return current && (which == GENERATION_CURRENT || previous);
}

const char *source_problem(const struct source *source)
{
	const struct capture_health *health;

	if (!source->capture)
		return NULL;
	health = capture_health(source->capture);
	if (health->damaged)
		return "a part of it is damaged";
	if (health->truncated)
		return "it is cut off";
	return health->whole ? NULL : "its recorder did not end it";
}

static void complain_about_capture(const struct source *source)
{
	const struct capture_health *health = capture_health(source->capture);

	if (health->damaged)
		complain("%s is damaged: %" PRIu64 " bytes could not be read, and what was in them is missing",
			 source->path, health->damaged);
	if (health->truncated)
		complain("%s is cut off: its recorder was killed, or the copy is not complete",
			 source->path);
	else if (!health->whole)
		complain("%s has no end: its recorder was killed, or writes it still",
			 source->path);
	if (health->unknown)
		complain("%s has %" PRIu64 " events that only a newer lutrace knows, or that make no sense",
			 source->path, health->unknown);
}

bool source_show(struct source *source, enum generation_choice which,
		 struct sink *sink)
{
	if (source->history)
		return history_show(source->history, which, sink);
	if (!capture_show(source->capture, which, sink))
		return false;
	complain_about_capture(source);
	return true;
}

const char *source_end(const struct source *source)
{
	return source_problem(source) ? "truncated" : "read";
}

int64_t source_end_ns(const struct source *source)
{
	return source->history ? source->info.clocks.start_ns :
				 capture_health(source->capture)->end_ns;
}
