/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem. PJL has no framing: an answer ends somewhere, a printer that does not know a
 * question may say "?" or nothing, answers to earlier questions come late, and FSDELETE never
 * answers.
 *
 * The way chosen. Every question is a frame of its own that ends with an ECHO of a fresh nonce; we
 * read until the nonce comes back, so that "nothing" is told from "not yet", and what a slow
 * printer still says to an earlier question is told by its older nonce (pjl-answer.c). After each
 * FSDELETE the same frame asks FSQUERY. That is a hint only: what is proof is the listing that is
 * read again when all is done (purge.c).
 *
 * A listing is walked page by page until a page brings nothing new, as printers give fewer entries
 * than they are asked for, or begin at the first again. Depth and number of folders are bounded.
 *
 * Left out: FSINIT, which formats a volume with fonts and macros on it, and anything that writes
 * settings.
 */
#include "drivers/pjl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/listing.h"
#include "drivers/pjl-answer.h"
#include "drivers/text.h"

#define EXIT_LANGUAGE "\033%-12345X"
static const char exit_language[] = EXIT_LANGUAGE;

enum { COMMAND_BYTES = 2 * DEVICE_KEY_BYTES + 64, FRAME_BYTES = 2 * COMMAND_BYTES + 128 };
enum { PAGE_ENTRIES = 256, PAGES_MAX = 64, DEPTH_MAX = 16, FOLDERS_MAX = 512 };
enum { FILE_NOT_FOUND = 3, FILE_NO_SYSTEM = 52 };

struct pjl_session {
    struct device_session head;
    struct talk *talk;
    const struct residue_rules *rules;
    bool locked; /**< DISKLOCK is ON */
    size_t volumes_length;
    struct pjl_volume volumes[PJL_VOLUMES_MAX];
    char folders[FOLDERS_MAX][DEVICE_KEY_BYTES]; /**< of the volume that is walked */
};

static const struct device_driver pjl_driver;

static struct pjl_session *own(struct device_session *s)
{
    return (struct pjl_session *)s;
}

static enum device_result fail(enum device_result result, const char *words, char *message)
{
    text_clean(message, DEVICE_TEXT_BYTES, words);
    return result;
}

/* Questions ------------------------------------------------------------------------------------ */

/** Sends commands (each with "@PJL " before and CRLF behind) as one frame, and hears it out. */
static enum device_result exchange(struct pjl_session *p, const char *commands,
                                   char nonce[TALK_NONCE_BYTES], char *message)
{
    char frame[FRAME_BYTES];
    talk_nonce(nonce);
    (void)snprintf(frame, sizeof frame, "%s@PJL\r\n%s@PJL ECHO %s\r\n%s", exit_language, commands,
                   nonce, exit_language);
    const enum device_result result = talk_say(p->talk, frame, strlen(frame), message);
    return result == DEVICE_OK ? talk_hear(p->talk, nonce, message) : result;
}

/** Asks one thing. @param ret  points into the talk's reply, valid until the next exchange */
static enum device_result ask(struct pjl_session *p, const char *command, struct pjl_answer *ret,
                              char *message)
{
    char line[COMMAND_BYTES];
    char nonce[TALK_NONCE_BYTES];
    (void)snprintf(line, sizeof line, "@PJL %s\r\n", command);
    const enum device_result result = exchange(p, line, nonce, message);
    if (result == DEVICE_OK) {
        pjl_answer_read(p->talk->reply, p->talk->reply_length, command, NULL, nonce, ret);
    }
    return result;
}

/** The same where only text is of use. */
static enum device_result ask_text(struct pjl_session *p, const char *command,
                                   struct pjl_answer *ret, char *message)
{
    struct pjl_answer answer;
    const enum device_result result = ask(p, command, &answer, message);
    if (result == DEVICE_OK && answer.kind != PJL_TEXT) {
        return fail(DEVICE_UNSUPPORTED, "the printer does not know that question", message);
    }
    if (result == DEVICE_OK) {
        *ret = answer;
    }
    return result;
}

