/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Rows of jobs, their reasons, findings, events and deliveries. Nothing here changes a job's state:
 * that is daemon/jobs/states.c alone; a test reads the sources to see that it stays so.
 */
#ifndef DAEMON_STORE_JOBS_H
#define DAEMON_STORE_JOBS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/document/client.h"
#include "daemon/store/people.h"
#include "daemon/store/store.h"
#include "daemon/vault/keys.h"
#include "daemon/vault/spool.h"
#include "policy/decide.h"

/** IPP job states (RFC 8011 §5.3.7) and `incoming`, before the document is durable. */
enum job_state {
    JOB_INCOMING,
    JOB_PENDING_HELD,
    JOB_PENDING,
    JOB_PROCESSING,
    JOB_PROCESSING_STOPPED,
    JOB_COMPLETED,
    JOB_CANCELED,
    JOB_ABORTED,
    JOB_STATES
};
const char *job_state_name(enum job_state state);
bool job_state_parse(const char *name, enum job_state *ret_state);
/** completed, canceled, aborted. */
bool job_state_is_final(enum job_state state);

/** What kind of evidence settled a job (interface: settlement). */
enum settlement {
    SETTLEMENT_NONE,
    SETTLEMENT_DEVICE_JOB,
    SETTLEMENT_DEVICE_COUNTER,
    SETTLEMENT_ESTIMATE,
    SETTLEMENT_OPERATOR,
    SETTLEMENTS
};
/** The keyword, "" for SETTLEMENT_NONE. */
const char *settlement_name(enum settlement settlement);

enum {
    JOB_ID_BYTES = 20,
    JOB_ORIGIN_BYTES = 128,
    JOB_TITLE_BYTES = 256,
    JOB_HOST_BYTES = 256,
    JOB_LEVEL_BYTES = POLICY_LEVEL_ID_BYTES,
    JOB_NUMBER_BYTES = 128,
    JOB_MEDIA_BYTES = 128,
    JOB_KEYWORD_BYTES = 32,
    JOB_HEX_BYTES = 65,
    JOB_REASON_BYTES = 48,
    JOB_REASONS_MAX = 12,
    DELIVERY_TOKEN_BYTES = 32
};

/** What the sender says of a job when it is opened. */
struct job_request {
    char source[JOB_KEYWORD_BYTES];
    char origin[JOB_ORIGIN_BYTES]; /**< job-uuid; with `document` the caller's idempotency key */
    uint32_t document;
    char person[PERSON_LOGIN_BYTES];
    char host[JOB_HOST_BYTES];
    char title[JOB_TITLE_BYTES]; /**< "" also when it may not be kept */
    char level[JOB_LEVEL_BYTES]; /**< id of the level asked for, "" none named */
    bool urgent;
    char document_number[JOB_NUMBER_BYTES];
    uint32_t copies;
    enum policy_sides sides;
    char media[JOB_MEDIA_BYTES];
    char color_mode[JOB_KEYWORD_BYTES];
};

struct job_record {
    int64_t key;
    char id[JOB_ID_BYTES]; /**< "2026-11-000001" */
    enum job_state state;
    struct job_request request;
    char level[JOB_LEVEL_BYTES]; /**< decided, "" until then */
    int64_t department;          /**< 0: not known */
    char department_code[DEPARTMENT_CODE_BYTES];
    char department_name[STORE_NAME_BYTES];
    int64_t pages; /**< −1 until inspected, as the following */
    int64_t color_pages;
    int64_t impressions;
    int64_t sheets;
    char fingerprint[JOB_HEX_BYTES];
    char sha256[JOB_HEX_BYTES];
    int64_t size_bytes;
    char marked_level[JOB_LEVEL_BYTES];
    char spool_name[SPOOL_NAME_BYTES]; /**< "" when there is no document any more */
    char spool_day[DAY_BYTES];
    int64_t device; /**< 0: none yet */
    char device_name[65];
    char settlement[JOB_KEYWORD_BYTES];
    enum policy_sides
        sides; /**< as it is printed: decided, until then as asked; so the following */
    char color_mode[JOB_KEYWORD_BYTES];
    bool urgent;
    bool archive;         /**< what is printed goes into the archive; false until decided */
    int64_t decided_at;   /**< ms, of the first decision, 0: none yet */
    int64_t submitted_at; /**< ms */
    int64_t completed_at; /**< ms, 0: not yet */
    unsigned reasons_length;
    char reasons[JOB_REASONS_MAX][JOB_REASON_BYTES];
};
bool job_has_reason(const struct job_record *job, const char *reason);

/** Adds a job in state incoming, numbered next in `month`. Its title is left empty: see
 * job_set_title(). */
int job_insert(struct store_tx *tx, const char *month, const struct job_request *request,
               int64_t *ret_key);
int job_get(struct store_tx *tx, int64_t key, struct job_record *ret_job);
/** By "YYYY-MM-NNNNNN"; PR_ENOENT also when the text is no id. */
int job_find(struct store_tx *tx, const char *id, struct job_record *ret_job);
int job_find_origin(struct store_tx *tx, const char *origin, uint32_t document,
                    struct job_record *ret_job);

/** What to list; empty fields do not filter. Latest first. */
struct job_filter {
    const char *state;
    const char *person;
    const char *department; /**< code */
    const char *month;      /**< "YYYY-MM" of the id */
    const char *origin;
    const char *source; /**< 'walk-up' … */
    uint32_t limit;     /**< 0: no limit */
};
typedef int (*job_callback)(void *context, const struct job_record *job);
int job_each(struct store_tx *tx, const struct job_filter *filter, job_callback callback,
             void *context);
