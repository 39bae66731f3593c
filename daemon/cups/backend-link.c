/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/backend-link.h"

#include <cups/cups.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 5000, STEP_MS = 200 };

struct link {
    http_t *http;
    const volatile sig_atomic_t *stop;
    char language[64];
    char path[];
};

struct link *link_new(const char *path, const char *language, const volatile sig_atomic_t *stop)
{
    size_t path_bytes = strlen(path) + 1;
    struct link *link = calloc(1, sizeof *link + path_bytes);

    if (link == NULL) {
        return NULL;
    }
    link->stop = stop;
    memcpy(link->path, path, path_bytes);
    /* "zh_CN.UTF-8" → "zh-CN"; "C" and "POSIX" are no languages. */
    if (language != NULL && strlen(language) >= 2 && strncmp(language, "POSIX", 5) != 0) {
        snprintf(link->language, sizeof link->language, "%s", language);
        link->language[strcspn(link->language, ".@")] = '\0';
        for (char *c = link->language; *c != '\0'; c++) {
            *c = *c == '_' ? '-' : *c;
        }
    }
    return link;
}

void link_free(struct link *link)
{
    if (link != NULL) {
        link_close(link);
        free(link);
    }
}

void link_close(struct link *link)
{
    httpClose(link->http);
    link->http = NULL;
}

static bool connected(struct link *link)
{
    if (link->http == NULL) {
        link->http = httpConnect2(link->path, 0, NULL, AF_UNSPEC, HTTP_ENCRYPTION_NEVER, 1,
                                  CONNECT_MS, NULL);
    }
    return link->http != NULL;
}

static void set_fields(struct link *link, const char *content_type, size_t length)
{
    httpClearFields(link->http);
    httpSetField(link->http, HTTP_FIELD_CONTENT_TYPE, content_type);
    httpSetField(link->http, HTTP_FIELD_ACCEPT_LANGUAGE, link->language);
    /* Length 0 means a chunked body to libcups. */
    httpSetLength(link->http, length);
}

/** Waits until something can be read. */
static bool wait_readable(struct link *link, bool heed_stop)
{
    for (int waited_ms = 0; waited_ms < LINK_ANSWER_SECONDS * 1000; waited_ms += STEP_MS) {
        if (httpWait(link->http, STEP_MS)) {
            return true;
        }
        if (heed_stop && *link->stop) {
            return false;
        }
    }
    return false;
}

/** Reads the body of an answer as far as LINK_ANSWER_BYTES_MAX; NULL when it is no JSON object. */
static json_t *read_body(struct link *link, bool heed_stop)
{
    char *text = NULL;
    size_t length = 0;
    size_t size = 0;
    bool complete = false;

    while (!complete && size < LINK_ANSWER_BYTES_MAX) {
        if (length == size) {
            size += 8192;
            char *larger = realloc(text, size);

            if (larger == NULL) {
                break;
            }
            text = larger;
        }
        if (httpGetReady(link->http) == 0 && httpGetRemaining(link->http) > 0 &&
            !wait_readable(link, heed_stop)) {
            break;
        }
        ssize_t bytes = httpRead2(link->http, text + length, size - length);

        if (bytes < 0) {
            break;
        }
        complete = bytes == 0;
        length += (size_t)bytes;
    }
    json_t *body = complete ? json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL) : NULL;

    if (!json_is_object(body)) {
        json_decref(body);
        body = NULL;
    }
    free(text);
    return body;
}

/** Reads a whole answer. The connection stays open only when the answer was read to its end. */
static struct link_answer read_answer(struct link *link, bool heed_stop)
{
    struct link_answer answer = {0, NULL};
    http_status_t status = HTTP_STATUS_CONTINUE;

    while (status == HTTP_STATUS_CONTINUE && wait_readable(link, heed_stop)) {
        status = httpUpdate(link->http);
    }
    if (status <= HTTP_STATUS_CONTINUE) {
        link_close(link);
        return answer;
    }
    answer.body = read_body(link, heed_stop);
    if (answer.body == NULL) {
        link_close(link);
        return answer;
    }
    answer.status = (int)status;
    return answer;
}

struct link_answer link_post(struct link *link, const char *resource, const json_t *body)
{
    struct link_answer answer = {0, NULL};
    char *text = json_dumps(body, JSON_COMPACT);

    if (text == NULL || !connected(link)) {
        free(text);
        return answer;
    }
    size_t length = strlen(text);

    set_fields(link, "application/json", length);
    if (httpPost(link->http, resource) == 0 &&
        httpWrite2(link->http, text, length) == (ssize_t)length) {
        answer = read_answer(link, true);
    } else {
        link_close(link);
    }
    free(text);
    return answer;
}

bool link_document_begin(struct link *link, const char *job_id)
{
    char resource[HTTP_MAX_URI];

    if (!connected(link)) {
        return false;
    }
    httpAssembleURIf(HTTP_URI_CODING_ALL, resource, sizeof resource, "http", NULL, "localhost", 0,
                     "/v1/jobs/%s/document", job_id);
    /* libcups puts the path of a whole URI together; only the path goes into the request. */
    const char *path = strstr(resource, "/v1/");

    set_fields(link, "application/pdf", 0);
    if (path == NULL || httpPut(link->http, path) != 0) {
        link_close(link);
        return false;
    }
    return true;
}

bool link_document_write(struct link *link, const char *bytes, size_t length)
{
    if (link->http == NULL || *link->stop) {
        return false;
    }
    /* An answer before the end is a refusal: full disk, too large, wrong state. */
    if (httpWait(link->http, 0)) {
        return false;
    }
    return httpWrite2(link->http, bytes, length) == (ssize_t)length;
}

struct link_answer link_document_end(struct link *link, bool complete)
{
    struct link_answer none = {0, NULL};

    if (link->http == NULL) {
        return none;
    }
    if (complete && httpWrite2(link->http, "", 0) < 0) {
        complete = false;
    }
    if (!complete && !httpWait(link->http, 0)) {
        link_close(link);
        return none;
    }
    struct link_answer answer = read_answer(link, false);

    if (!complete) {
        /* The daemon may still be reading a body that will not come. */
        link_close(link);
    }
    return answer;
}

const char *link_answer_text(const struct link_answer *answer, const char *field)
{
    const char *text = json_string_value(json_object_get(answer->body, field));

    return text != NULL ? text : "";
}
