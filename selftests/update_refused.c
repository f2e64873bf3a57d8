// SPDX-License-Identifier: GPL-2.0
/*
 * A kexec that cannot take everything over hurts nobody: it is refused before anything is changed,
 * and says all that is in its way; or, if it was told to, it gives up the sessions that are in its
 * way, and takes the others over.
 *
 * Three sessions preserve a device and a memfd each. Stage 1 asks for kexecs that are refused, and
 * finds all devices in the state in which it left them; then for one with interrupts left on and a
 * device asleep, which are in nobody's way. In stage 2 all three have arrived. They are preserved
 * again, one device is held, the one of a fourth session is pulled out, and the kexec drops both
 * sessions. In stage 3 the other two have arrived.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/vfio.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_host.h"
#include "lu_lib.h"
#include "lu_slot.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define DEVICE_TOKEN	0x1
#define MEMORY_TOKEN	0x2

#define ON_OBSTACLE	"/sys/module/liveupdate/parameters/on_obstacle"

/* How long a device is held where the kernel must wait for it no longer than that. */
#define HOLD_MS		"15000"

/**
 * struct vm - A VMM with its session
 * @name: name of the session, and content of its memory
 * @bdf: its device
 * @vfio: the device's file
 * @memory: a memfd
 * @session: the session
 */
struct vm {
	const char *name;
	const char *bdf;
	struct lu_vfio vfio;
	int memory;
	int session;
};

#define VM(name_)	{ .name = (name_), .memory = -1, .session = -1 }

static struct vm vms[] = { VM("one"), VM("two"), VM("three") };
static struct vm pulled = VM("pulled");

#define one	(&vms[0])
#define two	(&vms[1])
#define three	(&vms[2])

/* An edu device below a port of its own can be reset, unlike the machine's other one. */
static struct lu_slot two_slot = { "replugged", "0000:00:09.0", "" };
static struct lu_slot three_slot = { "held", "0000:00:0a.0", "" };
static struct lu_slot pulled_slot = { "gone", "0000:00:06.0", "" };

/* Leaves a step as failed unless lutrace says all of it. */
#define why_says(object, status, ...) do {				\
	if (lu_why_can_ask())						\
		lu_require(lu_why_says(object, status,			\
				       (const char *const[]){ __VA_ARGS__, NULL }), \
			   "%s is not explained", object);		\
} while (0)

/* A sentence with a device in it, instead of the @; valid for a few more calls. */
static const char *text(const char *fmt, const char *device)
{
	static char texts[8][LU_PATH_LEN];
	static unsigned int nr;
	char *buf = texts[nr++ % ARRAY_SIZE(texts)];
	const char *at = strchr(fmt, '@');

	snprintf(buf, LU_PATH_LEN, "%.*s%s%s", (int)(at - fmt), fmt, device, at + 1);
	return buf;
}

static int open_vm(struct vm *vm)
{
	lu_ok(lu_pci_give_to(vm->bdf, "vfio-pci"));
	lu_ok(lu_vfio_open_bind(&vm->vfio, vm->bdf));
	vm->memory = memfd_create(vm->name, MFD_CLOEXEC);
	lu_require(vm->memory >= 0, "there is no memfd");
	lu_require(write(vm->memory, vm->name, strlen(vm->name)) == (ssize_t)strlen(vm->name),
		   "the memory of %s cannot be written", vm->name);
	return KSFT_PASS;
}

static int preserve_vm(struct vm *vm)
{
	if (open_vm(vm) != KSFT_PASS)
		return KSFT_FAIL;
	lu_fd(vm->session, lu_create(vm->name));
	lu_ok(lu_session_preserve(vm->session, vm->vfio.fd, DEVICE_TOKEN));
	lu_ok(lu_session_preserve(vm->session, vm->memory, MEMORY_TOKEN));
	return KSFT_PASS;
}

static void close_vm(struct vm *vm)
{
	lu_vfio_close(&vm->vfio);
	lu_close(&vm->memory);
	lu_close(&vm->session);
}

