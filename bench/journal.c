// SPDX-License-Identifier: GPL-2.0
/*
 * What the journal adds to a live update: preserving, freezing and finishing
 * without it, with it, and with it and lutrace attached; and what reading it takes.
 *
 * One kernel does all of that: luo.journal_muted, of a kernel with
 * CONFIG_LIVEUPDATE_JOURNAL_BENCH, leaves the journal out, and is switched before
 * each operation. lutrace is attached for the last third of each round. A round
 * prints its medians; bench/report.awk makes ratios of them.
 *
 * A device file can be finished only once, so that this takes several kernels
 * and a machine with many devices (vm/run --stages, --testdevs).
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define MUTED		"/sys/module/luo/parameters/journal_muted"
#define LAST		"/sys/module/luo/parameters/journal_last"
#define LUTRACE		"/usr/bin/lutrace"

#define TOKEN		0x1
#define MAX_DEVICES	200
#define MAX_STAGES	16
#define ROUNDS		15
#define PRESERVE_OPS	128
#define FREEZE_OPS	64
#define FREEZE_DEVICES	48
#define RESET_OPS	4
/* Devices in a round of finishing: without, with, and with lutrace. */
#define FINISH_OPS	8
#define MAX_OPS		PRESERVE_OPS

/* Bytes that the iterator's program hands out for each row: a record's. */
#define ROW		200
/* Of two journals of the default size, filled. */
#define FULL_ROWS	600

enum mode { OFF, JOURNAL, TRACED, MODES };

static const char *const mode_names[MODES] = { "off", "journal", "lutrace" };

static char devices[MAX_DEVICES][LU_BDF_LEN];
static int files[MAX_DEVICES], sessions[MAX_DEVICES];
static size_t nr_devices, next_device;
static int luo = -1, muted = -1, last = -1;
static unsigned int stage, stages_wanted;

/**
 * struct sample - One timed operation
 * @ns: how long it took
 * @records: how many records it left in the journal
 */
struct sample {
	uint64_t ns;
	long long records;
};

/**
 * struct operation - What is measured in rounds
 * @names: of its parts, of which the second may be NULL
 * @ops: of it in a round, without the journal and with it
 * @traced: the same with lutrace, which has to keep up
 * @run: does it once, and returns 0 or -errno
 */
