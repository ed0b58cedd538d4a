#include "deliver/render/render.h"

#include "base/time.h"

#include <string.h>
#include <strings.h>

#define PER_SECOND(n)                                                                                        \
    { (n), SECOND }
#define JSON_TYPE .content_type = "application/json"

static const struct format_status apprise_special[] = {
    {204, OUTCOME_DEAD, "there is nothing under this key"},
    {424, OUTCOME_RETRY, "some of its targets failed"},
    {0, OUTCOME_SENT, NULL},
};

static const struct format formats[] = {
    {.name = "json",
     JSON_TYPE,
     .rate = PER_SECOND(10),
     .burst = 5,
     .edits = true,
     .signs = true,
     .render = render_json},
    {.name = "slack",
     JSON_TYPE,
     .success_body = "ok",
     .too_long = {"msg_too_long", "msg_blocks_too_long"},
     .rate = PER_SECOND(1),
     .burst = 5,
     .render = render_slack},
    {.name = "discord",
     JSON_TYPE,
     .success_member = "id",
     .wait_member = "retry_after",
     .wait_unit = SECOND,
     .too_long = {"BASE_TYPE_MAX_LENGTH", "MAX_EMBED_SIZE_EXCEEDED"},
     .rate = {5, 2 * SECOND},
     .burst = 5,
     .edits = true,
     .name_member = "id",
     .edit_method = "PATCH",
     .gone = {"10008"},
     .address = address_discord,
     .render = render_discord},
    {.name = "mattermost",
     JSON_TYPE,
     .success_body = "ok",
     .too_long = {"too_long", "too large"},
     .rate = PER_SECOND(1),
     .burst = 5,
     .render = render_mattermost},
    {.name = "rocketchat",
     JSON_TYPE,
     .success_member = "success",
     .too_long = {"message-size-exceeded"},
     .rate = PER_SECOND(1),
     .burst = 5,
     .render = render_rocketchat},
    {.name = "teams",
     JSON_TYPE,
     .too_long = {"RequestEntityTooLarge", "too large"},
     .rate = PER_SECOND(2),
     .burst = 5,
     .render = render_teams},
    {.name = "google-chat",
     JSON_TYPE,
     .success_member = "name",
     .too_long = {"too long", "exceeds"},
     .rate = PER_SECOND(1),
     .burst = 1,
     .address = address_google_chat,
     .render = render_google_chat},
    {.name = "zulip",
     .content_type = "application/x-www-form-urlencoded",
     .success_member = "result",
     .success_value = "success",
     .wait_member = "retry-after",
     .wait_unit = SECOND,
     .too_long = {"too long"},
     .rate = PER_SECOND(1),
     .burst = 5,
     .address = address_zulip,
     .render = render_zulip},
    {.name = "matrix",
     JSON_TYPE,
     .method = "PUT",
     .success_member = "event_id",
     .wait_member = "retry_after_ms",
     .wait_unit = 1,
     .too_long = {"M_TOO_LARGE"},
     .rate = PER_SECOND(1),
     .burst = 5,
     .edits = true,
     .name_member = "event_id",
     .address = address_matrix,
     .render = render_matrix},
    {.name = "telegram",
     JSON_TYPE,
     .success_member = "ok",
     .wait_member = "parameters.retry_after",
     .wait_unit = SECOND,
     .too_long = {"too long"},
     .rate = PER_SECOND(1),
     .burst = 5,
     .edits = true,
     .name_member = "result.message_id",
     .gone = {"message is not modified", "message to edit not found", "message can't be edited"},
     .auth = AUTH_PATH,
     .address = address_telegram,
     .render = render_telegram,
     .follow = follow_telegram},
    {.name = "ntfy",
     JSON_TYPE,
     .success_member = "id",
     .too_long = {"too large"},
     .rate = PER_SECOND(1),
     .burst = 5,
     .edits = true,
     .render = render_ntfy},
    {.name = "gotify",
     JSON_TYPE,
     .success_member = "id",
     .rate = PER_SECOND(10),
     .burst = 5,
     .auth = AUTH_GOTIFY,
     .address = address_gotify,
     .render = render_gotify},
    {.name = "apprise",
     JSON_TYPE,
     .special = apprise_special,
     .rate = PER_SECOND(10),
     .burst = 5,
     .render = render_apprise},
    {.name = "signal",
     JSON_TYPE,
     .rate = PER_SECOND(10),
     .burst = 5,
     .address = address_signal,
     .render = render_signal},
    /* Method, type and signs of success are the user's: http.c reads them from the notifier. */
    {.name = "custom", JSON_TYPE, .rate = PER_SECOND(10), .burst = 5, .render = render_custom},
};

const struct format *format_at(size_t i) {
    return i < sizeof formats / sizeof *formats ? &formats[i] : NULL;
}

const struct format *format_of(const char *name) {
    const struct format *f;
    for (size_t i = 0; (f = format_at(i)); i++)
        if (!strcasecmp(f->name, name ? name : "json")) return f;
    return NULL;
}

int render_base(const char *url, const char *path, struct buf *out) {
    size_t len = url ? strlen(url) : 0;
    while (len && url[len - 1] == '/') len--;
    buf_add(out, url ? url : "", len);
    return buf_adds(out, path);
}