static int preserve_all(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vms); i++) {
		if (preserve_vm(&vms[i]) != KSFT_PASS)
			return KSFT_FAIL;
	}
	return KSFT_PASS;
}

static int mark_all(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vms); i++) {
		lu_require(lu_vfio_mark(&vms[i].vfio) == KSFT_PASS, "%s cannot be marked",
			   vms[i].bdf);
	}
	return KSFT_PASS;
}

static int nothing_changed(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vms); i++) {
		lu_require(lu_vfio_is_marked(&vms[i].vfio) == KSFT_PASS, "%s of %s has changed",
			   vms[i].bdf, vms[i].name);
	}
	return KSFT_PASS;
}

/* Has lu_hold.ko hold the device's lock: for @ms, or until it is unloaded if that is "0". */
static int hold(const char *bdf, const char *ms)
{
	char device[LU_PATH_LEN], time[LU_PATH_LEN];
	const char *const argv[] = { "modprobe", "lu_hold", device, time, NULL };

	snprintf(device, sizeof(device), "device=%s", bdf);
	snprintf(time, sizeof(time), "ms=%s", ms);
	lu_expect(lu_run(argv), 0);
	return KSFT_PASS;
}

/* Stage 1 */

static int no_image(void)
{
	lu_kexec_unload();
	lu_expect(lu_kexec_exec(), -EINVAL);
	return nothing_changed();
}

static int image_without_kho(void)
{
	int ret = lu_kexec_load_without_kho();

	if (ret == -ENOSYS)
		lu_skip("the kernel has no kexec_load(2)");
	lu_ok(ret);
	lu_expect(lu_kexec_exec(), -EINVAL);
	lu_traced_too(&trace, "event=luo.reboot stage=carries_nothing errno=%d image_has_kho=false",
		      -EINVAL);
	why_says("one", 1,
		 "The kexec was refused, and nothing was changed: sessions hold files, and the image that it was to enter carries no KHO.",
		 "Decided by: luo.reboot carries_nothing, in this kernel; the user saw EINVAL.",
		 "kexec -s -l");
	return nothing_changed();
}

/* The next kernel is told to drop, and told otherwise when it runs. */
static int load_to_drop(void)
{
	lu_ok(lu_kexec_load("liveupdate.on_obstacle=drop"));
	return KSFT_PASS;
}

/**
 * struct work - What a device does while a kexec is refused
 * @vfio: the device, an edu
 * @rounds: how often it has copied there and back
 * @bad: how often that failed
 * @stop: it is to stop
 */
struct work {
	struct lu_vfio *vfio;
	_Atomic int rounds;
	_Atomic int bad;
	_Atomic bool stop;
};

static void *copy_again_and_again(void *arg)
{
	struct work *work = arg;

	while (!work->stop) {
		if (lu_edu_check_dma(work->vfio) != KSFT_PASS)
			work->bad++;
		work->rounds++;
	}
	return NULL;
}

static bool has_begun(void *arg)
{
	return ((struct work *)arg)->rounds;
}

static int refused_because_busy(void)
{
	lu_expect(lu_kexec_exec(), -EBUSY);
	lu_traced_too(&trace, "event=vfio.can_freeze device=%s reason=ok errno=0", one->bdf);
	lu_traced_too(&trace, "event=vfio.can_freeze device=%s reason=busy errno=%d", two->bdf,
		      -EBUSY);
	lu_traced_too(&trace, "event=file.can_freeze session=two token=%#x errno=%d",
		      DEVICE_TOKEN, -EBUSY);
	lu_traced_too(&trace, "event=file.can_freeze session=three token=%#x errno=0",
		      MEMORY_TOKEN);
	lu_traced_too(&trace, "event=luo.reboot stage=refused errno=%d", -EBUSY);
	return KSFT_PASS;
}

