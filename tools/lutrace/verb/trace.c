// SPDX-License-Identifier: GPL-2.0
/* lutrace trace: what was recorded, and then live events. */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/output.h"
#include "source/journal_iter.h"
#include "source/live.h"
#include "verb/main.h"
#include "verb/show.h"
#include "verb/trace.h"

#define DEFAULT_BUFFER_SIZE	(512UL << 10)
/* The kernel's limit for a ring, far above what is of use. */
#define MAX_BUFFER_SIZE		(1UL << 30)

/**
 * struct options - The command line
 * @tracing: How to trace.
 * @list:    List the events instead.
 */
struct options {
	struct trace_options tracing;
	bool list;
};

static const struct argp_option running_options[] = {
	{ "duration", OPT_DURATION, "SEC", 0, "End after this many seconds", 0 },
	{ "max-events", OPT_MAX_EVENTS, "N", 0, "End after showing or recording this many events", 0 },
	{ "buffer-size", OPT_BUFFER_SIZE, "SIZE", 0, "Size of the buffer between kernel and lutrace, such as 4M (default 512K)", 0 },
	{ "ready-fd", OPT_READY_FD, "FD", 0, "Write a line to FD and close it once attached", 0 },
	{ "strict", OPT_STRICT, NULL, 0, "Exit 3 if events were lost, 4 if a tracepoint is missing", 0 },
	{ "no-history", OPT_NO_HISTORY, NULL, 0, "Do not start with what the journal knows", 0 },
	{ 0 }
};

static const struct argp_option argp_options[] = {
	{ "list", OPT_LIST, NULL, 0, "List all events with their fields and reasons, and exit", 3 },
	{ 0 }
};

static void parse_buffer_size(struct argp_state *state, struct trace_options *o, const char *arg)
{
	uint64_t size, rounded = sysconf(_SC_PAGESIZE);

	options_require(state, parse_size(arg, &size) && size &&
		size <= MAX_BUFFER_SIZE, "--buffer-size", arg,
		"a size between 1 and 1G");
	/* The ring must be a power of two of pages. */
	while (rounded < size)
		rounded <<= 1;
	o->buffer_size = rounded;
}

static void parse_ready_fd(struct argp_state *state, struct trace_options *o, const char *arg)
{
	uint64_t fd;

	options_require(state, parse_u64(arg, &fd) && fd <= INT32_MAX &&
		fcntl(fd, F_GETFD) >= 0, "--ready-fd", arg,
		"an open file descriptor");
	o->ready_fd = fd;
}

/* Whether any of the events that can be traced is selected. */
static bool selects_any(const struct filter *filter)
{
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (filter_selects(filter, i))
			return true;
	}
	return false;
}

