/* Public facts, from the tables that the programs themselves go by. */
#include "rest/routes/config.h"

#include "core/auth/password.h"
#include "core/base/clock.h"
#include "core/domain/auction.h"
#include "rest/resource.h"
#include "rest/routes/horses.h"

static void write_words(struct json *json, const char *name, const char *const *words)
{
    json_array(json, name);
    for (; *words != NULL; words++)
        json_text(json, NULL, *words);
    json_array_end(json);
}

static void write_limits(struct json *json, const struct config *config)
{
    json_object(json, "limits");
    json_int(json, "amountMax", MONEY_MAX);
    json_int(json, "passwordMin", PASSWORD_LENGTH_MIN);
    json_int(json, "passwordMax", PASSWORD_LENGTH_MAX);
    json_int(json, "pageMax", PAGE_MAX);
    json_int(json, "visitorPerMinute", config_int(config, "LIMIT_VISITOR_PER_MINUTE"));
    json_int(json, "userPerMinute", config_int(config, "LIMIT_USER_PER_MINUTE"));
    json_object_end(json);
}

static void write_sale_defaults(struct json *json)
{
    const struct auction_rules *rules = &auction_rules_default;
    json_object(json, "saleDefaults");
    json_array(json, "ladder");
    for (int i = 0; i < ladder_default.count; i++) {
        json_object(json, NULL);
        json_int(json, "below", ladder_default.rungs[i].below);
        json_int(json, "step", ladder_default.rungs[i].step);
        json_object_end(json);
    }
    json_array_end(json);
    json_object(json, "rules");
    json_int(json, "durationMs", rules->duration_ms);
    json_int(json, "extensionWindowMs", rules->extension_window_ms);
    json_int(json, "extensionMs", rules->extension_ms);
    json_int(json, "lateMs", rules->late_ms);
    json_int(json, "closeGraceMs", rules->close_grace_ms);
    json_text(json, "extensionMode", extension_mode_name(rules->mode));
    json_int(json, "maxExtensions", rules->max_extensions);
    json_object_end(json);
    json_int(json, "taxRateBp", 1000);
    json_object_end(json);
}

void config_get(struct request *request, struct response *response)
{
    static const char *const languages[] = {"ja", "en", NULL};
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_text(&json, "version", SERI_VERSION);
    json_int(&json, "serverMs", clock_wall_ms());
    write_words(&json, "languages", languages);
    write_words(&json, "sexes", horse_sexes);
    write_words(&json, "coatColours", horse_coat_colours);
    write_limits(&json, request->service->config);
    write_sale_defaults(&json);
    json_object_end(&json);
}
