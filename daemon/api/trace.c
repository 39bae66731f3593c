/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose copy is this? Asked with the text of a code, a photograph or scan, or a PDF. Pictures are
 * read by printroom-scan, pages of a PDF are painted by printroom-document and then read likewise:
 * nothing of either is parsed here. What comes back is texts, and only the MAC makes one of them
 * more than that. Forged codes are written into the register of violations; every look at a copy
 * is in the audit log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/custody-document.h"
#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/document/client.h"
#include "daemon/error.h"
#include "daemon/jobs/plaintext.h"
#include "daemon/scan/scan.h"
#include "daemon/store/audit.h"
#include "daemon/store/violations.h"

enum { PDF_PAGES_MAX = 40, PDF_DPI = 200 };

static const uint32_t tracers =
    API_ROLE(ROLE_ARCHIVIST) | API_ROLE(ROLE_SUPERVISOR) | API_ROLE(ROLE_AUDITOR);

enum { TRACE_CODE };
static const struct api_field fields[] = {
    [TRACE_CODE] = {"code", API_TEXT, .required = true, .min = 1, .max = 255},
};
const struct api_fields api_trace_fields = API_FIELDS(fields);

/** What a code turned out to be. */
enum verdict { GENUINE, UNREGISTERED, FORGED, FOREIGN, VERDICTS };
static const struct {
    const char *name;
    const char *words[POLICY_LANGUAGES];
} verdicts[VERDICTS] = {
    [GENUINE] = {"genuine", {"genuine", "真实"}},
    [UNREGISTERED] =
        {"unregistered",
         {"there is no such copy in the register (of a genuine code: the store is older "
          "than the sheet)",
          "登记簿中无此份（若编码真实，则数据库早于该纸张）"}},
    [FORGED] = {"forged",
                {"forged, altered, or of another office", "伪造、被改动，或属于其他单位"}},
    [FOREIGN] = {"foreign", {"not a code of printroom", "不是本系统的编码"}},
};

static enum verdict verdict_of(int error)
{
    return error == PR_OK        ? GENUINE
           : error == PR_ECRYPTO ? FORGED
           : error == PR_ENOENT  ? UNREGISTERED
                                 : FOREIGN;
}

/** Those whose duty it is, and anybody whose own copy it is. */
static bool may_see(const struct api_request *request, enum verdict verdict,
                    const struct custody_copy *copy)
{
    return api_may(request, tracers) || verdict == FOREIGN ||
           (verdict == GENUINE && (api_is_self(request, copy->person) ||
                                   (!copy->outside && api_is_self(request, copy->holder))));
}

/** Writes down that somebody looked, or that a code is forged. */
static int write_down(struct api_request *request, struct store_tx *tx, enum verdict verdict,
                      const char *text, const struct custody_copy *copy, uint32_t page)
{
    const struct api_peer *peer = request->peer;
    char month[POLICY_MONTH_BYTES];
    char code[CUSTODY_CODE_BYTES] = "";

    if (verdict == FORGED) {
        const int64_t now_ms = store_now_ms();
        const struct violation_attempt attempt = {.kind = "code-forged",
                                                  .person = peer->login,
                                                  .actor = peer->actor,
                                                  .month = month,
                                                  .at_ms = now_ms};

        clock_month(now_ms, month);
        return violation_add_attempt(tx, &attempt, json_pack("{s:s}", "code", text));
    }
    if (verdict != GENUINE) {
        return PR_OK;
    }
    custody_code(copy, code);
    return audit_append_made(tx, peer->actor, "copy.trace", code,
                             json_pack("{s:I}", "page", (json_int_t)page));
}