static error_t parse_running(int key, char *arg, struct argp_state *state)
{
	struct trace_options *o = state->input;

	switch (key) {
	case OPT_NO_HISTORY:
		o->no_history = true;
		break;
	case OPT_DURATION:
		options_require(state, parse_duration(arg, NSEC_PER_SEC,
					      &o->duration_ns) &&
			o->duration_ns, "--duration", arg,
			"a positive number of seconds");
		break;
	case OPT_MAX_EVENTS:
		options_require(state, parse_u64(arg, &o->max_events) && o->max_events,
			"--max-events", arg, "a positive number");
		break;
	case OPT_BUFFER_SIZE:
		parse_buffer_size(state, o, arg);
		break;
	case OPT_READY_FD:
		parse_ready_fd(state, o, arg);
		break;
	case OPT_STRICT:
		o->strict = true;
		break;
	case ARGP_KEY_END:
		if (!o->common.input && !selects_any(&o->common.filter))
			argp_error(state, "--event: only a newer lutrace knows these events: see 'lutrace journal', or use -i FILE");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp trace_running_argp = {
	.options = running_options,
	.parser = parse_running,
};

void trace_init(struct trace_options *options)
{
	options->buffer_size = DEFAULT_BUFFER_SIZE;
	options->ready_fd = -1;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	const struct common_options *common = &o->tracing.common;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->tracing.common;
		state->child_inputs[1] = &o->tracing.common;
		state->child_inputs[2] = &o->tracing;
		break;
	case OPT_LIST:
		o->list = true;
		break;
	case ARGP_KEY_END:
		if (common->filter.generation == GENERATION_PREVIOUS && !common->input)
			argp_error(state, "--generation: nothing more happens in the previous kernel: see 'lutrace journal'");
		break;
	case ARGP_KEY_ARG:
		argp_error(state, is_verb(arg) ?
			   "unexpected argument '%1$s': a verb comes first: lutrace %1$s [OPTION...]" :
			   "unexpected argument '%1$s'", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = {
	OPTIONS_CHILD_SELECT,
	OPTIONS_CHILD_OUTPUT(stream),
	TRACE_CHILD_RUNNING,
	{ 0 }
};

static const struct argp trace_argp = {
	.options = argp_options,
	.parser = parse_option,
	.children = children,
	.doc = "Show the events of live updates: recorded ones, and then events as they "
	       "happen.\v"
	       "Examples:\n"
	       "  lutrace trace --errors -v          failures, refusals and blocks\n"
	       "  lutrace trace --device 01:00.0     one device\n"
	       "  lutrace trace --slower 10 -o json  operations of 10 ms or more\n\n"
	       "Exit status: 0 clean, also after Ctrl-C; 1 a failure was shown; 2 "
	       "usage; 3 the output could not be written, or under --strict events were "
	       "lost or the capture is incomplete; 4 cannot run here.",
};

static void list_reasons(const struct event_desc *desc)
{
	const char *separator = "                        ";
	unsigned int i;

	for (i = 0; i < desc->nr_reasons; i++) {
		if (!desc->reasons[i])
			continue;
		printf("%s%s", separator, desc->reasons[i]);
		separator = " | ";
	}
	if (desc->nr_reasons)
		putchar('\n');
}

static int list_events(const struct common_options *o)
{
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		const struct event_desc *desc = &event_descs[i];
		enum field_id field;

		if (!filter_selects(&o->filter, desc->id))
			continue;
		printf("%-20s ", desc->name);
		for (field = 0; field < NR_FIELDS; field++) {
			if (desc->fields & 1U << field)
				printf(" %s", field_descs[field].key);
		}
		putchar('\n');
		list_reasons(desc);
		if (o->verbose)
			printf("                        tracepoint %s:%s\n",
			       system_descs[desc->system].name,
			       desc->tracepoint);
	}
	return finish_output(EXIT_CLEAN);
}

/* The names of those events of @system; the caller frees them. NULL if there is none. */
static char *names_of(enum system_id system, const bool *events)
{
	char *names = NULL;
	size_t size, i;
	FILE *out = NULL;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (event_descs[i].system != system || !events[i])
			continue;
		if (out)
			fputs(", ", out);
		else
			out = open_memstream(&names, &size);
		if (!out)
			return NULL;
		fputs(event_descs[i].name, out);
	}
	if (out)
		fclose(out);
	return names;
}

/* Names the events of one system that cannot be traced, and says what would help. */
static void complain_about_system(const struct live_events *events,
				  enum system_id system, const char *kernel)
{
	const struct system_desc *desc = &system_descs[system];
	char *missing = names_of(system, events->missing);
	char *foreign = names_of(system, events->foreign);
	char *present = names_of(system, events->present);

	if (missing && !present && !foreign)
		complain("kernel %s has no %s tracepoints: %s", kernel, desc->name, desc->remedy);
	else if (missing)
		complain("kernel %s lacks some %s tracepoints, its lutrace kernel series is of another version: no %s",
			 kernel, desc->name, missing);
	if (foreign)
		complain("kernel %s has %s tracepoints of another signature, its lutrace kernel series is of another version: no %s",
			 kernel, desc->name, foreign);
	free(missing);
	free(foreign);
	free(present);
}

/* Returns 0 if tracing may go on, or an exit status. */
static int check_events(const struct live_events *events, bool strict, const char *kernel)
{
	unsigned int present = 0, wanted = 0;
	enum system_id system;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		present += events->present[i];
		wanted += events->wanted[i];
	}
	for (system = 0; system < NR_SYSTEMS; system++)
		complain_about_system(events, system, kernel);
	return !present || (present < wanted && strict) ? EXIT_CANNOT_RUN : 0;
}

/* Notifies systemd, by its protocol: one datagram to the socket that it names. */
static void notify_systemd(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;
	int fd;

	if (length < 2 || length >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, length);
	/* An abstract name starts with a zero byte, written as '@'. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, "READY=1", 7, MSG_NOSIGNAL,
			     (struct sockaddr *)&address,
			     offsetof(struct sockaddr_un, sun_path) + length) < 0)
		complain("cannot notify %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void announce_ready(int fd)
{
	if (fd >= 0) {
		if (write(fd, "READY\n", 6) != 6)
			complain("cannot write to --ready-fd %d: %s", fd, strerror(errno));
		if (fd > STDERR_FILENO)
			close(fd);
	}
	notify_systemd();
}

/**
 * struct run - One run of the verb
 * @sink:    Takes live events.
 * @options: The command line.
 * @show:    Where events go.
 * @live:    Where they come from.
 * @history: What happened before, or NULL.
 */
struct run {
	struct sink sink;
	const struct trace_options *options;
	struct show show;
	struct live *live;
	struct history *history;
};

static bool show_live(struct sink *sink, struct event *event)
{
	struct run *run = container_of(sink, struct run, sink);

	if (run->history) {
		/* It was recorded before the journal was read, and is shown. */
		if (history_has(run->history, event->journal_seq))
			return true;
		history_annotate(run->history, event);
	}
	return run->show.sink.event(&run->show.sink, event);
}

static bool show_pending(struct run *run, bool look)
{
	bool more = live_consume(run->live, &run->sink);
	bool last = !more || run->show.summary.end;
	struct loss loss;

	/* Events that were lost come after those in the ring, which was full then. */
	if (live_lost(run->live, &loss, look || last))
		run->show.sink.lost(&run->show.sink, &loss);
	return more;
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* It is readable in @ns; never, if that is 0. poll() ignores one that there is not. */
static void set_timer(int fd, uint64_t ns)
{
	struct itimerspec when = {
		.it_value.tv_sec = ns / NSEC_PER_SEC,
		.it_value.tv_nsec = ns % NSEC_PER_SEC,
	};

	timerfd_settime(fd, 0, &when, NULL);
}

static int open_timer(uint64_t ns)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	set_timer(fd, ns);
	return fd;
}

enum { POLL_RING, POLL_SIGNALS, POLL_TIMER, POLL_LOOK, POLL_STDOUT, NR_POLLS };

/* Events that the kernel skipped are looked for this long after one that it did not skip. */
#define LOOK_NS		NSEC_PER_SEC

/*
 * Returns whether to look for skipped events. Its timer runs only after events: an idle
 * host is left alone.
 */
static bool look_is_due(const struct pollfd *polls, bool *timer_runs)
{
	bool due = polls[POLL_LOOK].revents;

	if (due || (polls[POLL_RING].revents && !*timer_runs)) {
		*timer_runs = polls[POLL_RING].revents;
		set_timer(polls[POLL_LOOK].fd, *timer_runs ? LOOK_NS : 0);
	}
	return due;
}

/*
 * Shows events until there is a reason to end. Each wakeup's events are flushed
 * before the next wait: after a kexec nothing would be flushed.
 */
static void follow(struct run *run, struct pollfd *polls)
{
	struct summary *summary = &run->show.summary;
	bool timer_runs = false;

	while (!summary->end) {
		/* The mask and the timers were set up: no wait can be missed. */
		if (poll(polls, NR_POLLS, -1) < 0 && errno != EINTR) {
			complain("poll: %s", strerror(errno));
			summary->end = "interrupted";
		}
		if (polls[POLL_SIGNALS].revents)
			summary->end = "interrupted";
		else if (polls[POLL_TIMER].revents)
			summary->end = "duration";

		if (!show_pending(run, look_is_due(polls, &timer_runs)))
			summary->end = "max_events";
		if (!show_flush(&run->show))
			return;
		/* The reader of a pipe went away while nothing happened. */
		if (polls[POLL_STDOUT].revents & (POLLERR | POLLHUP))
			summary->end = "closed";
	}
}

static unsigned int count_traced(const struct trace_info *info)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		count += info->traced[i];
	return count;
}

static void snapshot(const struct trace_options *options)
{
	if (options->snapshot)
		options->snapshot(options->data);
}

static int trace(struct run *run)
{
	struct show *show = &run->show;
	struct pollfd polls[NR_POLLS] = {
		[POLL_RING] = { .fd = live_fd(run->live), .events = POLLIN },
		[POLL_SIGNALS] = { .fd = open_signals(), .events = POLLIN },
		[POLL_TIMER] = { .fd = open_timer(run->options->duration_ns),
				 .events = POLLIN },
		[POLL_LOOK] = { .fd = open_timer(0), .events = POLLIN },
		[POLL_STDOUT] = { .fd = STDOUT_FILENO },
	};

	clocks_read(&show->info.clocks);
	if (!show_begin(show))
		return show_end(show);
	snapshot(run->options);
	complain("tracing %u events", count_traced(&show->info));
	announce_ready(run->options->ready_fd);

	if (run->history && !history_show(run->history, run->options->common.filter.generation,
					  &show->sink))
		show->summary.end = "max_events";
	if (show_flush(show))
		follow(run, polls);
	snapshot(run->options);
	return show_end(show);
}

/*
 * Attaches first and reads the journal then: what happens in between is in both,
 * under the same number. Its iterator is opened before, with the privileges that
 * attaching gives up. Returns 0 or an exit status.
 */
static int open_sources(struct run *run, struct live_events *events)
{
	bool wanted = !run->options->no_history;
	int fd = wanted ? journal_open() : -ENOENT;

	if (wanted && fd == -ENOENT)
		complain("kernel %s has no live update journal: no history", run->show.info.kernel);
	if (fd < 0 && fd != -ENOENT)
		return EXIT_CANNOT_RUN;

	run->live = live_open(events, run->options->buffer_size);
	if (run->live && fd >= 0)
		run->history = journal_read(fd);
	if (fd >= 0)
		close(fd);
	if (!run->live || (fd >= 0 && !run->history))
		return EXIT_CANNOT_RUN;
	if (run->history)
		run->show.info.has_generation =
			history_generation(run->history, &run->show.info.generation);
	return 0;
}

int trace_run(const struct trace_options *options, struct view *view)
{
	struct live_events events = { 0 };
	struct run run = {
		.sink.event = show_live,
		.options = options,
		.show.sink = show_sink,
		.show.options = &options->common,
		.show.max_events = options->max_events,
		.show.strict = options->strict,
		.show.view = view,
	};
	struct trace_info *info = &run.show.info;
	struct utsname host;
	int status, missing;
	size_t i;

	uname(&host);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		events.wanted[i] = filter_selects(&options->common.filter, i);

	status = live_probe(&events);
	missing = check_events(&events, options->strict, host.release);
	if (status || missing)
		return status ? status : missing;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		info->traced[i] = events.present[i];
		info->missing[i] = events.missing[i] || events.foreign[i];
	}
	info->version = LUTRACE_VERSION;
	info->host = host.nodename;
	info->kernel = host.release;

	status = open_sources(&run, &events);
	if (!status)
		status = trace(&run);
	live_close(run.live);
	history_free(run.history);
	return status;
}

static int replay(const struct trace_options *options)
{
	struct show show = {
		.options = &options->common,
		.max_events = options->max_events,
		.strict = options->strict,
	};

	return show_recorded(&show);
}

int verb_trace(int argc, char **argv)
{
	struct options options = { 0 };
	struct common_options *common = &options.tracing.common;
	struct view *view;
	int status;

	trace_init(&options.tracing);
	argp_parse(&trace_argp, argc, argv, 0, NULL, &options);
	if (options.list)
		return list_events(common);
	if (common->input)
		return replay(&options.tracing);

	view = options_new_view(common);
	if (!view)
		return EXIT_CANNOT_RUN;
	status = trace_run(&options.tracing, view);
	free(view);
	return status;
}
