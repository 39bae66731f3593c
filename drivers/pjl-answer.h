/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Reading what a printer answers in PJL (HP Printer Job Language Technical Reference, status
 * readback and file system commands). Nothing here touches a device.
 */
#ifndef DRIVERS_PJL_ANSWER_H
#define DRIVERS_PJL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/device.h"
#include "drivers/driver.h"

enum { PJL_VOLUMES_MAX = 8, PJL_VOLUME_BYTES = 16 };

/** What came between the question and the nonce that ended it. */
enum pjl_answer_kind {
    PJL_TEXT,       /**< an answer, maybe of no lines */
    PJL_UNKNOWN,    /**< "?": the printer does not know that question */
    PJL_FILE_ERROR, /**< FILEERROR=n */
    PJL_SILENCE     /**< nothing, though the nonce came back */
};

struct pjl_answer {
    enum pjl_answer_kind kind;
    int file_error;
    const char *text; /**< what follows the echo of the command; in the reply, not terminated */
    size_t length;
};

/**
 * Finds the answer to a command.
 *
 * What an earlier question left behind is skipped: only what comes after the last other ECHO before
 * the nonce counts.
 *
 * @param reply    a NUL stands behind it
 * @param command  as it was sent, without "@PJL "
 * @param next     the command that was sent after it in the same frame, NULL when there was none
 * @param nonce    the word of the ECHO that was sent last
 */
void pjl_answer_read(const char *reply, size_t reply_length, const char *command, const char *next,
                     const char *nonce, struct pjl_answer *ret);

/** The words of a file error, "" for a number that nobody has defined. */
const char *pjl_file_error_words(int number);

/**
 * The next line, without its end; empty ones are left out.
 *
 * @param at  moved behind it
 * @return false when there is none
 */
bool pjl_line(const char **at, const char *end, const char **ret_line, size_t *ret_length);

struct pjl_volume {
    char name[PJL_VOLUME_BYTES]; /**< "0:" */
    bool read_only;
};
/** INFO FILESYS. @return how many volumes, −1 when it is no such table */
int pjl_read_volumes(const struct pjl_answer *answer, struct pjl_volume ret[PJL_VOLUMES_MAX]);

struct pjl_entry {
    char name[DEVICE_KEY_BYTES];
    bool folder;
    int64_t size_bytes; /**< DEVICE_UNKNOWN for folders and where it is not told */
};
/** A line of FSDIRLIST: `name TYPE=DIR` or `name TYPE=FILE SIZE=n`. */
bool pjl_read_entry(const char *line, size_t length, struct pjl_entry *ret);

/** FSQUERY. @return whether it says that there is such a file or folder */
bool pjl_read_query(const struct pjl_answer *answer);

/** INFO PAGECOUNT: `PAGECOUNT=4711` or a bare number. DEVICE_UNKNOWN */
int64_t pjl_read_page_count(const struct pjl_answer *answer);

/** INFO STATUS. @return false when there is no code in it */
bool pjl_read_status(const struct pjl_answer *answer, struct device_status *ret);

/** The value of the first of these keys (ends with NULL) in lines `KEY=VALUE`, without quotes. */
bool pjl_read_value(const struct pjl_answer *answer, const char *const *keys, char *ret_value,
                    size_t value_bytes);

/** INFO ID: the text in quotes. */
bool pjl_read_id(const struct pjl_answer *answer, char *ret_value, size_t value_bytes);

/** INFO CONFIG: whether PostScript is among the languages. */
bool pjl_read_postscript(const struct pjl_answer *answer);

/** DINQUIRE of a switch: 1 for ON or ENABLED, 0 for OFF or DISABLED, −1 for anything else. */
int pjl_read_switch(const struct pjl_answer *answer);

#endif
