// SPDX-License-Identifier: GPL-2.0
/*
 * The answer of lutrace why:
 *
 *	Retrieving guest-2:0x1 failed with ENODEV: its device had no driver.
 *	Decided by: vfio.retrieve wrong_driver, in this kernel; the user saw ENODEV.
 *
 *	What happened:
 *	TIME          EVENT                 OBJECT              DETAIL
 *	07:37:35.369  pci.probe             0000:00:07.0        allow driver_override
 *
 *	What to do:
 *	  Next time, bind vfio-pci before you retrieve
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "view/why.h"

/* An unknown object may be a typing error, so the answer lists this many objects at most. */
#define MAX_OBJECTS	20

/**
 * struct answer - One answer as it is written
 * @question: What was asked.
 * @verdict:  What it comes to.
 * @out:      Where it goes.
 * @view:     Shows the chain.
 * @nr:       For counting.
 */
struct answer {
	const struct question *question;
	const struct verdict *verdict;
	FILE *out;
	struct view *view;
	size_t nr;
};

/* The text of an explanation, with its facts; to be freed. */
static char *expand(const char *text, size_t length, const struct facts *facts,
		    enum explain_form form)
{
	char *expanded = NULL;
	size_t size;
	FILE *out = open_memstream(&expanded, &size);

	if (!out)
		return NULL;
	explain_write(out, text, length, facts, form);
	fclose(out);
	return expanded;
}

static const struct explanation *explain_root(const struct finding *f)
{
	if (f->state != STATE_NONE)
		return explain_state(f->state);
	return explain_event(f->root);
}

/* A session that was given up is lost, whatever is done about the reason. */
static const struct explanation *explain_remedy(const struct finding *f)
{
	if (is(f->middle, LUTRACE_SESSION_DROP) || is(f->symptom, LUTRACE_SESSION_DROP))
		return explain(LUTRACE_SESSION_DROP, NULL, 0);
	return explain_root(f);
}

/* What was asked for and failed; NULL if the root says it already. */
static const char *explain_symptom(const struct finding *f)
{
	const struct event *e = f->symptom;
	const struct explanation *general;

	if (!e || f->state == STATE_NO_KHO)
		return NULL;
	general = explain(e->desc->id, NULL, 0);
	if (!general && e != f->root)
		general = explain_event(e);
	return general && general != explain_root(f) ? general->what : NULL;
}

char *why_headline(const struct finding *f, enum explain_form form)
{
	const struct explanation *root = explain_root(f);
	const char *symptom = explain_symptom(f);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (symptom) {
		explain_write(out, symptom, strlen(symptom), &f->facts, form);
		fputs(": ", out);
	}
	explain_write(out, root->what, strlen(root->what), &f->facts, form);
	fclose(out);
	/* A name at the beginning keeps its case. */
	if (text && *(symptom ?: root->what) != '{' && *text >= 'a' && *text <= 'z')
		*text -= 'a' - 'A';
	return text;
}

static const struct event *deciding(const struct finding *f)
{
	return f->state == STATE_NONE ? f->root : NULL;
}

static const char *reason_of(const struct finding *f)
{
	if (f->state != STATE_NONE)
		return explain_state(f->state)->reason;
	if (event_has(f->root, FIELD_REASON) || event_has(f->root, FIELD_STAGE))
		return f->root->value[FIELD_REASON].text;
	return NULL;
}

/* Text */

static void put_sentence(FILE *out, const char *prefix, const char *text)
{
	fprintf(out, "%s%s.\n", prefix, text ?: "(out of memory)");
}

static void print_finding(FILE *out, const char *prefix, const struct finding *f)
{
	char *text = why_headline(f, EXPLAIN_TERMINAL);

	put_sentence(out, prefix, text);
	free(text);
}

/* Whether a file was in the way of the same kexec as the one of the first finding. */
static bool is_one_more(const struct verdict *v, size_t i)
{
	return v->findings[i].symptom && v->findings[i].symptom == v->findings[0].symptom &&
	       v->findings[i].state == STATE_NONE && v->findings[0].state == STATE_NONE;
}

static void print_more(FILE *out, const struct verdict *v, size_t i)
{
	const struct finding *f = &v->findings[i];
	const char *what = explain_root(f)->what;
	char *text;

	if (!is_one_more(v, i)) {
		print_finding(out, "Also: ", f);
		return;
	}
	text = expand(what, strlen(what), &f->facts, EXPLAIN_TERMINAL);
	put_sentence(out, "Also: ", text);
	free(text);
}

