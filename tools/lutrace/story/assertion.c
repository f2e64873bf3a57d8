// SPDX-License-Identifier: GPL-2.0
/*
 * A text is lines of words; a # begins a comment. lutrace-expect(1) describes the language. All of
 * the text is read before any event is looked at.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/util.h"
#include "story/assertion.h"

#define MAX_CONDITIONS	16
#define MAX_STEPS	64
#define MAX_WORDS	64
#define MAX_WORD	256
#define NO_LIMIT	SIZE_MAX
/* At most this many events are shown that should not be there. */
#define MAX_SHOWN	5

/* The keys that a condition may have besides the fields of an event. */
enum extra {
	EXTRA_FAILED = NR_FIELDS,
	EXTRA_KERNEL,
	EXTRA_GENERATION,
	EXTRA_COMM,
	EXTRA_PID,
	EXTRA_BLACKOUT,
	NR_KEYS,
};

static const char *const extra_keys[] = {
	"failed", "kernel", "generation", "comm", "pid", "blackout_ns"
};

enum operator {
	IS,
	IS_NOT,
	IS_LESS,
	IS_MORE,
};

/**
 * struct condition - "key=value"
 * @key:      enum field_id or enum extra.
 * @operator: How it is compared.
 * @text:     The value that it is compared to, as it was written.
 * @number:   The same as a number, where the key is one.
 */
struct condition {
	unsigned int key;
	enum operator operator;
	char text[MAX_WORD];
	int64_t number;
};

/**
 * struct pattern - Which events are meant
 * @name:       A glob; "jump" for the jump.
 * @is_jump:    The jump is meant.
 * @conditions: All of them must hold.
 * @nr:         How many.
 */
struct pattern {
	char name[MAX_WORD];
	bool is_jump;
	struct condition conditions[MAX_CONDITIONS];
	size_t nr;
};

enum kind {
	EXPECT,
	NEVER,
	SEQUENCE,
};

/**
 * struct assertion - One statement
 * @kind:      What it says.
 * @line:      The number of its first line.
 * @label:     Its first line.
 * @min:       EXPECT: how many events at least.
 * @max:       EXPECT: how many events at most.
 * @within_ns: SEQUENCE: time from the first to the last; 0 for any time.
 * @steps:     EXPECT: the pattern. NEVER: the pattern, and the two between which it counts, if
 *             there are such. SEQUENCE: all patterns.
 * @nr:        How many patterns.
 */
struct assertion {
	enum kind kind;
	size_t line;
	char label[MAX_WORD];
	size_t min;
	size_t max;
	uint64_t within_ns;
	struct pattern *steps;
	size_t nr;
};

struct assertions {
	struct assertion *assertion;
	size_t nr;
};

/* Reading */

struct word {
	char text[MAX_WORD];
	size_t column;
};

struct parser {
	const char *at;
	const char *end;
	size_t line;
	const struct parameter *parameters;
	size_t nr_parameters;
	struct assertion_error *error;
	struct word words[MAX_WORDS];
	size_t nr;
	char label[MAX_WORD];
	struct assertions *result;
};

