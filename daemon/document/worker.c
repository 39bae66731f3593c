/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/document/worker.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/document/inspect.h"
#include "daemon/document/memory.h"
#include "daemon/document/picture.h"
#include "daemon/document/problem.h"
#include "daemon/document/reader.h"
#include "daemon/document/stamp-font.h"
#include "daemon/document/stamp-sample.h"
#include "daemon/document/stamp.h"
#include "daemon/error.h"

static const char too_hungry[] = "the document needs more memory to be read than allowed";
static const char too_slow[] = "the document takes longer to be read than allowed";

/* The cross-reference table is left out on purpose: both libraries rebuild it, and no offset here
 * can go stale. Fonts that are not embedded, Latin and Chinese in the three encodings met most,
 * bring fontconfig and poppler's tables in (poppler keeps four); the red line has the page painted.
 */
#define CHINESE_FONT(number, encoding)                                                             \
    number " 0 obj<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/" encoding             \
           "/DescendantFonts[8 0 R]>>endobj\n"
static const char specimen[] =
    "%PDF-1.4\n"
    "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 9 0 R/Resources<</Font<<"
    "/F1 4 0 R/F2 5 0 R/F3 6 0 R/F4 7 0 R>>>>>>endobj\n"
    "4 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n" CHINESE_FONT("5", "GBK-EUC-H")
        CHINESE_FONT("6", "UniGB-UCS2-H") CHINESE_FONT(
            "7",
            "UniGB-UTF16-H") "8 0 "
                             "obj<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/"
                             "CIDSystemInfo"
                             "<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/FontDescriptor 10 0 "
                             "R>>endobj\n"
                             "9 0 obj<</Length 167>>stream\n"
                             "BT /F1 12 Tf 10 80 Td (CONFIDENTIAL) Tj /F2 12 Tf 0 -20 Td "
                             "<C3D8C3DC> Tj "
                             "/F3 12 Tf 0 -20 Td <79D85BC6> Tj /F4 12 Tf 50 0 Td <79D85BC6> Tj ET "
                             "1 0 0 RG 10 10 m 90 10 l S\n"
                             "endstream endobj\n"
                             "10 0 obj<</Type/FontDescriptor/FontName/STSong-Light/Flags "
                             "6/FontBBox[0 0 1000 1000]"
                             "/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV "
                             "93>>endobj\n"
                             "trailer<</Root 1 0 R/Size 11>>\n"
                             "%%EOF\n";

/* poppler drops its tables when its last document is closed, so one is kept open. */
static struct reader *kept_open;

/* Reading fonts has used some 20 MB, which every fork() and every end of a child would pay for. */
static void give_back_memory(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void worker_warm_up(void)
{
    const struct inspect_limits limits = {.pages_max = 1, .paint_ms = 60000};
    const uint8_t *data = (const uint8_t *)specimen;
    struct inspection inspection;
    struct problem problem;
    enum mark mark;

    if (reader_open(data, sizeof specimen - 1, &kept_open, &problem) == PR_OK &&
        inspect_document(data, sizeof specimen - 1, &limits, &inspection, &problem) == PR_OK) {
        free(inspection_line(&inspection));
        inspection_clear(&inspection);
        /* Painting uses other tables and pushes those for text out; every document needs the
         * latter. */
        reader_mark(kept_open, 0, &mark, &problem);
    }
    font_load();
    give_back_memory();
}

static int compare_bytes(const void *left, const void *right)
{
    return memcmp(left, right, 1);
}

void worker_warm_up_stamp(void)
{
    char bytes[4096] = "";

    font_load();
    /* glibc asks the system for the size of its memory when something large is sorted first, which
     * is not allowed later. */
    qsort(bytes, sizeof bytes / 64, 64, compare_bytes);
}

static void write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return;
        }
        data += written;
        size -= (size_t)written;
    }
}

static int last_words_fd;

