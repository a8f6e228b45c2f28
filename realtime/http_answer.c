#include "realtime/http_answer.h"

#include "core/base/json.h"

enum { PROBLEM_MAX = 1024 /* bytes */ };

static const char *phrase_of(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"                   },
        {400, "Bad Request"          },
        {401, "Unauthorized"         },
        {404, "Not Found"            },
        {405, "Method Not Allowed"   },
        {426, "Upgrade Required"     },
        {429, "Too Many Requests"    },
        {500, "Internal Server Error"},
        {503, "Service Unavailable"  },
    };
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "";
}

void http_answer_write(struct buffer *out, int status, const char *type, const char *header, const char *body,
                       size_t size)
{
    buffer_append_format(out,
                         "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
                         "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
                         status, phrase_of(status), type, size, header != NULL ? header : "");
    buffer_append(out, body, size);
}

void http_answer_refuse(struct buffer *out, const struct refusal *refusal)
{
    char memory[PROBLEM_MAX];
    struct buffer body;
    buffer_init_fixed(&body, memory, sizeof memory);
    struct json json = json_start(&body);
    json_object(&json, NULL);
    json_text(&json, "type", "about:blank");
    json_text(&json, "title", refusal->title);
    json_int(&json, "status", refusal->status);
    json_text(&json, "code", refusal->code);
    json_object_end(&json);
    http_answer_write(out, refusal->status, "application/problem+json", refusal->header, body.data,
                      body.size);
}
