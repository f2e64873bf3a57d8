// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/redact.h"
#include "base/util.h"

#define LEFT_OUT	"<left out>"
#define MAC_LENGTH	17

bool redact_key(struct redactor *r, const char *path)
{
	struct sha256_ctx context;
	uint8_t bytes[4096];
	size_t n, size = 0;
	FILE *in;

	if (!path)
		return getrandom(r->key, sizeof(r->key), 0) == sizeof(r->key);
	in = fopen(path, "re");
	if (!in)
		return false;
	errno = 0;
	sha256_init(&context);
	while ((n = fread(bytes, 1, sizeof(bytes), in))) {
		sha256_update(&context, n, bytes);
		size += n;
	}
	if (!ferror(in) && !size)
		errno = ENODATA;
	sha256_digest(&context, sizeof(r->key), r->key);
	fclose(in);
	return !errno;
}

void redactor_free(struct redactor *r)
{
	while (r->nr)
		free(r->names[--r->nr].name);
	free(r->names);
	r->names = NULL;
}

void redact_pseudonym(const struct redactor *r, const char *name, char pseudonym[PSEUDONYM_SIZE])
{
	struct hmac_sha256_ctx context;
	uint8_t digest[6];

	hmac_sha256_set_key(&context, sizeof(r->key), r->key);
	hmac_sha256_update(&context, strlen(name), (const uint8_t *)name);
	hmac_sha256_digest(&context, sizeof(digest), digest);
	snprintf(pseudonym, PSEUDONYM_SIZE, "anon-%02x%02x%02x%02x%02x%02x",
		 digest[0], digest[1], digest[2], digest[3], digest[4],
		 digest[5]);
}

static bool is_seen(const struct redactor *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nr; i++) {
		if (!strcmp(r->names[i].name, name))
			return true;
	}
	return false;
}

static bool add_name(struct redactor *r, const char *name, const char *pseudonym)
{
	struct hidden_name *names;

	if (!*name || is_seen(r, name))
		return true;
	names = reallocarray(r->names, r->nr + 1, sizeof(*names));
	if (!names)
		return false;
	r->names = names;
	names += r->nr;
	names->name = strdup(name);
	memcpy(names->pseudonym, pseudonym, PSEUDONYM_SIZE);
	if (!names->name)
		return false;
	r->nr++;
	return true;
}

/* As /dev/kmsg writes it. */
static bool add_escaped(struct redactor *r, const char *name, const char *pseudonym)
{
	char *escaped = NULL;
	size_t size;
	FILE *out = open_memstream(&escaped, &size);
	bool ok = false;

	if (!out)
		return false;
	for (; *name; name++) {
		unsigned char c = *name;

		if (c < ' ' || c >= 127 || c == '\\')
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	if (!fclose(out))
		ok = add_name(r, escaped, pseudonym);
	free(escaped);
	return ok;
}

bool redact_name(struct redactor *r, char *name, size_t size)
{
	char pseudonym[PSEUDONYM_SIZE];

	if (!r->anonymous || !*name)
		return true;
	redact_pseudonym(r, name, pseudonym);
	if (!add_name(r, name, pseudonym) || !add_escaped(r, name, pseudonym))
		return false;
	snprintf(name, size, "%s", pseudonym);
	return true;
}

/* Command lines */

static bool is_harmless(const char *name)
{
	static const char *const harmless[] = {
		"liveupdate*", "luo*", "kho*", "pci", "pci_*", "pcie*", "vfio*",
		"iommu*", "intel_iommu", "amd_iommu*", "crashkernel", "kexec*",
		"lockdown", "module.*", "bpf*", "no5lvl", "nokaslr", "kaslr",
		"tsc", "clocksource", "nohpet", "hpet", "notsc", "x2apic",
		"nox2apic", "no*apic", "apic", "acpi*", "efi*", "noefi",
		"console", "earlycon", "earlyprintk", "loglevel", "quiet",
		"debug", "ignore_loglevel", "initcall_*", "log_buf_len",
		"printk.*", "dyndbg", "panic", "panic_*", "oops", "softlockup*",
		"nmi_watchdog", "watchdog*", "ro", "rw", "maxcpus", "nr_cpus",
		"nosmp", "nosmt", "isolcpus", "nohz*", "rcu*", "irqaffinity",
		"mem", "memmap", "memblock", "cma", "hugepages*",
		"hugepagesz", "default_hugepagesz", "transparent_hugepage",
		"numa*", "swiotlb", "mitigations", "idle", "processor.*",
		"intel_idle.*", "kunit.*", "kasan*", "slub_debug",
		"kmemleak", "fail*",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(harmless); i++) {
		if (!fnmatch(harmless[i], name, 0))
			return true;
	}
	return false;
}

static void redact_word(FILE *out, const char *word, size_t length)
{
	size_t name_length = 0;
	char name[64];

	while (name_length < length && word[name_length] != '=')
		name_length++;
	snprintf(name, sizeof(name), "%.*s", (int)name_length, word);
	if (is_harmless(name))
		fprintf(out, "%.*s", (int)length, word);
	else if (name_length < length && name_length < sizeof(name))
		fprintf(out, "%s=" LEFT_OUT, name);
	else
		fputs(LEFT_OUT, out);
}

/* Blanks between double quotes do not end a word. */
static size_t word_length(const char *s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; s[i] && (quoted || !isspace((unsigned char)s[i])); i++) {
		if (s[i] == '"')
			quoted = !quoted;
	}
	return i;
}

