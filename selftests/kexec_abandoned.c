// SPDX-License-Identifier: GPL-2.0
/*
 * A session that no process retrieves, beside one that goes through in the usual way.
 *
 * Stage 1 preserves the edu device in session "kept" and the virtio-net device in session
 * "abandoned". Stage 2 retrieves and finishes "kept", and checks that the other device stays
 * blocked all the time, also after it was enumerated again. It then retrieves the file of
 * "abandoned" too early, and gives its device up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define KEPT		"kept"
#define KEPT_TOKEN	0x2
#define ABANDONED	"abandoned"
#define ABANDONED_TOKEN	0x1
#define NO_TOKEN	0xdead

/* What makes vfio-pci take the edu device without an override. */
#define EDU_ID		"1234 11e8"

static int kept = -1, abandoned = -1;
static int edu_fd = -1, edu_again = -1;
static struct lu_vfio edu_vfio = LU_VFIO_NONE;

/* Stage 1 */

static int preserve(void)
{
	int net_fd;

	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	lu_fd(edu_fd, lu_vfio_open(edu));
	lu_fd(net_fd, lu_vfio_open(net));
	lu_fd(kept, lu_create(KEPT));
	lu_fd(abandoned, lu_create(ABANDONED));
	lu_ok(lu_session_preserve(kept, edu_fd, KEPT_TOKEN));
	lu_ok(lu_session_preserve(abandoned, net_fd, ABANDONED_TOKEN));
	/* The sessions hold the files. */
	close(net_fd);
	lu_close(&edu_fd);
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "two devices are preserved in two sessions", preserve, true },
	{ "the next kernel is loaded", lu_step_load, true },
};

/* Stage 2 */

static int devices_wait(void)
{
	lu_require(lu_pci_driver_exists("virtio-pci"),
		   "there is no driver virtio-pci");
	lu_require(lu_pci_driver_is(net, ""), "%s has a driver", net);
	lu_require(lu_pci_driver_is(edu, ""), "%s has a driver", edu);
	return KSFT_PASS;
}

static int unknown_session(void)
{
	lu_expect(lu_retrieve("nobody"), -ENOENT);
	lu_traced_too(&trace, "event=session.retrieve session=nobody errno=%d",
		      -ENOENT);
	lu_blamed("nobody", "session.retrieve");
	return KSFT_PASS;
}

static int session_twice(void)
{
	char name[65];

	lu_fd(kept, lu_retrieve(KEPT));
	lu_expect(lu_retrieve(KEPT), -EINVAL);
	lu_ok(lu_session_name(kept, name, sizeof(name)));
	lu_require(!strcmp(name, KEPT), "the session says it is \"%s\"", name);
	lu_blamed(KEPT, "session.retrieve");
	return KSFT_PASS;
}

static int incoming_takes_no_file(void)
{
	lu_expect(lu_session_preserve(kept, STDOUT_FILENO, NO_TOKEN), -EINVAL);
	return KSFT_PASS;
}

static int unknown_token(void)
{
	lu_expect(lu_session_retrieve_fd(kept, NO_TOKEN), -ENOENT);
	lu_traced_too(&trace, "event=file.retrieve session=" KEPT " token=%#x errno=%d",
		      NO_TOKEN, -ENOENT);
	lu_blamed(KEPT ":0xdead", "file.retrieve");
	return KSFT_PASS;
}

/* A driver that preserved the device needs no override, only an ID. */
static int same_driver_binds(void)
{
	lu_ok(lu_pci_override(edu, ""));
	lu_ok(lu_pci_driver_write("vfio-pci", "new_id", EDU_ID));
	lu_require(lu_pci_driver_is(edu, "vfio-pci"),
		   "vfio-pci does not take %s by its ID", edu);
	lu_traced_too(&trace, "event=pci.probe device=%s driver=vfio-pci decision=allow reason=same_driver",
		      edu);
	lu_ok(lu_pci_driver_write("vfio-pci", "remove_id", EDU_ID));
	return KSFT_PASS;
}

/* Closing the session tries to finish it, which is too early: the session must not be lost. */
static int closed_session(void)
{
	lu_close(&kept);
	lu_traced_too(&trace, "event=session.release session=" KEPT " errno=%d",
		      -EBUSY);
	lu_blamed(KEPT, "vfio.finish_refused not_retrieved");
	lu_fd(kept, lu_retrieve(KEPT));
	return KSFT_PASS;
}

