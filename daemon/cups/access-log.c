/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/access-log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_BYTES = 2048, DATE_BYTES = 48 };

/** Takes what stands before a delimiter; NULL when the delimiter is not there. */
static char *take(char **at, const char *delimiter)
{
    char *word = *at;
    char *end = strstr(word, delimiter);

    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    *at = end + strlen(delimiter);
    return word;
}

static bool copy_word(const char *word, char *buffer, size_t size)
{
    size_t length = strlen(word);

    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(buffer, word, length + 1);
    return true;
}

/** "26/Nov/2026:01:42:44 +0000", with LogTimeFormat usecs a fraction before the zone. */
static bool read_date(const char *text, int64_t *ret_ms)
{
    struct tm tm = {.tm_mday = 0};
    const char *at = strptime(text, "%d/%b/%Y:%H:%M:%S", &tm);

    if (at == NULL) {
        return false;
    }
    if (*at == '.') {
        at++;
        at += strspn(at, "0123456789");
    }
    if (strlen(at) != 6 || at[0] != ' ' || (at[1] != '+' && at[1] != '-') ||
        strspn(at + 2, "0123456789") != 4) {
        return false;
    }
    int zone = (int)strtol(at + 2, NULL, 10);
    int64_t east_s = ((int64_t)(zone / 100) * 60 + zone % 100) * 60;

    tm.tm_isdst = 0;
    *ret_ms = ((int64_t)timegm(&tm) - (at[1] == '-' ? -east_s : east_s)) * 1000;
    return true;
}

static bool is_queue_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && strchr("-_.+@", *at) == NULL) {
            return false;
        }
    }
    return true;
}

/** A queue that printroom could know, else "". */
static void read_queue(const char *resource, char *queue)
{
    static const char *const folders[] = {"/printers/", "/classes/"};

    queue[0] = '\0';
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        size_t length = strlen(folders[i]);

        if (strncmp(resource, folders[i], length) == 0 && is_queue_name(resource + length) &&
            !copy_word(resource + length, queue, ACCESS_QUEUE_BYTES)) {
            queue[0] = '\0';
        }
    }
}

static bool operation_prints(const char *operation)
{
    static const char *const operations[] = {"Create-Job", "Print-Job", "Print-URI",
                                             "Validate-Job"};

    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(operation, operations[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool read_answer(const char *status, enum access_answer *ret)
{
    static const struct {
        const char *status;
        enum access_answer answer;
    } rows[] = {{"200", ACCESS_ALLOWED}, {"401", ACCESS_CHALLENGED}, {"403", ACCESS_FORBIDDEN}};

    if (strlen(status) != 3 || strspn(status, "0123456789") != 3) {
        return false;
    }
    *ret = ACCESS_OTHER;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(status, rows[i].status) == 0) {
            *ret = rows[i].answer;
        }
    }
    return true;
}

/** The part behind the date: METHOD RESOURCE HTTP/x.y" STATUS BYTES OPERATION IPP-STATUS. */
static bool read_request(char *at, struct access_line *line)
{
    const char *method = take(&at, " ");
    const char *resource = take(&at, " HTTP/");
    const char *version = take(&at, "\" ");
    const char *status = take(&at, " ");
    const char *bytes = take(&at, " ");
    const char *operation = take(&at, " ");

    if (method == NULL || resource == NULL || version == NULL || status == NULL || bytes == NULL ||
        operation == NULL || strchr(at, ' ') != NULL || at[0] == '\0') {
        return false;
    }
    /* A blank or a quote inside a resource is written %20 and %22: there is one way to read it. */
    if (strpbrk(resource, " \"") != NULL || strspn(bytes, "0123456789") != strlen(bytes)) {
        return false;
    }
    read_queue(resource, line->queue);
    line->prints = strcmp(method, "POST") == 0 && operation_prints(operation);
    return read_answer(status, &line->answer);
}

bool access_line_parse(const char *text, size_t length, struct access_line *ret)
{
    struct access_line line = {.at_ms = 0};
    char copy[LINE_BYTES];

    if (length >= sizeof copy) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
        copy[i] = text[i];
    }
    copy[length] = '\0';

    char *at = copy;
    const char *host = take(&at, " - ");
    const char *user = host != NULL ? take(&at, " [") : NULL;
    const char *date = user != NULL ? take(&at, "] \"") : NULL;

    if (date == NULL || strlen(date) >= DATE_BYTES || !read_date(date, &line.at_ms) ||
        strchr(host, ' ') != NULL || !copy_word(host, line.host, sizeof line.host)) {
        return false;
    }
    if (strcmp(user, "-") != 0 &&
        (strchr(user, ' ') != NULL || !copy_word(user, line.user, sizeof line.user))) {
        return false;
    }
    if (!read_request(at, &line)) {
        return false;
    }
    *ret = line;
    return true;
}
