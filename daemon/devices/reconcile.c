/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/devices/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"

static enum policy_counter counter_of_word(const char *word)
{
    static const char *const words[] = {[POLICY_COUNTER_AUTO] = "auto",
                                        [POLICY_COUNTER_SHEETS] = "sheets",
                                        [POLICY_COUNTER_IMPRESSIONS] = "impressions"};

    for (int i = POLICY_COUNTER_SHEETS; i <= POLICY_COUNTER_IMPRESSIONS; i++) {
        if (strcmp(words[i], word) == 0) {
            return (enum policy_counter)i;
        }
    }
    return POLICY_COUNTER_AUTO;
}

struct addition {
    struct store_tx *tx;
    struct reconciled *sum;
    enum policy_counter counter;
    unsigned duplex_step;
};

/** What the largest sheet of the job counts in A4; copies made by hand are taken for A4. */
static int weight_of(struct store_tx *tx, int64_t job, int64_t *ret_weight)
{
    struct policy_page_run *runs = NULL;
    size_t length = 0;
    int result = job_page_runs(tx, job, &runs, &length);
    int64_t weight = 1;

    for (size_t i = 0; result == PR_OK && i < length; i++) {
        int64_t one = policy_sheet_weight(runs[i].width_um, runs[i].height_um);

        weight = one > weight ? one : weight;
    }
    free(runs);
    *ret_weight = weight;
    return result == PR_ENOENT ? PR_OK : result;
}

static int add_job(void *context, const struct counted_job *job)
{
    struct addition *addition = context;
    struct policy_printed printed = {
        .sheets = job->sheets,
        .planned = job->planned,
        .impressions = job->walk_up ? 0 : job->impressions,
        .two_sided = job->two_sided || job->walk_up,
    };
    int result = weight_of(addition->tx, job->job, &printed.weight);

    if (result == PR_OK) {
        struct policy_range range =
            policy_printed_range(addition->counter, addition->duplex_step, &printed);

        addition->sum->booked.low += range.low;
        addition->sum->booked.high += range.high;
        *(job->walk_up ? &addition->sum->copies : &addition->sum->jobs) += job->sheets;
    }
    return result;
}

int reconcile_between(struct store_tx *tx, const struct office *office,
                      const struct device_reading *before, const struct device_reading *after,
                      int64_t let_pass, struct reconciled *ret)
{
    struct device_counting counting;
    struct reconciled found = {.jobs = 0};
    const struct policy_reading first = {before->impressions, before->media_sheets, before->serial};
    const struct policy_reading last = {after->impressions, after->media_sheets, after->serial};
    int result = device_counting(tx, before->device, &counting);

    if (result != PR_OK) {
        return result;
    }
    enum policy_counter wanted = counter_of_word(counting.counter);
    struct addition addition = {tx, &found, policy_counter_of(wanted, &first, &last),
                                (unsigned)counting.duplex_step};

    /* Sums are shown in either case; without a counter their range does not matter. */
    if (addition.counter == POLICY_COUNTER_AUTO) {
        addition.counter = POLICY_COUNTER_SHEETS;
    }
    result = counted_each(tx, before->device, before->at, after->at, add_job, &addition);
    if (result != PR_OK) {
        return result;
    }
    memcpy(found.day, before->day, sizeof found.day);
    found.found = policy_reconcile(&first, &last, wanted, &found.booked,
                                   office->settings->devices.counter_tolerance, let_pass);
    found.let_pass = let_pass > 0 ? let_pass : 0;
    *ret = found;
    return PR_OK;
}

static const char *counter_word(enum policy_counter counter)
{
    return counter == POLICY_COUNTER_IMPRESSIONS ? "impressions" : "sheets";
}

static json_t *mismatch_document(const struct reconciled *day, const struct device_reading *after)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "day", day->day,
                     "outcome", policy_reconciled_keyword(day->found.outcome), "counter",
                     counter_word(day->found.counter), "delta", (json_int_t)day->found.delta,
                     "jobs", (json_int_t)day->jobs, "copies", (json_int_t)day->copies,
                     "unregistered", (json_int_t)day->found.unregistered, "let_pass",
                     (json_int_t)day->let_pass, "missing", (json_int_t)day->found.missing,
                     "reading", (json_int_t)after->key);
}

/** Writes down what was found. Of a device that counts impressions a sheet is at least half. */
static int keep(struct store_tx *tx, const struct office *office,
                const struct device_reading *reading, const struct reconciled *day)
{
    const struct policy_reconciliation *found = &day->found;
    const int64_t tolerance = office->settings->devices.counter_tolerance;
    const bool is_unregistered = found->outcome == POLICY_UNREGISTERED;
    const int64_t beyond = is_unregistered                   ? found->unregistered + day->let_pass
                           : found->unregistered > tolerance ? found->unregistered
                                                             : 0;
    const struct device_interval interval = {
        .reading = reading->key,
        .device = reading->device,
        .day = day->day,
        .outcome = policy_reconciled_keyword(found->outcome),
        .counter = found->counter == POLICY_COUNTER_AUTO ? "" : counter_word(found->counter),
        .delta = found->delta,
        .jobs = day->jobs,
        .copies = day->copies,
        .unregistered = found->unregistered,
        .missing = found->missing,
        .tolerance = tolerance,
        .unregistered_sheets =
            found->counter == POLICY_COUNTER_IMPRESSIONS ? (beyond + 1) / 2 : beyond,
    };

    return interval_add(tx, &interval);
}

