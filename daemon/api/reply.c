/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/exchange.h"

static void give(struct api_request *request, unsigned status, const char *content_type, char *text,
                 size_t length)
{
    struct api_reply *reply = request->reply;

    if (reply->given) {
        free(text);
        return;
    }
    reply->given = true;
    reply->status = status;
    reply->content_type = content_type;
    reply->text = text;
    reply->length = length;
}

static void give_document(struct api_request *request, unsigned status, const char *content_type,
                          json_t *document)
{
    char *text = document != NULL ? json_dumps(document, JSON_COMPACT) : NULL;

    json_decref(document);
    if (text == NULL) {
        status = 500;
        content_type = "text/plain";
    }
    give(request, status, content_type, text, text != NULL ? strlen(text) : 0);
}

static void give_problem(struct api_request *request, enum api_problem problem, json_t *document)
{
    if (!request->reply->given) {
        request->reply->problem_id = api_problem_id(problem);
    }
    give_document(request, api_problem_status(problem), "application/problem+json", document);
}

bool api_replied(const struct api_request *request)
{
    return request->reply->given;
}

void api_reply_json(struct api_request *request, unsigned status, json_t *body)
{
    if (body == NULL) {
        api_refuse(request, API_INTERNAL, NULL, NULL);
        return;
    }
    give_document(request, status, "application/json", body);
}

void api_reply_text(struct api_request *request, unsigned status, const char *content_type,
                    char *text)
{
    if (text == NULL) {
        api_refuse(request, API_INTERNAL, NULL, NULL);
        return;
    }
    give(request, status, content_type, text, strlen(text));
}

void api_reply_bytes(struct api_request *request, unsigned status, const char *content_type,
                     char *bytes, size_t length)
{
    give(request, status, content_type, bytes, length);
}

void api_reply_location(struct api_request *request, const char *path)
{
    snprintf(request->reply->location, sizeof request->reply->location, "%s", path);
}

void api_refuse(struct api_request *request, enum api_problem problem, const char *a, const char *b)
{
    give_problem(request, problem,
                 api_problem_document(problem, request->language, a, b, NULL, NULL));
}

void api_refuse_words(struct api_request *request, enum api_problem problem, const char *keyword,
                      const char *detail)
{
    give_problem(request, problem,
                 api_problem_document(problem, request->language, NULL, NULL, detail, keyword));
}

void api_refuse_list(struct api_request *request, enum api_problem problem, json_t *list)
{
    json_t *document = api_problem_document(problem, request->language, NULL, NULL, NULL, NULL);

    if (document == NULL || json_object_set_new(document, "errors", list) != 0) {
        json_decref(document);
        document = NULL;
    }
    give_problem(request, problem, document);
}

void api_refuse_error(struct api_request *request, int error, const char *what)
{
    if (!request->reply->given) {
        request->reply->error = error;
    }
    api_refuse(request, api_problem_from_error(error), what, NULL);
}

bool api_may(const struct api_request *request, uint32_t access)
{
    return api_peer_may(request->peer, access);
}