static int dies_with_the_file(void)
{
	int status;
	pid_t pid;

	lu_close(&kept);
	fflush(stdout);
	pid = fork();
	lu_require(pid >= 0, "no process: %s", strerror(errno));
	if (!pid) {
		int session = lu_retrieve(KEPT);

		if (session < 0 ||
		    lu_session_retrieve_fd(session, KEPT_TOKEN) < 0)
			_exit(1);
		raise(SIGKILL);
	}
	lu_require(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status),
		   "the process did not get the file");
	return KSFT_PASS;
}

static int held_keeps_its_driver(void)
{
	lu_expect(lu_pci_unbind(edu), -EBUSY);
	lu_expect(lu_pci_remove(edu), -EBUSY);
	lu_traced_too(&trace, "event=pci.unbind_refused device=%s reason=retrieved errno=%d",
		      edu, -EBUSY);
	lu_blamed(edu, "pci.unbind_refused retrieved");
	lu_expect(lu_vfio_try_open(edu), -EBUSY);
	return KSFT_PASS;
}

static int session_of_the_dead(void)
{
	lu_fd(kept, lu_retrieve(KEPT));
	return KSFT_PASS;
}

static int file_twice(void)
{
	lu_fd(edu_fd, lu_session_retrieve_fd(kept, KEPT_TOKEN));
	lu_fd(edu_again, lu_session_retrieve_fd(kept, KEPT_TOKEN));
	lu_require(edu_fd != edu_again, "the same descriptor came twice");
	lu_traced_too(&trace, "event=file.retrieve_cached session=" KEPT " token=%#x errno=0",
		      KEPT_TOKEN);
	return KSFT_PASS;
}

/* Binding one descriptor makes the other one usable. */
static int both_are_one_file(void)
{
	lu_ok(lu_vfio_bind(&edu_vfio, edu_fd));
	edu_fd = -1;
	lu_require(lu_check_config(edu_again, edu) == KSFT_PASS,
		   "the second descriptor is of another file");
	lu_close(&edu_again);
	return lu_device_check(&edu_vfio);
}

static int kept_finishes(void)
{
	lu_ok(lu_session_finish(kept));
	lu_traced_too(&trace, "event=pci.finish device=%s bridge=false", edu);
	return lu_device_check(&edu_vfio);
}

static int finished_session(void)
{
	lu_ok(lu_session_finish(kept));
	lu_expect(lu_session_retrieve_fd(kept, KEPT_TOKEN), -ENOENT);
	lu_close(&kept);
	lu_expect(lu_retrieve(KEPT), -ENOENT);
	return KSFT_PASS;
}

static int finished_device_opens(void)
{
	lu_vfio_close(&edu_vfio);
	lu_ok(lu_vfio_open_bind(&edu_vfio, edu));
	lu_require(lu_device_check(&edu_vfio) == KSFT_PASS,
		   "%s does not work when it is opened again", edu);
	lu_vfio_close(&edu_vfio);
	lu_ok(lu_pci_unbind(edu));
	return KSFT_PASS;
}

static int foreign_driver_is_blocked(void)
{
	lu_ok(lu_pci_override(net, ""));
	lu_ok(lu_pci_unbind(net));
	lu_expect(lu_pci_bind(net, "virtio-pci"), -ENODEV);
	/* The result does not matter, but there must be no driver afterwards. */
	lu_pci_probe(net);
	lu_require(lu_pci_driver_is(net, ""), "%s was bound", net);
	return KSFT_PASS;
}

static int abandoned_stays_blocked(void)
{
	lu_require(foreign_driver_is_blocked() == KSFT_PASS,
		   "virtio-pci is not blocked from %s", net);
	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_expect(lu_vfio_try_open(net), -EBUSY);
	lu_ok(lu_pci_unbind(net));
	lu_ok(lu_pci_override(net, ""));
	return KSFT_PASS;
}

static int flb_is_not_finished(void)
{
	lu_need_trace(&trace);
	lu_traced(&trace, "event=vfio.open_refused device=%s path=cdev", net);
	lu_require(!lu_trace_count(&trace, "event=flb.finish flb=pci-v1"),
		   "the FLB is finished while a session is not finished");
	lu_require(!lu_trace_count(&trace, "event=pci.finish device=%s", net),
		   "%s is finished before its session", net);
	return KSFT_PASS;
}

struct seen {
	int incoming, blocked;
};

static struct seen look(void)
{
	return (struct seen){
		.incoming = lu_trace_count(&trace, "event=pci.incoming device=%s",
					   net),
		.blocked = lu_trace_count(&trace, "event=pci.probe device=%s decision=block driver=virtio-pci",
					  net),
	};
}

static bool saw_more_than(void *arg)
{
	struct seen *before = arg, now = look();

	return now.incoming > before->incoming && now.blocked > before->blocked;
}

