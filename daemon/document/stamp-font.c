/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stamp has a few dozen letters out of a font of 20 MB. HarfBuzz cuts them out (hb-subset), which
 * takes some milliseconds, for all pages once. Two kinds of outlines are embedded in the two ways
 * PDF has for them: glyf as CIDFontType2, whose CIDs are the subset's glyphs; CFF as CIDFontType0C,
 * whose CIDs are named by the CFF's own charset, which is therefore read.
 *
 * Text is set letter by letter: Chinese, Latin letters and digits need no shaping. Letters the font
 * lacks come out as its empty box.
 */
#include "config.h"

#include "daemon/document/stamp-font.h"

#include <fontconfig/fontconfig.h>
#include <hb-subset.h>
#include <hb.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/error.h"

#define CFF_TABLE  HB_TAG('C', 'F', 'F', ' ')
#define GLYF_TABLE HB_TAG('g', 'l', 'y', 'f')

/** The font all are cut out of. */
static hb_face_t *whole;

/** A letter of a subset. */
struct letter {
    gunichar character;
    uint16_t cid;
    int width; /**< thousandths of an em */
};

struct font {
    hb_face_t *face; /**< the subset */
    bool cff;
    GArray *letters; /**< struct letter, by character */
    int ascent;      /**< thousandths of an em */
    int descent;
};

/* g_utf8_next_char() would lose the const. */
static const char *next_letter(const char *at)
{
    return at + g_utf8_skip[(unsigned char)*at];
}

void font_load(void)
{
    FcPattern *wanted = FcNameParse((const FcChar8 *)"sans-serif:lang=zh-cn:variable=false");
    FcResult found = FcResultNoMatch;
    FcChar8 *file = NULL;
    int index = 0;

    if (whole != NULL || wanted == NULL) {
        return;
    }
    FcConfigSubstitute(NULL, wanted, FcMatchPattern);
    FcDefaultSubstitute(wanted);
    FcPattern *match = FcFontMatch(NULL, wanted, &found);

    if (match != NULL && FcPatternGetString(match, FC_FILE, 0, &file) == FcResultMatch) {
        hb_blob_t *blob = hb_blob_create_from_file_or_fail((const char *)file);

        FcPatternGetInteger(match, FC_INDEX, 0, &index);
        if (blob != NULL) {
            whole = hb_face_create(blob, (unsigned)index & 0xffff);
            hb_face_make_immutable(whole);
            hb_blob_destroy(blob);
        }
    }
    if (match != NULL) {
        FcPatternDestroy(match);
    }
    FcPatternDestroy(wanted);
}

/* CFF (Adobe Technical Note 5176) ------------------------------------------------------------- */

/** Bytes of a CFF, read with care although they are HarfBuzz's: 0 beyond the end. */
struct cff {
    const uint8_t *data;
    size_t size;
};

static unsigned cff_number(const struct cff *cff, size_t at, unsigned bytes)
{
    unsigned number = 0;

    for (unsigned i = 0; i < bytes; i++) {
        number = number << 8 | (at + i < cff->size ? cff->data[at + i] : 0);
    }
    return number;
}

/* Where an INDEX's first object begins, and where the INDEX ends (§5). */
static size_t cff_index(const struct cff *cff, size_t at, size_t *ret_end)
{
    unsigned count = cff_number(cff, at, 2);
    unsigned width = cff_number(cff, at + 2, 1) & 7;

    if (count == 0) {
        *ret_end = at + 2;
        return at + 2;
    }
    size_t first = at + 3 + (size_t)(count + 1) * width;

    /* Offsets count from the byte before the first object. */
    *ret_end = first - 1 + cff_number(cff, at + 3 + (size_t)count * width, width);
    return first;
}

/* The charset's offset in a Top DICT (§4, §9); 0 to 2 are predefined. */
static size_t cff_charset(const struct cff *cff, size_t at, size_t end, bool *ret_cid)
{
    size_t operand = 0, charset = 0;

    *ret_cid = false;
    while (at < end && at < cff->size) {
        unsigned byte = cff_number(cff, at, 1);

        if (byte == 12) {
            *ret_cid = *ret_cid || cff_number(cff, at + 1, 1) == 30;
            at += 2;
        } else if (byte <= 21) {
            charset = byte == 15 ? operand : charset;
            at++;
        } else if (byte == 28 || byte == 29) {
            operand = cff_number(cff, at + 1, byte == 28 ? 2 : 4);
            at += byte == 28 ? 3 : 5;
        } else if (byte == 30) {
            while (++at < end && (cff_number(cff, at, 1) & 15) != 15 &&
                   cff_number(cff, at, 1) >> 4 != 15) {
            }
            at++;
        } else {
            operand =
                byte < 247 ? byte - 139 : (byte - 247) * 256 + cff_number(cff, at + 1, 1) + 108;
            at += byte < 247 ? 1 : 2;
        }
    }
    return charset;
}

