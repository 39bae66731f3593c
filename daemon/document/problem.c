/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/document/problem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "daemon/error.h"

static const struct {
    int code;
    const char *kind;
    const char *keyword;
} problems[] = {
    {PR_EFORMAT, "format", "document-format-error"},
    {PR_EUNSUPPORTED, "encrypted", "document-unprintable-error"},
    {PR_ELIMIT, "limit", "document-unprintable-error"},
    {PR_ETIMEOUT, "timeout", "document-unprintable-error"},
    {PR_ECRASHED, "crashed", "document-unprintable-error"},
};
enum { PROBLEMS = sizeof problems / sizeof problems[0] };

int problem_set(struct problem *ret_problem, int code, const char *format, ...)
{
    va_list arguments;

    ret_problem->code = code;
    va_start(arguments, format);
    vsnprintf(ret_problem->message, sizeof ret_problem->message, format, arguments);
    va_end(arguments);
    return code;
}

static size_t row_of(int code)
{
    for (size_t i = 0; i < PROBLEMS; i++) {
        if (problems[i].code == code) {
            return i;
        }
    }
    return PROBLEMS - 1;
}

const char *problem_kind(int code)
{
    return problems[row_of(code)].kind;
}

const char *problem_keyword(int code)
{
    return problems[row_of(code)].keyword;
}

int problem_code(const char *kind)
{
    for (size_t i = 0; i < PROBLEMS; i++) {
        if (strcmp(problems[i].kind, kind) == 0) {
            return problems[i].code;
        }
    }
    return PR_ECRASHED;
}

/* snprintf() may allocate; this runs in signal handlers of a process that has no memory left. */
static unsigned append(char line[PROBLEM_LINE_BYTES], unsigned length, const char *text, bool clean)
{
    for (; *text != '\0' && length < PROBLEM_LINE_BYTES - 4; text++) {
        bool plain = *text >= 0x20 && *text < 0x7f && *text != '"' && *text != '\\';

        line[length++] = (char)(plain || !clean ? *text : '?');
    }
    return length;
}

unsigned problem_line(char line[PROBLEM_LINE_BYTES], int code, const char *message)
{
    const struct {
        const char *text;
        bool clean;
    } parts[] = {
        {"{\"error\":\"", false},    {problem_keyword(code), false}, {"\",\"kind\":\"", false},
        {problem_kind(code), false}, {"\",\"message\":\"", false},   {message, true},
    };
    unsigned length = 0;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        length = append(line, length, parts[i].text, parts[i].clean);
    }
    line[length++] = '"';
    line[length++] = '}';
    line[length++] = '\n';
    line[length] = '\0';
    return length;
}
