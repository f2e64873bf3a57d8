// SPDX-License-Identifier: GPL-2.0
/*
 * What tracers cost, and what they lose: lutrace beside bpftrace, trace-cmd and perf trace, each on
 * the same two tracepoints, printing each event with its errno to a pipe that is read at once.
 *
 * A round starts each tracer while /dev/liveupdate is opened and closed a thousand times a second,
 * and takes the time to its first line; then bursts, as fast as one thread can, of a few sizes; and
 * then its memory. Each round begins with another tracer. bench/tracers.awk makes ratios of what a
 * round prints.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lu_lib.h"

#define ROUNDS		5
#define PIPE_SIZE	(1U << 20)
#define START_LIMIT_MS	120000
/* A tracer that has said nothing for that long has said all. */
#define QUIET_MS	700
#define STOP_LIMIT_MS	30000
#define MAX_WORDS	16
/* At a given rate, ticks come in groups of this size. */
#define TICKS_AT_ONCE	20
/* Behind the last burst's events, or a tracer may keep them to itself. */
#define TICKS_BEHIND	64

struct tracer {
	const char *name;
	const char *words[MAX_WORDS];
};

static const struct tracer tracers[] = {
	{ "lutrace", { "lutrace", "trace", "--no-history", "-e", "luo.open,luo.release", NULL } },
	{ "bpftrace", { "bpftrace", "-e",
	  "tracepoint:liveupdate:luo_open { printf(\"%llu luo_open %s %d %d\\n\", nsecs, comm, pid, args->err); } "
	  "tracepoint:liveupdate:luo_release { printf(\"%llu luo_release %s %d %d\\n\", nsecs, comm, pid, args->err); }",
	  NULL } },
	{ "trace-cmd", { "trace-cmd", "stream", "-e", "liveupdate:luo_open",
	  "-e", "liveupdate:luo_release", NULL } },
	{ "perf", { "perf", "trace", "--no-syscalls", "-e",
	  "liveupdate:luo_open,liveupdate:luo_release", NULL } },
};

#define NR_TRACERS	(sizeof(tracers) / sizeof(tracers[0]))

/**
 * struct burst - How many events come how fast
 * @ticks:  How often the device is opened and closed, which is two events.
 * @each_us: When the next one is due; 0 for at once.
 */
static const struct burst {
	unsigned int ticks;
	unsigned int each_us;
} bursts[] = {
	{ 500, 0 }, { 5000, 0 }, { 50000, 0 },
	{ 50000, 50 }, { 50000, 40 },
};

#define NR_BURSTS	(sizeof(bursts) / sizeof(bursts[0]))

/**
 * struct run - A tracer that runs
 * @pid:   Of its first process, which leads a session of its own.
 * @out:   What it says.
 * @lines: Events that it has told.
 * @line:  The begin of the line at hand.
 * @length: How much of it there is.
 */
struct run {
	pid_t pid;
	int out;
	unsigned long lines;
	char line[512];
	size_t length;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Two events. Who traces does not matter to it. */
static void tick(void)
{
	int fd = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

static int start(struct run *run, const struct tracer *tracer)
{
	int out[2];

	memset(run, 0, sizeof(*run));
	lu_require(!pipe2(out, O_CLOEXEC), "no pipe: %s", strerror(errno));
	fcntl(out[0], F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	run->pid = fork();
	lu_require(run->pid >= 0, "no process: %s", strerror(errno));
	if (!run->pid) {
		setsid();
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		execvp(tracer->words[0], (char *const *)tracer->words);
		_exit(127);
	}
	close(out[1]);
	run->out = out[0];
	return KSFT_PASS;
}

static void take_line(struct run *run)
{
	run->line[run->length < sizeof(run->line) ? run->length : sizeof(run->line) - 1] = '\0';
	run->length = 0;
	if (strstr(run->line, "luo.open ") || strstr(run->line, "luo.release ") ||
	    ((strstr(run->line, "luo_open") || strstr(run->line, "luo_release")) &&
	     !strstr(run->line, "tracepoint:")))
		run->lines++;
}

/* Takes what was said, and returns whether there was any. */
static bool listen_to(struct run *run)
{
	static char said[1 << 16];
	ssize_t n = read(run->out, said, sizeof(said)), i;

	for (i = 0; i < n; i++) {
		if (said[i] == '\n')
			take_line(run);
		else if (run->length++ < sizeof(run->line) - 1)
			run->line[run->length - 1] = said[i];
	}
	return n > 0;
}

/* Numbers of /proc/PID/stat, of which the name in brackets is the second. */
static bool read_stat(const char *pid, long long *session, long long *ticks)
{
	char path[64], text[1024] = {};
	long long user, system;
	const char *rest;
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	rest = n > 0 ? strrchr(text, ')') : NULL;
	if (!rest || sscanf(rest, ") %*c %*d %*d %lld %*d %*d %*u %*u %*u %*u %*u %lld %lld",
			    session, &user, &system) != 3)
		return false;
	*ticks = user + system;
	return true;
}

/* What it has in memory, in KiB. */
static long long resident_kib(const char *pid)
{
	char path[64], line[128];
	long long kib = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%.20s/status", pid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "VmRSS: %lld", &kib) == 1)
			break;
	}
	if (in)
		fclose(in);
	return kib;
}

/* CPU time of all its processes, in ns, and their memory. */
static void look_at(const struct run *run, long long *cpu_ns, long long *kib)
{
	long long session, ticks;
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	*cpu_ns = 0;
	*kib = 0;
	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !read_stat(entry->d_name, &session, &ticks) || session != run->pid)
			continue;
		*cpu_ns += ticks * (1000000000LL / sysconf(_SC_CLK_TCK));
		*kib += resident_kib(entry->d_name);
	}
	if (proc)
		closedir(proc);
}

