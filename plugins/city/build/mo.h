/* Message catalogues of gettext, as libgeonames-common brings them. Read at build time only. */
#ifndef CITY_MO_H
#define CITY_MO_H

#include <stddef.h>

struct mo;
/* FOLDER/LANGUAGE/LC_MESSAGES/geonames.mo; NULL: not there, or none. Never freed. */
struct mo *mo_open(const char *folder, const char *language);
const char *mo_get(const struct mo *m, const char *key); /* NULL: has none, or m is NULL */
size_t mo_count(const struct mo *m);
const char *mo_key(const struct mo *m, size_t i);
const char *mo_value(const struct mo *m, size_t i);

#endif
