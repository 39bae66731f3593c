/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem. PostScript is a program, and a program that fails is flushed by the interpreter to
 * its end: whatever was to be printed at the end is then never printed, and we would wait for it.
 * Names on the device are whatever somebody made them.
 *
 * The way chosen. Each question is a small program inside `stopped`, with a nonce printed before
 * and after; the error's name is printed by us. What the device's names are is printed as
 * hexadecimal digits, and said by us in the same way, so that no name can end a string or look like
 * an answer. Names are collected first and deleted after, one program each, because deleting within
 * filenameforall is undefined (PostScript Language Reference, 3rd edition, 8.2).
 *
 * Only devices that can be written to are looked at: nobody's job lies in a ROM. `*` and then `**`
 * are tried, as some interpreters hide files from the first.
 */
#include "drivers/postscript.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/listing.h"
#include "drivers/postscript-answer.h"
#include "drivers/text.h"

static const char exit_language[] = "\033%-12345X";
static const char enter_postscript[] = "\033%-12345X@PJL ENTER LANGUAGE=POSTSCRIPT\r\n";

enum { BODY_BYTES = 6 * DEVICE_KEY_BYTES, PROGRAM_BYTES = BODY_BYTES + 1024, VOLUMES_MAX = 16 };
enum { QUOTED_BYTES = 2 * DEVICE_KEY_BYTES + 8 };

static const char to_hex[] = "/prH{{dup 16 lt{(0)print}if 16 4 string cvrs print}forall}bind def ";

static const char volumes_body[] =
    "(*){dup(V )print prH( )print mark exch{currentdevparams dup/Writeable known{/Writeable get}"
    "{pop true}ifelse}stopped{(?)print}{{(w)}{(r)}ifelse print}ifelse cleartomark(\\n)print}"
    "256 string devforall";

static const char files_body[] =
    "{dup status{pop pop exch pop}{-1}ifelse exch(F )print prH( )print 16 string cvs print(\\n)"
    "print}1024 string filenameforall";

static const char count_body[] =
    "currentsystemparams/PageCount 2 copy known{get}{pop pop statusdict begin pagecount end}"
    "ifelse(C )print 16 string cvs print(\\n)print";

static const char identity_body[] =
    "(P )print product prH(\\n)print(R )print version prH(\\n)print "
    "systemdict/statusdict known{statusdict/serialnumber known{statusdict begin serialnumber end "
    "64 string cvs(S )print prH(\\n)print}if}if";

struct postscript_session {
    struct device_session head;
    struct talk *talk;
    const struct residue_rules *rules;
    bool inside_pjl;
};

static const struct device_driver postscript_driver;

static struct postscript_session *own(struct device_session *s)
{
    return (struct postscript_session *)s;
}

static enum device_result fail(enum device_result result, const char *words, char *message)
{
    text_clean(message, DEVICE_TEXT_BYTES, words);
    return result;
}

/* Programs ------------------------------------------------------------------------------------- */

struct answer {
    const char *at, *end; /**< in the talk's reply */
};

/** Runs a program and hears it out. */
static enum device_result run(struct postscript_session *p, const char *body, struct answer *ret,
                              char *message)
{
    char program[PROGRAM_BYTES];
    char begin[TALK_NONCE_BYTES];
    char end[TALK_NONCE_BYTES];
    const char *text = NULL;
    size_t length = 0;
    talk_nonce(begin);
    talk_nonce(end);
    /* The name of the error, of whatever type an interpreter makes it. */
    const int written = snprintf(
        program, sizeof program,
        "%s%%!PS\n%s\n(\\n%s\\n)print\n{%s\n}stopped{(\\nE )print $error/errorname get 128 string "
        "cvs print(\\n)print}if\n(\\n%s\\n)print flush\n%s",
        p->inside_pjl ? enter_postscript : "", to_hex, begin, body, end,
        p->inside_pjl ? exit_language : "\004");
    if (written < 0 || (size_t)written >= sizeof program) {
        return fail(DEVICE_REFUSED, "the name is too long", message);
    }
    enum device_result result = talk_say(p->talk, program, (size_t)written, message);
    if (result == DEVICE_OK) {
        result = talk_hear(p->talk, end, message);
    }
    if (result == DEVICE_OK &&
        !postscript_part(p->talk->reply, p->talk->reply_length, begin, end, &text, &length)) {
        result = fail(DEVICE_MALFORMED, "the device does not run what it is sent", message);
    }
    if (result == DEVICE_OK) {
        *ret = (struct answer){text, text + length};
    }
    return result;
}

