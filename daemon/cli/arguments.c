/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cli/cli.h"

/** Where reading has got to. */
struct reading {
    const struct cli_verb *verb;
    char *const *argv;
    int argc;
    int place;
    enum policy_language language;
    struct cli_arguments *arguments;
    char *error;
    size_t error_size;
};

static bool fail(struct reading *reading, const char *english, const char *chinese,
                 const char *word)
{
    snprintf(reading->error, reading->error_size, "%s: %s", word,
             reading->language == POLICY_CHINESE ? chinese : english);
    return false;
}

/** The value of the option at the place: what follows its '=', else the next word. NULL after a
 * failure. */
static const char *option_value(struct reading *reading)
{
    const char *word = reading->argv[reading->place];
    const char *equals = strchr(word, '=');

    if (equals != NULL) {
        return equals + 1;
    }
    if (reading->place + 1 >= reading->argc) {
        fail(reading, "a value must follow", "缺少取值", word);
        return NULL;
    }
    return reading->argv[++reading->place];
}

static bool option_is(const char *word, const char *name)
{
    size_t length = strlen(name);

    return strncmp(word, name, length) == 0 && (word[length] == '\0' || word[length] == '=');
}

static bool set_field(struct reading *reading, const struct cli_option *option, json_t *value)
{
    if (json_object_set_new(reading->arguments->fields, option->field, value) != 0) {
        return fail(reading, "this is not UTF-8 text", "不是 UTF-8 文本", option->name);
    }
    return true;
}

static bool take_integer(struct reading *reading, const struct cli_option *option, const char *text)
{
    char *end = NULL;

    errno = 0;
    long long number = strtoll(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0') {
        return fail(reading, "a whole number is needed", "应为整数", option->name);
    }
    return set_field(reading, option, json_integer(number));
}

static bool take_texts(struct reading *reading, const struct cli_option *option, const char *text)
{
    json_t *list = json_object_get(reading->arguments->fields, option->field);

    if (list == NULL) {
        list = json_array();
        if (!set_field(reading, option, list)) {
            return false;
        }
    }
    for (;;) {
        if (json_array_append_new(list, json_string(text)) != 0) {
            return fail(reading, "this is not UTF-8 text", "不是 UTF-8 文本", option->name);
        }
        if (reading->place + 1 >= reading->argc || reading->argv[reading->place + 1][0] == '-' ||
            strstr(reading->argv[reading->place + 1], "://") == NULL) {
            return true;
        }
        text = reading->argv[++reading->place];
    }
}

static bool take_option(struct reading *reading, const struct cli_option *option)
{
    const char *value;

    if (option->kind == CLI_FLAG) {
        if (strchr(reading->argv[reading->place], '=') != NULL) {
            return fail(reading, "it takes no value", "不接受取值", option->name);
        }
        return set_field(reading, option, json_true());
    }
    value = option_value(reading);
    if (value == NULL) {
        return false;
    }
    switch (option->kind) {
    case CLI_INTEGER:
        return take_integer(reading, option, value);
    case CLI_TEXTS:
        return take_texts(reading, option, value);
    case CLI_TEXT:
    case CLI_FLAG:
        break;
    }
    return set_field(reading, option, json_string(value));
}

/** Options every verb has. */
static bool take_common(struct reading *reading, bool *ret_taken)
{
    const char *word = reading->argv[reading->place];

    *ret_taken = true;
    if (strcmp(word, "--json") == 0) {
        reading->arguments->json = true;
    } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        reading->arguments->help = true;
    } else if (option_is(word, "--as")) {
        reading->arguments->as = option_value(reading);
        return reading->arguments->as != NULL;
    } else {
        *ret_taken = false;
    }
    return true;
}

static bool take_word(struct reading *reading)
{
    const char *word = reading->argv[reading->place];
    const struct cli_verb *verb = reading->verb;
    bool taken;

    if (!take_common(reading, &taken)) {
        return false;
    }
    if (taken) {
        return true;
    }
    for (size_t i = 0; verb != NULL && i < CLI_OPTIONS_MAX && verb->options[i].name != NULL; i++) {
        if (option_is(word, verb->options[i].name)) {
            return take_option(reading, &verb->options[i]);
        }
    }
    return fail(reading, "there is no such option", "没有这个选项", word);
}

static bool take_positional(struct reading *reading)
{
    struct cli_arguments *arguments = reading->arguments;
    const char *word = reading->argv[reading->place];

    if (arguments->length >= reading->verb->positional_max) {
        return fail(reading, "this is one word too many", "多余的参数", word);
    }
    arguments->positional[arguments->length++] = word;
    return true;
}

static bool complete(struct reading *reading)
{
    const struct cli_verb *verb = reading->verb;

    if (verb == NULL || reading->arguments->help) {
        return true;
    }
    if (reading->arguments->length < verb->positional_min) {
        return fail(reading, "something is missing", "缺少参数",
                    verb->sub != NULL ? verb->sub : verb->verb);
    }
    for (size_t i = 0; i < CLI_OPTIONS_MAX && verb->options[i].name != NULL; i++) {
        if (verb->options[i].required &&
            json_object_get(reading->arguments->fields, verb->options[i].field) == NULL) {
            return fail(reading, "this option is needed", "缺少此选项", verb->options[i].name);
        }
    }
    return true;
}

bool cli_arguments_read(const struct cli_verb *verb, char *const argv[], int argc,
                        enum policy_language language, struct cli_arguments *arguments,
                        int *ret_used, char *ret_error, size_t error_size)
{
    struct reading reading = {.verb = verb,
                              .argv = argv,
                              .argc = argc,
                              .language = language,
                              .arguments = arguments,
                              .error = ret_error,
                              .error_size = error_size};
    bool options = true;

    if (arguments->fields == NULL) {
        arguments->fields = json_object();
    }
    for (; reading.place < argc; reading.place++) {
        const char *word = argv[reading.place];
        bool is_option = options && word[0] == '-' && word[1] != '\0';

        if (is_option && strcmp(word, "--") == 0) {
            options = false;
            continue;
        }
        if (!is_option && verb == NULL) {
            break;
        }
        if (!(is_option ? take_word(&reading) : take_positional(&reading))) {
            return false;
        }
    }
    if (ret_used != NULL) {
        *ret_used = reading.place;
    }
    return complete(&reading);
}

/** How many words a sub-verb ("maintenance add") is, when the arguments begin with them; else 0. */
static int sub_words(const char *sub, char *const argv[], int argc)
{
    for (int words = 0; words < argc;) {
        const size_t length = strlen(argv[words]);

        if (length == 0 || strncmp(sub, argv[words], length) != 0) {
            return 0;
        }
        words++;
        if (sub[length] == '\0') {
            return words;
        }
        if (sub[length] != ' ') {
            return 0;
        }
        sub += length + 1;
    }
    return 0;
}

const struct cli_verb *cli_verb_find(char *const argv[], int argc, int *ret_used)
{
    const struct cli_verb *verb = NULL;

    for (size_t i = 0; argc > 0 && (verb = cli_verb_at(i)) != NULL; i++) {
        if (strcmp(verb->verb, argv[0]) != 0) {
            continue;
        }
        if (verb->sub == NULL) {
            *ret_used = 1;
            return verb;
        }
        const int words = sub_words(verb->sub, argv + 1, argc - 1);

        if (words > 0) {
            *ret_used = 1 + words;
            return verb;
        }
    }
    return NULL;
}