/** Looks one code up and appends what it is. PR_EACCESS: not for this peer. */
static int look_up(struct api_request *request, struct store_tx *tx, const char *text, json_t *list)
{
    struct custody_copy copy = {.key = 0};
    uint32_t page = 0;
    json_t *whole = NULL;
    int error = api_custody_find(request->office, tx, text, &copy, &page);
    const enum verdict verdict = verdict_of(error);

    if (error != PR_OK && error != PR_ECRYPTO && error != PR_ENOENT && error != PR_EFORMAT) {
        return error;
    }
    if (!may_see(request, verdict, &copy)) {
        return PR_EACCESS;
    }
    error = write_down(request, tx, verdict, text, &copy, page);
    if (error == PR_OK && verdict == GENUINE) {
        error = api_custody_document_whole(request, tx, &copy, &whole);
    }
    if (error != PR_OK) {
        return error;
    }
    json_t *document =
        json_pack("{s:s, s:s, s:s, s:o, s:o}", "text", text, "verdict", verdicts[verdict].name,
                  "words", verdicts[verdict].words[request->language], "page",
                  page > 0 ? json_integer((json_int_t)page) : json_null(), "copy",
                  whole != NULL ? whole : json_null());

    return document != NULL && json_array_append_new(list, document) == 0 ? PR_OK : PR_ENOMEM;
}

static void answer(struct api_request *request, const struct codes *codes)
{
    json_t *list = json_array();
    struct store_tx *tx = NULL;
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        for (size_t i = 0; i < codes->length && error == PR_OK; i++) {
            error = look_up(request, tx, codes->text[i], list);
        }
        error = api_tx_end(tx, error);
    }
    if (error == PR_OK) {
        api_reply_json(request, 200, json_pack("{s:o}", "codes", list));
        return;
    }
    json_decref(list);
    if (error == PR_EACCESS) {
        api_refuse_words(request, API_NOT_YOURS, NULL,
                         api_words(request,
                                   "This copy is somebody else's. Archivists, supervisors and "
                                   "auditors trace any copy, others their own: ask one of them.",
                                   "该份文件属于他人。档案员、保密监督人和审计员可追溯任何一份，"
                                   "其他人只能追溯本人的；请联系上述人员。"));
    } else if (error == PR_ENOKEY) {
        api_refuse(request, API_NO_KEY,
                   api_words(request, "the office's codes (keys/trace.key)",
                             "本单位编码（keys/trace.key）"),
                   NULL);
    } else {
        api_refuse_error(request, error, NULL);
    }
}

void api_trace_code(struct api_request *request)
{
    struct codes *codes = calloc(1, sizeof *codes);

    if (codes == NULL) {
        api_refuse_error(request, PR_ENOMEM, NULL);
        return;
    }
    codes->length = 1;
    snprintf(codes->text[0], sizeof codes->text[0], "%s", request->value[TRACE_CODE].text);
    answer(request, codes);
    free(codes);
}

/* Pictures --------------------------------------------------------------------------------- */

struct tracing {
    int fd;
    char head[5]; /**< the first bytes, which tell a PDF */
    size_t size;
};

static void begin(struct api_request *request, void **ret_context)
{
    struct tracing *tracing = calloc(1, sizeof *tracing);

    if (tracing == NULL) {
        api_refuse_error(request, PR_ENOMEM, NULL);
        return;
    }
    tracing->fd = -1;
    *ret_context = tracing;
    int error = plaintext_new(&tracing->fd);

    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
    }
}

static void data(struct api_request *request, void *context, const uint8_t *bytes, size_t size)
{
    struct tracing *tracing = context;
    int error = plaintext_append(tracing->fd, bytes, size);

    for (size_t i = 0; i < size && tracing->size + i < sizeof tracing->head; i++) {
        tracing->head[tracing->size + i] = (char)bytes[i];
    }
    tracing->size += size;
    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
    }
}

/** Adds the codes that are not there yet, as far as there is room. */
static void merge(struct codes *codes, const struct codes *more)
{
    for (size_t i = 0; i < more->length && codes->length < CODES_MAX; i++) {
        size_t place = 0;

        while (place < codes->length && strcmp(codes->text[place], more->text[i]) != 0) {
            place++;
        }
        if (place == codes->length) {
            memcpy(codes->text[codes->length++], more->text[i], CODE_TEXT_BYTES);
        }
    }
}

