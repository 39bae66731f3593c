/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What printroom-device says in JSON lines (printroom-device(8)), checked again: it repeats what
 * devices say, and a device may say anything. Only members that are known come through, texts cut,
 * their control characters made spaces, numbers in range, keywords of their set.
 */
#ifndef DAEMON_DEVICES_ANSWERS_H
#define DAEMON_DEVICES_ANSWERS_H

#include <jansson.h>
#include <stddef.h>

enum device_verb {
    DEVICE_PROBE,
    DEVICE_COUNTERS,
    DEVICE_SUPPLIES,
    DEVICE_RESIDUE,
    DEVICE_PURGE,
    DEVICE_VERBS
};
/** The verb as the program takes it, "probe" …; static. */
const char *device_verb_word(enum device_verb verb);

/* A summary has up to two times 2000 things in it, of which a Chinese name makes a kilobyte. */
enum { DEVICE_LINE_BYTES = 6 << 20, DEVICE_LINES_MAX = 20000 };

struct device_answer {
    json_t *lines; /**< all lines that were sound, cleaned, in order */
    json_t *last;  /**< the one that concludes the answer (probe, counters, end, summary), borrowed
                      from lines; NULL: there is none */
    char message[256]; /**< what the helper said is wrong, "" nothing */
};

/**
 * Reads an answer.
 *
 * @param exit_code  of the helper
 * @param text       its output, not necessarily terminated
 * @param answer     filled as far as it came whatever is returned (a purge that was cut off is
 * evidence as well); clear it with device_answer_clear()
 * @return PR_OK: concluded, and nothing wrong with it; PR_EUNREACHABLE, PR_EREFUSED,
 * PR_EUNSUPPORTED (the device, or the helper, cannot do that), PR_EFORMAT (not an answer),
 * PR_ECRASHED, PR_ENOMEM
 */
int device_answer_read(enum device_verb verb, int exit_code, const char *text, size_t length,
                       struct device_answer *answer);
void device_answer_clear(struct device_answer *answer);

#endif
