// SPDX-License-Identifier: GPL-2.0
/* lutrace bundle: everything that a developer needs to see what went wrong, in one file. */
#define _GNU_SOURCE
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/complain.h"
#include "base/host.h"
#include "base/output.h"
#include "base/redact.h"
#include "base/util.h"
#include "source/source.h"
#include "verb/bundle.h"
#include "verb/doctor.h"
#include "verb/main.h"
#include "verb/options.h"
#include "view/capture.h"
#include "view/checkup.h"

#define MAX_PIECES	16
#define TAR_BLOCK	512

/**
 * struct options - The command line
 * @path:      The archive; NULL for a name of our own.
 * @anonymize: Names are hidden.
 * @key:       File that the pseudonyms' key is made of; NULL for a new key.
 * @common:    Holds -v.
 */
struct options {
	const char *path;
	bool anonymize;
	const char *key;
	struct common_options common;
};

static const struct argp_option argp_options[] = {
	{ "anonymize", OPT_ANONYMIZE, "KEYFILE", OPTION_ARG_OPTIONAL, "Replace session names and the host's name by pseudonyms; bundles with the same KEYFILE have the same pseudonyms", 0 },
	OPTION_VERBOSE(""),
	{ 0 }
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPT_ANONYMIZE:
		o->anonymize = true;
		o->key = arg;
		break;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "unexpected argument '%s'", arg);
		o->path = arg;
		break;
	default:
		return options_parse(key, arg, state, &o->common);
	}
	return 0;
}

static const struct argp bundle_argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[FILE]",
	.doc = "Write an archive (.tar.gz) with everything that another person needs to "
	       "find out what went wrong: a capture, what other verbs say of it, the "
	       "kernel's log and options, and the devices. Secrets are left out. "
	       "Without FILE its name is lutrace-bundle-HOST-TIME.tar.gz.\v"
	       "Examples:\n"
	       "  lutrace bundle                            in the current directory\n"
	       "  lutrace bundle --anonymize update.tar.gz  with pseudonyms for names\n\n"
	       "Exit status: 0 the archive is complete; 2 usage; 3 the archive could "
	       "not be written, or a piece is missing, as it says; 4 the key cannot be "
	       "read.",
};

/**
 * struct piece - A file of the archive
 * @name:    Its name.
 * @data:    What is in it; owned.
 * @size:    How many bytes.
 * @missing: Why it is not there, owned; NULL if it is.
 */
struct piece {
	const char *name;
	char *data;
	size_t size;
	char *missing;
};

/**
 * struct bundle - What is written
 * @redactor: What to hide.
 * @host:     The host's name, or its pseudonym.
 * @uts:      What the kernel says of itself.
 * @time:     When.
 * @directory: Of the archive, in which all pieces are.
 * @pieces:   In the order of the archive.
 * @nr:       How many.
 */
struct bundle {
	struct redactor redactor;
	char host[sizeof(((struct utsname *)0)->nodename)];
	struct utsname uts;
	time_t time;
	char directory[80];
	struct piece pieces[MAX_PIECES];
	size_t nr;
};

static struct piece *add_piece(struct bundle *b, const char *name)
{
	struct piece *piece = &b->pieces[b->nr++];

	piece->name = name;
	return piece;
}

