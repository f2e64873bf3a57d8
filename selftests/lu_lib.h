/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every live update selftest needs: the steps of a stage, the ioctls of
 * /dev/liveupdate, and the driver binding files of sysfs.
 *
 * Functions that can fail return 0 (or a file descriptor) on success and a
 * negative errno on failure, unless they say otherwise.
 */
#ifndef LU_LIB_H
#define LU_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kselftest.h"

/* Nothing that these tests wait for takes this long, not even in emulation. */
#define LU_DEADLINE_MS		60000

#define LU_BDF_LEN		32
#define LU_PATH_LEN		512

/**
 * struct lu_step - One behaviour that a stage asserts
 * @name: the behaviour, as the KTAP result names it
 * @run: returns KSFT_PASS, KSFT_FAIL or KSFT_SKIP, after saying why
 * @needed: later steps make no sense when this one did not pass
 */
struct lu_step {
	const char *name;
	int (*run)(void);
	bool needed;
};

/* Leaves a step as failed, and says where and why, unless @cond holds. */
#define lu_require(cond, fmt, ...) do {					\
	if (!(cond)) {							\
		ksft_print_msg("%s:%d: " fmt "\n", __FILE__, __LINE__,	\
			       ##__VA_ARGS__);				\
		return KSFT_FAIL;					\
	}								\
} while (0)

/* Leaves a step as failed unless @call gives exactly @want. */
#define lu_expect(call, want) do {					\
	int lu_got = (call), lu_want = (want);				\
									\
	lu_require(lu_got == lu_want, "%s gave %s, not %s", #call,	\
		   lu_result(lu_got), lu_result(lu_want));		\
} while (0)

/* Leaves a step as failed unless @call gives 0. */
#define lu_ok(call)	lu_expect(call, 0)

/* Leaves a step as failed unless @call, kept in @fd, is a file descriptor. */
#define lu_fd(fd, call) do {						\
	(fd) = (call);							\
	lu_require((fd) >= 0, "%s gave %s, not a file", #call,		\
		   lu_result(fd));					\
} while (0)

/* Leaves a step as skipped, and says why. */
#define lu_skip(fmt, ...) do {						\
	ksft_print_msg("SKIP " fmt "\n", ##__VA_ARGS__);		\
	return KSFT_SKIP;						\
} while (0)

/* "success", a number, or the name of an errno. Valid for two more calls. */
const char *lu_result(int ret);

/* The PCI address in environment variable @env, NULL where it is not set. */
const char *lu_env_bdf(const char *env);

/* Addresses of the machine's devices, after lu_need(); NULL where there is none. */
extern const char *net, *edu, *nvme;

#define LU_NEED_NET	(1 << 0)
#define LU_NEED_EDU	(1 << 1)
#define LU_NEED_NVME	(1 << 2)
#define LU_NEED_ALL	(LU_NEED_NET | LU_NEED_EDU | LU_NEED_NVME)

/* Finds the machine's devices; skips the whole program where one of @needs is missing. */
void lu_need(unsigned int needs);

/**
 * struct lu_stage - What one kernel of the test asserts
 * @steps: in the order in which they run, as one KTAP plan
 * @count: how many
 * @go_on: enter the next kernel even if steps failed that are not needed
 */
struct lu_stage {
	const struct lu_step *steps;
	size_t count;
	bool go_on;
};

#define LU_STAGE(steps)	{ (steps), ARRAY_SIZE(steps), false }

/*
 * Runs the stage that LU_STAGE in the environment names: 1 before any kexec.
 * Enters the next kernel if all steps passed and it is not the last stage,
 * exits with the verdict otherwise.
 */
void __noreturn lu_run_stages(const struct lu_stage *stages, size_t count);

/* A program that is nothing but its stages. */
#define LU_MAIN(stages, needs)						\
int main(void)								\
{									\
	lu_need(needs);							\
	lu_run_stages(stages, ARRAY_SIZE(stages));			\
}

/* Exits with the whole program skipped, and says why. */
void __noreturn __printf(1, 2) lu_skip_all(const char *fmt, ...);

