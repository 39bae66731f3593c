/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The decision on a job: print, hold with a set of reasons, or refuse; a pure function of facts,
 * request, person, balance and settings. It does no I/O, allocates nothing and reads no clock, and
 * it says which rules led to it, in the order they were applied, so that `printroom explain`, the
 * sender and an approver read the same *why*.
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

/** A time of the week in which jobs are printed, in minutes since Monday 00:00 local time: from
 * `begin` up to, not including, `end`. */
struct policy_hours {
    uint16_t begin; /**< 0 … POLICY_WEEK_MINUTES − 1 */
    uint16_t end;   /**< above begin, at most POLICY_WEEK_MINUTES */
};
enum { POLICY_WEEK_MINUTES = 7 * 24 * 60, POLICY_HOURS_MAX = 28 };

struct policy_settings {
    struct policy_ladder ladder; /**< at least one level */
    int default_level;           /**< rank taken when the sender names none */
    enum policy_unknown_person unknown_person;
    uint32_t pages_max;  /**< a document with more pages is refused (document-unprintable-error); 0:
                            no limit */
    uint32_t copies_max; /**< most copies of one job; 0: no limit; a level may allow fewer */
    uint32_t sheets_max; /**< most sheets of one job (document-unprintable-error); 0: no limit */
    uint32_t duplicate_minutes; /**< how long a document counts as sent already; 0: never */
    uint32_t duplex_above;      /**< more pages than this are printed two-sided; 0: as asked */
    uint32_t grayscale_above;   /**< more colour pages than this are printed in grey; 0: as asked */
    uint32_t grayscale_levels;  /**< set of (1u << rank) of levels printed in grey only */
    uint32_t electronic_copies; /**< from so many copies on, to circulate a file is suggested; 0:
                                   never */
    uint32_t urgent_roles;    /**< set of roles, as in policy_person, that may send urgent jobs; 0:
                                 everybody */
    uint32_t urgent_per_week; /**< most urgent jobs of one person a week; 0: any number */
    size_t hours_length;      /**< 0: jobs are printed at any time */
    struct policy_hours hours[POLICY_HOURS_MAX]; /**< in any order, may overlap */
};

/** The settings of a new installation; `policy/printroom.conf` shows the same. */
void policy_settings_default(struct policy_settings *ret_settings);

/** What is known when the decision is made: what inspection found in the document, and what the
 * house's records and clock say. */
struct policy_facts {
    const struct policy_page_run *runs;
    size_t runs_length;
    /**
     * Highest level the document's own marks claim (rank), -1: none. POLICY_LEVELS_MAX where they
     * claim one the ladder does not have: it counts as the highest, so that a mark is never lost.
     */
    int marked_level;
    bool marks_reviewed;  /**< the director has said that the marks' level is right */
    bool approved;        /**< whoever may has approved the job as it is */
    bool released;        /**< a supervisor has released the job as it is */
    uint32_t color_pages; /**< pages of the document with colour on them */
    /** Minutes, begun ones counted as whole, since the department sent the same document; 0: it has
     * not done so within the time that counts. */
    uint32_t duplicate_minutes;
    bool duplicate_confirmed; /**< somebody who may has said that it is wanted again */
    /** Urgent jobs of the sender this week, this one not counted. */
    uint32_t urgent_this_week;
    uint32_t minute_of_week; /**< now, local time, since Monday 00:00 */
};

/** What the sender asked for. */
struct policy_request {
    int level; /**< rank; -1: none named, the default applies */
    bool urgent;
    uint32_t copies;
    uint32_t number_up; /**< 1 unless the device is to do it */
    enum policy_sides sides;
    bool grayscale;              /**< no colour was asked for */
    const char *document_number; /**< 发文字号, or ""; a level named in it counts as a mark */
};

struct policy_person {
    bool known;
    bool active;
    bool department_active; /**< false too when the person has no department */
    uint32_t roles; /**< set of (1u << role) in the caller's numbering; only compared with settings
                     */
    const char *login;      /**< like the following for the levels that name people; NULL: "" */
    const char *department; /**< code */
    bool capped;            /**< the person's own sheets of the month are limited … */
    int64_t left;           /**< … and so many are left; otherwise not looked at */
};

enum policy_outcome { POLICY_PRINT, POLICY_HOLD, POLICY_REFUSE };

/**
 * Why a job is held or refused. Keywords are IPP job-state-reasons (RFC 8011 §5.3.8, PWG 5100
 * registrations). A job's holds are a set: (1u << reason).
 */
