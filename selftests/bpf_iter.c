// SPDX-License-Identifier: GPL-2.0
/*
 * The BPF iterators over the live update state, and `lutrace status`, which reads them: they are
 * right at every moment of an update, and reading never waits for a preserve, a freeze or a
 * finish, and delays none.
 *
 * Stage 1 preserves the virtio-net device in session "iter-net", and a file of the handler
 * lu_slow, whose operations stop where the test wants, in "iter-slow". Stage 2 reads before and
 * after /dev/liveupdate is opened, and after the end.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf_iter_bad.skel.h"
#include "bpf_iter_result.h"
#include "bpf_iter_rows.skel.h"
#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define NET_SESSION	"iter-net"
#define NET_TOKEN	0x1
#define SLOW_SESSION	"iter-slow"
#define SLOW_TOKEN	0x5
/* An escape sequence, which must not reach a terminal. */
#define ODD_SESSION	"iter-\033[2J"

#define LUTRACE		"/usr/bin/lutrace"
#define STATUS		"/tmp/status"
#define SLOW_PARAM	"/sys/module/lu_slow/parameters/"

#define NR_READERS	4
/* An operation that is not held is faster than this, even in emulation. */
#define FAST_MS		2000
#define ROUNDS		50

static struct bpf_iter_rows *rows;
static struct bpf_iter_result result;
static struct lu_vfio vfio = LU_VFIO_NONE;
static int net_session = -1, slow_session = -1, net_fd = -1, slow_fd = -1;

/* Reading */

static int iter_open(struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	int fd;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	bpf_link__destroy(link);
	return fd;
}

/* Reads all rows, a byte each; returns how many, or -errno. */
static int iter_read_all(struct bpf_program *program, char *buf, size_t size)
{
	int fd = iter_open(program);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	/* Also without room for a byte, because the programs run in read(). */
	while ((n = read(fd, buf + len, size - len)) > 0 && len + n < size)
		len += n;
	buf[len] = '\0';
	n = n < 0 ? -errno : (ssize_t)len;
	close(fd);
	return n;
}

/* Copies the programs' results; 0 or -errno. */
static int take_result(void)
{
	__u32 zero = 0;

	return bpf_map__lookup_elem(rows->maps.results, &zero, sizeof(zero),
				    &result, sizeof(result), 0);
}

/* Runs the open-coded twins; 0 or -errno. */
static int count_rows(void)
{
	char buf[1];

	return iter_read_all(rows->progs.count_rows, buf, sizeof(buf));
}

static int load_programs(void)
{
	rows = bpf_iter_rows__open_and_load();
	lu_require(rows, "the programs do not load: %s", strerror(errno));
	return KSFT_PASS;
}

/* lutrace status */

static int status_exit;

static bool have_lutrace(void)
{
	return !access(LUTRACE, X_OK);
}

static void take_status(const char *options)
{
	char command[256];

	snprintf(command, sizeof(command), LUTRACE " status %s >" STATUS " 2>&1",
		 options);
	/* The library's lu_run() does not redirect. */
	status_exit = lu_run((const char *const[]){ "/bin/sh", "-c", command,
						    NULL });
}

/* Does one line of the status hold all pairs? */
static bool status_has(const char *fmt, ...) __printf(1, 2);

static bool status_has(const char *fmt, ...)
{
	char *line = NULL, pattern[256];
	bool found = false;
	size_t size = 0;
	va_list args;
	FILE *in;

	va_start(args, fmt);
	vsnprintf(pattern, sizeof(pattern), fmt, args);
	va_end(args);
	in = fopen(STATUS, "r");
	while (in && !found && getline(&line, &size, in) > 0)
		found = lu_json_matches(line, pattern);
	if (!found && in) {
		ksft_print_msg("no line of lutrace status has %s:\n", pattern);
		rewind(in);
		while (getline(&line, &size, in) > 0)
			ksft_print_msg("  %s", line);
	}
	free(line);
	if (in)
		fclose(in);
	return found;
}