struct operation {
	const char *names[2];
	unsigned int ops, traced;
	int (*run)(struct sample part[2]);
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static long long last_record(void)
{
	char text[32] = {};

	return pread(last, text, sizeof(text) - 1, 0) > 0 ? atoll(text) : -1;
}

static void begin(struct sample *s)
{
	s->records = last_record();
	s->ns = clock_ns(CLOCK_MONOTONIC);
}

static void end(struct sample *s)
{
	s->ns = clock_ns(CLOCK_MONOTONIC) - s->ns;
	s->records = last_record() - s->records;
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static struct sample samples[MODES][2][MAX_OPS];

static int run_one(const struct operation *op, enum mode mode, unsigned int i)
{
	struct sample part[2] = {};

	lu_require(pwrite(muted, mode == OFF ? "Y" : "N", 1, 0) == 1,
		   "the journal cannot be switched");
	lu_ok(op->run(part));
	/* What is switched is what is measured. */
	lu_require(mode == OFF ? !part[0].records : part[0].records > 0,
		   "%s left %lld records with the journal %s", op->names[0],
		   part[0].records, mode == OFF ? "off" : "on");
	samples[mode][0][i] = part[0];
	samples[mode][1][i] = part[1];
	return KSFT_PASS;
}

static void print_round(const struct operation *op, unsigned int round)
{
	unsigned int ops;
	struct sample *s;
	int part, mode;

	for (part = 0; part < 2 && op->names[part]; part++) {
		for (mode = 0; mode < MODES; mode++) {
			s = samples[mode][part];
			ops = mode == TRACED ? op->traced : op->ops;
			qsort(s, ops, sizeof(*s), compare_samples);
			s += ops / 2;
			ksft_print_msg("bench: path op=%s mode=%s rep=%u ops=%u median_ns=%llu records=%lld\n",
				       op->names[part], mode_names[mode], round, ops,
				       (unsigned long long)s->ns, s->records);
		}
	}
}

/* Which of the two comes first alternates, as what comes second finds warm caches. */
static int run_round(const struct operation *op, unsigned int round)
{
	struct lu_trace trace = { .buffer = "16M" };
	int ret = KSFT_PASS, status;
	unsigned int i;

	for (i = 0; i < op->ops; i++) {
		lu_require(run_one(op, i % 2 ? JOURNAL : OFF, i) == KSFT_PASS &&
			   run_one(op, i % 2 ? OFF : JOURNAL, i) == KSFT_PASS,
			   "round %u has no end", round);
	}
	lu_ok(lu_trace_start(&trace, "/tmp/lutrace.json"));
	for (i = 0; i < op->traced && ret == KSFT_PASS; i++)
		ret = run_one(op, TRACED, i);
	status = lu_trace_stop(&trace);
	lu_require(status == 0 || status == 1, "lutrace missed events: %s", lu_result(status));
	lu_require(ret == KSFT_PASS, "round %u has no end", round);
	print_round(op, round);
	return KSFT_PASS;
}

static int run_rounds(const struct operation *op, unsigned int first, unsigned int count)
{
	int ret = KSFT_PASS;
	unsigned int i;

	/* SYSLOG_ACTION_CONSOLE_LEVEL: a serial port takes longer than all of this. */
	klogctl(8, NULL, 1);
	for (i = 0; i < count && ret == KSFT_PASS; i++)
		ret = run_round(op, first + i);
	klogctl(8, NULL, 7);
	pwrite(muted, "N", 1, 0);
	return ret;
}

static int has_switch(void)
{
	lu_fd(muted, open(MUTED, O_WRONLY | O_CLOEXEC));
	lu_fd(last, open(LAST, O_RDONLY | O_CLOEXEC));
	lu_require(last_record() > 0, "there is no journal");
	lu_fd(luo, lu_open());
	return KSFT_PASS;
}

/* The edu device, and all pci-testdev devices. */
static int find_devices(void)
{
	char vendor[16], device[16];
	struct dirent *entry;
	size_t i;
	DIR *dir;

	snprintf(devices[nr_devices++], LU_BDF_LEN, "%s", lu_env_bdf("LU_EDU"));
	dir = opendir("/sys/bus/pci/devices");
	lu_require(dir, "sysfs has no PCI devices");
	while ((entry = readdir(dir)) && nr_devices < MAX_DEVICES) {
		if (lu_pci_attr_read(entry->d_name, "vendor", vendor, sizeof(vendor)) ||
		    lu_pci_attr_read(entry->d_name, "device", device, sizeof(device)))
			continue;
		if (strcmp(vendor, "0x1b36") || strcmp(device, "0x0005"))
			continue;
		snprintf(devices[nr_devices++], LU_BDF_LEN, "%.31s", entry->d_name);
	}
	closedir(dir);
	qsort(devices[1], nr_devices - 1, sizeof(devices[0]), compare_names);
	lu_require(nr_devices > 3 * FINISH_OPS && nr_devices > FREEZE_DEVICES,
		   "%zu devices are too few: give vm/run --testdevs", nr_devices);
	for (i = 0; i < nr_devices; i++)
		lu_ok(lu_pci_give_to(devices[i], "vfio-pci"));
	return KSFT_PASS;
}

static int open_files(void)
{
	size_t i;

	for (i = 0; i < nr_devices; i++)
		lu_fd(files[i], lu_vfio_open(devices[i]));
	return KSFT_PASS;
}

static void close_files(void)
{
	size_t i;

	for (i = 0; i < nr_devices; i++)
		lu_close(&files[i]);
}

static int preserve_once(struct sample part[2])
{
	int session = lu_session_create(luo, "bench"), ret;

	if (session < 0)
		return session;
	begin(&part[0]);
	ret = lu_session_preserve(session, files[0], TOKEN);
	end(&part[0]);
	begin(&part[1]);
	close(session);
	end(&part[1]);
	return ret;
}

/* Another device is preserved all the while: the list of them is there. */
static int measure_preserve(void)
{
	static const struct operation op = {
		{ "preserve", "unpreserve" }, PRESERVE_OPS, PRESERVE_OPS, preserve_once
	};
	int other, ret;

	lu_require(open_files() == KSFT_PASS, "there are no device files");
	lu_fd(other, lu_session_create(luo, "other"));
	lu_ok(lu_session_preserve(other, files[1], TOKEN));
	ret = run_rounds(&op, 0, ROUNDS);
	close(other);
	close_files();
	return ret;
}

static int freeze_once(struct sample part[2])
{
	int ret;

	begin(&part[0]);
	ret = syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		      LINUX_REBOOT_CMD_KEXEC, NULL) ? -errno : 0;
	end(&part[0]);
	return ret == -EIO ? 0 : ret ?: -ECANCELED;
}

/* The last file is one of lu_slow.ko, and fails the kexec: all others thaw. */
static int freeze_rounds(const struct operation *op, const struct lu_vfio *first, size_t count)
{
	int session, zero, ret;
	size_t i;

	zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	lu_require(zero >= 0, "there is no /dev/zero");
	lu_fd(session, lu_session_create(luo, "freeze"));
	for (i = 0; i < count; i++)
		lu_ok(lu_session_preserve(session, first[i].fd, TOKEN + i));
	lu_ok(lu_session_preserve(session, zero, TOKEN + i));
	ret = run_rounds(op, 0, ROUNDS);
	close(session);
	close(zero);
	ksft_print_msg("bench: frozen op=%s devices=%zu\n", op->names[0], count);
	return ret;
}

/* All are open, as they are for a VM. */
static int measure_freeze(void)
{
	static const struct operation many = {
		{ "freeze", NULL }, FREEZE_OPS, FREEZE_OPS / 4, freeze_once
	};
	static const struct operation one = {
		{ "freeze-reset", NULL }, RESET_OPS, RESET_OPS, freeze_once
	};
	static struct lu_vfio edu, testdevs[FREEZE_DEVICES], net;
	const char *bdf = lu_env_bdf("LU_NET");
	size_t i, count = FREEZE_DEVICES;
	int fd;

	lu_ok(lu_kexec_load(""));
	lu_ok(lu_module_load("lu_slow"));
	lu_ok(lu_write_file("/sys/module/lu_slow/parameters/fail", "5"));
	lu_ok(lu_vfio_open_bind(&edu, devices[0]));
	for (i = 0; i < count; i++) {
		lu_fd(fd, lu_vfio_open(devices[i + 1]));
		lu_ok(lu_vfio_bind_beside(&testdevs[i], fd, &edu));
	}
	lu_require(freeze_rounds(&many, testdevs, count) == KSFT_PASS,
		   "it cannot be measured");
	for (i = 0; i < count; i++)
		lu_vfio_close(&testdevs[i]);

	/* Those cannot be reset; this one can. */
	lu_ok(lu_pci_give_to(bdf, "vfio-pci"));
	lu_fd(fd, lu_vfio_open(bdf));
	lu_ok(lu_vfio_bind_beside(&net, fd, &edu));
	lu_require(freeze_rounds(&one, &net, 1) == KSFT_PASS, "it cannot be measured");
	lu_vfio_close(&net);
	lu_ok(lu_pci_give_back(bdf));
	lu_vfio_close(&edu);
	lu_ok(lu_kexec_unload());
	return KSFT_PASS;
}

static int preserve_all(void)
{
	char name[32];
	size_t i;

	lu_require(open_files() == KSFT_PASS, "there are no device files");
	for (i = 0; i < nr_devices; i++) {
		snprintf(name, sizeof(name), "s%zu", i);
		lu_fd(sessions[i], lu_session_create(luo, name));
		lu_ok(lu_session_preserve(sessions[i], files[i], TOKEN));
	}
	close_files();
	return KSFT_PASS;
}

static int load_next(void)
{
	static const char *const store[] = { "lu-boot-store", NULL };

	/* init has done it for the first one. */
	if (stage > 1)
		lu_ok(lu_run(store));
	lu_ok(lu_kexec_load(""));
	return KSFT_PASS;
}

/* A session of one device file, which may be finished once it is in use again. */
static int finish_device(size_t i, struct sample *s)
{
	struct lu_vfio vfio;
	int session, fd, ret;
	char name[32];

	snprintf(name, sizeof(name), "s%zu", i);
	session = lu_session_retrieve(luo, name);
	if (session < 0)
		return session;
	fd = lu_session_retrieve_fd(session, TOKEN);
	ret = fd < 0 ? fd : lu_vfio_bind(&vfio, fd);
	if (!ret) {
		begin(s);
		ret = lu_session_finish(session);
		end(s);
		lu_vfio_close(&vfio);
	}
	close(session);
	return ret;
}

static int finish_next(struct sample part[2])
{
	return finish_device(next_device++, &part[0]);
}

static int measure_finish(void)
{
	static const struct operation op = {
		{ "finish", NULL }, FINISH_OPS, FINISH_OPS, finish_next
	};
	unsigned int rounds = (nr_devices - 1) / (3 * FINISH_OPS);
	struct sample s;

	/* The device at 0 comes last: the list of them is given back with it. */
	next_device = 1;
	lu_require(run_rounds(&op, (stage - 2) * rounds, rounds) == KSFT_PASS,
		   "not all is finished");
	while (next_device < nr_devices)
		lu_ok(finish_device(next_device++, &s));
	lu_ok(finish_device(0, &s));
	return KSFT_PASS;
}

#define INSN(c, dst, src, at, value) {					\
	.code = (c), .dst_reg = BPF_REG_##dst, .src_reg = BPF_REG_##src, \
	.off = (at), .imm = (value)					\
}
#define LOAD(dst, src, at)	INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, src, at, 0)
#define MOVE(dst, src)		INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, value)		INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define ADD(dst, value)		INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)
#define CALL(helper)		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)

