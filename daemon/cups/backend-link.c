/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/backend-link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cups/backend-http.h"

enum { HEAD_BYTES = 512, LANGUAGE_BYTES = 64, JOB_ID_BYTES_MAX = 64 };

struct link {
    struct http_connection http;
    char language[LANGUAGE_BYTES];
    char job_id[JOB_ID_BYTES_MAX]; /**< of the document that is being sent */
    bool head_sent;                /**< its head is on its way */
    char path[];
};

struct link *link_new(const char *path, const char *language, const volatile sig_atomic_t *stop)
{
    size_t path_bytes = strlen(path) + 1;
    struct link *link = calloc(1, sizeof *link + path_bytes);

    if (link == NULL) {
        return NULL;
    }
    link->http.fd = -1;
    link->http.stop = stop;
    memcpy(link->path, path, path_bytes);
    /* "zh_CN.UTF-8" → "zh-CN"; "C" and "POSIX" are no languages. */
    if (language != NULL && strlen(language) >= 2 && strncmp(language, "POSIX", 5) != 0) {
        snprintf(link->language, sizeof link->language, "%s", language);
        link->language[strcspn(link->language, ".@\r\n")] = '\0';
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
    http_close(&link->http);
}

/** A connection without an old answer in it; one that the daemon has closed meanwhile is made anew.
 */
static bool connected(struct link *link)
{
    if (link->http.fd >= 0 && http_has_news(&link->http)) {
        http_close(&link->http);
    }
    return http_connect(&link->http, link->path);
}

/**
 * Writes the head of a request.
 *
 * @param framing  the field that tells how long the body is
 */
static struct iovec make_head(const struct link *link, const char *method, const char *resource,
                              const char *type, const char *framing, char head[HEAD_BYTES])
{
    bool named = link->language[0] != '\0';
    int length =
        snprintf(head, HEAD_BYTES,
                 "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s%sContent-Type: %s\r\n%s\r\n\r\n",
                 method, resource, named ? "Accept-Language: " : "", link->language,
                 named ? "\r\n" : "", type, framing);

    return (struct iovec){head, length > 0 && length < HEAD_BYTES ? (size_t)length : 0};
}

static struct iovec part(const char *bytes, size_t length)
{
    /* Sending does not write to it, but struct iovec serves reading, too. */
    union {
        const char *in;
        void *out;
    } base = {.in = bytes};

    return (struct iovec){base.out, length};
}

static struct link_answer read_answer(struct link *link, bool heed_stop)
{
    struct link_answer answer = {0, NULL};
    char *text = NULL;
    size_t length = 0;
    int status = http_read_answer(&link->http, LINK_ANSWER_SECONDS, heed_stop,
                                  LINK_ANSWER_BYTES_MAX, &text, &length);

    if (status == 0) {
        return answer;
    }
    answer.body = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    if (!json_is_object(answer.body)) {
        json_decref(answer.body);
        answer.body = NULL;
        http_close(&link->http);
        return answer;
    }
    answer.status = status;
    return answer;
}

struct link_answer link_post(struct link *link, const char *resource, const json_t *body)
{
    struct link_answer answer = {0, NULL};
    char *text = json_dumps(body, JSON_COMPACT);
    char head[HEAD_BYTES];
    char framing[64];

    if (text == NULL || !connected(link)) {
        free(text);
        return answer;
    }
    snprintf(framing, sizeof framing, "Content-Length: %zu", strlen(text));
    const struct iovec parts[] = {
        make_head(link, "POST", resource, "application/json", framing, head),
        part(text, strlen(text)),
    };

    if (http_send(&link->http, parts, sizeof parts / sizeof parts[0])) {
        answer = read_answer(link, true);
    }
    free(text);
    return answer;
}

bool link_document_begin(struct link *link, const char *job_id)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    if (strlen(job_id) >= sizeof link->job_id || strspn(job_id, allowed) != strlen(job_id)) {
        return false;
    }
    snprintf(link->job_id, sizeof link->job_id, "%s", job_id);
    link->head_sent = false;
    return true;
}

/** Sends a chunk, the last one when it is empty, with the head before the first. */
static bool send_chunk(struct link *link, const char *bytes, size_t length)
{
    char head[HEAD_BYTES];
    char size[24];
    char resource[JOB_ID_BYTES_MAX + 32];
    struct iovec parts[HTTP_SEND_PARTS_MAX] = {{.iov_len = 0}};

    if (!link->head_sent) {
        if (!connected(link)) {
            return false;
        }
        snprintf(resource, sizeof resource, "/v1/jobs/%s/document", link->job_id);
        parts[0] =
            make_head(link, "PUT", resource, "application/pdf", "Transfer-Encoding: chunked", head);
        link->head_sent = true;
    }
    snprintf(size, sizeof size, "%zx\r\n", length);
    parts[1] = part(size, strlen(size));
    parts[2] = part(bytes, length);
    parts[3] = part("\r\n", 2);
    return http_send(&link->http, parts, HTTP_SEND_PARTS_MAX);
}

bool link_document_write(struct link *link, const char *bytes, size_t length)
{
    if (*link->http.stop) {
        return false;
    }
    /* An answer before the end is a refusal: full disk, too large, wrong state. */
    if (link->head_sent && (link->http.fd < 0 || http_has_news(&link->http))) {
        return false;
    }
    return length == 0 || send_chunk(link, bytes, length);
}

struct link_answer link_document_end(struct link *link, bool complete)
{
    struct link_answer none = {0, NULL};

    complete = complete && (!link->head_sent || link->http.fd >= 0) && send_chunk(link, "", 0);
    if (link->http.fd < 0 || !link->head_sent || (!complete && !http_has_news(&link->http))) {
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
