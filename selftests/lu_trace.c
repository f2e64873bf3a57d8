// SPDX-License-Identifier: GPL-2.0
/*
 * lutrace beside a test: see lu_trace.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lu_lib.h"
#include "lu_trace.h"

#define LUTRACE		"/usr/bin/lutrace"
#define TRACE_FILE	"/tmp/lutrace.json"
#define ANSWER_FILE	"/tmp/why.txt"
#define NOBODY		65534

/* Returns what follows the string whose opening quote is at @s. */
static const char *skip_string(const char *s)
{
	for (s++; *s && *s != '"'; s++)
		if (*s == '\\' && s[1])
			s++;
	return *s ? s + 1 : s;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Compares the JSON value at @s with the @len characters of @want. */
static bool value_is(const char *s, const char *want, size_t len)
{
	const char *end;

	if (*s == '"') {
		end = skip_string(s) - 1;
		s++;
	} else {
		end = s + strcspn(s, ",}] \t\n");
	}
	return (size_t)(end - s) == len && !strncmp(s, want, len);
}

/* A key counts at any depth: tests do not depend on how lutrace nests them. */
static bool has_pair(const char *line, const char *key, size_t key_len,
		     const char *want, size_t want_len)
{
	const char *s = line, *name, *after;

	while (*s) {
		if (*s != '"') {
			s++;
			continue;
		}
		name = s + 1;
		s = skip_string(s);
		after = skip_blanks(s);
		if (*after != ':')
			continue;
		s = skip_blanks(after + 1);
		if ((size_t)(after - name) > key_len &&
		    !strncmp(name, key, key_len) && name[key_len] == '"' &&
		    value_is(s, want, want_len))
			return true;
		if (*s == '"')
			s = skip_string(s);
	}
	return false;
}

bool lu_json_matches(const char *line, const char *pattern)
{
	const char *key = pattern, *value;
	size_t len;

	while (*(key = skip_blanks(key))) {
		value = strchr(key, '=');
		if (!value)
			return false;
		value++;
		len = strcspn(value, " ");
		if (!has_pair(line, key, value - key - 1, value, len))
			return false;
		key = value + len;
	}
	return true;
}

bool lu_json_number(const char *line, const char *key, long long *value)
{
	size_t len = strlen(key);
	const char *s = line;

	while (*s) {
		const char *name = s + 1;

		if (*s != '"') {
			s++;
			continue;
		}
		s = skip_string(s);
		if (*s == ':' && (size_t)(s - name) == len + 1 &&
		    !strncmp(name, key, len))
			return sscanf(s + 1, "%lld", value) == 1;
	}
	return false;
}

/* Become an ordinary user with the capabilities that lutrace needs, and no others. */
static bool become_ordinary(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	/* Both are in the upper half. */
	const uint32_t caps = 1U << (CAP_BPF - 32) | 1U << (CAP_PERFMON - 32);
	const struct __user_cap_data_struct data[2] = {
		[1] = { .effective = caps, .permitted = caps,
			.inheritable = caps },
	};

	return !prctl(PR_SET_KEEPCAPS, 1) && !setresgid(NOBODY, NOBODY, NOBODY) &&
	       !setresuid(NOBODY, NOBODY, NOBODY) &&
	       !syscall(__NR_capset, &header, data) &&
	       !prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_BPF, 0, 0) &&
	       !prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_PERFMON, 0, 0);
}

/* Under emulation a test may be faster than lutrace for longer than lutrace's default allows. */
#define DEFAULT_BUFFER	"2M"

