/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/document/neutral.h"

#include <glib.h>
#include <string.h>

enum { NAME_BYTES = 32 };

static bool name_is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

static bool icc_components_known(qpdf_data qpdf, qpdf_oh array)
{
    qpdf_oh profile = qpdf_oh_get_array_item(qpdf, array, 1);
    int components = 0;

    if (qpdf_oh_is_stream(qpdf, profile)) {
        qpdf_oh dictionary = qpdf_oh_get_dict(qpdf, profile);
        qpdf_oh number = qpdf_oh_get_key(qpdf, dictionary, "/N");

        if (!qpdf_oh_get_value_as_int(qpdf, number, &components)) {
            components = 0;
        }
        qpdf_oh_release(qpdf, number);
        qpdf_oh_release(qpdf, dictionary);
    }
    qpdf_oh_release(qpdf, profile);
    return components == 1 || components == 3 || components == 4;
}

static bool second_name_is(qpdf_data qpdf, qpdf_oh array, const char *name)
{
    qpdf_oh second = qpdf_oh_get_array_item(qpdf, array, 1);
    bool same = qpdf_oh_is_name_and_equals(qpdf, second, name);

    qpdf_oh_release(qpdf, second);
    return same;
}

bool neutral_space(qpdf_data qpdf, qpdf_oh space)
{
    static const char *const simple[] = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", NULL};
    static const char *const calibrated[] = {"/CalGray", "/CalRGB", NULL};

    if (qpdf_oh_is_name(qpdf, space)) {
        return name_is_one_of(qpdf_oh_get_name(qpdf, space), simple);
    }
    if (!qpdf_oh_is_array(qpdf, space) || qpdf_oh_get_array_n_items(qpdf, space) < 1) {
        return false;
    }
    qpdf_oh family = qpdf_oh_get_array_item(qpdf, space, 0);
    char name[NAME_BYTES] = "";

    if (qpdf_oh_is_name(qpdf, family)) {
        g_strlcpy(name, qpdf_oh_get_name(qpdf, family), sizeof name);
    }
    qpdf_oh_release(qpdf, family);
    if (name_is_one_of(name, simple) || name_is_one_of(name, calibrated)) {
        return true;
    }
    if (qpdf_oh_get_array_n_items(qpdf, space) < 2) {
        return false;
    }
    return (strcmp(name, "/ICCBased") == 0 && icc_components_known(qpdf, space)) ||
           (strcmp(name, "/Separation") == 0 && second_name_is(qpdf, space, "/Black"));
}

bool neutral_image(qpdf_data qpdf, qpdf_oh dictionary)
{
    qpdf_oh mask = qpdf_oh_get_key(qpdf, dictionary, "/ImageMask");
    qpdf_oh space = qpdf_oh_get_key(qpdf, dictionary, "/ColorSpace");
    QPDF_BOOL stencil = QPDF_FALSE;
    bool grey = (qpdf_oh_get_value_as_bool(qpdf, mask, &stencil) && stencil) ||
                qpdf_oh_is_name_and_equals(qpdf, space, "/DeviceGray");

    if (!grey && qpdf_oh_is_array(qpdf, space) && qpdf_oh_get_array_n_items(qpdf, space) == 2) {
        qpdf_oh family = qpdf_oh_get_array_item(qpdf, space, 0);

        grey = qpdf_oh_is_name_and_equals(qpdf, family, "/CalGray");
        qpdf_oh_release(qpdf, family);
    }
    qpdf_oh_release(qpdf, space);
    qpdf_oh_release(qpdf, mask);
    return grey;
}
