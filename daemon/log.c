/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const char *name;
    int syslog_level;
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", 3},   [LOG_LEVEL_WARNING] = {"warning", 4},
    [LOG_LEVEL_NOTICE] = {"notice", 5}, [LOG_LEVEL_INFO] = {"info", 6},
    [LOG_LEVEL_DEBUG] = {"debug", 7},
};

static enum log_level threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    threshold = level;
}

bool log_level_parse(const char *name, enum log_level *ret_level)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(name, levels[i].name) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static int prefix(char *line, size_t size, enum log_level level)
{
    if (getenv("JOURNAL_STREAM") != NULL) {
        return snprintf(line, size, "<%d>", levels[level].syslog_level);
    }
    struct timespec now;
    struct tm local;
    char time_text[64];

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%S%z", &local);
    return snprintf(line, size, "%s %s: ", time_text, levels[level].name);
}

void log_write(enum log_level level, const char *format, ...)
{
    char line[2048];

    if (level > threshold) {
        return;
    }
    size_t length = (size_t)prefix(line, sizeof line, level);
    va_list arguments;

    va_start(arguments, format);
    int written = vsnprintf(line + length, sizeof line - length - 1, format, arguments);
    va_end(arguments);
    if (written < 0) {
        return;
    }
    length = strlen(line);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = ' ';
        }
    }
    line[length++] = '\n';
    /* One write, so that lines of several processes on one stderr do not mix. */
    ssize_t ignored = write(STDERR_FILENO, line, length);
    (void)ignored;
}
