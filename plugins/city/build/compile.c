/* city-compile: a GeoNames table of places to city.bin (format.h). Runs at build time only; the words are cut
 * and folded by the daemon's own cutter, so that a name and a text always meet.
 *
 *   city-compile OUT GAZETTEER OWN LOCALES DICTIONARY FIRST_NAMES SOURCE
 *
 * GAZETTEER   citiesN.txt of GeoNames: lines of 19 columns
 * OWN         own.txt, our table of abbreviations, peoples, nicknames
 * LOCALES     the folder with LANGUAGE/LC_MESSAGES/geonames.mo: names of countries and states
 * DICTIONARY  a list of words; those in small letters are the stop list
 * FIRST_NAMES names, one a line
 * The last three may be missing: the result knows less then, and that is said. */
#include "../format.h"

#include "base/mem.h"
#include "base/text.h"
#include "item/words.h"

#include "mo.h"
#include "names.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 19u
enum { COL_ID, COL_NAME, COL_ASCII, COL_OTHERS, COL_LAT, COL_LON, COL_CODE = 7, COL_COUNTRY = 8 };
enum { COL_ADMIN = 10, COL_PEOPLE = 14, COL_DATE = 18 };

#define LEAST_PEOPLE_OF_ALTERNATES 15000u /* smaller ones' other names are mostly noise */
#define LEAST_PEOPLE_OF_SHORT_RUNS 50000u /* of a name of two characters in a script without spaces */

struct compiler {
    struct names names;
    struct region_list regions;
    struct city_place *places;
    size_t n_places, cap_places;
    struct mo *english;
    char date[16];
    const char *file;
    unsigned line;
};

static int complain(const struct compiler *c, const char *what) {
    fprintf(stderr, "%s:%u: %s\n", c->file, c->line, what);
    return -1;
}

/* ---- one line of the table ---- */

static size_t split(char *line, char sep, char **ret, size_t max) {
    size_t n = 0;
    for (char *p = line; n < max; n++) {
        ret[n] = p;
        p = strchr(p, sep);
        if (!p) return n + 1;
        *p++ = '\0';
    }
    return max + 1;
}

/* A decimal number to 1/100,000; 0, or -1 when it is none or too great. */
static int read_degrees(const char *text, double max, int32_t *ret) {
    char *end;
    errno = 0;
    double d = strtod(text, &end);
    if (end == text || *end || errno || !(d >= -max && d <= max)) return -1;
    *ret = (int32_t)(d * 1e5 + (d < 0 ? -0.5 : 0.5));
    return 0;
}

static int read_number(const char *text, uint32_t *ret) {
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || n > UINT32_MAX) return -1;
    *ret = (uint32_t)n;
    return 0;
}

static bool is_country(const char *text) {
    return text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && !text[2];
}