/* Hands out some bytes of each row: as many as a record has, whichever. */
static int load_iterator(void)
{
	static const struct bpf_insn insns[] = {
		/* ctx->row, NULL behind the last one */
		MOVE(6, 1),
		LOAD(3, 6, 8),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 10, 0),
		MOVE(1, 10),
		ADD(1, -ROW),
		SET(2, ROW),
		CALL(BPF_FUNC_probe_read_kernel),
		/* ctx->meta->seq */
		LOAD(1, 6, 0),
		LOAD(1, 1, 0),
		MOVE(2, 10),
		ADD(2, -ROW),
		SET(3, ROW),
		CALL(BPF_FUNC_seq_write),
		SET(0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_ITER);
	int id = libbpf_find_vmlinux_btf_id("luo_journal", BPF_TRACE_ITER), fd;

	if (id < 0)
		return id;
	opts.attach_btf_id = id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "bench_journal", "GPL", insns,
			   ARRAY_SIZE(insns), &opts);
	return fd < 0 ? -errno : bpf_link_create(fd, 0, BPF_TRACE_ITER, NULL);
}

static int read_iterator(int link, unsigned int rep)
{
	static char buf[1 << 16];
	size_t bytes = 0;
	uint64_t start;
	ssize_t got;
	int fd;

	start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	fd = bpf_iter_create(link);
	lu_require(fd >= 0, "the iterator does not open: %s", lu_result(fd));
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		bytes += got;
	close(fd);
	start = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
	lu_require(!got && bytes / ROW > FULL_ROWS, "it has %zu rows only", bytes / ROW);
	ksft_print_msg("bench: read by=iterator rep=%u rows=%zu cpu_ns=%llu\n", rep,
		       bytes / ROW, (unsigned long long)start);
	return KSFT_PASS;
}

