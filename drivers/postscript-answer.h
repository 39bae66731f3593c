/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Reading what our PostScript programs print. They print lines of a letter and values; text of the
 * device's own goes as hexadecimal digits, so that no name can look like something else. Nothing
 * here touches a device.
 */
#ifndef DRIVERS_POSTSCRIPT_ANSWER_H
#define DRIVERS_POSTSCRIPT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/driver.h"

enum postscript_line_kind {
    POSTSCRIPT_VOLUME,   /**< `V HEX w|r|?`: a volume, and whether it is writeable */
    POSTSCRIPT_FILE,     /**< `F HEX BYTES`: −1 when the size is not known */
    POSTSCRIPT_COUNT,    /**< `C NUMBER`: the page count */
    POSTSCRIPT_PRODUCT,  /**< `P HEX` */
    POSTSCRIPT_REVISION, /**< `R HEX` */
    POSTSCRIPT_SERIAL,   /**< `S HEX` */
    POSTSCRIPT_THERE,    /**< `T yes|no`: whether a file is there */
    POSTSCRIPT_ERROR,    /**< `E WORD`, or the device's own `%%[ Error: WORD; … ]%%` */
    POSTSCRIPT_STRANGE   /**< any other line */
};

struct postscript_line {
    enum postscript_line_kind kind;
    char text[DEVICE_KEY_BYTES]; /**< what HEX says, or WORD; "" where there is none */
    int64_t number;              /**< DEVICE_UNKNOWN where there is none */
    char letter;                 /**< of a volume; of THERE 'y' or 'n' */
};

/** What lies between two nonces. @return false when they are not both there, in this order */
bool postscript_part(const char *reply, size_t length, const char *begin, const char *end,
                     const char **ret_text, size_t *ret_length);

/**
 * Reads the next line that is not empty.
 *
 * @param at  moved behind it
 * @return false when there is none
 */
bool postscript_line(const char **at, const char *end, struct postscript_line *ret);

/** Writes text as a PostScript string of hexadecimal digits, `<…>`. @return false when it does not
 * fit */
bool postscript_quote(const char *text, char *to, size_t to_bytes);

#endif
