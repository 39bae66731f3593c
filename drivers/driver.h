/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A driver: one language in which a device can be asked and emptied (IPP, PJL, PostScript, a CUPS
 * queue). It is one struct of named callbacks; what it needs stands in its own struct behind a
 * session. purge.c and verbs.c use drivers and know none of them; tests have one that fails as they
 * like (tests/unit/fake-driver.h).
 *
 * A callback that is NULL, or that gives DEVICE_UNSUPPORTED, is a question that this language
 * cannot ask. Messages are words for people, cleaned; outputs are untouched unless DEVICE_OK.
 */
#ifndef DRIVERS_DRIVER_H
#define DRIVERS_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/device.h"
#include "drivers/transcript.h"

enum { DEVICE_NAME_BYTES = 120, DEVICE_KEY_BYTES = 512, DEVICE_CODE_BYTES = 64 };
enum { DEVICE_ITEMS_MAX = 2000, DEVICE_GAPS_MAX = 64, DEVICE_UNREAD_MAX = 64 };
enum { DEVICE_SUPPLIES_MAX = 64, DEVICE_KEEP_MAX = 16 };

/** Who a device is; "" for what it does not say. */
struct device_facts {
    char make[DEVICE_NAME_BYTES];
    char model[DEVICE_NAME_BYTES];
    char serial[DEVICE_NAME_BYTES];
    char firmware[DEVICE_NAME_BYTES];
    char device_id[4 * DEVICE_TEXT_BYTES]; /**< IEEE 1284 */
    bool postscript;                       /**< it says that it understands PostScript */
};

/** Counters since the device was made, DEVICE_UNKNOWN for what it does not say. */
struct device_counters {
    int64_t impressions, color_impressions, media_sheets;
};

enum device_supply_kind {
    DEVICE_TONER,
    DEVICE_INK,
    DEVICE_DRUM,
    DEVICE_WASTE,
    DEVICE_FUSER,
    DEVICE_PAPER,
    DEVICE_OTHER_SUPPLY,
    DEVICE_SUPPLY_KINDS
};
enum device_supply_state {
    DEVICE_SUPPLY_OK,
    DEVICE_SUPPLY_LOW,
    DEVICE_SUPPLY_EMPTY,
    DEVICE_SUPPLY_UNKNOWN,
    DEVICE_SUPPLY_STATES
};
struct device_supply {
    char name[DEVICE_NAME_BYTES];
    char color[DEVICE_KEYWORD_BYTES / 2];
    enum device_supply_kind kind;
    enum device_supply_state state;
    int level_percent; /**< what is left to use (of a waste box: its room), DEVICE_UNKNOWN */
};
struct device_supplies {
    size_t length;
    struct device_supply items[DEVICE_SUPPLIES_MAX];
};

/** Whether the device overwrites what it deletes, as it says itself. */
enum device_overwrite {
    DEVICE_OVERWRITE_UNKNOWN,
    DEVICE_OVERWRITE_OFF,
    DEVICE_OVERWRITE_ON,
    DEVICE_OVERWRITES
};

/** What became of a thing that was to be deleted, the better first (device-independent words of
 * SP 800-88's verification: only a second look proves anything). */
enum device_outcome {
    OUTCOME_VERIFIED_ABSENT,   /**< a listing that was read again does not have it */
    OUTCOME_OPERATOR_ATTESTED, /**< a person says so */
    OUTCOME_SENT_UNVERIFIED,   /**< asked for, and no second look was possible */
    OUTCOME_UNSUPPORTED,       /**< there is no way to ask for it */
    OUTCOME_REFUSED,           /**< the device said no, or still has it */
    OUTCOME_UNREACHABLE,
    DEVICE_OUTCOMES
};

/* What lies on a device ------------------------------------------------------------------------ */

enum device_item_kind { DEVICE_ITEM_JOB, DEVICE_ITEM_FILE };

/** What an item is, as far as it matters for whether it stays. */
enum device_nature {
    DEVICE_DATA,    /**< a job whose data is there, a file */
    DEVICE_HISTORY, /**< a job of which only the name is left */
    DEVICE_FONT,
    DEVICE_MACRO,
    DEVICE_OWN /**< of the device itself, or of a folder that is to be kept */
};

struct device_item {
    enum device_item_kind kind;
    enum device_nature nature;
    bool residue; /**< by the rules: to be deleted */
    int job_id;
    int64_t size_bytes; /**< DEVICE_UNKNOWN */
    char state[DEVICE_KEYWORD_BYTES];
    char where[DEVICE_TEXT_BYTES]; /**< folder, or list of jobs */
    char name[DEVICE_TEXT_BYTES];
    char key[DEVICE_KEY_BYTES]; /**< as the device says it, unique within a driver: never shown */
};

