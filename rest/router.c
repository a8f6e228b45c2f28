/* The table of routes. A new endpoint is a row here, a handler beside its like in routes/, and a statement in
 * sql/.
 *
 * A path is first turned into a pattern by putting {id} for its first two canonical numbers and {uuid} for
 * its first UUID; then the table, sorted by pattern and method, is searched for exactly that. So there is no
 * order of precedence to get wrong, and a path that is not canonical (an encoded or doubled slash, a leading
 * zero, a dot segment) matches nothing. */
#include "rest/router.h"

#include "rest/routes/accounts.h"
#include "rest/routes/auctions.h"
#include "rest/routes/auth.h"
#include "rest/routes/bidding.h"
#include "rest/routes/bids.h"
#include "rest/routes/commands.h"
#include "rest/routes/config.h"
#include "rest/routes/disclosures.h"
#include "rest/routes/docs.h"
#include "rest/routes/health.h"
#include "rest/routes/horses.h"
#include "rest/routes/jobs.h"
#include "rest/routes/lots.h"
#include "rest/routes/me.h"
#include "rest/routes/media.h"
#include "rest/routes/nodes.h"
#include "rest/routes/notifications.h"
#include "rest/routes/parties.h"
#include "rest/routes/registrations.h"
#include "rest/routes/reports.h"
#include "rest/routes/sale_commands.h"
#include "rest/routes/sales.h"
#include "rest/routes/users.h"
#include "rest/routes/watchlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_MAX 128

#define ROUTE(verb, path, to_group, who, call, ...)                                                          \
    {                                                                                                        \
        .pattern = (path), .method = METHOD_##verb, .group = GROUP_##to_group, .roles = ROLES_##who,         \
        .handler = (call), __VA_ARGS__                                                                       \
    }