static int one_obstacle(void)
{
	struct work work = { .vfio = &three->vfio };
	pthread_t thread;
	int ret, rounds;

	if (hold(two->bdf, "0") != KSFT_PASS)
		return KSFT_FAIL;
	lu_require(!pthread_create(&thread, NULL, copy_again_and_again, &work), "no thread");
	ret = lu_wait_until(has_begun, &work) ? KSFT_PASS : KSFT_FAIL;
	rounds = work.rounds;
	if (ret == KSFT_PASS)
		ret = refused_because_busy();
	rounds = work.rounds - rounds;
	work.stop = true;
	pthread_join(thread, NULL);
	lu_require(ret == KSFT_PASS && rounds && !work.bad,
		   "in the meantime, DMA of %s came to its end %d times, and failed %d times",
		   three->bdf, rounds, work.bad);
	why_says("one", 1,
		 text("The kexec was refused, and nothing was changed: @ could not be frozen, because it was in use for longer than the kernel waits.", two->bdf),
		 "That is why two:0x1 could not be frozen.",
		 "Decided by: vfio.can_freeze busy, in this kernel; the user saw EBUSY.");
	return nothing_changed();
}

static bool is_gone(void *arg)
{
	return !lu_pci_exists(arg);
}

/* Its VMM closes the file when it is asked to, and keeps the session. */
static int pull_one(void)
{
	struct pollfd request = { .events = POLLIN };

	pulled.bdf = pulled_slot.bdf;
	if (preserve_vm(&pulled) != KSFT_PASS)
		return KSFT_FAIL;
	lu_ok(lu_vfio_enable_irq(&pulled.vfio, VFIO_PCI_REQ_IRQ_INDEX));
	request.fd = pulled.vfio.irq;
	if (lu_slot_pull_by_surprise(&pulled_slot) != KSFT_PASS)
		return KSFT_FAIL;
	lu_require(poll(&request, 1, LU_DEADLINE_MS) == 1, "user space is not informed");
	lu_vfio_close(&pulled.vfio);
	return KSFT_PASS;
}

/* The caller gets the errno of the first. */
static int two_obstacles(void)
{
	if (pull_one() != KSFT_PASS)
		return KSFT_FAIL;
	lu_expect(lu_kexec_exec(), -EBUSY);
	lu_traced_too(&trace, "event=vfio.can_freeze device=%s reason=removed errno=%d",
		      pulled.bdf, -ENODEV);
	lu_traced_too(&trace, "event=file.can_freeze session=pulled token=%#x errno=%d",
		      DEVICE_TOKEN, -ENODEV);
	why_says("one", 1, "Decided by: vfio.can_freeze busy",
		 text("Also: @ could not be frozen, because it was being unbound or removed, or was pulled out.", pulled.bdf));
	why_says("pulled", 1, "Decided by: vfio.can_freeze removed, in this kernel; the user saw EBUSY.");
	return nothing_changed();
}

static int other_obstacle(void)
{
	lu_ok(lu_module_unload("lu_hold"));
	lu_expect(lu_kexec_exec(), -ENODEV);
	why_says(pulled.bdf, 1,
		 "Decided by: vfio.can_freeze removed, in this kernel; the user saw ENODEV.");
	why_says("two", 1, "Decided by: vfio.can_freeze removed");
	return nothing_changed();
}

/* lutrace advises to close the session. */
static int advice_helps(void)
{
	close_vm(&pulled);
	lu_require(lu_wait_until(is_gone, (void *)pulled.bdf), "%s does not go", pulled.bdf);
	return nothing_changed();
}