/* For print_resets(). */
struct reset_list {
	FILE *out;
	size_t nr;
};

static void print_reset(void *data, const char *device)
{
	struct reset_list *list = data;

	fputs(list->nr++ ? ", " : "Reset before the kexec failed: ", list->out);
	escape_terminal(list->out, device);
}

static void print_resets(const struct answer *a, const struct finding *f)
{
	struct reset_list list = { a->out, 0 };

	if (!finding_has_resets(f))
		return;
	if (diagnosis_resets(a->question->diagnosis, f, print_reset, &list))
		fputs(".\n", a->out);
	else
		/* A filter of the recorder may have left them out. */
		fputs("Devices may have been reset before the kexec failed.\n", a->out);
}

static void print_decision(FILE *out, const struct finding *f)
{
	const struct event *e = deciding(f);

	fprintf(out, "Decided by: ");
	if (e)
		fprintf(out, "%s", e->desc->name);
	if (reason_of(f)) {
		fprintf(out, "%s", e ? " " : "");
		escape_terminal(out, reason_of(f));
	}
	if (e)
		fprintf(out, ", in %s kernel", e->previous ? "the previous" : "this");
	if (f->seen)
		fprintf(out, "; the user saw %s", errno_name(-f->seen) ?: "an errno");
	fputs(".\n", out);
}

static void print_middle(FILE *out, const struct finding *f)
{
	const char *what;
	char *text;

	if (!f->middle || f->middle == f->symptom)
		return;
	what = explain_event(f->middle)->what;
	text = expand(what, strlen(what), &f->facts, EXPLAIN_TERMINAL);
	put_sentence(out, "That is why ", text);
	free(text);
}

void why_advice(const struct finding *f, enum explain_form form,
		void (*print)(void *data, const char *line, bool first), void *data)
{
	const char *advice = explain_remedy(f)->advice;
	bool first = true;

	while (*advice) {
		size_t length = strcspn(advice, "\n");
		char *line = expand(advice, length, &f->facts, form);

		print(data, line ?: "", first);
		free(line);
		first = false;
		advice += length + !!advice[length];
	}
}

static void print_advice(void *out, const char *line, bool first)
{
	if (first)
		fputs("\nWhat to do:\n", out);
	fprintf(out, "  %s\n", line);
}

static void print_more_advice(void *out, const char *line, bool first)
{
	if (first)
		fputc('\n', out);
	fprintf(out, "    %s\n", line);
}

/* Each file that was in the way of the kexec has to be seen to. */
static void print_remedies(FILE *out, const struct verdict *v)
{
	size_t i;

	why_advice(&v->findings[0], EXPLAIN_ADVICE, print_advice, out);
	for (i = 1; i < v->nr; i++) {
		if (!is_one_more(v, i))
			continue;
		fputs("  Besides, ", out);
		escape_terminal(out, v->findings[i].facts.device ?: "the other file");
		fputs(":", out);
		why_advice(&v->findings[i], EXPLAIN_ADVICE, print_more_advice, out);
	}
}

static void show_item(void *data, const struct item *item)
{
	struct answer *a = data;
	struct sink *sink = &a->view->sink;

	if (item->event)
		sink->event(sink, item->event);
	else if (item->jump)
		sink->jump(sink, item->jump);
	else
		sink->lost(sink, item->loss);
}

static bool print_chain(struct answer *a)
{
	bool all = a->question->all;

	if (!diagnosis_chain(a->question->diagnosis, all, NULL, NULL))
		return true;
	a->view = view_columns_new(a->out, &a->question->columns);
	if (!a->view)
		return false;
	fputs("\nWhat happened:\n", a->out);
	a->view->begin(a->view, &a->question->info);
	diagnosis_chain(a->question->diagnosis, all, show_item, a);
	free(a->view);
	return true;
}

static void print_notes(FILE *out, const struct verdict *v)
{
	if (v->lost)
		fprintf(out, "\nThe answer may be incomplete: the journal does not have %" PRIu64 " records any more.\n",
			v->lost);
	if (v->blind)
		fprintf(out, "\nThe answer may be incomplete: the previous kernel's journal cannot be read: %s.\n",
			v->blind);
}

