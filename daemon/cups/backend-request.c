/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/backend-request.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/cups/backend-options.h"

/** Adds the PPD's default of each option of ours that the job does not name. */
static bool add_ppd_defaults(struct backend_options *options, const char *path)
{
    static const char *const names[] = {"Classification", "Urgent", "PageSize", "Duplex",
                                        "ColorModel"};
    char line[512];
    FILE *stream = path != NULL ? fopen(path, "re") : NULL;
    bool good = true;

    while (stream != NULL && good && fgets(line, sizeof line, stream) != NULL) {
        const char *name = strncmp(line, "*Default", 8) == 0 ? line + 8 : "";

        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            size_t length = strlen(names[i]);

            if (strncmp(name, names[i], length) == 0 && name[length] == ':' &&
                backend_option(options, names[i]) == NULL) {
                char *value = line + 8 + length + 1;

                value += strspn(value, " \t");
                value[strcspn(value, " \t\r\n/")] = '\0';
                good = backend_options_add(options, names[i], value);
            }
        }
    }
    if (stream != NULL) {
        fclose(stream);
    }
    return good;
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

static const char *sides_of(const struct backend_options *options)
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
    const char *sides = translate(backend_option(options, "sides"), keywords);

    if (sides == NULL) {
        sides = translate(backend_option(options, "Duplex"), choices);
    }
    return sides != NULL ? sides : "one-sided";
}

static const char *color_mode_of(const struct backend_options *options)
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
    const char *mode = translate(backend_option(options, "print-color-mode"), keywords);

    if (mode == NULL) {
        mode = translate(backend_option(options, "ColorModel"), choices);
    }
    return mode != NULL ? mode : "auto";
}

/** PWG 5101.1 §5: class, name and size, "iso_a4_210x297mm"; nothing else is in such a name. */
static bool is_self_describing(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *size = strrchr(name, '_');

    if (size == NULL || size == strchr(name, '_') || strspn(name, letters) != strlen(name)) {
        return false;
    }
    const char *by = size + 1 + strspn(size + 1, "0123456789.");
    const char *unit = by + 1 + strspn(*by == 'x' ? by + 1 : "", "0123456789.");

    return by > size + 1 && *by == 'x' && unit > by + 1 &&
           (strcmp(unit, "mm") == 0 || strcmp(unit, "in") == 0);
}

/** The PWG 5101.1 name of the paper, or NULL when it is unknown. */
static const char *media_of(const struct backend_options *options, char *buffer, size_t size)
{
    static const char *const names[] = {"media", "PageSize"};
    /* Names of the queue's PPD, then older ones (RFC 8011 appendix, PWG 5101.1 §4.3) that clients
     * still send. */
    static const char *const known[][2] = {
        {"A4", "iso_a4_210x297mm"},        {"A3", "iso_a3_297x420mm"},
        {"A5", "iso_a5_148x210mm"},        {"A6", "iso_a6_105x148mm"},
        {"B4", "jis_b4_257x364mm"},        {"B5", "jis_b5_182x257mm"},
        {"195x270mm", "om_16k_195x270mm"}, {"16K", "om_16k_195x270mm"},
        {"Letter", "na_letter_8.5x11in"},  {"Legal", "na_legal_8.5x14in"},
        {"Tabloid", "na_ledger_11x17in"},  {"iso-a3", "iso_a3_297x420mm"},
        {"iso-a4", "iso_a4_210x297mm"},    {"iso-a5", "iso_a5_148x210mm"},
        {"iso-a6", "iso_a6_105x148mm"},    {"jis-b4", "jis_b4_257x364mm"},
        {"jis-b5", "jis_b5_182x257mm"},    {"na-letter", "na_letter_8.5x11in"},
        {"na-legal", "na_legal_8.5x14in"}, {NULL, NULL},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = backend_option(options, names[i]);

        if (value == NULL || strlen(value) >= size) {
            continue;
        }
        /* "media=A4,upper": the size comes first, trays and kinds of paper after it. */
        snprintf(buffer, size, "%s", value);
        buffer[strcspn(buffer, ",")] = '\0';
        if (is_self_describing(buffer)) {
            return buffer;
        }
        const char *media = translate(buffer, known);

        if (media != NULL) {
            return media;
        }
    }
    return NULL;
}

static bool urgent_of(const struct backend_options *options)
{
    static const char *const yes[][2] = {
        {"true", ""}, {"yes", ""}, {"on", ""}, {"Urgent", ""}, {NULL, NULL}};

    return translate(backend_option(options, "Urgent"), yes) != NULL;
}

/** 发文字号. A custom value of the PPD option comes as "Custom.VALUE"; "None" is the PPD's word for
 * none. */
static const char *document_number_of(const struct backend_options *options)
{
    const char *number = backend_option(options, "DocumentNumber");

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
    struct backend_options *options = backend_options_parse(argv[5]);
    json_t *request = NULL;
    long copies;
    long job_number;
    char paper[128];
    const char *queue = getenv("PRINTER");

    *ret_error = "out of memory";
    if (options == NULL || !add_ppd_defaults(options, ppd)) {
        backend_options_free(options);
        return NULL;
    }
    const char *origin = backend_option(options, "job-uuid");
    const char *host = backend_option(options, "job-originating-host-name");
    const char *level = backend_option(options, "Classification");
    const char *media = media_of(options, paper, sizeof paper);

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
                      level != NULL ? text(level, 64) : json_null(), "urgent", urgent_of(options),
                      "document_number", text(document_number_of(options), 255), "sides",
                      sides_of(options), "media", media != NULL ? text(media, 255) : json_null(),
                      "color_mode", color_mode_of(options), "job_number", (json_int_t)job_number);
    }
    backend_options_free(options);
    return request;
}
