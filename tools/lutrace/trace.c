// SPDX-License-Identifier: GPL-2.0
/* lutrace trace: live events. */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

#include "filter.h"
#include "lutrace.h"
#include "source_live.h"
#include "view.h"

#define DEFAULT_BUFFER_SIZE	(1UL << 20)
/* The kernel's limit for a ring, far above what is of use. */
#define MAX_BUFFER_SIZE		(1UL << 30)

enum output {
	OUTPUT_COLUMNS,
	OUTPUT_JSON,
};

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/**
 * struct options - The command line
 * @filter:      What to show.
 * @device:      Holds the address that @filter points to.
 * @output:      How to show it.
 * @time:        How to print times.
 * @color:       When to use colours.
 * @duration_ns: When to end; 0 for never.
 * @max_events:  After how many shown events to end; 0 for never.
 * @buffer_size: Of the ring, in bytes.
 * @ready_fd:    Told once attached; -1 for none.
 * @strict:      Missing data is an error.
 * @verbose:     How often -v was given.
 * @list:        List the events instead.
 */
struct options {
	struct filter filter;
	char device[BDF_SIZE];
	enum output output;
	enum time_style time;
	enum color_mode color;
	uint64_t duration_ns;
	uint64_t max_events;
	uint64_t buffer_size;
	int ready_fd;
	bool strict;
	int verbose;
	bool list;
};

enum {
	OPT_ERRORS = 256,
	OPT_HANDLER,
	OPT_FLB,
	OPT_SLOWER,
	OPT_TIME,
	OPT_COLOR,
	OPT_DURATION,
	OPT_MAX_EVENTS,
	OPT_BUFFER_SIZE,
	OPT_READY_FD,
	OPT_STRICT,
	OPT_LIST,
};

static const struct argp_option argp_options[] = {
	{ .doc = "Select:", .group = 1 },
	{ "event", 'e', "GLOB[,...]", 0, "Events by name, such as 'file.*' (repeatable)", 0 },
	{ "session", 's', "NAME", 0, "Events of this session", 0 },
	{ "token", 't', "N", 0, "Events of the file with this token", 0 },
	{ "device", 'd', "BDF", 0, "Events of this PCI device: 0000:01:00.0 or 01:00.0", 0 },
	{ "handler", OPT_HANDLER, "COMPATIBLE", 0, "Events of this file handler", 0 },
	{ "flb", OPT_FLB, "COMPATIBLE", 0, "Events of this FLB", 0 },
	{ "errors", OPT_ERRORS, "ERRNO[,...]", OPTION_ARG_OPTIONAL, "Failures, refusals and blocks only; with a value, such as EBUSY or 16, those errnos only", 0 },
	{ "slower", OPT_SLOWER, "MS", 0, "Operations that took this many milliseconds or more", 0 },
	{ .doc = "Output:", .group = 2 },
	{ "output", 'o', "FORMAT", 0, "columns (default) or json", 0 },
	{ "time", OPT_TIME, "STYLE", 0, "wall (default), boot, relative or delta; JSON always has wall and boot time", 0 },
	{ "color", OPT_COLOR, "WHEN", 0, "auto (default), always or never; NO_COLOR means never, too", 0 },
	{ "verbose", 'v', NULL, 0, "Show who caused each event; -vvv shows libbpf's log", 0 },
	{ "list", OPT_LIST, NULL, 0, "List all events with their fields and reasons, and exit", 0 },
	{ .doc = "Running:", .group = 3 },
	{ "duration", OPT_DURATION, "SEC", 0, "End after this many seconds", 0 },
	{ "max-events", OPT_MAX_EVENTS, "N", 0, "End after showing this many events", 0 },
	{ "buffer-size", OPT_BUFFER_SIZE, "SIZE", 0, "Size of the buffer between kernel and lutrace, such as 4M (default 1M)", 0 },
	{ "ready-fd", OPT_READY_FD, "FD", 0, "Write a line to FD and close it once attached", 0 },
	{ "strict", OPT_STRICT, NULL, 0, "Exit 3 if events were lost, 4 if a tracepoint is missing", 0 },
	{ 0 }
};

/* Returns the index of @word in @words, or complains and exits. */
static int parse_word(struct argp_state *state, const char *option,
		      const char *word, const char *const *words)
{
	int i;

	for (i = 0; words[i]; i++) {
		if (!strcmp(word, words[i]))
			return i;
	}
	argp_error(state, "%s: no such value '%s'", option, word);
	return 0;
}