static void print_object(void *data, const char *name)
{
	struct answer *a = data;

	if (a->nr++ >= MAX_OBJECTS)
		return;
	fputs(a->nr == 1 ? " " : ", ", a->out);
	escape_terminal(a->out, name);
}

static void print_objects(struct answer *a, enum object_kind kind, const char *title)
{
	fprintf(a->out, "%s:", title);
	a->nr = 0;
	timeline_objects(a->question->timeline, kind, print_object, a);
	if (a->nr > MAX_OBJECTS)
		fprintf(a->out, " and %zu more", a->nr - MAX_OBJECTS);
	fputs(a->nr ? "\n" : " none\n", a->out);
}

/* A session may be called anything, but this is more likely. */
static bool looks_like_address(const char *object)
{
	return strchr(object, ':') && !object[strspn(object, "0123456789abcdefABCDEF:.")];
}

static void print_unknown(struct answer *a)
{
	size_t i;

	fputs("Nothing is recorded of ", a->out);
	escape_terminal(a->out, a->question->object);
	fputs(": it was not preserved, refused or retrieved, as far as the journal goes.\n", a->out);
	if (a->verdict->kind != OBJECT_DEVICE && looks_like_address(a->question->object))
		fputs("It was looked for as a session: a PCI address is written 0000:01:00.0, or 01:00.0.\n", a->out);
	for (i = 0; i < a->verdict->nr; i++)
		print_finding(a->out, i ? "" : "But note: ", &a->verdict->findings[i]);
	if (a->verdict->nr)
		why_advice(&a->verdict->findings[0], EXPLAIN_ADVICE, print_advice, a->out);
	fputs("\n", a->out);
	print_objects(a, OBJECT_SESSION, "Sessions that are recorded");
	print_objects(a, OBJECT_DEVICE, "Devices that are recorded");
	print_notes(a->out, a->verdict);
}

static void print_fine(const struct answer *a)
{
	const struct verdict *v = a->verdict;
	char *text = expand(v->fine, strlen(v->fine), &v->facts, EXPLAIN_TERMINAL);

	fputs("Nothing went wrong with ", a->out);
	escape_terminal(a->out, a->question->object);
	put_sentence(a->out, ": ", text);
	free(text);
}

/* Returns false without memory. */
static bool print_text(struct answer *a)
{
	const struct verdict *v = a->verdict;
	size_t i;

	if (v->incomplete)
		fprintf(a->out, "The recording is not complete: %s. As far as it goes:\n",
			v->incomplete);
	if (!v->known) {
		print_unknown(a);
		return true;
	}
	if (v->nr) {
		print_finding(a->out, "", &v->findings[0]);
		print_middle(a->out, &v->findings[0]);
		print_decision(a->out, &v->findings[0]);
		print_resets(a, &v->findings[0]);
	} else {
		print_fine(a);
	}
	for (i = 1; i < v->nr; i++)
		print_more(a->out, v, i);
	if (!print_chain(a))
		return false;
	if (v->nr)
		print_remedies(a->out, v);
	print_notes(a->out, v);
	return true;
}

/* JSON: one object */

/* A link of the chain is an event, a jump or a loss. */
const struct table chain_table = { 0 };

static const struct table finding_table = {
	NULL, COLUMNS(COLUMN("rank", COUNT), COLUMN("sentence", TEXT, .help = "what went wrong"),
		COLUMN("decision", TEXT, .null = true, .help = "the event that decided it"),
		COLUMN("reason", TEXT, .null = true),
		COLUMN("kernel", TEXT, .null = true, .help = "previous or current"),
		COLUMN("failed_event", TEXT, .null = true),
		COLUMN("errno", ERRNO, .help = "what the user saw"),
		COLUMN("session", TEXT, .null = true), COLUMN("token", HEX, .null = true),
		COLUMN("device", TEXT, .null = true),
		COLUMN("reset", LIST, .help = "devices that were reset before the kexec failed"),
		COLUMN("advice", LIST, .help = "what to do, line by line"))
};

