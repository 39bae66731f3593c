/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monthly report. */
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/report/document.h"
#include "daemon/report/render.h"
#include "daemon/store/figures.h"

enum { FORMAT };
static const char *const formats[] = {"json", "csv", "xlsx", "pdf", NULL};
static const char *const media_types[] = {
    "application/json", "text/csv; charset=utf-8; header=present",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/pdf"};
enum { FORMAT_JSON, FORMAT_CSV, FORMAT_XLSX, FORMAT_PDF, FORMATS };
_Static_assert(sizeof media_types / sizeof media_types[0] == FORMATS, "a type for every format");

static const struct api_field show_fields[] = {
    [FORMAT] = {.name = "format", .type = API_CHOICE, .choices = formats},
};
const struct api_fields api_report_show_fields = API_FIELDS(show_fields);

/** Who sees all departments and everybody in them; others see their own department, and of its
 * people themselves. */
static const uint32_t sees_all = API_ROLE(ROLE_DIRECTOR) | API_ROLE(ROLE_OPERATOR) |
                                 API_ROLE(ROLE_AUDITOR) | API_ROLE(ROLE_ADMIN);

static int make_document(struct api_request *request, json_t **ret_document)
{
    bool all = api_may(request, sees_all);
    const struct person *person = &request->peer->person;
    const struct report_view view = {
        .month = request->parameter[0],
        .department = all ? 0 : person->department,
        .scope = all ? "" : person->department_name,
        .person = all ? NULL : person->login,
        .language = request->language,
        .ladder = &request->office->settings->policy.ladder,
    };
    struct store_tx *tx = NULL;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = report_document(tx, &view, ret_document);
        store_rollback(tx);
    }
    return error;
}

static void reply_file(struct api_request *request, int format, const json_t *document)
{
    char *file = NULL;
    size_t length = 0;
    int error = report_render(request->office->settings->report_program, formats[format],
                              request->language, document, &file, &length);

    if (error != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "printroom-report: %s", pr_strerror(error));
        api_refuse_words(request, API_INTERNAL, NULL,
                         api_words(request,
                                   "The file could not be made; the log of printroomd says why. "
                                   "Tell the administrator. The report can be had as a table, "
                                   "JSON or CSV meanwhile.",
                                   "无法生成报表文件，原因见 printroomd 日志，请联系系统管理员。"
                                   "在此期间仍可查看表格，或导出 JSON、CSV。"));
        return;
    }
    api_reply_bytes(request, 200, media_types[format], file, length);
}

void api_report_show(struct api_request *request)
{
    int format = request->value[FORMAT].given ? (int)request->value[FORMAT].integer : FORMAT_JSON;
    json_t *document = NULL;

    if (!policy_month_valid(request->parameter[0])) {
        api_refuse(request, API_FIELD_INVALID, "month",
                   api_words(request, "YYYY-MM, a year and a month", "YYYY-MM 形式的年月"));
        return;
    }
    int error = make_document(request, &document);

    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
        return;
    }
    if (format == FORMAT_JSON) {
        api_reply_json(request, 200, document);
        return;
    }
    if (format == FORMAT_CSV) {
        api_reply_text(request, 200, media_types[FORMAT_CSV],
                       report_csv(document, request->language));
    } else {
        reply_file(request, format, document);
    }
    json_decref(document);
}

void api_report_rebuild(struct api_request *request)
{
    struct store_tx *tx = NULL;
    int64_t rows = 0;
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, figure_rebuild(tx, request->peer->actor, &rows));
    }
    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
        return;
    }
    api_reply_json(request, 200, json_pack("{s:I}", "corrected", (json_int_t)rows));
}