enum device_result postscript_session_open(struct talk *talk, const char *uri, bool inside_pjl,
                                           const struct residue_rules *rules,
                                           struct device_session **ret,
                                           char ret_message[DEVICE_TEXT_BYTES])
{
    struct answer answer;
    struct postscript_session *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return fail(DEVICE_UNREACHABLE, strerror(ENOMEM), ret_message);
    }
    *p = (struct postscript_session){.head = {.driver = &postscript_driver, .uri = uri},
                                     .talk = talk,
                                     .rules = rules,
                                     .inside_pjl = inside_pjl};
    const enum device_result result = run(p, "", &answer, ret_message);
    if (result == DEVICE_OK) {
        *ret = &p->head;
    } else {
        free(p);
    }
    return result;
}

/* Who and how much ----------------------------------------------------------------------------- */

static enum device_result postscript_identify(struct device_session *s, struct device_facts *facts,
                                              char *message)
{
    struct answer answer;
    struct postscript_line line;
    const enum device_result result = run(own(s), identity_body, &answer, message);
    if (result != DEVICE_OK) {
        return result;
    }
    const struct {
        enum postscript_line_kind kind;
        char *to;
    } rows[] = {{POSTSCRIPT_PRODUCT, facts->model},
                {POSTSCRIPT_REVISION, facts->firmware},
                {POSTSCRIPT_SERIAL, facts->serial}};
    while (postscript_line(&answer.at, answer.end, &line)) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            if (line.kind == rows[i].kind && rows[i].to[0] == '\0') {
                text_clean(rows[i].to, DEVICE_NAME_BYTES, line.text);
            }
        }
    }
    facts->postscript = true;
    return DEVICE_OK;
}

static enum device_result postscript_counters(struct device_session *s, struct device_counters *ret,
                                              char *message)
{
    struct answer answer;
    struct postscript_line line;
    const enum device_result result = run(own(s), count_body, &answer, message);
    if (result != DEVICE_OK) {
        return result;
    }
    while (postscript_line(&answer.at, answer.end, &line)) {
        if (line.kind == POSTSCRIPT_COUNT && line.number >= 0) {
            *ret = (struct device_counters){.impressions = line.number,
                                            .color_impressions = DEVICE_UNKNOWN,
                                            .media_sheets = DEVICE_UNKNOWN};
            return DEVICE_OK;
        }
    }
    return fail(DEVICE_UNSUPPORTED, "the interpreter has no page count", message);
}

/* Listing -------------------------------------------------------------------------------------- */

struct volumes {
    size_t length;
    char names[VOLUMES_MAX][DEVICE_NAME_BYTES];
};

static enum device_result find_volumes(struct postscript_session *p, struct device_listing *listing,
                                       struct volumes *ret, char *message)
{
    struct answer answer;
    struct postscript_line line;
    const enum device_result result = run(p, volumes_body, &answer, message);
    bool failed = false;
    ret->length = 0;
    while (result == DEVICE_OK && postscript_line(&answer.at, answer.end, &line)) {
        failed = failed || line.kind == POSTSCRIPT_ERROR;
        if (line.kind == POSTSCRIPT_STRANGE) {
            listing->incomplete = true;
            listing_gap(listing, GAP_VOLUME_UNREADABLE, "PostScript");
        }
        if (line.kind != POSTSCRIPT_VOLUME || line.letter == 'r') {
            continue;
        }
        if (ret->length == VOLUMES_MAX || strlen(line.text) >= DEVICE_NAME_BYTES) {
            listing->incomplete = true;
            listing_gap(listing, GAP_TOO_MANY, line.text);
            continue;
        }
        (void)snprintf(ret->names[ret->length++], DEVICE_NAME_BYTES, "%s", line.text);
    }
    if (result == DEVICE_OK && failed && ret->length == 0) {
        listing_gap(listing, GAP_NO_FILE_SYSTEM, "PostScript");
        return fail(DEVICE_UNSUPPORTED, "the interpreter has no devices that can be listed",
                    message);
    }
    return result;
}

/** Divides a name into the folder (with its volume) and the rest. */
static void place(const char *key, struct device_item *item)
{
    const char *volume_end = key[0] == '%' ? strchr(key + 1, '%') : NULL;
    const char *slash = strrchr(key, '/');
    const char *name = slash != NULL ? slash + 1 : volume_end != NULL ? volume_end + 1 : key;
    char folder[DEVICE_KEY_BYTES];
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash != NULL ? slash - key : name - key),
                   key);
    text_clean(item->where, sizeof item->where, folder);
    text_clean(item->name, sizeof item->name, name);
}