enum device_result pjl_session_open(struct talk *talk, const char *uri,
                                    const struct residue_rules *rules, struct device_session **ret,
                                    char ret_message[DEVICE_TEXT_BYTES])
{
    char nonce[TALK_NONCE_BYTES];
    struct pjl_session *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return fail(DEVICE_UNREACHABLE, strerror(ENOMEM), ret_message);
    }
    p->head = (struct device_session){.driver = &pjl_driver, .uri = uri};
    p->talk = talk;
    p->rules = rules;
    /* Unasked-for messages would come in between. */
    const enum device_result result = exchange(p, "@PJL USTATUSOFF\r\n", nonce, ret_message);
    if (result == DEVICE_OK) {
        *ret = &p->head;
    } else {
        free(p);
    }
    return result;
}

/* Who and how ---------------------------------------------------------------------------------- */

static void fill(char *to, size_t to_bytes, const struct pjl_answer *answer,
                 const char *const *keys)
{
    char value[DEVICE_NAME_BYTES];
    if (to[0] == '\0' && pjl_read_value(answer, keys, value, sizeof value)) {
        text_clean(to, to_bytes, value);
    }
}

static enum device_result pjl_identify(struct device_session *s, struct device_facts *facts,
                                       char *message)
{
    static const char *const serial_keys[] = {"SERIAL NUMBER", "SERIALNUMBER",
                                              "PRODUCTSERIALNUMBER", "FORMATTERSERIALNUMBER", NULL};
    static const char *const firmware_keys[] = {"FIRMWARE DATECODE", "FIRMWAREDATECODE",
                                                "FIRMWARE VERSION", "FIRMWARE", NULL};
    static const char *const questions[] = {"INFO CONFIG", "INFO PRODINFO"};
    struct pjl_answer answer;
    enum device_result result = ask_text(own(s), "INFO ID", &answer, message);
    if (result == DEVICE_OK && facts->model[0] == '\0') {
        (void)pjl_read_id(&answer, facts->model, sizeof facts->model);
    }
    for (size_t i = 0; i < sizeof questions / sizeof questions[0] &&
                       (result == DEVICE_OK || result == DEVICE_UNSUPPORTED);
         i++) {
        result = ask_text(own(s), questions[i], &answer, message);
        if (result == DEVICE_OK) {
            fill(facts->serial, sizeof facts->serial, &answer, serial_keys);
            fill(facts->firmware, sizeof facts->firmware, &answer, firmware_keys);
            facts->postscript = facts->postscript || pjl_read_postscript(&answer);
        }
    }
    return result == DEVICE_UNSUPPORTED ? DEVICE_OK : result;
}

static enum device_result pjl_status(struct device_session *s, struct device_status *ret,
                                     char *message)
{
    struct pjl_answer answer;
    struct device_status status;
    enum device_result result = ask_text(own(s), "INFO STATUS", &answer, message);
    if (result == DEVICE_OK && !pjl_read_status(&answer, &status)) {
        result = fail(DEVICE_MALFORMED, "the device has no state", message);
    }
    if (result != DEVICE_OK) {
        return result;
    }
    if (ask_text(own(s), "INFO PAGECOUNT", &answer, message) == DEVICE_OK) {
        status.impressions_completed = pjl_read_page_count(&answer);
    }
    if (ask_text(own(s), "INFO ID", &answer, message) == DEVICE_OK) {
        (void)pjl_read_id(&answer, status.make_and_model, sizeof status.make_and_model);
    }
    *ret = status;
    return DEVICE_OK;
}

static enum device_result pjl_counters(struct device_session *s, struct device_counters *ret,
                                       char *message)
{
    struct pjl_answer answer;
    const enum device_result result = ask_text(own(s), "INFO PAGECOUNT", &answer, message);
    if (result != DEVICE_OK) {
        return result;
    }
    const int64_t pages = pjl_read_page_count(&answer);
    if (pages < 0) {
        return fail(DEVICE_MALFORMED, "the page count is no number", message);
    }
    *ret = (struct device_counters){
        .impressions = pages, .color_impressions = DEVICE_UNKNOWN, .media_sheets = DEVICE_UNKNOWN};
    return DEVICE_OK;
}