/* abort() and its kin end a process that was refused memory; other aborts stay crashes. */
static void say_last_words(int signal_number)
{
    char line[PROBLEM_LINE_BYTES];
    bool slow = signal_number == SIGXCPU || signal_number == SIGALRM;

    if (slow || memory_refused()) {
        write_all(last_words_fd, line,
                  slow ? problem_line(line, PR_ETIMEOUT, too_slow)
                       : problem_line(line, PR_ELIMIT, too_hungry));
        _exit(1);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void worker_last_words(int result_fd)
{
    static const int signals[] = {SIGABRT, SIGTRAP, SIGXCPU, SIGALRM};
    struct sigaction action = {.sa_handler = say_last_words};

    last_words_fd = result_fd;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        sigaction(signals[i], &action, NULL);
    }
}

static int size_of_file(int document_fd, size_t *ret_size, struct problem *ret_problem)
{
    struct stat status;

    if (fstat(document_fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return problem_set(ret_problem, PR_ECRASHED, "the document cannot be mapped");
    }
    if (status.st_size == 0) {
        return problem_set(ret_problem, PR_EFORMAT, "the document is empty");
    }
    *ret_size = (size_t)status.st_size;
    return PR_OK;
}

static int map_file(int document_fd, const uint8_t **ret_data, size_t *ret_size,
                    struct problem *ret_problem)
{
    size_t size = 0;
    int result = size_of_file(document_fd, &size, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    void *data = mmap(NULL, size, PROT_READ, MAP_SHARED, document_fd, 0);

    if (data == MAP_FAILED) {
        return problem_set(ret_problem, PR_ELIMIT, "the document is too large to be inspected");
    }
    *ret_data = data;
    *ret_size = size;
    return PR_OK;
}

/* The file with memory of its own behind it, in one piece; the file stays as it is. */
static int map_with_room(int document_fd, size_t room, struct stamp_input *ret_input,
                         struct problem *ret_problem)
{
    size_t size = 0;
    int result = size_of_file(document_fd, &size, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    void *data =
        mmap(NULL, size + room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (data == MAP_FAILED || mmap(data, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
                                   document_fd, 0) == MAP_FAILED) {
        return problem_set(ret_problem, PR_ELIMIT, "the document is too large to be stamped");
    }
    *ret_input = (struct stamp_input){data, size, room, true};
    return PR_OK;
}

/* The line of inspection; 0 when it was written. */
static int inspect(const struct serve_options *options, const uint8_t *data, size_t size,
                   int result_fd, struct problem *ret_problem)
{
    const struct inspect_limits limits = {.pages_max = options->pages_max,
                                          .paint_ms = options->timeout_s * 500};
    struct inspection inspection;
    int result = inspect_document(data, size, &limits, &inspection, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    char *line = inspection_line(&inspection);

    inspection_clear(&inspection);
    if (line == NULL) {
        return problem_set(ret_problem, PR_ELIMIT, "%s", too_hungry);
    }
    write_all(result_fd, line, strlen(line));
    free(line);
    return PR_OK;
}

static int preview(const struct handover_wish *wish, const uint8_t *data, size_t size,
                   int result_fd, struct problem *ret_problem)
{
    struct picture picture = {0};
    struct reader *reader = NULL;
    int result = reader_open(data, size, &reader, ret_problem);

    if (result == PR_OK && (wish->dpi < PREVIEW_DPI_MIN || wish->dpi > PREVIEW_DPI_MAX)) {
        result = problem_set(ret_problem, PR_ELIMIT, "the resolution is out of range");
    }
    if (result == PR_OK && (wish->page == 0 || wish->page > reader_pages(reader))) {
        result = problem_set(ret_problem, PR_ELIMIT, "the document has no page %u", wish->page);
    }
    if (result == PR_OK) {
        result = reader_picture(reader, wish->page - 1, wish->dpi, &picture, ret_problem);
    }
    if (result == PR_OK) {
        write_all(result_fd, (const char *)picture.data, picture.size);
    }
    free(picture.data);
    reader_close(reader);
    return result;
}

static int stamp(const struct worker_files *files, struct problem *ret_problem)
{
    struct stamp_input input;
    struct stamp_plan plan;
    struct stamp_sink sink;
    const uint8_t *text = NULL;
    size_t length = 0;
    int result = map_with_room(files->document, SAMPLE_ROOM_BYTES, &input, ret_problem);

    if (result == PR_OK) {
        result = map_file(files->plan, &text, &length, ret_problem);
    }
    if (result == PR_OK && stamp_plan_parse((const char *)text, length, &plan) != PR_OK) {
        result = problem_set(ret_problem, PR_ECRASHED, "the plan of the stamp is not understood");
    }
    if (result != PR_OK) {
        return result;
    }
    sink_open(&sink, files->result, files->pieces);
    result = stamp_document(&input, &plan, &sink, ret_problem);
    if (result == PR_OK && !sink_finish(&sink)) {
        result = problem_set(ret_problem, PR_ECRASHED, "the stamped document cannot be written");
    }
    sink_close(&sink);
    stamp_plan_clear(&plan);
    return result;
}

int worker_run(const struct serve_options *options, const struct handover_wish *wish,
               const struct worker_files *files)
{
    struct problem problem = {.code = PR_OK};
    const uint8_t *data = NULL;
    size_t size = 0;
    int result = PR_OK;

    if (wish->wish == WISH_STAMP) {
        result = stamp(files, &problem);
    } else {
        result = map_file(files->document, &data, &size, &problem);
    }
    if (result == PR_OK && wish->wish == WISH_PREVIEW) {
        result = preview(wish, data, size, files->result, &problem);
    } else if (result == PR_OK && wish->wish == WISH_INSPECT) {
        result = inspect(options, data, size, files->result, &problem);
    }
    if (result == PR_OK) {
        return 0;
    }
    char words[PROBLEM_LINE_BYTES];

    write_all(files->result, words, problem_line(words, problem.code, problem.message));
    return 1;
}
