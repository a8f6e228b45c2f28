/* Alive says that the program answers; ready says that sending it people is of use. */
#include "rest/routes/health.h"

#include "core/store/migrate.h"
#include "rest/request.h"

void health_get(struct request *request, struct response *response)
{
    (void)request;
    response_json(response, 200, "{\"status\":\"ok\"}");
}

void ready_get(struct request *request, struct response *response)
{
    struct error error;
    struct worker *worker = request->worker;
    bool postgresql = db_ready(worker->db, &error);
    bool schema = postgresql && migrate_is_current(worker->db, &error);
    bool redis = redis_blocking_ready(worker->redis, &error);
    bool draining = atomic_load(&request->service->draining);
    bool ready = postgresql && schema && redis && !draining;

    struct json json = response_json_start(response, ready ? 200 : 503);
    json_object(&json, NULL);
    json_bool(&json, "ready", ready);
    json_bool(&json, "postgresql", postgresql);
    json_bool(&json, "redis", redis);
    json_bool(&json, "schema", schema);
    json_bool(&json, "draining", draining);
    json_object_end(&json);
}

void metrics_get(struct request *request, struct response *response)
{
    (void)request;
    response_empty(response, 200);
    response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&response->body);
}
