/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/simulators/pjl-printer.h"

#include <string.h>

static const char exit_language[] = "\033%-12345X";
enum { EXIT_LENGTH = sizeof exit_language - 1 };

struct entry {
    const char *path;
    gboolean folder;
    unsigned size_bytes;
    gboolean gone;
};

struct pjl_printer {
    char *model;
    unsigned page_count;
    unsigned deletions;
    gboolean printing; /**< bytes are a document, not PJL */
    gsize matched;     /**< of the exit sequence */
    GString *line;
    struct entry entries[8];
};

static const struct entry first_entries[] = {{"0:\\fonts", TRUE, 0, FALSE},
                                             {"0:\\fonts\\song.ttf", FALSE, 90210, FALSE},
                                             {"0:\\macros", TRUE, 0, FALSE},
                                             {"0:\\macros\\head", FALSE, 64, FALSE},
                                             {"0:\\saved", TRUE, 0, FALSE},
                                             {"0:\\saved\\job1.prn", FALSE, 31337, FALSE},
                                             {"0:\\saved\\job2.prn", FALSE, 271828, FALSE}};

struct pjl_printer *pjl_printer_new(const char *model, unsigned page_count)
{
    struct pjl_printer *p = g_new0(struct pjl_printer, 1);
    p->model = g_strdup(model);
    p->page_count = page_count;
    p->printing = TRUE;
    p->line = g_string_new(NULL);
    memcpy(p->entries, first_entries, sizeof first_entries);
    return p;
}

void pjl_printer_free(struct pjl_printer *p)
{
    g_string_free(p->line, TRUE);
    g_free(p->model);
    g_free(p);
}

unsigned pjl_printer_deletions(const struct pjl_printer *p)
{
    return p->deletions;
}

/* The file system ------------------------------------------------------------------------------ */

/** The path in NAME="…" without a backslash at the end. */
static char *name_of(const char *command)
{
    const char *name = strstr(command, "NAME=\"");
    if (name == NULL) {
        return g_strdup("");
    }
    name += strlen("NAME=\"");
    char *path = g_strndup(name, strcspn(name, "\""));
    gsize length = strlen(path);
    while (length > 0 && path[length - 1] == '\\') {
        path[--length] = '\0';
    }
    return path;
}

static struct entry *find(struct pjl_printer *p, const char *path)
{
    for (gsize i = 0; i < G_N_ELEMENTS(p->entries); i++) {
        struct entry *entry = &p->entries[i];
        if (entry->path != NULL && !entry->gone && g_ascii_strcasecmp(entry->path, path) == 0) {
            return entry;
        }
    }
    return NULL;
}

/** The name of an entry inside a folder, NULL when it is not directly in it. */
static const char *child_name(const struct entry *entry, const char *folder)
{
    const gsize length = strlen(folder);
    if (entry->path == NULL || entry->gone || strncmp(entry->path, folder, length) != 0 ||
        entry->path[length] != '\\' || strchr(entry->path + length + 1, '\\') != NULL) {
        return NULL;
    }
    return entry->path + length + 1;
}

static void describe(const struct entry *entry, const char *name, GString *reply)
{
    if (entry->folder) {
        g_string_append_printf(reply, "%s TYPE=DIR\r\n", name);
    } else {
        g_string_append_printf(reply, "%s TYPE=FILE SIZE=%u\r\n", name, entry->size_bytes);
    }
}

static unsigned number_after(const char *command, const char *key, unsigned otherwise)
{
    const char *at = strstr(command, key);
    return at != NULL ? (unsigned)g_ascii_strtoull(at + strlen(key), NULL, 10) : otherwise;
}