static int scan_page(const struct office *office, const void *png, size_t size, struct codes *codes)
{
    struct codes more = {.length = 0};
    int fd = -1;
    int error = plaintext_new(&fd);

    if (error == PR_OK) {
        error = plaintext_append(fd, png, size);
    }
    if (error == PR_OK && lseek(fd, 0, SEEK_SET) != 0) {
        error = PR_EIO;
    }
    if (error == PR_OK) {
        error = scan_picture(office->settings->scan_program, fd, &more);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (error == PR_OK) {
        merge(codes, &more);
    }
    return error;
}

/** The first pages of a PDF, until there is no room for more codes. */
static int scan_pdf(const struct office *office, int fd, struct codes *codes)
{
    struct document_facts facts = {0};
    char words[DOCUMENT_MESSAGE_BYTES] = "";
    int error = document_inspect(office->documents, fd, &facts, words);
    const uint32_t pages = facts.pages < PDF_PAGES_MAX ? facts.pages : PDF_PAGES_MAX;

    document_facts_clear(&facts);
    for (uint32_t page = 1; page <= pages && error == PR_OK && codes->length < CODES_MAX; page++) {
        void *png = NULL;
        size_t size = 0;

        error = document_preview(office->documents, fd, page, PDF_DPI, &png, &size, words);
        if (error == PR_OK) {
            error = scan_page(office, png, size, codes);
        }
        free(png);
    }
    return error;
}

static void refuse_picture(struct api_request *request, int error)
{
    static const char *const english = "it is neither PNG nor JPEG nor PDF, or damaged";
    static const char *const chinese = "不是 PNG、JPEG 或 PDF，或已损坏";

    if (error == PR_EFORMAT) {
        api_refuse(request, API_DOCUMENT_BAD, api_words(request, english, chinese), NULL);
    } else if (error == PR_EUNSUPPORTED) {
        api_refuse(request, API_DOCUMENT_ENCRYPTED, NULL, NULL);
    } else if (error == PR_ELIMIT) {
        api_refuse(request, API_DOCUMENT_LIMITS,
                   api_words(request, "the picture is too large", "图片过大"), NULL);
    } else if (error == PR_ECRASHED || error == PR_ETIMEOUT || error == PR_EUNREACHABLE) {
        api_refuse(request, API_HELPER_FAILED, NULL, NULL);
    } else {
        api_refuse_error(request, error, NULL);
    }
}

static void end(struct api_request *request, void *context)
{
    const struct tracing *tracing = context;
    struct codes *codes = calloc(1, sizeof *codes);
    int error = codes == NULL ? PR_ENOMEM : plaintext_seal(tracing->fd);

    if (error == PR_OK && lseek(tracing->fd, 0, SEEK_SET) != 0) {
        error = PR_EIO;
    }
    if (error == PR_OK && tracing->size >= sizeof tracing->head &&
        memcmp(tracing->head, "%PDF-", sizeof tracing->head) == 0) {
        error = scan_pdf(request->office, tracing->fd, codes);
    } else if (error == PR_OK) {
        error = scan_picture(request->office->settings->scan_program, tracing->fd, codes);
    }
    if (error != PR_OK) {
        refuse_picture(request, error);
    } else if (codes->length == 0) {
        api_refuse(request, API_NOT_FOUND,
                   api_words(request, "a code in this picture", "图中的编码"), NULL);
    } else {
        answer(request, codes);
    }
    free(codes);
}

static void destroy(void *context)
{
    struct tracing *tracing = context;

    if (tracing->fd >= 0) {
        close(tracing->fd);
    }
    free(tracing);
}

const struct api_stream api_trace_stream = {
    .begin = begin, .data = data, .end = end, .destroy = destroy};
