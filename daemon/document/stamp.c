/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every page of every copy gets a code and a line of its own, and a document may have thousands of
 * pages or hundreds of megabytes of scans. Writing it anew costs time and memory by its bytes; so
 * the bytes are kept as they are, and behind them goes an incremental update (ISO 32000-1 §7.5.6):
 * page objects, a few small streams, a page tree, cross-references. That costs by the page.
 *
 * A stamped page is the old page dictionary with other /Contents, /Resources and /Parent:
 *
 *     /Contents [PRE old… COMMON OWN]
 *
 * PRE (`q`) and COMMON (`Q`, the code's white ground, the words that never change) are shared by
 * all pages of one size and place; OWN has 份号, page number and code, the latter as an inline
 * image of a hundred bytes. Resources are the old ones and our font, one object for all pages that
 * share theirs. The first copy keeps the numbers of the page objects, so that bookmarks and links
 * still find them; further copies are new pages that share everything below the page.
 *
 * The old content could do the stamp harm: leave its graphics state behind, an open string that
 * swallows what follows, marked content that is switched off, a default colour space that paints
 * black as white. A page whose content or resources leave any doubt about that is wrapped: its
 * content is moved into a form XObject with its own resources, which by definition ends where it
 * ends (§8.10.1), and the page's own resources hold nothing but this form and our font.
 *
 * The update needs a file whose structure is beyond doubt. Where libqpdf had to repair, had to
 * decrypt, or does not see pages as the file has them, its writer makes a sound file first, in
 * memory, and the update is put on that: so paper looks the same either way.
 *
 * The place is the emptiest of a few (stamp-place.h). Looking costs a painting, so a document of up
 * to LOOK_PAGES pages is looked at page by page, and of a longer one so many pages of each size,
 * the others following them. Long documents' pages with hardly any content are scans, which cover
 * all places alike; they are not painted.
 *
 * Left out: annotations that cover a place on purpose are painted over the stamp as they are over
 * the page.
 */
#include "config.h"

#include "daemon/document/stamp.h"

#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "daemon/document/neat.h"
#include "daemon/document/reader.h"
#include "daemon/document/stamp-code.h"
#include "daemon/document/stamp-font.h"
#include "daemon/document/stamp-place.h"
#include "daemon/document/stamp-source.h"
#include "daemon/document/stamp-text.h"
#include "daemon/document/structure.h"
#include "daemon/error.h"

enum {
    LOOK_PAGES = 8,
    SCAN_CONTENT_BYTES = 256,
    KIDS = 64, /**< of a node of the page tree */
};

/** Numbers of the objects that are known beforehand. */
struct numbers {
    uint32_t font;
    uint32_t pre;
    uint32_t paint; /**< content of a wrapped page */
    uint32_t root;
    uint32_t nodes;
    uint32_t pages; /**< of further copies, in order */
    uint32_t pads;  /**< one a copy */
};

struct stamping {
    const struct stamp_plan *plan;
    struct stamp_source source;
    struct reader *reader; /**< NULL: there is no looking */
    struct font *font;
    struct stamp_words *text;
    struct code_maker *codes;
    struct stamp_sink *sink;
    struct numbers numbers;
    uint32_t next;         /**< first number not in use */
    uint32_t per_copy;     /**< pages of a copy, padding included */
    GHashTable *written;   /**< object numbers by what is in the object */
    GHashTable *places;    /**< for long documents: enum place + 1 by size of paper */
    uint32_t *page_number; /**< of the first copy, by page */
    uint16_t *page_generation;
    bool level_is_there; /**< the first page carries a mark */
    double side;         /**< of the code with its quiet zone */
    struct paper last;   /**< paper of the page before */
};

/** A page, ready to be written as often as there are copies. */
struct stamped_page {
    uint32_t index;
    struct paper paper;
    struct place_spot spot;
    enum text_column column; /**< of 份号 and level★term */
    struct text_layout layout;
    char *contents; /**< references up to COMMON */
    char *keys;     /**< of the page dictionary, without /Contents and /Parent */
};

/* Numbers by text. */
static GHashTable *new_register(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void enter(GHashTable *table, const char *key, uint32_t number)
{
    uint32_t *value = g_new(uint32_t, 1);

    *value = number;
    g_hash_table_insert(table, g_strdup(key), value);
}

/* 0 for what was not entered. */
static uint32_t look_up(GHashTable *table, const char *key)
{
    const uint32_t *value = g_hash_table_lookup(table, key);

    return value != NULL ? *value : 0;
}

/* An object whose text is the same is written once. */
static uint32_t share_stream(struct stamping *work, const GString *content)
{
    uint32_t number = look_up(work->written, content->str);

    if (number == 0) {
        number = work->next++;
        sink_stream(work->sink, number, "", content->str, content->len);
        enter(work->written, content->str, number);
    }
    return number;
}

static uint32_t share_object(struct stamping *work, const char *body)
{
    uint32_t number = look_up(work->written, body);

    if (number == 0) {
        number = work->next++;
        sink_begin(work->sink, number, 0);
        sink_put(work->sink, body, strlen(body));
        sink_end(work->sink);
        enter(work->written, body, number);
    }
    return number;
}

/* Places --------------------------------------------------------------------------------------- */

static char *size_key(const struct paper *paper)
{
    return g_strdup_printf("%.0fx%.0f", paper->width, paper->height);
}

static enum place place_of(const struct stamping *work, const struct stamped_page *page,
                           const struct place_size *size)
{
    double ink[PLACES] = {0};

    if (work->places == NULL) {
        if (work->reader != NULL) {
            place_look(work->reader, page->index, &page->paper, size, ink);
        }
        return place_choose(ink);
    }
    char *key = size_key(&page->paper);
    uint32_t place = look_up(work->places, key);

    g_free(key);
    return place == 0 ? PLACE_BOTTOM_RIGHT : (enum place)(place - 1);
}

static int fit(const struct stamping *work, struct stamped_page *page, struct place_size *ret_size,
               struct problem *ret_problem)
{
    double room = place_room(&page->paper, work->side);

    if (!text_fit(work->text, room, work->side, &page->layout)) {
        return problem_set(ret_problem, PR_ELIMIT, "page %u is too small to carry a stamp",
                           page->index + 1);
    }
    *ret_size = (struct place_size){work->side, page->layout.width, page->layout.height};
    return PR_OK;
}

/* Adds what a page of a long document shows to what is known of its size. */
static int look_at(const struct stamping *work, uint32_t index, GHashTable *inks,
                   struct problem *ret_problem)
{
    struct stamped_page page = {.index = index};
    struct place_size size;
    struct source_page found;
    int result = source_page(&work->source, index, &found, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    paper_of(&found.shape, &page.paper);
    result = fit(work, &page, &size, ret_problem);
    if (result == PR_OK && found.content_size >= SCAN_CONTENT_BYTES) {
        char *key = size_key(&page.paper);
        double *ink = g_hash_table_lookup(inks, key);

        if (ink == NULL) {
            ink = g_new0(double, PLACES);
            g_hash_table_insert(inks, g_strdup(key), ink);
        }
        place_look(work->reader, index, &page.paper, &size, ink);
        g_free(key);
    }
    source_page_clear(&work->source, &found);
    return result;
}

static int look_around(struct stamping *work, struct problem *ret_problem)
{
    uint32_t pages = work->plan->pages;
    GHashTable *inks = new_register();
    GHashTableIter walk;
    gpointer key, ink;
    int result = PR_OK;

    for (uint32_t i = 0; work->reader != NULL && result == PR_OK && i < LOOK_PAGES; i++) {
        result = look_at(work, (uint32_t)((uint64_t)i * (pages - 1) / (LOOK_PAGES - 1)), inks,
                         ret_problem);
    }
    work->places = new_register();
    g_hash_table_iter_init(&walk, inks);
    while (g_hash_table_iter_next(&walk, &key, &ink)) {
        enter(work->places, key, (uint32_t)place_choose(ink) + 1);
    }
    g_hash_table_destroy(inks);
    return result;
}

/* Pages ---------------------------------------------------------------------------------------- */

/* Moves a page's content into a form; returns the reference to its painting and the resources. */
static void wrap(struct stamping *work, const struct source_page *found, const char *resources,
                 char **ret_contents, uint32_t *ret_resources)
{
    uint32_t form = work->next++;
    uLongf size = compressBound((uLong)found->content_size);
    uint8_t *packed = g_malloc(size);
    char *keys =
        g_strdup_printf("/Type/XObject/Subtype/Form/BBox%s/Resources %s/Filter"
                        "/FlateDecode",
                        found->media_box != NULL ? found->media_box : "[0 0 612 792]", resources);

    compress2(packed, &size, found->content, (uLong)found->content_size, Z_BEST_SPEED);
    sink_stream(work->sink, form, keys, packed, size);
    g_free(keys);
    g_free(packed);
    char *body = g_strdup_printf("<</Font<<" TEXT_FONT " %" PRIu32
                                 " 0 R>>/XObject<</PrStampPage %" PRIu32 " 0 R>>>>",
                                 work->numbers.font, form);

    *ret_resources = share_object(work, body);
    g_free(body);
    *ret_contents =
        g_strdup_printf("%" PRIu32 " 0 R %" PRIu32 " 0 R ", work->numbers.pre, work->numbers.paint);
}

static void keep(struct stamping *work, const struct source_page *found, const char *resources,
                 char **ret_contents, uint32_t *ret_resources)
{
    *ret_resources = share_object(work, resources);
    *ret_contents = g_strdup_printf("%" PRIu32 " 0 R %s", work->numbers.pre, found->references);
}

static void prepare_contents(struct stamping *work, const struct source_page *found,
                             struct stamped_page *page)
{
    bool neat = found->references != NULL && content_is_neat(found->content, found->content_size);
    char *merged =
        neat ? source_resources(&work->source, found, TEXT_FONT, work->numbers.font) : NULL;
    GString *common = g_string_new(NULL);
    char *contents = NULL;
    uint32_t resources = 0;

    if (merged != NULL) {
        keep(work, found, merged, &contents, &resources);
    } else {
        char *plain = source_resources(&work->source, found, NULL, 0);

        wrap(work, found, plain, &contents, &resources);
        g_free(plain);
    }
    text_common(work->text, &page->layout, &page->paper, &page->spot, work->side, common);
    page->contents = g_strdup_printf("%s%" PRIu32 " 0 R", contents, share_stream(work, common));
    page->keys = g_strdup_printf("%s/Resources %" PRIu32 " 0 R", found->keys, resources);
    g_string_free(common, TRUE);
    g_free(contents);
    g_free(merged);
}

static uint32_t node_of(const struct stamping *work, uint32_t copy, uint32_t page)
{
    return work->numbers.nodes + (copy * work->per_copy + page) / KIDS;
}

static uint32_t number_of(const struct stamping *work, uint32_t copy, uint32_t page)
{
    if (page == work->plan->pages) {
        return work->numbers.pads + copy;
    }
    return copy == 0 ? work->page_number[page]
                     : work->numbers.pages + (copy - 1) * work->plan->pages + page;
}

static int write_copy(struct stamping *work, const struct stamped_page *page, uint32_t generation,
                      uint32_t copy, struct problem *ret_problem)
{
    char text[STAMP_CODE_BYTES];
    struct code code;
    bool first = page->index == 0 && work->plan->marks;
    const struct text_page own = {
        .copy = work->plan->first_copy + copy,
        .page = page->index + 1,
        .mark_copy = first,
        .mark_level = first && !work->level_is_there,
        .column = page->column,
        .code = &code,
    };

    stamp_plan_code(work->plan, copy, page->index, text);
    if (code_make(work->codes, text, &code) != PR_OK ||
        (code.modules + 2 * CODE_QUIET) * PLACE_MODULE > work->side + PLACE_MODULE / 2) {
        return problem_set(ret_problem, PR_ELIMIT, "the code of page %u cannot be drawn",
                           page->index + 1);
    }
    GString *content = g_string_new(NULL);
    uint32_t number = work->next++;

    text_own(work->text, &page->layout, &page->paper, &page->spot, &own, content);
    sink_stream(work->sink, number, "", content->str, content->len);
    g_string_free(content, TRUE);
    sink_begin(work->sink, number_of(work, copy, page->index), copy == 0 ? generation : 0);
    sink_put(work->sink, "<<", 2);
    sink_put(work->sink, page->keys, strlen(page->keys));
    sink_format(work->sink, "/Parent %" PRIu32 " 0 R/Contents[", node_of(work, copy, page->index));
    sink_put(work->sink, page->contents, strlen(page->contents));
    sink_format(work->sink, " %" PRIu32 " 0 R]>>", number);
    sink_end(work->sink);
    return PR_OK;
}

/* Where the marks of the first page cover the least; the left one unless it is printed on. A code
 * at the top right keeps that corner. */
static enum text_column choose_column(const struct stamping *work, const struct stamped_page *page,
                                      enum place place)
{
    const struct paper *paper = &page->paper;
    struct reader_area areas[COLUMNS];
    double ink[COLUMNS];
    struct problem problem;
    size_t columns = place == PLACE_TOP_RIGHT ? COLUMN_RIGHT : COLUMNS;
    enum text_column best = COLUMN_LEFT;

    for (size_t i = 0; i < columns; i++) {
        double corner[2];
        double size[2];

        text_column_room(paper, (enum text_column)i, corner, size);
        areas[i] = (struct reader_area){corner[0] / paper->width, corner[1] / paper->height,
                                        size[0] / paper->width, size[1] / paper->height};
    }
    if (work->reader == NULL ||
        reader_ink(work->reader, page->index, areas, columns, ink, &problem) != PR_OK) {
        return COLUMN_LEFT;
    }
    for (size_t i = 1; i < columns; i++) {
        best = ink[i] < ink[best] - PLACE_INK_STEP ? (enum text_column)i : best;
    }
    return best;
}

static int write_page(struct stamping *work, uint32_t index, struct problem *ret_problem)
{
    struct stamped_page page = {.index = index};
    struct source_page found;
    struct place_size size;
    int result = source_page(&work->source, index, &found, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    work->page_number[index] = found.number;
    work->page_generation[index] = (uint16_t)found.generation;
    paper_of(&found.shape, &page.paper);
    work->last = page.paper;
    result = fit(work, &page, &size, ret_problem);
    if (result == PR_OK) {
        enum place place = place_of(work, &page, &size);

        place_spot(&page.paper, &size, place, &page.spot);
        if (index == 0 && work->plan->marks) {
            page.column = choose_column(work, &page, place);
        }
        prepare_contents(work, &found, &page);
    }
    for (uint32_t copy = 0; result == PR_OK && copy < work->plan->copies; copy++) {
        result = write_copy(work, &page, found.generation, copy, ret_problem);
    }
    g_free(page.contents);
    g_free(page.keys);
    source_page_clear(&work->source, &found);
    return result;
}

/* The tree ------------------------------------------------------------------------------------- */

static void write_pads(struct stamping *work)
{
    for (uint32_t copy = 0; work->per_copy > work->plan->pages && copy < work->plan->copies;
         copy++) {
        sink_begin(work->sink, number_of(work, copy, work->plan->pages), 0);
        sink_format(work->sink,
                    "<</Type/Page/Parent %" PRIu32 " 0 R/MediaBox[0 0 %.2f %.2f]/Resources<<>>>>",
                    node_of(work, copy, work->plan->pages), work->last.width, work->last.height);
        sink_end(work->sink);
    }
}

static void write_tree(struct stamping *work)
{
    uint32_t total = work->plan->copies * work->per_copy;

    for (uint32_t first = 0; first < total; first += KIDS) {
        uint32_t kids = MIN(KIDS, total - first);

        sink_begin(work->sink, work->numbers.nodes + first / KIDS, 0);
        sink_format(work->sink, "<</Type/Pages/Parent %" PRIu32 " 0 R/Count %" PRIu32 "/Kids[",
                    work->numbers.root, kids);
        for (uint32_t i = first; i < first + kids; i++) {
            uint32_t copy = i / work->per_copy, page = i % work->per_copy;
            bool first_copy = copy == 0 && page < work->plan->pages;

            sink_format(work->sink, "%" PRIu32 " %" PRIu32 " R ", number_of(work, copy, page),
                        first_copy ? work->page_generation[page] : 0u);
        }
        sink_format(work->sink, "]>>");
        sink_end(work->sink);
    }
    sink_begin(work->sink, work->numbers.root, 0);
    sink_format(work->sink, "<</Type/Pages/Count %" PRIu32 "/Kids[", total);
    for (uint32_t first = 0; first < total; first += KIDS) {
        sink_format(work->sink, "%" PRIu32 " 0 R ", work->numbers.nodes + first / KIDS);
    }
    sink_format(work->sink, "]>>");
    sink_end(work->sink);
}

static void write_end(struct stamping *work)
{
    const struct stamp_source *source = &work->source;
    char *catalogue = source_catalogue(source, work->numbers.root);

    sink_begin(work->sink, source->root, source->root_generation);
    sink_put(work->sink, catalogue, strlen(catalogue));
    sink_end(work->sink);
    g_free(catalogue);
    sink_xref(work->sink, source->form, work->next, source->xref, source->trailer);
}

/* All ------------------------------------------------------------------------------------------ */

static void number_objects(struct stamping *work)
{
    const struct stamp_plan *plan = work->plan;
    uint32_t total = plan->copies * work->per_copy;
    uint32_t next = work->source.free_number;

    work->numbers.font = next;
    work->numbers.pre = next += FONT_OBJECTS;
    work->numbers.paint = ++next;
    work->numbers.root = ++next;
    work->numbers.nodes = ++next;
    work->numbers.pages = next += (total + KIDS - 1) / KIDS;
    work->numbers.pads = next += (plan->copies - 1) * plan->pages;
    work->next = next + (work->per_copy > plan->pages ? plan->copies : 0);
}

static int prepare(struct stamping *work, struct problem *ret_problem)
{
    const struct stamp_plan *plan = work->plan;
    char text[STAMP_CODE_BYTES];
    char *letters = text_letters(plan);
    struct code code;
    int result = font_new(letters, &work->font, ret_problem);

    g_free(letters);
    if (result != PR_OK) {
        return result;
    }
    work->text = text_new(plan, work->font);
    work->codes = code_maker_new((size_t)plan->copies * plan->pages);
    stamp_plan_longest(plan, text);
    if (work->codes == NULL || code_make(work->codes, text, &code) != PR_OK) {
        return problem_set(ret_problem, PR_ELIMIT, "the code cannot be drawn");
    }
    work->side = (code.modules + 2 * CODE_QUIET) * PLACE_MODULE;
    work->page_number = g_new0(uint32_t, plan->pages);
    work->page_generation = g_new0(uint16_t, plan->pages);
    work->written = new_register();
    work->per_copy = plan->pages + (plan->pad ? plan->pages % 2 : 0);
    number_objects(work);
    return PR_OK;
}

/* A reader that counts other pages would look at the wrong ones. */
static void open_reader(struct stamping *work)
{
    struct problem problem;
    enum mark mark = MARK_NONE;

    if (reader_open(work->source.data, work->source.size, &work->reader, &problem) != PR_OK) {
        work->reader = NULL;
        return;
    }
    if (reader_pages(work->reader) != work->plan->pages) {
        reader_close(work->reader);
        work->reader = NULL;
        return;
    }
    work->level_is_there = work->plan->marks &&
                           reader_mark(work->reader, 0, &mark, &problem) == PR_OK &&
                           mark != MARK_NONE;
}

static int write_all(struct stamping *work, struct problem *ret_problem)
{
    static const char pre[] = "q\n", paint[] = "/PrStampPage Do";
    uint32_t pages = work->plan->pages;
    int result = pages > LOOK_PAGES ? look_around(work, ret_problem) : PR_OK;

    if (result != PR_OK) {
        return result;
    }
    sink_put(work->sink, work->source.data, work->source.size);
    sink_put(work->sink, "\n", 1);
    font_write(work->font, work->sink, work->numbers.font);
    sink_stream(work->sink, work->numbers.pre, "", pre, sizeof pre - 1);
    sink_stream(work->sink, work->numbers.paint, "", paint, sizeof paint - 1);
    for (uint32_t i = 0; result == PR_OK && i < pages; i++) {
        result = write_page(work, i, ret_problem);
    }
    if (result == PR_OK) {
        write_pads(work);
        write_tree(work);
        write_end(work);
    }
    return result;
}

int stamp_document(const uint8_t *data, size_t size, const struct stamp_plan *plan,
                   struct stamp_sink *sink, struct problem *ret_problem)
{
    struct stamping work = {.plan = plan, .sink = sink};
    int result = source_open(data, size, plan->pages, &work.source, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    result = prepare(&work, ret_problem);
    if (result == PR_OK) {
        open_reader(&work);
        result = write_all(&work, ret_problem);
    }
    reader_close(work.reader);
    code_maker_free(work.codes);
    text_free(work.text);
    font_free(work.font);
    g_free(work.page_number);
    g_free(work.page_generation);
    if (work.written != NULL) {
        g_hash_table_destroy(work.written);
    }
    if (work.places != NULL) {
        g_hash_table_destroy(work.places);
    }
    source_close(&work.source);
    return result;
}
