// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "view/why.h"

/* An unknown object may well be a typing error: what there is, up to this. */
#define MAX_OBJECTS	20

/**
 * struct answer - One answer as it is written
 * @question: What was asked.
 * @verdict:  What it comes to.
 * @out:      Where it goes.
 * @view:     Shows the chain.
 * @chain:    Where that writes JSON.
 * @nr:       For counting.
 */
struct answer {
	const struct question *question;
	const struct verdict *verdict;
	FILE *out;
	struct view *view;
	FILE *chain;
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

/* What was asked for and failed, NULL where the root says it all. */
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
	/* Names that come first keep their case. */
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

void why_advice(FILE *out, const struct finding *f, enum explain_form form,
		void (*print)(FILE *out, const char *line, bool first))
{
	const char *advice = explain_root(f)->advice;
	bool first = true;

	while (*advice) {
		size_t length = strcspn(advice, "\n");
		char *line = expand(advice, length, &f->facts, form);

		print(out, line ?: "", first);
		free(line);
		first = false;
		advice += length + !!advice[length];
	}
}

static void print_advice(FILE *out, const char *line, bool first)
{
	if (first)
		fputs("\nWhat to do:\n", out);
	fprintf(out, "  %s\n", line);
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

static void print_objects(struct answer *a, enum object_kind kind,
			  const char *title)
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
	return strchr(object, ':') &&
	       !object[strspn(object, "0123456789abcdefABCDEF:.")];
}

static void print_unknown(struct answer *a)
{
	size_t i;

	fputs("Nothing is recorded of ", a->out);
	escape_terminal(a->out, a->question->object);
	fputs(": it was not preserved, refused or retrieved, as far as the journal goes.\n", a->out);
	if (a->verdict->kind != OBJECT_DEVICE &&
	    looks_like_address(a->question->object))
		fputs("It was looked for as a session: a PCI address is written 0000:01:00.0, or 01:00.0.\n", a->out);
	for (i = 0; i < a->verdict->nr; i++)
		print_finding(a->out, i ? "" : "But note: ", &a->verdict->findings[i]);
	if (a->verdict->nr)
		why_advice(a->out, &a->verdict->findings[0], EXPLAIN_ADVICE, print_advice);
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
	} else {
		print_fine(a);
	}
	for (i = 1; i < v->nr; i++)
		print_finding(a->out, "Also: ", &v->findings[i]);
	if (!print_chain(a))
		return false;
	if (v->nr)
		why_advice(a->out, &v->findings[0], EXPLAIN_ADVICE, print_advice);
	print_notes(a->out, v);
	return true;
}

/* JSON: one object */

static void put_json(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	if (text)
		json_string(out, text);
	else
		fputs("null", out);
}

static void put_json_finding(FILE *out, const struct finding *f)
{
	char *text = why_headline(f, EXPLAIN_RAW);
	const struct event *e = deciding(f);

	put_json(out, "sentence", text);
	free(text);
	put_json(out, "decision", e ? e->desc->name : NULL);
	put_json(out, "reason", reason_of(f));
	put_json(out, "kernel", !e ? NULL : e->previous ? "previous" : "current");
	put_json(out, "failed_event", f->symptom ? f->symptom->desc->name : NULL);
	fprintf(out, ",\"errno\":%d", f->seen);
	put_json(out, "errno_name", errno_name(-f->seen));
	put_json(out, "session", f->facts.session);
	if (f->facts.has_token)
		fprintf(out, ",\"token\":\"0x%" PRIx64 "\"", f->facts.token);
	else
		put_json(out, "token", NULL);
	put_json(out, "device", f->facts.device);
}

static void put_json_advice(FILE *out, const char *line, bool first)
{
	fputs(first ? "" : ",", out);
	json_string(out, line);
}

static void put_json_object(void *data, const char *name)
{
	struct answer *a = data;

	fputs(a->nr++ ? "," : "", a->out);
	json_string(a->out, name);
}

static void put_json_objects(struct answer *a, const char *key,
			     enum object_kind kind)
{
	fprintf(a->out, ",\"%s\":[", key);
	a->nr = 0;
	timeline_objects(a->question->timeline, kind, put_json_object, a);
	fputc(']', a->out);
}

static void separate_item(void *data, const struct item *item)
{
	struct answer *a = data;

	fputs(a->nr++ ? "," : "", a->chain);
	show_item(a, item);
}

/* The lines of the JSON view, as the elements of an array. */
static bool put_json_chain(struct answer *a)
{
	char *text = NULL;
	size_t size, begun;
	const char *p;

	a->chain = open_memstream(&text, &size);
	if (!a->chain)
		return false;
	a->view = view_json_new(a->chain);
	if (!a->view) {
		fclose(a->chain);
		free(text);
		return false;
	}
	a->view->begin(a->view, &a->question->info);
	fflush(a->chain);
	begun = size;
	a->nr = 0;
	if (a->verdict->known)
		diagnosis_chain(a->question->diagnosis, a->question->all,
				separate_item, a);
	free(a->view);
	fclose(a->chain);
	fputs(",\"chain\":[", a->out);
	for (p = text + begun; *p; p++) {
		if (*p != '\n')
			fputc(*p, a->out);
	}
	fputc(']', a->out);
	free(text);
	return true;
}

static bool print_json(struct answer *a)
{
	static const char *const kinds[] = {
		[OBJECT_SESSION] = "session",
		[OBJECT_FILE] = "file",
		[OBJECT_DEVICE] = "device",
	};
	const struct verdict *v = a->verdict;
	char *fine = expand(v->fine, strlen(v->fine), &v->facts, EXPLAIN_RAW);
	size_t i;
	bool ok;

	fputs("{\"type\":\"why\",\"schema\":\"" LUTRACE_SCHEMA "\"", a->out);
	put_json(a->out, "object", a->question->object);
	put_json(a->out, "kind", kinds[v->kind]);
	fprintf(a->out, ",\"known\":%s", v->known ? "true" : "false");
	put_json(a->out, "fine", v->known && !v->nr ? fine : NULL);
	free(fine);
	fputs(",\"findings\":[", a->out);
	for (i = 0; i < v->nr; i++) {
		fprintf(a->out, "%s{\"rank\":%zu", i ? "," : "", i + 1);
		put_json_finding(a->out, &v->findings[i]);
		fputs(",\"advice\":[", a->out);
		why_advice(a->out, &v->findings[i], EXPLAIN_RAW, put_json_advice);
		fputs("]}", a->out);
	}
	fprintf(a->out, "],\"lost\":%" PRIu64, v->lost);
	put_json(a->out, "previous_journal", v->blind);
	put_json(a->out, "incomplete", v->incomplete);
	put_json_objects(a, "sessions", OBJECT_SESSION);
	put_json_objects(a, "devices", OBJECT_DEVICE);
	ok = put_json_chain(a);
	fputs("}\n", a->out);
	return ok;
}

bool why_write(FILE *out, const struct question *question)
{
	struct answer a = {
		.question = question,
		.verdict = diagnosis_verdict(question->diagnosis),
		.out = out,
	};

	return question->json ? print_json(&a) : print_text(&a);
}