const struct table why_table = {
	"why", COLUMNS(COLUMN("schema", TEXT, .is = LUTRACE_SCHEMA), COLUMN("object", TEXT),
		COLUMN("kind", TEXT, .help = "session, file or device"),
		COLUMN("known", BOOL, .help = "something is recorded of the object"),
		COLUMN("fine", TEXT, .null = true,
		       .help = "what became of it, if nothing went wrong"),
		COLUMN("findings", LIST, .of = &finding_table), COLUMN("lost", COUNT),
		COLUMN("previous_journal", TEXT, .null = true, .help = "why it cannot be read"),
		COLUMN("incomplete", TEXT, .null = true, .help = "why the capture is"),
		COLUMN("sessions", LIST), COLUMN("devices", LIST),
		COLUMN("chain", LIST, .of = &chain_table))
};

static void json_name(void *j, const char *name)
{
	json_text(j, NULL, name);
}

static void json_line(void *j, const char *line, bool first)
{
	(void)first;
	json_text(j, NULL, line);
}

static void json_advice(struct json *j, const void *data)
{
	why_advice(data, EXPLAIN_RAW, json_line, j);
}

/* For json_resets(). */
struct of_finding {
	const struct diagnosis *diagnosis;
	const struct finding *finding;
};

static void json_resets(struct json *j, const void *data)
{
	const struct of_finding *of = data;

	diagnosis_resets(of->diagnosis, of->finding, json_name, j);
}

static void json_findings(struct json *j, const void *data)
{
	const struct answer *a = data;
	const struct verdict *v = a->verdict;
	size_t i;

	for (i = 0; i < v->nr; i++) {
		const struct finding *f = &v->findings[i];
		const struct of_finding of = { a->question->diagnosis, f };
		const struct event *e = deciding(f);
		char *text = why_headline(f, EXPLAIN_RAW);

		table_object(j, &finding_table, CELLS(
			cell_number(i + 1), cell_text(text ? text : "(out of memory)"),
			cell_text(e ? e->desc->name : NULL), cell_text(reason_of(f)),
			cell_text(!e ? NULL : e->previous ? "previous" : "current"),
			cell_text(f->symptom ? f->symptom->desc->name : NULL), cell_number(f->seen),
			cell_text(f->facts.session), cell_maybe(f->facts.has_token, f->facts.token),
			cell_text(f->facts.device), cell_written(json_resets, &of),
			cell_written(json_advice, f)));
		free(text);
	}
}

static void json_sessions(struct json *j, const void *timeline)
{
	timeline_objects(timeline, OBJECT_SESSION, json_name, j);
}

static void json_devices(struct json *j, const void *timeline)
{
	timeline_objects(timeline, OBJECT_DEVICE, json_name, j);
}

/* For diagnosis_chain(). */
struct chain {
	struct json *j;
	const struct trace_info *info;
};

static void json_item(void *data, const struct item *item)
{
	const struct chain *c = data;

	if (item->event)
		json_event(c->j, c->info, item->event);
	else if (item->jump)
		json_jump(c->j, c->info, item->jump);
	else
		json_lost(c->j, c->info, item->loss);
}

static void json_chain(struct json *j, const void *data)
{
	const struct answer *a = data;
	struct chain chain = { j, &a->question->info };

	if (a->verdict->known)
		diagnosis_chain(a->question->diagnosis, a->question->all, json_item, &chain);
}

static void print_json(struct answer *a)
{
	static const char *const kinds[] = {
		[OBJECT_SESSION] = "session",
		[OBJECT_FILE] = "file",
		[OBJECT_DEVICE] = "device",
	};
	const struct timeline *t = a->question->timeline;
	const struct verdict *v = a->verdict;
	char *fine = expand(v->fine, strlen(v->fine), &v->facts, EXPLAIN_RAW);

	table_line(a->out, &why_table, CELLS(
		cell_text(LUTRACE_SCHEMA), cell_text(a->question->object),
		cell_text(kinds[v->kind]), cell_number(v->known),
		cell_text(v->known && !v->nr ? fine : NULL),
		cell_written(json_findings, a), cell_number(v->lost), cell_text(v->blind),
		cell_text(v->incomplete), cell_written(json_sessions, t),
		cell_written(json_devices, t), cell_written(json_chain, a)));
	free(fine);
}

bool why_write(FILE *out, const struct question *question)
{
	struct answer a = {
		.question = question,
		.verdict = diagnosis_verdict(question->diagnosis),
		.out = out,
	};

	if (!question->json)
		return print_text(&a);
	print_json(&a);
	return true;
}
