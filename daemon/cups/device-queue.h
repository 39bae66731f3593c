/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The daemon as a client of cupsd: one connection to one device queue (IPP over HTTP by libcups,
 * RFC 8010 and 8011).
 *
 * A delivery is four requests. Create-Job makes the job *held* (job-hold-until=indefinite),
 * Send-Document streams the PDF, Release-Job lets it print, and afterwards Get-Job-Attributes
 * follows it. Holding is what makes an interrupted stream harmless: cupsd 2.4 takes the end of a
 * connection for the end of a chunked body, so that a sender killed half way leaves a queued job
 * with half a document. Held, it never prints. A job of ours that is found `held` was therefore
 * never started and may be cancelled and sent again; one that is not held may have printed.
 *
 * Identity: cupsd numbers jobs anew when it lost some in a crash, so a job-id alone does not name a
 * job for ever. The job-name is our token (`2026-11-000001/1`); compare it, or find the job by it.
 *
 * A `struct device_queue` belongs to one thread at a time. It connects when first used and again
 * whenever the connection has gone. No request is ever sent twice: when an answer is lost,
 * PR_EUNREACHABLE or PR_ETIMEOUT says that the outcome is unknown, and device_queue_find_job()
 * tells.
 *
 * Time: connecting takes at most DEVICE_QUEUE_CONNECT_MS, and a call gives up (PR_ETIMEOUT) when
 * cupsd neither takes nor gives a byte for DEVICE_QUEUE_SILENCE_S.
 *
 * Errors of every function: PR_EUNREACHABLE (no connection, or it broke before the answer),
 * PR_ETIMEOUT, PR_EACCESS (the queue's operation policy says no, or cupsd does not accept the
 * socket's credentials), PR_ENOENT (cupsd does not know the queue or the job), PR_ESTATE (not
 * possible in the job's state), PR_EBUSY (cupsd or the queue asks to come again later, or accepts
 * no jobs), PR_EREFUSED (any other refusal), PR_EINVAL, PR_ENOMEM. After one of them
 * device_queue_message() holds cupsd's own words.
 */
#ifndef DAEMON_CUPS_DEVICE_QUEUE_H
#define DAEMON_CUPS_DEVICE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device_queue;

enum {
    DEVICE_QUEUE_CONNECT_MS = 5000,
    DEVICE_QUEUE_SILENCE_S = 20,
    DEVICE_QUEUE_JOB_NAME_BYTES = 256,
    DEVICE_QUEUE_UUID_BYTES = 64,
    DEVICE_QUEUE_REASONS_BYTES = 512,
    DEVICE_QUEUE_MESSAGE_BYTES = 256
};

/**
 * Makes the object; nothing is connected yet.
 *
 * @param cups_server  as in CUPS_SERVER: "/path/of/socket", "host", "host:port", "[v6]:port"
 * @param queue        name of the device queue
 * @return PR_OK; PR_EINVAL (a server or name that cannot be), PR_ENOMEM
 */
int device_queue_open(const char *cups_server, const char *queue, struct device_queue **ret);

/** Changes how long silence is waited through, in seconds (1 or more). Counts from the next
 * connection on. */
void device_queue_set_silence(struct device_queue *q, unsigned silence_s);

/** Closes and frees. NULL is allowed. A stream that was not finished is aborted as by
 * device_queue_send_abort(). */
void device_queue_close(struct device_queue *q);

/** What cupsd said with the last error, "" after success; control characters replaced. Valid until
 * the next call. */
const char *device_queue_message(const struct device_queue *q);

struct device_queue_options {
    unsigned copies;   /**< 1 … 9999 */
    const char *sides; /**< keyword, NULL: the queue's default */
    const char *media; /**< PWG 5101.1 self-describing name; NULL: made from the size below */
    uint32_t width_um,
        height_um; /**< paper in µm, used when media is NULL; 0: the queue's default */
    const char *print_color_mode; /**< keyword, NULL: the queue's default */
    bool fit;                     /**< pages larger than the paper are made smaller, not cut off */
};

/**
 * Create-Job, held. With it go number-up=1, print-scaling=none (with `fit`: auto-fit) and
 * job-sheets=none, so that cupsd adds nothing.
 *
 * @param name  job-name, our token; 1 … 255 bytes
 * @param user  requesting-user-name: the account this process runs as (NULL: found out). Over a
 * socket cupsd accepts no other name than the one that belongs to the process's uid.
 * @param options  NULL: one copy, the queue's defaults
 */
int device_queue_create_job(struct device_queue *q, const char *name, const char *user,
                            const struct device_queue_options *options, int *ret_job_id);

/**
 * Begins Send-Document (last-document, application/pdf, chunked). Until send_finish() or
 * send_abort() no other operation is possible on this object (PR_ESTATE).
 */
