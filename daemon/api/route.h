/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Routes of the HTTP API and what their handlers see.
 *
 * A row of the table says everything about a call: method, path, who may, what body with what
 * limit, which fields, and the handler. What a row does not allow is refused before the handler
 * runs: unknown paths (404), other methods (405 with Allow), peers without one of the roles (403),
 * bodies that are too large (413), of another type (415) or not of the fields' form (400, the field
 * is named). Handlers therefore check meaning only, never form.
 *
 * A handler ends by calling exactly one of the api_reply_…() or api_refuse_…() functions; what
 * comes after the first of them is ignored, none at all is answered 500 and logged. A request and
 * everything in it belongs to the one thread that works on it and is valid until the handler (for
 * streams: destroy) has returned.
 */
#ifndef DAEMON_API_ROUTE_H
#define DAEMON_API_ROUTE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "daemon/api/problem.h"
#include "daemon/office.h"
#include "daemon/store/people.h"
#include "daemon/store/secrets.h"
#include "policy/words.h"

/** HEAD is answered as GET without its body, OPTIONS by the server itself; neither stands in a row.
 */
enum api_method { API_GET, API_POST, API_PUT, API_DELETE, API_METHODS };

/**
 * Who may: a set of roles (1u << enum role) and of the bits below; one that fits is enough. root
 * and the service's own account acting as themselves may do everything. 0 allows nobody else.
 */
enum api_access {
    API_ANYBODY = 1 << 16, /**< whoever reaches the socket */
    API_PERSON = 1 << 17,  /**< a registered, active person */
    API_BACKEND = 1 << 18, /**< the account cupsd runs backends as (settings->backend_user) */
    API_SERVICE = 1 << 19  /**< root and the service's own account only */
};
/** The bit of one role, for rows: API_ROLE(ROLE_ADMIN). */
#define API_ROLE(role) (1u << (role))

/** Who is at the other end: credentials the kernel vouches for (SO_PEERCRED), and whom they act as.
 */
enum { API_ACTOR_BYTES = 2 * PERSON_LOGIN_BYTES + 8 };
struct api_peer {
    uid_t uid;
    pid_t pid;
    char actor[API_ACTOR_BYTES]; /**< for events and the audit: "wang", "root", "root as wang", "uid
                                    4711" */
    char login[PERSON_LOGIN_BYTES]; /**< whom the peer acts as; "" when its uid has no login name */
    bool service; /**< root or the service's own account, acting as itself: may do everything */
    bool backend; /**< the backend's account: may hand in documents for anybody */
    bool known;   /**< login is registered; person is then valid */
    struct person person;
    uint32_t roles; /**< of the person; 0 unless known and active */
    bool signed_in; /**< known by a bearer token; token_hash is then valid */
    uint8_t token_hash[TOKEN_HASH_BYTES];
};

/** Fields -------------------------------------------------------------------------------------- */

enum api_type {
    API_TEXT,  /**< valid UTF-8 without control characters, min … max bytes */
    API_LABEL, /**< as TEXT, but forgiving: control characters become spaces, what exceeds max bytes
                  is cut at a whole character: for titles and the like, which other programs make */
    API_INTEGER, /**< min … max */
    API_BOOLEAN, /**< in a query: true, false, 1, 0, yes, no */
    API_MONTH,   /**< "YYYY-MM" */
    API_CHOICE,  /**< one of choices */
    API_TEXTS /**< array of TEXT, at most API_TEXTS_MAX, min … max bytes each; in a query one text
                 with commas */
};
enum { API_FIELDS_MAX = 24, API_TEXTS_MAX = 16 };

struct api_field {
    const char *name;
    enum api_type type;
    bool required; /**< TEXTS: at least one */
    int64_t min;   /**< bytes of texts, value of integers */
    int64_t max;
    const char *const *choices; /**< CHOICE: keywords, ends with NULL */
};
struct api_fields {
    const struct api_field *field;
    size_t length; /**< ≤ API_FIELDS_MAX */
};
/** Initialiser of a struct api_fields from an array of rows. */
#define API_FIELDS(rows)                                                                           \
    {                                                                                              \
        (rows), sizeof(rows) / sizeof((rows)[0])                                                   \
    }

/** What was read for the field of the same place in the row's table. */
struct api_value {
    bool given;
    bool boolean;
    const char *text; /**< TEXT, LABEL, MONTH, CHOICE: "" when not given */
    int64_t integer;  /**< INTEGER; CHOICE: index into choices, −1 when not given */
    size_t texts_length;
    const char *texts[API_TEXTS_MAX];
};

