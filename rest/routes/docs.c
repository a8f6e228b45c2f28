/* The contract and a page to read it by. The files are assembled into the program, so that it always tells
 * its own contract and looks for nothing at run time. The page runs no script but its own and speaks to
 * nobody else; Swagger UI places things by style attributes, hence its inline styles. */
#include "rest/routes/docs.h"

#include "rest/request.h"

#define POLICY                                                                                               \
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "        \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* The bytes of a file of the project, from `name` to `name`_end. */
#define EMBED(name, path)                                                                                    \
    __asm__(".pushsection .rodata\n"                                                                         \
            ".balign 16\n" #name ":\n"                                                                       \
            ".incbin \"" SERI_SOURCE_DIR "/rest/" path "\"\n" #name "_end:\n"                                \
            ".byte 0\n"                                                                                      \
            ".popsection\n");                                                                                \
    extern const char name[] __asm__(#name), name##_end[] __asm__(#name "_end")

EMBED(docs_page, "docs/index.html");
EMBED(docs_style, "docs/docs.css");
EMBED(docs_script, "docs/docs.js");
EMBED(docs_swagger_style, "docs/swagger-ui.css");
EMBED(docs_swagger_script, "docs/swagger-ui-bundle.js");
EMBED(docs_contract, "openapi.yaml");

static const struct {
    const char *type, *begin, *end;
} files[DOCS_COUNT] = {
    [DOCS_PAGE] = {"text/html; charset=utf-8",       docs_page,           docs_page_end          },
    [DOCS_STYLE] = {"text/css; charset=utf-8",        docs_style,          docs_style_end         },
    [DOCS_SCRIPT] = {"text/javascript; charset=utf-8", docs_script,         docs_script_end        },
    [DOCS_SWAGGER_STYLE] = {"text/css; charset=utf-8",        docs_swagger_style,  docs_swagger_style_end },
    [DOCS_SWAGGER_SCRIPT] = {"text/javascript; charset=utf-8", docs_swagger_script, docs_swagger_script_end},
    [DOCS_CONTRACT] = {"application/yaml",               docs_contract,       docs_contract_end      },
};

void docs_get(struct request *request, struct response *response)
{
    enum docs_file which = (enum docs_file)request->route->argument;
    response_empty(response, 200);
    response->content_type = files[which].type;
    buffer_append(&response->body, files[which].begin, (size_t)(files[which].end - files[which].begin));
    response_header(response, "Cache-Control", "public, max-age=300");
    response_header(response, "Content-Security-Policy", "%s", POLICY);
    response_header(response, "X-Content-Type-Options", "nosniff");
    response_header(response, "Referrer-Policy", "same-origin");
}
