// SPDX-License-Identifier: GPL-2.0
/*
 * Live updates in a row: one fewer than the runner's --stages says. Each stage retrieves what the
 * previous one preserved, checks that the device works and that no session is left, and preserves
 * the device again.
 *
 * A memfd goes along with the device. It holds the memory that was available in each stage:
 * memory that a live update leaks is lost to every kernel after it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_vfio.h"

#define SESSION		"soak"
#define DEVICE_TOKEN	0x1
#define MEMORY_TOKEN	0x2
#define MAX_STAGES	1000

/* How many stages at either end are compared, and by how much they may differ. */
#define COMPARED	10
#define LEAK_KB		2048

static int stage, last;
static int session = -1, memory = -1;
static struct lu_vfio vfio = LU_VFIO_NONE;

/* MemAvailable in each stage, in KiB. */
static uint32_t available[MAX_STAGES];

static int restore_boot(void)
{
	return stage == 1 ? KSFT_PASS : lu_step_boot_store();
}

static int retrieve(void)
{
	int fd;

	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	lu_expect(lu_vfio_try_open(edu), -EBUSY);
	lu_fd(session, lu_retrieve(SESSION));
	lu_fd(fd, lu_session_retrieve_fd(session, DEVICE_TOKEN));
	lu_ok(lu_vfio_bind(&vfio, fd));
	lu_fd(memory, lu_session_retrieve_fd(session, MEMORY_TOKEN));
	lu_require(pread(memory, available, sizeof(available), 0) ==
		   sizeof(available), "the memfd does not read");
	lu_require(available[stage - 2] && !available[stage - 1],
		   "the memfd is not that of stage %d", stage - 1);
	return KSFT_PASS;
}

static int finish(void)
{
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	lu_close(&memory);
	return KSFT_PASS;
}

static int is_clean(void)
{
	lu_expect(lu_retrieve(SESSION), -ENOENT);
	lu_vfio_close(&vfio);
	lu_ok(lu_vfio_try_open(edu));
	return KSFT_PASS;
}

static uint32_t mem_available(void)
{
	unsigned int kb = 0;
	char line[128];
	FILE *in = fopen("/proc/meminfo", "re");

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "MemAvailable: %u", &kb) == 1)
			break;
	if (in)
		fclose(in);
	return kb;
}

static uint32_t mean(const uint32_t *values, int n)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum += values[i];
	return sum / n;
}

static int nothing_leaks(void)
{
	uint32_t begin, end;

	available[stage - 1] = mem_available();
	ksft_print_msg("stage %d: %u KiB available\n", stage,
		       available[stage - 1]);
	if (stage < last)
		return KSFT_PASS;
	/* The first stage has no handover, so it is not comparable. */
	if (last < 2 * COMPARED + 1)
		lu_skip("%d stages are too few to tell", last);
	begin = mean(available + 1, COMPARED);
	end = mean(available + last - COMPARED, COMPARED);
	ksft_print_msg("first %d: %u KiB, last %d: %u KiB\n", COMPARED, begin,
		       COMPARED, end);
	lu_require(begin < end + LEAK_KB,
		   "%u KiB less are available than at the beginning",
		   begin - end);
	return KSFT_PASS;
}

static int works(void)
{
	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	if (vfio.fd < 0)
		lu_ok(lu_vfio_open_bind(&vfio, edu));
	return lu_device_check(&vfio);
}

static int preserve(void)
{
	lu_fd(session, lu_create(SESSION));
	lu_ok(lu_session_preserve(session, vfio.fd, DEVICE_TOKEN));
	memory = memfd_create("available", MFD_CLOEXEC);
	lu_require(memory >= 0 &&
		   write(memory, available, sizeof(available)) ==
		   sizeof(available), "no memfd");
	lu_ok(lu_session_preserve(session, memory, MEMORY_TOKEN));
	return KSFT_PASS;
}

#define TAKE_BACK							\
	{ "the device and the memfd are retrieved", retrieve, true },	\
	{ "the device works", works, true },				\
	{ "the session finishes", finish, true },			\
	{ "the machine is clean", is_clean, true },			\
	{ "memory is what it was", nothing_leaks, true }

#define HAND_ON								\
	{ "the device works when it is opened again", works, true },		\
	{ "the device and a memfd are preserved", preserve, true },	\
	{ "the next kernel is there", restore_boot, true },		\
	{ "the next kernel is loaded", lu_step_load, true }

static const struct lu_step first_steps[] = {
	{ "memory is measured", nothing_leaks, true },
	HAND_ON,
};

static const struct lu_step middle_steps[] = { TAKE_BACK, HAND_ON };

static const struct lu_step last_steps[] = { TAKE_BACK };

int main(void)
{
	static struct lu_stage stages[MAX_STAGES];
	int i;

	stage = atoi(getenv("LU_STAGE") ?: "1");
	last = atoi(getenv("LU_STAGES") ?: "2");
	lu_need(LU_NEED_EDU);
	if (last < 2 || last > MAX_STAGES)
		lu_skip_all("give vm/run --stages, from 2 to %d", MAX_STAGES);
	for (i = 1; i < last - 1; i++)
		stages[i] = (struct lu_stage)LU_STAGE(middle_steps);
	stages[0] = (struct lu_stage)LU_STAGE(first_steps);
	stages[last - 1] = (struct lu_stage)LU_STAGE(last_steps);
	lu_run_stages(stages, last);
}
