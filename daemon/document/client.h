/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The daemon's end of `printroom-document`: starts its warm parent once, hands documents over,
 * takes facts back.
 *
 * The daemon never parses a PDF. It gives an anonymous memory file (memfd) to the helper and reads
 * JSON lines from a pipe. A helper that crashes, hangs or exceeds its limits costs that document an
 * error (PR_ECRASHED, PR_ETIMEOUT).
 */
#ifndef DAEMON_DOCUMENT_CLIENT_H
#define DAEMON_DOCUMENT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/sheets.h"

struct document_helper; /**< the running warm parent; safe to use from several threads at once */

struct document_helper_settings {
    const char *program; /**< path of printroom-document */
    const char
        *user; /**< account to run as when started as root, e.g. "nobody"; NULL: the caller's own */
    unsigned timeout_s;    /**< for one document, wall clock */
    uint64_t memory_bytes; /**< limit for one document's process: its address space, the document
                              included */
    unsigned children;     /**< documents at a time, 1–64; more callers wait their turn */
    uint32_t pages_max;    /**< larger documents get PR_ELIMIT; 0: 5000 */
};

/**
 * Starts the warm parent. Call while still root when `user` is set. Free with
 * document_helper_stop().
 *
 * A warm parent that dies is started again by the next document_inspect(); when the caller has
 * given up root by then, under the caller's own account (logged).
 *
 * @return PR_OK; PR_EINVAL (children or timeout out of range), PR_EUNREACHABLE (the program cannot
 * be run), PR_ENOMEM
 */
int document_helper_start(const struct document_helper_settings *settings,
                          struct document_helper **ret_helper);

/** Ends the helper and all its children and waits for them. NULL is allowed. */
void document_helper_stop(struct document_helper *helper);

enum { DOCUMENT_FINGERPRINT_BYTES = 32, DOCUMENT_LEVEL_BYTES = 24, DOCUMENT_MESSAGE_BYTES = 256 };

struct document_facts {
    uint32_t pages;
    uint32_t color_pages; /**< pages that use other than black, white and grey */
    uint32_t
        guessed_pages; /**< of these, pages counted as colour because there was no time to look */
    struct policy_page_run
        *runs; /**< page sizes as printed; owned, free with document_facts_clear() */
    size_t runs_length;
    uint8_t
        fingerprint[DOCUMENT_FINGERPRINT_BYTES]; /**< of the content: the same after a re-export */
    char marked_level[DOCUMENT_LEVEL_BYTES]; /**< level id of the highest mark found near the top of
                                                a page, or "" */
    uint32_t marked_page;                    /**< page (from 1) where that mark stands */
};
void document_facts_clear(struct document_facts *facts);

/**
 * Has one document inspected.
 *
 * @param document_fd   a readable, seekable descriptor of the whole PDF (memfd); borrowed
 * @param ret_message   on PR_EFORMAT, PR_ELIMIT and PR_EUNSUPPORTED (encrypted) the helper's own
 * words (English), else ""
 * @return PR_OK; PR_EFORMAT (broken), PR_EUNSUPPORTED (encrypted with a password), PR_ELIMIT (too
 * many pages or too large to inspect), PR_ETIMEOUT, PR_ECRASHED, PR_EUNREACHABLE
 */
int document_inspect(struct document_helper *helper, int document_fd,
                     struct document_facts *ret_facts, char ret_message[DOCUMENT_MESSAGE_BYTES]);

/** An inspection under way, for a caller that has something else to do meanwhile. */
struct document_inspection {
    struct document_helper *helper;
    int answer; /**< reading end of a pipe */
};
/**
 * Hands a document over. On PR_OK document_inspect_end() must follow, on the same thread or
 * another.
 *
 * @return PR_OK; PR_EUNREACHABLE, PR_ENOMEM
 */
int document_inspect_begin(struct document_helper *helper, int document_fd,
                           struct document_inspection *ret_inspection);
/** Waits for the answer; parameters and return values as those of document_inspect(). */
int document_inspect_end(struct document_inspection *inspection, struct document_facts *ret_facts,
                         char ret_message[DOCUMENT_MESSAGE_BYTES]);

/**
 * Has one page painted.
 *
 * @param document_fd  as document_inspect()
 * @param page         from 1
 * @param dpi          PREVIEW_DPI_MIN … PREVIEW_DPI_MAX (daemon/document/picture.h)
 * @param ret_png      malloc'd; at most PREVIEW_BYTES_MAX bytes, framed as a PNG; what is inside
 * was made by a process that has read a hostile document
 * @return PR_OK; PR_EINVAL (page or dpi); as document_inspect(), PR_ELIMIT also when there is no
 * such page
 */
int document_preview(struct document_helper *helper, int document_fd, uint32_t page, uint32_t dpi,
                     void **ret_png, size_t *ret_size, char ret_message[DOCUMENT_MESSAGE_BYTES]);

/** What stands on every page of every copy. Texts are UTF-8 without control characters, at most 191
 * bytes. */
struct document_stamp_plan {
    const char *level_term;      /**< e.g. "机密★20年" (GB/T 9704 密级★期限) */
    const char *document_number; /**< 发文字号 or "" */
    const char *person;          /**< who printed */
    const char *time;            /**< "2026-11-26 09:30" */
    uint32_t first_copy;         /**< 份号 of the first copy, from 1 */
    uint32_t copies;             /**< up to 份号 999999; copies × pages at most 1,000,000 */
    uint32_t pages;              /**< of the document as inspected; another number is PR_EFORMAT */
    bool pad;   /**< two-sided: copies of an odd number of pages get an empty page */
    bool marks; /**< draw level★term and 份号 at the top where the document does not carry them */
    const char *codes; /**< copies × pages NUL-terminated texts, code_bytes apart, printable ASCII:
                          the code of copy c, page p (both from 0) at
                          codes + (c * pages + p) * code_bytes */
    size_t code_bytes; /**< 2 … 96, the NUL included */
};

/**
 * Has a document stamped: copies × pages pages, and padding, each copy complete before the next.
 *
 * The unstamped document stays inside the result (incremental update, ISO 32000-1 §7.5.6), so it
 * goes to a printer or the archive, never to a person.
 *
 * @param document_fd  as document_inspect()
 * @param plan         borrowed for the call
 * @param ret_fd       memfd, sealed, at offset 0; the caller closes it
 * @return PR_OK; PR_EINVAL (the plan); as document_inspect(), PR_ELIMIT also when a page is too
 * small for a stamp; PR_ENOMEM
 */
int document_stamp(struct document_helper *helper, int document_fd,
                   const struct document_stamp_plan *plan, int *ret_fd,
                   char ret_message[DOCUMENT_MESSAGE_BYTES]);

#endif
