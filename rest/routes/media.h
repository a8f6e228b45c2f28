/* Media of horses: what is known of them (media.c) and their files (media_files.c). */
#pragma once

#include "rest/resource.h"

#define MEDIA_PER_HORSE 100

enum media_kind { MEDIA_PHOTO, MEDIA_VIDEO, MEDIA_XRAY, MEDIA_VET_REPORT, MEDIA_DOCUMENT };

/** The words for kinds, in the order of the enum, NULL-terminated. */
extern const char *const media_kinds[];

extern const struct resource media_resource;

extern const struct schema media_upload_query, media_content_query, media_links_body, media_order_body,
    media_update_body, media_views_query;

route_check media_post_check, media_content_put_check;
route_handler media_of_horse_get, media_links_post, media_order_put, media_get, media_patch, media_delete,
    media_views_get;
route_handler media_post, media_content_put, media_content_get, media_link_post;

/** What a new row of media says; texts are borrowed. */
struct media_row {
    const char *kind, *caption;
    bool private;
    int64_t position; /* -1: at the end */
    const char *link; /* NULL: a file, as below */
    const char *location, *content_type;
    int64_t size;
    const uint8_t *digest;
    int64_t width, height; /* 0: not known */
};

/** Writes the row for the path's horse and answers 201 with it, or refuses. */
void media_create(struct request *request, struct response *response, const struct media_row *row);

/** Answers a write that has happened with what there is now. */
void media_show_written(struct request *request, struct response *response, int64_t id, int status);

/** Removes the files that no row names any more, some at a time. */
void media_sweep(struct request *request);
