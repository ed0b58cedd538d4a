/* A table of cities in memory, of one place: for the unit test and the fuzzer. */
#ifndef CITY_TABLE_H
#define CITY_TABLE_H

#include "city/format.h"

#include <string.h>

struct table {
    struct city_head head;
    struct city_place places[2]; /* 28 bytes each: two fill seven times eight */
    struct city_region regions[2];
    struct city_name names[2];
    uint32_t slots[4];
    uint32_t refs[2];
    char texts[32];
};

static inline void table_seal(struct table *t) {
    t->head.size = sizeof *t;
    t->head.checksum = city_checksum(&t->head + 1, sizeof *t - sizeof t->head);
}

static inline void table_fill(struct table *t) {
    static const char texts[32] = "alpha town\0Alpha Town\0France";
    memset(t, 0, sizeof *t);
    memcpy(t->head.magic, CITY_MAGIC, sizeof t->head.magic);
    t->head.order = CITY_ORDER;
    t->head.version = CITY_VERSION;
    t->places[0] = (struct city_place){
        .geonameid = 7, .population = 90000, .log_people = 4956, .name = 11, .admin = CITY_NONE};
    t->places[1] = t->places[0];
    memcpy(t->regions[0].code, "FR", 2);
    t->regions[0].name = 22;
    t->regions[1] = t->regions[0];
    /* The longer name, and its first word, by which it is found. */
    t->names[0] = (struct city_name){.key = 0, .key_len = 10, .n_refs = 2};
    t->names[1] = (struct city_name){.key = 0, .key_len = 5, .longest = 2};
    t->refs[0] = 0, t->refs[1] = 1;
    memcpy(t->texts, texts, sizeof t->texts);
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t h = city_hash(CITY_HASH_START, t->texts + t->names[i].key, t->names[i].key_len);
        uint32_t at = city_slot(h, 4);
        while (t->slots[at]) at = (at + 1) & 3;
        t->slots[at] = i + 1;
    }
#define PART(s, member, count)                                                                               \
    (t->head.sections[s].offset = (uint32_t)((char *)t->member - (char *)t), t->head.sections[s].n = (count))
    PART(SECTION_PLACES, places, 2);
    PART(SECTION_REGIONS, regions, 2);
    PART(SECTION_NAMES, names, 2);
    PART(SECTION_SLOTS, slots, 4);
    PART(SECTION_REFS, refs, 2);
    PART(SECTION_TEXTS, texts, 32);
#undef PART
    table_seal(t);
}

#endif
