/* The mapped gazetteer: read-only, shared by all users of the file. Any thread. */
#ifndef CITY_DATA_H
#define CITY_DATA_H

#include "format.h"
#include "newsalert_plugin.h"

#include <stdbool.h>

struct city_data {
    const unsigned char *map;
    size_t size;
    const struct city_head *head;
    const struct city_place *places;
    const struct city_region *regions;
    const struct city_name *names;
    const uint32_t *slots, *refs;
    const char *texts;
    uint32_t n_places, n_regions, n_names, n_slots, n_refs, n_texts;
};

/* Why a file is refused: "is damaged", a constant text that goes on after its name, and by which byte. */
struct city_fault {
    size_t at;
    const char *why;
};

/* Maps the file of the descriptor, which stays the caller's. 0, or -1 and the fault. */
int city_data_open(struct city_data *d, int fd, struct city_fault *ret);
/* The same over bytes in memory (8-byte aligned), which must outlive d. */
int city_data_use(struct city_data *d, const void *bytes, size_t size, struct city_fault *ret);
void city_data_close(struct city_data *d);

/* The name with that hash and text, or NULL. `h`: city_hash over the text. */
const struct city_name *city_find(const struct city_data *d, uint64_t h, const char *text, size_t len);
/* The same of a hash alone over words that are not in one piece: words[0 … n-1] by stride, blanks between. */
const struct city_name *city_find_words(const struct city_data *d, uint64_t h, const struct na_word *words,
                                        size_t stride, size_t n);

static inline const char *city_text(const struct city_data *d, uint32_t at) {
    return d->texts + at;
}
/* "OR" of US.OR, "US" of US; "" for CITY_NONE. */
const char *city_region_code(const struct city_data *d, uint16_t region);
/* "Portland, Oregon, US" */
void city_place_text(const struct city_data *d, uint32_t place, char *out, size_t size);
double city_km(const struct city_place *a, const struct city_place *b);

#endif
