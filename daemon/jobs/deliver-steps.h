/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The steps deliver.c takes one after the other; private to the deliver files. */
#ifndef DAEMON_JOBS_DELIVER_STEPS_H
#define DAEMON_JOBS_DELIVER_STEPS_H

#include "daemon/cups/device-evidence.h"
#include "daemon/jobs/deliver.h"
#include "daemon/jobs/states.h"

/** What was seen at the device itself since the release. */
struct delivery_watch {
    int64_t looked_at_ms; /**< monotonic */
    bool looked;          /**< at all */
    bool broken;          /**< not looked from the release on, or not for long in between */
    bool away;            /**< it could not be reached when looked last */
    bool seen;            /**< it had the job once */
    bool
        lost_sight; /**< it could not be reached at one time, and was not seen with the job since */
    char message[DEVICE_EVIDENCE_MESSAGE_BYTES]; /**< what it said of the job last */
};

/** Between the steps: what one delivery knows. */
struct delivery_run {
    struct delivery_line *line;
    struct job_record *job; /**< as last read or written */
    struct delivery *delivery;
    struct delivery_watch watch;
    int64_t processing_since; /**< cupsd's time of the first start it was seen with, 0 none */
    bool queue_restarted;     /**< cupsd was gone since the release */
    bool unstampable;         /**< the copies cannot be stamped, now or later */
    bool forbidden;           /**< the device may not print the job's level any more */
    bool suspected;           /**< cupsd has begun the job, and looks as if it would once more */
};

/**
 * One change of the job in a transaction of its own. A cancel that came in since the job was read
 * is heeded: its reasons stay as long as the delivery goes on, and what was to be returned to
 * pending is canceled instead.
 *
 * @param change   stolen detail
 * @param outcome  DELIVERY_OPEN: the delivery goes on; else it ends with this
 * @return PR_OK; PR_ESTATE when somebody else changed the job so that this is not possible any
 * more; PR_EDB …
 */
int delivery_change(struct delivery_run *run, struct job_change *change,
                    enum delivery_outcome outcome);

/** Hands the document to the queue: held job, document, written down, released. PR_OK: cupsd has
 * it. */
int delivery_hand_over(struct delivery_run *run);

/** The level of a job whose copies are to be numbered and stamped; NULL: they are not. Lives as
 * long as the settings. */
const struct policy_level *delivery_stamp_level(const struct delivery_run *run);
/**
 * Numbers and stamps the copies of a job whose level says so.
 *
 * @param ret_fd  the stamped copies, sealed, at offset 0, the caller's to close; -1: the job is not
 *                one of those
 * @return PR_OK; as job_open_document(), copies_number(), document_stamp(); PR_EUNSUPPORTED: the
 * trace key is missing, or pages and copies are too many. Nothing is at cupsd yet.
 */
int delivery_stamp(struct delivery_run *run, int *ret_fd);

/** What is known of the CUPS job after a restart. */
enum delivery_resumption {
    DELIVERY_FOLLOW,  /**< cupsd has it: go on following */
    DELIVERY_NOTHING, /**< it was never released: nothing was printed */
    DELIVERY_LOST,    /**< it was released and cupsd knows nothing of it: the device is asked */
    DELIVERY_UNKNOWN  /**< cupsd cannot be asked now */
};
enum delivery_resumption delivery_resume(struct delivery_run *run);

/** How following ended. */
enum delivery_end {
    DELIVERY_ENDED,    /**< cupsd is done with it; *ret_queue_job says how */
    DELIVERY_VANISHED, /**< cupsd does not know it any more, or cannot bring it to its end */
    DELIVERY_STOPPING  /**< the daemon stops */
};
enum delivery_end delivery_follow(struct delivery_run *run, struct device_queue_job *ret_queue_job);

/** Writes down what keeps the job from being printed (a keyword; NULL: nothing), when it is news.
 */
void delivery_note_trouble(struct delivery_run *run, const char *keyword, const char *words);

/** Begins to watch the device for the job. @param from_release  nothing of it was released before
 */
void delivery_watch_begin(struct delivery_run *run, bool from_release);
/** Asks the device for the job, whichever of its addresses answers. Errors: device_evidence_job().
 */
int delivery_look(struct delivery_run *run, unsigned timeout_s, struct device_evidence *ret);
/** The same every few seconds. True when it was asked. */
bool delivery_look_if_due(struct delivery_run *run);

/**
 * Asks the device for its evidence, reaches the verdict, writes it.
 *
 * @param queue_job  how the job ended at cupsd; NULL: cupsd has lost it
 */
void delivery_settle(struct delivery_run *run, const struct device_queue_job *queue_job);

/* Why a delivery ended as it did, where it is not cupsd's words that say so; daemon/jobs/words.c
 * has them in other languages. */
#define DELIVERY_WHY_QUEUE_LOST    "cupsd has lost the job, and the device does not account for it"
#define DELIVERY_WHY_DEVICE_FORGOT "the device has lost the job"
#define DELIVERY_WHY_DEVICE_AWAY   "the device does not answer"
#define DELIVERY_WHY_FORBIDDEN     "the device may not print this level any more; nothing was printed"
#define DELIVERY_WHY_UNREADABLE    "the stored document cannot be opened; nothing was printed"
#define DELIVERY_WHY_UNSTAMPABLE   "the copies cannot be numbered and stamped; nothing was printed"
#define DELIVERY_WHY_RESTARTED     "the daemon was restarted before the document was released"
#define DELIVERY_WHY_NOT_TAKEN     "cupsd did not take the document"
#define DELIVERY_WHY_GIVEN_UP      "the queue gave the job up"

/** Puts the job to the operator: nobody can tell whether it was printed. */
void delivery_ask_operator(struct delivery_run *run, const char *why);
/** Back to pending: it is proven that nothing was printed. */
void delivery_return(struct delivery_run *run, const char *why);

/** Removes the document of a job that has ended from the spool. */
void delivery_drop_document(struct delivery_run *run);

#endif
