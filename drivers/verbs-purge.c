/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies on a device and what became of it: `residue`, `purge`, `verify`. */
#include "config.h"

#include "drivers/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drivers/output.h"
#include "drivers/text.h"

/** A device that is looked at by all its URIs. */
struct view {
    struct reach reach;
    struct purge purge;
    enum device_overwrite overwrite;
    char began_at[32];
};

static void write_now(char to[32])
{
    struct tm broken;
    const time_t now = time(NULL);
    (void)gmtime_r(&now, &broken);
    (void)strftime(to, 32, "%Y-%m-%dT%H:%M:%SZ", &broken);
}

/** NULL when nothing could be opened: then the error is printed. @param ret_exit  its exit code */
static struct view *open_view(const struct verb_request *request, int *ret_exit)
{
    struct view *view = calloc(1, sizeof *view);
    char ignored[DEVICE_TEXT_BYTES] = "";
    if (view == NULL) {
        *ret_exit = output_failure(DEVICE_UNREACHABLE, "memory has run out");
        return NULL;
    }
    write_now(view->began_at);
    reach_begin(&view->reach, request->options);
    reach_open_all(&view->reach, request->uris, request->uris_length);
    reach_identify(&view->reach);
    if (view->reach.sessions_length > 0) {
        view->overwrite = reach_overwrite(&view->reach);
        return view;
    }
    (void)reach_close(&view->reach, ignored);
    const struct reach_trouble *trouble = &view->reach.troubles[0];
    *ret_exit = output_failure(trouble->result, trouble->message);
    free(view);
    return NULL;
}

/** What could not be reached at all, and what is not known, as gaps of the whole. */
static void add_gaps(struct view *view)
{
    struct device_listing *gaps = &view->purge.gaps;
    for (size_t i = 0; i < view->reach.troubles_length; i++) {
        listing_gap(gaps, view->reach.troubles[i].why, view->reach.troubles[i].uri);
    }
    if (view->overwrite != DEVICE_OVERWRITE_ON) {
        listing_gap(gaps,
                    view->overwrite == DEVICE_OVERWRITE_OFF ? GAP_OVERWRITE_OFF
                                                            : GAP_OVERWRITE_UNKNOWN,
                    view->reach.facts.model);
    }
    if (view->reach.vendor == NULL) {
        listing_gap(gaps, GAP_MAKER_UNKNOWN, view->reach.facts.make);
    }
    const enum device_outcome outcome = listing_outcome(gaps);
    view->purge.outcome = outcome > view->purge.outcome ? outcome : view->purge.outcome;
}

/** Closes what is open; a queue that stands still for good is told. */
static void close_view(struct view *view)
{
    char message[DEVICE_TEXT_BYTES] = "";
    if (!reach_close(&view->reach, message)) {
        listing_gap(&view->purge.gaps, GAP_QUEUE, message);
    }
}

static bool print_gaps(const struct device_listing *gaps)
{
    bool all = true;
    for (size_t i = 0; i < gaps->gaps_length; i++) {
        all = output_line(output_gap(gaps->gaps[i].why, gaps->gaps[i].what)) && all;
    }
    return all;
}

static int exit_of(enum device_outcome outcome, bool printed)
{
    return !printed || outcome != OUTCOME_VERIFIED_ABSENT
               ? (printed && outcome == OUTCOME_UNREACHABLE ? EXIT_UNREACHABLE : EXIT_REFUSED)
               : EXIT_ANSWERED;
}

/* Looking -------------------------------------------------------------------------------------- */

static bool print_items(const struct purge *purge, size_t *ret_residue, size_t *ret_other)
{
    bool all = true;
    for (size_t i = 0; i < purge->parts_length; i++) {
        const struct device_listing *listing = &purge->parts[i].before;
        for (size_t k = 0; k < listing->length; k++) {
            *(listing->items[k].residue ? ret_residue : ret_other) += 1;
            all = output_line(output_item(&listing->items[k], true)) && all;
        }
    }
    return all;
}

static int look(const struct verb_request *request, bool verify)
{
    int exit_code = EXIT_REFUSED;
    size_t residue = 0;
    size_t other = 0;
    struct view *view = open_view(request, &exit_code);
    if (view == NULL) {
        return exit_code;
    }
    purge_look(view->reach.sessions, view->reach.sessions_length, &view->purge);
    add_gaps(view);
    close_view(view);
    bool all = print_items(&view->purge, &residue, &other);
    all = print_gaps(&view->purge.gaps) && all;
    const enum device_outcome outcome = view->purge.outcome;
    if (verify) {
        all = output_line(json_pack("{s:s, s:s, s:I}", "type", "summary", "outcome",
                                    outcome_word(outcome), "residue", (json_int_t)residue)) &&
              all;
        exit_code = exit_of(outcome, all);
    } else {
        all = output_line(json_pack("{s:s, s:I, s:I}", "type", "end", "residue",
                                    (json_int_t)residue, "other", (json_int_t)other)) &&
              all;
        /* That there is residue is an answer; that a part could not be read is not the whole one.
         */
        exit_code = all && listing_outcome(&view->purge.gaps) == OUTCOME_VERIFIED_ABSENT
                        ? EXIT_ANSWERED
                        : EXIT_REFUSED;
    }
    purge_clear(&view->purge);
    free(view);
    return exit_code;
}

