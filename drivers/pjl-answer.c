/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/pjl-answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "drivers/text.h"

enum { PJL_NONCE_LENGTH = 22 }; /* talk_nonce() */

/* Lines and words ------------------------------------------------------------------------------ */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_end(char c)
{
    return c == '\r' || c == '\n' || c == '\f';
}

bool pjl_line(const char **at, const char *end, const char **ret_line, size_t *ret_length)
{
    const char *begin = *at;
    while (begin < end && is_end(*begin)) {
        begin++;
    }
    const char *stop = begin;
    while (stop < end && !is_end(*stop)) {
        stop++;
    }
    *at = stop;
    if (begin == stop) {
        return false;
    }
    *ret_line = begin;
    *ret_length = (size_t)(stop - begin);
    return true;
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_space(**text)) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_space((*text)[*length - 1])) {
        (*length)--;
    }
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/** Copies and cleans what is not terminated. */
static void take_text(char *to, size_t to_bytes, const char *text, size_t length)
{
    char copy[DEVICE_KEY_BYTES];
    (void)snprintf(copy, sizeof copy, "%.*s",
                   (int)(length < sizeof copy ? length : sizeof copy - 1), text);
    text_clean(to, to_bytes, copy);
}

/** A number of decimal digits alone, DEVICE_UNKNOWN when it is none or beyond 2^53. */
static int64_t take_number(const char *text, size_t length)
{
    int64_t value = 0;
    trim(&text, &length);
    if (length == 0 || length > 16) {
        return DEVICE_UNKNOWN;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return DEVICE_UNKNOWN;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value <= INT64_C(1) << 53 ? value : DEVICE_UNKNOWN;
}

/** Skips one word and the spaces around it when the text goes on with it. @return the rest or NULL
 */
static const char *after_word(const char *at, const char *end, const char *word, size_t length)
{
    while (at < end && is_space(*at)) {
        at++;
    }
    if ((size_t)(end - at) < length || strncasecmp(at, word, length) != 0) {
        return NULL;
    }
    at += length;
    return at == end || is_space(*at) || is_end(*at) ? at : NULL;
}

/* The answer ----------------------------------------------------------------------------------- */

/** Commands of which the second word tells what is asked; of others it is an operand, which
 * printers echo as they like. */
static const char *const two_words[] = {"INFO ", "DINQUIRE ", "INQUIRE "};

/** @return what follows the echo of the command at the line's beginning, or NULL */
static const char *after_echo(const char *line, const char *end, const char *command)
{
    int words = 1;
    for (size_t i = 0; i < sizeof two_words / sizeof two_words[0]; i++) {
        words += strncmp(command, two_words[i], strlen(two_words[i])) == 0 ? 1 : 0;
    }
    const char *at = after_word(line, end, "@PJL", 4);
    for (; at != NULL && words > 0; words--) {
        const size_t length = strcspn(command, " ");
        at = after_word(at, end, command, length);
        command += length;
        command += strspn(command, " ");
    }
    return at;
}

/** Whether the line is an ECHO of a nonce, nothing more: a file may have a name that looks like one
 * in parts. */
static bool is_old_echo(const char *line, size_t length)
{
    const char *at = after_echo(line, line + length, "ECHO");
    size_t left = at != NULL ? (size_t)(line + length - at) : 0;
    if (at == NULL) {
        return false;
    }
    trim(&at, &left);
    if (left != PJL_NONCE_LENGTH || strncmp(at, "PR", 2) != 0) {
        return false;
    }
    return strspn(at + 2, "0123456789ABCDEF") >= PJL_NONCE_LENGTH - 2;
}

/** What lies between the last ECHO of another nonce and ours. */
static void find_part(const char *reply, size_t reply_length, const char *nonce, const char **begin,
                      const char **end)
{
    const char *found = memmem(reply, reply_length, nonce, strlen(nonce));
    const char *stop = found != NULL ? found : reply + reply_length;
    while (stop > reply && !is_end(stop[-1])) {
        stop--;
    }
    const char *at = reply;
    const char *line = NULL;
    size_t length = 0;
    *begin = reply;
    *end = stop;
    while (pjl_line(&at, stop, &line, &length)) {
        if (is_old_echo(line, length)) {
            *begin = at;
        }
    }
}

static void judge(struct pjl_answer *answer)
{
    const char *at = answer->text;
    const char *line = NULL;
    size_t length = 0;
    while (pjl_line(&at, answer->text + answer->length, &line, &length)) {
        static const char error[] = "FILEERROR";
        trim(&line, &length);
        if (is_word(line, length, "\"?\"") || is_word(line, length, "?")) {
            answer->kind = PJL_UNKNOWN;
            return;
        }
        const char *equals = memchr(line, '=', length);
        const char *key = line;
        size_t key_length = equals != NULL ? (size_t)(equals - line) : 0;
        trim(&key, &key_length);
        if (equals != NULL && is_word(key, key_length, error)) {
            const int64_t number = take_number(equals + 1, length - (size_t)(equals + 1 - line));
            if (number >= 0 && number < 1000) {
                answer->kind = PJL_FILE_ERROR;
                answer->file_error = (int)number;
                return;
            }
        }
    }
}

void pjl_answer_read(const char *reply, size_t reply_length, const char *command, const char *next,
                     const char *nonce, struct pjl_answer *ret)
{
    const char *begin = reply;
    const char *end = reply;
    const char *line = NULL;
    size_t length = 0;
    struct pjl_answer answer = {.kind = PJL_SILENCE, .text = reply};
    find_part(reply, reply_length, nonce, &begin, &end);
    for (const char *at = begin; pjl_line(&at, end, &line, &length);) {
        const char *text = after_echo(line, line + length, command);
        if (answer.kind == PJL_TEXT && next != NULL &&
            after_echo(line, line + length, next) != NULL) {
            answer.length = (size_t)(line - answer.text);
            break;
        }
        if (answer.kind == PJL_SILENCE && text != NULL) {
            answer.kind = PJL_TEXT;
            answer.text = text;
            answer.length = (size_t)(end - text);
        }
    }
    if (answer.kind == PJL_TEXT) {
        judge(&answer);
    }
    *ret = answer;
}

static const struct {
    int number;
    const char *words;
} file_errors[] = {{0, "general error"},
                   {1, "the volume is not available"},
                   {2, "the volume is full"},
                   {3, "no such file"},
                   {4, "no free file descriptors"},
                   {5, "invalid number of bytes"},
                   {6, "the file exists already"},
                   {7, "illegal name"},
                   {8, "the root cannot be deleted"},
                   {9, "a file is taken for a folder"},
                   {10, "a folder is taken for a file"},
                   {11, "not the same volume"},
                   {12, "read only"},
                   {13, "the folder is full"},
                   {14, "the folder is not empty"},
                   {15, "bad disk"},
                   {16, "no label"},
                   {17, "invalid parameter"},
                   {26, "write protected"},
                   {51, "end of the folder"},
                   {52, "no file system"},
                   {56, "hardware error"}};

const char *pjl_file_error_words(int number)
{
    for (size_t i = 0; i < sizeof file_errors / sizeof file_errors[0]; i++) {
        if (file_errors[i].number == number) {
            return file_errors[i].words;
        }
    }
    return "";
}

/* The file system ------------------------------------------------------------------------------ */

int pjl_read_volumes(const struct pjl_answer *answer, struct pjl_volume ret[PJL_VOLUMES_MAX])
{
    const char *at = answer->text;
    const char *line = NULL;
    size_t length = 0;
    int volumes = 0;
    bool table = false;
    while (pjl_line(&at, answer->text + answer->length, &line, &length)) {
        trim(&line, &length);
        const size_t digits = strspn(line, "0123456789");
        table = table || (length >= 6 && strncasecmp(line, "VOLUME", 6) == 0);
        if (digits == 0 || digits > 3 || digits + 1 > length || line[digits] != ':' ||
            volumes == PJL_VOLUMES_MAX) {
            continue;
        }
        static const char read_only[] = "READ-ONLY";
        const size_t ending = sizeof read_only - 1;
        (void)snprintf(ret[volumes].name, PJL_VOLUME_BYTES, "%.*s", (int)digits + 1, line);
        ret[volumes].read_only =
            length >= ending && strncasecmp(line + length - ending, read_only, ending) == 0;
        volumes++;
    }
    return table || volumes > 0 ? volumes : -1;
}

bool pjl_read_entry(const char *line, size_t length, struct pjl_entry *ret)
{
    static const char type[] = " TYPE=";
    static const char size[] = "SIZE=";
    const char *found = NULL;
    /* The name may have the word in it, so the last one counts. */
    for (const char *at = line; (size_t)(line + length - at) >= sizeof type - 1; at++) {
        if (strncasecmp(at, type, sizeof type - 1) == 0) {
            found = at;
        }
    }
    if (found == NULL) {
        return false;
    }
    const size_t name_length = (size_t)(found - line);
    const char *rest = found + sizeof type - 1;
    const char *end = line + length;
    struct pjl_entry entry = {.size_bytes = DEVICE_UNKNOWN};
    const char *after = after_word(rest, end, "DIR", 3);
    entry.folder = after != NULL;
    after = entry.folder ? after : after_word(rest, end, "FILE", 4);
    if (after == NULL || name_length == 0 || name_length >= sizeof entry.name ||
        memchr(line, '\0', name_length) != NULL) {
        return false;
    }
    memcpy(entry.name, line, name_length);
    entry.name[name_length] = '\0';
    while (after < end && is_space(*after)) {
        after++;
    }
    if (!entry.folder && (size_t)(end - after) > sizeof size - 1 &&
        strncasecmp(after, size, sizeof size - 1) == 0) {
        after += sizeof size - 1;
        entry.size_bytes = take_number(after, (size_t)(end - after));
    }
    *ret = entry;
    return true;
}

bool pjl_read_query(const struct pjl_answer *answer)
{
    static const char type[] = "TYPE=";
    for (size_t i = 0; answer->kind == PJL_TEXT && i + sizeof type - 1 <= answer->length; i++) {
        if (strncasecmp(answer->text + i, type, sizeof type - 1) == 0) {
            return true;
        }
    }
    return false;
}

/* Values --------------------------------------------------------------------------------------- */

bool pjl_read_value(const struct pjl_answer *answer, const char *const *keys, char *ret_value,
                    size_t value_bytes)
{
    for (; *keys != NULL; keys++) {
        const char *at = answer->text;
        const char *line = NULL;
        size_t length = 0;
        while (pjl_line(&at, answer->text + answer->length, &line, &length)) {
            const char *equals = memchr(line, '=', length);
            const char *key = line;
            size_t key_length = equals != NULL ? (size_t)(equals - line) : 0;
            trim(&key, &key_length);
            if (equals == NULL || !is_word(key, key_length, *keys)) {
                continue;
            }
            const char *value = equals + 1;
            size_t value_length = length - (size_t)(value - line);
            trim(&value, &value_length);
            if (value_length >= 2 && value[0] == '"' && value[value_length - 1] == '"') {
                value++;
                value_length -= 2;
                trim(&value, &value_length);
            }
            if (value_length > 0) {
                take_text(ret_value, value_bytes, value, value_length);
                return true;
            }
        }
    }
    return false;
}

int64_t pjl_read_page_count(const struct pjl_answer *answer)
{
    static const char *const keys[] = {"PAGECOUNT", NULL};
    char value[32];
    const char *at = answer->text;
    const char *line = NULL;
    size_t length = 0;
    if (pjl_read_value(answer, keys, value, sizeof value)) {
        return take_number(value, strlen(value));
    }
    return pjl_line(&at, answer->text + answer->length, &line, &length) ? take_number(line, length)
                                                                        : DEVICE_UNKNOWN;
}

bool pjl_read_id(const struct pjl_answer *answer, char *ret_value, size_t value_bytes)
{
    const char *at = answer->text;
    const char *line = NULL;
    size_t length = 0;
    while (pjl_line(&at, answer->text + answer->length, &line, &length)) {
        trim(&line, &length);
        if (length > 2 && line[0] == '"' && line[length - 1] == '"') {
            line++;
            length -= 2;
        }
        trim(&line, &length);
        if (length > 0) {
            take_text(ret_value, value_bytes, line, length);
            return true;
        }
    }
    return false;
}

bool pjl_read_postscript(const struct pjl_answer *answer)
{
    const char *at = answer->text;
    const char *line = NULL;
    size_t length = 0;
    bool in_languages = false;
    while (pjl_line(&at, answer->text + answer->length, &line, &length)) {
        const bool indented = is_space(line[0]);
        trim(&line, &length);
        if (!indented) {
            in_languages = length >= 9 && strncasecmp(line, "LANGUAGES", 9) == 0;
        } else if (in_languages && length >= 10 && strncasecmp(line, "POSTSCRIPT", 10) == 0) {
            return true;
        }
    }
    return false;
}

int pjl_read_switch(const struct pjl_answer *answer)
{
    static const struct {
        const char *word;
        int on;
    } words[] = {{"ON", 1}, {"OFF", 0}, {"ENABLED", 1}, {"DISABLED", 0}};
    const char *at = answer->text;
    const char *line = NULL;
    size_t length = 0;
    while (answer->kind == PJL_TEXT &&
           pjl_line(&at, answer->text + answer->length, &line, &length)) {
        trim(&line, &length);
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            if (is_word(line, length, words[i].word)) {
                return words[i].on;
            }
        }
    }
    return -1;
}