static int reenumerate(void)
{
	struct seen before = look();

	lu_ok(lu_pci_remove(net));
	lu_require(!lu_pci_exists(net), "%s is still there", net);
	lu_ok(lu_pci_rescan());
	lu_require(lu_pci_exists(net), "%s was not found again", net);
	lu_require(lu_pci_driver_is(net, ""), "%s was bound", net);
	if (trace.pid)
		lu_require(lu_wait_until(saw_more_than, &before),
			   "no pci.incoming with a blocked pci.probe was traced");
	return foreign_driver_is_blocked();
}

static int unbound_is_not_retrieved(void)
{
	lu_fd(abandoned, lu_retrieve(ABANDONED));
	lu_expect(lu_session_finish(abandoned), -EBUSY);
	lu_expect(lu_session_retrieve_fd(abandoned, ABANDONED_TOKEN), -ENODEV);
	lu_traced_too(&trace, "event=vfio.retrieve device=%s reason=unbound errno=%d",
		      net, -ENODEV);
	lu_traced_too(&trace, "event=file.retrieve session=" ABANDONED " token=%#x errno=%d",
		      ABANDONED_TOKEN, -ENODEV);
	return KSFT_PASS;
}

/* The first result is final, even if a second attempt could succeed. */
static int failure_is_final(void)
{
	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_expect(lu_session_retrieve_fd(abandoned, ABANDONED_TOKEN), -ENODEV);
	lu_traced_too(&trace, "event=file.retrieve_cached session=" ABANDONED " token=%#x errno=%d",
		      ABANDONED_TOKEN, -ENODEV);
	lu_expect(lu_vfio_try_open(net), -EBUSY);
	return KSFT_PASS;
}

static int give_up(void)
{
	lu_ok(lu_session_finish(abandoned));
	lu_close(&abandoned);
	lu_traced_too(&trace, "event=pci.finish device=%s bridge=false", net);
	return KSFT_PASS;
}

static int flb_finishes_once(void)
{
	int count;

	lu_need_trace(&trace);
	lu_traced(&trace, "event=flb.finish flb=pci-v1 direction=incoming errno=0");
	count = lu_trace_count(&trace, "event=flb.finish flb=pci-v1");
	lu_require(count == 1, "the FLB was finished %d times", count);
	return KSFT_PASS;
}

static int given_up_is_ordinary(void)
{
	lu_ok(lu_vfio_try_open(net));
	lu_ok(lu_pci_give_back(net));
	lu_require(lu_pci_driver_is(net, "virtio-pci"),
		   "virtio-pci does not take %s", net);
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "lutrace attaches", lu_trace_step_start, false },
	{ "both devices wait without a driver", devices_wait, true },
	{ "an unknown session is refused", unknown_session, false },
	{ "a session is retrieved once", session_twice, true },
	{ "an incoming session takes no file", incoming_takes_no_file, false },
	{ "an unknown token is refused", unknown_token, false },
	{ "the driver that preserved a device may bind by ID",
	  same_driver_binds, true },
	{ "a session that is closed before its finish is retrieved again",
	  closed_session, true },
	{ "a process dies with a retrieved file", dies_with_the_file, true },
	{ "its device keeps its driver, and is not opened by others",
	  held_keeps_its_driver, false },
	{ "its session is retrieved again", session_of_the_dead, true },
	{ "a file is retrieved twice", file_twice, true },
	{ "both descriptors are of one file", both_are_one_file, true },
	{ "the kept session finishes", kept_finishes, true },
	{ "a finished session is empty, and gone once closed",
	  finished_session, false },
	{ "a finished device opens as any other",
	  finished_device_opens, false },
	{ "drivers stay blocked from the abandoned device", abandoned_stays_blocked, true },
	{ "the FLB is not finished while a session is not finished",
	  flb_is_not_finished, false },
	{ "drivers are blocked again after re-enumeration", reenumerate, true },
	{ "a device without a driver is not retrieved",
	  unbound_is_not_retrieved, true },
	{ "a failed retrieval fails again the same way",
	  failure_is_final, false },
	{ "a failed retrieval may be finished", give_up, true },
	{ "the FLB is finished once, after the last file",
	  flb_finishes_once, false },
	{ "a device that was given up is ordinary",
	  given_up_is_ordinary, false },
	{ "the stream of stage 2 is complete", lu_trace_step_stop, false },
	{ "the journal has the whole story", lu_trace_step_story, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
};

LU_MAIN(stages, LU_NEED_NET | LU_NEED_EDU)
