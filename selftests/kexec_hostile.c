// SPDX-License-Identifier: GPL-2.0
/*
 * A handover that was overwritten before the jump: one field per kernel.
 *
 * Each stage preserves the virtio-net and the edu device in a session each, has lu_hostile.ko
 * overwrite a field after everything was written, and enters the next kernel. That kernel must
 * survive, refuse the data that it cannot trust, say why, and block drivers that might do harm
 * from every device, until the administrator gives the device up or the sessions are finished.
 * The kernels run with pci_liveupdate.on_error=block.
 *
 * An argument names one case to run alone, for the cases that end in a panic. "from" and a case
 * run that one and all after it. "list" prints all cases.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define NET_SESSION	"net"
#define NET_TOKEN	0x11
#define EDU_SESSION	"edu"
#define EDU_TOKEN	0x22

/* Three addresses without RAM: unaligned, between RAM and flash, and above all RAM. */
#define UNALIGNED	"@pci+8"
#define HOLE		"0xfe000000"
#define BEYOND		"0x7ffffffff000"
/* RAM, but not preserved. */
#define UNPRESERVED	"0x1000"

#define REFUSED		"LUO refuses it"
#define NOWHERE		"it is not in memory that was handed over"
#define VERSION		"it has another version"
#define CHAIN		"its chain of blocks is broken"
#define NUMBER		"its number of devices is wrong"
#define NAME		"a driver name is bad"
#define TWICE		"an address occurs twice"

/* The device that a case is about. */
enum which { NONE, NET, EDU, BRIDGE };

/**
 * struct hostile - One field that is overwritten
 * @field: its name in lu_hostile.ko
 * @value: the new value, in the module's notation
 * @which: the device that it belongs to
 * @unreadable: the reason for which the whole device list is refused, or NULL
 * @net_errno: what retrieving the virtio-net device gives
 * @edu_errno: what retrieving the edu device gives
 * @finish_errno: what finishing the virtio-net device's session gives
 * @taken: the driver that has the virtio-net device at boot
 * @never: this device is reported as never finished
 * @reason: lutrace's reason why the device is not retrieved
 * @blamed: the device whose session that reason is for; NONE: the virtio-net device
 * @held: both sessions claim the edu device, and that of the virtio-net device has it
 * @closed: /dev/liveupdate answers every ioctl with -EIO
 */
struct hostile {
	const char *field;
	const char *value;
	enum which which;
	const char *unreadable;
	int net_errno, edu_errno, finish_errno;
	const char *taken;
	enum which never;
	const char *reason;
	enum which blamed;
	bool held;
	bool closed;
};

/* The list is refused as a whole, so that no device counts as incoming. */
#define LIST(_field, _value, _which, _reason) {				\
	.field = _field, .value = _value, .which = _which,		\
	.unreadable = _reason, .net_errno = -ENODEV, .edu_errno = -ENODEV }

/* It affects that one device only. */
#define ONE(_field, _value, _which, ...) {				\
	.field = _field, .value = _value, .which = _which, ##__VA_ARGS__ }

/* The virtio-net device is not retrieved: it is absent, or another device is at its address. */
#define ABSENT(_field, _value)						\
	ONE(_field, _value, NET, .net_errno = -ENODEV, .never = NET, .reason = "absent")
#define OTHER(_field)							\
	ONE(_field, "0x5555", NET, .net_errno = -ENODEV, .reason = "identity_changed")
#define BAD_DATA(_field, _value)					\
	ONE(_field, _value, NET, .net_errno = -EINVAL, .never = NET, .reason = "bad_data")

