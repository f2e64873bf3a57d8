// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/complain.h"
#include "base/privilege.h"

static bool has_capability(cap_value_t capability)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps = cap_get_proc();

	if (caps)
		cap_get_flag(caps, capability, CAP_EFFECTIVE, &value);
	cap_free(caps);
	return value == CAP_SET;
}

/* CAP_SYS_ADMIN includes both others. */
bool privilege_is_enough(void)
{
	return has_capability(CAP_SYS_ADMIN) ||
	       (has_capability(CAP_BPF) && has_capability(CAP_PERFMON));
}

bool privilege_check(void)
{
	bool bpf, perfmon;

	if (privilege_is_enough())
		return true;
	bpf = has_capability(CAP_BPF);
	perfmon = has_capability(CAP_PERFMON);
	complain("missing %s%s%s: run as root, or grant both with setcap cap_bpf,cap_perfmon=ep",
		 bpf ? "" : "CAP_BPF", bpf || perfmon ? "" : " and ",
		 perfmon ? "" : "CAP_PERFMON");
	return false;
}

void privilege_drop(void)
{
	cap_t none = cap_init();

	if (!none || cap_set_proc(none))
		complain("cannot drop capabilities: %s", strerror(errno));
	cap_free(none);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		complain("cannot set no_new_privs: %s", strerror(errno));
}