static bool status_contains(const char *text)
{
	char buf[8192] = "";
	int fd = open(STATUS, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	if (!strstr(buf, text))
		ksft_print_msg("no \"%s\" in: %s\n", text, buf);
	return strstr(buf, text);
}

#define need_lutrace() do {						\
	if (!have_lutrace())						\
		lu_skip("there is no lutrace");				\
} while (0)

#define lu_status(fmt, ...)						\
	lu_require(status_has(fmt, ##__VA_ARGS__), "lutrace status lacks it")

static int status_of_idle_host(void)
{
	need_lutrace();
	take_status("");
	lu_require(status_contains("Nothing is preserved, and nothing waits."),
		   "an idle host is not reported as idle");
	lu_require(!status_exit, "lutrace status exits with %d", status_exit);
	take_status("-o json");
	lu_status("type=summary sessions=0 files=0 devices=0 blocked=0 failed=0");
	return KSFT_PASS;
}

/* The slow handler */

static bool is_held(void *op)
{
	char buf[32] = "";
	int fd = open(SLOW_PARAM "held", O_RDONLY);

	if (fd >= 0 && read(fd, buf, sizeof(buf) - 1) < 0)
		buf[0] = '\0';
	if (fd >= 0)
		close(fd);
	buf[strcspn(buf, "\n")] = '\0';
	return !strcmp(buf, op);
}

static int hold(const char *op)
{
	return lu_write_file(SLOW_PARAM "hold", op);
}

static int release(void)
{
	return hold("none");
}

/**
 * struct job - An operation that may be held, in a thread of its own
 * @thread: the thread
 * @run: the operation
 * @ret: what it gave
 */
struct job {
	pthread_t thread;
	int (*run)(void);
	int ret;
};

static void *run_job(void *arg)
{
	struct job *job = arg;

	job->ret = job->run();
	return NULL;
}

static int start_held(struct job *job, char *op)
{
	lu_ok(hold(op));
	lu_require(!pthread_create(&job->thread, NULL, run_job, job),
		   "no thread");
	lu_require(lu_wait_until(is_held, op), "%s is not held", op);
	return KSFT_PASS;
}

static int end_held(struct job *job, int want)
{
	lu_ok(release());
	pthread_join(job->thread, NULL);
	lu_require(job->ret == want, "it gave %s, not %s", lu_result(job->ret),
		   lu_result(want));
	return KSFT_PASS;
}

/* All sources answer at once, and a session and its file are busy. */
static int rows_are_busy(bool file_too)
{
	char buf[128];
	int64_t start = lu_now_ms(), took;
	int n;

	n = iter_read_all(rows->progs.dump_sessions, buf, sizeof(buf));
	lu_require(n > 0 && strchr(buf, 'B'), "sessions are \"%s\" (%d)", buf, n);
	n = iter_read_all(rows->progs.dump_files, buf, sizeof(buf));
	lu_require(n >= 0, "files gave %s", lu_result(n));
	lu_require(!file_too || strchr(buf, 'B'), "files are \"%s\"", buf);
	n = iter_read_all(rows->progs.dump_flbs, buf, sizeof(buf));
	lu_require(n > 0, "FLBs gave %s", lu_result(n));
	n = iter_read_all(rows->progs.dump_devices, buf, sizeof(buf));
	lu_require(n >= 0, "devices gave %s", lu_result(n));
	lu_ok(count_rows());
	lu_ok(take_result());
	lu_require(result.busy_sessions, "no session is busy to the twin");
	took = lu_now_ms() - start;
	lu_require(took < FAST_MS, "reading took %lld ms", (long long)took);
	return KSFT_PASS;
}

/* The verifier */

static const struct {
	const char *program;
	const char *message;
} refused[] = {
	{ "iter_not_on_stack", "expected pointer to an iterator on stack" },
	{ "iter_not_destroyed", "Unreleased reference" },
	{ "iter_not_initialized", "expected an initialized iter_luo_file" },
	{ "iter_of_other_type", "expected an initialized iter_luo_file" },
	{ "iter_begun_twice", "expected uninitialized iter_luo_flb" },
	{ "row_not_checked", "R0 invalid mem access 'scalar'" },
	{ "row_written", "cannot write into rdonly_mem" },
	{ "row_after_destroy", "invalid mem access 'scalar'" },
	{ "device_row_after_destroy", "invalid mem access 'scalar'" },
	{ "file_row_written", "only read is supported" },
	{ "devices_without_sleep", "must be sleepable" },
	{ "device_not_trusted", "R1 is fp expected STRUCT pci_dev" },
	{ "probe_in_device", "only read is supported" },
	{ "probe_over_the_end", "invalid read from stack R2 off=-8" },
};

static char verifier_log[1 << 16];

/* Loads one program alone; returns what that gave. */
static int load_bad(const char *name)
{
	struct bpf_iter_bad *bad = bpf_iter_bad__open();
	struct bpf_program *program;
	int err;

	if (!bad)
		return 0;
	bpf_object__for_each_program(program, bad->obj)
		bpf_program__set_autoload(program, false);
	program = bpf_object__find_program_by_name(bad->obj, name);
	verifier_log[0] = '\0';
	bpf_program__set_autoload(program, true);
	bpf_program__set_log_level(program, 1);
	bpf_program__set_log_buf(program, verifier_log, sizeof(verifier_log));
	err = bpf_iter_bad__load(bad);
	bpf_iter_bad__destroy(bad);
	return err;
}

static int verifier_refuses(void)
{
	size_t i;

	/* libbpf's message is in the log that is checked. */
	libbpf_set_print(NULL);
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		lu_require(load_bad(refused[i].program), "%s is taken",
			   refused[i].program);
		lu_require(strstr(verifier_log, refused[i].message),
			   "%s is refused, but not with \"%s\": %s",
			   refused[i].program, refused[i].message,
			   verifier_log);
	}
	return KSFT_PASS;
}

/* Stage 1 */

static int no_sessions(void)
{
	char buf[16];

	lu_expect(iter_read_all(rows->progs.dump_sessions, buf, sizeof(buf)), 0);
	lu_expect(iter_read_all(rows->progs.dump_files, buf, sizeof(buf)), 0);
	lu_ok(count_rows());
	lu_ok(take_result());
	lu_require(!result.sessions && !result.files,
		   "the twins give %llu sessions, %llu files",
		   result.sessions, result.files);
	lu_require(result.records >= 2, "the journal's twin gives %llu rows",
		   result.records);
	return KSFT_PASS;
}

static int preserve_net(void)
{
	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_fd(net_fd, lu_vfio_open(net));
	lu_fd(net_session, lu_create(NET_SESSION));
	lu_ok(lu_session_preserve(net_session, net_fd, NET_TOKEN));
	return KSFT_PASS;
}

static int preserve_slow(void)
{
	return lu_session_preserve(slow_session, slow_fd, SLOW_TOKEN);
}

static int preserve_is_not_waited_for(void)
{
	struct job job = { .run = preserve_slow };

	lu_ok(lu_module_load("lu_slow"));
	slow_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	lu_fd(slow_session, lu_create(SLOW_SESSION));
	lu_ok(start_held(&job, "preserve"));
	if (rows_are_busy(false) != KSFT_PASS) {
		release();
		return KSFT_FAIL;
	}
	return end_held(&job, 0);
}

static int status_of_preserved(void)
{
	int odd;

	need_lutrace();
	lu_fd(odd, lu_create(ODD_SESSION));
	take_status("");
	lu_require(status_contains("iter-\\x1b[2J"), "a name is not escaped");
	take_status("-o json");
	close(odd);
	lu_require(!status_exit, "lutrace status exits with %d", status_exit);
	lu_status("type=session session=%s direction=outgoing state=preserving files=1 busy=false",
		  NET_SESSION);
	lu_status("type=file session=%s token=%#x handler=vfio-pci-v1 direction=outgoing state=preserved errno=0",
		  NET_SESSION, NET_TOKEN);
	lu_status("type=file session=%s token=%#x handler=lu-slow-v1 state=preserved",
		  SLOW_SESSION, SLOW_TOKEN);
	lu_status("type=flb flb=pci-v1 outgoing_state=preserved outgoing_refcount=1 incoming_state=none");
	lu_status("type=device device=%s state=preserved outgoing=true outgoing_driver=vfio-pci outgoing_refcount=1 incoming=false held=true blocked=false",
		  net);
	return KSFT_PASS;
}

static int status_selects(void)
{
	need_lutrace();
	take_status("-o json --session " SLOW_SESSION);
	lu_status("type=summary sessions=1 files=1 flbs=0 devices=0");
	take_status("-o json --token 1");
	lu_status("type=summary sessions=0 files=1 flbs=0 devices=0");
	take_status("-o json --flb pci-v1");
	lu_status("type=summary sessions=0 files=0 flbs=1 devices=0");
	return KSFT_PASS;
}

/* There are two sessions; the reader has seen one of them. */
static int idle_reader_blocks_nothing(void)
{
	int64_t start;
	int fd, extra;
	char byte;

	lu_fd(fd, iter_open(rows->progs.dump_sessions));
	lu_require(read(fd, &byte, 1) == 1, "there is no first row");
	start = lu_now_ms();
	lu_fd(extra, lu_create("iter-extra"));
	lu_ok(lu_session_preserve(extra, memfd_create("m", 0), 1));
	close(extra);
	/* The session of the next row: freed while the reader is before it. */
	close(slow_session);
	lu_require(lu_now_ms() - start < FAST_MS, "it took %lld ms",
		   (long long)(lu_now_ms() - start));
	/* The reader may have copied that session before; no other row follows. */
	lu_require(read(fd, &byte, 1) >= 0, "the reader cannot go on");
	lu_require(!read(fd, &byte, 1), "a session is shown twice");
	close(fd);
	lu_fd(slow_session, lu_create(SLOW_SESSION));
	lu_ok(preserve_slow());
	return KSFT_PASS;
}

static atomic_bool stop_readers;
static atomic_int reads, bad_reads;

static void *keep_reading(void *arg)
{
	struct bpf_program *const programs[] = {
		rows->progs.dump_sessions, rows->progs.dump_files,
		rows->progs.dump_flbs, rows->progs.dump_devices,
	};
	char buf[256];
	size_t i;

	(void)arg;
	while (!stop_readers) {
		for (i = 0; i < ARRAY_SIZE(programs); i++) {
			if (iter_read_all(programs[i], buf, sizeof(buf)) < 0)
				bad_reads++;
			reads++;
		}
		bad_reads += count_rows() != 0;
	}
	return NULL;
}

/* The longest of many preserves and their undoing, in ms; -errno on failure. */
static int64_t longest_round(void)
{
	int64_t longest = 0, took;
	int i, session, fd, err;

	for (i = 0; i < ROUNDS; i++) {
		took = lu_now_ms();
		session = lu_create("iter-round");
		if (session < 0)
			return session;
		fd = memfd_create("round", MFD_CLOEXEC);
		err = lu_session_preserve(session, fd, 1);
		close(fd);
		close(session);
		if (err)
			return err;
		took = lu_now_ms() - took;
		if (took > longest)
			longest = took;
	}
	return longest;
}

static int readers_delay_no_preserve(void)
{
	pthread_t readers[NR_READERS];
	int64_t alone, beside;
	int i;

	alone = longest_round();
	lu_require(alone >= 0, "it gave %s", lu_result(alone));
	stop_readers = false;
	for (i = 0; i < NR_READERS; i++)
		lu_require(!pthread_create(&readers[i], NULL, keep_reading, NULL),
			   "no thread");
	beside = longest_round();
	stop_readers = true;
	for (i = 0; i < NR_READERS; i++)
		pthread_join(readers[i], NULL);
	ksft_print_msg("longest round: %lld ms alone, %lld ms beside %d reads\n",
		       (long long)alone, (long long)beside, reads);
	lu_require(beside >= 0, "it gave %s", lu_result(beside));
	lu_require(reads > 0 && !bad_reads, "%d of %d reads failed", bad_reads,
		   reads);
	lu_require(beside < FAST_MS, "a round took %lld ms", (long long)beside);
	return KSFT_PASS;
}

static int freeze_is_not_waited_for(void)
{
	struct job job = { .run = lu_kexec_exec };

	lu_ok(lu_kexec_load(""));
	lu_ok(start_held(&job, "freeze"));
	if (have_lutrace())
		take_status("-o json");
	if (rows_are_busy(true) != KSFT_PASS) {
		release();
		return KSFT_FAIL;
	}
	if (end_held(&job, -EIO) != KSFT_PASS)
		return KSFT_FAIL;
	if (!have_lutrace())
		return KSFT_PASS;
	lu_status("type=session session=%s state=frozen", NET_SESSION);
	lu_status("type=file session=%s state=frozen", NET_SESSION);
	lu_status("type=session session=%s state=preserving busy=true",
		  SLOW_SESSION);
	take_status("-o json");
	lu_status("type=session session=%s state=preserving busy=false",
		  NET_SESSION);
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "the programs load", load_programs, true },
	{ "the verifier refuses what would do harm", verifier_refuses, false },
	{ "an idle host has no sessions", no_sessions, false },
	{ "lutrace status: an idle host", status_of_idle_host, false },
	{ "a device is preserved", preserve_net, true },
	{ "rows are read, and busy, while a preserve is held",
	  preserve_is_not_waited_for, true },
	{ "lutrace status: what is preserved", status_of_preserved, false },
	{ "lutrace status: what is asked for", status_selects, false },
	{ "a reader that does not go on blocks nothing",
	  idle_reader_blocks_nothing, true },
	{ "many readers delay no preserve", readers_delay_no_preserve, false },
	{ "rows are read, and busy, while a freeze is held",
	  freeze_is_not_waited_for, true },
	{ "the next kernel is loaded", lu_step_load, true },
};

