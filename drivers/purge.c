/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem. A device that was told to delete something has been told so, no more: some say
 * nothing, some say yes and still have it, some hang up in the middle. What is recorded must be
 * what was seen.
 *
 * The way chosen. Everything is listed first; each residue item is deleted on its own, with its
 * bytes kept as evidence; then everything is listed again. Only an item that the second list covers
 * and does not have is "verified-absent". An item that the list cannot cover any more (the line was
 * lost, a folder cannot be read) is "sent-unverified", whatever the device said. What the device
 * still lists, or says by another question that it has, is "refused". What came in between is
 * residue too.
 *
 * Time: one deadline for all, of which the second look gets twice what the first one took. A line
 * that is lost is taken up again a few times.
 *
 * Left out: a second round of deletion. A device that did not delete when told does not get told
 * again, but for Purge-Jobs where that is allowed; whoever wants runs again.
 */
#include "drivers/purge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/stream.h"
#include "drivers/text.h"

enum { REVIVALS_MAX = 3, RESERVE_MS_MIN = 1000, RESERVE_FACTOR = 2 };
/* The daemon takes 8 MiB of base64 and all. */
enum { EVIDENCE_BYTES = 2 << 20, EVIDENCE_STEP_BYTES = 8 * 1024, EVIDENCE_FLOOR_BYTES = 512 };
enum { STEPS_MAX = 2 * DEVICE_ITEMS_MAX };

static void worsen(struct purge *purge, enum device_outcome outcome)
{
    purge->outcome = outcome > purge->outcome ? outcome : purge->outcome;
}

/* Looking -------------------------------------------------------------------------------------- */

/** A whole listing failed: nothing that it does not have is known to be gone. */
static void note_failed(struct device_listing *listing, const struct purge_part *part,
                        enum device_result result)
{
    char what[DEVICE_TEXT_BYTES];
    (void)snprintf(what, sizeof what, "%s: %s", part->session->driver->name, part->session->uri);
    listing->incomplete = true;
    listing_gap(listing, gap_for(result), what);
}

static enum device_result look(struct purge_part *part, struct device_listing *listing,
                               char *message)
{
    const struct device_driver *driver = part->session->driver;
    const enum device_result result = driver->list(part->session, listing, message);
    if (result == DEVICE_UNSUPPORTED) {
        part->listed = false;
    } else if (result != DEVICE_OK) {
        note_failed(listing, part, result);
    }
    return result;
}

static void begin(struct device_session *const *sessions, size_t sessions_length, struct purge *ret)
{
    char message[DEVICE_TEXT_BYTES];
    memset(ret, 0, sizeof *ret);
    ret->evidence_left_bytes = EVIDENCE_BYTES;
    for (size_t i = 0; i < sessions_length && ret->parts_length < PURGE_PARTS_MAX; i++) {
        if (sessions[i]->driver->list != NULL) {
            struct purge_part *part = &ret->parts[ret->parts_length++];
            part->session = sessions[i];
            part->listed = true;
            (void)look(part, &part->before, message);
            ret->found += listing_residue(&part->before);
        }
    }
}

/** Gaps of all parts; a device of which nothing could be listed is "unsupported". */
static void gather(struct purge *purge, bool after)
{
    bool any = false;
    for (size_t i = 0; i < purge->parts_length; i++) {
        const struct purge_part *part = &purge->parts[i];
        const struct device_listing *listings[] = {&part->before, after ? &part->after : NULL};
        any = any || part->listed;
        for (size_t k = 0; k < 2; k++) {
            for (size_t g = 0; listings[k] != NULL && g < listings[k]->gaps_length; g++) {
                listing_gap(&purge->gaps, listings[k]->gaps[g].why, listings[k]->gaps[g].what);
            }
            if (listings[k] != NULL && part->listed) {
                worsen(purge, listing_outcome(listings[k]));
            }
        }
    }
    if (!any) {
        worsen(purge, OUTCOME_UNSUPPORTED);
    }
}

void purge_look(struct device_session *const *sessions, size_t sessions_length, struct purge *ret)
{
    begin(sessions, sessions_length, ret);
    gather(ret, false);
    if (ret->found > 0) {
        worsen(ret, OUTCOME_REFUSED);
    }
}

struct device_session *purge_count(struct device_session *const *sessions, size_t sessions_length,
                                   struct device_counters *ret, char ret_message[DEVICE_TEXT_BYTES],
                                   enum device_result *ret_result)
{
    *ret_result = DEVICE_UNSUPPORTED;
    for (size_t i = 0; i < sessions_length; i++) {
        const struct device_driver *driver = sessions[i]->driver;
        if (driver->counters != NULL) {
            *ret_result = driver->counters(sessions[i], ret, ret_message);
            if (*ret_result == DEVICE_OK) {
                return sessions[i];
            }
        }
    }
    return NULL;
}

/* Deleting ------------------------------------------------------------------------------------- */