int verb_residue(const struct verb_request *request)
{
    return look(request, false);
}

int verb_verify(const struct verb_request *request)
{
    return look(request, true);
}

/* Emptying ------------------------------------------------------------------------------------- */

/** For a person at a terminal; who reads the lines of JSON sees nothing of it. */
static void show_progress(size_t done, size_t found)
{
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr, "\r%zu / %zu%s", done, found, done == found ? "\n" : "");
    }
}

static bool print_steps(const struct purge *purge)
{
    bool all = true;
    for (size_t i = 0; i < purge->parts_length; i++) {
        for (size_t k = 0; k < purge->parts[i].steps_length; k++) {
            all = output_line(output_step(&purge->parts[i].steps[k])) && all;
        }
    }
    return all;
}

static bool print_vendor_steps(const struct vendor *vendor)
{
    bool all = true;
    for (size_t i = 0; vendor != NULL && i < VENDOR_STEPS_MAX && vendor->steps[i].id != NULL; i++) {
        const struct vendor_step *step = &vendor->steps[i];
        all = output_line(json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "type", "vendor-step", "id",
                                    step->id, "outcome", outcome_word(OUTCOME_OPERATOR_ATTESTED),
                                    "en", step->english, "zh", step->chinese, "done", 0)) &&
              all;
    }
    return all;
}

static json_t *items_of(const struct purge *purge, bool after)
{
    json_t *array = json_array();
    for (size_t i = 0; i < purge->parts_length; i++) {
        const struct device_listing *listing =
            after ? &purge->parts[i].after : &purge->parts[i].before;
        for (size_t k = 0; k < listing->length && json_array_size(array) < DEVICE_ITEMS_MAX; k++) {
            (void)json_array_append_new(array, output_item(&listing->items[k], false));
        }
    }
    return array;
}

static json_t *counters_of(const struct purge *purge, bool told,
                           const struct device_counters *counters)
{
    return told ? output_counters(purge->counting, counters) : json_null();
}

/** It has to have been on before, and to be on still. */
static void read_overwrite_again(struct view *view)
{
    if (view->overwrite != DEVICE_OVERWRITE_OFF) {
        const enum device_overwrite now = reach_overwrite(&view->reach);
        view->overwrite = now == DEVICE_OVERWRITE_OFF ? now
                          : now == view->overwrite    ? now
                                                      : DEVICE_OVERWRITE_UNKNOWN;
    }
}

static json_t *summary_of(const struct view *view)
{
    static const char *const overwrites[] = {[DEVICE_OVERWRITE_UNKNOWN] = "unknown",
                                             [DEVICE_OVERWRITE_OFF] = "off",
                                             [DEVICE_OVERWRITE_ON] = "on"};
    _Static_assert(sizeof overwrites / sizeof overwrites[0] == DEVICE_OVERWRITES,
                   "every way has its word");
    const struct purge *purge = &view->purge;
    const struct device_facts *facts = &view->reach.facts;
    char ended_at[32];
    write_now(ended_at);
    json_t *summary = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "type", "summary",
        "outcome", outcome_word(purge->outcome), "found", (json_int_t)purge->found,
        "verified_absent", (json_int_t)purge->counts[OUTCOME_VERIFIED_ABSENT], "sent_unverified",
        (json_int_t)purge->counts[OUTCOME_SENT_UNVERIFIED], "refused",
        (json_int_t)purge->counts[OUTCOME_REFUSED], "unsupported",
        (json_int_t)purge->counts[OUTCOME_UNSUPPORTED], "unreachable",
        (json_int_t)purge->counts[OUTCOME_UNREACHABLE], "before", items_of(purge, false), "after",
        items_of(purge, true), "counters_before",
        counters_of(purge, purge->counted_before, &purge->counters_before), "counters_after",
        counters_of(purge, purge->counted_after, &purge->counters_after));
    json_t *certificate =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "method", "job-data-deletion",
                  "overwrite", overwrites[view->overwrite], "make", facts->make, "model",
                  facts->model, "serial", facts->serial, "tool", "printroom-device", "version",
                  PACKAGE_VERSION, "began_at", view->began_at, "ended_at", ended_at);
    if (summary == NULL || certificate == NULL || json_object_update(summary, certificate) != 0) {
        json_decref(summary);
        summary = NULL;
    }
    json_decref(certificate);
    return summary;
}

int verb_purge(const struct verb_request *request)
{
    int exit_code = EXIT_REFUSED;
    struct device_session *sessions[REACH_SESSIONS_MAX + 1];
    struct view *view = open_view(request, &exit_code);
    if (view == NULL) {
        return exit_code;
    }
    const size_t length = reach_all(&view->reach, sessions);
    purge_run(sessions, length, request->options->deadline_ms, show_progress, &view->purge);
    read_overwrite_again(view);
    add_gaps(view);
    bool all = print_steps(&view->purge);
    json_t *summary = summary_of(view);
    close_view(view);
    all = print_gaps(&view->purge.gaps) && all;
    all = print_vendor_steps(view->reach.vendor) && all;
    all = output_line(summary) && all;
    exit_code = exit_of(view->purge.outcome, all);
    purge_clear(&view->purge);
    free(view);
    return exit_code;
}