static void require(struct argp_state *state, bool valid, const char *option,
		    const char *arg, const char *expected)
{
	if (!valid)
		argp_error(state, "%s: '%s' is not %s", option, arg, expected);
}

static void parse_buffer_size(struct argp_state *state, struct options *o,
			      const char *arg)
{
	uint64_t size, rounded = sysconf(_SC_PAGESIZE);

	require(state, parse_size(arg, &size) && size &&
		size <= MAX_BUFFER_SIZE, "--buffer-size", arg,
		"a size between 1 and 1G");
	/* The ring must be a power of two of pages. */
	while (rounded < size)
		rounded <<= 1;
	o->buffer_size = rounded;
}

static void parse_ready_fd(struct argp_state *state, struct options *o,
			   const char *arg)
{
	uint64_t fd;

	require(state, parse_u64(arg, &fd) && fd <= INT32_MAX &&
		fcntl(fd, F_GETFD) >= 0, "--ready-fd", arg,
		"an open file descriptor");
	o->ready_fd = fd;
}

static bool parse_select(int key, char *arg, struct argp_state *state,
			 struct options *o)
{
	struct filter *filter = &o->filter;
	const char *bad;

	switch (key) {
	case 'e':
		bad = filter_add_events(filter, arg);
		if (bad)
			argp_error(state, "--event: no event matches '%s': see 'lutrace trace --list'",
				   bad);
		break;
	case 's':
		filter->session = arg;
		break;
	case 't':
		require(state, parse_u64(arg, &filter->token), "--token", arg,
			"a number");
		filter->has_token = true;
		break;
	case 'd':
		require(state, parse_bdf(arg, o->device), "--device", arg,
			"a PCI address such as 0000:01:00.0");
		filter->device = o->device;
		break;
	case OPT_HANDLER:
		filter->handler = arg;
		break;
	case OPT_FLB:
		filter->flb = arg;
		break;
	case OPT_ERRORS:
		bad = filter_add_errnos(filter, arg);
		if (bad)
			argp_error(state, "--errors: no errno is called '%s'",
				   bad);
		break;
	case OPT_SLOWER:
		require(state, parse_duration(arg, NSEC_PER_MSEC,
					      &filter->slower_ns),
			"--slower", arg, "a number of milliseconds");
		break;
	default:
		return false;
	}
	return true;
}

static bool parse_output(int key, char *arg, struct argp_state *state,
			 struct options *o)
{
	static const char *const outputs[] = { "columns", "json", NULL };
	static const char *const times[] = {
		"wall", "boot", "relative", "delta", NULL
	};
	static const char *const colors[] = {
		"auto", "always", "never", NULL
	};

	switch (key) {
	case 'o':
		o->output = parse_word(state, "--output", arg, outputs);
		break;
	case OPT_TIME:
		o->time = parse_word(state, "--time", arg, times);
		break;
	case OPT_COLOR:
		o->color = parse_word(state, "--color", arg, colors);
		break;
	case 'v':
		o->verbose++;
		break;
	case OPT_LIST:
		o->list = true;
		break;
	default:
		return false;
	}
	return true;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (parse_select(key, arg, state, o) ||
	    parse_output(key, arg, state, o))
		return 0;

	switch (key) {
	case OPT_DURATION:
		require(state, parse_duration(arg, NSEC_PER_SEC,
					      &o->duration_ns) &&
			o->duration_ns, "--duration", arg,
			"a positive number of seconds");
		break;
	case OPT_MAX_EVENTS:
		require(state, parse_u64(arg, &o->max_events) && o->max_events,
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
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp trace_argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = "Show the events of live updates as they happen.\v"
	       "Exit status: 0 clean, also after Ctrl-C; 1 a failure was shown; 2 usage; 3 output is incomplete; 4 cannot run here.",
};

static int list_events(const struct options *o)
{
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		const struct event_desc *desc = &event_descs[i];
		const char *const *reason;
		enum field_id field;

		if (!filter_selects(&o->filter, desc->id))
			continue;
		printf("%-20s ", desc->name);
		for (field = 0; field < NR_FIELDS; field++) {
			if (desc->fields & 1U << field)
				printf(" %s", field_descs[field].key);
		}
		putchar('\n');
		for (reason = desc->reasons; *reason; reason++)
			printf("%s%s", reason == desc->reasons ?
			       "                        " : " | ", *reason);
		if (*desc->reasons)
			putchar('\n');
		if (o->verbose)
			printf("                        tracepoint %s:%s\n",
			       system_descs[desc->system].name,
			       desc->tracepoint);
	}
	return fflush(stdout) ? EXIT_INCOMPLETE : EXIT_CLEAN;
}

static bool is_missing(const struct live_events *events, size_t i)
{
	return events->wanted[i] && !events->present[i];
}

/* Names the missing events of one system, and what would bring them. */
static void complain_about_system(const struct live_events *events,
				  enum system_id system, const char *kernel)
{
	const struct system_desc *desc = &system_descs[system];
	unsigned int missing = 0, wanted = 0, unreadable = 0;
	char *names = NULL;
	size_t size, i;
	FILE *out;

