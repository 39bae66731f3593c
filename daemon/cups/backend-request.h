/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What cupsd tells a backend about a job, turned into the body of `POST /v1/jobs`.
 *
 * cupsd gives: argv[1] job number, argv[2] person, argv[3] title, argv[4] copies, argv[5] options
 * as one string; options that nobody chose are not among them, their values are the defaults in the
 * queue's PPD.
 */
#ifndef DAEMON_CUPS_BACKEND_REQUEST_H
#define DAEMON_CUPS_BACKEND_REQUEST_H

#include <jansson.h>

enum {
    BACKEND_COPIES_MAX = 9999, /**< cupsd's own limit (MaxCopies) */
    BACKEND_TITLE_BYTES_MAX =
        1023, /**< longest title of a job (RFC 8011 §5.1.2.1) that is handed on */
};

/**
 * Builds the request for one job.
 *
 * @param argv  cupsd's arguments, argv[1] to argv[5] present
 * @param ppd   path of the queue's PPD whose defaults apply, or NULL
 * @param ret_error  set to a static English sentence when NULL is returned
 * @return a new object with all fields but "document", owned by the caller; NULL when an argument
 * is out of range or cupsd gave no job-uuid
 */
json_t *backend_request_new(char *const argv[], const char *ppd, const char **ret_error);

#endif
