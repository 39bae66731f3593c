/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Pages of a stored document as pictures, for those who decide on it. */
#ifndef DAEMON_JOBS_PAGES_H
#define DAEMON_JOBS_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/document/client.h"
#include "daemon/office.h"
#include "daemon/store/jobs.h"

/**
 * Opens what is kept of a job's document as sealed anonymous memory, once it has proved to be what
 * was received and decided on: age authenticates a file, not who wrote it.
 *
 * @param ret_fd  at offset 0; the caller's to close
 * @return PR_OK; PR_ENOENT (nothing is kept any more), PR_ENOKEY, PR_ECRYPTO, PR_EFORMAT …
 */
int job_open_document(struct office *office, const struct job_record *job, int *ret_fd);

/**
 * Decrypts a job's document into sealed anonymous memory and has a page of it painted; nothing of
 * it touches a disk.
 *
 * @param page,dpi  as document_preview()
 * @param ret_png   malloc'd
 * @return PR_OK; PR_ESTATE (no document is kept), PR_ENOKEY, PR_ECRYPTO, PR_EFORMAT …, or as
 * document_preview()
 */
int job_page_picture(struct office *office, const struct job_record *job, uint32_t page,
                     uint32_t dpi, void **ret_png, size_t *ret_size);

#endif