static void run_lutrace(const struct lu_trace *t, int ready)
{
	char number[16];
	int out;

	out = open(t->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (out < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    fcntl(ready, F_SETFD, 0) < 0)
		_exit(126);
	if (t->ordinary && !become_ordinary())
		_exit(125);
	/* lutrace must not outlive the test. Changing the user clears this, so it comes after. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(number, sizeof(number), "%d", ready);
	execl(LUTRACE, LUTRACE, "trace", "-o", "json", "--ready-fd", number,
	      t->history ? "--generation=any" : "--no-history",
	      "--buffer-size", t->buffer ?: DEFAULT_BUFFER, NULL);
	_exit(127);
}

static int wait_ready(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char byte;

	if (poll(&ready, 1, LU_DEADLINE_MS) != 1)
		return -ETIMEDOUT;
	/* End of file means that lutrace died. */
	return read(fd, &byte, 1) == 1 ? 0 : -ECHILD;
}

int lu_trace_start(struct lu_trace *t, const char *file)
{
	int ready[2], ret;

	t->pid = 0;
	t->file = file;
	if (access(LUTRACE, X_OK))
		return -ENOENT;
	if (pipe2(ready, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	t->pid = fork();
	if (!t->pid)
		run_lutrace(t, ready[1]);
	close(ready[1]);
	ret = t->pid < 0 ? -errno : wait_ready(ready[0]);
	close(ready[0]);
	if (ret && t->pid > 0) {
		int status;

		kill(t->pid, SIGKILL);
		waitpid(t->pid, &status, 0);
	}
	if (ret)
		t->pid = 0;
	return ret;
}

static bool is_gone(void *arg)
{
	siginfo_t info = {};

	return waitid(P_PID, *(pid_t *)arg, &info,
		      WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

int lu_trace_stop(struct lu_trace *t)
{
	int status, ret = 0;

	if (!t->pid)
		return -ESRCH;
	kill(t->pid, SIGINT);
	if (!lu_wait_until(is_gone, &t->pid)) {
		kill(t->pid, SIGKILL);
		ret = -ETIMEDOUT;
	}
	if (waitpid(t->pid, &status, 0) < 0)
		ret = -errno;
	else if (!ret)
		ret = WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
	t->pid = 0;
	return ret;
}

static int count(const struct lu_trace *t, const char *pattern)
{
	FILE *in = fopen(t->file, "re");
	char *line = NULL;
	size_t size = 0;
	int matches = 0;

	if (!in)
		return 0;
	while (getline(&line, &size, in) > 0)
		/* The last line may still be on its way. */
		if (strchr(line, '\n'))
			matches += lu_json_matches(line, pattern);
	free(line);
	fclose(in);
	return matches;
}

int lu_trace_count(const struct lu_trace *t, const char *fmt, ...)
{
	char pattern[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(pattern, sizeof(pattern), fmt, args);
	va_end(args);
	return count(t, pattern);
}

struct expected {
	const struct lu_trace *trace;
	const char *pattern;
};

static bool is_there(void *arg)
{
	struct expected *expected = arg;

	return count(expected->trace, expected->pattern);
}

bool lu_trace_saw(const struct lu_trace *t, const char *fmt, ...)
{
	char pattern[512];
	struct expected expected = { t, pattern };
	va_list args;

	va_start(args, fmt);
	vsnprintf(pattern, sizeof(pattern), fmt, args);
	va_end(args);
	if (lu_wait_until(is_there, &expected))
		return true;
	ksft_print_msg("no such event: %s\n", pattern);
	return false;
}

struct lu_trace trace;

int lu_trace_step_start(void)
{
	int ret = lu_trace_start(&trace, TRACE_FILE);

	if (ret == -ENOENT)
		lu_skip("there is no lutrace in this VM");
	lu_require(!ret, "lutrace did not attach (%s)", lu_result(ret));
	lu_traced(&trace, "type=header");
	return KSFT_PASS;
}

int lu_trace_step_stop(void)
{
	int status;

	lu_need_trace(&trace);
	status = lu_trace_stop(&trace);
	lu_require(status == 0 || status == 1, "lutrace ended with %s",
		   lu_result(status));
	lu_require(lu_trace_count(&trace, "type=summary lost=0") == 1,
		   "lutrace does not end by saying that nothing was lost");
	return KSFT_PASS;
}

/*
 * Messages of the kernel's log about live update, and the event that each belongs to; two events
 * may have the same message. %s is the device. A message without an event is no decision.
 */
static const struct {
	const char *log;
	const char *event;
} decisions[] = {
	{ "live update: kept from driver ", "event=pci.probe decision=block device=%s" },
	{ "live update: preserved, but has lost", "event=pci.bus_numbers reason=lost device=%s" },
	{ "live update: gets no bus numbers", "event=pci.bus_numbers reason=sibling_lost device=%s" },
	{ "live update: keeps its driver", "event=pci.unbind_refused device=%s" },
	{ "live update: its VFs stay off", "event=pci.sriov_refused device=%s" },
	{ "live update: tears down ", NULL },
	{ "live update: cannot be frozen", "event=vfio.can_freeze failed=true device=%s" },
	{ "live update: cannot be frozen", "event=vfio.freeze failed=true device=%s" },
	{ "was preserved by", "event=pci.never_finished device=%s" },
	{ "the list of preserved devices cannot be read", "event=pci.handover_bad" },
	{ "luo: Retrieved live update data", "event=luo.incoming" },
	{ "luo: kexec refused: session", "event=luo.reboot stage=carries_nothing" },
	{ "cannot be frozen: err[", "event=file.can_freeze failed=true" },
	{ "cannot go over, and is dropped", "event=session.drop" },
	{ "luo: on_obstacle=", NULL },
	{ "luo: Freeze failed for token", "event=file.freeze failed=true" },
	{ "luo: No registered handler", "event=file.deserialize failed=true" },
	{ "luo: File count mismatch", "event=session.deserialize failed=true" },
	{ "luo: Failed to ", "event=session.deserialize failed=true" },
	{ "luo: Block ", "event=session.deserialize failed=true" },
	{ "luo: Unable to finish session", "event=session.release failed=true" },
	{ "luo: The file was successfully preserved", "event=file.reply_failed" },
	{ "luo: journal: ", NULL },
	{ "PCI: live update: on_error=", NULL },
	{ NULL, NULL },
};

/* Is this line of the log about live update? */
static bool is_about_live_update(const char *line)
{
	return strstr(line, "live update: ") || strstr(line, "] luo: ");
}

/* The PCI address in a line of the log, "" where it has none. */
static const char *bdf_in(const char *line)
{
	static char bdf[16];
	unsigned int domain, bus, dev, fn;
	int len;

	for (; *line; line++) {
		len = 0;
		if (sscanf(line, "%4x:%2x:%2x.%1x%n", &domain, &bus, &dev, &fn,
			   &len) == 4 && len == 12) {
			memcpy(bdf, line, len);
			return bdf;
		}
	}
	return "";
}

static bool is_in_journal(const char *line)
{
	char pattern[128];
	size_t i;

	for (i = 0; decisions[i].log; i++) {
		if (!strstr(line, decisions[i].log))
			continue;
		if (!decisions[i].event)
			return true;
		snprintf(pattern, sizeof(pattern), decisions[i].event, bdf_in(line));
		if (lu_trace_count(&lu_journal, "%s", pattern))
			return true;
	}
	return false;
}

/*
 * Remove KUnit's part of the log: its tests make up devices and handovers, and cause the same
 * messages.
 */
static void leave_kunit_out(char *log)
{
	char *from = strstr(log, "] KTAP version"), *end = NULL, *next;

	for (next = from; next && (next = strstr(next + 1, "] # Totals:"));)
		end = next;
	if (end)
		memmove(from, end, strlen(end) + 1);
}

const struct lu_trace lu_journal = { .file = LU_JOURNAL_FILE };

int lu_journal_read(const char *options)
{
	char command[LU_PATH_LEN];
	const char *const argv[] = { "sh", "-c", command, NULL };

	snprintf(command, sizeof(command),
		 LUTRACE " journal -o json %s >" LU_JOURNAL_FILE, options);
	return lu_run(argv);
}

int lu_trace_step_log(void)
{
	char *log, *line, *next;
	int missing = 0, ret;

	if (access(LUTRACE, X_OK))
		lu_skip("there is no lutrace in this VM");
	ret = lu_journal_read("--generation current");
	lu_require(ret == 0 || ret == 1, "lutrace journal gave %d", ret);
	log = lu_klog();
	lu_require(log, "there is no log");
	leave_kunit_out(log);
	for (next = log; (line = strsep(&next, "\n"));) {
		if (!is_about_live_update(line) || is_in_journal(line))
			continue;
		ksft_print_msg("only the log has: %s\n", line);
		missing++;
	}
	free(log);
	return missing ? KSFT_FAIL : KSFT_PASS;
}

bool lu_trace_has_no_privileges(const struct lu_trace *t)
{
	static const char *const wanted[] = {
		"CapInh:\t0000000000000000\n", "CapPrm:\t0000000000000000\n",
		"CapEff:\t0000000000000000\n", "CapAmb:\t0000000000000000\n",
		"NoNewPrivs:\t1\n",
	};
	char path[LU_PATH_LEN], line[256];
	unsigned int found = 0;
	size_t i;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", t->pid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		for (i = 0; i < ARRAY_SIZE(wanted); i++)
			found += !strcmp(line, wanted[i]);
	}
	if (in)
		fclose(in);
	return found == ARRAY_SIZE(wanted);
}

int lu_trace_step_story(void)
{
	char bridge[LU_BDF_LEN], command[LU_PATH_LEN];
	const char *const argv[] = { "sh", "-c", command, NULL };

	if (!lu_why_can_ask())
		lu_skip("there is no lutrace in this VM");
	snprintf(command, sizeof(command),
		 "lutrace expect -D net=%s -D edu=%s -D bridge=%s"
		 " /selftests/%s.expect >/tmp/story ||"
		 " { sed 's/^/# /' /tmp/story && false; }", net, edu,
		 lu_pci_parent(net, bridge, sizeof(bridge)),
		 program_invocation_short_name);
	lu_expect(lu_run(argv), 0);
	return KSFT_PASS;
}

bool lu_why_can_ask(void)
{
	return !access(LUTRACE, X_OK);
}

static void print_answer(void)
{
	FILE *in = fopen(ANSWER_FILE, "re");
	char line[512];

	while (in && fgets(line, sizeof(line), in))
		ksft_print_msg("%.*s\n", (int)strcspn(line, "\n"), line);
	if (in)
		fclose(in);
}

const char *lu_why_ask(const char *arguments, int *status)
{
	static char answer[65536];
	char command[LU_PATH_LEN];
	const char *const argv[] = { "sh", "-c", command, NULL };
	FILE *in;

	snprintf(command, sizeof(command),
		 LUTRACE " why %s >" ANSWER_FILE " 2>&1", arguments);
	*status = lu_run(argv);
	in = fopen(ANSWER_FILE, "re");
	if (!in)
		return NULL;
	answer[fread(answer, 1, sizeof(answer) - 1, in)] = '\0';
	fclose(in);
	return answer;
}

bool lu_why_says(const char *object, int want, const char *const texts[])
{
	char arguments[LU_PATH_LEN];
	const char *answer;
	int status;

	snprintf(arguments, sizeof(arguments), "'%s'", object);
	answer = lu_why_ask(arguments, &status);
	if (!answer || status != want) {
		print_answer();
		ksft_print_msg("lutrace why %s gave %s, not %d\n", object,
			       lu_result(status), want);
		return false;
	}
	for (; *texts; texts++) {
		if (strstr(answer, *texts))
			continue;
		print_answer();
		ksft_print_msg("lutrace why %s does not say: %s\n", object,
			       *texts);
		return false;
	}
	return true;
}

bool lu_why_blames(const char *object, const char *decision)
{
	char decided[LU_PATH_LEN];
	const char *const texts[] = { decided, "\nWhat to do:\n", NULL };

	snprintf(decided, sizeof(decided), "\nDecided by: %s, in this kernel",
		 decision);
	return !lu_why_can_ask() || lu_why_says(object, 1, texts);
}
