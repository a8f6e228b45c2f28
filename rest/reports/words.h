/* The words that stand for states, sexes and the like, as people read them. */
#pragma once

#include "rest/language.h"

/** The word in that language; the word itself when there is none. */
const char *report_word(const char *word, enum language language);