static bool complain_at(struct parser *p, size_t column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool complain_at(struct parser *p, size_t column, const char *format, ...)
{
	va_list args;

	p->error->line = p->line;
	p->error->column = column;
	va_start(args, format);
	vsnprintf(p->error->message, sizeof(p->error->message), format, args);
	va_end(args);
	return false;
}

static bool append(struct parser *p, struct word *word, size_t *length, char c)
{
	if (*length + 1 >= sizeof(word->text))
		return complain_at(p, word->column, "a word has more than %zu characters",
				   sizeof(word->text) - 1);
	word->text[(*length)++] = c;
	word->text[*length] = '\0';
	return true;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Appends the value of "$name" or "${name}"; *@at is after the $, and then after the name. */
static bool append_parameter(struct parser *p, struct word *word, size_t *length,
			     const char **at, const char *end, size_t column)
{
	bool braces = *at < end && **at == '{';
	const char *name = *at += braces, *value = NULL;
	size_t size, i;

	while (*at < end && is_name(**at))
		(*at)++;
	size = *at - name;
	if (braces && (*at == end || *(*at)++ != '}'))
		return complain_at(p, column, "there is no } after ${");
	if (!size)
		return complain_at(p, column,
				   "a $ has no name after it: write \\$ for the character");
	for (i = 0; i < p->nr_parameters; i++) {
		if (strlen(p->parameters[i].name) == size &&
		    !strncmp(p->parameters[i].name, name, size))
			value = p->parameters[i].value;
	}
	if (!value)
		return complain_at(p, column, "$%.*s is not defined: give it with -D %.*s=VALUE",
				   (int)size, name, (int)size, name);
	for (; *value; value++) {
		if (!append(p, word, length, *value))
			return false;
	}
	return true;
}

/* Reads one word at *@at; blanks in it are between quotes or after a backslash. */
static bool read_word(struct parser *p, const char *line, const char **at, const char *end)
{
	struct word *word = &p->words[p->nr];
	bool quoted = false;
	size_t length = 0;

	if (p->nr == MAX_WORDS)
		return complain_at(p, *at - line + 1, "a line has more than %d words", MAX_WORDS);
	word->column = *at - line + 1;
	word->text[0] = '\0';
	while (*at < end && (quoted || !isspace((unsigned char)**at))) {
		size_t column = *at - line + 1;
		char c = *(*at)++;

		if (!c)
			return complain_at(p, column, "there is a zero byte");
		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '$') {
			if (!append_parameter(p, word, &length, at, end, column))
				return false;
			continue;
		}
		if (c == '\\' && *at == end)
			return complain_at(p, column, "a backslash has nothing after it");
		if (c == '\\')
			c = *(*at)++;
		if (!append(p, word, &length, c))
			return false;
	}
	if (quoted)
		return complain_at(p, word->column, "a quote is not closed");
	p->nr++;
	return true;
}

/* Reads the next line that has words. Returns false at the end, or where it is bad. */
static bool read_line(struct parser *p)
{
	p->nr = 0;
	while (!p->nr && p->at < p->end) {
		const char *line = p->at, *at = line;
		const char *end = memchr(line, '\n', p->end - line);

		if (!end)
			end = p->end;
		p->at = end < p->end ? end + 1 : end;
		p->line++;
		while (at < end) {
			if (isspace((unsigned char)*at)) {
				at++;
				continue;
			}
			if (*at == '#')
				break;
			if (!p->nr)
				snprintf(p->label, sizeof(p->label), "%.*s", (int)(end - at), at);
			if (!read_word(p, line, &at, end))
				return false;
		}
	}
	return p->nr;
}

static bool failed(const struct parser *p)
{
	return p->error->line;
}

static const char *key_name(unsigned int key)
{
	return key < NR_FIELDS ? field_descs[key].key : extra_keys[key - NR_FIELDS];
}

static bool is_number(unsigned int key)
{
	switch (key) {
	case EXTRA_GENERATION:
	case EXTRA_PID:
	case EXTRA_BLACKOUT:
		return true;
	case EXTRA_FAILED:
	case EXTRA_KERNEL:
	case EXTRA_COMM:
		return false;
	default:
		return field_descs[key].type != FIELD_TYPE_TEXT;
	}
}

static bool is_bool(unsigned int key)
{
	return key == EXTRA_FAILED ||
	       (key < NR_FIELDS && field_descs[key].type == FIELD_TYPE_BOOL);
}

static bool is_duration(unsigned int key)
{
	return key == EXTRA_BLACKOUT || key == FIELD_DURATION;
}

/* "5ms", "1.5s", "300us", or nanoseconds. */
static bool read_duration(const char *text, uint64_t *ns)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 }, { "us", NSEC_PER_USEC }, { "ms", NSEC_PER_MSEC },
		{ "s", NSEC_PER_SEC },
	};
	size_t length = strlen(text), i;
	char number[32];

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		size_t unit = strlen(units[i].unit);

		if (length <= unit || length - unit >= sizeof(number) ||
		    strcmp(text + length - unit, units[i].unit))
			continue;
		snprintf(number, sizeof(number), "%.*s", (int)(length - unit), text);
		return parse_duration(number, units[i].ns, ns);
	}
	return parse_u64(text, ns);
}

static bool read_errno(const char *text, int64_t *number)
{
	int err;

	*number = 0;
	if (!strcmp(text, "0"))
		return true;
	err = parse_errno(text);
	*number = -err;
	return err;
}

