/* The compiled gazetteer, city.bin: what build/compile.c writes and data.c maps. One file in the byte order
 * of the machine that made it, of a head, sections of fixed records, and one pool of texts. Whatever does not
 * fit (magic, order, version, size, checksum, an index that points past its section) is refused at open, so
 * that nothing has to be checked while matching.
 *
 * A name is its folded words (contract of words: query language, rule 4) joined by one blank. The hash table
 * maps names to records; a record with no references is there for its flags, or because a longer name begins
 * with this word. */
#ifndef CITY_FORMAT_H
#define CITY_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CITY_MAGIC   "nacity\r\n"
#define CITY_VERSION 4u
#define CITY_ORDER   0x01020304u
#define CITY_NONE    UINT16_MAX

enum city_section {
    SECTION_PLACES,
    SECTION_REGIONS,
    SECTION_NAMES,
    SECTION_SLOTS, /* uint32_t: number of a name + 1; 0: empty; a power of two of them */
    SECTION_REFS,  /* uint32_t: kind << 28 | number of a place or region */
    SECTION_TEXTS, /* bytes; every text ends with a NUL */
    N_SECTIONS
};

struct city_head {
    char magic[8];
    uint32_t order, version;
    uint64_t size, checksum; /* of the file; of all after the head */
    struct {
        uint32_t offset, n; /* bytes from the file's begin (a multiple of 8); records */
    } sections[N_SECTIONS];
    char source[64], licence[64];
    char date[16]; /* newest date in the table, YYYY-MM-DD */
};

enum city_kind { CITY_PLAIN, CITY_CAPITAL, CITY_SEAT, CITY_COUNTY_SEAT, CITY_PART };

struct city_place {
    uint32_t geonameid, population, name; /* name: offset into the texts */
    int32_t lat, lon;                     /* 1/100,000 degree */
    uint16_t country, admin;              /* regions; admin may be CITY_NONE */
    uint16_t log_people;                  /* 1,000 times the logarithm (base 10) of people + 300 */
    uint8_t kind, pad;
};

struct city_region {
    char code[14];    /* "US", "US.OR" */
    uint16_t country; /* region; itself for a country */
    uint32_t name;    /* offset into the texts: its English name */
};

enum { /* flags of a name */
       NAME_DICTIONARY = 1,
       NAME_FIRST = 2,  /* a person's first name */
       NAME_HARDLY = 4, /* by our own table: hardly ever a city; of several words: never */
       NAME_REGION = 8, /* a state or country of many times its people has the name */
};

struct city_name {
    uint32_t key, refs; /* offset into the texts; first reference */
    uint16_t key_len;
    uint8_t n_refs, flags;
    uint8_t longest; /* most words of a name that begins with this one word; 0: none does */
    uint8_t pad[3];
};

enum city_ref {
    REF_NAME,      /* a place, by its own or English name */
    REF_ALTERNATE, /* a place, by another language's or an old name */
    REF_REGION,    /* a region by its name */
    REF_PEOPLE,    /* a region by its people or adjective: evidence, nothing more */
    REF_SHORT,     /* a region by an abbreviation: only behind a place's name */
    REF_NICK,      /* a place by a nickname, written in capitals or as here */
    REF_SPELLED,   /* a place, by its name with Saint for St., Fort for Ft. or the other way round */
    N_REFS
};
#define REF_KIND(ref)   ((ref) >> 28)
#define REF_NUMBER(ref) ((ref)&0x0fffffffu)

static inline bool ref_is_place(uint32_t ref) {
    uint32_t kind = REF_KIND(ref);
    return kind == REF_NAME || kind == REF_ALTERNATE || kind == REF_NICK || kind == REF_SPELLED;
}

#define CITY_MAX_WORDS 8  /* of a name */
#define CITY_MAX_REFS  40 /* of a name */

/* People as a power of ten, with 300 more, so that a hamlet is none below another. */
static inline double city_people(const struct city_place *p) {
    return p->log_people * 0.001;
}

#define CITY_HASH_START UINT64_C(0xcbf29ce484222325)

/* FNV-1a over a name, word after word: pass the result on for the next one. */
static inline uint64_t city_hash(uint64_t h, const char *p, size_t n) {
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* Over n bytes, a multiple of 8. Four lanes side by side, so that the whole table costs little at start. */
static inline uint64_t city_checksum(const void *p, size_t n) {
    const uint64_t *w = p;
    uint64_t lanes[4] = {CITY_HASH_START, UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xff51afd7ed558ccd),
                         UINT64_C(0xc4ceb9fe1a85ec53)};
    n /= 8;
    for (; n >= 4; n -= 4, w += 4)
        for (int k = 0; k < 4; k++) lanes[k] = (lanes[k] ^ w[k]) * UINT64_C(0xff51afd7ed558ccd);
    for (size_t k = 0; k < n; k++) lanes[k] = (lanes[k] ^ w[k]) * UINT64_C(0xff51afd7ed558ccd);
    uint64_t sum = 0;
    for (int k = 0; k < 4; k++) sum = (sum << 7 | sum >> 57) + (lanes[k] ^ lanes[k] >> 32);
    return sum;
}

static inline uint32_t city_slot(uint64_t h, uint32_t n_slots) {
    return (uint32_t)(h ^ h >> 29) & (n_slots - 1);
}

#endif