static unsigned char *keep_bytes(struct purge *purge, const unsigned char *bytes, size_t size,
                                 size_t *ret_size)
{
    size_t most = purge->evidence_left_bytes > EVIDENCE_STEP_BYTES ? EVIDENCE_STEP_BYTES
                                                                   : EVIDENCE_FLOOR_BYTES;
    most = size < most ? size : most;
    unsigned char *copy = most > 0 ? malloc(most) : NULL;
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, bytes, most);
    *ret_size = most;
    purge->evidence_left_bytes -=
        most < purge->evidence_left_bytes ? most : purge->evidence_left_bytes;
    return copy;
}

static void keep_evidence(struct purge *purge, struct device_session *s, struct purge_step *step)
{
    const struct device_transcript *transcript =
        s->driver->transcript != NULL ? s->driver->transcript(s) : NULL;
    if (transcript != NULL) {
        step->request =
            keep_bytes(purge, transcript->request, transcript->request_bytes, &step->request_bytes);
        step->reply =
            keep_bytes(purge, transcript->reply, transcript->reply_bytes, &step->reply_bytes);
    }
}

static void delete_item(struct purge *purge, struct purge_part *part, struct purge_step *step,
                        int64_t deadline_ms, unsigned *revivals)
{
    struct device_session *s = part->session;
    step->said = DEVICE_UNREACHABLE;
    if (stream_now_ms() >= deadline_ms) {
        (void)snprintf(step->code, sizeof step->code, "time");
        text_clean(step->message, sizeof step->message, "the time is over");
        return;
    }
    step->said = s->driver->remove != NULL
                     ? s->driver->remove(s, step->item, step->code, step->message)
                     : DEVICE_UNSUPPORTED;
    keep_evidence(purge, s, step);
    step->begun = step->request_bytes > 0;
    if (step->said == DEVICE_UNREACHABLE && s->driver->revive != NULL && *revivals < REVIVALS_MAX) {
        char ignored[DEVICE_TEXT_BYTES];
        (*revivals)++;
        (void)s->driver->revive(s, ignored);
    }
}

static void set_deadlines(struct purge *purge, int64_t deadline_ms)
{
    for (size_t i = 0; i < purge->parts_length; i++) {
        struct device_session *s = purge->parts[i].session;
        if (s->driver->set_deadline != NULL) {
            s->driver->set_deadline(s, deadline_ms);
        }
    }
}

static void delete_part(struct purge *purge, struct purge_part *part, int64_t deadline_ms,
                        void (*progress)(size_t, size_t))
{
    unsigned revivals = 0;
    /* Room for each that is there, and for each that may turn up. */
    part->steps = calloc(STEPS_MAX, sizeof *part->steps);
    if (part->steps == NULL) {
        note_failed(&part->before, part, DEVICE_REFUSED);
        return;
    }
    for (size_t i = 0; i < part->before.length; i++) {
        if (part->before.items[i].residue) {
            struct purge_step *step = &part->steps[part->steps_length++];
            step->item = &part->before.items[i];
            delete_item(purge, part, step, deadline_ms, &revivals);
            if (progress != NULL) {
                progress(part->steps_length, purge->found);
            }
        }
    }
}

/* The second look ------------------------------------------------------------------------------ */

static void look_again(struct purge_part *part)
{
    const struct device_driver *driver = part->session->driver;
    char message[DEVICE_TEXT_BYTES];
    if (!part->listed) {
        return;
    }
    const enum device_result result = look(part, &part->after, message);
    if (result == DEVICE_UNREACHABLE && driver->revive != NULL &&
        driver->revive(part->session, message) == DEVICE_OK) {
        listing_clear(&part->after);
        (void)look(part, &part->after, message);
    } else if (result == DEVICE_UNSUPPORTED) {
        /* It could be listed before: that it cannot now is no proof of anything. */
        part->listed = true;
        note_failed(&part->after, part, DEVICE_REFUSED);
    }
}

static void last_resort(struct purge_part *part)
{
    const struct device_driver *driver = part->session->driver;
    char code[DEVICE_CODE_BYTES] = "";
    char message[DEVICE_TEXT_BYTES];
    if (driver->remove_all != NULL && listing_residue(&part->after) > 0 &&
        driver->remove_all(part->session, code, message) == DEVICE_OK) {
        listing_clear(&part->after);
        look_again(part);
    }
}

static enum device_outcome judge_present(struct purge_step *step)
{
    if (step->said == DEVICE_UNREACHABLE && !step->begun) {
        return OUTCOME_UNREACHABLE;
    }
    if (step->said == DEVICE_UNSUPPORTED) {
        return OUTCOME_UNSUPPORTED;
    }
    if (step->code[0] == '\0') {
        (void)snprintf(step->code, sizeof step->code, "still-listed");
        text_clean(step->message, sizeof step->message,
                   step->said == DEVICE_OK ? "the device raised no objection, and still lists it"
                                           : "the device still lists it");
    }
    return OUTCOME_REFUSED;
}