static bool read_number(struct parser *p, struct condition *c, size_t column)
{
	uint64_t number = 0;
	bool ok;

	if (is_bool(c->key)) {
		c->number = !strcmp(c->text, "true") || !strcmp(c->text, "yes");
		ok = c->number || !strcmp(c->text, "false") || !strcmp(c->text, "no");
	} else if (c->key == FIELD_ERRNO) {
		ok = read_errno(c->text, &c->number);
	} else if (!strcmp(c->text, "-")) {
		return true;
	} else {
		ok = is_duration(c->key) ? read_duration(c->text, &number) :
					   parse_u64(c->text, &number);
		c->number = number;
	}
	if (!ok)
		return complain_at(p, column, "%s cannot be '%.60s'", key_name(c->key), c->text);
	return true;
}

/* "key=value", "key!=value", "key<value" or "key>value" */
static bool read_condition(struct parser *p, const struct word *word, struct condition *c)
{
	size_t length = strcspn(word->text, "=!<>"), i;
	const char *value = word->text + length;

	for (i = 0; i < NR_KEYS; i++) {
		if (strlen(key_name(i)) == length && !strncmp(key_name(i), word->text, length))
			break;
	}
	if (!*value)
		return complain_at(p, word->column,
				   "'%.60s' is no condition: write FIELD=VALUE", word->text);
	if (i == NR_KEYS)
		return complain_at(p, word->column,
				   "there is no field '%.*s': see 'lutrace trace --list'",
				   (int)(length < 60 ? length : 60), word->text);
	c->key = i;
	c->operator = *value == '=' ? IS : *value == '<' ? IS_LESS :
		      *value == '>' ? IS_MORE : IS_NOT;
	if (*value == '!' && *++value != '=')
		return complain_at(p, word->column + length, "write != for is not");
	snprintf(c->text, sizeof(c->text), "%s", value + 1);
	if (!is_number(i) && !is_bool(i)) {
		if (c->operator == IS_LESS || c->operator == IS_MORE)
			return complain_at(p, word->column + length,
					   "%s is a text: it is or is not", key_name(i));
		return true;
	}
	return read_number(p, c, word->column + (value + 1 - word->text));
}

static bool name_fits(const struct pattern *pattern, const struct event_desc *desc)
{
	return !fnmatch(pattern->name, desc->name, 0);
}

static bool has_fields(const struct pattern *pattern, const struct event_desc *desc)
{
	size_t i;

	for (i = 0; i < pattern->nr; i++) {
		unsigned int key = pattern->conditions[i].key;

		if (key < NR_FIELDS && !(desc->fields & 1U << key))
			return false;
	}
	return true;
}

/* At least one of the events that are meant must have all the fields. */
static bool check_pattern(struct parser *p, const struct pattern *pattern, size_t column)
{
	bool any = false;
	size_t id;

	for (id = 0; id < LUTRACE_NR_EVENTS; id++) {
		if (!name_fits(pattern, &event_descs[id]))
			continue;
		any = true;
		if (has_fields(pattern, &event_descs[id]))
			return true;
	}
	if (glob_fits_unknown(pattern->name)) {
		any = true;
		if (has_fields(pattern, &unknown_event_desc))
			return true;
	}
	if (!any && event_renamed(pattern->name))
		return complain_at(p, column, "there is no event '%.60s': it is called %s now",
				   pattern->name, event_renamed(pattern->name));
	if (!any)
		return complain_at(p, column,
				   "there is no event '%.60s': see 'lutrace trace --list'",
				   pattern->name);
	return complain_at(p, column,
			   "no event '%.60s' has all of these fields: see 'lutrace trace --list'",
			   pattern->name);
}

/* Reads the words from @from up to @to. */
static bool read_pattern(struct parser *p, size_t from, size_t to, struct pattern *pattern)
{
	size_t i;

	memset(pattern, 0, sizeof(*pattern));
	if (from >= to)
		return complain_at(p, p->words[p->nr - 1].column,
				   "an event has to come here, such as 'pci.probe decision=block'");
	strcpy(pattern->name, p->words[from].text);
	pattern->is_jump = !strcmp(pattern->name, "jump");
	for (i = from + 1; i < to; i++) {
		struct condition *c = &pattern->conditions[pattern->nr];

		if (pattern->nr == MAX_CONDITIONS)
			return complain_at(p, p->words[i].column,
					   "there are more than %d conditions", MAX_CONDITIONS);
		if (!read_condition(p, &p->words[i], c))
			return false;
		if (pattern->is_jump && c->key != EXTRA_GENERATION && c->key != EXTRA_BLACKOUT)
			return complain_at(p, p->words[i].column,
					   "a jump has generation and blackout_ns");
		pattern->nr++;
	}
	return pattern->is_jump || check_pattern(p, pattern, p->words[from].column);
}

