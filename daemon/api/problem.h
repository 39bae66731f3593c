/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Problems: every way the API says no, in English and Chinese, each with what to do about it. Sent
 * as problem details (RFC 9457, application/problem+json): type, title, status, detail, and
 * `keyword`, an IPP reason, where one applies.
 */
#ifndef DAEMON_API_PROBLEM_H
#define DAEMON_API_PROBLEM_H

#include <jansson.h>

#include "policy/words.h"

enum api_problem {
    /* the request itself */
    API_BAD_REQUEST,        /**< {a}: what is wrong with it */
    API_BAD_JSON,           /**< {a}: where and what */
    API_FIELD_MISSING,      /**< {a}: field */
    API_FIELD_UNKNOWN,      /**< {a}: field */
    API_FIELD_INVALID,      /**< {a}: field, {b}: what it must be */
    API_NO_SUCH_PATH,       /**< {a}: path */
    API_METHOD_NOT_ALLOWED, /**< {a}: methods that are */
    API_TOO_LARGE,          /**< {a}: limit, bytes */
    API_WRONG_MEDIA_TYPE,   /**< {a}: type expected */
    /* who asks */
    API_PERSON_UNKNOWN,  /**< {a}: login; account-info-needed */
    API_PERSON_INACTIVE, /**< {a}: login; account-info-needed */
    API_ROLE_NEEDED,     /**< {a}: roles that may */
    API_AS_FORBIDDEN,    /**< Printroom-As from somebody else than root or the service */
    API_NOT_YOURS,       /**< {a}: whose it is not */
    API_NOT_APPROVER,    /**< neither director nor deputy today */
    API_OWN_JOB,         /**< {a}: job; nobody decides on their own */
    API_NOT_READER,      /**< {a}: job; whose role may not see documents */
    API_TOKEN_INVALID,
    API_NOT_SIGNED_IN,
    API_SIGN_IN_FAILED,
    API_SIGN_IN_LATER,   /**< {a}: seconds to wait */
    API_PASSWORD_NEEDED, /**< to set a new one */
    API_OWN_ROLES,       /**< nobody changes their own roles */
    /* what is asked for */
    API_NOT_FOUND,            /**< {a}: what */
    API_EXISTS,               /**< {a}: what */
    API_NOT_IN_THIS_STATE,    /**< {a}: job, {b}: its state */
    API_NOTHING_TO_CONFIRM,   /**< {a}: job; what holds it is not for the peer to confirm */
    API_COPY_NOT_ALLOWED,     /**< account-authorization-failed: copies by somebody who may not */
    API_DEVICE_NOT_ALLOWED,   /**< a job may not be, or cannot be, printed at a device now */
    API_APPROVAL_DECIDED,     /**< the detail is the handler's */
    API_NOTHING_TO_APPROVE,   /**< {a}: job */
    API_DEPARTMENT_NOT_FOUND, /**< {a}: code */
    API_PERSON_NOT_FOUND,     /**< {a}: login */
    API_DEVICE_NOT_FOUND,     /**< {a}: name */
    API_DEVICE_PRINTING,      /**< {a}: device */
    API_DEVICE_CANNOT,        /**< {a}: device, {b}: its or its helper's words */
    API_JOB_NOT_FOUND,        /**< {a}: id */
    API_LEVEL_UNKNOWN,        /**< {a}: level asked for, {b}: those there are */
    API_ROLES_INCOMPATIBLE,   /**< {a}: roles */
    API_TABLE_WRONG,          /**< with a list of lines */
    API_BALANCE,              /**< account-limit-reached; {a}: department, {b}: month */
    API_ALLOTMENT_TOO_SMALL,  /**< {a}: department, {b}: month */
    API_DOCUMENT_BAD,         /**< document-format-error; {a}: helper's words */
    API_DOCUMENT_ENCRYPTED,   /**< document-format-error */
    API_DOCUMENT_LIMITS,      /**< document-unprintable-error; {a}: helper's words */
    API_DOCUMENT_PRESENT,     /**< {a}: job; it has its document already */
    API_BODY_INCOMPLETE,      /**< the peer stopped before the end */
    /* the appliance cannot now; trying again later makes sense */
    API_STOPPING,
    API_BUSY,
    API_NO_SPACE,
    API_NO_KEY, /**< {a}: day */
    API_STORE_FAILED,
    API_HELPER_FAILED, /**< printroom-document crashed or took too long */
    API_UNREACHABLE,   /**< {a}: which peer (cupsd, device) */
    API_INTERNAL,
    API_PROBLEMS
};

/** The status a problem is sent with, e.g. 404. */
unsigned api_problem_status(enum api_problem problem);
/** Its id, the last part of the type URI "urn:printroom:problem:ID"; static. */
const char *api_problem_id(enum api_problem problem);

/** The problem that stands for an enum pr_error (API_INTERNAL for PR_OK and unknown numbers). */
enum api_problem api_problem_from_error(int error);

/**
 * Makes the problem's document.
 *
 * @param a,b      fill {a} and {b}; NULL stands for ""
 * @param detail   replaces the problem's own detail unless NULL
 * @param keyword  replaces the problem's own IPP reason unless NULL
 * @return a new reference, or NULL when out of memory
 */
json_t *api_problem_document(enum api_problem problem, enum policy_language language, const char *a,
                             const char *b, const char *detail, const char *keyword);

#endif
