/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/document/structure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/memory.h"
#include "daemon/error.h"

/* ISO 32000 has no upper bound once UserUnit is used; 100 m is longer than any roll of paper. */
#define EDGE_MAX_UM 100e6
#define UM_PER_UNIT (25400.0 / 72.0)

static const double letter[4] = {0, 0, 612, 792};

int structure_error(const struct structure *structure, struct problem *ret_problem)
{
    if (!qpdf_has_error(structure->qpdf)) {
        return PR_OK;
    }
    qpdf_error error = qpdf_get_error(structure->qpdf);

    if (memory_refused()) {
        return problem_set(ret_problem, PR_ELIMIT,
                           "the document needs more memory to be read than allowed");
    }
    if (qpdf_get_error_code(structure->qpdf, error) == qpdf_e_password) {
        return problem_set(ret_problem, PR_EUNSUPPORTED,
                           "the document is encrypted and needs a password");
    }
    return problem_set(ret_problem, PR_EFORMAT, "the document is damaged or not a PDF");
}

int structure_open(const uint8_t *data, size_t size, uint32_t pages_max,
                   struct structure *ret_structure, struct problem *ret_problem)
{
    struct structure opened = {.qpdf = qpdf_init()};
    int pages = 0;

    qpdf_silence_errors(opened.qpdf);
    qpdf_set_suppress_warnings(opened.qpdf, QPDF_TRUE);
    qpdf_read_memory(opened.qpdf, "document", (const char *)data, size, NULL);
    int result = structure_error(&opened, ret_problem);
    if (result != PR_OK) {
        goto out;
    }
    pages = qpdf_get_num_pages(opened.qpdf);
    result = structure_error(&opened, ret_problem);
    if (result != PR_OK) {
        goto out;
    }
    if (pages <= 0) {
        result = problem_set(ret_problem, PR_EFORMAT, "the document has no pages");
        goto out;
    }
    if ((uint32_t)pages > pages_max) {
        result = problem_set(ret_problem, PR_ELIMIT,
                             "the document has %d pages, at most %u are taken", pages, pages_max);
        goto out;
    }
    qpdf_push_inherited_attributes_to_page(opened.qpdf);
    result = structure_error(&opened, ret_problem);
    if (result != PR_OK) {
        goto out;
    }
    opened.pages = (uint32_t)pages;
    *ret_structure = opened;
    return PR_OK;
out:
    qpdf_cleanup(&opened.qpdf);
    return result;
}

void structure_close(struct structure *structure)
{
    qpdf_cleanup(&structure->qpdf);
}

qpdf_oh structure_page(const struct structure *structure, uint32_t index)
{
    return qpdf_get_page_n(structure->qpdf, index);
}

static double number_key(qpdf_data qpdf, qpdf_oh dictionary, const char *key, double otherwise)
{
    qpdf_oh value = qpdf_oh_get_key(qpdf, dictionary, key);
    double number = otherwise;

    if (qpdf_oh_is_number(qpdf, value)) {
        number = qpdf_oh_get_numeric_value(qpdf, value);
    }
    qpdf_oh_release(qpdf, value);
    return number;
}

bool structure_box_of(qpdf_data qpdf, qpdf_oh dictionary, const char *key, double ret_box[4])
{
    qpdf_oh array = qpdf_oh_get_key(qpdf, dictionary, key);
    double corner[4];
    bool good = qpdf_oh_is_array(qpdf, array) && qpdf_oh_get_array_n_items(qpdf, array) == 4;

    for (int i = 0; good && i < 4; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(qpdf, array, i);

        good = qpdf_oh_is_number(qpdf, item);
        corner[i] = good ? qpdf_oh_get_numeric_value(qpdf, item) : 0;
        good = good && isfinite(corner[i]);
        qpdf_oh_release(qpdf, item);
    }
    qpdf_oh_release(qpdf, array);
    return good && structure_box(corner, ret_box);
}

bool structure_box(const double corner[4], double ret_box[4])
{
    double box[4] = {fmin(corner[0], corner[2]), fmin(corner[1], corner[3]),
                     fmax(corner[0], corner[2]), fmax(corner[1], corner[3])};

    if (!(box[2] > box[0] && box[3] > box[1])) {
        return false;
    }
    memcpy(ret_box, box, sizeof box);
    return true;
}

/* CropBox ∩ MediaBox; a CropBox outside the MediaBox is ignored, as viewers do. */
static void visible_box(const struct page_boxes *boxes, double ret_box[4])
{
    const double *media = boxes->media, *crop = boxes->crop;

    memcpy(ret_box, media, sizeof boxes->media);
    if (!boxes->has_crop) {
        return;
    }
    double both[4] = {fmax(media[0], crop[0]), fmax(media[1], crop[1]), fmin(media[2], crop[2]),
                      fmin(media[3], crop[3])};

    if (both[2] > both[0] && both[3] > both[1]) {
        memcpy(ret_box, both, sizeof both);
    }
}

