/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/backend-report.h"

#include <stdio.h>
#include <string.h>

/** cupsd reads lines of up to CUPS_MAX_MESSAGE (2047) bytes and takes the rest of a longer one for
 * another line. */
enum { LINE_BYTES_MAX = 2000 };

static const struct {
    const char *state; /**< printer-state-reasons keyword (RFC 8011 §5.4.12) */
    const char *english;
    const char *chinese;
    bool cause; /**< the daemon's own words tell the cause; elsewhere they say the same again */
} troubles[] = {
    [REPORT_NONE] = {NULL, "", "", false},
    [REPORT_UNREACHABLE] =
        {"connecting-to-device",
         "The print room service does not answer. The document waits here and is handed over "
         "as soon as it does; the administrator can start printroomd.",
         "文印室服务没有响应。文件在此等待，服务恢复后自动提交；请管理员启动 printroomd。", false},
    [REPORT_NO_SPACE] =
        {"spool-area-full",
         "The print room has no room for the document. It waits here and is handed over as soon "
         "as the administrator has made room.",
         "文印室存储空间不足。文件在此等待，管理员清理空间后自动提交。", false},
    [REPORT_UNAVAILABLE] =
        {"other-warning",
         "The print room cannot accept documents now. The document waits here and is handed "
         "over later; “printroom doctor” tells the administrator what to do.",
         "文印室暂时不能接收文件。文件在此等待，稍后自动提交；管理员可运行“printroom "
         "doctor”查看原因。",
         true},
    [REPORT_INTERRUPTED] =
        {"connecting-to-device",
         "The print room service broke off while it received the document. The document stays "
         "here and is offered again; it is printed once.",
         "文印室服务在接收文件时中断。文件保留在此并将重新提交，只打印一次。", false},
};
_Static_assert(sizeof troubles / sizeof troubles[0] == REPORT_TROUBLES,
               "every trouble has its words");

void report_init(struct report *report, const char *language, const char *printer_reasons)
{
    report->chinese = language != NULL && strncmp(language, "zh", 2) == 0;
    report->shown = REPORT_NONE;
    report->left_behind = 0;
    for (int i = REPORT_NONE + 1; printer_reasons != NULL && i < REPORT_TROUBLES; i++) {
        if (strstr(printer_reasons, troubles[i].state) != NULL) {
            report->left_behind |= 1U << i;
        }
    }
}

/** Writes one line; what the daemon said may not begin another line of this protocol, nor exceed
 * cupsd's limit. */
static void line(const char *kind, const char *words, const char *more)
{
    char text[LINE_BYTES_MAX];
    int length =
        snprintf(text, sizeof text, "%s: %s%s%s", kind, words, more[0] != '\0' ? " " : "", more);

    if (length < 0) {
        return;
    }
    if ((size_t)length >= sizeof text) {
        /* Not in the middle of a UTF-8 character: drop the last one, which may be incomplete. */
        size_t end = sizeof text - 2;

        while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80) {
            end--;
        }
        text[end] = '\0';
    }
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = ' ';
        }
    }
    fprintf(stderr, "%s\n", text);
    fflush(stderr);
}

void report_trouble(struct report *report, enum report_trouble trouble, const char *detail)
{
    if (report->shown == trouble) {
        return;
    }
    report_clear(report);
    report->shown = trouble;
    fprintf(stderr, "STATE: +%s\n", troubles[trouble].state);
    line("INFO", report->chinese ? troubles[trouble].chinese : troubles[trouble].english,
         troubles[trouble].cause ? detail : "");
}

void report_clear(struct report *report)
{
    for (int i = REPORT_NONE + 1; i < REPORT_TROUBLES; i++) {
        if (report->shown == (enum report_trouble)i || (report->left_behind & 1U << i) != 0) {
            fprintf(stderr, "STATE: -%s\n", troubles[i].state);
        }
    }
    report->shown = REPORT_NONE;
    report->left_behind = 0;
}

/** The job's messages, one after the other. */
static void messages_of(const json_t *job, char *text, size_t size)
{
    json_t *message;
    size_t index;
    size_t used = 0;

    text[0] = '\0';
    json_array_foreach(json_object_get(job, "messages"), index, message)
    {
        const char *words = json_string_value(message);

        if (words != NULL && used < size) {
            int length = snprintf(text + used, size - used, "%s%s", used > 0 ? " " : "", words);

            used += length > 0 ? (size_t)length : 0;
        }
    }
}

void report_accepted(const json_t *job)
{
    const char *id = json_string_value(json_object_get(job, "id"));
    char label[64];
    char messages[1536];

    snprintf(label, sizeof label, "%s:", id != NULL ? id : "?");
    messages_of(job, messages, sizeof messages);
    if (messages[0] == '\0') {
        const char *state = json_string_value(json_object_get(job, "state"));

        snprintf(messages, sizeof messages, "%s", state != NULL ? state : "");
    }
    /* cupsd forgets an INFO: as soon as the job is done; a WARNING: stays with the job, so that
     * `lpstat -l` shows it. */
    line("WARNING", label, messages);
}

void report_refused(const json_t *job, const char *fallback)
{
    char messages[1536];

    messages_of(job, messages, sizeof messages);
    line("ERROR", messages[0] != '\0' ? messages : fallback, "");
}

void report_error(const char *words)
{
    line("ERROR", words, "");
}

const char *report_words_split_failed(const struct report *report)
{
    return report->chinese ? "本次打印含有多个文件，但无法区分；请逐个提交。"
                           : "This job holds several documents that cannot be told apart; send "
                             "them one by one.";
}
