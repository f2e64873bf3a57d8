// SPDX-License-Identifier: GPL-2.0
/*
 * The journal: what a kernel did and decided, read in the next kernel.
 *
 * Each stage preserves the virtio-net device and enters the next kernel, where lutrace, started
 * after boot, must show all of it. One kernel on the way keeps no journal, one keeps a small one,
 * and two find the journal of the previous kernel overwritten by lu_hostile.ko.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define SESSION		"journal"
#define TOKEN		0x77
#define OTHER_SESSION	"other"
#define OTHER_TOKEN	0x78

#define TRACE_FILE	"/tmp/trace.json"

/* Clocks of two CPUs, or two readings of one clock, differ by less. */
#define SLACK_NS	10000000LL
/* Every kernel of this machine comes up faster. */
#define MAX_BLACKOUT_NS	120000000000LL

static int session = -1, other_session = -1;
static struct lu_vfio vfio = LU_VFIO_NONE;

/* Leaves a step as failed unless the journal has that many such lines. */
#define journal_has(n, fmt, ...) do {					\
	int lu_n = lu_trace_count(&lu_journal, fmt, ##__VA_ARGS__);	\
									\
	lu_require(lu_n == (n), "the journal has %d times " fmt, lu_n,	\
		   ##__VA_ARGS__);					\
} while (0)

static int need_journal(void)
{
	int status;

	if (access("/usr/bin/lutrace", X_OK))
		lu_skip("there is no lutrace in this VM");
	status = lu_journal_read("");
	lu_require(status == 0 || status == 1, "lutrace journal gave %d", status);
	lu_require(lu_trace_count(&lu_journal, "type=summary") == 1,
		   "the journal does not come to its end");
	return KSFT_PASS;
}

/*
 * Checks that each kernel's sequence numbers have no gap and no repeat, that times are in order,
 * and that the previous kernel comes first. Returns how many events there are, or -1 after
 * printing what is wrong. Ignores events that were not recorded.
 */
static int check_order(const char *file)
{
	long long generation = -1, seq = 0, ns = 0;
	FILE *in = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;
	int events = 0;

	while (in && getline(&line, &size, in) > 0) {
		long long g, s, t;

		if (!lu_json_matches(line, "type=event") ||
		    !lu_json_number(line, "journal_seq", &s))
			continue;
		if (!lu_json_number(line, "generation", &g) ||
		    !lu_json_number(line, "boottime_ns", &t))
			break;
		if (g != generation && events && s != 1)
			break;
		if (g == generation ? s != seq + 1 : g < generation)
			break;
		if (events && t < ns - SLACK_NS)
			break;
		generation = g;
		seq = s;
		ns = t;
		events++;
	}
	if (in && !feof(in)) {
		ksft_print_msg("after %lld of generation %lld: %s", seq,
			       generation, line);
		events = -1;
	}
	free(line);
	if (in)
		fclose(in);
	return events;
}

/* The number of @key in the only line that matches. */
static bool number_of(const char *pattern, const char *key, long long *value)
{
	FILE *in = fopen(LU_JOURNAL_FILE, "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (in && !found && getline(&line, &size, in) > 0)
		found = lu_json_matches(line, pattern) &&
			lu_json_number(line, key, value);
	free(line);
	if (in)
		fclose(in);
	return found;
}

/* Steps of every stage, to be recorded. */

static int preserve(void)
{
	lu_fd(session, lu_preserve(net, SESSION, TOKEN));
	return KSFT_PASS;
}

static int retrieve_and_finish(void)
{
	struct lu_vfio back = LU_VFIO_NONE;
	int fd;

	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_fd(session, lu_retrieve(SESSION));
	lu_fd(fd, lu_session_retrieve_fd(session, TOKEN));
	lu_ok(lu_vfio_bind(&back, fd));
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	lu_vfio_close(&back);
	return KSFT_PASS;
}

/* Stage 1: a cold boot, and a kexec that fails */

static int nothing_before(void)
{
	journal_has(0, "type=jump");
	journal_has(1, "type=header generation=0");
	lu_expect(lu_journal_read("--generation previous"), 4);
	return KSFT_PASS;
}

static int boot_is_recorded(void)
{
	lu_require(check_order(LU_JOURNAL_FILE) > 0, "the journal is empty");
	journal_has(1, "event=luo.outgoing generation=0 recorded=true errno=0");
	journal_has(0, "event=file.preserve");
	return KSFT_PASS;
}

/* lu_slow.ko has files of /dev/zero fail as it is told: when asked, and when frozen. */
#define SLOW		"/sys/module/lu_slow/parameters/"
#define SLOW_TOKEN	0x79

static int kexec_fails(void)
{
	int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);

	lu_ok(lu_module_load("lu_slow"));
	lu_require(zero >= 0, "there is no /dev/zero");
	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	lu_ok(lu_vfio_open_bind(&vfio, edu));
	lu_fd(other_session, lu_create(OTHER_SESSION));
	lu_ok(lu_session_preserve(other_session, vfio.fd, OTHER_TOKEN));
	lu_ok(lu_session_preserve(other_session, zero, SLOW_TOKEN));
	close(zero);
	lu_ok(lu_kexec_load(""));
	lu_ok(lu_write_file(SLOW "refuse", "16"));
	lu_expect(lu_kexec_exec(), -EBUSY);
	lu_ok(lu_write_file(SLOW "refuse", "0"));
	lu_ok(lu_write_file(SLOW "fail", "5"));
	lu_expect(lu_kexec_exec(), -EIO);
	lu_close(&other_session);
	lu_vfio_close(&vfio);
	return KSFT_PASS;
}

static int failure_is_appended(void)
{
	lu_require(need_journal() == KSFT_PASS, "the journal cannot be read");
	journal_has(1, "event=luo.reboot stage=refused generation=0 errno=%d", -EBUSY);
	journal_has(1, "event=luo.reboot stage=failed generation=0 errno=%d", -EIO);
	/* Only what refuses is recorded when files are asked. */
	journal_has(1, "event=file.can_freeze");
	journal_has(1, "event=file.can_freeze session=%s token=%#x errno=%d", OTHER_SESSION,
		    SLOW_TOKEN, -EBUSY);
	journal_has(0, "event=vfio.can_freeze");
	journal_has(1, "event=vfio.freeze device=%s reason=ok errno=0", edu);
	journal_has(1, "event=file.freeze session=%s token=%#x errno=%d", OTHER_SESSION,
		    SLOW_TOKEN, -EIO);
	journal_has(1, "event=file.unpreserve session=%s token=%#x", OTHER_SESSION, OTHER_TOKEN);
	lu_require(check_order(LU_JOURNAL_FILE) > 0, "it is out of order");
	return KSFT_PASS;
}

/* Room for all events while lutrace starts, however long that takes. */
static int load_with_large_journal(void)
{
	lu_ok(lu_kexec_load("liveupdate_journal=1M"));
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "the journal can be read", need_journal, true },
	{ "the boot is recorded", boot_is_recorded, false },
	{ "there is no kernel before this one", nothing_before, false },
	{ "a kexec is refused, and one fails", kexec_fails, true },
	{ "both are appended to the journal", failure_is_appended, false },
	{ "a device is preserved", preserve, true },
	{ "the next kernel is loaded", load_with_large_journal, true },
};