static bool is_over(const struct run *run)
{
	return waitpid(run->pid, NULL, WNOHANG) != 0;
}

/* Listens until nothing is said any more. */
static void await_quiet(struct run *run)
{
	struct pollfd poll_out = { .fd = run->out, .events = POLLIN };

	while (poll(&poll_out, 1, QUIET_MS) > 0 && listen_to(run))
		;
}

/* Makes it tell what it keeps in its buffers. */
static void flush(struct run *run)
{
	int i;

	for (i = 0; i < TICKS_BEHIND; i++)
		tick();
	await_quiet(run);
}

/* Ticks until it tells of one. */
static int await_first(struct run *run, int64_t *ns)
{
	int64_t begin = now_ns(), end = begin + START_LIMIT_MS * 1000000LL;

	while (!run->lines && now_ns() < end) {
		lu_require(!is_over(run), "it ended: %.200s", run->line);
		tick();
		usleep(1000);
		listen_to(run);
	}
	*ns = now_ns() - begin;
	lu_require(run->lines, "it has told nothing: %.200s", run->line);
	flush(run);
	return KSFT_PASS;
}

static int64_t make_ticks(const struct burst *burst)
{
	int64_t begin = now_ns(), due, ns;
	unsigned int i;

	for (i = 0; i < burst->ticks; i++) {
		due = begin + (int64_t)i * burst->each_us * 1000;
		ns = due - now_ns();
		if (i % TICKS_AT_ONCE == 0 && ns > 0)
			usleep(ns / 1000);
		tick();
	}
	return now_ns() - begin;
}

/* A burst in a process of its own, so that the pipe is read all the while. Returns its time. */
static int64_t run_burst(struct run *run, const struct burst *burst)
{
	int64_t ns = 0;
	int done[2];
	pid_t pid;

	if (pipe2(done, O_CLOEXEC | O_NONBLOCK))
		return -1;
	pid = fork();
	if (!pid) {
		ns = make_ticks(burst);
		_exit(write(done[1], &ns, sizeof(ns)) != sizeof(ns));
	}
	while (read(done[0], &ns, sizeof(ns)) != sizeof(ns)) {
		struct pollfd polls[] = {
			{ .fd = run->out, .events = POLLIN }, { .fd = done[0], .events = POLLIN },
		};

		poll(polls, 2, -1);
		listen_to(run);
	}
	waitpid(pid, NULL, 0);
	close(done[0]);
	close(done[1]);
	return ns;
}

static void measure_burst(struct run *run, const char *name, unsigned int round,
			  const struct burst *burst)
{
	long long before, after, kib;
	unsigned long lines = run->lines;
	int64_t ns;

	look_at(run, &before, &kib);
	ns = run_burst(run, burst);
	await_quiet(run);
	flush(run);
	look_at(run, &after, &kib);
	ksft_print_msg("bench: burst by=%s rep=%u events=%u each_us=%u told=%ld ns=%lld cpu_ns=%lld\n", name,
		       round, 2 * burst->ticks, burst->each_us,
		       (long)(run->lines - lines) - 2 * TICKS_BEHIND,
		       (long long)ns, after - before);
}

static void stop(struct run *run)
{
	int64_t end = now_ns() + STOP_LIMIT_MS * 1000000LL;

	kill(-run->pid, SIGINT);
	while (!is_over(run) && now_ns() < end) {
		listen_to(run);
		usleep(10000);
	}
	kill(-run->pid, SIGKILL);
	waitpid(run->pid, NULL, 0);
	close(run->out);
}

static int measure(const struct tracer *tracer, unsigned int round)
{
	long long cpu, kib;
	int64_t start_ns;
	struct run run;
	size_t i;

	lu_require(start(&run, tracer) == KSFT_PASS, "%s does not start", tracer->name);
	if (await_first(&run, &start_ns) != KSFT_PASS) {
		stop(&run);
		return KSFT_FAIL;
	}
	ksft_print_msg("bench: start by=%s rep=%u ns=%lld\n", tracer->name, round, (long long)start_ns);
	for (i = 0; i < NR_BURSTS; i++)
		measure_burst(&run, tracer->name, round, &bursts[i]);
	look_at(&run, &cpu, &kib);
	ksft_print_msg("bench: memory by=%s rep=%u kib=%lld\n", tracer->name, round, kib);
	stop(&run);
	return KSFT_PASS;
}

/* Nobody traces. */
static void measure_alone(unsigned int round)
{
	struct run nobody = { .out = -1 };
	size_t i;

	for (i = 0; i < NR_BURSTS; i++)
		ksft_print_msg("bench: burst by=nobody rep=%u events=%u each_us=%u told=0 ns=%lld cpu_ns=0\n",
			       round, 2 * bursts[i].ticks, bursts[i].each_us,
			       (long long)run_burst(&nobody, &bursts[i]));
}

static int run_rounds(void)
{
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		measure_alone(round);
		for (i = 0; i < NR_TRACERS; i++) {
			const struct tracer *tracer = &tracers[(round + i) % NR_TRACERS];

			lu_require(measure(tracer, round) == KSFT_PASS, "%s cannot be measured",
				   tracer->name);
		}
	}
	return KSFT_PASS;
}

static const struct lu_step steps[] = {
	{ "tracers are measured", run_rounds, true },
};

static const struct lu_stage stages[] = {
	LU_STAGE(steps),
};

int main(void)
{
	lu_run_stages(stages, ARRAY_SIZE(stages));
}