	out = open_memstream(&names, &size);
	if (!out)
		return;
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (event_descs[i].system != system || !events->wanted[i])
			continue;
		wanted++;
		if (!is_missing(events, i))
			continue;
		fprintf(out, "%s%s", missing ? ", " : "", event_descs[i].name);
		missing++;
		unreadable += events->unreadable[i];
	}
	fclose(out);

	if (unreadable)
		complain("missing CAP_SYS_ADMIN: the %s tracepoints are in a module, and only it may look into modules: no %s",
			 desc->name, names);
	else if (missing && missing == wanted)
		complain("kernel %s has no %s tracepoints: use a kernel with the live update tracing patches, %s",
			 kernel, desc->name, desc->remedy);
	else if (missing)
		complain("kernel %s lacks some %s tracepoints, its live update tracing patches are of another version: no %s",
			 kernel, desc->name, names);
	free(names);
}

/* Returns 0 where tracing may go on, or an exit status. */
static int check_events(const struct live_events *events, bool strict,
			const char *kernel)
{
	unsigned int present = 0, missing = 0;
	enum system_id system;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		present += events->present[i];
		missing += is_missing(events, i);
	}
	for (system = 0; system < NR_SYSTEMS; system++)
		complain_about_system(events, system, kernel);
	return !present || (missing && strict) ? EXIT_CANNOT_RUN : 0;
}

/* Tells systemd, by its protocol: one datagram to the socket it names. */
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
			complain("cannot write to --ready-fd %d: %s", fd,
				 strerror(errno));
		if (fd > STDERR_FILENO)
			close(fd);
	}
	notify_systemd();
}

/**
 * struct run - One run of the verb
 * @options: The command line.
 * @info:    What the view is told first.
 * @view:    Where events go.
 * @live:    Where they come from.
 * @summary: What the view is told last.
 * @write_error: Why the output could not be written; 0 where it could.
 */
struct run {
	const struct options *options;
	struct trace_info info;
	struct view *view;
	struct live *live;
	struct summary summary;
	int write_error;
};

/* Returns false where the last wanted event was shown. */
static bool show_event(void *data, const struct event *event)
{
	const struct options *o;
	struct run *run = data;

	o = run->options;
	if (!filter_passes(&o->filter, event)) {
		run->summary.filtered++;
		return true;
	}
	run->view->event(run->view, event);
	run->summary.shown++;
	run->summary.failed += event->failed;
	return !o->max_events || run->summary.shown < o->max_events;
}

/* A write that stdio does on its own may fail as well: only ferror() knows. */
static bool flush(struct run *run)
{
	if (!run->write_error && (fflush(stdout) || ferror(stdout)))
		run->write_error = errno ? errno : EIO;
	return !run->write_error;
}

