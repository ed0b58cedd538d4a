/* What more than one key or section has to say about: names that must exist, keys that need or exclude each
 * other, and the warnings of contract "configuration". Internal to config/. */
#ifndef NEWSALERTD_CONFIG_CHECK_H
#define NEWSALERTD_CONFIG_CHECK_H

#include "config/build.h"

void check_all(struct build *b);

/* A command's program that is not there is warned of. */
void check_program(struct build *b, const struct raw_section *s, const char *command);

/* check_notify.c: one [notify] section. */
void check_notify(struct build *b, const struct raw_section *s, struct config_notify *n);

#endif