static void redact_words(FILE *out, const char *words)
{
	const char *separator = "";
	size_t length;

	for (;; words += length) {
		words += strspn(words, " \t\n");
		length = word_length(words);
		if (!length)
			break;
		fputs(separator, out);
		separator = " ";
		/* The rest is for the first process. */
		if (length == 2 && !strncmp(words, "--", 2)) {
			fputs("-- " LEFT_OUT, out);
			break;
		}
		redact_word(out, words, length);
	}
}

void redact_command_line(FILE *out, const char *words)
{
	redact_words(out, words);
	fputc('\n', out);
}

/* Texts */

static bool is_mac(const char *s)
{
	int i;

	for (i = 0; i < MAC_LENGTH; i++) {
		if (i % 3 == 2 ? s[i] != ':' && s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return false;
	}
	return true;
}

static bool is_inside_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Returns the longest name that is at @s as a word of its own. */
static const struct hidden_name *name_at(const struct redactor *r, const char *s)
{
	const struct hidden_name *found = NULL;
	size_t i, length, longest = 0;

	for (i = 0; i < r->nr; i++) {
		length = strlen(r->names[i].name);
		if (length <= longest || strncmp(s, r->names[i].name, length) ||
		    is_inside_word(s[length]))
			continue;
		longest = length;
		found = &r->names[i];
	}
	return found;
}

/* The length of a session's name in the kernel's log, after which there is no other bracket. */
static size_t session_at(const char *line, const char *s)
{
	static const char before[] = "session [";
	size_t length = strlen(before);
	const char *end = strrchr(s, ']');

	return end && s - line >= (ptrdiff_t)length &&
	       !strncmp(s - length, before, length) ? end - s : 0;
}

/* Hides what is at @s, and returns its length; 0 if there is nothing to hide. */
static size_t hide(const struct redactor *r, FILE *out, const char *line, const char *s)
{
	const struct hidden_name *known = name_at(r, s);
	char name[256], pseudonym[PSEUDONYM_SIZE];
	size_t length;

	if (known) {
		fputs(known->pseudonym, out);
		return strlen(known->name);
	}
	length = r->anonymous ? session_at(line, s) : 0;
	if (length) {
		snprintf(name, sizeof(name), "%.*s", (int)length, s);
		redact_pseudonym(r, name, pseudonym);
		fputs(pseudonym, out);
		return length;
	}
	if (!is_mac(s) || is_inside_word(s[MAC_LENGTH]))
		return 0;
	fputs("<MAC address>", out);
	return MAC_LENGTH;
}

static void redact_rest(const struct redactor *r, FILE *out, const char *line)
{
	const char *s = line;
	size_t length;

	while (*s) {
		length = s > line && is_inside_word(s[-1]) ? 0 : hide(r, out, line, s);
		if (!length) {
			fputc(*s, out);
			length = 1;
		}
		s += length;
	}
}

/* What follows one of these is left out, or is a command line. */
static const struct {
	const char *begin;
	bool is_command_line;
} secrets[] = {
	{ "ommand line: ", true },
	{ "CONFIG_CMDLINE=", false },
	{ "Unknown kernel command line parameters ", false },
	{ "SerialNumber: ", false },
	{ "Serial Number: ", false },
	{ "serial number: ", false },
};

static void redact_line(const struct redactor *r, FILE *out, char *line)
{
	const char *rest = NULL;
	size_t i;

	for (i = 0; !rest && i < ARRAY_SIZE(secrets); i++) {
		rest = strstr(line, secrets[i].begin);
		if (rest)
			rest += strlen(secrets[i].begin);
	}
	if (!rest) {
		redact_rest(r, out, line);
	} else {
		fprintf(out, "%.*s", (int)(rest - line), line);
		if (secrets[i - 1].is_command_line)
			redact_words(out, rest);
		else
			fputs(LEFT_OUT, out);
	}
	fputc('\n', out);
}

void redact_text(const struct redactor *r, FILE *out, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);

		if (line)
			redact_line(r, out, line);
		else
			fputs(LEFT_OUT "\n", out);
		free(line);
		text += length + (text[length] == '\n');
	}
}