static const struct hostile cases[] = {
	LIST("pci.version", "99", NONE, VERSION),
	LIST("pci.version", "0", NONE, VERSION),
	LIST("pci.reserved", "1", NONE, VERSION),
	LIST("pci.nr_devices", "0", NONE, NUMBER),
	LIST("pci.nr_devices", "~", NONE, NUMBER),
	LIST("pci.blocks", "0", NONE, NUMBER),
	LIST("pci.blocks", UNALIGNED, NONE, CHAIN),
	LIST("pci.blocks", HOLE, NONE, CHAIN),
	LIST("pci.blocks", BEYOND, NONE, CHAIN),
	LIST("pci.blocks", "~", NONE, CHAIN),
	LIST("dev.bdf", NULL, NET, TWICE),
	LIST("dev.refcount", "0", NET, NUMBER),
	LIST("dev.refcount", "0", BRIDGE, NUMBER),
	LIST("dev.driver", "=", NET, NAME),
	LIST("dev.driver", "~", NET, NAME),
	LIST("pciblock.count", "0", NONE, CHAIN),
	LIST("pciblock.count", "103", NONE, CHAIN),
	LIST("pciblock.count", "~", NONE, CHAIN),
	LIST("pciblock.next", "@pciblock", NONE, CHAIN),
	LIST("pciblock.next", UNALIGNED, NONE, CHAIN),
	LIST("pciblock.next", HOLE, NONE, CHAIN),
	LIST("pciblock.next", BEYOND, NONE, CHAIN),
	/* A block of another chain, which is not harmed by it. */
	LIST("pciblock.next", "@fileblock", NET, NUMBER),
	LIST("flb.data", "0", NONE, NOWHERE),
	LIST("flb.data", UNALIGNED, NONE, NOWHERE),
	LIST("flb.data", HOLE, NONE, NOWHERE),
	LIST("flb.data", BEYOND, NONE, NOWHERE),
	LIST("flb.data", UNPRESERVED, NONE, NOWHERE),
	LIST("flb.count", "0", NONE, REFUSED),
	LIST("flb.count", "~", NONE, REFUSED),

	/* A value that could be true does no harm beyond that device. */
	ONE("flb.count", "1", NONE, .edu_errno = -ENODEV, .never = EDU),
	ONE("flb.count", "100", NONE),
	ONE("flb.name", "=nobody", NONE, .net_errno = -ENODEV, .edu_errno = -ENODEV,
	    .taken = "virtio-pci", .reason = "wrong_driver"),
	ONE("flbhdr.count", "~", NONE),
	ONE("flbhdr.pgcnt", "~", NONE),
	ONE("luo.liveupdate_num", "~", NONE),
	ONE("dev.domain", "5", NET, .net_errno = -ENODEV, .taken = "virtio-pci"),
	ONE("dev.refcount", "~", NET, .never = NET),
	ONE("dev.refcount", "~", BRIDGE, .never = BRIDGE),
	ONE("dev.driver", "=nobody", NET),
	ONE("dev.driver", "=virtio-pci", NET, .net_errno = -ENODEV, .taken = "virtio-pci"),

	ABSENT("vfio.domain", "5"),
	ABSENT("vfio.bdf", "0xfff8"),
	OTHER("vfio.vendor"),
	OTHER("vfio.device"),
	OTHER("vfio.subsystem_vendor"),
	OTHER("vfio.subsystem_device"),
	BAD_DATA("vfio.reserved", "1"),
	BAD_DATA("file.data", "0"),
	BAD_DATA("file.data", UNALIGNED),
	BAD_DATA("file.data", HOLE),
	BAD_DATA("file.data", BEYOND),
	BAD_DATA("file.data", UNPRESERVED),
	/* The edu device is given up instead of the virtio-net device. */
	ONE("vfio.bdf", NULL, NET, .net_errno = -ENODEV, .edu_errno = -ENODEV,
	    .never = NET, .reason = "not_incoming", .blamed = EDU),
	ONE("file.data", "@vfio", NET, .edu_errno = -EBUSY, .never = NET,
	    .reason = "already_retrieved", .blamed = EDU, .held = true),
	/* The file is there, but its token is unknown. */
	ONE("file.token", "0x99", NET, .net_errno = -ENOENT, .finish_errno = -EBUSY),

	/* LUO's own data: LUO gives up for good, and the machine survives. */
	ONE("file.compatible", "=no-such-handler", NET, .closed = true),
	ONE("fileblock.count", "0", NET, .closed = true),
	ONE("fileblock.count", "~", NET, .closed = true),
	ONE("fileblock.next", "@fileblock", NET, .closed = true),
	ONE("fileblock.next", BEYOND, NET, .closed = true),
	ONE("session.file_set_ser.files", BEYOND, NET, .closed = true),
	ONE("session.file_set_ser.files", "0", NET, .closed = true),
	ONE("session.file_set_ser.count", "7", NET, .closed = true),
	ONE("session.name", "=" EDU_SESSION, NET, .closed = true),
};