static struct pattern *add_step(struct assertion *a)
{
	struct pattern *steps = reallocarray(a->steps, a->nr + 1, sizeof(*steps));

	if (!steps)
		return NULL;
	a->steps = steps;
	return &steps[a->nr++];
}

static bool read_step(struct parser *p, struct assertion *a, size_t from, size_t to)
{
	struct pattern *step = add_step(a);

	if (!step) {
		p->error->line = p->line;
		return false;
	}
	return read_pattern(p, from, to, step);
}

/* "3", "1..", "..2" or "1..2" */
static bool read_range(struct parser *p, const struct word *word, struct assertion *a)
{
	char *dots = strstr(word->text, "..");
	uint64_t min = 0, max = NO_LIMIT;
	bool ok;

	if (dots) {
		*dots = '\0';
		ok = (!*word->text || parse_u64(word->text, &min)) &&
		     (!dots[2] || parse_u64(dots + 2, &max)) &&
		     (*word->text || dots[2]) && min <= max;
	} else {
		ok = parse_u64(word->text, &min);
		max = min;
	}
	a->min = min;
	a->max = max;
	if (!ok)
		return complain_at(p, word->column, "how many? 3, 1.., ..2 or 1..2");
	return true;
}

static bool read_expect(struct parser *p, struct assertion *a)
{
	size_t from = 1;

	a->min = 1;
	a->max = NO_LIMIT;
	if (p->nr > 1 && (isdigit((unsigned char)p->words[1].text[0]) ||
			  !strncmp(p->words[1].text, "..", 2))) {
		if (!read_range(p, &p->words[1], a))
			return false;
		from = 2;
	}
	return read_step(p, a, from, p->nr);
}

/* never PATTERN [between PATTERN and PATTERN] */
static bool read_never(struct parser *p, struct assertion *a)
{
	size_t between, and;

	for (between = 1; between < p->nr; between++) {
		if (!strcmp(p->words[between].text, "between"))
			break;
	}
	if (!read_step(p, a, 1, between))
		return false;
	if (between == p->nr)
		return true;
	for (and = between; and < p->nr; and++) {
		if (!strcmp(p->words[and].text, "and"))
			break;
	}
	if (and == p->nr)
		return complain_at(p, p->words[between].column, "between one event 'and' another");
	return read_step(p, a, between + 1, and) && read_step(p, a, and + 1, p->nr);
}

/* sequence [within DURATION], a pattern a line, end */
static bool read_sequence(struct parser *p, struct assertion *a)
{
	size_t line = p->line, column = p->words[0].column;

	if (p->nr > 1 && (p->nr != 3 || strcmp(p->words[1].text, "within")))
		return complain_at(p, p->words[1].column,
				   "write 'sequence' or 'sequence within DURATION'");
	if (p->nr == 3 && (!read_duration(p->words[2].text, &a->within_ns) || !a->within_ns))
		return complain_at(p, p->words[2].column,
				   "'%.60s' is no duration, such as 500ms or 5s", p->words[2].text);
	while (read_line(p)) {
		if (p->nr == 1 && !strcmp(p->words[0].text, "end"))
			break;
		if (a->nr == MAX_STEPS)
			return complain_at(p, 1, "a sequence has more than %d events", MAX_STEPS);
		if (!read_step(p, a, 0, p->nr))
			return false;
	}
	if (failed(p))
		return false;
	if (!p->nr || a->nr < 2) {
		p->line = line;
		return complain_at(p, column, p->nr ? "a sequence is two events or more" :
				   "the sequence has no 'end'");
	}
	return true;
}

static bool read_assertion(struct parser *p)
{
	static const struct {
		const char *name;
		enum kind kind;
		bool (*read)(struct parser *p, struct assertion *a);
	} kinds[] = {
		{ "expect", EXPECT, read_expect },
		{ "never", NEVER, read_never },
		{ "sequence", SEQUENCE, read_sequence },
	};
	struct assertions *all = p->result;
	struct assertion *a;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(p->words[0].text, kinds[i].name))
			break;
	}
	if (i == ARRAY_SIZE(kinds))
		return complain_at(p, p->words[0].column,
				   "a statement begins with expect, never or sequence, not with "
				   "'%.60s'",
				   p->words[0].text);
	a = reallocarray(all->assertion, all->nr + 1, sizeof(*a));
	if (!a) {
		p->error->line = p->line;
		return false;
	}
	all->assertion = a;
	a += all->nr++;
	*a = (struct assertion){ .kind = kinds[i].kind, .line = p->line };
	strcpy(a->label, p->label);
	return kinds[i].read(p, a);
}