/* Stage 2 */

static int status_before_open(void)
{
	need_lutrace();
	take_status("");
	lu_require(status_contains("was blocked: foreign_driver"),
		   "a blocked device does not stand out");
	take_status("-o json");
	lu_status("type=session session=%s direction=incoming state=handed_over files=1",
		  NET_SESSION);
	lu_status("type=flb flb=pci-v1 incoming_state=retrieved incoming_refcount=1 outgoing_state=none");
	lu_status("type=device device=%s state=blocked incoming=true incoming_driver=vfio-pci retrieved=false held=false blocked=true probe_driver=virtio-pci probe_decision=block probe_reason=foreign_driver",
		  net);
	return KSFT_PASS;
}

static int two_are_handed_over(void)
{
	char buf[16];

	lu_expect(iter_read_all(rows->progs.dump_sessions, buf, sizeof(buf)), 2);
	lu_expect(iter_read_all(rows->progs.dump_files, buf, sizeof(buf)), 0);
	lu_ok(count_rows());
	lu_ok(take_result());
	lu_require(result.sessions == 2, "the twin gives %llu sessions",
		   result.sessions);
	return KSFT_PASS;
}

static int device_is_asked_for(void)
{
	struct bpf_link *link = bpf_program__attach(rows->progs.ask_device);

	lu_require(link, "the program does not attach");
	lu_pci_override(net, "");
	lu_pci_probe(net);
	bpf_link__destroy(link);
	lu_ok(take_result());
	lu_require(result.asked, "no driver probed the device");
	lu_require(!result.is_outgoing && result.is_incoming &&
		   !result.is_retrieved, "it is outgoing %d incoming %d retrieved %d",
		   result.is_outgoing, result.is_incoming,
		   result.is_retrieved);
	lu_ok(result.last_probe_err);
	lu_require(!strcmp(result.probe_driver, "virtio-pci") &&
		   !result.probe_allowed &&
		   result.probe_count > 1,
		   "the last decision is %d for %s, %u times",
		   result.probe_allowed, result.probe_driver,
		   result.probe_count);
	return KSFT_PASS;
}