/* Cases that end in a panic, which names the reason: each in a run of its own. */
static const struct hostile more_cases[] = {
	ONE("luo.compatible", "=luo-v0", NONE),
	ONE("luo.sessions_pa", UNALIGNED, NONE),
	ONE("luo.sessions_pa", BEYOND, NONE),
	ONE("luo.flbs_pa", BEYOND, NONE),
	ONE("sessionblock.count", "0", NONE),
	ONE("sessionblock.count", "~", NONE),
	ONE("sessionblock.next", "@sessionblock", NONE),
	ONE("sessionblock.next", BEYOND, NONE),
};

static char bridge[LU_BDF_LEN];
static const struct hostile *was, *next;
static int net_session = -1, edu_session = -1;

static const char *bdf_of(enum which which)
{
	switch (which) {
	case NET:
		return net;
	case EDU:
		return edu;
	case BRIDGE:
		return bridge;
	default:
		return NULL;
	}
}

/* Like pci_dev_id(); -1 where there is no device. */
static int dev_id(const char *bdf)
{
	unsigned int domain, bus, slot, fn;

	if (!bdf || sscanf(bdf, "%x:%x:%x.%x", &domain, &bus, &slot, &fn) != 4)
		return -1;
	return bus << 8 | slot << 3 | fn;
}

/* Steps of every stage but the last: preserve, to be overwritten. */

static int boot_store(void)
{
	return access(LU_KEXEC_KERNEL, F_OK) ? lu_step_boot_store() : KSFT_PASS;
}

static int preserve(void)
{
	lu_fd(net_session, lu_preserve(net, NET_SESSION, NET_TOKEN));
	lu_fd(edu_session, lu_preserve(edu, EDU_SESSION, EDU_TOKEN));
	return KSFT_PASS;
}

static int set_trap(void)
{
	int id = dev_id(bdf_of(next->which));
	char address[16];

	/* No value: the address of the other device. */
	snprintf(address, sizeof(address), "%d", dev_id(edu));
	lu_ok(lu_trap(next->field, next->value ?: address, id < 0 ? 0 : id,
		      next->which == EDU ? EDU_TOKEN : NET_TOKEN, EDU_TOKEN));
	return KSFT_PASS;
}

/* Steps of every stage but the first. */

static int says_why(void)
{
	bool bad = lu_klog_has("the list of preserved devices cannot be read");

	if (was->unreadable) {
		lu_require(lu_klog_has("the list of preserved devices cannot be read: %s",
				       was->unreadable),
			   "the kernel does not say: %s", was->unreadable);
	} else {
		lu_require(!bad, "the list was refused");
	}
	return KSFT_PASS;
}

static int is_blocked(const char *bdf, const char *driver)
{
	lu_require(lu_pci_driver_is(bdf, ""), "%s has a driver", bdf);
	lu_require(lu_pci_bind(bdf, driver) == -ENODEV, "%s was bound to %s", bdf, driver);
	lu_require(lu_klog_has("%s: live update: kept from driver %s", bdf, driver),
		   "the kernel does not say that it blocks %s from %s", driver, bdf);
	lu_traced_too(&trace, "event=pci.probe device=%s driver=%s decision=block reason=%s",
		      bdf, driver, was->unreadable ? "incoming_unreadable" : "foreign_driver");
	return KSFT_PASS;
}

static int wrong_drivers_are_blocked(void)
{
	if (was->taken) {
		lu_require(lu_pci_driver_is(net, was->taken), "%s does not have %s",
			   was->taken, net);
		return KSFT_PASS;
	}
	lu_require(is_blocked(net, "virtio-pci") == KSFT_PASS, "no driver is blocked from %s", net);
	if (was->unreadable)
		lu_require(is_blocked(nvme, "nvme") == KSFT_PASS, "no driver is blocked from %s", nvme);
	return KSFT_PASS;
}

static int override_gives_up(void)
{
	lu_ok(lu_pci_give_to(nvme, "nvme"));
	if (!was->taken)
		lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	return KSFT_PASS;
}

static int check_retrieved(int fd, int want, struct lu_vfio *vfio)
{
	if (want) {
		lu_expect(fd, want);
	} else {
		lu_require(fd >= 0, "the device is not retrieved: %s", lu_result(fd));
		lu_ok(lu_vfio_bind(vfio, fd));
		lu_require(lu_device_check(vfio) == KSFT_PASS, "the device does not work");
	}
	return KSFT_PASS;
}

/*
 * Retrieves and finishes. Neither may hang, whatever its result. Calls @meanwhile while the
 * session has its retrieved file.
 */