struct assertions *assertions_parse(const char *text, size_t size,
				    const struct parameter *parameters,
				    size_t nr_parameters,
				    struct assertion_error *error)
{
	struct parser *p = calloc(1, sizeof(*p));
	struct assertions *result = calloc(1, sizeof(*result));

	*error = (struct assertion_error){ 0 };
	if (!p || !result) {
		error->line = 1;
		goto out;
	}
	p->at = text;
	p->end = text + size;
	p->parameters = parameters;
	p->nr_parameters = nr_parameters;
	p->error = error;
	p->result = result;
	while (read_line(p)) {
		if (!read_assertion(p))
			break;
	}
	if (!p->line)
		p->line = 1;
	if (!failed(p) && !result->nr)
		complain_at(p, 1, "there is no assertion in it");
out:
	free(p);
	if (!error->line)
		return result;
	assertions_free(result);
	return NULL;
}

void assertions_free(struct assertions *all)
{
	size_t i;

	if (!all)
		return;
	for (i = 0; i < all->nr; i++)
		free(all->assertion[i].steps);
	free(all->assertion);
	free(all);
}

size_t assertions_count(const struct assertions *all)
{
	return all->nr;
}

/* Matching */

/* Gives the number of a key; false where it is not known. */
static bool number_of(const struct item *item, unsigned int key, int64_t *number)
{
	const struct event *e = item->event;

	if (!e) {
		*number = key == EXTRA_GENERATION ? (int64_t)item->jump->generation :
						    item->jump->blackout_ns;
		return key == EXTRA_GENERATION ? item->jump->has_generation :
						 item->jump->has_blackout;
	}
	switch (key) {
	case EXTRA_FAILED:
		*number = e->failed;
		return true;
	case EXTRA_GENERATION:
		*number = e->generation;
		return e->has_generation;
	case EXTRA_PID:
		*number = e->pid;
		return true;
	case EXTRA_BLACKOUT:
		*number = e->blackout_ns;
		return e->has_blackout;
	default:
		*number = e->value[key].number;
		return true;
	}
}

static const char *text_of(const struct event *e, unsigned int key)
{
	if (key == EXTRA_KERNEL)
		return e->previous ? "previous" : "current";
	if (key == EXTRA_COMM)
		return e->comm;
	return e->value[key].text;
}

static bool compare_number(const struct condition *c, bool known, int64_t number)
{
	bool is = known ? strcmp(c->text, "-") && number == c->number : !strcmp(c->text, "-");
	/* Tokens have all 64 bits. */
	bool less = c->key == FIELD_TOKEN ?
		    (uint64_t)number < (uint64_t)c->number : number < c->number;

	switch (c->operator) {
	case IS:
		return is;
	case IS_NOT:
		return !is;
	case IS_LESS:
		return known && less;
	default:
		return known && !less && number != c->number;
	}
}

static bool holds(const struct condition *c, const struct item *item)
{
	const struct event *e = item->event;
	const char *text;
	int64_t number;
	bool known, is;

	if (e && c->key < NR_FIELDS && !event_has(e, c->key))
		return false;
	if (is_number(c->key) || is_bool(c->key)) {
		known = number_of(item, c->key, &number);
		return compare_number(c, known, number);
	}
	text = text_of(e, c->key);
	is = text ? !fnmatch(c->text, text, 0) : !strcmp(c->text, "-");
	return is == (c->operator == IS);
}

/* How many conditions do not hold; SIZE_MAX where the item is another event. */
static size_t distance(const struct pattern *pattern, const struct item *item)
{
	size_t i, wrong = 0;

	if (pattern->is_jump ? !item->jump :
	    !item->event || !name_fits(pattern, item->event->desc))
		return SIZE_MAX;
	for (i = 0; i < pattern->nr; i++)
		wrong += !holds(&pattern->conditions[i], item);
	return wrong;
}

static bool fits(const struct pattern *pattern, const struct timeline *t, size_t i)
{
	return !distance(pattern, &t->entries[i].item);
}

