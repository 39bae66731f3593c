/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ladder of levels as the settings have it, for those who must keep to it. */
#include <stdio.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/store/people.h"

static void add_name(json_t *list, const char *kind, const char *name)
{
    char text[POLICY_PEOPLE_NAME_BYTES + 16];

    snprintf(text, sizeof text, "%s%s", kind, name);
    json_array_append_new(list, json_string(text));
}

/* As they are written in the settings; empty: everybody. */
static json_t *people_document(const struct policy_people *people)
{
    json_t *list = json_array();

    if (people->nobody) {
        add_name(list, "nobody", "");
    }
    for (unsigned role = 0; role < ROLES && !people->nobody; role++) {
        if ((people->roles & 1U << role) != 0) {
            add_name(list, "role:", role_name((enum role)role));
        }
    }
    for (size_t i = 0; i < people->names_length; i++) {
        const struct policy_people_name *name = &people->names[i];

        add_name(list, name->department ? "department:" : "person:", name->name);
    }
    return list;
}

static json_t *areas_document(const struct policy_level *level)
{
    json_t *list = json_array();

    for (size_t i = 0; i < level->areas_length; i++) {
        json_array_append_new(list, json_string(level->areas[i]));
    }
    return list;
}

static json_t *level_document(const struct api_request *request, const struct policy_level *level,
                              bool is_default)
{
    char term[POLICY_TERM_BYTES];

    policy_level_term(level, term);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:s, s:b, s:I, s:I, s:b, s:o, s:b, s:s}", "id",
        level->id, "name", request->language == POLICY_CHINESE ? level->name_zh : level->name_en,
        "name_zh", level->name_zh, "name_en", level->name_en, "term", term, "default", is_default,
        "may_print", people_document(&level->may_print), "may_copy",
        people_document(&level->may_copy), "approval", policy_approval_word(level->approval),
        "supervised", level->supervised, "copies_max", (json_int_t)level->copies_max, "years",
        (json_int_t)level->years, "stamp", level->stamp, "areas", areas_document(level), "archive",
        level->archive, "overnight", level->purge ? "purge" : "keep");
}

void api_level_list(struct api_request *request)
{
    const struct policy_settings *settings = &request->office->settings->policy;
    json_t *list = json_array();

    for (size_t i = 0; i < settings->ladder.levels; i++) {
        json_t *level =
            level_document(request, &settings->ladder.level[i], (int)i == settings->default_level);

        if (level == NULL || json_array_append_new(list, level) != 0) {
            json_decref(list);
            api_refuse_error(request, PR_ENOMEM, NULL);
            return;
        }
    }
    api_reply_json(request, 200, list);
}
