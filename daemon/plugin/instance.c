#include "plugin/instance.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

/* Bytes of the character at `text`, 0 when it is none (RFC 3629). */
static size_t utf8_len(const unsigned char *t, size_t len) {
    static const unsigned char least2[] = {0xa0, 0x90}; /* of E0, F0: longer forms than needed */
    size_t n = *t < 0x80                 ? 1
               : *t >= 0xc2 && *t < 0xe0 ? 2
               : (*t & 0xf0) == 0xe0     ? 3
               : *t >= 0xf0 && *t < 0xf5 ? 4
                                         : 0;
    if (!n || n > len || !*t) return 0;
    for (size_t i = 1; i < n; i++)
        if ((t[i] & 0xc0) != 0x80) return 0;
    if ((*t == 0xe0 && t[1] < least2[0]) || (*t == 0xf0 && t[1] < least2[1])) return 0;
    if ((*t == 0xed && t[1] > 0x9f) || (*t == 0xf4 && t[1] > 0x8f)) return 0;
    return n;
}

bool instance_is_utf8(const char *text, size_t len) {
    for (size_t at = 0, n; at < len; at += n)
        if (!(n = utf8_len((const unsigned char *)text + at, len - at))) return false;
    return true;
}

char *instance_clean(const char *text, size_t len, size_t max, char *out) {
    size_t at = 0, to = 0;
    while (at < len) {
        size_t n = utf8_len((const unsigned char *)text + at, len - at);
        if (to + (n ? n : 1) > max) break;
        if (n)
            memcpy(out + to, text + at, n);
        else
            out[to] = '?';
        at += n ? n : 1;
        to += n ? n : 1;
    }
    out[to] = '\0';
    return out;
}

void instance_log(const char *plugin, const char *section, int level, const char *line) {
    enum log_level l = level <= 3   ? LOG_LEVEL_ERROR
                       : level == 4 ? LOG_LEVEL_WARNING
                       : level <= 6 ? LOG_LEVEL_INFO
                                    : LOG_LEVEL_DEBUG;
    char text[1024];
    instance_clean(line ? line : "", line ? strnlen(line, sizeof text) : 0, sizeof text - 1, text);
    for (char *c = text; *c; c++)
        if (*c == '\n') *c = ' ';
    log_about(l, "PLUGIN", plugin, "plugin %s%s%s: %s", plugin, section ? " for " : "",
              section ? section : "", text);
}

static void host_log(void *ctx, int level, const char *line) {
    struct plugin *p = ctx;
    instance_log(p->description->name, NULL, level, line);
}

static const char *host_option(void *ctx, const char *name) {
    struct plugin *p = ctx;
    return name ? option_set_get(&p->options, name) : NULL;
}

static int host_data(void *ctx, const char *name) {
    struct plugin *p = ctx;
    AUTOFREE char *why = NULL;
    int fd = module_data(p->module, name ? name : "", p->builtin, p->data_folder, &p->trust, &why);
    if (why)
        log_about(LOG_LEVEL_ERROR, "PLUGIN", p->description->name,
                  "plugin %s asked for its data file \"%.200s\": %s", p->description->name, name ? name : "",
                  why);
    return fd;
}

/* Nothing yet: what is rare and later can be asked for by name. */
static const void *host_extension(void *ctx, const char *id) {
    (void)ctx, (void)id;
    return NULL;
}

struct plugin *instance_new(const struct module *module, bool builtin, const struct trust *trust,
                            const char *data_folder, struct option_set *options) {
    struct plugin *p = xcalloc(1, sizeof *p);
    *p = (struct plugin){.module = module,
                         .description = module->description,
                         .builtin = builtin,
                         .trust = *trust,
                         .data_folder = xstrdup_or_null(data_folder),
                         .options = *options,
                         .host = {.size = sizeof p->host,
                                  .ctx = p,
                                  .log = host_log,
                                  .option = host_option,
                                  .data = host_data,
                                  .extension = host_extension}};
    *options = (struct option_set){0};
    health_init(&p->health, p->description->name);
    return p;
}

int instance_open(struct plugin *p) {
    void *self = NULL;
    if (p->description->open && p->description->open(&p->host, &self) != NA_OK) return -1;
    p->self = self;
    p->opened = true;
    return 0;
}

struct plugin *instance_free(struct plugin *p) {
    if (!p) return NULL;
    if (p->opened && p->description->close) p->description->close(p->self);
    option_set_clear(&p->options);
    health_clear(&p->health);
    free(p->data_folder);
    free(p);
    return NULL;
}