/* The CID of a glyph (§13). */
static unsigned cff_cid(const struct cff *cff, size_t charset, unsigned glyph)
{
    unsigned format = cff_number(cff, charset, 1);
    size_t at = charset + 1;

    if (glyph == 0) {
        return 0;
    }
    if (format == 0) {
        return cff_number(cff, at + 2 * (size_t)(glyph - 1), 2);
    }
    for (unsigned first = 1; at < cff->size;) {
        unsigned left = cff_number(cff, at + 2, format == 1 ? 1 : 2);

        if (glyph - first <= left) {
            return cff_number(cff, at, 2) + glyph - first;
        }
        first += left + 1;
        at += format == 1 ? 3 : 4;
    }
    return 0;
}

/* Glyphs of the subset become CIDs. */
static void name_by_charset(hb_face_t *face, GArray *letters)
{
    hb_blob_t *blob = hb_face_reference_table(face, CFF_TABLE);
    unsigned length = 0;
    struct cff cff = {.data = (const uint8_t *)hb_blob_get_data(blob, &length)};
    size_t end = 0, top = 0;
    bool cid = false;

    cff.size = length;
    cff_index(&cff, cff_number(&cff, 2, 1), &end);
    top = cff_index(&cff, end, &end);
    size_t charset = cff_charset(&cff, top, end, &cid);

    for (guint i = 0; cid && charset > 2 && i < letters->len; i++) {
        struct letter *letter = &g_array_index(letters, struct letter, i);

        letter->cid = (uint16_t)cff_cid(&cff, charset, letter->cid);
    }
    hb_blob_destroy(blob);
}

/* Making -------------------------------------------------------------------------------------- */

static hb_face_t *cut_out(const hb_set_t *characters)
{
    static const hb_tag_t unused[] = {HB_TAG('G', 'S', 'U', 'B'), HB_TAG('G', 'P', 'O', 'S'),
                                      HB_TAG('G', 'D', 'E', 'F'), HB_TAG('v', 'h', 'e', 'a'),
                                      HB_TAG('v', 'm', 't', 'x'), HB_TAG('V', 'O', 'R', 'G'),
                                      HB_TAG('n', 'a', 'm', 'e'), HB_TAG('D', 'S', 'I', 'G')};
    hb_subset_input_t *input = hb_subset_input_create_or_fail();

    if (input == NULL) {
        return NULL;
    }
    hb_set_union(hb_subset_input_unicode_set(input), characters);
    for (size_t i = 0; i < sizeof unused / sizeof unused[0]; i++) {
        hb_set_add(hb_subset_input_set(input, HB_SUBSET_SETS_DROP_TABLE_TAG), unused[i]);
    }
    hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_NO_HINTING | HB_SUBSET_FLAGS_NOTDEF_OUTLINE);
    hb_face_t *face = hb_subset_or_fail(whole, input);

    hb_subset_input_destroy(input);
    return face;
}

static bool has_table(hb_face_t *face, hb_tag_t tag)
{
    hb_blob_t *blob = hb_face_reference_table(face, tag);
    bool has = hb_blob_get_length(blob) > 0;

    hb_blob_destroy(blob);
    return has;
}

static int thousandths(hb_face_t *face, hb_position_t units)
{
    return (int)((int64_t)units * 1000 / (int64_t)hb_face_get_upem(face));
}

static void measure(struct font *font, const hb_set_t *characters)
{
    hb_font_t *scaled = hb_font_create(font->face);
    hb_codepoint_t character = HB_SET_VALUE_INVALID;
    hb_font_extents_t extents = {0};

    while (hb_set_next(characters, &character)) {
        hb_codepoint_t glyph = 0;

        hb_font_get_nominal_glyph(scaled, character, &glyph);
        const struct letter letter = {
            .character = character,
            .cid = (uint16_t)glyph,
            .width = thousandths(font->face, hb_font_get_glyph_h_advance(scaled, glyph)),
        };

        g_array_append_val(font->letters, letter);
    }
    hb_font_get_h_extents(scaled, &extents);
    font->ascent = thousandths(font->face, extents.ascender);
    font->descent = thousandths(font->face, extents.descender);
    hb_font_destroy(scaled);
    if (font->cff) {
        name_by_charset(font->face, font->letters);
    }
}

int font_new(const char *letters, struct font **ret_font, struct problem *ret_problem)
{
    hb_set_t *characters = hb_set_create();

    font_load();
    for (const char *at = letters; *at != '\0'; at = next_letter(at)) {
        hb_set_add(characters, g_utf8_get_char(at));
    }
    hb_face_t *face = whole != NULL ? cut_out(characters) : NULL;
    bool cff = face != NULL && has_table(face, CFF_TABLE);

    if (face == NULL || (!cff && !has_table(face, GLYF_TABLE))) {
        hb_face_destroy(face);
        hb_set_destroy(characters);
        return problem_set(ret_problem, PR_ECRASHED, "there is no font the stamp could use");
    }
    struct font *font = g_new0(struct font, 1);

    font->face = face;
    font->cff = cff;
    font->letters = g_array_new(FALSE, FALSE, sizeof(struct letter));
    measure(font, characters);
    hb_set_destroy(characters);
    *ret_font = font;
    return PR_OK;
}

