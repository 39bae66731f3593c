/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/backend-options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct option {
    struct option *next;
    const char *value; /**< stands behind the name */
    char name[];
};

struct backend_options {
    struct option *first; /**< the latest first, so that the last of a name counts */
};

static bool add(struct backend_options *options, const char *name, size_t name_length,
                const char *value, size_t value_length)
{
    struct option *option = malloc(sizeof *option + name_length + value_length + 2);

    if (option == NULL) {
        return false;
    }
    char *value_place = option->name + name_length + 1;

    memcpy(option->name, name, name_length);
    option->name[name_length] = '\0';
    memcpy(value_place, value, value_length);
    value_place[value_length] = '\0';
    option->value = value_place;
    option->next = options->first;
    options->first = option;
    return true;
}

bool backend_options_add(struct backend_options *options, const char *name, const char *value)
{
    return add(options, name, strlen(name), value, strlen(value));
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/** One character that may be escaped. @return what follows it */
static const char *take_character(const char *at, char **write)
{
    if (*at == '\\' && at[1] != '\0') {
        at++;
    }
    *(*write)++ = *at;
    return at + 1;
}

/** A collection, `{name=value …}`: kept as it is. @return what follows it */
static const char *take_collection(const char *at, char **write)
{
    int open = 0;

    do {
        open += *at == '{';
        open -= *at == '}';
        *(*write)++ = *at++;
    } while (open > 0 && *at != '\0');
    return at;
}

/** A value up to white space, without its quotes and escapes. @return what follows it */
static const char *take_value(const char *at, char **write)
{
    while (*at != '\0' && !is_space(*at)) {
        if (*at == '"' || *at == '\'') {
            char quote = *at++;

            while (*at != '\0' && *at != quote) {
                at = take_character(at, write);
            }
            at += *at != '\0';
        } else if (*at == '{') {
            at = take_collection(at, write);
        } else {
            at = take_character(at, write);
        }
    }
    return at;
}

/** @param room  at least as long as the text */
static bool parse(struct backend_options *options, const char *at, char *room)
{
    for (;;) {
        while (is_space(*at)) {
            at++;
        }
        const char *name = at;

        while (*at != '\0' && *at != '=' && !is_space(*at)) {
            at++;
        }
        size_t length = (size_t)(at - name);

        if (length == 0) {
            /* The end, or a "=" without a name, after which nothing can be told. */
            return true;
        }
        bool good;

        if (*at == '=') {
            char *end = room;

            at = take_value(at + 1, &end);
            good = add(options, name, length, room, (size_t)(end - room));
        } else if (strncasecmp(name, "no", 2) == 0) {
            good = add(options, name + 2, length - 2, "false", strlen("false"));
        } else {
            good = add(options, name, length, "true", strlen("true"));
        }
        if (!good) {
            return false;
        }
    }
}

struct backend_options *backend_options_parse(const char *text)
{
    struct backend_options *options = calloc(1, sizeof *options);
    char *room = malloc(strlen(text) + 1);

    if (options == NULL || room == NULL || !parse(options, text, room)) {
        backend_options_free(options);
        options = NULL;
    }
    free(room);
    return options;
}

void backend_options_free(struct backend_options *options)
{
    while (options != NULL && options->first != NULL) {
        struct option *option = options->first;

        options->first = option->next;
        free(option);
    }
    free(options);
}

const char *backend_option(const struct backend_options *options, const char *name)
{
    for (const struct option *option = options->first; option != NULL; option = option->next) {
        if (strcasecmp(option->name, name) == 0) {
            return option->value[0] != '\0' ? option->value : NULL;
        }
    }
    return NULL;
}