static int retrieve_all(void)
{
	int fd;

	lu_ok(lu_module_load("lu_slow"));
	lu_fd(slow_session, lu_retrieve(SLOW_SESSION));
	if (have_lutrace())
		take_status("-o json");
	lu_expect(lu_session_retrieve_fd(slow_session, SLOW_TOKEN), -EIO);
	lu_fd(net_session, lu_retrieve(NET_SESSION));
	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_fd(fd, lu_session_retrieve_fd(net_session, NET_TOKEN));
	lu_ok(lu_vfio_bind(&vfio, fd));
	if (!have_lutrace())
		return KSFT_PASS;
	lu_status("type=session session=%s state=waiting files=1", NET_SESSION);
	lu_status("type=session session=%s state=retrieved files=1", SLOW_SESSION);
	lu_status("type=file session=%s token=%#x state=waiting", NET_SESSION,
		  NET_TOKEN);
	return KSFT_PASS;
}

static int status_of_retrieved(void)
{
	need_lutrace();
	take_status("-o json");
	lu_require(status_exit == 1, "lutrace status exits with %d", status_exit);
	lu_status("type=file session=%s state=retrieved errno=0", NET_SESSION);
	lu_status("type=file session=%s state=failed errno_name=EIO", SLOW_SESSION);
	lu_status("type=device device=%s state=retrieved held=true blocked=false probe_driver=vfio-pci probe_decision=allow",
		  net);
	return KSFT_PASS;
}