static void add_missing(struct bundle *b, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add_missing(struct bundle *b, const char *name, const char *format, ...)
{
	struct piece *piece = add_piece(b, name);
	va_list args;

	va_start(args, format);
	if (vasprintf(&piece->missing, format, args) < 0)
		piece->missing = NULL;
	va_end(args);
	complain("%s is not in the bundle: %s", name,
		 piece->missing ? piece->missing : "out of memory");
}

/* Adds @text, which it frees, without what is to be hidden. */
static void add_text(struct bundle *b, const char *name, char *text)
{
	struct piece *piece = add_piece(b, name);
	FILE *out = open_memstream(&piece->data, &piece->size);

	if (out) {
		redact_text(&b->redactor, out, text);
		fclose(out);
	}
	free(text);
}

/* Processes of our own */

/* Returns all of a file in memory; NULL without memory. */
static char *read_memory(int fd, size_t *size)
{
	struct stat stat;
	char *data;

	if (fstat(fd, &stat))
		return NULL;
	data = malloc(stat.st_size + 1);
	if (!data || pread(fd, data, stat.st_size, 0) != stat.st_size) {
		free(data);
		return NULL;
	}
	data[stat.st_size] = '\0';
	*size = stat.st_size;
	return data;
}

static void redirect(int fd, int to)
{
	if (dup2(fd, to) < 0)
		_exit(EXIT_INCOMPLETE);
}

/**
 * struct said - What another verb said, in a process of its own
 * @out:    On standard output; owned; NULL if it could not be run.
 * @size:   How many bytes.
 * @err:    On standard error; owned.
 * @status: Its exit status.
 */
struct said {
	char *out;
	size_t size;
	char *err;
	int status;
};

static struct said run_verb(int (*verb)(int, char **), char **argv)
{
	struct said said = { .status = -1 };
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC);
	int argc = 0, status;
	size_t size;
	pid_t pid;

	while (argv[argc])
		argc++;
	fflush(NULL);
	pid = out < 0 || err < 0 ? -1 : fork();
	if (!pid) {
		redirect(out, STDOUT_FILENO);
		redirect(err, STDERR_FILENO);
		exit(verb(argc, argv));
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid) {
		said.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		said.out = read_memory(out, &said.size);
		said.err = read_memory(err, &size);
	}
	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	return said;
}

/* Returns the last line of what a verb wrote to standard error, without its prefix. */
static const char *last_words(char *err)
{
	static const char prefix[] = "lutrace: ";
	const char *last;

	if (!err || !*err)
		return "it ended without a word";
	err[strlen(err) - 1] = '\0';
	last = strrchr(err, '\n');
	last = last ? last + 1 : err;
	return strncmp(last, prefix, strlen(prefix)) ? last : last + strlen(prefix);
}

static bool did_run(const struct said *said)
{
	return said->out && (said->status == EXIT_CLEAN || said->status == EXIT_OBSERVED);
}

static void add_said(struct bundle *b, const char *name, struct said said)
{
	if (did_run(&said)) {
		struct piece *piece = add_piece(b, name);

		piece->data = said.out;
		piece->size = said.size;
	} else {
		add_missing(b, name, "%s", last_words(said.err));
		free(said.out);
	}
	free(said.err);
}

/* The capture */

/**
 * struct recording - A capture that is written
 * @sink:   Takes events.
 * @bundle: What it is for.
 * @view:   Where events go.
 * @failed: There was no memory to hide a name.
 */
struct recording {
	struct sink sink;
	struct bundle *bundle;
	struct view *view;
	bool failed;
};

static struct recording *recording_of(struct sink *sink)
{
	return container_of(sink, struct recording, sink);
}

static bool record_event(struct sink *sink, struct event *event)
{
	struct recording *r = recording_of(sink);

	r->failed |= !event_redact(event, &r->bundle->redactor);
	return r->view->sink.event(&r->view->sink, event);
}

static void record_jump(struct sink *sink, const struct jump *jump)
{
	struct sink *view = &recording_of(sink)->view->sink;

	view->jump(view, jump);
}

static void record_lost(struct sink *sink, const struct loss *loss)
{
	struct sink *view = &recording_of(sink)->view->sink;

	view->lost(view, loss);
}

static void record_state(struct recording *r, struct state *state)
{
	struct redactor *redactor = &r->bundle->redactor;
	size_t i;

	for (i = 0; i < state->nr_sessions; i++)
		r->failed |= !redact_name(redactor, state->sessions[i].name,
					  sizeof(state->sessions[i].name));
	for (i = 0; i < state->nr_files; i++)
		r->failed |= !redact_name(redactor, state->files[i].session,
					  sizeof(state->files[i].session));
	view_capture_state(r->view, state);
}

static void record_all(struct recording *r, struct source *source, struct state *state)
{
	struct trace_info info = *source_info(source);
	struct summary summary = { .end = "read" };
	size_t i;

	info.host = r->bundle->host;
	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		info.traced[i] = true;
	r->view->begin(r->view, &info);
	if (state)
		record_state(r, state);
	source_show(source, GENERATION_ANY, &r->sink);
	summary.boottime_ns = source_end_ns(source);
	r->view->end(r->view, &summary);
}

