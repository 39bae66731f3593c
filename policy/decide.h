/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The decision on a job: print, hold with a set of reasons, or refuse; a pure function of facts, request, person,
 * balance and settings. It does no I/O, allocates nothing and reads no clock, and it says which rules led to it, in the
 * order they were applied, so that `printroom explain`, the sender and an approver read the same *why*.
 */
#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/level.h"
#include "policy/quota.h"
#include "policy/sheets.h"

/** What a setting says of people who are not registered, or not active. */
enum policy_unknown_person { POLICY_UNKNOWN_PERSON_HOLD, POLICY_UNKNOWN_PERSON_REFUSE };

struct policy_settings {
    struct policy_ladder ladder;
    int default_level; /**< rank taken when the sender names none */
    enum policy_unknown_person unknown_person;
    uint32_t pages_max;  /**< a document with more pages is refused (document-unprintable-error); 0: no limit */
    uint32_t copies_max; /**< most copies of one job; 0: no limit */
};

/** The settings of a new installation. */
void policy_settings_default(struct policy_settings *ret_settings);

/** What inspection found in the document. */
struct policy_facts {
    const struct policy_page_run *runs;
    size_t runs_length;
    int marked_level; /**< highest level the document's own marks claim (rank), -1: none */
};

/** What the sender asked for. */
struct policy_request {
    int level; /**< rank; -1: none named, the default applies */
    bool urgent;
    uint32_t copies;
    uint32_t number_up; /**< 1 unless the device is to do it */
    enum policy_sides sides;
    const char *document_number; /**< 发文字号, or "" */
};

struct policy_person {
    bool known;
    bool active;
    bool department_active; /**< false too when the person has no department */
};

enum policy_outcome { POLICY_PRINT, POLICY_HOLD, POLICY_REFUSE };

/**
 * Why a job is held or refused. Keywords are IPP job-state-reasons (RFC 8011 §5.3.8, PWG 5100 registrations). A job's
 * holds are a set: (1u << reason).
 */
enum policy_reason {
    POLICY_ACCOUNT_INFO_NEEDED,      /**< account-info-needed: person unknown, inactive, or without department */
    POLICY_ACCOUNT_LIMIT_REACHED,    /**< account-limit-reached: too few sheets left */
    POLICY_HELD_FOR_REVIEW,          /**< job-held-for-review: the document's marks say more than the label */
    POLICY_HELD_FOR_AUTHORIZATION,   /**< job-held-for-authorization: level needs a supervisor's release */
    POLICY_DOCUMENT_FORMAT_ERROR,    /**< document-format-error (refusal) */
    POLICY_DOCUMENT_UNPRINTABLE_ERROR, /**< document-unprintable-error (refusal): too many pages or copies */
    POLICY_REASONS
};
/** The registered keyword of a reason, static. */
const char *policy_reason_keyword(enum policy_reason reason);

/** The rules, each with an id that stays the same for ever ("quota.available", "level.marks" …). */
enum policy_rule {
    POLICY_RULE_PERSON_KNOWN,
    POLICY_RULE_PAGES_MAX,
    POLICY_RULE_COPIES_MAX,
    POLICY_RULE_LEVEL_LABEL,
    POLICY_RULE_LEVEL_MARKS,
    POLICY_RULE_LEVEL_SUPERVISED,
    POLICY_RULE_QUOTA_AVAILABLE,
    POLICY_RULES
};
const char *policy_rule_id(enum policy_rule rule);

/** One rule as it was applied: what it found (a, b: numbers whose meaning the rule's row in decide.c gives) and did. */
struct policy_finding {
    enum policy_rule rule;
    enum policy_outcome effect; /**< POLICY_PRINT: the rule had no objection */
    enum policy_reason reason;  /**< valid unless effect is POLICY_PRINT */
    int64_t a;                  /**< e.g. sheets needed, pages found, level found (rank) */
    int64_t b;                  /**< e.g. sheets available, pages allowed, level claimed (rank) */
};

struct policy_decision {
    enum policy_outcome outcome;
    uint32_t holds; /**< set of (1u << enum policy_reason); 0 unless outcome is POLICY_HOLD */
    int level;      /**< rank the job has from now on: the higher of label and marks */
    struct policy_sheets cost;
    size_t findings_length;
    struct policy_finding findings[POLICY_RULES];
};

/**
 * Decides. All pointers must be valid; runs may be empty only when the document is refused anyway.
 *
 * A refusal outweighs every hold. Where the quota alone objects, the reservation is not made; where other holds exist but
 * the quota suffices, the sheets are reserved at once.
 */
void policy_decide(const struct policy_settings *settings, const struct policy_facts *facts,
                   const struct policy_request *request, const struct policy_person *person,
                   const struct policy_balance *balance, struct policy_decision *ret_decision);

#endif
