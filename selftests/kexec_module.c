// SPDX-License-Identifier: GPL-2.0
/*
 * vfio-pci as a module: it stays while it is needed, and is loaded when it is needed.
 *
 * Stage 1 preserves the virtio-net device. The module can be unloaded before that and after the
 * session was closed, but not in between. Stage 2 loads nothing: the first ioctl on
 * /dev/liveupdate loads the module, and with it vfio, which registers a misc device. The process
 * that made the ioctl dies before the module is there. Stage 3 loads the module by hand before
 * any ioctl. In both stages the module stays until the last file is finished. An ordinary user
 * can trace it as if it were built in.
 *
 * Runs on a kernel with kernel/configs/module.config.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define SESSION		"module"
#define TOKEN		0x1
#define DRIVER		"vfio-pci"
#define MODULE		"vfio_pci"

static int session = -1, luo = -1;
static struct lu_vfio vfio = LU_VFIO_NONE;

static int is_not_loaded(void)
{
	lu_require(!lu_module_loaded(MODULE) && !lu_pci_driver_exists(DRIVER),
		   DRIVER " is there before anybody loaded it");
	return KSFT_PASS;
}

static int load(void)
{
	lu_ok(lu_module_load(DRIVER));
	lu_require(lu_module_loaded(MODULE), MODULE " is not loaded");
	lu_require(lu_pci_driver_exists(DRIVER), "there is no driver " DRIVER);
	return KSFT_PASS;
}

static int unload(void)
{
	lu_ok(lu_module_unload(MODULE));
	lu_require(!lu_pci_driver_exists(DRIVER), DRIVER " is still there");
	return KSFT_PASS;
}

static int unload_is_refused(void)
{
	lu_expect(lu_module_unload(MODULE), -EWOULDBLOCK);
	lu_require(lu_pci_driver_exists(DRIVER), DRIVER " is gone");
	return KSFT_PASS;
}

/* Stages 1 and 2 */

static int unused_is_unloaded(void)
{
	lu_require(load() == KSFT_PASS, "it does not load");
	lu_require(unload() == KSFT_PASS, "it does not unload");
	return load();
}

static int preserve(void)
{
	int fd;

	lu_ok(lu_pci_give_to(net, DRIVER));
	lu_fd(fd, lu_vfio_open(net));
	lu_fd(session, lu_create(SESSION));
	lu_ok(lu_session_preserve(session, fd, TOKEN));
	/* From here on only the session holds the file. */
	close(fd);
	return KSFT_PASS;
}

static int closed_session_lets_go(void)
{
	lu_close(&session);
	lu_require(unload() == KSFT_PASS, "the module is still in use");
	lu_require(lu_pci_driver_is(net, ""), "%s has a driver", net);
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "the module is not loaded before it is asked for",
	  is_not_loaded, true },
	{ "a module that nothing needs is unloaded", unused_is_unloaded, true },
	{ "a device is preserved", preserve, true },
	{ "the module stays while a device is preserved",
	  unload_is_refused, true },
	{ "the module goes once the session is closed",
	  closed_session_lets_go, true },
	{ "the device is preserved again", preserve, true },
	{ "the next kernel is loaded", lu_step_load, true },
};

/* Stages 2 and 3 */

static int is_incoming_without_driver(void)
{
	lu_require(is_not_loaded() == KSFT_PASS, "it is loaded");
	lu_require(lu_pci_driver_is(net, ""), "%s has a driver", net);
	return KSFT_PASS;
}

static int open_luo(void)
{
	lu_fd(luo, lu_open());
	return KSFT_PASS;
}

#define MODPROBE	"/proc/sys/kernel/modprobe"
#define ASKED		"/tmp/lu-asked"
#define GO		"/tmp/lu-go"

static bool is_asked(void *path)
{
	return !access(path, F_OK);
}

/* A modprobe that reports its call, and waits for a file before it does anything. */
static int set_slow_modprobe(void)
{
	static const char script[] =
		"#!/bin/sh\n"
		": >" ASKED "\n"
		"while ! [ -e " GO " ]; do sleep 0.1; done\n"
		"exec /sbin/modprobe \"$@\"\n";
	int fd = open("/tmp/lu-modprobe", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);

	lu_fd(fd, fd);
	lu_expect(write(fd, script, strlen(script)), strlen(script));
	close(fd);
	lu_ok(lu_write_file(MODPROBE, "/tmp/lu-modprobe"));
	return KSFT_PASS;
}

