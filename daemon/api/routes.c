/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of routes: everything that can be asked of printroomd over its socket, and who may ask
 * it. What does not stand here cannot be done. A row's roles are the outer bound; a handler may be
 * stricter (somebody's own jobs), never laxer. daemon/api/openapi.yaml describes the same calls for
 * readers; a test compares the two.
 */
#include "daemon/api/handlers.h"
#include "daemon/api/match.h"
#include "daemon/api/peer.h"

enum { SMALL_JSON_BYTES = 16384, TABLE_BYTES = 1 << 20 };

#define ADMIN    API_ROLE(ROLE_ADMIN)
#define DIRECTOR API_ROLE(ROLE_DIRECTOR)
#define OPERATOR API_ROLE(ROLE_OPERATOR)
#define AUDITOR  API_ROLE(ROLE_AUDITOR)
#define OFFICERS (ADMIN | DIRECTOR | OPERATOR | AUDITOR)

static const struct api_route rows[] = {
    {.method = API_GET, .pattern = "/v1/status", .access = API_ANYBODY, .handle = api_status},
    {.method = API_GET,
     .pattern = "/v1/doctor",
     .access = ADMIN | OPERATOR | AUDITOR,
     .handle = api_doctor},
    {.method = API_GET, .pattern = "/metrics", .access = OFFICERS, .handle = api_metrics},

    {.method = API_GET,
     .pattern = "/v1/departments",
     .access = API_PERSON,
     .handle = api_department_list},
    {.method = API_POST,
     .pattern = "/v1/departments",
     .access = ADMIN,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_department_add_fields,
     .handle = api_department_add},
    {.method = API_GET,
     .pattern = "/v1/departments/{code}",
     .access = API_PERSON,
     .handle = api_department_show},
    {.method = API_PUT,
     .pattern = "/v1/departments/{code}",
     .access = ADMIN,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_department_set_fields,
     .handle = api_department_set},
    {.method = API_GET, .pattern = "/v1/people", .access = OFFICERS, .handle = api_person_list},
    {.method = API_POST,
     .pattern = "/v1/people",
     .access = ADMIN,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_person_add_fields,
     .handle = api_person_add},
    {.method = API_POST,
     .pattern = "/v1/people-import",
     .access = ADMIN,
     .body = API_STREAM,
     .body_max = TABLE_BYTES,
     .media_type = "text/csv",
     .stream = &api_person_import_stream},
    {.method = API_GET,
     .pattern = "/v1/people/{login}",
     .access = API_PERSON,
     .handle = api_person_show},
    {.method = API_PUT,
     .pattern = "/v1/people/{login}",
     .access = ADMIN,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_person_set_fields,
     .handle = api_person_set},
    {.method = API_PUT,
     .pattern = "/v1/people/{login}/cap",
     .access = DIRECTOR,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_person_cap_fields,
     .handle = api_person_cap},

    {.method = API_PUT,
     .pattern = "/v1/people/{login}/password",
     .access = API_PERSON,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_password_fields,
     .handle = api_person_password},
    {.method = API_PUT,
     .pattern = "/v1/people/{login}/pin",
     .access = API_PERSON,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_pin_fields,
     .handle = api_person_pin},
    {.method = API_POST,
     .pattern = "/v1/login",
     .access = API_ANYBODY,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_login_fields,
     .handle = api_login},
    {.method = API_POST, .pattern = "/v1/logout", .access = API_PERSON, .handle = api_logout},

    {.method = API_GET,
     .pattern = "/v1/quota",
     .access = API_PERSON,
     .fields = &api_quota_list_fields,
     .handle = api_quota_list},
    {.method = API_GET,
     .pattern = "/v1/quota/{department}",
     .access = API_PERSON,
     .fields = &api_quota_show_fields,
     .handle = api_quota_show},
    {.method = API_PUT,
     .pattern = "/v1/quota/{department}",
     .access = DIRECTOR,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_quota_set_fields,
     .handle = api_quota_set},
    {.method = API_POST,
     .pattern = "/v1/quota/{department}/grants",
     .access = DIRECTOR,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_quota_grant_fields,
     .handle = api_quota_grant},

    {.method = API_GET, .pattern = "/v1/devices", .access = API_PERSON, .handle = api_device_list},
    {.method = API_POST,
     .pattern = "/v1/devices",
     .access = ADMIN,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_device_add_fields,
     .handle = api_device_add},
    {.method = API_GET,
     .pattern = "/v1/devices/{name}",
     .access = API_PERSON,
     .handle = api_device_show},

    {.method = API_GET,
     .pattern = "/v1/jobs",
     .access = API_PERSON,
     .fields = &api_job_list_fields,
     .handle = api_job_list},
    {.method = API_POST,
     .pattern = "/v1/jobs",
     .access = API_PERSON | API_BACKEND,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_job_open_fields,
     .handle = api_job_open},
    {.method = API_GET, .pattern = "/v1/jobs/{id}", .access = API_PERSON, .handle = api_job_show},
    {.method = API_PUT,
     .pattern = "/v1/jobs/{id}/document",
     .access = API_PERSON | API_BACKEND,
     .body = API_STREAM,
     .media_type = "application/pdf",
     .stream = &api_job_document_stream},
    {.method = API_POST,
     .pattern = "/v1/jobs/{id}/cancel",
     .access = API_PERSON | API_BACKEND,
     .handle = api_job_cancel},
    {.method = API_POST,
     .pattern = "/v1/jobs/{id}/confirm",
     .access = API_PERSON,
     .handle = api_job_confirm},
    {.method = API_POST,
     .pattern = "/v1/jobs/{id}/settle",
     .access = OPERATOR,
     .body = API_JSON,
     .body_max = SMALL_JSON_BYTES,
     .fields = &api_job_settle_fields,
     .handle = api_job_settle},
    {.method = API_POST,
     .pattern = "/v1/jobs/{id}/reprint",
     .access = OPERATOR,
     .handle = api_job_reprint},
    {.method = API_POST,
     .pattern = "/v1/explain",
     .access = API_PERSON,
     .body = API_STREAM,
     .media_type = "application/pdf",
     .fields = &api_explain_fields,
     .stream = &api_explain_stream},
};

const struct api_routes api_routes = {rows, sizeof rows / sizeof rows[0]};

static void print_fields(FILE *stream, const struct api_fields *fields)
{
    if (fields == NULL || fields->length == 0) {
        fputs("-", stream);
        return;
    }
    for (size_t i = 0; i < fields->length; i++) {
        fprintf(stream, "%s%s%s", i > 0 ? "," : "", fields->field[i].name,
                fields->field[i].required ? "*" : "");
    }
}

void api_routes_print(FILE *stream)
{
    for (size_t i = 0; i < api_routes.length; i++) {
        const struct api_route *route = &api_routes.route[i];
        const char *body = route->body == API_STREAM ? route->media_type : "json";
        char access[256];

        api_access_format(route->access, POLICY_ENGLISH, ",", access, sizeof access);
        fprintf(stream, "%s\t%s\t%s\t%s\t", api_method_name(route->method), route->pattern, access,
                route->body == API_NO_BODY ? "-" : body);
        print_fields(stream, route->fields);
        fputc('\n', stream);
    }
}
