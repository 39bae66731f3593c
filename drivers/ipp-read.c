/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/ipp-read.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "drivers/ipp-exchange.h"
#include "drivers/listing.h"
#include "drivers/text.h"
#include "drivers/vendors.h"

/* Jobs ----------------------------------------------------------------------------------------- */

/** Words among a job's reasons that mean that its data is still on the device: RFC 8011 5.3.8, PWG
 * 5100.11 of 2024 (stored) and of 2010 (saved), PWG 5100.18 (fetchable). */
static const char *const with_data[] = {"job-restartable",
                                        "job-stored",
                                        "job-stored-with-errors",
                                        "job-stored-with-warnings",
                                        "job-saved-successfully",
                                        "job-saved-with-errors",
                                        "job-saved-with-warnings",
                                        "job-fetchable",
                                        "job-suspended"};

struct job {
    int job_id;
    int state;
    int64_t k_octets;
    int documents;
    bool data;
    char name[DEVICE_TEXT_BYTES];
};

static const char *string_of(ipp_attribute_t *attribute, int index)
{
    const char *text = ippGetString(attribute, index, NULL);
    return text != NULL ? text : "";
}

static void read_job_reasons(struct job *job, ipp_attribute_t *attribute)
{
    for (int i = 0; i < ippGetCount(attribute); i++) {
        for (size_t k = 0; k < sizeof with_data / sizeof with_data[0]; k++) {
            job->data = job->data || strcmp(string_of(attribute, i), with_data[k]) == 0;
        }
    }
}

static void read_job_attribute(struct job *job, ipp_attribute_t *attribute)
{
    const char *name = ippGetName(attribute);
    const ipp_tag_t tag = ippGetValueTag(attribute);
    if (strcmp(name, "job-id") == 0 && tag == IPP_TAG_INTEGER) {
        job->job_id = ippGetInteger(attribute, 0);
    } else if (strcmp(name, "job-state") == 0 && tag == IPP_TAG_ENUM) {
        job->state = ippGetInteger(attribute, 0);
    } else if (strcmp(name, "job-k-octets") == 0 && tag == IPP_TAG_INTEGER) {
        job->k_octets = ippGetInteger(attribute, 0);
    } else if (strcmp(name, "number-of-documents") == 0 && tag == IPP_TAG_INTEGER) {
        job->documents = ippGetInteger(attribute, 0);
    } else if (strcmp(name, "job-name") == 0) {
        text_clean(job->name, sizeof job->name, string_of(attribute, 0));
    } else if (strcmp(name, "job-state-reasons") == 0 && tag == IPP_TAG_KEYWORD) {
        read_job_reasons(job, attribute);
    }
}

static void note_job(const struct job *job, const char *which, const struct residue_rules *rules,
                     struct device_listing *listing)
{
    const bool kept = strcmp(which, IPP_JOBS_KEPT) == 0;
    const bool ended = strcmp(which, "completed") == 0 || (kept && job->documents == 0);
    const bool known = job->state >= IPP_JSTATE_PENDING && job->state <= IPP_JSTATE_COMPLETED;
    struct device_item item = {.kind = DEVICE_ITEM_JOB,
                               .job_id = job->job_id,
                               .nature = ended && !job->data ? DEVICE_HISTORY : DEVICE_DATA,
                               .size_bytes =
                                   job->k_octets > 0 ? job->k_octets * 1024 : DEVICE_UNKNOWN};
    (void)snprintf(item.key, sizeof item.key, IPP_JOB_KEY "%d", job->job_id);
    /* The device has named its own lists. */
    text_clean(item.where, sizeof item.where, which);
    (void)snprintf(item.name, sizeof item.name, "%s", job->name);
    (void)snprintf(item.state, sizeof item.state, "%s",
                   known ? ippEnumString("job-state", job->state) : "");
    item.residue = residue_is(rules, item.nature);
    (void)listing_add(listing, &item);
}

size_t ipp_read_jobs(ipp_t *response, const char *which, const struct residue_rules *rules,
                     struct device_listing *listing)
{
    size_t jobs = 0;
    ipp_attribute_t *attribute = ippFirstAttribute(response);
    while (attribute != NULL) {
        struct job job = {.name = ""};
        bool any = false;
        for (; attribute != NULL && ippGetGroupTag(attribute) == IPP_TAG_JOB &&
               ippGetName(attribute) != NULL;
             attribute = ippNextAttribute(response)) {
            read_job_attribute(&job, attribute);
            any = true;
        }
        jobs += any ? 1 : 0;
        if (any && job.job_id > 0) {
            note_job(&job, which, rules, listing);
        } else if (any) {
            /* A job that cannot be named can be neither deleted nor found again. */
            listing->incomplete = true;
            listing_gap(listing, GAP_JOBS_UNREADABLE, which);
        }
        if (attribute != NULL) {
            attribute = ippNextAttribute(response);
        }
    }
    return jobs;
}

/* The printer ---------------------------------------------------------------------------------- */

static void fill(char *to, const char *text)
{
    if (to[0] == '\0') {
        text_clean(to, DEVICE_NAME_BYTES, text);
    }
}

void ipp_read_facts(ipp_t *response, struct device_facts *facts)
{
    char text[DEVICE_TEXT_BYTES];
    ipp_attribute_t *formats =
        ippFindAttribute(response, "document-format-supported", IPP_TAG_MIMETYPE);
    ipp_attribute_t *serial = ippFindAttribute(response, "printer-serial-number", IPP_TAG_ZERO);
    if (facts->device_id[0] == '\0') {
        ipp_read_text(facts->device_id, sizeof facts->device_id, response, "printer-device-id");
    }
    facts_from_device_id(facts);
    ipp_read_text(text, sizeof text, response, "printer-make-and-model");
    facts_from_model(facts, text);
    fill(facts->serial, serial != NULL ? ippGetString(serial, 0, NULL) : "");
    ipp_read_text(text, sizeof text, response, "printer-firmware-string-version");
    fill(facts->firmware, text);
    for (int i = 0; formats != NULL && i < ippGetCount(formats); i++) {
        facts->postscript =
            facts->postscript || strcasecmp(string_of(formats, i), "application/postscript") == 0;
    }
}

/** Impressions in colour: a collection by kind of impression (PWG 5100.7). */
static int64_t color_impressions(ipp_t *response)
{
    static const char *const members[] = {"full-color", "full-color-two-sided", "highlight-color",
                                          "highlight-color-two-sided"};
    ipp_attribute_t *attribute =
        ippFindAttribute(response, "printer-impressions-completed-col", IPP_TAG_BEGIN_COLLECTION);
    ipp_t *collection = attribute != NULL ? ippGetCollection(attribute, 0) : NULL;
    int64_t sum = DEVICE_UNKNOWN;
    for (size_t i = 0; collection != NULL && i < sizeof members / sizeof members[0]; i++) {
        const int64_t part = ipp_read_count(collection, members[i]);
        if (part >= 0) {
            /* On both sides means two impressions each. */
            sum = (sum < 0 ? 0 : sum) + (i % 2 == 0 ? part : 2 * part);
        }
    }
    return sum;
}

bool ipp_read_counters(ipp_t *response, struct device_counters *ret)
{
    const struct device_counters counters = {
        .impressions = ipp_read_count(response, "printer-impressions-completed"),
        .color_impressions = color_impressions(response),
        .media_sheets = ipp_read_count(response, "printer-media-sheets-completed")};
    if (counters.impressions < 0 && counters.media_sheets < 0) {
        return false;
    }
    *ret = counters;
    return true;
}