/*
 * The text after @key, like "lu.test=", on this kernel's command line, up to the next blank; NULL
 * where @key is not there. The last one counts.
 */
const char *lu_cmdline(const char *key);

/*
 * Runs a program and waits for it. Returns its exit status, or -errno. Its output goes where the
 * test's own output goes.
 */
int lu_run(const char *const argv[]);

/* Kernel modules: 0 or -errno. lu_module_load() gives -ENOENT for every failure of modprobe. */
int lu_module_load(const char *name);
int lu_module_unload(const char *name);
bool lu_module_loaded(const char *name);

/* Writes @value to the file, in one write. */
int lu_write_file(const char *path, const char *value);

/* This kernel's log, for the caller to free, or NULL. */
char *lu_klog(void);

/* Does this kernel's log have a line with that text? */
bool lu_klog_has(const char *fmt, ...) __printf(1, 2);

/* Has lu_hostile.ko overwrite one field of the handover: see modules/lu_hostile.c. */
int lu_trap(const char *field, const char *value, unsigned int slot, uint64_t token,
	    uint64_t other);

/* Forgets the kexec image that was loaded. */
int lu_kexec_unload(void);

/* A step that loads the next kernel. */
int lu_step_load(void);

/*
 * A step that fills /boot from the NVMe drive. The content of /boot is lost with the kernel that
 * had it.
 */
int lu_step_boot_store(void);

/* Asks @cond again and again until it holds or LU_DEADLINE_MS have passed. */
bool lu_wait_until(bool (*cond)(void *arg), void *arg);

/* Monotonic time. */
int64_t lu_now_ms(void);

/* Sleeps briefly between two looks at a condition. */
void lu_poll_pause(void);

/* /dev/liveupdate and its sessions. Each gives a file descriptor or -errno. */
int lu_open(void);
int lu_session_create(int luo, const char *name);
int lu_session_create_raw(int luo, const void *name, size_t len);
int lu_session_retrieve(int luo, const char *name);
int lu_session_preserve(int session, int fd, uint64_t token);
int lu_session_retrieve_fd(int session, uint64_t token);
int lu_session_finish(int session);
int lu_session_name(int session, char *name, size_t len);

/* Open /dev/liveupdate for the call only: it can be open only once at a time. */
int lu_create(const char *name);
int lu_retrieve(const char *name);

/* Closes *@fd if it is open, and marks it closed. */
void lu_close(int *fd);

/* PCI devices in sysfs, by address. */
bool lu_pci_exists(const char *bdf);
/* Name of the driver that the device is bound to, "" where there is none. */
const char *lu_pci_driver(const char *bdf, char *name, size_t len);
bool lu_pci_driver_is(const char *bdf, const char *driver);
/* Address of the bridge above the device, "" on a root bus. */
const char *lu_pci_parent(const char *bdf, char *parent, size_t len);
int lu_pci_attr_write(const char *bdf, const char *attr, const char *value);
int lu_pci_attr_read(const char *bdf, const char *attr, char *value,
		     size_t len);
int lu_pci_driver_write(const char *driver, const char *attr,
			const char *value);
int lu_pci_driver_exists(const char *driver);
/* Loads the driver's module if the driver is not there. */
int lu_pci_driver_load(const char *driver);
int lu_pci_bind(const char *bdf, const char *driver);
int lu_pci_unbind(const char *bdf);
/* Clears the override where @driver is "". */
int lu_pci_override(const char *bdf, const char *driver);
/* Lets the bus find a driver: success does not say that one was found. */
int lu_pci_probe(const char *bdf);
int lu_pci_remove(const char *bdf);
int lu_pci_rescan(void);
/*
 * Unbinds, overrides and probes, so that @driver has the device. Loads the
 * module of that name where there is no such driver.
 */
int lu_pci_give_to(const char *bdf, const char *driver);
/* Drops override and driver, and lets the bus find a driver. */
int lu_pci_give_back(const char *bdf);
/* Finds a name that starts with @prefix in the device's directory. */
bool lu_pci_has_child(const char *bdf, const char *prefix);

#endif /* LU_LIB_H */