/* Stage 2: the ordinary case */

static int previous_is_there(void)
{
	char bridge[LU_BDF_LEN];

	journal_has(1, "event=file.preserve session=%s token=%#x generation=0 recorded=true errno=0",
		    SESSION, TOKEN);
	journal_has(1, "event=pci.preserve device=%s generation=0", net);
	journal_has(1, "event=file.freeze session=%s token=%#x generation=0 errno=0",
		    SESSION, TOKEN);
	journal_has(1, "event=luo.reboot stage=failed generation=0");
	journal_has(1, "event=luo.reboot stage=frozen image_has_kho=true generation=0");
	/* Of bridges alone: a device does not keep it. */
	journal_has(0, "event=pci.bus_master device=%s generation=0", net);
	journal_has(1, "event=pci.bus_master device=%s generation=0",
		    lu_pci_parent(net, bridge, sizeof(bridge)));
	return KSFT_PASS;
}

static int enumeration_is_there(void)
{
	journal_has(1, "event=luo.incoming generation=1 errno=0");
	journal_has(1, "event=pci.incoming device=%s generation=1", net);
	journal_has(1, "event=pci.probe device=%s driver=virtio-pci decision=block reason=foreign_driver generation=1",
		    net);
	return KSFT_PASS;
}

static int order_is_right(void)
{
	lu_require(check_order(LU_JOURNAL_FILE) > 20, "it is out of order");
	journal_has(0, "type=lost");
	journal_has(1, "type=summary end=read lost=0");
	return KSFT_PASS;
}