/* Status --------------------------------------------------------------------------------------- */

/** Codes of PJL (HP's Technical Reference, appendix D, by groups; 40038 and 40039 from Lexmark's,
 * table 3-14) in the words of IPP (RFC 8011 5.4.11, 5.4.12). The first row that holds counts. */
static const struct {
    int first, last;
    const char *state, *reason;
} codes[] = {{10006, 10006, "idle", "toner-low-warning"},
             {10023, 10023, "processing", "none"},
             {10000, 10999, "idle", "none"},
             {11000, 11999, "idle", "media-empty-warning"},
             {12000, 39999, "idle", "other-warning"},
             {40021, 40021, "stopped", "door-open"},
             {40022, 40022, "stopped", "media-jam"},
             {40038, 40038, "stopped", "toner-low-error"},
             {40039, 40039, "stopped", "toner-empty-error"},
             {41000, 41999, "stopped", "media-needed"},
             {42000, 42999, "stopped", "media-jam"},
             {44000, 44999, "stopped", "media-jam"},
             {40000, 59999, "stopped", "other-error"}};

bool pjl_read_status(const struct pjl_answer *answer, struct device_status *ret)
{
    static const char *const code_keys[] = {"CODE", NULL};
    static const char *const display_keys[] = {"DISPLAY", NULL};
    static const char *const online_keys[] = {"ONLINE", NULL};
    char value[32];
    struct device_status status = {.impressions_completed = DEVICE_UNKNOWN,
                                   .media_sheets_completed = DEVICE_UNKNOWN};
    if (!pjl_read_value(answer, code_keys, value, sizeof value)) {
        return false;
    }
    const int64_t code = take_number(value, strlen(value));
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (code >= codes[i].first && code <= codes[i].last) {
            (void)snprintf(status.state, sizeof status.state, "%s", codes[i].state);
            (void)snprintf(status.reasons.keywords[status.reasons.length++], DEVICE_KEYWORD_BYTES,
                           "%s", codes[i].reason);
            break;
        }
    }
    if (status.state[0] == '\0') {
        return false;
    }
    (void)pjl_read_value(answer, display_keys, status.message, sizeof status.message);
    if (pjl_read_value(answer, online_keys, value, sizeof value) &&
        strcasecmp(value, "FALSE") == 0) {
        (void)snprintf(status.state, sizeof status.state, "stopped");
        status.reasons.length = strcmp(status.reasons.keywords[0], "none") == 0 ? 0 : 1;
        (void)snprintf(status.reasons.keywords[status.reasons.length++], DEVICE_KEYWORD_BYTES,
                       "paused");
    }
    *ret = status;
    return true;
}
