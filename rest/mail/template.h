/* What letters say: a table of templates by name, each in both languages. In a text {name} stands for a
 * member of the data; {name:yen} for an amount, written as the language writes it; {name|words} for a member
 * that may be missing, with the words in its place. {site} is the address that people use. */
#pragma once

#include "core/base/buffer.h"
#include "core/base/error.h"
#include "rest/language.h"

#include <cjson/cJSON.h>

#define LANGUAGES 2

struct template
{
    const char *name;
    struct {
        const char *subject, *body;
    } words[LANGUAGES]; /* by enum language */
};

extern const struct template templates[];
extern const size_t templates_count;

/** The row of that name; NULL when there is none. */
const struct template *template_find(const char *name);

/** Appends subject and body, the body between the greeting and the close that all letters have. False when
 * the data lack what the template needs. */
[[gnu::warn_unused_result]] bool template_render(const struct template *letter, enum language language,
                                                 const cJSON *data, const char *site, struct buffer *subject,
                                                 struct buffer *body, struct error *error);
