/* SPDX-License-Identifier: GPL-2.0 */
/* Events that tests make up. */
#ifndef LUTRACE_TESTS_MADE_H
#define LUTRACE_TESTS_MADE_H

#include <string.h>

#include "model/record.h"

/**
 * struct made - An event, as one writes it down
 * @id:     Which.
 * @number: The event's numbers; for the rest see struct event and its record.
 */
struct made {
	enum lutrace_event_id id;
	int64_t boottime_ns;
	uint64_t seq;
	uint64_t journal_seq;
	uint64_t duration_ns;
	uint64_t token;
	int64_t number[LUO_JOURNAL_NR_NUMBERS];
	int err;
	unsigned int reason;
	uint32_t cpu;
	uint32_t pid;
	uint32_t tid;
	uint32_t domain;
	uint16_t bdf;
	bool has_bdf;
	bool yes;
	char comm[LUO_JOURNAL_COMM_LENGTH];
	char session[72];
	char handler[56];
	char flb[56];
	char device[80];
	char driver[64];
};

/* The record that the kernel would have made of it. */
static inline struct luo_journal_record made_record(const struct made *m)
{
	const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{ LUO_JOURNAL_HAS_SESSION, m->session },
		{ LUO_JOURNAL_HAS_HANDLER, m->handler },
		{ LUO_JOURNAL_HAS_FLB, m->flb },
		{ LUO_JOURNAL_HAS_DEVICE, m->device },
		{ LUO_JOURNAL_HAS_DRIVER, m->driver },
	};
	struct luo_journal_record r;
	size_t i;

	record_init(&r, event_descs[m->id].event);
	r.seq = m->journal_seq;
	r.duration = m->duration_ns;
	r.token = m->token;
	memcpy(r.number, m->number, sizeof(r.number));
	r.err = m->err;
	r.reason = m->reason;
	r.cpu = m->cpu;
	r.pid = m->pid;
	r.tid = m->tid;
	r.domain = m->domain;
	r.bdf = m->bdf;
	r.flags = (m->has_bdf ? LUO_JOURNAL_HAS_BDF : 0) | (m->yes ? LUO_JOURNAL_YES : 0);
	memcpy(r.comm, m->comm, sizeof(r.comm));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (*names[i].name)
			record_add_name(&r, names[i].flag, names[i].name);
	}
	return r;
}

/* Returns what event_decode() does. */
static inline int made_decode(struct event *event, const struct made *m)
{
	struct luo_journal_record r = made_record(m);
	int err = event_decode(event, m->boottime_ns, &r, r.length);

	event->seq = m->seq;
	return err;
}

#endif /* LUTRACE_TESTS_MADE_H */
