/* SPDX-License-Identifier: GPL-2.0 */
/* What test programs have in common: expectations, and cases that are KTAP. */
#ifndef LUTRACE_TESTS_UNIT_H
#define LUTRACE_TESTS_UNIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool case_failed;

static void fail(int line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void fail(int line, const char *format, ...)
{
	va_list args;

	case_failed = true;
	printf("# line %d: ", line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

#define EXPECT(condition)						\
	do {								\
		if (!(condition))					\
			fail(__LINE__, "not true: %s", #condition);	\
	} while (0)

#define EXPECT_STREQ(actual, expected)					\
	do {								\
		const char *a_ = (actual), *e_ = (expected);		\
									\
		if (!a_ || strcmp(a_, e_))				\
			fail(__LINE__, "got      \"%s\"\n#     expected \"%s\"", \
			     a_ ? a_ : "(null)", e_);			\
	} while (0)

#define EXPECT_HAS(actual, part)					\
	do {								\
		if (!strstr(actual, part))				\
			fail(__LINE__, "no \"%s\" in \"%s\"", part, actual); \
	} while (0)

struct test_case {
	const char *name;
	void (*run)(void);
};

#define CASE(name) { #name, name }

/* Returns the exit status. */
static inline int run_cases(const struct test_case *cases, size_t nr)
{
	size_t i, failed = 0;

	printf("KTAP version 1\n1..%zu\n", nr);
	for (i = 0; i < nr; i++) {
		case_failed = false;
		cases[i].run();
		failed += case_failed;
		printf("%sok %zu %s\n", case_failed ? "not " : "", i + 1,
		       cases[i].name);
	}
	printf("# Totals: pass:%zu fail:%zu xfail:0 xpass:0 skip:0 error:0\n",
	       nr - failed, failed);
	return failed ? 1 : 0;
}

#endif /* LUTRACE_TESTS_UNIT_H */
