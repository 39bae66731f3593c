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
 * The update needs a file whose structure is beyond doubt. Most files are read without libqpdf
 * (stamp-pages.c), the others with it. Where it had to repair, had to decrypt, or does not see
 * pages as the file has them, its writer makes a sound file first, in memory, and the update is put
 * on that: so paper looks the same either way.
 *
 * Where on the page it stands is chosen in stamp-look.c.
 */
#include "config.h"

#include "daemon/document/stamp.h"

#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "daemon/document/reader.h"
#include "daemon/document/stamp-code.h"
#include "daemon/document/stamp-digits.h"
#include "daemon/document/stamp-font.h"
#include "daemon/document/stamp-look.h"
#include "daemon/document/stamp-place.h"
#include "daemon/document/stamp-sample.h"
#include "daemon/document/stamp-source.h"
#include "daemon/document/stamp-text.h"
#include "daemon/document/structure.h"
#include "daemon/error.h"

enum {
    KIDS = 64,             /**< of a node of the page tree */
    PIECE_BYTES = 2 << 20, /**< of the document that are in memory at a time, if it can be helped */
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

/** What pages of one paper and place have in common. */
struct fitting {
    struct paper paper;
    enum place place;
    struct text_layout layout;
    struct place_size size;
    struct place_spot spot;
    uint32_t common; /**< number of the stream */
};

struct stamping {
    const struct stamp_plan *plan;
    struct stamp_source source;
    struct reader *reader; /**< NULL: there is no looking */
    struct font *font;
    struct stamp_words *text;
    struct code_maker *codes;
    struct stamp_sink *sink;
    bool mapped; /**< the source is a mapping */
    struct numbers numbers;
    uint32_t next;         /**< first number not in use */
    uint32_t per_copy;     /**< pages of a copy, padding included */
    GHashTable *written;   /**< object numbers by what is in the object */
    uint32_t *page_number; /**< of the first copy, by page */
    uint16_t *page_generation;
    bool level_is_there; /**< the first page carries a mark */
    struct stamp_look look;
    struct fitting last; /**< of the page before */
    GString *own;        /**< room for what one page has of its own */
    GString *contents;   /**< of the page that is written: references up to COMMON */
    GString *keys;       /**< of its dictionary, without /Contents and /Parent */
};

/** A page, ready to be written as often as there are copies. */
struct stamped_page {
    uint32_t index;
    const struct fitting *fitting;
    enum text_column column; /**< of 份号 and level★term */
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

/* Pages ---------------------------------------------------------------------------------------- */

static void append_reference(GString *text, uint32_t number)
{
    char digits[DIGITS_BYTES];

    g_string_append_len(text, digits, (gssize)digits_number(number, 1, digits));
    g_string_append(text, " 0 R ");
}

/* Moves a page's content into a form; returns the number of the resources. */
static uint32_t wrap(struct stamping *work, const struct source_page *found, const char *resources)
{
    uint32_t form = work->next++;
    size_t content_size = 0;
    uint8_t *content = source_content(&work->source, found, &content_size);
    uLongf size = compressBound((uLong)content_size);
    uint8_t *packed = g_malloc(size);
    char *box = source_media_box(&work->source, found);
    char *keys = g_strdup_printf("/Type/XObject/Subtype/Form/BBox%s/Resources %s/Filter"
                                 "/FlateDecode",
                                 box, resources);

    compress2(packed, &size, content, (uLong)content_size, Z_BEST_SPEED);
    sink_stream(work->sink, form, keys, packed, size);
    g_free(keys);
    g_free(box);
    g_free(packed);
    g_free(content);
    char *body = g_strdup_printf("<</Font<<" TEXT_FONT " %" PRIu32
                                 " 0 R>>/XObject<</PrStampPage %" PRIu32 " 0 R>>>>",
                                 work->numbers.font, form);

    uint32_t own_resources = share_object(work, body);

    g_free(body);
    append_reference(work->contents, work->numbers.pre);
    append_reference(work->contents, work->numbers.paint);
    return own_resources;
}

static void prepare_contents(struct stamping *work, const struct source_page *found)
{
    bool neat = found->references != NULL && found->neat;
    char *merged =
        neat ? source_resources(&work->source, found, TEXT_FONT, work->numbers.font) : NULL;
    uint32_t resources = 0;

    g_string_truncate(work->contents, 0);
    if (merged != NULL) {
        resources = share_object(work, merged);
        append_reference(work->contents, work->numbers.pre);
        g_string_append(work->contents, found->references);
    } else {
        char *plain = source_resources(&work->source, found, NULL, 0);

        resources = wrap(work, found, plain);
        g_free(plain);
    }
    append_reference(work->contents, work->last.common);
    g_string_assign(work->keys, found->keys);
    g_string_append(work->keys, "/Resources ");
    append_reference(work->keys, resources);
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
        (code.modules + 2 * CODE_QUIET) * PLACE_MODULE > work->look.side + PLACE_MODULE / 2) {
        return problem_set(ret_problem, PR_ELIMIT, "the code of page %u cannot be drawn",
                           page->index + 1);
    }
    const struct fitting *fitting = page->fitting;
    uint32_t number = work->next++;

