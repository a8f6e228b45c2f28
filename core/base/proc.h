/* What the kernel tells of a process, in files that are no files. */
#pragma once

#include <stdint.h>

/** The number at the place `index` (from 0) of an open file of numbers; -1 when there is none, or no file. */
int64_t proc_number(int file, int index);