static enum device_outcome judge_unknown(const struct purge_step *step)
{
    static const enum device_outcome outcomes[] = {
        [DEVICE_OK] = OUTCOME_SENT_UNVERIFIED,      [DEVICE_NOT_FOUND] = OUTCOME_SENT_UNVERIFIED,
        [DEVICE_REFUSED] = OUTCOME_REFUSED,         [DEVICE_MALFORMED] = OUTCOME_SENT_UNVERIFIED,
        [DEVICE_UNREACHABLE] = OUTCOME_UNREACHABLE, [DEVICE_UNSUPPORTED] = OUTCOME_UNSUPPORTED};
    return step->begun && step->said == DEVICE_UNREACHABLE ? OUTCOME_SENT_UNVERIFIED
                                                           : outcomes[step->said];
}

/** Codes of drivers that mean: another question than the listing says that it is there. */
static bool contradicts(const struct purge_step *step)
{
    return step->said == DEVICE_REFUSED &&
           (strcmp(step->code, "still-there") == 0 || strcmp(step->code, "volume-locked") == 0);
}

static void judge(const struct purge_part *part, struct purge_step *step)
{
    const struct device_item *now = listing_find(&part->after, step->item->key);
    if (now != NULL && now->residue) {
        step->outcome = judge_present(step);
    } else if (now == NULL && !listing_covers(&part->after, step->item->key)) {
        step->outcome = judge_unknown(step);
    } else if (contradicts(step)) {
        step->outcome = OUTCOME_REFUSED;
    } else {
        step->outcome = OUTCOME_VERIFIED_ABSENT;
        step->code[0] = '\0';
        step->message[0] = '\0';
    }
}

/** What the second list has and the first had not. */
static void note_newcomers(struct purge_part *part)
{
    for (size_t i = 0; i < part->after.length; i++) {
        const struct device_item *item = &part->after.items[i];
        const struct device_item *then = listing_find(&part->before, item->key);
        if (item->residue && (then == NULL || !then->residue)) {
            struct purge_step *step = &part->steps[part->steps_length++];
            *step = (struct purge_step){.item = item,
                                        .outcome = OUTCOME_REFUSED,
                                        .code = "appeared-meanwhile",
                                        .message = "it was not there before: run again"};
        }
    }
}

static void judge_part(struct purge *purge, struct purge_part *part)
{
    const size_t old = part->steps_length;
    for (size_t i = 0; i < old; i++) {
        judge(part, &part->steps[i]);
    }
    if (part->listed) {
        note_newcomers(part);
    }
    for (size_t i = 0; i < part->steps_length; i++) {
        purge->counts[part->steps[i].outcome]++;
        worsen(purge, part->steps[i].outcome);
    }
    purge->found += part->steps_length - old;
}

void purge_run(struct device_session *const *sessions, size_t sessions_length, int64_t deadline_ms,
               void (*progress)(size_t done, size_t found), struct purge *ret)
{
    struct device_counters before = {DEVICE_UNKNOWN, DEVICE_UNKNOWN, DEVICE_UNKNOWN};
    struct device_counters after = before;
    char message[DEVICE_TEXT_BYTES];
    enum device_result counted = DEVICE_OK;
    const struct device_session *counting =
        purge_count(sessions, sessions_length, &before, message, &counted);
    const int64_t began_ms = stream_now_ms();
    begin(sessions, sessions_length, ret);
    const int64_t now_ms = stream_now_ms();
    const int64_t half_ms = (deadline_ms - now_ms) / 2;
    const int64_t wanted_ms = RESERVE_MS_MIN + RESERVE_FACTOR * (now_ms - began_ms);
    const int64_t until_ms = deadline_ms - (wanted_ms < half_ms ? wanted_ms : half_ms);
    ret->counting = counting;
    ret->counted_before = counting != NULL;
    ret->counters_before = before;
    set_deadlines(ret, until_ms);
    for (size_t i = 0; i < ret->parts_length; i++) {
        delete_part(ret, &ret->parts[i], until_ms, progress);
    }
    set_deadlines(ret, deadline_ms);
    for (size_t i = 0; i < ret->parts_length; i++) {
        look_again(&ret->parts[i]);
        last_resort(&ret->parts[i]);
        if (ret->parts[i].steps != NULL) {
            judge_part(ret, &ret->parts[i]);
        }
    }
    ret->counted_after = counting != NULL && purge_count(sessions, sessions_length, &after, message,
                                                         &counted) == counting;
    ret->counters_after = after;
    gather(ret, true);
}

void purge_clear(struct purge *purge)
{
    for (size_t i = 0; i < purge->parts_length; i++) {
        struct purge_part *part = &purge->parts[i];
        for (size_t k = 0; k < part->steps_length; k++) {
            free(part->steps[k].request);
            free(part->steps[k].reply);
        }
        free(part->steps);
        listing_clear(&part->before);
        listing_clear(&part->after);
    }
    purge->parts_length = 0;
}