void font_free(struct font *font)
{
    if (font != NULL) {
        g_array_free(font->letters, TRUE);
        hb_face_destroy(font->face);
        g_free(font);
    }
}

/* Setting ------------------------------------------------------------------------------------- */

static const struct letter *letter_of(const struct font *font, gunichar character)
{
    static const struct letter none = {0, 0, 1000};

    for (guint i = 0; i < font->letters->len; i++) {
        const struct letter *letter = &g_array_index(font->letters, struct letter, i);

        if (letter->character == character) {
            return letter;
        }
    }
    return &none;
}

double font_width(const struct font *font, const char *text)
{
    int width = 0;

    for (; *text != '\0'; text = next_letter(text)) {
        width += letter_of(font, g_utf8_get_char(text))->width;
    }
    return width / 1000.0;
}

void font_show(const struct font *font, const char *text, GString *content)
{
    static const char digits[] = "0123456789ABCDEF";

    g_string_append_c(content, '<');
    for (; *text != '\0'; text = next_letter(text)) {
        unsigned cid = letter_of(font, g_utf8_get_char(text))->cid;

        for (int shift = 12; shift >= 0; shift -= 4) {
            g_string_append_c(content, digits[cid >> shift & 15]);
        }
    }
    g_string_append_c(content, '>');
}

/* Writing ------------------------------------------------------------------------------------- */

static void write_outlines(const struct font *font, struct stamp_sink *sink, uint32_t number)
{
    hb_blob_t *blob = font->cff ? hb_face_reference_table(font->face, CFF_TABLE)
                                : hb_face_reference_blob(font->face);
    unsigned length = 0;
    const char *data = hb_blob_get_data(blob, &length);
    char *keys =
        font->cff ? g_strdup("/Subtype/CIDFontType0C") : g_strdup_printf("/Length1 %u", length);

    sink_stream(sink, number, keys, data, length);
    g_free(keys);
    hb_blob_destroy(blob);
}

/* A CMap from CIDs to Unicode, so that the stamp can be searched for (§9.10.3). */
static void write_unicode(const struct font *font, struct stamp_sink *sink, uint32_t number)
{
    GString *map = g_string_new("/CIDInit/ProcSet findresource begin 12 dict begin begincmap"
                                "/CMapName/PrStamp def/CMapType 2 def\n"
                                "1 begincodespacerange<0000><FFFF>endcodespacerange\n");

    for (guint i = 0; i < font->letters->len; i++) {
        const struct letter *letter = &g_array_index(font->letters, struct letter, i);
        unsigned rest = letter->character - 0x10000;

        if (letter->cid == 0) {
            continue;
        }
        g_string_append_printf(map, "1 beginbfchar<%04X><", letter->cid);
        if (letter->character < 0x10000) {
            g_string_append_printf(map, "%04X", letter->character);
        } else {
            g_string_append_printf(map, "%04X%04X", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
        }
        g_string_append(map, ">endbfchar\n");
    }
    g_string_append(map, "endcmap CMapName currentdict/CMap defineresource pop end end");
    sink_stream(sink, number, "", map->str, map->len);
    g_string_free(map, TRUE);
}

static void write_widths(const struct font *font, struct stamp_sink *sink)
{
    sink_format(sink, "/DW 1000/W[");
    for (guint i = 0; i < font->letters->len; i++) {
        const struct letter *letter = &g_array_index(font->letters, struct letter, i);

        sink_format(sink, "%u[%d]", letter->cid, letter->width);
    }
    sink_format(sink, "]");
}

void font_write(const struct font *font, struct stamp_sink *sink, uint32_t number)
{
    sink_begin(sink, number, 0);
    sink_format(sink,
                "<</Type/Font/Subtype/Type0/BaseFont/PRSTMP+Stamp/Encoding/Identity-H"
                "/DescendantFonts[%" PRIu32 " 0 R]/ToUnicode %" PRIu32 " 0 R>>",
                number + 1, number + 4);
    sink_end(sink);
    sink_begin(sink, number + 1, 0);
    sink_format(sink,
                "<</Type/Font/Subtype/CIDFontType%d/BaseFont/PRSTMP+Stamp/CIDSystemInfo"
                "<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %" PRIu32
                " 0 R%s",
                font->cff ? 0 : 2, number + 2, font->cff ? "" : "/CIDToGIDMap/Identity");
    write_widths(font, sink);
    sink_format(sink, ">>");
    sink_end(sink);
    sink_begin(sink, number + 2, 0);
    sink_format(sink,
                "<</Type/FontDescriptor/FontName/PRSTMP+Stamp/Flags 4/FontBBox[-1000 %d 2000 %d]"
                "/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile%d %" PRIu32
                " 0 R>>",
                font->descent, font->ascent, font->ascent, font->descent, font->ascent,
                font->cff ? 3 : 2, number + 3);
    sink_end(sink);
    write_outlines(font, sink, number + 3);
    write_unicode(font, sink, number + 4);
}