static int run_lutrace(unsigned int rep)
{
	struct rusage usage;
	uint64_t ns;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execl(LUTRACE, LUTRACE, "journal", NULL);
		_exit(127);
	}
	lu_require(pid > 0 && wait4(pid, &status, 0, &usage) == pid, "lutrace does not start");
	/* 1: there were failures, of which there are some here. */
	lu_require(WIFEXITED(status) && WEXITSTATUS(status) <= 1,
		   "lutrace journal ended with %d", WEXITSTATUS(status));
	ns = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ULL +
	     (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ULL;
	ksft_print_msg("bench: read by=lutrace rep=%u cpu_ns=%llu\n", rep,
		       (unsigned long long)ns);
	return KSFT_PASS;
}

static int measure_reading(void)
{
	unsigned int rep;
	int link;

	lu_fd(link, load_iterator());
	for (rep = 0; rep < ROUNDS; rep++)
		lu_require(read_iterator(link, rep) == KSFT_PASS &&
			   run_lutrace(rep) == KSFT_PASS, "the journal cannot be read");
	close(link);
	return KSFT_PASS;
}

#define BEGIN								\
	{ "the journal can be switched", has_switch, true },		\
	{ "vfio-pci has the devices", find_devices, true }

#define HAND_ON								\
	{ "all devices are preserved", preserve_all, true },		\
	{ "the next kernel is loaded", load_next, true }

static const struct lu_step first_steps[] = {
	BEGIN,
	{ "preserving is measured", measure_preserve, true },
	{ "freezing is measured", measure_freeze, true },
	HAND_ON,
};

static const struct lu_step middle_steps[] = {
	BEGIN,
	{ "finishing is measured", measure_finish, true },
	HAND_ON,
};

static const struct lu_step last_steps[] = {
	BEGIN,
	{ "finishing is measured", measure_finish, true },
	{ "reading is measured", measure_reading, true },
};

int main(void)
{
	static struct lu_stage stages[MAX_STAGES];
	unsigned int i;

	stage = atoi(getenv("LU_STAGE") ?: "1");
	stages_wanted = atoi(getenv("LU_STAGES") ?: "2");
	if (!lu_env_bdf("LU_EDU") || !lu_env_bdf("LU_NET"))
		lu_skip_all("LU_NET and LU_EDU must name a virtio-net and an edu device");
	if (access(MUTED, F_OK))
		lu_skip_all("the kernel has no luo.journal_muted: take kernel/configs/bench.config");
	if (access(LUTRACE, X_OK))
		lu_skip_all("there is no lutrace");
	if (stages_wanted < 2 || stages_wanted > MAX_STAGES)
		lu_skip_all("give vm/run --stages, from 2 to %d", MAX_STAGES);
	stages[0] = (struct lu_stage)LU_STAGE(first_steps);
	for (i = 1; i < stages_wanted - 1; i++)
		stages[i] = (struct lu_stage)LU_STAGE(middle_steps);
	stages[stages_wanted - 1] = (struct lu_stage)LU_STAGE(last_steps);
	lu_run_stages(stages, stages_wanted);
}