static int take_back(const char *name, uint64_t token, int want, int want_finish,
		     int (*meanwhile)(void))
{
	struct lu_vfio vfio = LU_VFIO_NONE;
	int session, fd, result, ret;

	lu_fd(session, lu_retrieve(name));
	fd = lu_session_retrieve_fd(session, token);
	result = check_retrieved(fd, want, &vfio);
	if (meanwhile && meanwhile() != KSFT_PASS)
		result = KSFT_FAIL;
	ret = lu_session_finish(session);
	close(session);
	if (result == KSFT_PASS)
		lu_vfio_close(&vfio);
	else
		lu_close(&fd);
	lu_expect(ret, want_finish);
	return result;
}

static int retrieve_edu_meanwhile(void)
{
	return take_back(EDU_SESSION, EDU_TOKEN, was->edu_errno, 0, NULL);
}

static int retrieve_net(void)
{
	if (was->closed) {
		lu_expect(lu_retrieve(NET_SESSION), -EIO);
		lu_expect(lu_create("other"), -EIO);
		return KSFT_PASS;
	}
	return take_back(NET_SESSION, NET_TOKEN, was->net_errno, was->finish_errno,
			 was->held ? retrieve_edu_meanwhile : NULL);
}

static int retrieve_edu(void)
{
	if (was->closed)
		lu_skip("there are no sessions to retrieve");
	if (was->held)
		lu_skip("it was done while the other had the device");
	return take_back(EDU_SESSION, EDU_TOKEN, was->edu_errno, 0, NULL);
}

static int reason_is_named(void)
{
	char decision[64];

	lu_traced_too(&trace, "event=vfio.retrieve reason=%s", was->reason);
	snprintf(decision, sizeof(decision), "vfio.retrieve %s", was->reason);
	lu_blamed(was->blamed == EDU ? EDU_SESSION : NET_SESSION, decision);
	return KSFT_PASS;
}

static int list_is_blamed(void)
{
	static const struct {
		const char *text;
		const char *decision;
	} reasons[] = {
		{ VERSION, "pci.handover_bad bad_version" },
		{ CHAIN, "pci.handover_bad bad_blocks" },
		{ NUMBER, "pci.handover_bad bad_count" },
		{ NAME, "pci.handover_bad bad_driver_name" },
		{ TWICE, "pci.handover_bad duplicate" },
		{ NOWHERE, "pci.handover_bad bad_address" },
		{ REFUSED, "pci.handover_bad bad_flb" },
	};
	size_t i;

	for (i = 0; strcmp(reasons[i].text, was->unreadable); i++)
		;
	lu_blamed(net, reasons[i].decision);
	return KSFT_PASS;
}

static int who_is_forgotten(void)
{
	if (was->never != NONE)
		lu_require(lu_klog_has("%s was preserved by", bdf_of(was->never)),
			   "%s is not named", bdf_of(was->never));
	else if (!was->taken)
		lu_require(!lu_klog_has("but never finished"), "a device was never finished");
	return KSFT_PASS;
}

static int ordinary_again(void)
{
	/* The device list is not finished while, by its own count, a file is left. */
	if (was->closed || was->finish_errno || (!strcmp(was->field, "flb.count") && !strcmp(was->value, "100")))
		lu_skip("files are left, by LUO's count");
	lu_ok(lu_pci_give_back(net));
	lu_require(lu_pci_driver_is(net, "virtio-pci"), "virtio-pci does not take %s", net);
	return KSFT_PASS;
}

static struct lu_step steps[16];
static char names[2][160];

static size_t add(size_t n, const char *name, int (*run)(void), bool needed)
{
	steps[n] = (struct lu_step){ name, run, needed };
	return n + 1;
}

static const char *describe(const struct hostile *h, const char *what, char *buf, size_t len)
{
	const char *whose = h->which == NET ? " of the virtio-net device" :
			    h->which == EDU ? " of the edu device" :
			    h->which == BRIDGE ? " of the bridge" : "";

	snprintf(buf, len, "%s: %s=%s%s", what, h->field, h->value ?: "the edu device's", whose);
	return buf;
}

/* The steps of a stage with @was before it and @next after it; either may be NULL. */
static struct lu_stage make_stage(bool jump)
{
	size_t n = 0;

