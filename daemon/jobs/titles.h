/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Titles, and when they may be written down.
 *
 * A title can say as much as the document. That of a classified one (a level that needs a
 * supervisor) must not get into the store: not even for a moment, since what SQLite has once
 * written stays in its log until that is overwritten. But a title comes when a job is opened, and
 * the level is certain only when the document has been read. So titles wait here, in memory, and
 * are written in the transaction that decides, if they may be.
 *
 * Left out: keeping them over a crash. A sender whose document did not get through opens its job
 * again and says the title again.
 */
#ifndef DAEMON_JOBS_TITLES_H
#define DAEMON_JOBS_TITLES_H

#include "daemon/store/jobs.h"

/** How many titles wait at most; one more, and the oldest is forgotten. */
enum { TITLES_MAX = 1024 };

/** Titles of jobs whose documents have not come yet. Thread-safe. */
struct titles;
int titles_new(struct titles **ret_titles);
/** Forgets and frees. NULL is allowed. */
void titles_free(struct titles *titles);

/** Remembers a job's title in the place of an earlier one. */
void titles_put(struct titles *titles, int64_t job, const char *title);
/** @return false when none is remembered; nothing is written then */
bool titles_get(struct titles *titles, int64_t job, char ret_title[JOB_TITLE_BYTES]);
void titles_forget(struct titles *titles, int64_t job);

/**
 * Whether the title of this job must not be kept. Before its level is decided, the level that was
 * asked for counts, or the one of those who ask for none.
 */
bool title_is_secret(const struct policy_settings *settings, const struct job_record *job);

#endif
