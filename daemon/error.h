/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * One error space for the daemon and its tools.
 *
 * Functions that can fail return an `int`: PR_OK (0) or one of the negative codes below. Outputs
 * named `ret_…` are written only on success. What the operator or the sender must read is not made
 * from these codes: it is made from the reasons of a decision or a problem of the API (see
 * daemon/words.h); the codes are for programs and for the log.
 */
#ifndef DAEMON_ERROR_H
#define DAEMON_ERROR_H

enum pr_error {
    PR_OK = 0,
    PR_ENOMEM = -1,        /**< Out of memory. */
    PR_EINVAL = -2,        /**< An argument or a message is not of the form it must have. */
    PR_ENOENT = -3,        /**< What was named does not exist. */
    PR_EEXIST = -4,        /**< What was to be made exists already. */
    PR_EIO = -5,           /**< The system refused to read or write; errno was logged. */
    PR_ENOSPC = -6,        /**< No room on the medium. */
    PR_EACCESS = -7,       /**< The peer or its role may not do this. */
    PR_ESTATE = -8,        /**< The object's state does not allow the event. */
    PR_ELIMIT = -9,        /**< A limit (size, time, number) was exceeded. */
    PR_EFORMAT = -10,      /**< A document or file does not keep to its format. */
    PR_ECRYPTO = -11,      /**< A MAC or tag is wrong: wrong key, or the data was altered. */
    PR_ENOKEY = -12,       /**< The key that is needed is not there. */
    PR_EDB = -13,          /**< SQLite reported an error; it was logged. */
    PR_EBALANCE = -14,     /**< The ledger account has too few sheets. */
    PR_EUNREACHABLE = -15, /**< A peer (cupsd, device, helper, daemon) cannot be reached. */
    PR_EREFUSED = -16,     /**< A peer answered and said no. */
    PR_ETIMEOUT = -17,     /**< A peer did not answer in time. */
    PR_ECRASHED = -18,     /**< A helper ended without an answer. */
    PR_EUNSUPPORTED = -19, /**< A peer or format cannot do what was asked. */
    PR_EBUSY = -20,        /**< Somebody else holds it now; try again. */
    PR_ERROR_LAST = PR_EBUSY
};

/**
 * The name and meaning of a code, for the log.
 *
 * @param code  an enum pr_error
 * @return a static string, never NULL; "unknown error" for other numbers
 */
const char *pr_strerror(int code);

/** The error code that stands for an errno value (ENOSPC and EDQUOT → PR_ENOSPC, ENOMEM →
 * PR_ENOMEM, else PR_EIO …). */
int pr_error_from_errno(int error_number);

#endif
