/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cli/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/encoding.h"
#include "daemon/error.h"

enum { ANSWER_BYTES_MAX = 64 * 1024 * 1024, CONNECT_TIMEOUT_MS = 5000 };

struct client {
    CURL *curl;
    struct curl_slist *headers; /* of every request */
    const char *socket;
};

static int add_header(struct curl_slist **headers, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*headers, line);

    if (longer == NULL) {
        return PR_ENOMEM;
    }
    *headers = longer;
    return PR_OK;
}

int client_new(const char *socket, const char *as, enum policy_language language,
               struct client **ret_client)
{
    struct client *client = calloc(1, sizeof *client);
    char encoded[3 * 256 + 1];
    char line[sizeof encoded + 32];
    int error = client != NULL ? PR_OK : PR_ENOMEM;

    if (error == PR_OK) {
        client->socket = socket;
        client->curl = curl_easy_init();
        error = client->curl != NULL ? add_header(&client->headers, language == POLICY_CHINESE
                                                                        ? "Accept-Language: zh-CN"
                                                                        : "Accept-Language: en")
                                     : PR_ENOMEM;
    }
    if (error == PR_OK && as != NULL) {
        if (as[0] == '\0' || !percent_encode(as, encoded, sizeof encoded)) {
            error = PR_EINVAL;
        } else {
            snprintf(line, sizeof line, "Printroom-As: %s", encoded);
            error = add_header(&client->headers, line);
        }
    }
    if (error != PR_OK) {
        client_free(client);
        return error;
    }
    *ret_client = client;
    return PR_OK;
}

int client_use_token(struct client *client, const char *token)
{
    char line[512];
    int length = snprintf(line, sizeof line, "Authorization: Bearer %s", token);
    int error =
        length > 0 && (size_t)length < sizeof line ? add_header(&client->headers, line) : PR_EINVAL;

    explicit_bzero(line, sizeof line);
    return error;
}

void client_free(struct client *client)
{
    if (client != NULL) {
        curl_slist_free_all(client->headers);
        curl_easy_cleanup(client->curl);
        free(client);
    }
}

static size_t take_answer(char *data, size_t unit, size_t units, void *context)
{
    struct client_answer *answer = context;
    size_t size = unit * units;

    if (size > ANSWER_BYTES_MAX - answer->length) {
        return 0;
    }
    char *grown = realloc(answer->text, answer->length + size + 1);

    if (grown == NULL) {
        return 0;
    }
    memcpy(grown + answer->length, data, size);
    answer->text = grown;
    answer->length += size;
    grown[answer->length] = '\0';
    return size;
}

static size_t give_document(char *buffer, size_t unit, size_t units, void *context)
{
    struct client_document *document = context;
    size_t size = unit * units;
    ssize_t length;

    if (document->head_length > 0) {
        size = size < document->head_length ? size : document->head_length;
        memcpy(buffer, document->head, size);
        document->head += size;
        document->head_length -= size;
        return size;
    }
    do {
        length = read(document->fd, buffer, size);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        document->error = errno;
        return CURL_READFUNC_ABORT;
    }
    return (size_t)length;
}

static void prepare(struct client *client, const char *method, const char *path,
                    struct client_answer *answer)
{
    char url[4096];

    curl_easy_reset(client->curl);
    snprintf(url, sizeof url, "http://localhost%s", path);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    curl_easy_setopt(client->curl, CURLOPT_UNIX_SOCKET_PATH, client->socket);
    curl_easy_setopt(client->curl, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl_easy_setopt(client->curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, answer);
}

static int perform(struct client *client, struct curl_slist *extra, struct client_answer *answer)
{
    struct curl_slist *last = client->headers;

    /* The extra headers hang on the common ones for this request only. */
    while (last->next != NULL) {
        last = last->next;
    }
    last->next = extra;
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, client->headers);
    CURLcode code = curl_easy_perform(client->curl);

    last->next = NULL;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT) {
        return PR_EUNREACHABLE;
    }
    if (code == CURLE_OUT_OF_MEMORY) {
        return PR_ENOMEM;
    }
    /* A refusal may come before everything was sent: then it counts, not how the sending ended. */
    if (code != CURLE_OK && !(code == CURLE_SEND_ERROR && answer->status >= 400)) {
        return PR_EIO;
    }
    answer->body = answer->text != NULL
                       ? json_loadb(answer->text, answer->length, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    return PR_OK;
}

int client_ask(struct client *client, const char *method, const char *path, const json_t *body,
               struct client_answer *ret_answer)
{
    struct client_answer answer = {0};
    struct curl_slist *extra = NULL;
    char *text = NULL;
    int error = PR_OK;

    prepare(client, method, path, &answer);
    if (body != NULL) {
        text = json_dumps(body, JSON_COMPACT);
        error = text != NULL ? add_header(&extra, "Content-Type: application/json") : PR_ENOMEM;
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, text);
    } else if (strcmp(method, "GET") != 0) {
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, "");
    }
    if (error == PR_OK) {
        error = perform(client, extra, &answer);
    }
    curl_slist_free_all(extra);
    if (text != NULL) {
        explicit_bzero(text, strlen(text)); /* there may be a password in it */
    }
    free(text);
    if (error != PR_OK) {
        client_answer_clear(&answer);
        return error;
    }
    *ret_answer = answer;
    return PR_OK;
}

int client_send(struct client *client, const char *method, const char *path,
                struct client_document *document, struct client_answer *ret_answer)
{
    struct client_answer answer = {0};
    struct curl_slist *extra = NULL;
    char type[80];

    snprintf(type, sizeof type, "Content-Type: %s",
             document->type != NULL ? document->type : "application/pdf");
    int error = add_header(&extra, type);

    prepare(client, method, path, &answer);
    curl_easy_setopt(client->curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(client->curl, CURLOPT_READFUNCTION, give_document);
    curl_easy_setopt(client->curl, CURLOPT_READDATA, document);
    if (error == PR_OK) {
        error = perform(client, extra, &answer);
    }
    curl_slist_free_all(extra);
    if (error != PR_OK) {
        client_answer_clear(&answer);
        return error;
    }
    *ret_answer = answer;
    return PR_OK;
}

void client_answer_clear(struct client_answer *answer)
{
    free(answer->text);
    json_decref(answer->body);
    *answer = (struct client_answer){0};
}

/** A member's value as a query has it. */
static const char *query_value(const json_t *value, char *buffer, size_t size)
{
    if (json_is_boolean(value)) {
        return json_is_true(value) ? "true" : "false";
    }
    if (json_is_integer(value)) {
        snprintf(buffer, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return buffer;
    }
    return json_is_string(value) ? json_string_value(value) : "";
}

int client_add_query(char *path, size_t size, json_t *fields)
{
    const char *name;
    json_t *value;
    char separator = strchr(path, '?') != NULL ? '&' : '?';

    json_object_foreach(fields, name, value)
    {
        char number[32];
        char encoded[1024];
        size_t length = strlen(path);

        if (!percent_encode(query_value(value, number, sizeof number), encoded, sizeof encoded) ||
            length + strlen(name) + strlen(encoded) + 3 > size) {
            return PR_ELIMIT;
        }
        snprintf(path + length, size - length, "%c%s=%s", separator, name, encoded);
        separator = '&';
    }
    return PR_OK;
}