    g_string_truncate(work->own, 0);
    text_own(work->text, &fitting->layout, &fitting->paper, &fitting->spot, &own, work->own);
    sink_stream(work->sink, number, "", work->own->str, work->own->len);
    sink_begin(work->sink, number_of(work, copy, page->index), copy == 0 ? generation : 0);
    sink_put(work->sink, "<</Type/Page", 12);
    sink_put(work->sink, work->keys->str, work->keys->len);
    sink_put(work->sink, "/Parent ", 8);
    sink_number(work->sink, node_of(work, copy, page->index));
    sink_put(work->sink, " 0 R/Contents[", 14);
    sink_put(work->sink, work->contents->str, work->contents->len);
    sink_number(work->sink, number);
    sink_put(work->sink, " 0 R]>>", 7);
    sink_end(work->sink);
    return PR_OK;
}

/* Most pages are like the one before. */
static int find_fitting(struct stamping *work, const struct source_page *found,
                        struct problem *ret_problem)
{
    struct fitting *last = &work->last;
    bool known = last->common > 0;
    struct paper paper;
    enum place place = 0;
    int result = PR_OK;

    paper_of(&found->shape, &paper);
    known = known && paper_is_same(&paper, &last->paper);
    if (!known) {
        last->common = 0;
        last->paper = paper;
        result =
            look_fit(&work->look, found->index, &paper, &last->layout, &last->size, ret_problem);
    }
    if (result == PR_OK) {
        result = look_place(&work->look, found, &paper, &last->size, &place, ret_problem);
    }
    if (result != PR_OK || (known && place == last->place)) {
        return result;
    }
    last->place = place;
    place_spot(&paper, &last->size, place, &last->spot);
    g_string_truncate(work->own, 0);
    text_common(work->text, &last->layout, &paper, &last->spot, work->look.side, work->own);
    last->common = share_stream(work, work->own);
    return PR_OK;
}

static void give_back(const struct stamping *work)
{
    if (work->mapped) {
        file_give_back(work->source.data, work->source.size);
    }
}

static int write_page(struct stamping *work, uint32_t index, struct problem *ret_problem)
{
    struct stamped_page page = {.index = index, .fitting = &work->last};
    struct source_page found;
    int result = source_page(&work->source, index, &found, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    work->page_number[index] = found.number;
    work->page_generation[index] = (uint16_t)found.generation;
    result = find_fitting(work, &found, ret_problem);
    if (result == PR_OK) {
        if (index == 0 && work->plan->marks) {
            page.column = look_column(&work->look, &found, &work->last.paper, work->last.place);
        }
        prepare_contents(work, &found);
    }
    for (uint32_t copy = 0; result == PR_OK && copy < work->plan->copies; copy++) {
        result = write_copy(work, &page, found.generation, copy, ret_problem);
    }
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
                    node_of(work, copy, work->plan->pages), work->last.paper.width,
                    work->last.paper.height);
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

            sink_number(work->sink, number_of(work, copy, page));
            sink_put(work->sink, " ", 1);
            sink_number(work->sink, first_copy ? work->page_generation[page] : 0);
            sink_put(work->sink, " R ", 3);
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
    work->look = (struct stamp_look){.source = &work->source,
                                     .text = work->text,
                                     .side = (code.modules + 2 * CODE_QUIET) * PLACE_MODULE};
    work->own = g_string_new(NULL);
    work->contents = g_string_new(NULL);
    work->keys = g_string_new(NULL);
    work->page_number = g_new0(uint32_t, plan->pages);
    work->page_generation = g_new0(uint16_t, plan->pages);
    work->written = new_register();
    work->per_copy = plan->pages + (plan->pad ? plan->pages % 2 : 0);
    number_objects(work);
    return PR_OK;
}

/* A reader that counts other pages would look at the wrong ones. */
static struct reader *try_reader(const uint8_t *data, size_t size, uint32_t pages)
{
    struct reader *reader = NULL;
    struct problem problem;