/* Writes a capture to @fd. Returns why it could not, or NULL. */
static const char *record_to(struct bundle *b, int fd, struct source *source, struct state *state)
{
	struct recording r = {
		.sink = { record_event, record_jump, record_lost }, .bundle = b,
	};
	struct capture_target target = { 0 };
	char path[32];
	int err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	target.path = path;
	r.view = view_capture_new(&target, source_arrival(source));
	if (!r.view)
		return strerror(errno);
	record_all(&r, source, state);
	err = view_capture_free(r.view);
	if (r.failed && !err)
		err = ENOMEM;
	return err ? strerror(err) : NULL;
}

/*
 * Opens a capture of what this host has recorded and preserves, as a file in memory. Gives up all
 * privileges. Returns -1 after complaining.
 */
static int record(struct bundle *b)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	const char *problem = NULL;
	struct source *source;
	struct state *state;

	source = fd < 0 ? NULL : source_open(NULL, SOURCE_EVENTS | SOURCE_STATE |
						   SOURCE_STATE_OPTIONAL);
	if (source) {
		state = source_state(source);
		problem = record_to(b, fd, source, state);
		if (problem)
			complain("no capture: %s", problem);
		if (!state)
			complain("what is preserved now is not in the bundle");
	}
	source_close(source);
	if (source && !problem)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The capture, and what other verbs make of it. */
static void add_recorded(struct bundle *b)
{
	static const struct {
		const char *name;
		int (*verb)(int, char **);
		const char *argv[6];
	} derived[] = {
		{ "journal.jsonl", verb_journal, { "lutrace journal", "-o", "json" } },
		{ "journal.txt", verb_journal, { "lutrace journal", "--color=never" } },
		{ "status.jsonl", verb_status, { "lutrace status", "-o", "json" } },
		{ "report.html", verb_report, { "lutrace report" } },
	};
	static const char capture[] = "capture.lutrace";
	struct piece *piece;
	int fd = record(b);
	char path[32];
	size_t i, j;

	if (fd < 0) {
		add_missing(b, capture, "nothing is recorded, or it cannot be read: see lutrace doctor");
		return;
	}
	piece = add_piece(b, capture);
	piece->data = read_memory(fd, &piece->size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (i = 0; i < ARRAY_SIZE(derived); i++) {
		char *argv[9] = { 0 };

		for (j = 0; derived[i].argv[j]; j++)
			argv[j] = (char *)derived[i].argv[j];
		argv[j++] = "-i";
		argv[j] = path;
		add_said(b, derived[i].name, run_verb(derived[i].verb, argv));
	}
	close(fd);
}

/* The host */

static void write_device(FILE *out, const char *bdf)
{
	static const char *const attributes[] = {
		"vendor", "device", "subsystem_vendor", "subsystem_device",
		"class", "revision", "driver_override", "power_state", "numa_node",
		"sriov_numvfs", "reset_method",
	};
	static const char *const links[] = { "driver", "iommu_group", "physfn" };
	char path[PATH_MAX], real[PATH_MAX], *text;
	size_t i;

	/* Where it is below its bridges: what follows /sys/devices. */
	snprintf(path, sizeof(path), HOST_PCI_DEVICES "/%s", bdf);
	fprintf(out, "%s path=%s", bdf, realpath(path, real) ?
		real + strcspn(real + 1, "/") + 1 : "?");
	for (i = 0; i < ARRAY_SIZE(attributes); i++) {
		text = host_attribute(bdf, attributes[i]);
		if (text)
			fprintf(out, " %s=%s", attributes[i], text);
		free(text);
	}
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		text = host_link(bdf, links[i]);
		if (text)
			fprintf(out, " %s=%s", links[i], text);
		free(text);
	}
	fputc('\n', out);
}

