/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/document/words.h"

#include <glib.h>
#include <string.h>

const char *words_operand(const struct words *words, unsigned back)
{
    return back < words->length ? words->word[words->length - 1 - back] : "";
}

bool words_number(const char *word, double *ret_number)
{
    char *end = NULL;
    double number = g_ascii_strtod(word, &end);

    if (end == word || *end != '\0') {
        return false;
    }
    *ret_number = number;
    return true;
}

/* Whether the three operands that end `back` places before the operator are one number. */
bool words_equal_three(const struct words *words, unsigned back)
{
    double a = 0, b = 1, c = 2;

    return words_number(words_operand(words, back), &a) &&
           words_number(words_operand(words, back + 1), &b) &&
           words_number(words_operand(words, back + 2), &c) && a == b && b == c;
}

unsigned words_numbers(const struct words *words)
{
    unsigned numbers = 0;
    double number;

    while (numbers < words->length && words_number(words_operand(words, numbers), &number)) {
        numbers++;
    }
    return numbers;
}

/* The word that was current becomes an operand of those to come. */
static void remember(struct words *words)
{
    if (words->current[0] == '\0') {
        return;
    }
    if (words->length == WORDS_KEPT) {
        memmove(words->word[0], words->word[1], (WORDS_KEPT - 1) * sizeof words->word[0]);
        words->length--;
    }
    g_strlcpy(words->word[words->length++], words->current, WORD_BYTES);
}

static bool is_white(uint8_t byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\f' || byte == 0;
}

static bool is_delimiter(uint8_t byte)
{
    return byte != 0 && strchr("()<>[]{}%", byte) != NULL;
}

/* Where the literal string that begins at `at` ends (ISO 32000-1 §7.3.4.2). */
static size_t after_string(const uint8_t *content, size_t size, size_t at)
{
    size_t open = 0;

    do {
        open += content[at] == '(';
        open -= content[at] == ')';
        at += content[at] == '\\' ? 2 : 1;
    } while (open > 0 && at < size);
    return at;
}

static size_t after_comment(const uint8_t *content, size_t size, size_t at)
{
    while (at < size && content[at] != '\n' && content[at] != '\r') {
        at++;
    }
    return at;
}

/* Skips what stands between words; all but white space and comments parts operands from operators.
 */
static size_t after_separator(struct words *words, const uint8_t *content, size_t size, size_t at)
{
    if (content[at] == '%') {
        return after_comment(content, size, at);
    }
    if (!is_white(content[at])) {
        words->length = 0;
    }
    return content[at] == '(' ? after_string(content, size, at) : at + 1;
}

/* Takes the word at `at`. One too long to be kept is no operator, and must not pass for its
 * beginning as operand. */
static size_t take_word(const uint8_t *content, size_t size, size_t at, char ret_word[WORD_BYTES])
{
    size_t length = 0;

    do {
        if (length < WORD_BYTES - 1) {
            ret_word[length] = (char)content[at];
        }
        length++;
        at++;
    } while (at < size && !is_white(content[at]) && !is_delimiter(content[at]) &&
             content[at] != '/');
    ret_word[length < WORD_BYTES ? length : 0] = '\0';
    if (length >= WORD_BYTES) {
        g_strlcpy(ret_word, "#", WORD_BYTES);
    }
    return at;
}

bool words_next(struct words *words)
{
    remember(words);
    words->current[0] = '\0';
    while (words->at < words->size) {
        uint8_t byte = words->content[words->at];

        if (!is_white(byte) && !is_delimiter(byte)) {
            words->at = take_word(words->content, words->size, words->at, words->current);
            return true;
        }
        words->at = after_separator(words, words->content, words->size, words->at);
    }
    return false;
}