/** Keys of the jobs in a state, oldest first. *ret_keys is malloc'd, the caller's to free. */
int job_keys_in_state(struct store_tx *tx, enum job_state state, int64_t **ret_keys,
                      size_t *ret_length);
/**
 * The pending job whose turn is next (policy/order.h): one step in an index. PR_ENOENT when there
 * is none.
 *
 * @param levels  JSON array of the level ids that may be taken
 * @param device  key of the device that asks: jobs released at another are passed over
 */
int job_next_pending(struct store_tx *tx, const char *levels, int64_t device, int64_t *ret_key);
/** How many jobs are in each state that is not final. */
int job_count_unfinished(struct store_tx *tx, int64_t ret_counts[JOB_STATES]);
/** How many jobs opened in `month` have ended, by state; only the final states are written. */
int job_count_finished(struct store_tx *tx, const char *month, int64_t counts[JOB_STATES]);

/** Records what inspection found and where the document is. */
struct job_document {
    const struct document_facts *facts; /**< NULL when inspection refused the document */
    const uint8_t *sha256;
    uint64_t size_bytes;
    const char *spool_name; /**< NULL: not kept */
    const char *spool_day;
};
int job_set_document(struct store_tx *tx, int64_t job, const struct job_document *document);
/** Reads the page sizes back. *ret_runs is malloc'd; PR_ENOENT when there was no inspection. */
int job_page_runs(struct store_tx *tx, int64_t job, struct policy_page_run **ret_runs,
                  size_t *ret_length);
/** What was decided on a job, beside the decision itself. */
struct job_decided {
    int64_t department;     /**< the payer, 0: none */
    int64_t duplicate_of;   /**< the earlier job it repeats, 0: none */
    const char *color_mode; /**< print-color-mode it is printed with */
    const struct policy_decision *decision;
};
/** Records a decision: level, payer, cost, sides, colour, urgency, archive, its turn from now on,
 * and the findings (replacing earlier ones). */
int job_set_decision(struct store_tx *tx, int64_t job, const struct policy_settings *settings,
                     const struct job_decided *decided);
/** Sheets the job takes less on two sides than on one, for the report. */
int job_set_duplex_saved(struct store_tx *tx, int64_t job, int64_t sheets);
/** Reads the findings back; returns how many, or an error. */
int job_findings(struct store_tx *tx, int64_t job,
                 struct policy_finding ret_findings[POLICY_RULES]);
int job_set_device(struct store_tx *tx, int64_t job, int64_t device);
/** Writes the title, "" to remove it; which titles may be written says daemon/jobs/titles.h. */
int job_set_title(struct store_tx *tx, int64_t job, const char *title);
/** Replaces the set of reasons. */
int job_set_reasons(struct store_tx *tx, int64_t job, const char *const *reasons,
                    size_t reasons_length);
/** Forgets where the document is; the file is unlinked after the commit. */
int job_clear_spool(struct store_tx *tx, int64_t job);
/** True when an unfinished job still needs this spooled document. */
bool job_needs_spool(struct store_tx *tx, const char *spool_name);

struct job_event {
    int64_t at;
    char name[JOB_REASON_BYTES];
    char from[JOB_KEYWORD_BYTES];
    char to[JOB_KEYWORD_BYTES];
    char actor[2 * PERSON_LOGIN_BYTES];
    json_t *detail; /**< borrowed by the callback */
};
int job_event_append(struct store_tx *tx, int64_t job, const char *name, enum job_state from,
                     enum job_state to, const char *actor, const json_t *detail);
int job_events(struct store_tx *tx, int64_t job, int (*callback)(void *, const struct job_event *),
               void *context);

/** What a delivery came to. */
enum delivery_outcome {
    DELIVERY_OPEN,
    DELIVERY_PRINTED,
    DELIVERY_NOTHING_PRINTED,
    DELIVERY_PARTLY_PRINTED,
    DELIVERY_UNCERTAIN,
    DELIVERY_OUTCOMES
};
struct delivery {
    int64_t key;
    int64_t job;
    uint32_t attempt;
    int64_t device;
    char token[DELIVERY_TOKEN_BYTES]; /**< name of the CUPS job: "2026-11-000001/1" */
    int cups_job;                     /**< 0: not known */
    bool sent;                        /**< cupsd has the whole document */
};
/** Begins the next attempt. */
int delivery_begin(struct store_tx *tx, const struct job_record *job, int64_t device,
                   struct delivery *ret_delivery);
/** The job's delivery that has not ended; PR_ENOENT. */
int delivery_open(struct store_tx *tx, int64_t job, struct delivery *ret_delivery);
/** The delivery a device is at: begun and not ended. PR_ENOENT. */
int delivery_open_at(struct store_tx *tx, int64_t device, struct delivery *ret_delivery);
/** How many deliveries of the job have ended with nothing printed. */
int delivery_failures(struct store_tx *tx, int64_t job, int *ret_failures);
/** True when a job was completed at the device and settled by what the device counted. */
bool device_has_counted(struct store_tx *tx, int64_t device);
int delivery_set_cups_job(struct store_tx *tx, int64_t delivery, int cups_job);
int delivery_set_sent(struct store_tx *tx, int64_t delivery);
int delivery_end(struct store_tx *tx, int64_t delivery, enum delivery_outcome outcome);

#endif