static int killed_ioctl_loses_nothing(void)
{
	pid_t child;
	int fd, status;

	lu_require(set_slow_modprobe() == KSFT_PASS, "modprobe stays as it is");
	child = fork();
	if (!child)
		_exit(lu_session_retrieve(luo, SESSION) < 0);
	lu_require(child > 0, "fork: %s", lu_result(-errno));
	lu_require(lu_wait_until(is_asked, ASKED), "the kernel did not ask for the module");
	/* A module may well open or register a misc device now. */
	lu_fd(fd, open("/dev/userfaultfd", O_RDWR | O_CLOEXEC));
	close(fd);
	lu_ok(kill(child, SIGKILL));
	lu_fd(fd, open(GO, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	close(fd);
	lu_expect(waitpid(child, &status, 0), child);
	lu_require(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		   "it was not killed: status %#x", status);
	lu_ok(lu_write_file(MODPROBE, "/sbin/modprobe"));
	lu_require(lu_module_loaded(MODULE), MODULE " was not loaded");
	return KSFT_PASS;
}

static int retrieve_session(void)
{
	lu_fd(session, lu_session_retrieve(luo, SESSION));
	lu_close(&luo);
	return KSFT_PASS;
}

static int retrieve_device(void)
{
	int fd;

	lu_ok(lu_pci_give_to(net, DRIVER));
	lu_fd(fd, lu_session_retrieve_fd(session, TOKEN));
	lu_ok(lu_vfio_bind(&vfio, fd));
	return lu_device_check(&vfio);
}

static int finish(void)
{
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	lu_vfio_close(&vfio);
	return KSFT_PASS;
}

static int finished_is_unloaded(void)
{
	lu_require(unload() == KSFT_PASS, "the module is still in use");
	lu_ok(lu_pci_give_back(net));
	lu_require(lu_pci_driver_is(net, "virtio-pci"),
		   "virtio-pci does not take %s", net);
	return KSFT_PASS;
}

static int preserve_again(void)
{
	lu_ok(lu_step_boot_store());
	lu_ok(preserve());
	return lu_step_load();
}

static int ordinary_user_traces(void)
{
	trace.ordinary = true;
	return lu_trace_step_start();
}

/* Before the module is unloaded: a tracer that is attached to it keeps it loaded. */
static int trace_has_the_module(void)
{
	lu_traced(&trace, "event=vfio.retrieve device=%s reason=ok errno=0", net);
	return lu_trace_step_stop();
}

static const struct lu_step stage2[] = {
	{ "the device is incoming, without the module", is_incoming_without_driver, true },
	{ "/dev/liveupdate opens", open_luo, true },
	{ "opening it loads nothing", is_not_loaded, true },
	{ "the first ioctl loads the module, even if its caller is killed",
	  killed_ioctl_loses_nothing, true },
	{ "the module stays while a file is incoming", unload_is_refused, false },
	{ "the session is retrieved", retrieve_session, true },
	{ "the device is retrieved and works", retrieve_device, true },
	{ "the module stays until the file is finished",
	  unload_is_refused, false },
	{ "the session finishes", finish, true },
	{ "the module goes after the last file", finished_is_unloaded, true },
	{ "the device is preserved for one more kernel", preserve_again, true },
};

static const struct lu_step stage3[] = {
	{ "the device is incoming, without the module", is_incoming_without_driver, true },
	{ "the module is loaded by hand", load, true },
	{ "the module stays before anybody asked for a session",
	  unload_is_refused, true },
	{ "an ordinary user traces the module", ordinary_user_traces, false },
	{ "/dev/liveupdate opens", open_luo, true },
	{ "the session is retrieved", retrieve_session, true },
	{ "the module stays while a file is incoming", unload_is_refused, false },
	{ "the device is retrieved and works", retrieve_device, true },
	{ "lutrace saw what the module did", trace_has_the_module, false },
	{ "the session finishes", finish, true },
	{ "the module goes after the last file", finished_is_unloaded, true },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
	LU_STAGE(stage3),
};

int main(void)
{
	lu_need(LU_NEED_NET);
	if (atoi(getenv("LU_STAGE") ?: "1") == 1 && lu_pci_driver_exists(DRIVER))
		lu_skip_all(DRIVER " is built in: this takes kernel/configs/module.config");
	lu_run_stages(stages, ARRAY_SIZE(stages));
}