static int jump_is_measured(void)
{
	long long blackout, error, frozen, incoming;

	journal_has(1, "type=jump from_generation=0 generation=1 blackout_clock=cycles note=null");
	lu_require(number_of("type=jump", "blackout_ns", &blackout) &&
		   number_of("type=jump", "blackout_error_ns", &error),
		   "the jump has no blackout");
	lu_require(blackout > 0 && blackout < MAX_BLACKOUT_NS,
		   "it took %lld ns", blackout);
	lu_require(error < blackout / 20, "it may be off by %lld ns", error);
	lu_require(number_of("event=luo.reboot stage=frozen", "boottime_ns",
			     &frozen) &&
		   number_of("event=luo.incoming", "boottime_ns", &incoming),
		   "an end of it has no time");
	/* The devices are shut down after the freeze. */
	lu_require(incoming - frozen >= blackout,
		   "%lld ns are less than the blackout", incoming - frozen);
	return KSFT_PASS;
}

static int generations_are_told_apart(void)
{
	lu_require(lu_journal_read("--generation previous") <= 1, "it cannot be read");
	lu_require(lu_trace_count(&lu_journal, "type=event generation=0") > 10,
		   "the previous kernel's events are missing");
	journal_has(0, "type=event generation=1");
	lu_require(lu_journal_read("--generation current") <= 1, "it cannot be read");
	journal_has(0, "type=event generation=0");
	return KSFT_PASS;
}

static int filters_apply(void)
{
	char options[64];

	snprintf(options, sizeof(options), "--errors --device %s", net);
	lu_expect(lu_journal_read(options), 1);
	journal_has(1, "type=event event=pci.probe decision=block");
	lu_require(!lu_trace_count(&lu_journal, "type=event failed=false"),
		   "something that did not fail is shown");
	return KSFT_PASS;
}

/* Two events each time: some are recorded while lutrace attaches and reads. */
static void *make_events(void *stop)
{
	while (!atomic_load((atomic_bool *)stop)) {
		int fd = lu_open();

		if (fd >= 0)
			close(fd);
		usleep(20000);
	}
	return NULL;
}

static int trace_starts_with_history(void)
{
	atomic_bool stop = false;
	pthread_t thread;
	int ret;

	lu_ok(pthread_create(&thread, NULL, make_events, &stop));
	trace.history = true;
	ret = lu_trace_start(&trace, TRACE_FILE);
	/* And some events while it runs. */
	usleep(200000);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	lu_ok(ret);
	lu_traced(&trace, "event=file.preserve session=%s generation=0 recorded=true", SESSION);
	lu_traced(&trace, "type=jump generation=1 blackout_clock=cycles");
	lu_traced(&trace, "event=luo.open recorded=false generation=1");
	return KSFT_PASS;
}