/* Each obstacle of each kexec, and no reset. */
static int all_is_recorded(void)
{
	static const struct {
		int count;
		const char *pattern;
	} records[] = {
		{ 3, "event=luo.reboot stage=refused" },
		{ 2, "event=vfio.can_freeze reason=busy" },
		{ 2, "event=vfio.can_freeze reason=removed" },
		{ 4, "event=file.can_freeze" },
		{ 0, "event=luo.reboot stage=failed" },
		{ 0, "event=file.freeze" },
		{ 0, "event=vfio.reset" },
		{ 0, "event=session.drop" },
	};
	int status, count;
	size_t i;

	if (!lu_why_can_ask())
		lu_skip("there is no lutrace in this VM");
	status = lu_journal_read("--generation current");
	lu_require(status == 1, "lutrace journal gave %d", status);
	for (i = 0; i < ARRAY_SIZE(records); i++) {
		count = lu_trace_count(&lu_journal, "%s", records[i].pattern);
		lu_require(count == records[i].count, "the journal has %d times %s", count,
			   records[i].pattern);
	}
	return KSFT_PASS;
}

static int leave_interrupts_on(void)
{
	lu_ok(lu_vfio_disable_irq(&three->vfio, VFIO_PCI_MSI_IRQ_INDEX));
	lu_ok(lu_vfio_enable_irq(&three->vfio, VFIO_PCI_INTX_IRQ_INDEX));
	lu_ok(lu_vfio_enable_irq(&one->vfio, VFIO_PCI_MSIX_IRQ_INDEX));
	lu_ok(lu_vfio_set_power(one->vfio.fd, 3));
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "lutrace attaches in stage 1", lu_trace_step_start, false },
	{ "three sessions preserve a device and memory each", preserve_all, true },
	{ "the devices are in a state that no reset leaves", mark_all, true },
	{ "a kexec without an image is refused", no_image, true },
	{ "a kexec that carries nothing over is refused", image_without_kho, true },
	{ "the next kernel is loaded", load_to_drop, true },
	{ "a device that is held refuses the kexec, and nothing changes", one_obstacle, true },
	{ "two obstacles refuse it, and both are named", two_obstacles, true },
	{ "it stays refused while one of them is left", other_obstacle, true },
	{ "what lutrace advises takes it away", advice_helps, true },
	{ "each obstacle is recorded, and no reset", all_is_recorded, false },
	{ "the stream of stage 1 is complete", lu_trace_step_stop, false },
	{ "interrupts are left on, and a device sleeps", leave_interrupts_on, true },
};

/* Stage 2 */

static int memory_is_back(struct vm *vm)
{
	char content[16] = "";

	lu_fd(vm->memory, lu_session_retrieve_fd(vm->session, MEMORY_TOKEN));
	lu_require(pread(vm->memory, content, sizeof(content) - 1, 0) >= 0,
		   "the memory of %s cannot be read", vm->name);
	lu_require(!strcmp(content, vm->name), "the memory of %s has \"%s\"", vm->name, content);
	return KSFT_PASS;
}

static int arrives(struct vm *vm)
{
	int fd;

	lu_ok(lu_pci_give_to(vm->bdf, "vfio-pci"));
	lu_fd(vm->session, lu_retrieve(vm->name));
	lu_fd(fd, lu_session_retrieve_fd(vm->session, DEVICE_TOKEN));
	lu_ok(lu_vfio_bind(&vm->vfio, fd));
	if (lu_device_check(&vm->vfio) != KSFT_PASS || memory_is_back(vm) != KSFT_PASS)
		return KSFT_FAIL;
	lu_ok(lu_session_finish(vm->session));
	close_vm(vm);
	why_says(vm->name, 0, "it came through the live update: retrieved and finished");
	return KSFT_PASS;
}

static int all_arrive(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vms); i++) {
		lu_require(arrives(&vms[i]) == KSFT_PASS, "%s has not arrived", vms[i].name);
	}
	return KSFT_PASS;
}

static int previous_journal(void)
{
	int status;

	if (!lu_why_can_ask())
		return KSFT_SKIP;
	status = lu_journal_read("--generation previous");
	lu_require(status == 0 || status == 1, "lutrace journal gave %d", status);
	return KSFT_PASS;
}