int reconcile_reading(struct store_tx *tx, const struct office *office,
                      const struct device_record *device, struct device_reading *reading)
{
    struct device_reading before;
    struct reconciled day;
    char month[POLICY_MONTH_BYTES];
    int earlier = reading_latest(tx, device->key, true, &before);
    int result = earlier == PR_OK || earlier == PR_ENOENT ? reading_add(tx, reading) : earlier;

    if (result != PR_OK || earlier == PR_ENOENT || strcmp(reading->occasion, "request") == 0) {
        return result;
    }
    int64_t let_pass = 0;

    result = interval_let_pass(tx, device->key, before.day, &let_pass);
    if (result == PR_OK) {
        result = reconcile_between(tx, office, &before, reading, let_pass, &day);
    }
    if (result == PR_OK) {
        result = keep(tx, office, reading, &day);
    }
    if (result != PR_OK || !policy_reconciled_is_mismatch(day.found.outcome)) {
        return result;
    }
    snprintf(month, sizeof month, "%.7s", day.day);
    return violation_add_device(tx, device, month, "counter-mismatch",
                                mismatch_document(&day, reading));
}

static int64_t count_of(const json_t *line, const char *name)
{
    const json_t *value = json_object_get(line, name);

    return json_is_integer(value) ? json_integer_value(value) : READING_UNKNOWN;
}

void reading_from_line(const struct device_record *device, const json_t *line, const char *occasion,
                       struct device_reading *ret_reading)
{
    const char *source = json_string_value(json_object_get(line, "source"));

    *ret_reading = (struct device_reading){
        .device = device->key,
        .at = store_now_ms(),
        .impressions = count_of(line, "impressions"),
        .color_impressions = count_of(line, "color_impressions"),
        .media_sheets = count_of(line, "media_sheets"),
    };
    clock_day(ret_reading->at, ret_reading->day);
    snprintf(ret_reading->occasion, sizeof ret_reading->occasion, "%s", occasion);
    snprintf(ret_reading->source, sizeof ret_reading->source, "%s", source != NULL ? source : "");
}

/* A month ------------------------------------------------------------------------------------- */

struct month_walk {
    struct store_tx *tx;
    const struct office *office;
    const char *month;
    json_t *list;
    int64_t let_pass; /* of the day of the interval before */
    /* The readings are taken before jobs are: a walk of one table must not begin another of it. */
    size_t length;
    struct device_reading *readings;
};

static int remember(void *context, const struct device_reading *reading)
{
    struct month_walk *walk = context;
    struct device_reading *grown =
        realloc(walk->readings, (walk->length + 1) * sizeof *walk->readings);

    if (grown == NULL) {
        return PR_ENOMEM;
    }
    walk->readings = grown;
    walk->readings[walk->length++] = *reading;
    return PR_OK;
}

static json_t *day_document(const struct reconciled *day, int64_t tolerance)
{
    const struct policy_reconciliation *found = &day->found;

    return json_pack("{s:s, s:s, s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:I}", "day", day->day,
                     "outcome", policy_reconciled_keyword(found->outcome), "counter",
                     found->counter == POLICY_COUNTER_AUTO
                         ? json_null()
                         : json_string(counter_word(found->counter)),
                     "delta", found->delta < 0 ? json_null() : json_integer(found->delta),
                     "wrapped", (int)found->wrapped, "jobs", (json_int_t)day->jobs, "copies",
                     (json_int_t)day->copies, "unregistered", (json_int_t)found->unregistered,
                     "missing", (json_int_t)found->missing, "tolerance", (json_int_t)tolerance);
}

/** Whether the books, or how they are read, tell something else now. What a tolerance lets pass
 * does not matter where it changes nothing. */
static bool differs(const json_t *kept, const json_t *now)
{
    static const char *const members[] = {"outcome", "counter",      "delta",  "jobs",
                                          "copies",  "unregistered", "missing"};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!json_equal(json_object_get(kept, members[i]), json_object_get(now, members[i]))) {
            return true;
        }
    }
    return false;
}

/** Appends what was found then, which the report and the violations have too, and what would be
 * found now where that is something else. `now` is stolen. */
static int append_interval(struct month_walk *walk, const struct device_reading *after, json_t *now)
{
    json_t *kept = NULL;
    int result = now != NULL ? interval_document(walk->tx, after->key, &kept) : PR_ENOMEM;

    if (result == PR_ENOENT) {
        kept = json_incref(now);
        result = PR_OK;
    }
    if (result == PR_OK) {
        bool other = differs(kept, now);

        json_object_set(kept, "wrapped", json_object_get(now, "wrapped"));
        json_object_set_new(kept, "now", other ? json_incref(now) : json_null());
        result = json_array_append(walk->list, kept) == 0 ? PR_OK : PR_ENOMEM;
    }
    json_decref(kept);
    json_decref(now);
    return result;
}

static int add_interval(struct month_walk *walk, const struct device_reading *before,
                        const struct device_reading *after)
{
    struct reconciled day;

    if (strncmp(before->day, walk->month, strlen(walk->month)) != 0) {
        return PR_OK;
    }
    int result = reconcile_between(walk->tx, walk->office, before, after, walk->let_pass, &day);

    if (result != PR_OK) {
        return result;
    }
    /* The next interval begins on the day of `after`. */
    walk->let_pass =
        strcmp(before->day, after->day) == 0 ? policy_let_pass(walk->let_pass, &day.found) : 0;
    return append_interval(walk, after,
                           day_document(&day, walk->office->settings->devices.counter_tolerance));
}

int reconcile_month(struct store_tx *tx, const struct office *office,
                    const struct device_record *device, const char *month, json_t *list)
{
    struct month_walk walk = {.tx = tx, .office = office, .month = month, .list = list};
    int result = reading_each(tx, device->key, month, remember, &walk);

    for (size_t i = 0; result == PR_OK && i + 1 < walk.length; i++) {
        result = add_interval(&walk, &walk.readings[i], &walk.readings[i + 1]);
    }
    free(walk.readings);
    return result;
}