static int files_are_back(void)
{
	lu_require(retrieve_and_finish() == KSFT_PASS, "the device is not back");
	lu_traced(&trace, "event=file.finish session=%s token=%#x recorded=false errno=0",
		  SESSION, TOKEN);
	lu_ok(lu_trace_stop(&trace) == 1 ? 0 : -EINVAL);
	return KSFT_PASS;
}

static int stream_has_no_gap_and_no_repeat(void)
{
	lu_require(check_order(TRACE_FILE) > 60, "it is out of order");
	lu_require(lu_trace_count(&trace, "type=summary lost=0") == 1,
		   "something was lost");
	return KSFT_PASS;
}

static int blackout_of_each_file(void)
{
	long long jump, retrieve, finish;

	lu_require(need_journal() == KSFT_PASS, "the journal cannot be read");
	lu_require(number_of("type=jump", "blackout_ns", &jump) &&
		   number_of("event=file.retrieve generation=1", "blackout_ns", &retrieve) &&
		   number_of("event=file.finish generation=1", "blackout_ns", &finish),
		   "a blackout is missing");
	lu_require(jump < retrieve && retrieve < finish,
		   "%lld, %lld and %lld ns are no order", jump, retrieve, finish);
	return KSFT_PASS;
}

static int load_without_journal(void)
{
	lu_ok(lu_kexec_load("liveupdate_journal=off"));
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "the journal can be read", need_journal, true },
	{ "what the previous kernel did is there", previous_is_there, false },
	{ "what was decided before user space is there",
	  enumeration_is_there, false },
	{ "all of it is in order, without a gap", order_is_right, false },
	{ "the jump is shown, with its blackout", jump_is_measured, false },
	{ "the two kernels can be told apart", generations_are_told_apart, false },
	{ "filters apply to what was recorded", filters_apply, false },
	{ "trace starts with history", trace_starts_with_history, true },
	{ "the device is retrieved and finished", files_are_back, true },
	{ "history and live events are one stream",
	  stream_has_no_gap_and_no_repeat, false },
	{ "each file's blackout is shown", blackout_of_each_file, false },
	{ "a device is preserved again", preserve, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "the next kernel is loaded, to keep no journal",
	  load_without_journal, true },
};

/* Stage 3: no journal here */

static int journal_is_off(void)
{
	lu_expect(lu_journal_read(""), 4);
	lu_require(!lu_klog_has("luo: journal:"), "the kernel speaks of a journal");
	return KSFT_PASS;
}

static int trace_goes_without(void)
{
	trace.history = true;
	lu_ok(lu_trace_start(&trace, TRACE_FILE));
	lu_require(retrieve_and_finish() == KSFT_PASS, "the device is not back");
	lu_traced(&trace, "event=file.finish session=%s journal_seq=null generation=null errno=0",
		  SESSION);
	lu_expect(lu_trace_stop(&trace), 0);
	lu_require(!lu_trace_count(&trace, "recorded=true"), "something was recorded");
	return KSFT_PASS;
}

static int load_with_small_journal(void)
{
	lu_ok(lu_kexec_load("liveupdate_journal=4K"));
	return KSFT_PASS;
}

static const struct lu_step stage3[] = {
	{ "a kernel with liveupdate_journal=off keeps no journal", journal_is_off, false },
	{ "trace goes without", trace_goes_without, true },
	{ "a device is preserved", preserve, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "the next kernel is loaded, to keep a small journal",
	  load_with_small_journal, true },
};

/* Stage 4: the previous kernel kept none, and this one's is small */

static int previous_had_none(void)
{
	journal_has(1, "type=jump generation=3 from_kernel=null blackout_ns=null");
	lu_require(!lu_trace_count(&lu_journal, "type=jump note=null"),
		   "the jump does not say why it knows nothing");
	journal_has(1, "event=pci.probe device=%s decision=block generation=3", net);
	return KSFT_PASS;
}

