#include "deliver/render/render.h"

#include "base/time.h"

#include <strings.h>

#define PER_SECOND(n)                                                                                        \
    { (n), SECOND }

static const struct format formats[] = {
    {.name = "json",
     .content_type = "application/json",
     .rate = PER_SECOND(10),
     .burst = 5,
     .edits = true,
     .signs = true,
     .render = render_json},
    {.name = "slack",
     .content_type = "application/json",
     .success_body = "ok",
     .too_long = {"msg_too_long", "msg_blocks_too_long"},
     .rate = PER_SECOND(1),
     .burst = 5,
     .render = render_slack},
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