/* Index of the first entry from @from on that fits, or @t->nr. */
static size_t next_fit(const struct pattern *pattern, const struct timeline *t, size_t from)
{
	while (from < t->nr && !fits(pattern, t, from))
		from++;
	return from;
}

/* Writing */

static void tell_value(FILE *out, const struct item *item, unsigned int key)
{
	const struct event *e = item->event;
	int64_t number = 0;
	const char *text;

	if (!is_number(key) && !is_bool(key)) {
		text = text_of(e, key);
		escape_terminal(out, text ? text : "-");
		return;
	}
	if (!number_of(item, key, &number))
		fputc('-', out);
	else if (is_bool(key))
		fputs(number ? "true" : "false", out);
	else if (key == FIELD_ERRNO && number && errno_name(-number))
		fputs(errno_name(-number), out);
	else if (key < NR_FIELDS && field_descs[key].type == FIELD_TYPE_HEX)
		fprintf(out, "0x%" PRIx64, (uint64_t)number);
	else
		fprintf(out, "%" PRId64, number);
}

/* Writes the item as one would ask for it. */
static void tell_item(FILE *out, const struct item *item)
{
	const struct event *e = item->event;
	unsigned int key;

	if (!e) {
		fputs("jump generation=", out);
		tell_value(out, item, EXTRA_GENERATION);
		fputs(" blackout_ns=", out);
		tell_value(out, item, EXTRA_BLACKOUT);
		return;
	}
	fputs(e->desc->name, out);
	for (key = 0; key < NR_FIELDS; key++) {
		if (!event_has(e, key))
			continue;
		fprintf(out, " %s=", key_name(key));
		tell_value(out, item, key);
	}
	fprintf(out, " kernel=%s", e->previous ? "previous" : "current");
}

static void tell_pattern(FILE *out, const struct pattern *pattern)
{
	static const char *const operators[] = { "=", "!=", "<", ">" };
	size_t i;

	escape_terminal(out, pattern->name);
	for (i = 0; i < pattern->nr; i++) {
		const struct condition *c = &pattern->conditions[i];

		fprintf(out, " %s%s", key_name(c->key), operators[c->operator]);
		escape_terminal(out, c->text);
	}
}

static void tell_difference(FILE *out, const struct pattern *pattern, const struct item *item)
{
	static const char *const words[] = {
		", not ", ", and should be another", ", not less than ",
		", not more than "
	};
	size_t i;

	for (i = 0; i < pattern->nr; i++) {
		const struct condition *c = &pattern->conditions[i];

		if (holds(c, item))
			continue;
		fprintf(out, "#            ^ %s ", key_name(c->key));
		if (item->event && c->key < NR_FIELDS && !event_has(item->event, c->key)) {
			fputs("is not in it\n", out);
			continue;
		}
		fputs("is ", out);
		tell_value(out, item, c->key);
		fputs(words[c->operator], out);
		if (c->operator != IS_NOT)
			escape_terminal(out, c->text);
		fputc('\n', out);
	}
}

/* Writes what was expected, and what is most like it from @from on. */
static void tell_missing(FILE *out, const struct pattern *pattern,
			 const struct timeline *t, size_t from)
{
	size_t best = SIZE_MAX, at = 0, i;

	fputs("# - expected ", out);
	tell_pattern(out, pattern);
	fputc('\n', out);
	for (i = from; i < t->nr; i++) {
		size_t wrong = distance(pattern, &t->entries[i].item);

		/* An item that fits was counted already. */
		if (wrong && wrong < best) {
			best = wrong;
			at = i;
		}
	}
	if (best == SIZE_MAX) {
		fputs("# + there is nothing like it", out);
		fputs(from ? " after that\n" : "\n", out);
		return;
	}
	fputs("# + came     ", out);
	tell_item(out, &t->entries[at].item);
	fputc('\n', out);
	tell_difference(out, pattern, &t->entries[at].item);
}

static void tell_there(FILE *out, const struct timeline *t, size_t i)
{
	fputs("# + came     ", out);
	tell_item(out, &t->entries[i].item);
	fputc('\n', out);
}