static bool show_pending(struct run *run)
{
	bool more = live_consume(run->live, show_event, run);
	struct loss loss;

	/* After the ring: it was full when something was lost. */
	if (live_lost(run->live, &loss)) {
		run->view->lost(run->view, &loss);
		run->summary.lost = loss.total;
	}
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

/* Returns -1, which poll() ignores, where there is no limit. */
static int open_timer(uint64_t ns)
{
	struct itimerspec when = {
		.it_value.tv_sec = ns / NSEC_PER_SEC,
		.it_value.tv_nsec = ns % NSEC_PER_SEC,
	};
	int fd;

	if (!ns)
		return -1;
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (fd >= 0)
		timerfd_settime(fd, 0, &when, NULL);
	return fd;
}

enum { POLL_RING, POLL_SIGNALS, POLL_TIMER, POLL_STDOUT, NR_POLLS };

/*
 * Shows events until there is a reason to end. Each wakeup's events are flushed
 * before the next wait: after a kexec nobody flushes.
 */
static void follow(struct run *run, struct pollfd *polls)
{
	struct summary *summary = &run->summary;

	while (!summary->end) {
		/* The mask and the timer were set up: no wait can be missed. */
		if (poll(polls, NR_POLLS, -1) < 0 && errno != EINTR) {
			complain("poll: %s", strerror(errno));
			summary->end = "interrupted";
		}
		if (polls[POLL_SIGNALS].revents)
			summary->end = "interrupted";
		else if (polls[POLL_TIMER].revents)
			summary->end = "duration";

		if (!show_pending(run))
			summary->end = "max_events";
		if (!flush(run))
			return;
		/* The reader of a pipe went away while nothing happened. */
		if (polls[POLL_STDOUT].revents & (POLLERR | POLLHUP))
			summary->end = "closed";
	}
}

static int exit_status(const struct run *run)
{
	const struct summary *summary = &run->summary;

	if (run->options->strict && summary->lost)
		return EXIT_INCOMPLETE;
	return summary->failed ? EXIT_OBSERVED : EXIT_CLEAN;
}

static int check_output(struct run *run)
{
	/* Who reads us through a pipe may stop reading: that is no error. */
	if (flush(run) || run->write_error == EPIPE)
		return exit_status(run);
	complain("cannot write the output: %s", strerror(run->write_error));
	return EXIT_INCOMPLETE;
}

static bool use_color(const struct options *o)
{
	const char *no_color = getenv("NO_COLOR");

	if (o->color != COLOR_AUTO)
		return o->color == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

static struct view *new_view(const struct options *o)
{
	struct columns_options columns = {
		.time = o->time,
		.color = use_color(o),
		.who = o->verbose > 0,
	};

	if (o->output == OUTPUT_JSON)
		return view_json_new(stdout);
	return view_columns_new(stdout, &columns);
}

static unsigned int count_traced(const struct trace_info *info)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		count += info->traced[i];
	return count;
}

static int trace(struct run *run)
{
	struct summary *summary = &run->summary;
	struct clocks now;
	struct pollfd polls[NR_POLLS] = {
		[POLL_RING] = { .fd = live_fd(run->live), .events = POLLIN },
		[POLL_SIGNALS] = { .fd = open_signals(), .events = POLLIN },
		[POLL_TIMER] = { .fd = open_timer(run->options->duration_ns),
				 .events = POLLIN },
		[POLL_STDOUT] = { .fd = STDOUT_FILENO },
	};

	clocks_read(&run->info.clocks);
	run->view->begin(run->view, &run->info);
	if (!flush(run))
		return check_output(run);
	complain("tracing %u events", count_traced(&run->info));
	announce_ready(run->options->ready_fd);

	follow(run, polls);
	if (run->write_error)
		return check_output(run);

	clocks_read(&now);
	summary->boottime_ns = now.start_ns;
	run->view->end(run->view, summary);
	complain("%" PRIu64 " events, %" PRIu64 " failed, %" PRIu64 " filtered out, %" PRIu64 " lost",
		 summary->shown, summary->failed, summary->filtered,
		 summary->lost);
	return check_output(run);
}

int verb_trace(int argc, char **argv)
{
	struct options options = {
		.buffer_size = DEFAULT_BUFFER_SIZE,
		.ready_fd = -1,
	};
	struct live_events events = { 0 };
	struct run run = { .options = &options };
	struct utsname host;
	int status, missing;
	size_t i;

	argp_parse(&trace_argp, argc, argv, 0, NULL, &options);
	if (options.list)
		return list_events(&options);
	if (options.verbose >= 3)
		live_show_libbpf_log();

	/* A closed pipe is an error of fflush(), not the end. */
	signal(SIGPIPE, SIG_IGN);
	uname(&host);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		events.wanted[i] = filter_selects(&options.filter, i);

	status = live_probe(&events);
	missing = check_events(&events, options.strict, host.release);
	if (status || missing)
		return status ? status : missing;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		run.info.traced[i] = events.present[i];
		run.info.missing[i] = is_missing(&events, i);
	}
	run.info.version = LUTRACE_VERSION;
	run.info.host = host.nodename;
	run.info.kernel = host.release;

	run.view = new_view(&options);
	if (!run.view) {
		complain("out of memory");
		return EXIT_CANNOT_RUN;
	}
	run.live = live_open(&events, options.buffer_size);
	status = run.live ? trace(&run) : EXIT_CANNOT_RUN;
	live_close(run.live);
	free(run.view);
	return status;
}
