/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Colour spaces and pictures that are grey by declaration (ISO 32000-1 §8.6, §8.9). */
#ifndef DAEMON_DOCUMENT_NEUTRAL_H
#define DAEMON_DOCUMENT_NEUTRAL_H

#include <stdbool.h>

#include <qpdf/qpdf-c.h>

/** A space in which one number, three equal ones, or four with C = M = Y mean grey. */
bool neutral_space(qpdf_data qpdf, qpdf_oh space);

/** A picture of one component: a stencil, DeviceGray or CalGray. */
bool neutral_image(qpdf_data qpdf, qpdf_oh dictionary);

#endif
