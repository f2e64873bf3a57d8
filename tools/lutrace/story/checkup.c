// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "story/checkup.h"

void checkup_add(struct checkup *c, const char *topic, const char *name,
		 enum check_result result, const char *fix,
		 const char *detail, ...)
{
	struct check *check;
	va_list args;

	if (c->nr == CHECKUP_MAX)
		return;
	check = &c->check[c->nr++];
	*check = (struct check){
		.topic = topic, .name = name, .result = result,
		.fix = result == CHECK_YES ? NULL : fix,
	};
	if (!detail)
		return;
	va_start(args, detail);
	if (vasprintf(&check->detail, detail, args) < 0)
		check->detail = NULL;
	va_end(args);
}

void checkup_free(struct checkup *c)
{
	size_t i;

	for (i = 0; i < c->nr; i++)
		free(c->check[i].detail);
	for (i = 0; i < c->nr_candidates; i++) {
		free(c->candidates[i].bdf);
		free(c->candidates[i].driver);
	}
	free(c->candidates);
}

static bool config_has(const char *config, const char *option)
{
	size_t length = strlen(option);
	const char *at = config;

	while ((at = strstr(at, option))) {
		if ((at == config || at[-1] == '\n') && at[length] == '=' &&
		    (at[length + 1] == 'y' || at[length + 1] == 'm'))
			return true;
		at += length;
	}
	return false;
}

void checkup_config(struct checkup *c, const char *config)
{
	static const struct {
		const char *option;
		const char *fix;
		enum check_result missing;
	} options[] = {
		{ "CONFIG_KEXEC_HANDOVER",
		  "set it: without it, nothing is handed over to the next kernel", CHECK_NO },
		{ "CONFIG_LIVEUPDATE", "set it: it provides /dev/liveupdate", CHECK_NO },
		{ "CONFIG_PCI_LIVEUPDATE",
		  "set it: without it, PCI devices cannot be preserved", CHECK_NO },
		{ "CONFIG_VFIO_PCI_LIVEUPDATE",
		  "set it: without it, files of vfio-pci cannot be preserved", CHECK_NO },
		{ "CONFIG_VFIO_DEVICE_CDEV",
		  "set it: only files of the cdev can be preserved", CHECK_NO },
		{ "CONFIG_IOMMUFD", "set it: the cdev is bound to an iommufd", CHECK_NO },
		{ "CONFIG_KEXEC_FILE",
		  "set it: an image of kexec_load(2) carries nothing over", CHECK_NO },
		{ "CONFIG_LIVEUPDATE_JOURNAL",
		  "set it: without it, nothing is recorded before user space runs", CHECK_NO },
		{ "CONFIG_BPF_SYSCALL", "set it: lutrace reads everything by BPF", CHECK_NO },
		{ "CONFIG_DEBUG_INFO_BTF",
		  "set it: lutrace finds the kernel's types and functions by BTF", CHECK_NO },
		{ "CONFIG_MEMFD_CREATE",
		  "set it if the memory of a guest is to be preserved", CHECK_NOTE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		checkup_add(c, "kernel", options[i].option,
			    config_has(config, options[i].option) ? CHECK_YES :
			    options[i].missing, options[i].fix, NULL);
}

/* The value of the last "NAME=VALUE" of the words, or NULL; the caller frees it. */
static char *word_of(const char *words, const char *name)
{
	size_t length = strlen(name);
	const char *at = words;
	char *value = NULL;

	while (*at) {
		size_t word = strcspn(at, " \n");

		if (word > length && !strncmp(at, name, length) && at[length] == '=') {
			free(value);
			value = strndup(at + length + 1, word - length - 1);
		}
		at += word + strspn(at + word, " \n");
	}
	return value;
}

static bool is_off(const char *value)
{
	return value && (!strcmp(value, "0") || !strcasecmp(value, "off") ||
			 !strcasecmp(value, "n") || !strcasecmp(value, "no") ||
			 !strcasecmp(value, "false"));
}

void checkup_command_line(struct checkup *c, const char *words, const char *config)
{
	static const struct {
		const char *name;
		const char *option;
		const char *fix;
	} parameters[] = {
		{ "kho", "CONFIG_KEXEC_HANDOVER", "boot with kho=on" },
		{ "liveupdate", "CONFIG_LIVEUPDATE", "boot with liveupdate=on" },
		{ "liveupdate_journal", "CONFIG_LIVEUPDATE_JOURNAL",
		  "boot without liveupdate_journal=off" },
	};
	size_t i;

	/* The configuration sets the default of a parameter that is not on the command line. */
	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		char *value;

		/* checkup_config() has reported an option that is missing. */
		if (config && !config_has(config, parameters[i].option))
			continue;
		value = word_of(words, parameters[i].name);
		checkup_add(c, "command line", parameters[i].name,
			    is_off(value) ? CHECK_NO : CHECK_YES,
			    parameters[i].fix, "%s", value ? value : "default");
		free(value);
	}
}

void checkup_lockdown(struct checkup *c, const char *lockdown)
{
	const char *fix = "boot without lockdown=: it stops BPF from reading the kernel's memory";

	if (!lockdown)
		checkup_add(c, "privileges", "the kernel is not locked down",
			    CHECK_YES, NULL, "no lockdown in this kernel");
	else
		/* Integrity lets BPF read. */
		checkup_add(c, "privileges", "the kernel is not locked down",
			    strstr(lockdown, "[confidentiality]") ? CHECK_NO :
			    CHECK_YES, fix, "%.*s",
			    (int)strcspn(lockdown, "\n"), lockdown);
}

void checkup_events(struct checkup *c, const char *system, const char *remedy,
		    unsigned int present, unsigned int foreign, unsigned int missing)
{
	enum check_result result = foreign || missing ? CHECK_NO : CHECK_YES;

	/* What is there in part is of another version. */
	if (present || foreign)
		remedy = "use the lutrace of that kernel";
	if (foreign && missing)
		checkup_add(c, "tracepoints", system, result, remedy,
			    "%u tracepoints have other arguments, and %u are missing", foreign, missing);
	else if (foreign)
		checkup_add(c, "tracepoints", system, result, remedy,
			    "%u tracepoints have other arguments", foreign);
	else
		checkup_add(c, "tracepoints", system, result, remedy,
			    missing ? "%u tracepoints are missing" : NULL, missing);
}

size_t checkup_failed(const struct checkup *c)
{
	size_t i, failed = 0;

	for (i = 0; i < c->nr; i++)
		failed += c->check[i].result == CHECK_NO;
	return failed;
}