/* The walk ------------------------------------------------------------------------------------- */

struct walk {
    struct pjl_session *p;
    struct device_listing *listing;
    size_t folders_length; /**< of the session's folders, without a backslash at the end */
};

static unsigned depth_of(const char *path)
{
    unsigned depth = 0;
    for (; *path != '\0'; path++) {
        depth += *path == '\\' ? 1 : 0;
    }
    return depth;
}

static bool can_be_quoted(const char *path)
{
    for (; *path != '\0'; path++) {
        if (*path == '"' || (unsigned char)*path < 0x20) {
            return false;
        }
    }
    return true;
}

static void unreadable(struct walk *w, enum device_gap_why why, const char *folder)
{
    listing_gap(w->listing, why, folder);
    listing_unread(w->listing, folder);
}

static void note_folder(struct walk *w, const char *path)
{
    if (depth_of(path) > DEPTH_MAX) {
        unreadable(w, GAP_TOO_DEEP, path);
    } else if (w->folders_length == FOLDERS_MAX) {
        unreadable(w, GAP_TOO_MANY, path);
    } else if (!can_be_quoted(path)) {
        unreadable(w, GAP_FOLDER_UNREADABLE, path);
    } else {
        (void)snprintf(w->p->folders[w->folders_length++], DEVICE_KEY_BYTES, "%s", path);
    }
}

static bool is_locked(const struct pjl_session *p, const char *path)
{
    for (size_t i = 0; i < p->volumes_length; i++) {
        const struct pjl_volume *volume = &p->volumes[i];
        if (strncmp(path, volume->name, strlen(volume->name)) == 0) {
            return volume->read_only || (p->locked && strcmp(volume->name, "0:") == 0);
        }
    }
    return false;
}

static void note_entry(struct walk *w, const char *folder, const struct pjl_entry *entry)
{
    struct device_item item = {
        .kind = DEVICE_ITEM_FILE, .size_bytes = entry->size_bytes, .state = ""};
    const int length = snprintf(item.key, sizeof item.key, "%s\\%s", folder, entry->name);
    if (length < 0 || (size_t)length >= sizeof item.key) {
        unreadable(w, GAP_FOLDER_UNREADABLE, folder);
        return;
    }
    if (entry->folder) {
        note_folder(w, item.key);
        return;
    }
    text_clean(item.where, sizeof item.where, folder);
    text_clean(item.name, sizeof item.name, entry->name);
    if (is_locked(w->p, item.key)) {
        (void)snprintf(item.state, sizeof item.state, "locked");
    }
    item.nature = residue_nature(w->p->rules, item.key);
    item.residue = residue_is(w->p->rules, item.nature);
    (void)listing_add(w->listing, &item);
}

struct page {
    size_t lines;
    bool strange; /**< there was a line that is no entry */
    bool again; /**< it begins as the page before: the printer gives the same one whatever is asked
                   for */
    char first[DEVICE_KEY_BYTES];
};

static void read_page(struct walk *w, const char *folder, const struct pjl_answer *answer,
                      const char *first_before, struct page *ret)
{
    const char *at = answer->text;
    const char *line = NULL;
    size_t length = 0;
    struct pjl_entry entry;
    *ret = (struct page){.first = ""};
    /* Behind the command's echo stand its operands. */
    if (answer->length > 0 && strchr("\r\n\f", answer->text[0]) == NULL) {
        (void)pjl_line(&at, answer->text + answer->length, &line, &length);
    }
    while (pjl_line(&at, answer->text + answer->length, &line, &length)) {
        if (!pjl_read_entry(line, length, &entry)) {
            ret->strange = ret->strange || strspn(line, " \t") < length;
            continue;
        }
        if (ret->lines++ == 0) {
            memcpy(ret->first, entry.name, sizeof ret->first);
            ret->again = strcmp(entry.name, first_before) == 0;
        }
        if (!ret->again && strcmp(entry.name, ".") != 0 && strcmp(entry.name, "..") != 0) {
            note_entry(w, folder, &entry);
        }
    }
}

