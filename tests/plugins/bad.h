/* What the plugins of the tests share. Most of them are bad on purpose, in one way each, which their first
 * line names. They are not installed. */
#ifndef NEWSALERTD_TESTS_BAD_H
#define NEWSALERTD_TESTS_BAD_H

#include <newsalert_plugin.h>

#include <stdlib.h>
#include <string.h>

static inline int bad_compile_nothing(void *self, const struct na_compile *c, void **ret_set) {
    (void)self, (void)c;
    *ret_set = NULL;
    return NA_OK;
}
static inline int bad_match_nothing(void *self, const void *set, const struct na_item *item,
                                    const struct na_match *m) {
    (void)self, (void)set, (void)item, (void)m;
    return NA_OK;
}
static inline void bad_release_nothing(void *self, void *set) {
    (void)self, (void)set;
}

/* A description with one prefix; further members may follow. */
#define BAD_MATCHER(compile_, match_, ...)                                                                   \
    static const char *const prefixes[] = {__VA_ARGS__, NULL};                                               \
    static const struct na_matcher matcher = {sizeof matcher, prefixes, compile_, match_, bad_release_nothing}
#define BAD_NOTHING(...) BAD_MATCHER(bad_compile_nothing, bad_match_nothing, __VA_ARGS__)
#define BAD_PLUGIN(name_, ...)                                                                               \
    static const struct na_plugin plugin = {.size = sizeof plugin,                                           \
                                            .name = name_,                                                   \
                                            .version = "0",                                                  \
                                            .license = "Apache-2.0",                                         \
                                            .summary = "for tests",                                          \
                                            __VA_ARGS__};                                                    \
    const struct na_plugin *newsalert_plugin_1(void) {                                                       \
        return &plugin;                                                                                      \
    }

#endif