/** Why something is out of reach; words and weight stand in gaps.c. */
enum device_gap_why {
    GAP_UNREACHABLE,
    GAP_REFUSED,
    GAP_MALFORMED,
    GAP_SCHEME,
    GAP_LANGUAGE_UNKNOWN,
    GAP_NO_FILE_SYSTEM,
    GAP_VOLUME_LOCKED,
    GAP_VOLUME_UNREADABLE,
    GAP_FOLDER_UNREADABLE,
    GAP_TOO_MANY,
    GAP_TOO_DEEP,
    GAP_STORED_JOBS,
    GAP_JOBS_UNREADABLE,
    GAP_OVERWRITE_UNKNOWN,
    GAP_OVERWRITE_OFF,
    GAP_MAKER_UNKNOWN,
    GAP_QUEUE,
    DEVICE_GAP_WHYS
};
struct device_gap {
    enum device_gap_why why;
    char what[DEVICE_TEXT_BYTES];
};

struct device_listing {
    size_t length, capacity;
    struct device_item *items;
    size_t gaps_length;
    struct device_gap gaps[DEVICE_GAPS_MAX];
    size_t unread_length;
    bool incomplete; /**< what is not in it may be there all the same */
    /** Beginnings of keys below which nothing could be read: an item missing there proves nothing.
     */
    char unread[DEVICE_UNREAD_MAX][DEVICE_KEY_BYTES];
};

/* The driver ----------------------------------------------------------------------------------- */

struct device_session;

struct device_driver {
    const char *name; /**< as in "languages": "ipp", "pjl", "postscript", "snmp", "cups" */

    /** Who the device is: fills in what is "" yet. */
    enum device_result (*identify)(struct device_session *s, struct device_facts *facts,
                                   char ret_message[DEVICE_TEXT_BYTES]);
    enum device_result (*status)(struct device_session *s, struct device_status *ret,
                                 char ret_message[DEVICE_TEXT_BYTES]);
    enum device_result (*counters)(struct device_session *s, struct device_counters *ret,
                                   char ret_message[DEVICE_TEXT_BYTES]);
    enum device_result (*supplies)(struct device_session *s, struct device_supplies *ret,
                                   char ret_message[DEVICE_TEXT_BYTES]);
    /** Reads whether what is deleted is overwritten. DEVICE_OK also for unknown. */
    enum device_result (*overwrite)(struct device_session *s, enum device_overwrite *ret,
                                    char ret_message[DEVICE_TEXT_BYTES]);
    /**
     * Adds what lies on the device (listing_add(), listing_gap(), listing_unread()).
     *
     * @return other than DEVICE_OK when nothing can be said of any of it
     */
    enum device_result (*list)(struct device_session *s, struct device_listing *listing,
                               char ret_message[DEVICE_TEXT_BYTES]);
    /**
     * Has one item deleted and asks for it again where the language can.
     *
     * @param ret_code  the device's own code for a refusal, "" when it gave none
     * @return DEVICE_OK: sent, and nothing speaks against it; DEVICE_NOT_FOUND: it was not there
     * any more; DEVICE_REFUSED: it said no, or still has it; others: it was not sent
     */
    enum device_result (*remove)(struct device_session *s, const struct device_item *item,
                                 char ret_code[DEVICE_CODE_BYTES],
                                 char ret_message[DEVICE_TEXT_BYTES]);
    /** Deletes all there is in one stroke, for when nothing else helps and it is allowed. */
    enum device_result (*remove_all)(struct device_session *s, char ret_code[DEVICE_CODE_BYTES],
                                     char ret_message[DEVICE_TEXT_BYTES]);
    /** Sends a document from a descriptor until its end. DEVICE_OK: all bytes were taken. */
    enum device_result (*print)(struct device_session *s, int fd, int64_t *ret_bytes,
                                char ret_message[DEVICE_TEXT_BYTES]);
    /** Tries to reach the device again after DEVICE_UNREACHABLE. */
    enum device_result (*revive)(struct device_session *s, char ret_message[DEVICE_TEXT_BYTES]);
    /** Until when everything has to be over, CLOCK_MONOTONIC in ms; may be moved. */
    void (*set_deadline)(struct device_session *s, int64_t deadline_ms);
    /** The bytes of the latest exchange. */
    const struct device_transcript *(*transcript)(struct device_session *s);
    void (*close)(struct device_session *s);
};

/** The head of every driver's own struct. */
struct device_session {
    const struct device_driver *driver;
    const char *uri; /**< as it was given on the command line; borrowed */
};

#endif