/** Requests -------------------------------------------------------------------------------------
 */

enum { API_PARAMETERS_MAX = 3, API_PARAMETER_BYTES = 256 };

struct api_server;
struct api_route;
struct api_reply;
struct api_request {
    struct office *office;
    const struct api_route *route;
    const struct api_peer *peer;
    enum policy_language language; /**< Accept-Language, else the setting */
    /** Path parameters in the order of the pattern, percent-decoded: valid UTF-8, 1 … 255 bytes, no
     * control character. May hold '/' (from %2F): never use one as a file name. */
    char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES];
    /** By place in route->fields: from the JSON body where the row has one, else from the query. */
    struct api_value value[API_FIELDS_MAX];
    struct api_server *server;
    struct api_reply *reply; /**< the server's */
};

/**
 * A body that is taken as it arrives; nothing of it is kept by the server. Called in this order:
 * begin, data…, end, destroy. The peer may vanish at any time: then destroy follows without end.
 */
struct api_stream {
    /** Headers are in, the peer is allowed. May answer at once (then the body is read away, not
     * handed over). Sets *ret_context to what the others get; destroy is called for it unless it is
     * NULL. */
    void (*begin)(struct api_request *request, void **ret_context);
    /** The next bytes, size ≥ 1. Answering (api_refuse_…) ends the stream: the rest is read away.
     */
    void (*data)(struct api_request *request, void *context, const uint8_t *data, size_t size);
    /** All of the body was handed over. Must answer. */
    void (*end)(struct api_request *request, void *context);
    void (*destroy)(void *context);
};

enum api_body { API_NO_BODY, API_JSON, API_STREAM };

struct api_route {
    enum api_method method;
    const char *pattern; /**< "/v1/jobs/{id}/cancel": a parameter is a whole segment */
    uint32_t access;
    enum api_body body;
    size_t body_max;        /**< bytes; API_STREAM: 0 takes settings->limits.document_bytes */
    const char *media_type; /**< API_STREAM: type taken beside application/octet-stream, e.g.
                               "application/pdf" */
    const struct api_fields *fields; /**< of the JSON body, else of the query; NULL: none */
    void (*handle)(struct api_request *request); /**< unless API_STREAM */
    const struct api_stream *stream;             /**< API_STREAM */
};
struct api_routes {
    const struct api_route *route;
    size_t length;
};

/** True when the peer is the service itself or has one of the roles or bits: for rules finer than a
 * row's. */
bool api_may(const struct api_request *request, uint32_t access);

/** Answers ---------------------------------------------------------------------------------------
 */

/** Answers with a JSON document; the reference is taken. NULL is answered 500 (out of memory). */
void api_reply_json(struct api_request *request, unsigned status, json_t *body);
/** Answers with a text; it was made by malloc() and is taken. content_type is static. */
void api_reply_text(struct api_request *request, unsigned status, const char *content_type,
                    char *text);
/** Answers with bytes made by malloc(), which are taken. content_type is static. */
void api_reply_bytes(struct api_request *request, unsigned status, const char *content_type,
                     char *bytes, size_t length);
/** Adds the header Location to the answer (call before it is given): where what was made can be
 * found. */
void api_reply_location(struct api_request *request, const char *path);
/** True once the request was answered. */
bool api_replied(const struct api_request *request);

/** Refuses; a and b fill {a} and {b} of the problem's texts (daemon/api/problem.c) and may be NULL
 * where it has none. */
void api_refuse(struct api_request *request, enum api_problem problem, const char *a,
                const char *b);
/** Refuses in words made elsewhere (a decision's findings): `detail` replaces the problem's own
 * text; keyword is the IPP reason or NULL for the problem's own. */
void api_refuse_words(struct api_request *request, enum api_problem problem, const char *keyword,
                      const char *detail);
/** Refuses with a list of what is wrong where (the problem's extension member `errors`), an array
 * of {"line", "message"}; the reference is taken. */
void api_refuse_list(struct api_request *request, enum api_problem problem, json_t *list);
/** Refuses with the problem that stands for an error code; `what` is what was asked for, e.g. a
 * job's id. */
void api_refuse_error(struct api_request *request, int error, const char *what);

/** The table -------------------------------------------------------------------------------------
 */

/** Every route of printroomd (daemon/api/routes.c). */
extern const struct api_routes api_routes;
/** Writes the table, a line a row: METHOD, path, who may (comma-separated), body ("-", "json",
 * media type), fields (comma-separated, required ones with '*', or "-"); separated by tabs, in the
 * table's order. */
void api_routes_print(FILE *stream);

#endif