enum policy_reason {
    POLICY_ACCOUNT_INFO_NEEDED,   /**< account-info-needed: person unknown, inactive, or without
                                     department */
    POLICY_ACCOUNT_LIMIT_REACHED, /**< account-limit-reached: too few sheets left, to the
                                     department or under the person's own limit */
    POLICY_HELD_FOR_REVIEW, /**< job-held-for-review: the document's marks say more than the label,
                               or it was sent already */
    POLICY_HELD_FOR_AUTHORIZATION, /**< job-held-for-authorization: level needs a supervisor's
                                      release */
    POLICY_SUSPENDED_FOR_APPROVAL, /**< job-suspended-for-approval: level needs somebody's word */
    POLICY_AUTHORIZATION_FAILED,   /**< account-authorization-failed (refusal): the person may
                                      not print the level */
    POLICY_DOCUMENT_FORMAT_ERROR,  /**< document-format-error (refusal) */
    POLICY_DOCUMENT_UNPRINTABLE_ERROR, /**< document-unprintable-error (refusal): too many pages,
                                          copies or sheets */
    POLICY_HOLD_UNTIL_SPECIFIED, /**< job-hold-until-specified: it waits for the hours of work */
    POLICY_REASONS
};
/** The registered keyword of a reason, static; "none" (RFC 8011 §5.3.8) when it is out of range. */
const char *policy_reason_keyword(enum policy_reason reason);
/** Reads a keyword; returns false and leaves *ret_reason alone when it is none of the reasons
 * above. */
bool policy_reason_parse(const char *keyword, enum policy_reason *ret_reason);

/** The rules, each with an id that stays the same for ever ("quota.available", "level.marks" …). */
enum policy_rule {
    POLICY_RULE_PERSON_KNOWN,
    POLICY_RULE_PAGES_MAX,
    POLICY_RULE_COPIES_MAX,
    POLICY_RULE_SHEETS_MAX,
    POLICY_RULE_LEVEL_LABEL,
    POLICY_RULE_LEVEL_MARKS,
    POLICY_RULE_LEVEL_PEOPLE,
    POLICY_RULE_LEVEL_APPROVAL,
    POLICY_RULE_LEVEL_SUPERVISED,
    POLICY_RULE_DUPLEX_FORCED,
    POLICY_RULE_GRAYSCALE_FORCED,
    POLICY_RULE_COPIES_ELECTRONIC,
    POLICY_RULE_URGENT_ALLOWED,
    POLICY_RULE_DUPLICATE,
    POLICY_RULE_HOURS,
    POLICY_RULE_QUOTA_AVAILABLE,
    POLICY_RULE_QUOTA_PERSON,
    POLICY_RULES
};
/** The id of a rule, static; "" when it is out of range. */
const char *policy_rule_id(enum policy_rule rule);
/**
 * Whether the rule is a note: it holds and refuses nothing, and is found only where it changes how
 * the job is printed or has something to suggest, so that the sender should be told although the
 * job goes on.
 */
bool policy_rule_is_note(enum policy_rule rule);

/** What POLICY_RULE_PERSON_KNOWN found: its number a. */
enum policy_person_found {
    POLICY_PERSON_REGISTERED,
    POLICY_PERSON_UNKNOWN,
    POLICY_PERSON_INACTIVE,
    POLICY_PERSON_WITHOUT_DEPARTMENT
};

/** One rule as it was applied: what it found (a, b: numbers whose meaning the rule's row in
 * decide.c gives) and did. */
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
    enum policy_sides sides;   /**< how it is printed, whatever was asked for */
    bool grayscale;            /**< … */
    bool urgent;               /**< … */
    bool archive;              /**< what is printed goes into the archive */
    struct policy_sheets cost; /**< as it is printed */
    size_t findings_length;
    struct policy_finding findings[POLICY_RULES];
};

/**
 * Decides. All pointers must be valid. Pages that make no sense (no runs, a run without pages or
 * size) are refused, and so is a job whose copies or number-up is 0 or whose sheets are more than
 * 64 bits can count.
 *
 * A refusal outweighs every hold; all rules are asked nevertheless, so that the findings are
 * complete. The label is the level asked for, or the default. Where the marks claim more, the job
 * has the level of the marks, and that level's people, limits, approval and supervision apply. A
 * level above the ladder is taken as its highest, a negative one as none.
 *
 * A person who is not registered, active and in an active department has no account: the quota is
 * then not asked, nor whether they may print the level, and no finding of it is given. Neither is
 * one where the sheets cannot be computed. The rules of the print room (from duplex to hours, and
 * sheets.max) are silent where their setting is off or has nothing to do with the job.
 */
void policy_decide(const struct policy_settings *settings, const struct policy_facts *facts,
                   const struct policy_request *request, const struct policy_person *person,
                   const struct policy_balance *balance, struct policy_decision *ret_decision);

/** Whether jobs are printed at this minute of the week; true where no hours are set. */
bool policy_hours_open(const struct policy_settings *settings, uint32_t minute_of_week);
/** The minute of the week at which printing begins next, seen from this one; this one itself when
 * it is within hours, or when none are set. */
uint32_t policy_hours_next(const struct policy_settings *settings, uint32_t minute_of_week);

/**
 * Whether decision.cost.sheets are to be reserved now: the job is not refused, there is an account,
 * and the quota does not object. Other holds make no difference: the sheets of a job under review
 * are kept for it.
 */
bool policy_decision_reserves(const struct policy_decision *decision);

/** The first finding that refuses the job (its reason is the job's), or NULL; lives as long as the
 * decision. */
const struct policy_finding *policy_decision_refusal(const struct policy_decision *decision);

#endif