static enum device_result read_folder(struct walk *w, const char *folder, char *message)
{
    char first[DEVICE_KEY_BYTES] = "";
    unsigned next = 1;
    for (unsigned i = 0; i < PAGES_MAX; i++) {
        char command[COMMAND_BYTES];
        struct pjl_answer answer;
        struct page page;
        (void)snprintf(command, sizeof command, "FSDIRLIST NAME=\"%s\\\" ENTRY=%u COUNT=%d", folder,
                       next, PAGE_ENTRIES);
        const enum device_result result = ask(w->p, command, &answer, message);
        if (result != DEVICE_OK) {
            return result;
        }
        const bool told = answer.kind == PJL_TEXT;
        read_page(w, folder, &answer, first, &page);
        /* A folder has at least "." in it: an answer without a line proves nothing. */
        if (told && page.strange) {
            unreadable(w, GAP_FOLDER_UNREADABLE, folder);
        }
        if (i == 0 && (!told || page.lines == 0)) {
            unreadable(w, depth_of(folder) == 0 ? GAP_VOLUME_UNREADABLE : GAP_FOLDER_UNREADABLE,
                       folder);
            return DEVICE_OK;
        }
        if (!told || page.lines == 0 || page.again) {
            return DEVICE_OK;
        }
        memcpy(first, page.first, sizeof first);
        next += (unsigned)page.lines;
    }
    unreadable(w, GAP_TOO_MANY, folder);
    return DEVICE_OK;
}

static enum device_result walk_volume(struct walk *w, const struct pjl_volume *volume,
                                      char *message)
{
    enum device_result result = DEVICE_OK;
    w->folders_length = 0;
    note_folder(w, volume->name);
    for (size_t i = 0; i < w->folders_length && result == DEVICE_OK; i++) {
        result = read_folder(w, w->p->folders[i], message);
    }
    return result;
}

/** Which volumes there are, and whether they are locked. */
static enum device_result find_volumes(struct pjl_session *p, struct device_listing *listing,
                                       char *message)
{
    struct pjl_answer answer;
    enum device_result result = ask(p, "INFO FILESYS", &answer, message);
    if (result != DEVICE_OK) {
        return result;
    }
    if (answer.kind == PJL_UNKNOWN ||
        (answer.kind == PJL_FILE_ERROR && answer.file_error == FILE_NO_SYSTEM)) {
        listing_gap(listing, GAP_NO_FILE_SYSTEM, "PJL");
        return fail(DEVICE_UNSUPPORTED, "the printer has no file system", message);
    }
    if (answer.kind == PJL_SILENCE) {
        listing_gap(listing, GAP_VOLUME_UNREADABLE, "PJL");
        return fail(DEVICE_UNSUPPORTED, "the printer does not tell its volumes", message);
    }
    const int volumes = pjl_read_volumes(&answer, p->volumes);
    if (volumes < 0) {
        return fail(DEVICE_MALFORMED, "the table of volumes makes no sense", message);
    }
    p->volumes_length = (size_t)volumes;
    p->locked = false;
    result = volumes > 0 ? ask(p, "DINQUIRE DISKLOCK", &answer, message) : DEVICE_OK;
    if (result == DEVICE_OK && volumes > 0) {
        p->locked = pjl_read_switch(&answer) == 1;
    }
    for (size_t i = 0; i < p->volumes_length && result == DEVICE_OK; i++) {
        if (is_locked(p, p->volumes[i].name)) {
            listing_gap(listing, GAP_VOLUME_LOCKED, p->volumes[i].name);
        }
    }
    return result;
}

