/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Stamps one document in memory. Runs inside the sandbox. */
#ifndef DAEMON_DOCUMENT_STAMP_H
#define DAEMON_DOCUMENT_STAMP_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/document/problem.h"
#include "daemon/document/stamp-plan.h"
#include "daemon/document/stamp-sink.h"
#include "daemon/document/stamp-source.h"

/**
 * Writes copies × pages stamped pages, and padding, to a sink that was just opened.
 *
 * @return PR_OK; PR_EFORMAT (damaged, or not of the plan's number of pages), PR_EUNSUPPORTED,
 * PR_ELIMIT (a page is too small for a stamp, or has annotations over all places for one),
 * PR_ECRASHED (no font) with *ret_problem set; part of the document may have been written by then
 */
int stamp_document(const struct stamp_input *input, const struct stamp_plan *plan,
                   struct stamp_sink *sink, struct problem *ret_problem);

#endif
