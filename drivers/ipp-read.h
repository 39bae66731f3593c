/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Reading IPP answers: jobs (RFC 8011 5.3), who a printer is, counters and supplies (PWG 5100.13).
 * Nothing here touches a device.
 */
#ifndef DRIVERS_IPP_READ_H
#define DRIVERS_IPP_READ_H

#include <cups/cups.h>

#include "drivers/driver.h"
#include "drivers/residue.h"

/** The key of a job in a listing begins so. */
#define IPP_JOB_KEY "job:"
/** Completed jobs of cupsd, of which those that still have documents have data. */
#define IPP_JOBS_KEPT "kept"

/**
 * Adds the jobs of an answer to Get-Jobs to a listing.
 *
 * @param which     the list that was asked for; jobs in "completed" are history unless the device
 * says that their data is there (`job-restartable`)
 * @return how many jobs the answer had, those without an id too
 */
size_t ipp_read_jobs(ipp_t *response, const char *which, const struct residue_rules *rules,
                     struct device_listing *listing);

/** Fills in what is "" yet. */
void ipp_read_facts(ipp_t *response, struct device_facts *facts);

/** @return false when the device tells none of them */
bool ipp_read_counters(ipp_t *response, struct device_counters *ret);

/** `printer-supply`, or the older `marker-…` where there is none of it. */
void ipp_read_supplies(ipp_t *response, struct device_supplies *ret);

/**
 * One value of `printer-supply`: `key=value;…` as in RFC 3805's Printer MIB.
 *
 * @param text         not terminated
 * @param description  "" when there is none
 */
void ipp_read_supply(const char *text, size_t length, const char *description,
                     struct device_supply *ret);

#endif
