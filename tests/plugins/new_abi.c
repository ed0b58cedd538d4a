/* Newer ABI: every struct has members that this daemon does not know. It works. */
#include "bad.h"

static int match(void *self, const void *set, const struct na_item *item, const struct na_match *m) {
    (void)self;
    if (set && item->n_fields) m->emit(m->ctx, 0, item->fields->kind, item->fields->value, 0, 0, 1);
    return NA_OK;
}
static int compile(void *self, const struct na_compile *c, void **ret_set) {
    (void)self, (void)c;
    *ret_set = (void *)"set";
    return NA_OK;
}

struct new_option {
    struct na_option old;
    const char *since, *unit;
};
static const struct new_option options[] = {{{"radius", "int 1..500", "50", "How far."}, "1.1", "km"},
                                            {{"mode", "one-of near|far", "near", "Which."}, "1.1", NULL},
                                            {{NULL, NULL, NULL, NULL}, NULL, NULL}};
static const char *const prefixes[] = {"newabi", NULL};
static const struct {
    struct na_matcher old;
    int (*later)(void);
} matcher = {{sizeof matcher, prefixes, compile, match, bad_release_nothing}, NULL};
static const struct {
    struct na_plugin old;
    const char *home_page;
} plugin = {{.size = sizeof plugin,
             .name = "new_abi",
             .version = "9",
             .license = "Apache-2.0",
             .summary = "for tests",
             .options = &options[0].old,
             .option_stride = sizeof options[0],
             .matcher = &matcher.old},
            "https://plugins.example/"};
const struct na_plugin *newsalert_plugin_1(void) {
    return &plugin.old;
}
