/* SPDX-License-Identifier: GPL-2.0-or-later */
/** One connection to an IPP server, a device or cupsd, and single requests on it. */
#ifndef DRIVERS_IPP_EXCHANGE_H
#define DRIVERS_IPP_EXCHANGE_H

#include <cups/cups.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/device.h"
#include "drivers/transcript.h"

struct ipp_exchange {
    struct device_target target;
    http_t *http; /**< NULL when it is not connected */
    char resource[HTTP_MAX_URI];
    int64_t deadline_ms;                  /**< of everything; INT64_MAX: none */
    struct device_transcript *transcript; /**< of the latest exchange; NULL: none is kept */
    ipp_status_t status;                  /**< of the latest answer */
    char *message;                        /**< DEVICE_TEXT_BYTES, where words go */
};

/**
 * Connects to the server of target->uri.
 *
 * @param e        filled in whatever is returned; ipp_exchange_end() it
 * @param message  takes words on other results, also of later requests; lives as long as the
 * exchange
 * @return DEVICE_UNSUPPORTED when the URI cannot be read, DEVICE_UNREACHABLE
 */
enum device_result ipp_exchange_begin(struct ipp_exchange *e, const struct device_target *target,
                                      char *message);
void ipp_exchange_end(struct ipp_exchange *e);

/** Puts words into the exchange's message. @return the result, as it was given */
enum device_result ipp_exchange_fail(struct ipp_exchange *e, enum device_result result,
                                     const char *words);

/** A request at the printer; attributes may be NULL. NULL without memory. */
ipp_t *ipp_exchange_request(const struct ipp_exchange *e, ipp_op_t operation,
                            const char *const *attributes, size_t attributes_length);

/**
 * Sends a request (consumed; NULL counts as one that cannot be sent) and takes the answer, to be
 * freed with ippDelete().
 *
 * @param ret_response  NULL when only the result is of interest; written on DEVICE_OK only
 * @return DEVICE_NOT_FOUND, DEVICE_REFUSED (e->status tells), DEVICE_UNREACHABLE
 */
enum device_result ipp_exchange_ask(struct ipp_exchange *e, ipp_t *request, ipp_t **ret_response);

/* Reading answers; everything is checked for its type ------------------------------------------ */

/** A number, DEVICE_UNKNOWN when there is none or it is negative. */
int64_t ipp_read_count(ipp_t *response, const char *name);
/** A text or name, cleaned; "" when there is none. */
void ipp_read_text(char *to, size_t to_bytes, ipp_t *response, const char *name);
void ipp_read_reasons(struct device_reasons *to, ipp_t *response, const char *name);
/** @return false when there is no such enum, or not with a value that RFC 8011 knows */
bool ipp_read_state(char *to, ipp_t *response, const char *name, int first, int last);

#endif