#define DOCS(path, which)                                                                                    \
    ROUTE(GET, path, SYSTEM, ANYONE, docs_get, .flags = ROUTE_OPEN, .argument = DOCS_##which)
#define SYSTEM(path, call) ROUTE(GET, path, SYSTEM, ANYONE, call, .flags = ROUTE_OPEN)
#define COMMAND(name, kind)                                                                                  \
    ROUTE(POST, "/api/auctions/{id}/" name, COMMANDS, OFFICE, command_post, .flags = ROUTE_UNLIMITED,        \
          .body = &command_bodies[COMMAND_##kind], .argument = COMMAND_##kind)

/* clang-format off */
static const struct route routes[] = {
    ROUTE(GET,   "/api/auctions",                          CATALOGUE,     ANYONE,    auctions_get, .query = &auctions_query),
    ROUTE(POST,  "/api/auctions",                          CATALOGUE,     OFFICE,    auctions_post, .body = &auction_create_body),
    ROUTE(GET,   "/api/auctions/{id}",                     CATALOGUE,     ANYONE,    auction_get),
    ROUTE(PATCH, "/api/auctions/{id}",                     CATALOGUE,     OFFICE,    auction_patch, .flags = ROUTE_IF_MATCH, .body = &auction_update_body),
    ROUTE(DELETE,"/api/auctions/{id}",                     CATALOGUE,     OFFICE,    auction_delete, .flags = ROUTE_IF_MATCH),
    ROUTE(GET,   "/api/auctions/{id}/bids",                LEDGER,        ANYONE,    bids_get, .query = &bids_query),
    ROUTE(POST,  "/api/auctions/{id}/bids",                BIDS,          BIDDERS,   bid_post, .flags = ROUTE_UNLIMITED, .body = &bid_body, .refused = bid_refused),
    ROUTE(GET,   "/api/auctions/{id}/bids/by-id/{uuid}",   LEDGER,        LOGGED_IN, bid_fate_get),
    ROUTE(GET,   "/api/auctions/{id}/bids/me",             LEDGER,        LOGGED_IN, lot_bids_mine_get, .query = &my_bids_query),
    ROUTE(GET,   "/api/auctions/{id}/events",              LEDGER,        ANYONE,    events_get, .query = &events_query),
    COMMAND("extend", EXTEND),
    COMMAND("hammer", HAMMER),
    ROUTE(DELETE, "/api/auctions/{id}/maximum",            BIDS,          BIDDERS,   maximum_delete, .flags = ROUTE_UNLIMITED, .refused = bid_refused),
    COMMAND("message", MESSAGE),
    COMMAND("pass", PASS),
    COMMAND("pause", PAUSE),
    COMMAND("reopen", REOPEN),
    COMMAND("reserve", RESERVE),
    COMMAND("resume", RESUME),
    COMMAND("schedule", SCHEDULE),
    COMMAND("start", START),
    COMMAND("step", STEP),
    COMMAND("undo", UNDO),
    ROUTE(GET,   "/api/auctions/{id}/verification",        LEDGER,        ANYONE,    verification_get, .flags = ROUTE_SLOW),
    COMMAND("warn", WARN),
    COMMAND("withdraw", WITHDRAW),
    ROUTE(POST,  "/api/auth/confirm",                      AUTH,          ANYONE,    confirm_post, .flags = ROUTE_ANY_TOKEN, .body = &confirm_body, .check = ticket_check),
    ROUTE(POST,  "/api/auth/confirm/again",                AUTH,          LOGGED_IN, confirm_again_post, .check = ticket_check),
    ROUTE(POST,  "/api/auth/email",                        AUTH,          LOGGED_IN, email_post, .flags = ROUTE_SLOW, .body = &email_body, .check = email_check),
    ROUTE(POST,  "/api/auth/login",                        AUTH,          ANYONE,    login_post, .flags = ROUTE_SLOW | ROUTE_ANY_TOKEN, .body = &login_body, .check = login_check),
    ROUTE(POST,  "/api/auth/logout",                       AUTH,          ANYONE,    logout_post, .flags = ROUTE_ANY_TOKEN, .body = &logout_body),
    ROUTE(GET,   "/api/auth/me",                           AUTH,          LOGGED_IN, me_get),
    ROUTE(PATCH, "/api/auth/me",                           AUTH,          LOGGED_IN, me_patch, .flags = ROUTE_IF_MATCH, .body = &me_body),
    ROUTE(POST,  "/api/auth/password",                     AUTH,          LOGGED_IN, password_post, .flags = ROUTE_SLOW, .body = &password_body, .check = own_password_check),
    ROUTE(POST,  "/api/auth/password/forgotten",           AUTH,          ANYONE,    forgotten_post, .flags = ROUTE_ANY_TOKEN, .body = &forgotten_body, .check = forgotten_check),
    ROUTE(POST,  "/api/auth/password/reset",               AUTH,          ANYONE,    reset_post, .flags = ROUTE_SLOW | ROUTE_ANY_TOKEN, .body = &reset_body, .check = ticket_check),
    ROUTE(POST,  "/api/auth/refresh",                      AUTH,          ANYONE,    refresh_post, .flags = ROUTE_ANY_TOKEN, .body = &refresh_body),
    ROUTE(POST,  "/api/auth/register",                     AUTH,          ANYONE,    register_post, .flags = ROUTE_SLOW | ROUTE_ANY_TOKEN, .body = &register_body, .check = register_check),
    ROUTE(GET,   "/api/auth/sessions",                     AUTH,          LOGGED_IN, own_sessions_get, .query = &own_sessions_query),
    ROUTE(DELETE,"/api/auth/sessions",                     AUTH,          LOGGED_IN, own_sessions_delete),
    ROUTE(DELETE,"/api/auth/sessions/{id}",                AUTH,          LOGGED_IN, own_session_delete),
    ROUTE(GET,   "/api/bids",                              LEDGER,        LOGGED_IN, my_bids_get, .query = &my_bids_query),
    ROUTE(GET,   "/api/config",                            CATALOGUE,     ANYONE,    config_get),
    DOCS("/api/docs",                      PAGE),
    DOCS("/api/docs/docs.css",             STYLE),
    DOCS("/api/docs/docs.js",              SCRIPT),
    DOCS("/api/docs/swagger-ui-bundle.js", SWAGGER_SCRIPT),
    DOCS("/api/docs/swagger-ui.css",       SWAGGER_STYLE),
    ROUTE(GET,   "/api/horses",                            CATALOGUE,     ANYONE,    horses_get, .query = &horses_query),
    ROUTE(POST,  "/api/horses",                            CATALOGUE,     OFFICE,    horses_post, .body = &horse_create_body),
    ROUTE(GET,   "/api/horses/{id}",                       CATALOGUE,     ANYONE,    horse_get),
    ROUTE(PATCH, "/api/horses/{id}",                       CATALOGUE,     OFFICE,    horse_patch, .flags = ROUTE_IF_MATCH, .body = &horse_update_body),
    ROUTE(DELETE,"/api/horses/{id}",                       CATALOGUE,     OFFICE,    horse_delete, .flags = ROUTE_IF_MATCH | ROUTE_SLOW),
    ROUTE(GET,   "/api/horses/{id}/disclosures",           CATALOGUE,     ANYONE,    disclosures_get, .query = &disclosures_query),
    ROUTE(POST,  "/api/horses/{id}/disclosures",           CATALOGUE,     OFFICE,    disclosures_post, .body = &disclosure_body),
    ROUTE(GET,   "/api/horses/{id}/media",                 CATALOGUE,     ANYONE,    media_of_horse_get),
    ROUTE(POST,  "/api/horses/{id}/media",                 CATALOGUE,     OFFICE,    media_post, .query = &media_upload_query, .spool = "MEDIA_BYTES", .check = media_post_check),
    ROUTE(POST,  "/api/horses/{id}/media/links",           CATALOGUE,     OFFICE,    media_links_post, .body = &media_links_body),
    ROUTE(PUT,   "/api/horses/{id}/media/order",           CATALOGUE,     OFFICE,    media_order_put, .body = &media_order_body),
    ROUTE(GET,   "/api/jobs",                              SYSTEM,        ADMINS,    jobs_get, .query = &jobs_query),
    ROUTE(POST,  "/api/jobs/{id}/retry",                   SYSTEM,        ADMINS,    job_retry_post),
    ROUTE(GET,   "/api/media/{id}",                        CATALOGUE,     ANYONE,    media_get),
    ROUTE(PATCH, "/api/media/{id}",                        CATALOGUE,     OFFICE,    media_patch, .flags = ROUTE_IF_MATCH, .body = &media_update_body),
    ROUTE(DELETE,"/api/media/{id}",                        CATALOGUE,     OFFICE,    media_delete, .flags = ROUTE_IF_MATCH | ROUTE_SLOW),
    ROUTE(GET,   "/api/media/{id}/content",                CATALOGUE,     ANYONE,    media_content_get, .flags = ROUTE_UNLIMITED, .query = &media_content_query),
    ROUTE(PUT,   "/api/media/{id}/content",                CATALOGUE,     OFFICE,    media_content_put, .flags = ROUTE_IF_MATCH, .spool = "MEDIA_BYTES", .check = media_content_put_check),
    ROUTE(POST,  "/api/media/{id}/link",                   CATALOGUE,     LOGGED_IN, media_link_post),
    ROUTE(GET,   "/api/media/{id}/views",                  CATALOGUE,     OFFICE,    media_views_get, .query = &media_views_query),
    ROUTE(GET,   "/api/my/lots",                           PERSONAL,      LOGGED_IN, my_lots_get, .query = &my_lots_query),
    ROUTE(GET,   "/api/my/registrations",                  PERSONAL,      LOGGED_IN, my_registrations_get, .query = &my_registrations_query),
    ROUTE(GET,   "/api/nodes",                             SYSTEM,        ADMINS,    nodes_get, .flags = ROUTE_UNLIMITED),
    ROUTE(GET,   "/api/notifications",                     PERSONAL,      LOGGED_IN, notifications_get, .query = &notifications_query),
    ROUTE(POST,  "/api/notifications/read",                PERSONAL,      LOGGED_IN, notifications_read_post, .body = &notifications_read_body),
    ROUTE(GET,   "/api/notifications/settings",            PERSONAL,      LOGGED_IN, notification_settings_get),
    ROUTE(PUT,   "/api/notifications/settings",            PERSONAL,      LOGGED_IN, notification_settings_put, .body = &notification_settings_body),
    ROUTE(POST,  "/api/notifications/{id}/read",           PERSONAL,      LOGGED_IN, notification_read_post),
    DOCS("/api/openapi.yaml",              CONTRACT),
    ROUTE(GET,   "/api/parties",                           CATALOGUE,     OFFICE,    parties_get, .query = &parties_query),
    ROUTE(POST,  "/api/parties",                           CATALOGUE,     OFFICE,    parties_post, .body = &party_create_body),
    ROUTE(GET,   "/api/parties/{id}",                      CATALOGUE,     OFFICE,    party_get),
    ROUTE(PATCH, "/api/parties/{id}",                      CATALOGUE,     OFFICE,    party_patch, .flags = ROUTE_IF_MATCH, .body = &party_update_body),
    ROUTE(DELETE,"/api/parties/{id}",                      CATALOGUE,     OFFICE,    party_delete, .flags = ROUTE_IF_MATCH),
    ROUTE(PUT,   "/api/parties/{id}/users/{id}",           CATALOGUE,     OFFICE,    party_user_put),
    ROUTE(DELETE,"/api/parties/{id}/users/{id}",           CATALOGUE,     OFFICE,    party_user_delete),
    ROUTE(GET,   "/api/reports/auctions/{id}",             REPORTS,       ANYONE,    report_auction_get, .flags = ROUTE_REPORT, .query = &report_query),
    ROUTE(GET,   "/api/reports/audit",                     REPORTS,       OFFICE,    report_audit_get, .flags = ROUTE_REPORT, .query = &report_audit_query),
    ROUTE(GET,   "/api/reports/sales/{id}",                REPORTS,       ANYONE,    report_sale_get, .flags = ROUTE_REPORT, .query = &report_query),
    ROUTE(GET,   "/api/reports/sales/{id}/bidders",        REPORTS,       OFFICE,    report_bidders_get, .flags = ROUTE_REPORT, .query = &report_query),
    ROUTE(GET,   "/api/sales",                             CATALOGUE,     ANYONE,    sales_get, .query = &sales_query),
    ROUTE(POST,  "/api/sales",                             CATALOGUE,     OFFICE,    sales_post, .body = &sale_create_body),
    ROUTE(GET,   "/api/sales/{id}",                        CATALOGUE,     ANYONE,    sale_get),
    ROUTE(PATCH, "/api/sales/{id}",                        CATALOGUE,     OFFICE,    sale_patch, .flags = ROUTE_IF_MATCH, .body = &sale_update_body),
    ROUTE(DELETE,"/api/sales/{id}",                        CATALOGUE,     OFFICE,    sale_delete, .flags = ROUTE_IF_MATCH),
    ROUTE(GET,   "/api/sales/{id}/lots",                   CATALOGUE,     OFFICE,    lots_get, .flags = ROUTE_SLOW),
    ROUTE(POST,  "/api/sales/{id}/lots",                   CATALOGUE,     OFFICE,    lots_post, .query = &lots_import_query, .spool = "IMPORT_BYTES", .spool_types = lots_import_types),
    ROUTE(POST,  "/api/sales/{id}/lots/order",             CATALOGUE,     OFFICE,    lots_order_post, .body = &lots_order_body),
    ROUTE(POST,  "/api/sales/{id}/pause",                  COMMANDS,      OFFICE,    sale_command_post, .flags = ROUTE_SLOW | ROUTE_UNLIMITED, .body = &sale_command_bodies[COMMAND_PAUSE], .argument = COMMAND_PAUSE),
    ROUTE(GET,   "/api/sales/{id}/registrations",          REGISTRATIONS, OFFICE,    registrations_get, .query = &registrations_query),
    ROUTE(POST,  "/api/sales/{id}/registrations",          REGISTRATIONS, OFFICE,    registrations_post, .body = &registration_body),
    ROUTE(GET,   "/api/sales/{id}/registrations/me",       REGISTRATIONS, LOGGED_IN, registration_me_get),
    ROUTE(PUT,   "/api/sales/{id}/registrations/me",       REGISTRATIONS, OUTSIDE,   registration_me_put, .body = &application_body),
    ROUTE(DELETE,"/api/sales/{id}/registrations/me",       REGISTRATIONS, OUTSIDE,   registration_me_delete),
    ROUTE(GET,   "/api/sales/{id}/registrations/{id}",     REGISTRATIONS, OFFICE,    registration_get),
    ROUTE(PATCH, "/api/sales/{id}/registrations/{id}",     REGISTRATIONS, OFFICE,    registration_patch, .flags = ROUTE_IF_MATCH, .body = &registration_change_body),
    ROUTE(POST,  "/api/sales/{id}/resume",                 COMMANDS,      OFFICE,    sale_command_post, .flags = ROUTE_SLOW | ROUTE_UNLIMITED, .body = &sale_command_bodies[COMMAND_RESUME], .argument = COMMAND_RESUME),
    ROUTE(GET,   "/api/users",                             USERS,         ADMINS,    users_get, .query = &users_query),
    ROUTE(POST,  "/api/users",                             USERS,         ADMINS,    users_post, .flags = ROUTE_SLOW, .body = &user_create_body, .check = user_create_check),
    ROUTE(GET,   "/api/users/{id}",                        USERS,         ADMINS,    user_get),
    ROUTE(PATCH, "/api/users/{id}",                        USERS,         ADMINS,    user_patch, .flags = ROUTE_IF_MATCH, .body = &user_update_body),
    ROUTE(DELETE,"/api/users/{id}",                        USERS,         ADMINS,    user_delete, .flags = ROUTE_IF_MATCH),
    ROUTE(GET,   "/api/users/{id}/sessions",               USERS,         ADMINS,    user_sessions_get, .query = &own_sessions_query),
    ROUTE(DELETE,"/api/users/{id}/sessions",               USERS,         ADMINS,    user_sessions_delete),
    ROUTE(GET,   "/api/watchlist",                         PERSONAL,      LOGGED_IN, watchlist_get, .query = &watchlist_query),
    ROUTE(PUT,   "/api/watchlist/{id}",                    PERSONAL,      LOGGED_IN, watchlist_put),
    ROUTE(DELETE, "/api/watchlist/{id}",                   PERSONAL,      LOGGED_IN, watchlist_delete),
    SYSTEM("/health", health_get),
    SYSTEM("/metrics", metrics_get),
    SYSTEM("/ready", ready_get),
};
/* clang-format on */

#define ROUTES (sizeof routes / sizeof routes[0])

static int compare(const struct route *a, const struct route *b)
{
    int order = strcmp(a->pattern, b->pattern);
    return order != 0 ? order : (int)a->method - (int)b->method;
}

void router_check(void)
{
    for (size_t i = 1; i < ROUTES; i++) {
        if (compare(&routes[i - 1], &routes[i]) >= 0) {
            fprintf(stderr, "router: the row after %s is out of order\n", routes[i - 1].pattern);
            abort();
        }
    }
    for (size_t i = 0; i < ROUTES; i++) {
        if (routes[i].spool != NULL && (routes[i].body != NULL || (routes[i].flags & ROUTE_SLOW) != 0)) {
            fprintf(stderr, "router: %s has two ways to take its body\n", routes[i].pattern);
            abort();
        }
    }
}

static bool parse_id(const char *text, size_t size, int64_t *out)
{
    if (size == 0 || size > 18 || text[0] == '0' || strspn(text, "0123456789") < size)
        return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

static bool parse_uuid(const char *text, size_t size, struct uuid *out)
{
    char copy[UUID_TEXT_SIZE];
    if (size != sizeof copy - 1)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return uuid_parse(copy, out);
}

/* Writes the path's pattern; false for a path that cannot have one: it is too long, has an encoded character,
 * or says {id} itself. */
static bool write_pattern(const char *path, struct match *match, char pattern[PATTERN_MAX])
{
    struct buffer out;
    buffer_init_fixed(&out, pattern, PATTERN_MAX);
    if (strpbrk(path, "%{") != NULL)
        return false;
    while (*path == '/') {
        size_t size = strcspn(path + 1, "/");
        buffer_append_text(&out, "/");
        int64_t *id = match->id == 0 ? &match->id : &match->sub_id;
        if (*id == 0 && parse_id(path + 1, size, id))
            buffer_append_text(&out, "{id}");
        else if (uuid_is_nil(match->uuid) && parse_uuid(path + 1, size, &match->uuid))
            buffer_append_text(&out, "{uuid}");
        else
            buffer_append(&out, path + 1, size);
        path += 1 + size;
    }
    return *path == '\0' && out.size > 0 && !out.failed;
}

/* The first row that is not before `key`. */
static size_t lower_bound(const struct route *key)
{
    size_t low = 0, high = ROUTES;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(&routes[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void list_methods(const char *pattern, char *out, size_t room)
{
    static const char *const names[] = {
        [METHOD_GET] = "GET, HEAD", [METHOD_POST] = "POST",     [METHOD_PATCH] = "PATCH",
        [METHOD_PUT] = "PUT",       [METHOD_DELETE] = "DELETE",
    };
    struct buffer list;
    buffer_init_fixed(&list, out, room);
    for (size_t i = lower_bound(&(struct route){.pattern = pattern}); i < ROUTES; i++) {
        if (strcmp(routes[i].pattern, pattern) != 0)
            break;
        buffer_append_format(&list, "%s%s", list.size > 0 ? ", " : "", names[routes[i].method]);
    }
}

void router_find(enum method method, const char *path, struct match *out)
{
    *out = (struct match){0};
    char pattern[PATTERN_MAX] = "";
    if (!write_pattern(path, out, pattern))
        return;
    struct route key = {.pattern = pattern, .method = method};
    size_t at = lower_bound(&key);
    if (at < ROUTES && compare(&routes[at], &key) == 0)
        out->route = &routes[at];
    else
        list_methods(pattern, out->allow, sizeof out->allow);
}
