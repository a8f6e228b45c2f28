/* Request heads before a WebSocket. A head is read alike whatever follows it and however it arrives, every
 * text of it lies within it, and none can smuggle a line. realtime/ is a program and no library, so its
 * source is taken in whole. */
#include "realtime/http_head.c"

#include "tests/fuzz/fuzz.h"

static void check_text(struct http_text text, const char *bytes, size_t used)
{
    REQUIRE(text.at >= bytes && text.size <= used && (size_t)(text.at - bytes) <= used - text.size);
    REQUIRE(memchr(text.at, '\r', text.size) == NULL && memchr(text.at, '\n', text.size) == NULL);
    REQUIRE(memchr(text.at, '\0', text.size) == NULL);
}

/* A list's elements are never empty and have no blanks around them. */
static void check_list(struct http_text list, const char *bytes, size_t used)
{
    struct http_text element;
    while (http_list_next(&list, &element)) {
        check_text(element, bytes, used);
        REQUIRE(element.size > 0 && memchr(element.at, ',', element.size) == NULL);
        REQUIRE(strchr(" \t", element.at[0]) == NULL && strchr(" \t", element.at[element.size - 1]) == NULL);
    }
    REQUIRE(list.size == 0);
}

static void check_head(const struct http_head *head, const char *bytes, size_t used)
{
    REQUIRE(used <= HTTP_HEAD_MAX && head->count <= HTTP_HEADERS_MAX);
    check_text(head->method, bytes, used);
    check_text(head->path, bytes, used);
    REQUIRE(head->method.size > 0 && head->path.size > 0 && head->path.at[0] == '/');
    REQUIRE(memchr(head->path.at, '?', head->path.size) == NULL);
    for (int i = 0; i < head->count; i++) {
        check_text(head->headers[i].name, bytes, used);
        check_text(head->headers[i].value, bytes, used);
        check_list(head->headers[i].value, bytes, used);
    }
    struct http_text value;
    int cursor = 0, found = 0;
    while (http_head_next(head, "host", &cursor, &value))
        found++;
    REQUIRE(http_head_only(head, "Host", &value) == (found == 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    static struct http_head head, again;
    size_t used = 0, used_again = 0;
    if (http_head_read(bytes, size, &head, &used) != HTTP_HEAD)
        return 0;
    REQUIRE(used <= size);
    check_head(&head, bytes, used);
    REQUIRE(http_head_read(bytes, used, &again, &used_again) == HTTP_HEAD && used_again == used);
    REQUIRE(again.count == head.count && again.path.size == head.path.size);
    REQUIRE(http_head_read(bytes, used - 1, &again, &used_again) == HTTP_MORE);
    return 0;
}
