/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words are told apart as in words.c, but speed counts: every byte of every page goes through here,
 * so names and numbers are passed over without being copied. A content stream with an inline image
 * is in doubt by itself: where its data ends is a matter of opinion among readers.
 */
#include "daemon/document/neat.h"

#include <string.h>

/** What may be open. */
struct state {
    const uint8_t *at;
    const uint8_t *end;
    long saved;    /**< q without Q */
    long marked;   /**< BMC, BDC without EMC */
    long brackets; /**< [ and << */
    bool text;     /**< within BT … ET */
    bool path;     /**< built and not painted */
    bool lost;     /**< nothing can be said any more */
};

enum kind { REGULAR, WHITE, DELIMITER };

static const uint8_t kinds[256] = {
    [0] = WHITE,       ['\t'] = WHITE,    ['\n'] = WHITE,    ['\f'] = WHITE,
    ['\r'] = WHITE,    [' '] = WHITE,     ['('] = DELIMITER, [')'] = DELIMITER,
    ['<'] = DELIMITER, ['>'] = DELIMITER, ['['] = DELIMITER, [']'] = DELIMITER,
    ['{'] = DELIMITER, ['}'] = DELIMITER, ['/'] = DELIMITER, ['%'] = DELIMITER,
};

/* Most strings have neither parentheses nor backslashes inside. */
static bool skip_simple_string(struct state *state)
{
    const uint8_t *first = state->at + 1;
    const uint8_t *close = memchr(first, ')', (size_t)(state->end - first));
    size_t inside = close != NULL ? (size_t)(close - first) : 0;

    if (close == NULL || memchr(first, '\\', inside) != NULL ||
        memchr(first, '(', inside) != NULL) {
        return false;
    }
    state->at = close + 1;
    return true;
}

static void skip_string(struct state *state)
{
    long open = 0;

    if (skip_simple_string(state)) {
        return;
    }
    for (; state->at < state->end; state->at++) {
        if (*state->at == '\\') {
            state->at++;
        } else if (*state->at == '(') {
            open++;
        } else if (*state->at == ')' && --open == 0) {
            state->at++;
            return;
        }
    }
    state->lost = true;
}

static void skip_hexadecimal(struct state *state)
{
    const uint8_t *close = memchr(state->at, '>', (size_t)(state->end - state->at));

    state->lost = state->lost || close == NULL;
    state->at = close != NULL ? close + 1 : state->end;
}

static void skip_comment(struct state *state)
{
    while (state->at < state->end && *state->at != '\n' && *state->at != '\r') {
        state->at++;
    }
    /* What is appended begins with a line feed of its own, but a reader may not put one between. */
    state->lost = state->lost || state->at == state->end;
}

static void skip_regular(struct state *state)
{
    while (state->at < state->end && kinds[*state->at] == REGULAR) {
        state->at++;
    }
}

static bool follows(const struct state *state, uint8_t byte)
{
    return state->at + 1 < state->end && state->at[1] == byte;
}

static void take_delimiter(struct state *state)
{
    uint8_t byte = *state->at;

    if (byte == '(') {
        skip_string(state);
    } else if (byte == '%') {
        skip_comment(state);
    } else if (byte == '<' && !follows(state, '<')) {
        skip_hexadecimal(state);
    } else if (byte == '/') {
        state->at++;
        skip_regular(state);
    } else if (byte == '[' || byte == '<') {
        state->brackets++;
        state->at += byte == '[' ? 1 : 2;
    } else if (byte == ']' || (byte == '>' && follows(state, '>'))) {
        state->lost = state->lost || --state->brackets < 0;
        state->at += byte == ']' ? 1 : 2;
    } else {
        /* Braces and lone closing ones have no place in content. */
        state->lost = true;
        state->at++;
    }
}

static bool is(const uint8_t *word, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(word, name, length) == 0;
}

static void take_pair(struct state *state, const uint8_t *word)
{
    if (is(word, 2, "BT") || is(word, 2, "ET")) {
        bool begins = word[0] == 'B';

        state->lost = state->lost || state->text == begins;
        state->text = begins;
    } else if (is(word, 2, "BI") || is(word, 2, "BX") || is(word, 2, "EX")) {
        state->lost = true;
    } else if (is(word, 2, "re")) {
        state->path = true;
    } else if (is(word, 2, "f*") || is(word, 2, "B*") || is(word, 2, "b*")) {
        state->path = false;
    }
}

/* One letter: q, Q, and those that build or end a path (§8.5). */
static void take_letter(struct state *state, uint8_t letter)
{
    state->saved += letter == 'q';
    state->saved -= letter == 'Q';
    state->lost = state->lost || state->saved < 0;
    if (strchr("mlcvy", letter) != NULL) {
        state->path = true;
    } else if (strchr("SsfFBbn", letter) != NULL) {
        state->path = false;
    }
}

static void take_word(struct state *state)
{
    const uint8_t *word = state->at;

    skip_regular(state);
    size_t length = (size_t)(state->at - word);

    if (length == 1) {
        take_letter(state, word[0]);
    } else if (length == 2) {
        take_pair(state, word);
    } else if (length == 3) {
        state->marked += is(word, length, "BMC") || is(word, length, "BDC");
        state->marked -= is(word, length, "EMC");
        state->lost = state->lost || state->marked < 0;
    }
}

bool content_is_neat(const uint8_t *content, size_t size)
{
    if (size == 0) {
        return true;
    }
    struct state state = {.at = content, .end = content + size};

    while (state.at < state.end && !state.lost) {
        switch (kinds[*state.at]) {
        case WHITE:
            state.at++;
            break;
        case DELIMITER:
            take_delimiter(&state);
            break;
        default:
            take_word(&state);
        }
    }
    return !state.lost && state.saved == 0 && state.marked == 0 && state.brackets == 0 &&
           !state.text && !state.path;
}
