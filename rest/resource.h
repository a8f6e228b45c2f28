/* What most resources do alike: show one, list a page, make one, change one. JSON is made by one statement
 * for each resource, its `read`, which takes the ids wanted ($1 bigint[]) and whether the office asks ($2
 * boolean), and returns `etag` and `json` in the order of the ids, leaving out what the asker may not see.
 * The other statements deal in ids. */
#pragma once

#include "rest/statement.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

struct resource {
    const char *path; /* of the collection */
    enum sql_query read;
    enum verdict missing;
    const struct refusal *refusals; /* of its writes; ends with an empty row */
};

/** Answers with one. */
void resource_show(struct request *request, struct response *response, const struct resource *resource,
                   int64_t id);

/** Answers with a page. `page` returns `id` and `cursor`, at most `limit` + 1 rows, of which the last only
 * tells that there are more; the caller has put $n = limit + 1 where the statement wants it. `params` is
 * finished. */
void resource_list(struct request *request, struct response *response, const struct resource *resource,
                   enum sql_query page, struct params *params, int64_t limit);

/** Answers with a page of a statement that makes its JSON itself: rows of `json` and `cursor`, under the same
 * rule. */
void resource_list_rows(struct request *request, struct response *response, enum sql_query page,
                        struct params *params, int64_t limit);

/** Makes one from the body ($1 text); `create` returns `id`. Answers 201 with it. */
void resource_create(struct request *request, struct response *response, const struct resource *resource,
                     enum sql_query create);

/** The same from other parameters, which are finished. */
void resource_create_from(struct request *request, struct response *response, const struct resource *resource,
                          enum sql_query create, struct params *params);

/** Answers a write that has happened with what it wrote; UNCERTAIN when that cannot be read. */
void resource_show_written(struct request *request, struct response *response,
                           const struct resource *resource, int64_t id, int status);

/** Changes one by the body: $1 id, $2 body, $3 the tags of If-Match (text[]), $4 whether any version will do,
 * $5 who asks. `update` returns `outcome`: done, missing, stale, or fixed (its state forbids it; then a
 * column `detail`, if there is one, says why, in English). Answers with the new version. */
void resource_update(struct request *request, struct response *response, const struct resource *resource,
                     enum sql_query update);

/** Deletes one: $1 id, $2 and $3 as $3 and $4 above, $4 who asks; outcomes likewise. Answers 204. */
void resource_delete(struct request *request, struct response *response, const struct resource *resource,
                     enum sql_query remove);

/** Adds the two parameters of If-Match: the tags (text[]) and whether any version will do. */
void resource_tags(const struct request *request, struct params *params);

/** True when the outcome (see resource_update) in the first row is done; else answered. */
[[gnu::warn_unused_result]] bool resource_outcome_done(struct request *request, struct response *response,
                                                       enum verdict missing, const PGresult *result);

/** Begins the parameters of a page's statement: $1 the place in the cursor `after` (NULL: `start`, the first
 * page), $2 = limit + 1, with `*limit` the size of the page, of which `asked` were asked for (0: none). False
 * when the cursor is none of ours: answered, and there is nothing to finish. */
[[gnu::warn_unused_result]] bool page_begin(struct request *request, struct response *response,
                                            const char *after, int64_t start, int64_t asked, int64_t *limit,
                                            struct params *params);

/** The page size asked for (0: none). */
int64_t page_limit(int64_t asked);

/** Reads a cursor of `count` numbers (NULL: the start, which is all `start`). False when it is none of ours:
 * answered. */
[[gnu::warn_unused_result]] bool cursor_read(struct request *request, struct response *response,
                                             const char *text, int64_t start, int64_t *parts, int count);
