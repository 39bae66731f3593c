/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would be decided on a document, and why; nothing is kept. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/document/client.h"
#include "daemon/error.h"
#include "daemon/jobs/decision.h"
#include "daemon/jobs/plaintext.h"
#include "daemon/jobs/words.h"

enum {
    EXPLAIN_COPIES,
    EXPLAIN_LEVEL,
    EXPLAIN_SIDES,
    EXPLAIN_URGENT,
    EXPLAIN_NUMBER,
    EXPLAIN_PERSON
};
static const char *const sides_keywords[] = {"one-sided", "two-sided-long-edge",
                                             "two-sided-short-edge", NULL};
static const struct api_field fields[] = {
    [EXPLAIN_COPIES] = {"copies", API_INTEGER, .min = 1, .max = 9999},
    [EXPLAIN_LEVEL] = {"level", API_TEXT, .min = 0, .max = POLICY_LEVEL_NAME_BYTES - 1},
    [EXPLAIN_SIDES] = {"sides", API_CHOICE, .choices = sides_keywords},
    [EXPLAIN_URGENT] = {.name = "urgent", .type = API_BOOLEAN},
    [EXPLAIN_NUMBER] = {"document_number", API_TEXT, .min = 0, .max = JOB_NUMBER_BYTES - 1},
    [EXPLAIN_PERSON] = {"person", API_TEXT, .min = 1, .max = PERSON_LOGIN_BYTES - 1},
};
const struct api_fields api_explain_fields = API_FIELDS(fields);

struct explanation {
    int fd;
    struct job_request asked;
};

static bool take_request(struct api_request *request, struct job_request *asked)
{
    const struct policy_ladder *ladder = &request->office->settings->policy.ladder;
    const struct api_value *value = request->value;

    asked->copies = value[EXPLAIN_COPIES].given ? (uint32_t)value[EXPLAIN_COPIES].integer : 1;
    asked->urgent = value[EXPLAIN_URGENT].boolean;
    asked->sides = POLICY_ONE_SIDED;
    if (value[EXPLAIN_SIDES].given) {
        policy_sides_parse(value[EXPLAIN_SIDES].text, &asked->sides);
    }
    snprintf(asked->document_number, sizeof asked->document_number, "%s",
             value[EXPLAIN_NUMBER].text);
    snprintf(asked->person, sizeof asked->person, "%s",
             value[EXPLAIN_PERSON].given ? value[EXPLAIN_PERSON].text : request->peer->login);
    if (strcmp(asked->person, request->peer->login) != 0 &&
        !api_may(request, API_ROLE(ROLE_OPERATOR) | API_ROLE(ROLE_DIRECTOR))) {
        api_refuse(request, API_NOT_YOURS, asked->person, NULL);
        return false;
    }
    if (value[EXPLAIN_LEVEL].given && value[EXPLAIN_LEVEL].text[0] != '\0') {
        int rank = policy_ladder_find(ladder, value[EXPLAIN_LEVEL].text);

        if (rank < 0) {
            api_refuse(request, API_LEVEL_UNKNOWN, value[EXPLAIN_LEVEL].text, "");
            return false;
        }
        snprintf(asked->level, sizeof asked->level, "%s", ladder->level[rank].id);
    }
    return true;
}

static void begin(struct api_request *request, void **ret_context)
{
    struct explanation *explanation = calloc(1, sizeof *explanation);

    if (explanation == NULL) {
        api_refuse_error(request, PR_ENOMEM, NULL);
        return;
    }
    explanation->fd = -1;
    *ret_context = explanation;
    if (!take_request(request, &explanation->asked)) {
        return;
    }
    int error = plaintext_new(&explanation->fd);

    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
    }
}

static void data(struct api_request *request, void *context, const uint8_t *bytes, size_t size)
{
    const struct explanation *explanation = context;
    int error = plaintext_append(explanation->fd, bytes, size);

    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
    }
}

static json_t *findings_document(const struct policy_settings *settings,
                                 const struct policy_decision *decision,
                                 const struct policy_names *names, enum policy_language language)
{
    static const char *const effects[] = {
        [POLICY_PRINT] = "print", [POLICY_HOLD] = "hold", [POLICY_REFUSE] = "refuse"};
    json_t *list = json_array();
    char words[1024];

    for (size_t i = 0; i < decision->findings_length; i++) {
        const struct policy_finding *finding = &decision->findings[i];

        policy_finding_words(settings, finding, names, language, words, sizeof words);
        json_t *document = json_pack(
            "{s:s, s:s, s:s?, s:s}", "rule", policy_rule_id(finding->rule), "effect",
            effects[finding->effect], "reason",
            finding->effect == POLICY_PRINT ? NULL : policy_reason_keyword(finding->reason),
            "message", words);
        json_array_append_new(list, document);
    }
    return list;
}