/* YYYY-MM-DD; the last column, so that a file cut inside a line shows. */
static bool is_date(const char *text) {
    for (size_t i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
    return !text[10];
}

/* -1: of no use (historical, abandoned). */
static int kind_of(const char *code) {
    static const struct {
        const char *code;
        int kind;
    } table[] = {{"PPLC", CITY_CAPITAL}, {"PPLA", CITY_SEAT}, {"PPLA2", CITY_COUNTY_SEAT},
                 {"PPLX", CITY_PART},    {"PPLH", -1},        {"PPLQ", -1},
                 {"PPLW", -1},           {"PPLCH", -1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(code, table[i].code)) return table[i].kind;
    return CITY_PLAIN;
}

/* Is another language's name worth its place? GeoNames' short ones are codes of airports, and those in small
 * letters transcriptions that no text has. */
static bool alternate_is_useful(const char *text, const struct key *k, uint32_t people) {
    unsigned char first = (unsigned char)*text;
    if (people < LEAST_PEOPLE_OF_ALTERNATES || !k->len) return false;
    if (k->latin)
        return k->letters >= 4 && !(first >= 'a' && first <= 'z') && !(first >= '0' && first <= '9');
    if (k->solo) return k->letters >= 3 || (k->letters == 2 && people >= LEAST_PEOPLE_OF_SHORT_RUNS);
    return k->letters >= 3;
}

static void add_alternates(struct compiler *c, char *list, uint32_t place, uint32_t people) {
    for (char *p = list; p && *p;) {
        char *comma = strchr(p, ',');
        if (comma) *comma = '\0';
        struct key k = names_key(&c->names, text_of(p));
        if (alternate_is_useful(p, &k, people) && !names_is_word(&c->names, &k))
            names_add(&c->names, &k, REF_ALTERNATE, place);
        p = comma ? comma + 1 : NULL;
    }
}

static int add_place(struct compiler *c, char *line) {
    char *col[COLUMNS + 1], code[16];
    struct city_place p = {0};
    size_t n = split(line, '\t', col, COLUMNS);
    if (n != COLUMNS) return complain(c, "is no line of GeoNames' table: it has not 19 columns");
    if (read_number(col[COL_ID], &p.geonameid) || read_degrees(col[COL_LAT], 90, &p.lat) ||
        read_degrees(col[COL_LON], 180, &p.lon) || !is_country(col[COL_COUNTRY]))
        return complain(c, "has no proper id, latitude, longitude or country");
    if (*col[COL_PEOPLE] && read_number(col[COL_PEOPLE], &p.population))
        return complain(c, "has no proper number of people");
    if (!is_date(col[COL_DATE])) return complain(c, "has no date at its end, or is cut");
    p.log_people = (uint16_t)(1000 * log10((double)p.population + 300) + 0.5);
    int kind = kind_of(col[COL_CODE]);
    if (kind < 0) return 0;
    p.kind = (uint8_t)kind;
    p.country = regions_add(&c->regions, col[COL_COUNTRY]);
    snprintf(code, sizeof code, "%.2s.%.9s", col[COL_COUNTRY], col[COL_ADMIN]);
    p.admin = *col[COL_ADMIN] ? regions_add(&c->regions, code) : CITY_NONE;
    if (strcmp(col[COL_DATE], c->date) > 0) snprintf(c->date, sizeof c->date, "%s", col[COL_DATE]);
    uint32_t number = (uint32_t)c->n_places;
    const char *english = mo_get(c->english, col[COL_ID]);
    const char *own[] = {col[COL_NAME], col[COL_ASCII], english};
    for (size_t i = 0; i < 3; i++) {
        struct key k = names_key(&c->names, text_of(own[i]));
        if (k.len && (!k.latin || k.letters >= 3)) names_add(&c->names, &k, REF_NAME, number);
    }
    /* The catalogue calls some cities by their surroundings: "Billings Metropolitan Area". */
    size_t len = strlen(col[COL_NAME]);
    bool own_name = !english || !*english || strstr(english, " Area") ||
                    (!strncmp(english, col[COL_NAME], len) && !strcmp(english + len, " City"));
    p.name = names_text(&c->names, own_name ? col[COL_NAME] : english);
    add_alternates(c, col[COL_OTHERS], number, p.population);
    GROW(c->places, c->n_places, c->cap_places);
    c->places[c->n_places++] = p;
    return 0;
}

static int read_lines(struct compiler *c, const char *file, int (*each)(struct compiler *c, char *line)) {
    FILE *f = fopen(file, "re");
    char *line = NULL;
    size_t cap = 0;
    int r = 0;
    c->file = file;
    c->line = 0;
    if (!f) {
        fprintf(stderr, "%s: %s\n", file, strerror(errno));
        return -1;
    }
    for (ssize_t n; !r && (n = getline(&line, &cap, f)) >= 0;) {
        c->line++;
        while (n && (line[n - 1] == '\n' || line[n - 1] == '\r')) line[--n] = '\0';
        if (n && *line != '#') r = each(c, line);
    }
    if (ferror(f)) {
        fprintf(stderr, "%s: %s\n", file, strerror(errno));
        r = -1;
    }
    free(line);
    fclose(f);
    return r;
}

/* ---- our own table ---- */

static uint32_t place_by_id(const struct compiler *c, uint32_t id) {
    for (uint32_t i = 0; i < c->n_places; i++)
        if (c->places[i].geonameid == id) return i;
    return UINT32_MAX;
}

/* KIND CODE | NAME | NAME …; see own.txt. A nickname of a place that the table lacks is passed over. */
static int add_own(struct compiler *c, char *line) {
    char *col[200], kind[16], code[24];
    size_t n = split(line, '|', col, 200);
    if (n > 200 || sscanf(col[0], "%15s %23s", kind, code) != 2)
        return complain(c, "is not KIND CODE | NAME | …");
    static const struct {
        const char *name;
        enum city_ref ref;
    } kinds[] = {{"region", REF_REGION}, {"people", REF_PEOPLE}, {"short", REF_SHORT}, {"nick", REF_NICK}};
    for (size_t i = 1; i < n; i++) {
        struct key k = names_key(&c->names, text_trim(text_of(col[i])));
        if (!k.len) return complain(c, "has an empty name");
        if (!strcmp(kind, "word") || !strcmp(kind, "first")) {
            names_flag(&c->names, &k, *kind == 'w' ? NAME_DICTIONARY | NAME_HARDLY : NAME_FIRST);
            continue;
        }
        size_t q = 0;
        while (q < 4 && strcmp(kind, kinds[q].name) != 0) q++;
        if (q == 4) return complain(c, "is of no known kind");
        uint32_t number = kinds[q].ref == REF_NICK ? place_by_id(c, (uint32_t)strtoul(code, NULL, 10))
                                                   : regions_add(&c->regions, code);
        if (number != UINT32_MAX) names_add(&c->names, &k, kinds[q].ref, number);
    }
    return 0;
}

static int add_dictionary_word(struct compiler *c, char *line) {
    if (*line >= 'a' && *line <= 'z' && !strchr(line, '\'')) names_word(&c->names, text_of(line));
    return 0;
}

static int add_first_name(struct compiler *c, char *line) {
    struct key k = names_key(&c->names, text_of(line));
    if (k.len && k.words == 1) names_flag(&c->names, &k, NAME_FIRST);
    return 0;
}

/* ---- the file ---- */

static uint32_t put(FILE *f, const void *p, size_t size, size_t n) {
    static const char zeros[8] = {0};
    uint32_t at = (uint32_t)ftell(f);
    if (n) fwrite(p, size, n, f);
    fwrite(zeros, 1, (8 - size * n % 8) % 8, f);
    return at;
}

static int write_file(struct compiler *c, const char *out, const char *source) {
    struct city_head h = {.magic = CITY_MAGIC,
                          .order = CITY_ORDER,
                          .version = CITY_VERSION,
                          .licence = "GeoNames, CC BY 4.0 (https://www.geonames.org/)"};
    const struct built b = names_build(&c->names, c->places, c->n_places, &c->regions);
    /* Beside it, and then renamed: a daemon may have the old one mapped, and must not see it shrink. */
    AUTOFREE char *beside = xasprintf("%s.new", out);
    FILE *f = fopen(beside, "w+be");
    if (!f) {
        fprintf(stderr, "%s: %s\n", beside, strerror(errno));
        return -1;
    }
    snprintf(h.source, sizeof h.source, "%s", source);
    memcpy(h.date, c->date, sizeof h.date);
    put(f, &h, sizeof h, 1);
#define PUT(s, p, count)                                                                                     \
    (h.sections[s].n = (uint32_t)(count), h.sections[s].offset = put(f, p, sizeof *(p), count))
    PUT(SECTION_PLACES, c->places, c->n_places);
    PUT(SECTION_REGIONS, b.regions, b.n_regions);
    PUT(SECTION_NAMES, b.names, b.n_names);
    PUT(SECTION_SLOTS, b.slots, b.n_slots);
    PUT(SECTION_REFS, b.refs, b.n_refs);
    PUT(SECTION_TEXTS, b.texts, b.n_texts);
#undef PUT
    h.size = (uint64_t)ftell(f);
    size_t rest = h.size - sizeof h;
    char *all = xmalloc(rest);
    if (fseek(f, sizeof h, SEEK_SET) || fread(all, 1, rest, f) != rest)
        return complain(c, "cannot be read back");
    h.checksum = city_checksum(all, rest);
    free(all);
    rewind(f);
    fwrite(&h, sizeof h, 1, f);
    if ((ferror(f) | fclose(f)) || rename(beside, out)) {
        fprintf(stderr, "%s: %s\n", out, strerror(errno));
        return -1;
    }
    return 0;
}

int main(int argc, char **argv) {
    struct compiler c = {0};
    if (argc != 8) {
        fputs("city-compile OUT GAZETTEER OWN LOCALES DICTIONARY FIRST_NAMES SOURCE\n", stderr);
        return 2;
    }
    names_init(&c.names);
    if (*argv[5] && read_lines(&c, argv[5], add_dictionary_word))
        fputs("note: without a list of dictionary words\n", stderr);
    names_words_done(&c.names);
    c.english = mo_open(argv[4], "en");
    regions_read(&c.regions, &c.names, argv[4]);
    if (!c.regions.n) fputs("note: without names of states (libgeonames-common)\n", stderr);
    if (read_lines(&c, argv[2], add_place) || read_lines(&c, argv[3], add_own)) return 1;
    if (!c.n_places) {
        fprintf(stderr, "%s: has no places\n", argv[2]);
        return 1;
    }
    if (*argv[6] && read_lines(&c, argv[6], add_first_name))
        fputs("note: without a list of first names\n", stderr);
    return write_file(&c, argv[1], argv[7]) ? 1 : 0;
}