    if (reader_open(data, size, &reader, &problem) != PR_OK) {
        return NULL;
    }
    if (reader_pages(reader) != pages) {
        reader_close(reader);
        return NULL;
    }
    return reader;
}

static void open_reader(struct stamping *work, const struct stamp_input *input)
{
    struct problem problem;
    enum mark mark = MARK_NONE;
    uint32_t pages = work->plan->pages;

    if (work->source.pages != NULL && pages > LOOK_PAGES) {
        uint32_t sample[LOOK_PAGES];

        look_sample(pages, sample);
        size_t more = sample_write(&work->source, input->data, input->room, sample, LOOK_PAGES);

        work->reader = more > 0 ? try_reader(input->data, input->size + more, LOOK_PAGES) : NULL;
        work->look.sampled = work->reader != NULL;
    }
    if (work->reader == NULL) {
        work->reader = try_reader(work->source.data, work->source.size, pages);
    }
    work->look.reader = work->reader;
    work->level_is_there = work->plan->marks && work->reader != NULL &&
                           reader_mark(work->reader, 0, &mark, &problem) == PR_OK &&
                           mark != MARK_NONE;
}

/* Piece by piece, so that they need not all be in memory. */
static void write_original(struct stamping *work)
{
    const struct stamp_source *source = &work->source;

    for (size_t at = 0; at < source->size; at += PIECE_BYTES) {
        sink_put(work->sink, source->data + at, MIN(PIECE_BYTES, source->size - at));
        give_back(work);
    }
}

static int write_all(struct stamping *work, struct problem *ret_problem)
{
    static const char pre[] = "q\n", paint[] = "/PrStampPage Do";
    uint32_t pages = work->plan->pages;
    uint32_t pages_a_piece =
        (uint32_t)MAX(1, (uint64_t)pages * PIECE_BYTES / (work->source.size + 1));
    int result = look_around(&work->look, pages, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    write_original(work);
    sink_put(work->sink, "\n", 1);
    font_write(work->font, work->sink, work->numbers.font);
    sink_stream(work->sink, work->numbers.pre, "", pre, sizeof pre - 1);
    sink_stream(work->sink, work->numbers.paint, "", paint, sizeof paint - 1);
    for (uint32_t i = 0; result == PR_OK && i < pages; i++) {
        result = write_page(work, i, ret_problem);
        if (i % pages_a_piece == pages_a_piece - 1) {
            give_back(work);
        }
    }
    if (result == PR_OK) {
        write_pads(work);
        write_tree(work);
        write_end(work);
    }
    return result;
}

int stamp_document(const struct stamp_input *input, const struct stamp_plan *plan,
                   struct stamp_sink *sink, struct problem *ret_problem)
{
    struct stamping work = {.plan = plan, .sink = sink};
    int result = source_open(input, plan->pages, &work.source, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    work.mapped = input->mapped && work.source.data == input->data;
    result = prepare(&work, ret_problem);
    if (result == PR_OK) {
        open_reader(&work, input);
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
    if (work.own != NULL) {
        g_string_free(work.own, TRUE);
        g_string_free(work.contents, TRUE);
        g_string_free(work.keys, TRUE);
    }
    look_clear(&work.look);
    source_close(&work.source);
    return result;
}