static enum device_result pjl_list(struct device_session *s, struct device_listing *listing,
                                   char *message)
{
    struct pjl_session *p = own(s);
    struct walk w = {.p = p, .listing = listing};
    enum device_result result = find_volumes(p, listing, message);
    for (size_t i = 0; i < p->volumes_length && result == DEVICE_OK; i++) {
        result = walk_volume(&w, &p->volumes[i], message);
    }
    return result;
}

/* Deleting ------------------------------------------------------------------------------------- */

static enum device_result refuse(char *code, const char *code_words, const char *words,
                                 char *message)
{
    (void)snprintf(code, DEVICE_CODE_BYTES, "%s", code_words);
    return fail(DEVICE_REFUSED, words, message);
}

static enum device_result refuse_number(char *code, int number, char *message)
{
    char text[DEVICE_CODE_BYTES];
    (void)snprintf(text, sizeof text, "FILEERROR=%d", number);
    return refuse(code, text, pjl_file_error_words(number), message);
}

static enum device_result pjl_remove(struct device_session *s, const struct device_item *item,
                                     char *code, char *message)
{
    struct pjl_session *p = own(s);
    char commands[FRAME_BYTES - 128];
    char nonce[TALK_NONCE_BYTES];
    struct pjl_answer deleted;
    struct pjl_answer query;
    transcript_clear(&p->talk->transcript);
    if (!can_be_quoted(item->key)) {
        return refuse(code, "illegal-name", "the name cannot be said in PJL", message);
    }
    (void)snprintf(commands, sizeof commands,
                   "@PJL FSDELETE NAME=\"%s\"\r\n@PJL FSQUERY NAME=\"%s\"\r\n", item->key,
                   item->key);
    const enum device_result result = exchange(p, commands, nonce, message);
    if (result != DEVICE_OK) {
        return result;
    }
    pjl_answer_read(p->talk->reply, p->talk->reply_length, "FSDELETE", "FSQUERY", nonce, &deleted);
    pjl_answer_read(p->talk->reply, p->talk->reply_length, "FSQUERY", NULL, nonce, &query);
    if (deleted.kind == PJL_FILE_ERROR && deleted.file_error != FILE_NOT_FOUND) {
        return refuse_number(code, deleted.file_error, message);
    }
    if (pjl_read_query(&query)) {
        return is_locked(p, item->key)
                   ? refuse(code, "volume-locked", "the volume is locked", message)
                   : refuse(code, "still-there", "the printer still has it", message);
    }
    return deleted.kind == PJL_FILE_ERROR ? DEVICE_NOT_FOUND : DEVICE_OK;
}

/* Printing ------------------------------------------------------------------------------------- */

static enum device_result pjl_print(struct device_session *s, int fd, int64_t *ret_bytes,
                                    char *message)
{
    /* A job that is stored on the device would be residue (PJL Technical Reference, "HOLD"). */
    static const char head[] = EXIT_LANGUAGE "@PJL\r\n@PJL SET HOLD=OFF\r\n";
    return talk_pump(own(s)->talk, fd, head, EXIT_LANGUAGE, ret_bytes, message);
}

/* The rest ------------------------------------------------------------------------------------- */

static enum device_result pjl_revive(struct device_session *s, char *message)
{
    return talk_revive(own(s)->talk, message);
}

static void pjl_set_deadline(struct device_session *s, int64_t deadline_ms)
{
    own(s)->talk->deadline_ms = deadline_ms;
}

static const struct device_transcript *pjl_transcript(struct device_session *s)
{
    return &own(s)->talk->transcript;
}

static void pjl_close(struct device_session *s)
{
    free(s);
}

static const struct device_driver pjl_driver = {.name = "pjl",
                                                .identify = pjl_identify,
                                                .status = pjl_status,
                                                .counters = pjl_counters,
                                                .supplies = NULL,
                                                .list = pjl_list,
                                                .remove = pjl_remove,
                                                .remove_all = NULL,
                                                .print = pjl_print,
                                                .revive = pjl_revive,
                                                .set_deadline = pjl_set_deadline,
                                                .transcript = pjl_transcript,
                                                .close = pjl_close};