static char *read_devices(void)
{
	struct dirent **entries;
	char *text = NULL;
	size_t size;
	FILE *out;
	int nr, i;

	nr = scandir(HOST_PCI_DEVICES, &entries, NULL, alphasort);
	if (nr < 0)
		return NULL;
	out = open_memstream(&text, &size);
	for (i = 0; i < nr; i++) {
		if (out && entries[i]->d_name[0] != '.')
			write_device(out, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (out)
		fclose(out);
	return text;
}

static char *read_command_line(void)
{
	char *words = host_read("/proc/cmdline"), *text = NULL;
	size_t size;
	FILE *out;

	if (!words)
		return NULL;
	out = open_memstream(&text, &size);
	if (out) {
		redact_command_line(out, words);
		fclose(out);
	}
	free(words);
	return text;
}

static char *read_system(const struct bundle *b)
{
	char *os = host_read("/etc/os-release"), *text;

	if (asprintf(&text, "lutrace %s\nkernel %s %s %s\n%s", LUTRACE_VERSION,
		     b->uts.release, b->uts.version, b->uts.machine, os ? os : "") < 0)
		text = NULL;
	free(os);
	return text;
}

static void add_checkup(struct bundle *b, const struct checkup *checkup)
{
	struct piece *piece = add_piece(b, "doctor.jsonl");
	FILE *out = open_memstream(&piece->data, &piece->size);

	if (!out)
		return;
	checkup_show_json(out, checkup, LUTRACE_VERSION, b->host, b->uts.release);
	fclose(out);
}

/* @text may be NULL, errno saying why. */
static void add_host_text(struct bundle *b, const char *name, char *text)
{
	if (text)
		add_text(b, name, text);
	else
		add_missing(b, name, "%s", errno == EPERM || errno == EACCES ?
			    "reading it needs CAP_SYSLOG or root" : strerror(errno));
}

/*
 * The names to look for in texts are known once the capture is written. By then the privileges to
 * read these texts are gone.
 */
static void add_all(struct bundle *b)
{
	char *log = host_kernel_log();
	int log_errno = errno;
	char *config = host_config(b->uts.release);
	struct checkup checkup = { 0 };

	doctor_examine(&checkup, b->uts.release);
	add_recorded(b);
	add_checkup(b, &checkup);
	checkup_free(&checkup);
	errno = log_errno;
	add_host_text(b, "kernel.log", log);
	if (config)
		add_text(b, "kernel.config", config);
	else
		add_missing(b, "kernel.config", "neither /proc/config.gz nor /boot/config-%s is there", b->uts.release);
	add_host_text(b, "command-line.txt", read_command_line());
	add_host_text(b, "devices.txt", read_devices());
	/* A kernel without modules has no list of them. */
	add_host_text(b, "modules.txt", access("/proc/modules", F_OK) ?
		      strdup("") : host_read("/proc/modules"));
	add_host_text(b, "system.txt", read_system(b));
}

/* The archive */

#define DIGEST_SIZE	(2 * SHA256_DIGEST_SIZE + 1)

const struct table bundle_table = {
	"bundle", COLUMNS(COLUMNS_RECORDER, COLUMN("time", TIME), COLUMN("anonymized", BOOL),
		COLUMN("pieces", COUNT))
};

const struct table piece_table = {
	"piece", COLUMNS(COLUMN("name", TEXT), COLUMN("bytes", COUNT),
		COLUMN("sha256", TEXT, .null = true),
		COLUMN("missing", TEXT, .null = true, .help = "why it is not in the bundle"))
};

static const char *hash(const struct piece *piece, char text[DIGEST_SIZE])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;
	size_t i;

	sha256_init(&context);
	sha256_update(&context, piece->size, (const uint8_t *)piece->data);
	sha256_digest(&context, sizeof(digest), digest);
	for (i = 0; i < sizeof(digest); i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	return text;
}

static void write_manifest(FILE *out, const struct bundle *b)
{
	size_t i;

	table_line(out, &bundle_table, CELLS(
		CELLS_RECORDER(LUTRACE_VERSION, b->host, b->uts.release),
		cell_number(b->time * (int64_t)NSEC_PER_SEC), cell_number(b->redactor.anonymous),
		cell_number(b->nr)));
	for (i = 0; i < b->nr; i++) {
		const struct piece *piece = &b->pieces[i];
		char digest[DIGEST_SIZE];

		table_line(out, &piece_table, CELLS(
			cell_text(piece->name), cell_number(piece->size),
			cell_text(piece->data ? hash(piece, digest) : NULL),
			cell_text(piece->data ? NULL : piece->missing ? piece->missing :
				  "out of memory")));
	}
}

/* A header of POSIX' ustar; names and sizes here need no extensions. */
static void fill_header(char header[TAR_BLOCK], const char *directory,
			const char *name, size_t size, time_t when)
{
	unsigned int sum = 0;
	size_t i;

	memset(header, 0, TAR_BLOCK);
	snprintf(header, 100, "%s/%s", directory, name);
	snprintf(header + 100, 8, "%07o", 0600);
	snprintf(header + 108, 8, "%07o", 0);
	snprintf(header + 116, 8, "%07o", 0);
	snprintf(header + 124, 12, "%011zo", size);
	snprintf(header + 136, 12, "%011" PRIo64, (int64_t)when);
	header[156] = '0';
	memcpy(header + 257, "ustar\0" "00", 8);
	memset(header + 148, ' ', 8);
	for (i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 7, "%06o", sum);
}

static bool write_piece(gzFile out, const struct bundle *b,
			const char *name, const char *data, size_t size)
{
	static const char zeros[TAR_BLOCK];
	size_t rest = size % TAR_BLOCK;
	char header[TAR_BLOCK];

	fill_header(header, b->directory, name, size, b->time);
	return gzwrite(out, header, TAR_BLOCK) == TAR_BLOCK &&
	       (!size || gzfwrite(data, size, 1, out) == 1) &&
	       (!rest || gzwrite(out, zeros, TAR_BLOCK - rest) > 0);
}

static bool write_archive(int fd, const void *data)
{
	const struct bundle *b = data;
	static const char end[2 * TAR_BLOCK];
	gzFile out = gzdopen(fd, "w9");
	char *manifest = NULL;
	size_t size, i;
	FILE *text;
	bool ok;

	if (!out) {
		close(fd);
		return false;
	}
	text = open_memstream(&manifest, &size);
	if (text)
		write_manifest(text, b);
	ok = text && !fclose(text) && write_piece(out, b, "MANIFEST.jsonl", manifest, size);
	for (i = 0; i < b->nr && ok; i++) {
		const struct piece *piece = &b->pieces[i];

		if (piece->data)
			ok = write_piece(out, b, piece->name, piece->data, piece->size);
	}
	ok = ok && gzwrite(out, end, sizeof(end)) == sizeof(end);
	free(manifest);
	/* gzclose() closes @fd. */
	return gzclose(out) == Z_OK && ok;
}

static void free_pieces(struct bundle *b)
{
	size_t i;

	for (i = 0; i < b->nr; i++) {
		free(b->pieces[i].data);
		free(b->pieces[i].missing);
	}
}

static size_t count_missing(const struct bundle *b)
{
	size_t i, missing = 0;

	for (i = 0; i < b->nr; i++)
		missing += !b->pieces[i].data;
	return missing;
}

static int bundle(struct bundle *b, const struct options *options)
{
	char when[20], *path = NULL;
	int status = EXIT_INCOMPLETE;
	struct tm tm;

	b->time = time(NULL);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", gmtime_r(&b->time, &tm));
	snprintf(b->directory, sizeof(b->directory), "lutrace-bundle-%.40s-%s", b->host, when);
	if (!options->path && asprintf(&path, "%s.tar.gz", b->directory) < 0)
		return EXIT_CANNOT_RUN;
	add_all(b);
	if (output_replace(options->path ? options->path : path, write_archive, b)) {
		size_t missing = count_missing(b);

		status = missing ? EXIT_INCOMPLETE : EXIT_CLEAN;
		complain("%s is written: %zu files. Look through it before you send it",
			 options->path ? options->path : path, b->nr - missing + 1);
	}
	free(path);
	return status;
}

/* The names under which the host might be known. */
static bool hide_host(struct bundle *b)
{
	char *dot = strchr(b->uts.nodename, '.');
	char part[sizeof(b->host)];

	memcpy(b->host, b->uts.nodename, sizeof(b->host));
	if (dot) {
		snprintf(part, sizeof(part), "%.*s", (int)(dot - b->uts.nodename), b->uts.nodename);
		if (!redact_name(&b->redactor, part, sizeof(part)))
			return false;
		snprintf(part, sizeof(part), "%s", dot + 1);
		if (!redact_name(&b->redactor, part, sizeof(part)))
			return false;
	}
	return redact_name(&b->redactor, b->host, sizeof(b->host));
}

int verb_bundle(int argc, char **argv)
{
	struct options options = { 0 };
	struct bundle b = { 0 };
	int status = EXIT_CANNOT_RUN;

	argp_parse(&bundle_argp, argc, argv, 0, NULL, &options);
	uname(&b.uts);
	b.redactor.anonymous = options.anonymize;
	if (options.anonymize && !redact_key(&b.redactor, options.key))
		complain("cannot make a key of %s: %s", options.key ? options.key :
			 "random bytes", strerror(errno));
	else if (!hide_host(&b))
		complain("out of memory");
	else
		status = bundle(&b, &options);
	free_pieces(&b);
	redactor_free(&b.redactor);
	return status;
}