static int small_one_wraps(void)
{
	long long overwritten;
	int i, fd;

	for (i = 0; i < 50; i++) {
		lu_fd(fd, lu_open());
		close(fd);
	}
	lu_require(need_journal() == KSFT_PASS, "the journal cannot be read");
	lu_require(number_of("type=lost", "overwritten", &overwritten) &&
		   overwritten > 50, "nothing was overwritten");
	/* The first records are kept. */
	journal_has(1, "event=luo.incoming generation=3");
	lu_expect(lu_journal_read("--strict"), 3);
	return KSFT_PASS;
}

static int load_with_default_journal(void)
{
	lu_ok(lu_kexec_load("liveupdate_journal=on"));
	return KSFT_PASS;
}

static const struct lu_step stage4[] = {
	{ "the journal can be read", need_journal, true },
	{ "the previous kernel's is said to be missing", previous_had_none, false },
	{ "the device is retrieved and finished", retrieve_and_finish, true },
	{ "a small journal keeps the first and the last", small_one_wraps, false },
	{ "a device is preserved", preserve, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "the next kernel is loaded", load_with_default_journal, true },
};

/* Stage 5: the previous one's was of another size */

static int other_size_is_read(void)
{
	journal_has(1, "event=luo.incoming generation=3 recorded=true");
	journal_has(1, "event=luo.reboot stage=frozen generation=3");
	lu_require(lu_trace_count(&lu_journal, "type=lost") >= 1,
		   "the overwritten records are not reported");
	journal_has(1, "event=pci.probe device=%s decision=block generation=4", net);
	return KSFT_PASS;
}

static int trap_header(void)
{
	lu_ok(lu_trap("journal.generation", "0xabc", 0, 0, 0));
	return KSFT_PASS;
}

static const struct lu_step stage5[] = {
	{ "the journal can be read", need_journal, true },
	{ "a journal of another size is read", other_size_is_read, false },
	{ "the device is retrieved and finished", retrieve_and_finish, true },
	{ "a device is preserved", preserve, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "a trap is set: the journal's header", trap_header, true },
	{ "the next kernel is loaded", lu_step_load, true },
};

/* Stage 6: the previous one's header is overwritten */

static int bad_header_is_refused(void)
{
	lu_require(lu_klog_has("cannot read the journal of the previous kernel: its header was overwritten"),
		   "the kernel does not say what is wrong");
	journal_has(1, "type=jump generation=5 from_kernel=null blackout_ns=null");
	journal_has(0, "type=event generation=4");
	journal_has(1, "event=pci.probe device=%s decision=block generation=5", net);
	return KSFT_PASS;
}

static int trap_record(void)
{
	lu_ok(lu_trap("record.length", "~", 0, 2, 0));
	return KSFT_PASS;
}

static const struct lu_step stage6[] = {
	{ "the journal can be read", need_journal, true },
	{ "one with a bad header is refused, and why is said",
	  bad_header_is_refused, false },
	{ "the device is retrieved and finished", retrieve_and_finish, true },
	{ "a device is preserved", preserve, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "a trap is set: a record", trap_record, true },
	{ "the next kernel is loaded", lu_step_load, true },
};

/* Stage 7: one of its records is overwritten */

static int bad_record_is_left_out(void)
{
	journal_has(1, "event=luo.incoming generation=5 journal_seq=1");
	journal_has(0, "type=event generation=5 journal_seq=2");
	journal_has(1, "type=event generation=5 journal_seq=3");
	journal_has(1, "type=lost count=1 overwritten=1");
	journal_has(1, "type=summary lost=1");
	journal_has(1, "event=file.freeze session=%s generation=5", SESSION);
	return KSFT_PASS;
}

static const struct lu_step stage7[] = {
	{ "the journal can be read", need_journal, true },
	{ "a bad record is left out, and the rest is read",
	  bad_record_is_left_out, false },
	{ "the device is retrieved and finished", retrieve_and_finish, true },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
	LU_STAGE(stage3),
	LU_STAGE(stage4),
	LU_STAGE(stage5),
	LU_STAGE(stage6),
	LU_STAGE(stage7),
};

LU_MAIN(stages, LU_NEED_ALL)