static void list_folder(struct pjl_printer *p, const char *command, GString *reply)
{
    g_autofree char *path = name_of(command);
    const struct entry *folder = find(p, path);
    const unsigned first = number_after(command, "ENTRY=", 1);
    const unsigned most = number_after(command, "COUNT=", 1);
    g_string_append_printf(reply, "@PJL FSDIRLIST NAME=\"%s\\\" ENTRY=%u\r\n", path, first);
    if (strcmp(path, "0:") != 0 && (folder == NULL || !folder->folder)) {
        g_string_append_printf(reply, "FILEERROR=%d\r\n\f", folder == NULL ? 3 : 10);
        return;
    }
    unsigned index = 0;
    static const struct entry dots[] = {{".", TRUE, 0, FALSE}, {"..", TRUE, 0, FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(dots) + G_N_ELEMENTS(p->entries); i++) {
        const gboolean dot = i < G_N_ELEMENTS(dots);
        const struct entry *entry = dot ? &dots[i] : &p->entries[i - G_N_ELEMENTS(dots)];
        const char *name = dot ? entry->path : child_name(entry, path);
        if (name != NULL && ++index >= first && index < first + most) {
            describe(entry, name, reply);
        }
    }
    g_string_append_c(reply, '\f');
}

static void query_file(struct pjl_printer *p, const char *command, GString *reply)
{
    g_autofree char *path = name_of(command);
    const struct entry *entry = find(p, path);
    if (entry == NULL) {
        g_string_append_printf(reply, "@PJL FSQUERY NAME=\"%s\"\r\nFILEERROR=3\r\n\f", path);
    } else if (entry->folder) {
        g_string_append_printf(reply, "@PJL FSQUERY NAME=\"%s\" TYPE=DIR\r\n\f", path);
    } else {
        g_string_append_printf(reply, "@PJL FSQUERY NAME=\"%s\" TYPE=FILE SIZE=%u\r\n\f", path,
                               entry->size_bytes);
    }
}

static void delete_file(struct pjl_printer *p, const char *command, GString *reply)
{
    g_autofree char *path = name_of(command);
    struct entry *entry = find(p, path);
    gboolean empty = TRUE;
    (void)reply;
    p->deletions++;
    for (gsize i = 0; i < G_N_ELEMENTS(p->entries); i++) {
        empty = empty && child_name(&p->entries[i], path) == NULL;
    }
    if (entry != NULL && empty) {
        entry->gone = TRUE;
    }
}

/* Questions ------------------------------------------------------------------------------------ */

static void tell_id(struct pjl_printer *p, const char *command, GString *reply)
{
    (void)command;
    g_string_append_printf(reply, "@PJL INFO ID\r\n\"%s\"\r\n\f", p->model);
}

static void tell_status(struct pjl_printer *p, const char *command, GString *reply)
{
    (void)p, (void)command;
    g_string_append(reply,
                    "@PJL INFO STATUS\r\nCODE=10001\r\nDISPLAY=\"00 READY\"\r\nONLINE=TRUE\r\n\f");
}

static void tell_page_count(struct pjl_printer *p, const char *command, GString *reply)
{
    (void)command;
    g_string_append_printf(reply, "@PJL INFO PAGECOUNT\r\nPAGECOUNT=%u\r\n\f", p->page_count);
}

static void tell_volumes(struct pjl_printer *p, const char *command, GString *reply)
{
    (void)p, (void)command;
    g_string_append(reply, "@PJL INFO FILESYS [2 TABLE]\r\n"
                           " VOLUME TOTAL SIZE FREE SPACE LOCATION LABEL STATUS\r\n"
                           " 0: 1755136 1718272 <HT> <HT> READ-WRITE\r\n\f");
}

static void tell_lock(struct pjl_printer *p, const char *command, GString *reply)
{
    (void)p;
    const char *name = command + strlen("DINQUIRE ");
    g_string_append_printf(reply, "@PJL DINQUIRE %s\r\n%s\r\n\f", name,
                           g_str_has_prefix(name, "PASSWORD") ? "DISABLED" : "OFF");
}

static void echo(struct pjl_printer *p, const char *command, GString *reply)
{
    (void)p;
    g_string_append_printf(reply, "@PJL %s\r\n\f", command);
}

static void keep_silent(struct pjl_printer *p, const char *command, GString *reply)
{
    (void)p, (void)command, (void)reply;
}

static void not_known(struct pjl_printer *p, const char *command, GString *reply)
{
    (void)p;
    g_string_append_printf(reply, "@PJL %s\r\n\"?\"\r\n\f", command);
}

static void enter_language(struct pjl_printer *p, const char *command, GString *reply)
{
    (void)command, (void)reply;
    p->printing = TRUE;
}

static const struct {
    const char *begins;
    void (*answer)(struct pjl_printer *, const char *command, GString *reply);
} commands[] = {{"ECHO", echo},
                {"INFO ID", tell_id},
                {"INFO STATUS", tell_status},
                {"INFO PAGECOUNT", tell_page_count},
                {"INFO FILESYS", tell_volumes},
                {"DINQUIRE DISKLOCK", tell_lock},
                {"DINQUIRE CPLOCK", tell_lock},
                {"DINQUIRE PASSWORD", tell_lock},
                {"FSDIRLIST", list_folder},
                {"FSQUERY", query_file},
                {"FSDELETE", delete_file},
                {"ENTER LANGUAGE", enter_language},
                {"INFO", not_known},
                {"DINQUIRE", not_known},
                {"INQUIRE", not_known},
                {"", keep_silent}};

/* Bytes ---------------------------------------------------------------------------------------- */

static void take_line(struct pjl_printer *p, GString *reply)
{
    if (p->line->len > 0 && p->line->str[p->line->len - 1] == '\r') {
        g_string_truncate(p->line, p->line->len - 1);
    }
    if (g_str_has_prefix(p->line->str, "@PJL ")) {
        const char *command = p->line->str + strlen("@PJL ");
        for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
            if (g_str_has_prefix(command, commands[i].begins)) {
                commands[i].answer(p, command, reply);
                break;
            }
        }
    }
    g_string_truncate(p->line, 0);
}

void pjl_printer_take(struct pjl_printer *p, const char *bytes, gsize length, GString *reply)
{
    for (gsize i = 0; i < length; i++) {
        const char c = bytes[i];
        p->matched = c == exit_language[p->matched] ? p->matched + 1 : c == exit_language[0];
        if (p->matched == EXIT_LENGTH) {
            p->matched = 0;
            p->printing = FALSE;
            g_string_truncate(p->line, 0);
        } else if (p->printing) {
            p->page_count += c == '\f';
        } else if (c == '\n') {
            take_line(p, reply);
        } else {
            g_string_append_c(p->line, c);
        }
    }
}