	if (was) {
		describe(was, "the machine lives", names[0], sizeof(names[0]));
		n = add(n, names[0], says_why, false);
		n = add(n, "lutrace attaches", lu_trace_step_start, false);
		n = add(n, "wrong drivers are blocked", wrong_drivers_are_blocked, false);
		n = add(n, "driver_override gives a device up", override_gives_up, true);
		n = add(n, "the virtio-net device's session comes to an end", retrieve_net, false);
		n = add(n, "the edu device's session comes to an end", retrieve_edu, false);
		if (was->reason)
			n = add(n, "lutrace has the reason", reason_is_named, false);
		if (was->unreadable)
			n = add(n, "lutrace blames the list", list_is_blamed, false);
		n = add(n, "who is forgotten is named", who_is_forgotten, false);
		n = add(n, "the device is ordinary in the end", ordinary_again, false);
		n = add(n, "the stream is complete", lu_trace_step_stop, false);
		/* Not in each stage, because it is slow. */
		if (was == cases || !next)
			n = add(n, "the journal has what the kernel's log has",
				lu_trace_step_log, false);
	}
	if (jump)
		n = add(n, "the next kernel is at hand", boot_store, true);
	if (next) {
		describe(next, "a trap is set", names[1], sizeof(names[1]));
		n = add(n, "two devices are preserved", preserve, true);
		n = add(n, names[1], set_trap, true);
	}
	if (jump)
		n = add(n, "the next kernel is loaded", lu_step_load, true);
	return (struct lu_stage){ steps, n, true };
}

/* The case FIELD=VALUE, NULL where there is none. */
static const struct hostile *find_case(const char *name)
{
	const struct hostile *h;
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(cases) + ARRAY_SIZE(more_cases); i++) {
		h = i < ARRAY_SIZE(cases) ? &cases[i] : &more_cases[i - ARRAY_SIZE(cases)];
		len = strlen(h->field);
		if (!strncmp(h->field, name, len) && name[len] == '=' &&
		    !strcmp(h->value ?: "", name + len + 1))
			return h;
	}
	return NULL;
}

/*
 * Sets @was and @next for @stage of all cases from @first on, and returns how many stages there
 * are. A kernel in which LUO gave up, or in which a device stays incoming forever, preserves
 * nothing: only the one after it sets the next trap.
 */
static size_t plan_all(size_t stage, size_t first)
{
	const struct hostile *before = NULL, *after = &cases[first];
	size_t at = 1, i = first + 1;

	for (;;) {
		if (at == stage) {
			was = before;
			next = after;
		}
		if (i == ARRAY_SIZE(cases) && !after)
			return at;
		at++;
		before = after;
		if ((before && (before->closed || before->finish_errno)) || i == ARRAY_SIZE(cases))
			after = NULL;
		else
			after = &cases[i++];
	}
}

static void __noreturn list_cases(void)
{
	size_t i;

	printf("# %zu stages\n", plan_all(0, 0));
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		printf("%s=%s\n", cases[i].field, cases[i].value ?: "");
	for (i = 0; i < ARRAY_SIZE(more_cases); i++)
		printf("%s=%s\n", more_cases[i].field, more_cases[i].value ?: "");
	exit(0);
}

static const struct hostile *need_case(const char *name)
{
	const struct hostile *h = find_case(name);

	if (!h) {
		ksft_print_header();
		ksft_exit_fail_msg("There is no case %s: see \"list\".\n", name);
	}
	return h;
}

static size_t plan_one(size_t stage, const struct hostile *h)
{
	was = stage > 1 ? h : NULL;
	next = stage > 1 ? NULL : h;
	return 2;
}

int main(int argc, char **argv)
{
	static struct lu_stage stages[2 * ARRAY_SIZE(cases) + 2];
	const char *text = getenv("LU_STAGE");
	size_t stage = text ? strtoul(text, NULL, 10) : 1, count;

	if (argc > 1 && !strcmp(argv[1], "list"))
		list_cases();
	lu_need(LU_NEED_ALL);
	lu_pci_parent(net, bridge, sizeof(bridge));
	if (argc > 2)
		count = plan_all(stage, need_case(argv[2]) - cases);
	else if (argc > 1)
		count = plan_one(stage, need_case(argv[1]));
	else
		count = plan_all(stage, 0);
	if (stage >= 1 && stage <= count)
		stages[stage - 1] = make_stage(stage < count);
	lu_run_stages(stages, count);
}
