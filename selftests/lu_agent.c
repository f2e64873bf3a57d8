// SPDX-License-Identifier: GPL-2.0
/*
 * lu_agent: a minimal virtual machine monitor around a live update, for the demonstration and for
 * trying things by hand.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lu_lib.h"
#include "lu_vfio.h"

static const char usage_text[] =
	"Usage: lu_agent preserve|retrieve SESSION TOKEN BDF\n"
	"\n"
	"  preserve  open the device, bind it to an iommufd, preserve its file in the\n"
	"            session, and hold all that in the background\n"
	"  retrieve  retrieve session and file, bind the file to an iommufd, see that\n"
	"            the device works, and finish the session\n"
	"\n"
	"Exit status: 0 done; 1 failed (the reason is on standard error); 2 usage.\n";

struct job {
	const char *session;
	uint64_t token;
	const char *bdf;
};

/**
 * struct failure - What to print about a failure
 * @err: the errno, or 0 for any
 * @why: what it means here
 * @next: what to do about it
 */
struct failure {
	int err;
	const char *why;
	const char *next;
};

/* Prints one sentence, from the first entry that fits. Returns 1. */
static int explain(int ret, const struct failure *failures, const char *what,
		   const char *object)
{
	while (failures->err && failures->err != -ret)
		failures++;
	fprintf(stderr, "lu_agent: cannot %s %s: %s (%s); %s.\n", what, object,
		failures->why ? failures->why : strerror(-ret), lu_result(ret),
		failures->next);
	return 1;
}

static const struct failure open_failures[] = {
	{ EBUSY, "the previous kernel preserved the device",
	  "retrieve it from its session" },
	{ ENOENT, "the device is not bound to vfio-pci",
	  "write vfio-pci to its driver_override and its address to drivers_probe" },
	{ 0, NULL, "see the kernel log" },
};

static const struct failure bind_failures[] = {
	{ ENOENT, "there is no /dev/iommu",
	  "use a kernel with CONFIG_IOMMUFD" },
	{ 0, NULL, "see whether another process uses the device's IOMMU group" },
};

static const struct failure create_failures[] = {
	{ ENOENT, "there is no /dev/liveupdate",
	  "boot with liveupdate=on kho=on" },
	{ EBUSY, "another process has /dev/liveupdate open",
	  "wait until it has closed it" },
	{ EEXIST, "there is one of this name", "choose another name" },
	{ EINVAL, "the name is empty or too long",
	  "choose one of 1 to 63 characters" },
	{ 0, NULL, "see the kernel log" },
};

static const struct failure preserve_failures[] = {
	{ ENOENT, "no file handler takes this device",
	  "see what lutrace gives as the reason" },
	{ EBUSY, "the device is preserved already",
	  "close the session that holds it" },
	{ EEXIST, "the token is used already", "choose another token" },
	{ 0, NULL, "see what lutrace gives as the reason" },
};

static const struct failure session_failures[] = {
	{ ENOENT, "the previous kernel preserved none of this name",
	  "see the names in the output of lutrace" },
	{ EINVAL, "it was retrieved already", "finish it where it is open" },
	{ EBUSY, "another process has /dev/liveupdate open",
	  "wait until it has closed it" },
	{ 0, NULL, "see the kernel log" },
};

static const struct failure file_failures[] = {
	{ ENOENT, "the session has no file of this token",
	  "see the tokens in the output of lutrace" },
	{ ENODEV, "the device is absent or not bound to vfio-pci",
	  "finish the session to give the device up: the answer stands" },
	{ 0, NULL, "see what lutrace gives as the reason" },
};

static const struct failure finish_failures[] = {
	{ EBUSY, "a file is not retrieved, or not bound to an iommufd",
	  "retrieve and bind all files of the session first" },
	{ 0, NULL, "see what lutrace gives as the reason" },
};

/* The parent exits when everything is done; the child holds the files. */
static int hold(const struct job *job)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		fprintf(stderr, "lu_agent: cannot stay in the background: %s; free some memory.\n",
			strerror(errno));
		return 1;
	}
	if (!pid) {
		setsid();
		for (;;)
			pause();
	}
	printf("lu_agent: %s is preserved in session \"%s\" as token %#llx; process %d holds it\n",
	       job->bdf, job->session, (unsigned long long)job->token, pid);
	return 0;
}

static int preserve(const struct job *job)
{
	struct lu_vfio vfio;
	int fd, session, ret;

	fd = lu_vfio_open(job->bdf);
	if (fd < 0)
		return explain(fd, open_failures, "open", job->bdf);
	ret = lu_vfio_bind(&vfio, fd);
	if (ret)
		return explain(ret, bind_failures, "bind", job->bdf);
	session = lu_create(job->session);
	if (session < 0)
		return explain(session, create_failures, "create session",
			       job->session);
	ret = lu_session_preserve(session, vfio.fd, job->token);
	if (ret)
		return explain(ret, preserve_failures, "preserve", job->bdf);
	return hold(job);
}

/* Prints the device's IDs, and whether the device works. */
static int prove(struct lu_vfio *vfio, const char *bdf)
{
	uint16_t id[2];
	int ret = lu_vfio_config_read(vfio->fd, 0, id, sizeof(id));

	if (!ret && lu_check_config(vfio->fd, bdf) == KSFT_PASS &&
	    lu_device_check(vfio) == KSFT_PASS) {
		printf("lu_agent: %s works: it answers as %04x:%04x, and its %zu byte BAR reads and writes\n",
		       bdf, id[0], id[1], vfio->bar_size);
		return 0;
	}
	fprintf(stderr, "lu_agent: %s does not work after retrieval; finish nothing, and reset it.\n",
		bdf);
	return 1;
}

static int retrieve(const struct job *job)
{
	struct lu_vfio vfio;
	int session, fd, ret;

	session = lu_retrieve(job->session);
	if (session < 0)
		return explain(session, session_failures, "retrieve session",
			       job->session);
	fd = lu_session_retrieve_fd(session, job->token);
	if (fd < 0)
		return explain(fd, file_failures, "retrieve", job->bdf);
	ret = lu_vfio_bind(&vfio, fd);
	if (ret)
		return explain(ret, bind_failures, "bind", job->bdf);
	printf("lu_agent: %s is back from session \"%s\", token %#llx\n",
	       job->bdf, job->session, (unsigned long long)job->token);
	if (prove(&vfio, job->bdf))
		return 1;
	ret = lu_session_finish(session);
	if (ret)
		return explain(ret, finish_failures, "finish session",
			       job->session);
	printf("lu_agent: session \"%s\" is finished\n", job->session);
	lu_vfio_close(&vfio);
	close(session);
	return 0;
}

static bool parse(int argc, char **argv, struct job *job)
{
	char *end;

	if (argc != 5)
		return false;
	job->session = argv[2];
	errno = 0;
	job->token = strtoull(argv[3], &end, 0);
	job->bdf = argv[4];
	return !errno && end != argv[3] && !*end;
}

int main(int argc, char **argv)
{
	struct job job;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage_text, stdout);
		return 0;
	}
	if (parse(argc, argv, &job)) {
		if (!strcmp(argv[1], "preserve"))
			return preserve(&job);
		if (!strcmp(argv[1], "retrieve"))
			return retrieve(&job);
	}
	fputs(usage_text, stderr);
	return 2;
}