static json_t *reasons_document(const struct policy_decision *decision)
{
    json_t *list = json_array();

    for (size_t i = 0; i < decision->findings_length; i++) {
        if (decision->findings[i].effect == decision->outcome &&
            decision->outcome != POLICY_PRINT) {
            json_array_append_new(list,
                                  json_string(policy_reason_keyword(decision->findings[i].reason)));
        }
    }
    return list;
}

static json_t *explain(struct api_request *request, const struct explanation *explanation,
                       const struct document_facts *facts, const struct decided *decided)
{
    static const char *const outcomes[] = {
        [POLICY_PRINT] = "print", [POLICY_HOLD] = "hold", [POLICY_REFUSE] = "refuse"};
    const struct policy_settings *settings = &request->office->settings->policy;
    const struct policy_decision *decision = &decided->decision;
    const struct policy_names names = {
        .person = explanation->asked.person,
        .department = decided->department_name,
        .month = decided->month,
        .earlier = decided->rules.earlier,
    };
    char fingerprint[2 * DOCUMENT_FINGERPRINT_BYTES + 1];

    sodium_bin2hex(fingerprint, sizeof fingerprint, facts->fingerprint, sizeof facts->fingerprint);
    return json_pack(
        "{s:s, s:o, s:o, s:s, s:s?, s:I, s:I, s:I, s:I, s:I, s:s, s:b, s:b, s:b, s:s, s:s, s:s?, "
        "s:o}",
        "outcome", outcomes[decision->outcome], "reasons", reasons_document(decision), "messages",
        finding_messages(settings, decision->findings, decision->findings_length, &names,
                         request->language, decision->outcome),
        "level", settings->ladder.level[decision->level].id, "marked_level",
        facts->marked_level[0] == '\0' ? NULL : facts->marked_level, "pages",
        (json_int_t)facts->pages, "color_pages", (json_int_t)facts->color_pages, "copies",
        (json_int_t)explanation->asked.copies, "impressions",
        (json_int_t)decision->cost.impressions, "sheets", (json_int_t)decision->cost.sheets,
        "sides", policy_sides_keyword(decision->sides), "grayscale", decision->grayscale, "urgent",
        decision->urgent, "archive", decision->archive, "fingerprint", fingerprint, "person",
        explanation->asked.person, "department",
        decided->department_name[0] == '\0' ? NULL : decided->department_name, "findings",
        findings_document(settings, decision, &names, request->language));
}

static void decide_and_answer(struct api_request *request, const struct explanation *explanation,
                              const struct document_facts *facts)
{
    const struct document_view view = document_view_of_facts(facts);
    struct decided *decided = calloc(1, sizeof *decided);
    struct store_tx *tx;
    int error = decided == NULL ? PR_ENOMEM : store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = decision_preview(request->office, tx, &explanation->asked, &view, decided);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
    } else {
        api_reply_json(request, 200, explain(request, explanation, facts, decided));
    }
    free(decided);
}

static void end(struct api_request *request, void *context)
{
    const struct explanation *explanation = context;
    struct document_facts facts = {0};
    char words[DOCUMENT_MESSAGE_BYTES] = "";
    int error = plaintext_seal(explanation->fd);

    if (error == PR_OK) {
        error = document_inspect(request->office->documents, explanation->fd, &facts, words);
    }
    if (error == PR_OK) {
        decide_and_answer(request, explanation, &facts);
    } else if (error == PR_EFORMAT) {
        api_refuse(request, API_DOCUMENT_BAD, words, NULL);
    } else if (error == PR_EUNSUPPORTED) {
        api_refuse(request, API_DOCUMENT_ENCRYPTED, NULL, NULL);
    } else if (error == PR_ELIMIT) {
        api_refuse(request, API_DOCUMENT_LIMITS, words, NULL);
    } else if (error == PR_ECRASHED || error == PR_ETIMEOUT || error == PR_EUNREACHABLE) {
        api_refuse(request, API_HELPER_FAILED, NULL, NULL);
    } else {
        api_refuse_error(request, error, NULL);
    }
    document_facts_clear(&facts);
}

static void destroy(void *context)
{
    struct explanation *explanation = context;

    if (explanation->fd >= 0) {
        close(explanation->fd);
    }
    free(explanation);
}

const struct api_stream api_explain_stream = {
    .begin = begin, .data = data, .end = end, .destroy = destroy};
