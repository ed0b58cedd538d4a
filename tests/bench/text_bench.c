/* Bytes a second of what stands before and behind the XML parser: charsets, and markup to text. Best of a few
 * rounds of CPU time; MB are 10^6 bytes of input. */
#include "base/buf.h"
#include "parse/charset.h"
#include "parse/html.h"

#include <stdio.h>
#include <time.h>

#define SIZE   (1u << 20)
#define ROUNDS 15

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct buf repeated(struct text piece) {
    struct buf b;
    buf_init(&b, 2 * SIZE);
    while (b.len < SIZE) buf_addt(&b, piece);
    return b;
}

static void say(const char *name, size_t bytes, double seconds, const char *what) {
    printf("%-18s %10.0f %-5s %s\n", name, (double)bytes / seconds / 1e6, "MB/s", what);
}

static void bench_html(const char *name, struct text body, const char *what) {
    struct buf b = repeated(body), out;
    double best = 1e9;
    buf_init(&out, 2 * SIZE);
    for (int i = 0; i < ROUNDS; i++) {
        double began = cpu();
        for (size_t at = 0; at + body.len <= b.len; at += body.len) {
            buf_reset(&out);
            html_to_text((struct text){b.ptr + at, body.len}, &out);
        }
        double now = cpu() - began;
        if (now < best) best = now;
    }
    say(name, b.len / body.len * body.len, best, what);
    buf_clear(&out);
    buf_clear(&b);
}

static void bench_charset(const char *name, struct text piece, const char *type, const char *what) {
    struct buf b = repeated(piece), out;
    double best = 1e9;
    struct charset_result r;
    buf_init(&out, 8 * SIZE);
    for (int i = 0; i < ROUNDS; i++) {
        double began = cpu();
        buf_reset(&out);
        charset_decode(buf_text(&b), text_of(type), &out, &r);
        double now = cpu() - began;
        if (now < best) best = now;
    }
    say(name, b.len, best, what);
    buf_clear(&out);
    buf_clear(&b);
}

/* An article as blogs and papers publish it. */
#define ARTICLE                                                                                              \
    "<p>The harbour board met on Tuesday to decide whether the old lighthouse should be moved two hundred "  \
    "metres "                                                                                                \
    "inland, a plan that has been <a "                                                                       \
    "href=\"https://news.example/2026/11/lighthouse?utm_source=rss&amp;x=1\" "                               \
    "rel=\"nofollow\">discussed since spring</a> and that would cost about &pound;4 million.</p>\n"          \
    "<p>&#8220;Nobody wants to lose it,&#8221; said the chair, &#8220;but the cliff goes back by a metre a " \
    "year.&#8221; The board&rsquo;s engineers had looked at three ways to hold the cliff, and found all of " \
    "them "                                                                                                  \
    "dearer than <em>moving the tower</em> stone by stone.</p>\n"                                            \
    "<figure><img src=\"https://news.example/i/lighthouse-1200x800.jpg\" width=\"1200\" height=\"800\" "     \
    "alt=\"The lighthouse\" class=\"wp-image-12345 size-large\" /><figcaption>The lighthouse in "            \
    "October.</figcaption></figure>\n"                                                                       \
    "<ul><li>Cost: 4 million</li><li>Begins: March</li><li>Ends: <strong>not before</strong> "               \
    "2028</li></ul>\n"                                                                                       \
    "<p>A second meeting, open to the public, takes place on Friday at the town hall; letters may be sent "  \
    "until "                                                                                                 \
    "Thursday evening. People who live next to the tower have asked for a vote, since the road to the "      \
    "beach would "                                                                                           \
    "be closed for a year, and the caf\xC3\xA9 at its end with it.</p>\n"

int main(void) {
    bench_html("html-article", TEXT(ARTICLE), "markup to text, an article of 1.5 kB");
    bench_html("html-plain",
               TEXT("Harbour board wants to move the lighthouse two hundred metres inland, at last"),
               "the same, a title");
    bench_html("html-cyrillic",
               TEXT("<p>\xD0\x93\xD0\xBE\xD1\x80\xD0\xBE\xD0\xB4 \xD1\x80\xD0\xB5\xD1\x88\xD0\xB8\xD0\xBB "
                    "\xD0\xBF\xD0\xB5\xD1\x80\xD0\xB5\xD0\xBD\xD0\xB5\xD1\x81\xD1\x82\xD0\xB8 "
                    "\xD0\xBC\xD0\xB0\xD1\x8F\xD0\xBA \xD0\xB1\xD0\xBB\xD0\xB8\xD0\xB6\xD0\xB5 \xD0\xBA "
                    "\xD0\xB3\xD0\xBE\xD1\x80\xD0\xBE\xD0\xB4\xD1\x83</p>"),
               "the same, a paragraph of Russian");
    bench_charset("charset-utf8", TEXT(ARTICLE), NULL, "validation, ASCII but for one letter in 1.5 kB");
    bench_charset("charset-cyrillic",
                  TEXT("\xD0\x93\xD0\xBE\xD1\x80\xD0\xBE\xD0\xB4 \xD1\x80\xD0\xB5\xD1\x88\xD0\xB8\xD0\xBB "),
                  NULL, "validation, Russian");
    bench_charset("charset-1252", TEXT("the caf\xE9 at its end, and everything else in it "),
                  "text/xml; charset=windows-1252", "Windows-1252 to UTF-8");
    bench_charset("charset-sjis", TEXT("<p>\x93\xFA\x96\x7B\x8C\xEA and markup</p>"),
                  "text/xml; charset=shift_jis", "Shift_JIS to UTF-8");
    return 0;
}