static int finish_slow(void)
{
	return lu_session_finish(slow_session);
}

static int finish_is_not_waited_for(void)
{
	struct job job = { .run = finish_slow };

	lu_ok(start_held(&job, "finish"));
	if (rows_are_busy(true) != KSFT_PASS) {
		release();
		return KSFT_FAIL;
	}
	return end_held(&job, 0);
}

static int finish_beside_readers(void)
{
	pthread_t readers[NR_READERS];
	int64_t took;
	int i, err;

	stop_readers = false;
	for (i = 0; i < NR_READERS; i++)
		lu_require(!pthread_create(&readers[i], NULL, keep_reading, NULL),
			   "no thread");
	took = lu_now_ms();
	err = lu_session_finish(net_session);
	took = lu_now_ms() - took;
	stop_readers = true;
	for (i = 0; i < NR_READERS; i++)
		pthread_join(readers[i], NULL);
	lu_ok(err);
	lu_require(took < FAST_MS, "it took %lld ms", (long long)took);
	lu_require(!bad_reads, "%d of %d reads failed", bad_reads, reads);
	return KSFT_PASS;
}

static int status_after_finish(void)
{
	need_lutrace();
	take_status("-o json");
	lu_status("type=session session=%s state=finished files=0", NET_SESSION);
	lu_status("type=flb flb=pci-v1 incoming_state=finished");
	lu_close(&net_session);
	lu_close(&slow_session);
	lu_vfio_close(&vfio);
	take_status("");
	lu_require(status_contains("Nothing is preserved, and nothing waits."),
		   "something is left");
	lu_require(!status_exit, "lutrace status exits with %d", status_exit);
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "the programs load", load_programs, true },
	{ "sessions are shown before /dev/liveupdate is opened",
	  two_are_handed_over, false },
	{ "lutrace status: between kexec and retrieval", status_before_open, false },
	{ "a program asks about the device that meets the gate",
	  device_is_asked_for, false },
	{ "sessions are retrieved, one file is not", retrieve_all, true },
	{ "lutrace status: what was retrieved", status_of_retrieved, false },
	{ "rows are read, and busy, while a finish is held",
	  finish_is_not_waited_for, true },
	{ "many readers delay no finish", finish_beside_readers, true },
	{ "lutrace status: after the end", status_after_finish, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
};

LU_MAIN(stages, LU_NEED_NET)