static int quarter_turns(double degrees)
{
    if (!(fabs(degrees) < 1e6)) {
        return 0;
    }
    int turns = (int)degrees / 90 % 4;

    return turns < 0 ? turns + 4 : turns;
}

int structure_shape_of(const struct page_boxes *boxes, uint32_t index, struct page_shape *ret_shape,
                       struct problem *ret_problem)
{
    struct page_shape shape;
    double box[4];
    double unit = boxes->unit > 0 ? boxes->unit : 1;
    int turns = quarter_turns(boxes->degrees);

    visible_box(boxes, box);
    double width = (box[2] - box[0]) * unit * UM_PER_UNIT;
    double height = (box[3] - box[1]) * unit * UM_PER_UNIT;

    if (!(width < EDGE_MAX_UM && height < EDGE_MAX_UM)) {
        return problem_set(ret_problem, PR_ELIMIT, "page %u is larger than any paper", index + 1);
    }
    for (int i = 0; i < 4; i++) {
        double edge = fmin(fmax(box[i] * UM_PER_UNIT, -1e15), 1e15);

        shape.box_um[i] = llround(edge);
    }
    shape.rotate = turns * 90;
    shape.width_um = (uint32_t)fmax(1, round(turns % 2 == 0 ? width : height));
    shape.height_um = (uint32_t)fmax(1, round(turns % 2 == 0 ? height : width));
    *ret_shape = shape;
    return PR_OK;
}

int structure_shape(const struct structure *structure, qpdf_oh page, uint32_t index,
                    struct page_shape *ret_shape, struct problem *ret_problem)
{
    struct page_boxes boxes = {
        .degrees = number_key(structure->qpdf, page, "/Rotate", 0),
        .unit = number_key(structure->qpdf, page, "/UserUnit", 1),
    };

    memcpy(boxes.media, letter, sizeof boxes.media);
    structure_box_of(structure->qpdf, page, "/MediaBox", boxes.media);
    boxes.has_crop = structure_box_of(structure->qpdf, page, "/CropBox", boxes.crop);
    return structure_shape_of(&boxes, index, ret_shape, ret_problem);
}

unsigned char *structure_stream(qpdf_data qpdf, qpdf_oh stream, bool *ret_decoded, size_t *ret_size)
{
    unsigned char *data = NULL;
    QPDF_BOOL decoded = QPDF_FALSE;

    *ret_size = 0;
    qpdf_oh_get_stream_data(qpdf, stream, qpdf_dl_specialized, &decoded, &data, ret_size);
    if (qpdf_has_error(qpdf) && !memory_refused()) {
        qpdf_get_error(qpdf);
        free(data);
        data = NULL;
        *ret_size = 0;
        decoded = QPDF_FALSE;
        qpdf_oh_get_stream_data(qpdf, stream, qpdf_dl_none, NULL, &data, ret_size);
        if (qpdf_has_error(qpdf) && !memory_refused()) {
            qpdf_get_error(qpdf);
        }
    }
    *ret_decoded = decoded != QPDF_FALSE;
    return data;
}

bool structure_repaired(const struct structure *structure)
{
    return qpdf_more_warnings(structure->qpdf) != QPDF_FALSE;
}

int structure_rewrite(const struct structure *structure, const uint8_t **ret_data, size_t *ret_size,
                      struct problem *ret_problem)
{
    qpdf_data qpdf = structure->qpdf;
    qpdf_oh root = qpdf_get_root(qpdf);
    qpdf_oh tree = qpdf_oh_get_key(qpdf, root, "/Pages");
    qpdf_oh pages = qpdf_oh_new_integer(qpdf, structure->pages);
    qpdf_oh trailer = qpdf_get_trailer(qpdf);

    qpdf_oh_replace_key(qpdf, tree, "/Count", pages);
    /* The writer puts the right number in, but only where there is one. */
    qpdf_oh_replace_key(qpdf, trailer, "/Size", pages);
    qpdf_oh_release(qpdf, trailer);
    qpdf_oh_release(qpdf, pages);
    qpdf_oh_release(qpdf, tree);
    qpdf_oh_release(qpdf, root);
    qpdf_init_write_memory(qpdf);
    qpdf_set_preserve_encryption(qpdf, QPDF_FALSE);
    qpdf_set_compress_streams(qpdf, QPDF_FALSE);
    qpdf_set_decode_level(qpdf, qpdf_dl_none);
    qpdf_write(qpdf);
    int result = structure_error(structure, ret_problem);
    if (result != PR_OK) {
        return result;
    }
    *ret_data = qpdf_get_buffer(qpdf);
    *ret_size = qpdf_get_buffer_length(qpdf);
    return PR_OK;
}