#define journal_has(n, fmt, ...) do {					\
	int lu_n = lu_trace_count(&lu_journal, fmt, ##__VA_ARGS__);	\
									\
	lu_require(lu_n == (n), "the journal has %d times " fmt, lu_n,	\
		   ##__VA_ARGS__);					\
} while (0)

static int freeze_is_recorded(void)
{
	int ret = previous_journal();
	size_t i;

	if (ret != KSFT_PASS)
		return ret;
	journal_has(1, "event=luo.reboot stage=frozen errno=0 image_has_kho=true");
	journal_has(1, "event=vfio.reset device=%s errno=0", one->bdf);
	for (i = 0; i < ARRAY_SIZE(vms); i++)
		journal_has(1, "event=vfio.freeze device=%s reason=ok errno=0", vms[i].bdf);
	return KSFT_PASS;
}

/* What the command line says, and what is written at run time. */
static int policy_is_a_choice(void)
{
	char policy[16] = "";
	FILE *in = fopen(ON_OBSTACLE, "re");

	lu_require(in, "there is no " ON_OBSTACLE);
	if (!fgets(policy, sizeof(policy), in))
		*policy = '\0';
	fclose(in);
	lu_require(!strcmp(policy, "drop\n"), "on_obstacle is \"%s\"", policy);
	lu_expect(lu_write_file(ON_OBSTACLE, "perhaps"), -EINVAL);
	lu_ok(lu_write_file(ON_OBSTACLE, "refuse"));
	return KSFT_PASS;
}

static int refused_again(void)
{
	if (hold(two->bdf, "0") != KSFT_PASS)
		return KSFT_FAIL;
	lu_expect(lu_kexec_exec(), -EBUSY);
	lu_ok(lu_module_unload("lu_hold"));
	lu_ok(lu_write_file(ON_OBSTACLE, "drop"));
	return KSFT_PASS;
}

static bool is_there(void *arg)
{
	return lu_pci_exists(arg);
}

/* A new device takes no driver for a moment. */
static bool vfio_has_it(void *arg)
{
	return !lu_pci_give_to(arg, "vfio-pci") && lu_vfio_try_open(arg) != -ENOENT;
}

/* The remover waits for LUO's file, with the device locked: the kexec must not wait for it. */
static int plug_and_pull(void)
{
	lu_ok(lu_host_plug("edu", "pulled-again", pulled_slot.name));
	lu_require(lu_wait_until(is_there, pulled_slot.bdf) &&
		   lu_wait_until(vfio_has_it, pulled_slot.bdf),
		   "%s does not come", pulled_slot.bdf);
	return pull_one();
}

/* The kernel waits for the lock again when it shuts the device down: it has to end. */
static int hold_for_a_while(void)
{
	return hold(two->bdf, HOLD_MS);
}

static const struct lu_step stage2[] = {
	{ "all three sessions have arrived", all_arrive, true },
	{ "the previous kernel froze all three devices", freeze_is_recorded, false },
	{ "on_obstacle takes \"refuse\" and \"drop\"", policy_is_a_choice, true },
	{ "all three are preserved again", preserve_all, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "the next kernel is loaded", lu_step_load, true },
	{ "a device that is held refuses the kexec", refused_again, true },
	{ "a fourth session's device is pulled out", plug_and_pull, true },
	{ "the other is held for a while, and sessions may be dropped", hold_for_a_while, true },
};

/* Stage 3 */

static int others_arrive(void)
{
	lu_require(arrives(one) == KSFT_PASS, "one has not arrived");
	lu_require(arrives(three) == KSFT_PASS, "three has not arrived");
	return KSFT_PASS;
}

static int drop_is_told(void)
{
	why_says("two", 1,
		 text("Session two was given up, so that the kexec could take the others over: @ could not be frozen, because it was in use for longer than the kernel waits.", two->bdf),
		 "Decided by: vfio.can_freeze busy, in the previous kernel.",
		 "session.drop          two",
		 "What session two preserved did not go over");
	why_says("two:2", 1, "Session two was given up");
	why_says("pulled", 1, "Session pulled was given up",
		 "Decided by: vfio.can_freeze removed, in the previous kernel.");
	return KSFT_PASS;
}

/* The session may come without its files, or not at all. */
static int dropped_is_lost(void)
{
	int ret = lu_retrieve("two");

	if (ret >= 0) {
		two->session = ret;
		ret = lu_session_retrieve_fd(two->session, DEVICE_TOKEN);
		lu_close(&two->session);
	}
	lu_expect(ret, -ENOENT);
	why_says("two", 1, "failed with ENOENT: ",
		 "That is why session two was given up, so that the kexec could take the others over.",
		 "Decided by: vfio.can_freeze busy, in the previous kernel; the user saw ENOENT.");
	return KSFT_PASS;
}

static int drop_is_recorded(void)
{
	int ret = previous_journal();

	if (ret != KSFT_PASS)
		return ret;
	journal_has(1, "event=session.drop session=two errno=%d", -EBUSY);
	journal_has(1, "event=session.drop session=pulled errno=%d", -ENODEV);
	journal_has(2, "event=session.drop");
	journal_has(1, "event=luo.reboot stage=refused errno=%d", -EBUSY);
	journal_has(1, "event=luo.reboot stage=frozen");
	journal_has(2, "event=vfio.can_freeze device=%s reason=busy", two->bdf);
	journal_has(1, "event=file.unpreserve session=two token=%#x", DEVICE_TOKEN);
	journal_has(1, "event=file.unpreserve session=two token=%#x", MEMORY_TOKEN);
	journal_has(0, "event=vfio.reset device=%s", two->bdf);
	return KSFT_PASS;
}

/* No gate, and no session that waits for it. */
static int its_device_is_ordinary(void)
{
	lu_ok(lu_pci_give_to(two->bdf, "vfio-pci"));
	lu_ok(lu_vfio_open_bind(&two->vfio, two->bdf));
	lu_require(lu_device_check(&two->vfio) == KSFT_PASS, "%s does not work", two->bdf);
	lu_vfio_close(&two->vfio);
	return KSFT_PASS;
}

static int blame_counts_it(void)
{
	static const char *const argv[] = {
		"sh", "-c",
		"lutrace blame >/tmp/blame; grep -q '^two:0x1 .* EBUSY ' /tmp/blame && "
		"grep -q '^two:0x2 .* EBUSY ' /tmp/blame || { sed 's/^/# /' /tmp/blame; false; }",
		NULL
	};

	if (!lu_why_can_ask())
		lu_skip("there is no lutrace in this VM");
	lu_expect(lu_run(argv), 0);
	return KSFT_PASS;
}

static const struct lu_step stage3[] = {
	{ "each drop is told with its reason", drop_is_told, false },
	{ "two sessions have arrived", others_arrive, true },
	{ "one that was dropped is lost", dropped_is_lost, false },
	{ "the previous kernel recorded that", drop_is_recorded, false },
	{ "its device is an ordinary one", its_device_is_ordinary, false },
	{ "lutrace blame counts its files", blame_counts_it, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
	LU_STAGE(stage3),
};

int main(void)
{
	size_t i;

	lu_need(LU_NEED_NET | LU_NEED_NVME);
	if (!lu_host_listens())
		lu_skip_all("the host takes no commands: give vm/run --hotplug");
	if (!lu_slot_find(&two_slot) || !lu_slot_find(&three_slot) || !lu_slot_find(&pulled_slot))
		lu_skip_all("the machine has not the slots: give vm/run --devices hotplug.devices");
	for (i = 0; i < ARRAY_SIZE(vms); i++)
		vms[i].vfio = LU_VFIO_NONE;
	pulled.vfio = LU_VFIO_NONE;
	one->bdf = net;
	two->bdf = two_slot.bdf;
	three->bdf = three_slot.bdf;
	lu_run_stages(stages, ARRAY_SIZE(stages));
}
