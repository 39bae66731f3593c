/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/job-document.h"

#include <string.h>

#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/event-words.h"
#include "daemon/jobs/titles.h"
#include "daemon/jobs/words.h"
#include "daemon/store/ledger.h"

bool api_may_see_job(const struct api_request *request, const struct job_record *job)
{
    return api_may(request, API_SEES_ALL_JOBS | API_BACKEND) ||
           strcmp(request->peer->login, job->request.person) == 0;
}

static json_t *number_or_null(int64_t number)
{
    return number < 0 ? json_null() : json_integer(number);
}

static json_t *reasons_document(const struct job_record *job)
{
    json_t *reasons = json_array();

    for (unsigned i = 0; i < job->reasons_length; i++) {
        json_array_append_new(reasons, json_string(job->reasons[i]));
    }
    return reasons;
}

/* A job's events as they are listed for a reader. */
struct event_list {
    json_t *list;
    enum policy_language language;
};

static int add_event(void *context, const struct job_event *event)
{
    struct event_list *events = context;
    char at[CLOCK_TEXT_BYTES];
    char words[JOB_EVENT_WORDS_BYTES];

    clock_format(event->at, at);
    job_event_words(event, events->language, words);
    json_t *document = json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:s}", "at", at, "event",
                                 event->name, "from", event->from, "to", event->to, "actor",
                                 event->actor, "detail", event->detail, "words", words);
    return json_array_append_new(events->list, document) == 0 ? PR_OK : PR_ENOMEM;
}

/* What was asked for; sides, colour and urgency as decided, what was asked beside it. */
static void add_request(json_t *document, const struct job_record *job)
{
    const struct job_request *request = &job->request;

    json_object_set_new(document, "person", json_string(request->person));
    json_object_set_new(document, "urgent", json_boolean(job->urgent));
    json_object_set_new(document, "document_number", api_text_or_null(request->document_number));
    json_object_set_new(document, "copies", json_integer(request->copies));
    json_object_set_new(document, "sides", json_string(policy_sides_keyword(job->sides)));
    json_object_set_new(document, "media", api_text_or_null(request->media));
    json_object_set_new(document, "color_mode", json_string(job->color_mode));
    json_object_set_new(document, "asked",
                        json_pack("{s:b, s:s, s:s}", "urgent", request->urgent, "sides",
                                  policy_sides_keyword(request->sides), "color_mode",
                                  request->color_mode));
    json_object_set_new(document, "source", json_string(request->source));
    json_object_set_new(document, "origin", json_string(request->origin));
    json_object_set_new(document, "host", api_text_or_null(request->host));
}

static void add_figures(json_t *document, const struct job_record *job,
                        const struct ledger_job *ledger)
{
    json_object_set_new(document, "pages", number_or_null(job->pages));
    json_object_set_new(document, "color_pages", number_or_null(job->color_pages));
    json_object_set_new(document, "impressions", number_or_null(job->impressions));
    json_object_set_new(document, "sheets", number_or_null(job->sheets));
    json_object_set_new(document, "sheets_reserved", json_integer(ledger->reserved));
    json_object_set_new(document, "sheets_charged", json_integer(ledger->charged));
    json_object_set_new(document, "settlement", api_text_or_null(job->settlement));
    json_object_set_new(document, "device", api_text_or_null(job->device_name));
    json_object_set_new(document, "fingerprint", api_text_or_null(job->fingerprint));
    json_object_set_new(document, "sha256", api_text_or_null(job->sha256));
    json_object_set_new(document, "size_bytes", number_or_null(job->size_bytes));
    json_object_set_new(document, "marked_level", api_text_or_null(job->marked_level));
    json_object_set_new(document, "submitted_at", api_moment_or_null(job->submitted_at));
    json_object_set_new(document, "completed_at", api_moment_or_null(job->completed_at));
}

json_t *api_job_document(const struct api_request *request, struct store_tx *tx,
                         const struct job_record *job, bool events)
{
    struct ledger_job ledger = {0};
    json_t *document = json_object();

    if (document == NULL || ledger_of_job(tx, job->key, &ledger) != PR_OK) {
        json_decref(document);
        return NULL;
    }
    json_object_set_new(document, "id", json_string(job->id));
    json_object_set_new(document, "state", json_string(job_state_name(job->state)));
    json_object_set_new(document, "reasons", reasons_document(job));
    json_object_set_new(document, "messages",
                        job_messages(request->office, tx, job, request->language));
    json_object_set_new(document, "department", api_text_or_null(job->department_code));
    json_object_set_new(document, "level",
                        api_text_or_null(job->level[0] != '\0' ? job->level : job->request.level));
    json_object_set_new(document, "archive", json_boolean(job->archive));
    json_object_set_new(document, "title",
                        title_is_secret(&request->office->settings->policy, job)
                            ? json_null()
                            : json_string(job->request.title));
    add_request(document, job);
    add_figures(document, job, &ledger);
    if (events) {
        struct event_list list = {json_array(), request->language};

        job_events(tx, job->key, add_event, &list);
        json_object_set_new(document, "events", list.list);
    }
    return document;
}

void api_reply_job(struct api_request *request, unsigned status, const struct job_record *job)
{
    struct store_tx *tx;
    int error = store_begin_read(request->office->store, &tx);

    if (error != PR_OK) {
        api_refuse_error(request, error, job->id);
        return;
    }
    json_t *document = api_job_document(request, tx, job, true);
    store_rollback(tx);
    api_reply_json(request, status, document);
}