int device_queue_send_begin(struct device_queue *q, int job_id);

/** Streams bytes. On an error the stream is over: call device_queue_send_abort(). */
int device_queue_send_data(struct device_queue *q, const void *data, size_t length);

/**
 * Ends the stream, takes cupsd's answer, releases the job. When this returns PR_OK the job prints
 * as soon as the queue gets to it. On an error the stream is over as well: the job is held (nothing
 * will print; cancel it), or released when only that answer was lost. device_queue_find_job() tells
 * which.
 */
int device_queue_send_finish(struct device_queue *q);

/** The first half of send_finish() only, for callers that write something down before: the job
 * stays held. */
int device_queue_send_hold(struct device_queue *q);

/** Release-Job: what was held prints. PR_ESTATE when it is not held. */
int device_queue_release_job(struct device_queue *q, int job_id);

/**
 * Gives the stream up and cancels the held job, so that neither paper nor a piece of document in
 * cupsd's spool is left. Without a stream it does nothing.
 *
 * @return PR_OK: cancelled. Otherwise the job stays held until somebody cancels it (it does not
 * print).
 */
int device_queue_send_abort(struct device_queue *q);

/** Values of IPP's job-state (RFC 8011 5.3.7). */
enum device_queue_job_state {
    DEVICE_QUEUE_JOB_PENDING = 3,
    DEVICE_QUEUE_JOB_HELD,
    DEVICE_QUEUE_JOB_PROCESSING,
    DEVICE_QUEUE_JOB_STOPPED,
    DEVICE_QUEUE_JOB_CANCELED,
    DEVICE_QUEUE_JOB_ABORTED,
    DEVICE_QUEUE_JOB_COMPLETED
};

struct device_queue_job {
    int job_id;
    enum device_queue_job_state state;
    char name[DEVICE_QUEUE_JOB_NAME_BYTES];
    char uuid[DEVICE_QUEUE_UUID_BYTES];       /**< "urn:uuid:…" */
    char reasons[DEVICE_QUEUE_REASONS_BYTES]; /**< job-state-reasons, joined by ',' */
    char message[DEVICE_QUEUE_MESSAGE_BYTES]; /**< job-printer-state-message: the backend's words */
    unsigned documents;                       /**< number-of-documents; 0: none arrived */
    int64_t time_created;                     /**< seconds since 1970; 0 unknown */
    int64_t time_processing;                  /**< 0: not started */
    int64_t time_completed;                   /**< 0: not ended */
    int64_t impressions_completed; /**< cupsd's own count, -1 unknown. Not evidence of sheets. */
};

/**
 * True for canceled, aborted, completed. For completed and aborted the backend has ended. A
 * cancelled job shows its state at once, while the backend may still run for a moment: the printer
 * stays DEVICE_QUEUE_PRINTER_PROCESSING until then. The reasons of an ended job say nothing:
 * cupsd 2.4 shows processing-to-stop-point for all of them.
 */
bool device_queue_job_ended(const struct device_queue_job *job);

/** Get-Job-Attributes. PR_ENOENT: cupsd does not know that job. */
int device_queue_get_job(struct device_queue *q, int job_id, struct device_queue_job *ret);

/** The latest of our jobs in this queue with exactly that job-name, ended ones included. PR_ENOENT:
 * none. */
int device_queue_find_job(struct device_queue *q, const char *name, struct device_queue_job *ret);

/**
 * Cancel-Job. PR_ESTATE when the job has ended already. What the backend has sent to the device
 * prints; see device_queue_job_ended().
 */
int device_queue_cancel_job(struct device_queue *q, int job_id);

/** Values of IPP's printer-state (RFC 8011 5.4.11). */
enum device_queue_printer_state {
    DEVICE_QUEUE_PRINTER_IDLE = 3,
    DEVICE_QUEUE_PRINTER_PROCESSING,
    DEVICE_QUEUE_PRINTER_STOPPED
};

struct device_queue_printer {
    enum device_queue_printer_state state;
    bool accepting_jobs;
    char reasons[DEVICE_QUEUE_REASONS_BYTES]; /**< printer-state-reasons, joined by ','; "none" when
                                                 there are none */
    char message[DEVICE_QUEUE_MESSAGE_BYTES]; /**< printer-state-message */
};

/** Get-Printer-Attributes. */
int device_queue_get_printer(struct device_queue *q, struct device_queue_printer *ret);

/**
 * Pause-Printer, Resume-Printer: a stopped queue takes jobs and keeps them. What the backend is
 * sending at that moment goes on.
 */
int device_queue_stop(struct device_queue *q);
int device_queue_resume(struct device_queue *q);

#endif
