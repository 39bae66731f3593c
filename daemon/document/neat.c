/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words are told apart as in words.c, but speed counts: every byte of every page goes through here,
 * so names and numbers are passed over without being copied. A content stream with an inline image
 * is in doubt by itself: where its data ends is a matter of opinion among readers. So is what a
 * reader may give up at: poppler paints nothing of a page behind an operator that lacks operands
 * (its Gfx::execOp()), and where the next reader loses patience is not known.
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
    long operands; /**< before the next operator */
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

    /* Whole ones: what stands in brackets counts with their end. */
    state->operands += state->brackets == 0 &&
                       (byte == '(' || byte == '/' || (byte == '<' && !follows(state, '<')));
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
        state->operands += state->brackets == 0;
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

/* Operators (ISO 32000-1 annex A) by their first letter: the rest of each and how many operands it
 * takes at least, one behind the other. Those that are in doubt by themselves are left out, as are
 * the compatibility operators and inline images above. */
static const char *const operators[128] = {
    ['"'] = "3",           ['\''] = "1",       ['B'] = "0 T0 *0 MC1 DC2",
    ['C'] = "S1",          ['D'] = "o1 P2",    ['E'] = "T0 MC0",
    ['F'] = "0",           ['G'] = "1",        ['J'] = "1",
    ['K'] = "4",           ['M'] = "1 P1",     ['Q'] = "0",
    ['R'] = "G3",          ['S'] = "0 C0 CN0", ['T'] = "j1 J1 d2 D2 f2 m6 *0 c1 w1 L1 r1 s1 z1",
    ['W'] = "0 *0",        ['b'] = "0 *0",     ['c'] = "6 m6 s1",
    ['d'] = "2",           ['f'] = "0 *0",     ['g'] = "1 s1",
    ['h'] = "0",           ['i'] = "1",        ['j'] = "1",
    ['k'] = "4",           ['l'] = "2",        ['m'] = "2",
    ['n'] = "0",           ['q'] = "0",        ['r'] = "e4 g3 i1",
    ['s'] = "0 c0 cn0 h1", ['v'] = "4",        ['w'] = "1",
    ['y'] = "4",
};

/* Whether a word is an operator that has what it takes. */
static bool is_served(const uint8_t *word, size_t length, long operands)
{
    const char *row = word[0] < 128 ? operators[word[0]] : NULL;

    while (row != NULL) {
        size_t same = 1;

        while (same < length && *row != '\0' && *row == (char)word[same]) {
            row++;
            same++;
        }
        if (same == length && *row >= '0' && *row <= '6') {
            return operands >= *row - '0';
        }
        row = strchr(row, ' ');
        row = row != NULL ? row + 1 : NULL;
    }
    return false;
}

/* A number as the standard writes it (§7.3.3); there is more that readers make one of. */
static void take_number(struct state *state)
{
    unsigned digits = 0, points = 0;

    for (state->at += *state->at == '+' || *state->at == '-'; state->at < state->end; state->at++) {
        if (*state->at >= '0' && *state->at <= '9') {
            digits++;
        } else if (*state->at == '.') {
            points++;
        } else {
            break;
        }
    }
    state->lost = state->lost || digits == 0 || points > 1 ||
                  (state->at < state->end && kinds[*state->at] == REGULAR);
    state->operands += state->brackets == 0;
}

static void take_word(struct state *state)
{
    const uint8_t *word = state->at;

    if (*word <= '9' && *word != '"' && *word != '\'') {
        take_number(state);
        return;
    }
    skip_regular(state);
    size_t length = (size_t)(state->at - word);

    if (is(word, length, "true") || is(word, length, "false") || is(word, length, "null")) {
        state->operands += state->brackets == 0;
        return;
    }
    state->lost = state->lost || state->brackets > 0 || !is_served(word, length, state->operands);
    state->operands = 0;
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
