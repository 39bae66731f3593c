/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Handlers of the API by resource, and the fields their rows in daemon/api/routes.c name. */
#ifndef DAEMON_API_HANDLERS_H
#define DAEMON_API_HANDLERS_H

#include "daemon/api/route.h"

/* status.c, doctor.c, metrics.c */
void api_status(struct api_request *request);
void api_doctor(struct api_request *request);
void api_metrics(struct api_request *request);

/* departments.c */
extern const struct api_fields api_department_add_fields;
void api_department_list(struct api_request *request);
void api_department_add(struct api_request *request);
extern const struct api_fields api_department_set_fields;
void api_department_show(struct api_request *request);
void api_department_set(struct api_request *request);

/* people.c */
extern const struct api_fields api_person_add_fields;
void api_person_list(struct api_request *request);
void api_person_add(struct api_request *request);

/* people-change.c, people-import.c */
extern const struct api_fields api_person_set_fields;
extern const struct api_fields api_person_cap_fields;
extern const struct api_stream api_person_import_stream;
void api_person_show(struct api_request *request);
void api_person_set(struct api_request *request);
void api_person_cap(struct api_request *request);

/* sign-in.c */
extern const struct api_fields api_login_fields;
extern const struct api_fields api_password_fields;
extern const struct api_fields api_pin_fields;
void api_login(struct api_request *request);
void api_logout(struct api_request *request);
void api_person_password(struct api_request *request);
void api_person_pin(struct api_request *request);

/* quota.c */
extern const struct api_fields api_quota_list_fields;
extern const struct api_fields api_quota_show_fields;
extern const struct api_fields api_quota_set_fields;
extern const struct api_fields api_quota_grant_fields;
void api_quota_list(struct api_request *request);
void api_quota_show(struct api_request *request);
void api_quota_set(struct api_request *request);
void api_quota_grant(struct api_request *request);

/* approvals.c, deputies.c, pages.c */
extern const struct api_fields api_approval_list_fields;
extern const struct api_fields api_approve_fields;
extern const struct api_fields api_deny_fields;
extern const struct api_fields api_deputy_set_fields;
extern const struct api_fields api_page_fields;
void api_approval_list(struct api_request *request);
void api_approve(struct api_request *request);
void api_deny(struct api_request *request);
void api_deputy_list(struct api_request *request);
void api_deputy_set(struct api_request *request);
void api_page_show(struct api_request *request);

/* devices.c */
extern const struct api_fields api_device_add_fields;
void api_device_list(struct api_request *request);
void api_device_show(struct api_request *request);
void api_device_add(struct api_request *request);
extern const struct api_fields api_device_set_fields;
void api_device_set(struct api_request *request);
void api_device_probe(struct api_request *request);

/* devices-ask.c, devices-purge.c, devices-registers.c */
extern const struct api_fields api_device_attest_fields;
extern const struct api_fields api_device_reconciliation_fields;
extern const struct api_fields api_maintenance_add_fields;
extern const struct api_fields api_maintenance_list_fields;
extern const struct api_fields api_maintenance_close_fields;
extern const struct api_fields api_stock_book_fields;
void api_device_status(struct api_request *request);
void api_device_counters(struct api_request *request);
void api_device_supplies(struct api_request *request);
void api_device_residue(struct api_request *request);
void api_device_purge(struct api_request *request);
void api_device_purges(struct api_request *request);
void api_device_purge_show(struct api_request *request);
void api_device_attest(struct api_request *request);
void api_device_reconciliation(struct api_request *request);
void api_maintenance_add(struct api_request *request);
void api_maintenance_list(struct api_request *request);
void api_maintenance_close(struct api_request *request);
void api_stock_list(struct api_request *request);
void api_stock_book(struct api_request *request);

/* reports.c: the month's figures as JSON, CSV, XLSX or PDF; what rebuilding them found */
extern const struct api_fields api_report_show_fields;
void api_report_show(struct api_request *request);
void api_report_rebuild(struct api_request *request);

/* copies.c: walk-up copies, which are Jobs */
extern const struct api_fields api_copy_register_fields;
extern const struct api_fields api_copy_list_fields;
void api_copy_register(struct api_request *request);
void api_copy_list(struct api_request *request);

/* custody.c: numbered copies */
extern const struct api_fields api_custody_list_fields;
extern const struct api_fields api_custody_move_fields;
extern const struct api_fields api_custody_reckon_fields;
void api_custody_list(struct api_request *request);
void api_custody_move(struct api_request *request);
void api_custody_reckon(struct api_request *request);

/* documents.c: the registers of documents received and dispatched */
extern const struct api_fields api_document_list_fields;
extern const struct api_fields api_document_add_fields;
extern const struct api_fields api_document_move_fields;
void api_document_list(struct api_request *request);
void api_document_add(struct api_request *request);
void api_document_show(struct api_request *request);
void api_document_move(struct api_request *request);

/* trace.c: {"codes": [{"text", "verdict", "words", "page", "copy"}]} */
extern const struct api_fields api_trace_fields;
extern const struct api_stream api_trace_stream;
void api_trace_code(struct api_request *request);

/* violations.c */
extern const struct api_fields api_violation_list_fields;
extern const struct api_fields api_violation_acknowledge_fields;
void api_violation_list(struct api_request *request);
void api_violation_acknowledge(struct api_request *request);

/*
 * jobs.c. Answers: one Job as an object (open: 201 when new, 200 when the origin's document is
 * known already; document, show, cancel, confirm, settle, reprint: 200), list: an array of Jobs
 * without `events`, newest first; explain: {"outcome": "print"|"hold"|"refuse", "reasons":
 * [keywords], "messages": [words], "level", "marked_level", "pages", "color_pages", "copies",
 * "impressions", "sheets", "sides", "grayscale", "urgent", "fingerprint", "person", "department",
 * "findings": [{"rule", "effect", "reason", "message"}]}. Job as in openapi.yaml. Lists take
 * ?origin= as well.
 */
extern const struct api_fields api_job_open_fields;
extern const struct api_fields api_job_list_fields;
extern const struct api_fields api_job_settle_fields;
extern const struct api_fields api_explain_fields; /**< of the query */
extern const struct api_stream api_job_document_stream;
extern const struct api_stream api_explain_stream;
void api_job_open(struct api_request *request);
void api_job_list(struct api_request *request);
void api_job_show(struct api_request *request);
void api_job_cancel(struct api_request *request);
void api_job_confirm(struct api_request *request);
/* levels.c: the ladder, 200 */
void api_level_list(struct api_request *request);

/* release.c: the Job, 200 */
extern const struct api_fields api_job_release_fields;
void api_job_release(struct api_request *request);
void api_job_settle(struct api_request *request);
void api_job_reprint(struct api_request *request);

#endif