static bool check_expect(FILE *out, const struct assertion *a, const struct timeline *t)
{
	const struct pattern *pattern = &a->steps[0];
	size_t i, found = 0, shown = 0;

	for (i = next_fit(pattern, t, 0); i < t->nr; i = next_fit(pattern, t, i + 1))
		found++;
	if (found >= a->min && found <= a->max)
		return true;
	fprintf(out, "# found %zu", found);
	if (found < a->min)
		fprintf(out, ", not %zu%s\n", a->min, a->max > a->min ? " or more" : "");
	else
		fprintf(out, ", not %zu%s\n", a->max, a->max > a->min ? " or fewer" : "");
	if (!found) {
		tell_missing(out, pattern, t, 0);
		return false;
	}
	for (i = next_fit(pattern, t, 0); i < t->nr && shown < MAX_SHOWN;
	     i = next_fit(pattern, t, i + 1)) {
		tell_there(out, t, i);
		shown++;
	}
	return false;
}

static bool check_never(FILE *out, const struct assertion *a, const struct timeline *t)
{
	bool bounded = a->nr == 3, in = !bounded;
	size_t i, bad = 0;

	for (i = 0; i < t->nr; i++) {
		if (bounded && in && fits(&a->steps[2], t, i))
			in = false;
		if (in && fits(&a->steps[0], t, i)) {
			if (bad++ < MAX_SHOWN)
				tell_there(out, t, i);
		}
		if (bounded && !in && fits(&a->steps[1], t, i))
			in = true;
	}
	if (bad > MAX_SHOWN)
		fprintf(out, "# and %zu more\n", bad - MAX_SHOWN);
	return !bad;
}

static int64_t time_at(const struct timeline *t, size_t i)
{
	const struct item *item = &t->entries[i].item;

	return item->event ? item->event->boottime_ns : item->jump->boottime_ns;
}

/*
 * Follows the sequence from its first event at @first: each step is the next event that fits.
 * Returns how many steps were found; the last is at *@last.
 */
static size_t follow_steps(const struct assertion *a, const struct timeline *t, size_t first,
			   size_t *last)
{
	size_t step = 1;

	*last = first;
	while (step < a->nr) {
		size_t next = next_fit(&a->steps[step], t, *last + 1);

		if (next == t->nr)
			break;
		*last = next;
		step++;
	}
	return step;
}

static bool check_sequence(FILE *out, const struct assertion *a, const struct timeline *t)
{
	size_t first, last, most = 0, most_last = 0, most_first = 0;
	bool late = false;

	for (first = next_fit(&a->steps[0], t, 0); first < t->nr;
	     first = next_fit(&a->steps[0], t, first + 1)) {
		size_t found = follow_steps(a, t, first, &last);

		if (found == a->nr && (!a->within_ns ||
		    time_at(t, last) - time_at(t, first) <= (int64_t)a->within_ns))
			return true;
		late |= found == a->nr;
		if (found > most) {
			most = found;
			most_first = first;
			most_last = last;
		}
	}
	if (late) {
		char took[SHORT_SIZE];

		fprintf(out, "# all of it came, but in %s\n",
			format_short(time_at(t, most_last) -
				     time_at(t, most_first), took));
		tell_there(out, t, most_first);
		tell_there(out, t, most_last);
		return false;
	}
	if (most) {
		fprintf(out, "# %zu of %zu came, the last of them\n", most, a->nr);
		tell_there(out, t, most_last);
	}
	tell_missing(out, &a->steps[most], t, most ? most_last + 1 : 0);
	return false;
}

size_t assertions_check(FILE *out, const struct assertions *all, const struct timeline *t)
{
	static bool (*const checks[])(FILE *out, const struct assertion *a,
				      const struct timeline *t) = {
		[EXPECT] = check_expect,
		[NEVER] = check_never,
		[SEQUENCE] = check_sequence,
	};
	size_t i, bad = 0;

	fprintf(out, "KTAP version 1\n1..%zu\n", all->nr);
	if (t->incomplete)
		fprintf(out, "# The recording is not complete: %s. "
			"What is not found may have happened.\n", t->incomplete);
	if (t->lost)
		fprintf(out, "# %" PRIu64 " records are missing: "
			"what is not found may have happened.\n", t->lost);
	for (i = 0; i < all->nr; i++) {
		const struct assertion *a = &all->assertion[i];
		bool ok = checks[a->kind](out, a, t);

		bad += !ok;
		fprintf(out, "%sok %zu line %zu: ", ok ? "" : "not ", i + 1, a->line);
		escape_terminal(out, a->label);
		fputc('\n', out);
	}
	fprintf(out, "# Totals: pass:%zu fail:%zu xfail:0 xpass:0 skip:0 error:0\n",
		all->nr - bad, bad);
	return bad;
}
