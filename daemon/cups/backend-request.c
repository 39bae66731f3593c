/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/backend-request.h"

#include <cups/cups.h>
#include <cups/pwg.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** The options a job may carry, and those whose default stands in the PPD. */
struct options {
    int length;
    cups_option_t *values;
};

static const char *option(const struct options *options, const char *name)
{
    const char *value = cupsGetOption(name, options->length, options->values);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/** Adds the PPD's default of each option of ours that the job does not name. */
static void add_ppd_defaults(struct options *options, const char *path)
{
    static const char *const names[] = {"Classification", "Urgent", "PageSize", "Duplex",
                                        "ColorModel"};
    char line[512];
    FILE *stream = path != NULL ? fopen(path, "re") : NULL;

    if (stream == NULL) {
        return;
    }
    while (fgets(line, sizeof line, stream) != NULL) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            char keyword[64];
            int length = snprintf(keyword, sizeof keyword, "*Default%s:", names[i]);

            if (strncmp(line, keyword, (size_t)length) == 0 && option(options, names[i]) == NULL) {
                char *value = line + length + strspn(line + length, " \t");

                value[strcspn(value, " \t\r\n/")] = '\0';
                options->length = cupsAddOption(names[i], value, options->length, &options->values);
            }
        }
    }
    fclose(stream);
}

/** The value of a keyword option, looked up in a table of pairs that ends with NULL; NULL when it
 * is not in there. */
static const char *translate(const char *value, const char *const pairs[][2])
{
    for (size_t i = 0; value != NULL && pairs[i][0] != NULL; i++) {
        if (strcasecmp(value, pairs[i][0]) == 0) {
            return pairs[i][1];
        }
    }
    return NULL;
}

static const char *sides_of(const struct options *options)
{
    static const char *const keywords[][2] = {
        {"one-sided", "one-sided"},
        {"two-sided-long-edge", "two-sided-long-edge"},
        {"two-sided-short-edge", "two-sided-short-edge"},
        {NULL, NULL},
    };
    static const char *const choices[][2] = {
        {"None", "one-sided"},
        {"DuplexNoTumble", "two-sided-long-edge"},
        {"DuplexTumble", "two-sided-short-edge"},
        {NULL, NULL},
    };
    const char *sides = translate(option(options, "sides"), keywords);

    if (sides == NULL) {
        sides = translate(option(options, "Duplex"), choices);
    }
    return sides != NULL ? sides : "one-sided";
}

static const char *color_mode_of(const struct options *options)
{
    static const char *const keywords[][2] = {
        {"auto", "auto"},
        {"color", "color"},
        {"monochrome", "monochrome"},
        {"process-monochrome", "monochrome"},
        {"bi-level", "monochrome"},
        {NULL, NULL},
    };
    static const char *const choices[][2] = {
        {"Auto", "auto"}, {"RGB", "auto"}, {"Gray", "monochrome"}, {NULL, NULL}};
    const char *mode = translate(option(options, "print-color-mode"), keywords);

    if (mode == NULL) {
        mode = translate(option(options, "ColorModel"), choices);
    }
    return mode != NULL ? mode : "auto";
}

/** The PWG 5101.1 name of the paper, or NULL when it is unknown. */
static const char *media_of(const struct options *options)
{
    static const char *const names[] = {"media", "PageSize"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = option(options, names[i]);
        char name[128];

        if (value == NULL || strlen(value) >= sizeof name) {
            continue;
        }
        /* "media=A4,upper": the size comes first, trays and kinds of paper after it. */
        snprintf(name, sizeof name, "%s", value);
        name[strcspn(name, ",")] = '\0';
        if (strcmp(name, "195x270mm") == 0 || strcmp(name, "16K") == 0) {
            return "om_16k_195x270mm";
        }
        const pwg_media_t *media = pwgMediaForPWG(name);

        if (media == NULL) {
            media = pwgMediaForPPD(name);
        }
        if (media == NULL) {
            media = pwgMediaForLegacy(name);
        }
        if (media != NULL) {
            return media->pwg;
        }
    }
    return NULL;
}

static bool urgent_of(const struct options *options)
{
    static const char *const yes[][2] = {
        {"true", ""}, {"yes", ""}, {"on", ""}, {"Urgent", ""}, {NULL, NULL}};

    return translate(option(options, "Urgent"), yes) != NULL;
}

/** 发文字号. A custom value of the PPD option comes as "Custom.VALUE"; "None" is the PPD's word for
 * none. */
static const char *document_number_of(const struct options *options)
{
    const char *number = option(options, "DocumentNumber");

    if (number == NULL || strcasecmp(number, "None") == 0) {
        return "";
    }
    return strncmp(number, "Custom.", strlen("Custom.")) == 0 ? number + strlen("Custom.") : number;
}

/** Text as JSON, also where bytes of it are not UTF-8: those become '?'. Longer text is cut at a
 * whole character. */
static json_t *text(const char *bytes, size_t size_max)
{
    size_t length = strlen(bytes);

    if (length > size_max) {
        length = size_max;
        while (length > 0 && ((unsigned char)bytes[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    json_t *string = json_stringn(bytes, length);

    if (string != NULL) {
        return string;
    }
    char *copy = strndup(bytes, length);

    for (size_t i = 0; copy != NULL && i < length; i++) {
        copy[i] = (unsigned char)copy[i] < 0x80 ? copy[i] : '?';
    }
    string = copy != NULL ? json_string(copy) : NULL;
    free(copy);
    return string;
}

static bool number_in_range(const char *digits, long max, long *ret_number)
{
    char *end;

    errno = 0;
    long number = strtol(digits, &end, 10);

    if (errno != 0 || end == digits || *end != '\0' || number < 1 || number > max) {
        return false;
    }
    *ret_number = number;
    return true;
}

json_t *backend_request_new(char *const argv[], const char *ppd, const char **ret_error)
{
    struct options options = {0, NULL};
    json_t *request = NULL;
    long copies;
    long job_number;
    const char *queue = getenv("PRINTER");

    options.length = cupsParseOptions(argv[5], 0, &options.values);
    add_ppd_defaults(&options, ppd);

    const char *origin = option(&options, "job-uuid");
    const char *host = option(&options, "job-originating-host-name");
    const char *level = option(&options, "Classification");
    const char *media = media_of(&options);

    if (origin == NULL || strncmp(origin, "urn:uuid:", strlen("urn:uuid:")) != 0) {
        *ret_error = "cupsd gave no job-uuid";
    } else if (!number_in_range(argv[1], INT32_MAX, &job_number)) {
        *ret_error = "the job's number is not a number";
    } else if (!number_in_range(argv[4], BACKEND_COPIES_MAX, &copies)) {
        *ret_error = "the number of copies must be between 1 and 9999";
    } else {
        request =
            json_pack("{ss so ss so so so sI so sb so ss so ss sI}", "source", "cups", "origin",
                      text(origin, 255), "queue", queue != NULL ? queue : "", "person",
                      text(argv[2], 255), "host", text(host != NULL ? host : "", 255), "title",
                      text(argv[3], BACKEND_TITLE_BYTES_MAX), "copies", (json_int_t)copies, "level",
                      level != NULL ? text(level, 64) : json_null(), "urgent", urgent_of(&options),
                      "document_number", text(document_number_of(&options), 255), "sides",
                      sides_of(&options), "media", media != NULL ? text(media, 255) : json_null(),
                      "color_mode", color_mode_of(&options), "job_number", (json_int_t)job_number);
        *ret_error = "out of memory";
    }
    cupsFreeOptions(options.length, options.values);
    return request;
}
