/* The one table of settings of all programs, and who reads which: config.h reads it. The parts of the
 * programs ask by the names that stand here; deploy/ writes the same names. */
#pragma once

#include "core/base/config.h"

#define PROGRAM_REST     1u
#define PROGRAM_REALTIME 2u
#define PROGRAM_ADMIN    4u

extern const struct config_setting settings[];
extern const size_t settings_count;
