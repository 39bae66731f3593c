/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-code.h"

#include <errno.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"

/** What was found to fit texts of a length. */
struct fit {
    int version; /**< 0: not known */
    QRecLevel level;
};

struct code_maker {
    struct fit fit[STAMP_CODE_BYTES];
};

struct code_maker *code_maker_new(size_t expected)
{
    (void)expected;
    return calloc(1, sizeof(struct code_maker));
}

void code_maker_free(struct code_maker *maker)
{
    free(maker);
}

static int error_of_errno(void)
{
    return errno == ENOMEM ? PR_ENOMEM : PR_EINVAL;
}

/* The highest level that keeps the version of level M. */
static int find_fit(const char *text, struct fit *ret_fit)
{
    static const QRecLevel levels[] = {QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
    struct fit fit = {0, QR_ECLEVEL_M};

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        QRcode *code = QRcode_encodeString(text, fit.version, levels[i], QR_MODE_8, 1);
        int version = code != NULL ? code->version : 0;

        QRcode_free(code);
        if (i == 0 && version == 0) {
            return error_of_errno();
        }
        if (i == 0 || version == fit.version) {
            fit = (struct fit){version, levels[i]};
        }
    }
    *ret_fit = fit;
    return PR_OK;
}

static int pack(const QRcode *symbol, struct code *ret_code)
{
    unsigned modules = (unsigned)symbol->width;
    size_t row_bytes = (modules + 7) / 8;

    if (modules > CODE_MODULES_MAX) {
        return PR_EINVAL;
    }
    ret_code->modules = modules;
    ret_code->bytes = modules * row_bytes;
    memset(ret_code->rows, 0, ret_code->bytes);
    for (unsigned y = 0; y < modules; y++) {
        for (unsigned x = 0; x < modules; x++) {
            if ((symbol->data[y * modules + x] & 1) == 0) {
                ret_code->rows[y * row_bytes + x / 8] |= (uint8_t)(0x80 >> x % 8);
            }
        }
    }
    return PR_OK;
}

int code_make(struct code_maker *maker, const char *text, struct code *ret_code)
{
    size_t length = strlen(text);
    struct fit fit = maker->fit[length < STAMP_CODE_BYTES ? length : 0];
    QRcode *symbol = NULL;

    if (fit.version > 0) {
        symbol = QRcode_encodeString(text, fit.version, fit.level, QR_MODE_8, 1);
    }
    /* A text of other characters may need more room than one of the same length. */
    if (symbol == NULL || symbol->version != fit.version) {
        int result = find_fit(text, &fit);

        QRcode_free(symbol);
        if (result != PR_OK) {
            return result;
        }
        symbol = QRcode_encodeString(text, fit.version, fit.level, QR_MODE_8, 1);
        if (symbol == NULL) {
            return error_of_errno();
        }
        if (length < STAMP_CODE_BYTES) {
            maker->fit[length] = fit;
        }
    }
    int result = pack(symbol, ret_code);

    QRcode_free(symbol);
    return result;
}