static void note_file(struct postscript_session *p, struct device_listing *listing,
                      const char *volume, const struct postscript_line *line)
{
    struct device_item item = {.kind = DEVICE_ITEM_FILE, .size_bytes = line->number, .state = ""};
    /* Some interpreters leave the device out of the names that they give. */
    const bool whole = line->text[0] == '%';
    const int length = snprintf(item.key, sizeof item.key, "%s%s", whole ? "" : volume, line->text);
    if (length < 0 || (size_t)length >= sizeof item.key) {
        listing_gap(listing, GAP_FOLDER_UNREADABLE, line->text);
        listing_unread(listing, volume);
        return;
    }
    place(item.key, &item);
    item.nature = residue_nature(p->rules, item.key);
    item.residue = residue_is(p->rules, item.nature);
    (void)listing_add(listing, &item);
}

/** @param pattern  what stands behind the volume's name */
static enum device_result list_volume(struct postscript_session *p, struct device_listing *listing,
                                      const char *volume, const char *pattern, char *message)
{
    char name[DEVICE_NAME_BYTES + 4];
    char quoted[QUOTED_BYTES];
    char body[BODY_BYTES];
    struct answer answer;
    struct postscript_line line;
    (void)snprintf(name, sizeof name, "%s%s", volume, pattern);
    (void)postscript_quote(name, quoted, sizeof quoted);
    (void)snprintf(body, sizeof body, "%s%s", quoted, files_body);
    const enum device_result result = run(p, body, &answer, message);
    while (result == DEVICE_OK && postscript_line(&answer.at, answer.end, &line)) {
        if (line.kind == POSTSCRIPT_FILE) {
            note_file(p, listing, volume, &line);
        } else if (pattern[1] == '\0') {
            listing_gap(listing, GAP_VOLUME_UNREADABLE, volume);
            listing_unread(listing, volume);
        }
    }
    return result;
}

static enum device_result postscript_list(struct device_session *s, struct device_listing *listing,
                                          char *message)
{
    static const char *const patterns[] = {"*", "**"};
    struct volumes volumes;
    enum device_result result = find_volumes(own(s), listing, &volumes, message);
    for (size_t i = 0; i < volumes.length && result == DEVICE_OK; i++) {
        for (size_t k = 0; k < sizeof patterns / sizeof patterns[0] && result == DEVICE_OK; k++) {
            result = list_volume(own(s), listing, volumes.names[i], patterns[k], message);
        }
    }
    return result;
}

/* Deleting ------------------------------------------------------------------------------------- */

static enum device_result postscript_remove(struct device_session *s,
                                            const struct device_item *item, char *code,
                                            char *message)
{
    char quoted[QUOTED_BYTES];
    char body[BODY_BYTES];
    char error[DEVICE_CODE_BYTES] = "";
    bool there = false;
    struct answer answer;
    struct postscript_line line;
    (void)postscript_quote(item->key, quoted, sizeof quoted);
    (void)snprintf(body, sizeof body,
                   "{%s deletefile}stopped{(E )print $error/errorname get 128 string cvs print"
                   "(\\n)print}if clear %s status{clear(T yes\\n)}{(T no\\n)}ifelse print",
                   quoted, quoted);
    const enum device_result result = run(own(s), body, &answer, message);
    if (result != DEVICE_OK) {
        return result;
    }
    while (postscript_line(&answer.at, answer.end, &line)) {
        if (line.kind == POSTSCRIPT_ERROR && error[0] == '\0') {
            text_clean(error, sizeof error, line.text);
        }
        there = there || (line.kind == POSTSCRIPT_THERE && line.letter == 'y');
    }
    if (error[0] != '\0' && strcmp(error, "undefinedfilename") == 0 && !there) {
        return DEVICE_NOT_FOUND;
    }
    if (error[0] != '\0' || there) {
        text_clean(code, DEVICE_CODE_BYTES, error[0] != '\0' ? error : "still-there");
        return fail(DEVICE_REFUSED, "the interpreter did not delete it", message);
    }
    return DEVICE_OK;
}

/* The rest ------------------------------------------------------------------------------------- */

static enum device_result postscript_revive(struct device_session *s, char *message)
{
    return talk_revive(own(s)->talk, message);
}

static void postscript_set_deadline(struct device_session *s, int64_t deadline_ms)
{
    own(s)->talk->deadline_ms = deadline_ms;
}

static const struct device_transcript *postscript_transcript(struct device_session *s)
{
    return &own(s)->talk->transcript;
}

static void postscript_close(struct device_session *s)
{
    free(s);
}

static const struct device_driver postscript_driver = {.name = "postscript",
                                                       .identify = postscript_identify,
                                                       .status = NULL,
                                                       .counters = postscript_counters,
                                                       .supplies = NULL,
                                                       .list = postscript_list,
                                                       .remove = postscript_remove,
                                                       .remove_all = NULL,
                                                       .print = NULL,
                                                       .revive = postscript_revive,
                                                       .set_deadline = postscript_set_deadline,
                                                       .transcript = postscript_transcript,
                                                       .close = postscript_close};
