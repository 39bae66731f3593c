/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page of a stored document as a picture. Who may look is narrower than who may see the job: the
 * powers of administration and audit do not read documents. */
#include "daemon/jobs/pages.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/document/picture.h"
#include "daemon/error.h"
#include "daemon/jobs/approvals.h"
#include "daemon/store/audit.h"

enum { DPI_DEFAULT = 100 };
static const struct api_field fields[] = {
    {"dpi", API_INTEGER, .min = PREVIEW_DPI_MIN, .max = PREVIEW_DPI_MAX},
};
const struct api_fields api_page_fields = API_FIELDS(fields);

static bool is_sender(const struct api_request *request, const struct job_record *job)
{
    return strcmp(request->peer->login, job->request.person) == 0;
}

/* Roles, not api_may(): being the service's own account is no reason to read documents. */
static int check_reader(const struct api_request *request, struct store_tx *tx,
                        const struct job_record *job)
{
    const uint32_t readers = API_ROLE(ROLE_SUPERVISOR) | API_ROLE(ROLE_OPERATOR);

    if (is_sender(request, job) || (request->peer->roles & readers) != 0) {
        return PR_OK;
    }
    return approvals_may_read(request->office, tx, request->peer->login, job);
}

/* Reads the job; that somebody else than the sender looks at a page is in the audit log before they
 * see it. */
static int admit(const struct api_request *request, uint32_t page, struct job_record *ret_job)
{
    struct store_tx *tx = NULL;
    int error = store_begin(request->office->store, &tx);

    if (error != PR_OK) {
        return error;
    }
    error = job_find(tx, request->parameter[0], ret_job);
    if (error == PR_OK) {
        error = check_reader(request, tx, ret_job);
    }
    if (error == PR_OK && ret_job->spool_name[0] == '\0') {
        error = PR_ESTATE;
    }
    if (error == PR_OK && (page == 0 || (int64_t)page > ret_job->pages)) {
        error = PR_EINVAL;
    }
    if (error == PR_OK && !is_sender(request, ret_job)) {
        error = audit_append_made(tx, request->peer->actor, "job.page-seen", ret_job->id,
                                  json_pack("{s:I}", "page", (json_int_t)page));
    }
    return api_tx_end(tx, error);
}

/* A number from 1; 0 for what is none. */
static uint32_t page_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits == 0 || digits > 7 || text[digits] != '\0' ? 0
                                                             : (uint32_t)strtoul(text, NULL, 10);
}

static void refuse(struct api_request *request, int error, const struct job_record *job)
{
    const char *id = request->parameter[0];

    switch (error) {
    case PR_ENOENT:
        api_refuse(request, API_JOB_NOT_FOUND, id, NULL);
        break;
    case PR_EACCESS:
        api_refuse(request, API_NOT_READER, id, NULL);
        break;
    case PR_ESTATE:
        api_refuse(request, API_NOT_IN_THIS_STATE, id, job_state_name(job->state));
        break;
    case PR_EINVAL:
        api_refuse(request, API_NOT_FOUND, request->parameter[1], NULL);
        break;
    case PR_ENOKEY:
        api_refuse(request, API_NO_KEY, job->spool_day, NULL);
        break;
    default:
        api_refuse_error(request, error, id);
    }
}

void api_page_show(struct api_request *request)
{
    uint32_t page = page_number(request->parameter[1]);
    const struct api_value *dpi = &request->value[0];
    struct job_record job = {.state = JOB_INCOMING};
    void *png = NULL;
    size_t size = 0;
    int error = admit(request, page, &job);

    if (error == PR_OK) {
        error = job_page_picture(request->office, &job, page,
                                 dpi->given ? (uint32_t)dpi->integer : DPI_DEFAULT, &png, &size);
    }
    if (error != PR_OK) {
        refuse(request, error, &job);
        return;
    }
    api_reply_bytes(request, 200, "image/png", png, size);
}
