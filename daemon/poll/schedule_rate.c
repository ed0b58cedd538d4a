#include "poll/schedule_rate.h"

#include "base/mem.h"
#include "base/time.h"

#include <math.h>
#include <string.h>

#define PRIOR_ITEMS   0.3
#define PRIOR_DAYS    0.1
#define MEMORY        7.0 /* days */
#define FORGOTTEN     (70 * DAY)
#define HOURS_MEMORY  14.0 /* days: of the hours of the day, which change slowly */
#define FLEET_WEIGHT  12.0 /* items */
#define FLEET_BARE    48.0 /* items, evenly spread: a fleet that knows little has no night */
#define BURST_FADES   (40.0 * (double)MINUTE / (double)DAY) /* days */
#define BURST_BRINGS  0.12                                  /* items that one posting brings with it */
#define ONE_POSTING   (30 * SECOND)                         /* items closer than this are put out at once */
#define DATE_SLACK    HOUR /* an item may be dated this long before the look that did not show it */
#define GAP_LEARNS    0.1
#define HALVED_MOST   4
#define SANE          1e12 /* of any figure */
#define PACE_MOST     (400 * DAY)
#define TIME_FAR      (4000000 * DAY)
#define STEP          (2 * MINUTE)
#define ENDS          0.01 /* of silences that chance might explain are the end of a feed */
#define NEIGHBOUR     0.25 /* of an hour that counts for the one beside it */
#define BURST_MATTERS 0.02

static double days_of(int64_t ms) {
    return (double)ms / (double)DAY;
}

static unsigned hour_of(int64_t wall) {
    int64_t hours = wall / HOUR - (wall % HOUR < 0);
    return (unsigned)((hours % 24 + 24) % 24);
}

static int64_t hour_end(int64_t wall) {
    return (wall / HOUR - (wall % HOUR < 0) + 1) * HOUR;
}

/* Dates of the years 1 to 9999, so that differences cannot overflow. */
static bool time_sane(int64_t wall) {
    return wall > -TIME_FAR && wall < TIME_FAR;
}

void schedule_learned_init(struct schedule_learned *l) {
    *l = (struct schedule_learned){.until = TIME_NONE, .newest = TIME_NONE};
}

void schedule_fleet_init(struct schedule_fleet *f) {
    *f = (struct schedule_fleet){.pace = 10 * MINUTE, .until = TIME_NONE, .solved = TIME_NONE};
}

static bool sane(const double *reals, size_t n, const float hour[SCHEDULE_HOURS]) {
    for (size_t i = 0; i < n; i++)
        if (!(reals[i] >= 0 && reals[i] < SANE)) return false;
    for (int h = 0; h < SCHEDULE_HOURS; h++)
        if (!(hour[h] >= 0 && (double)hour[h] < SANE)) return false;
    return true;
}

void schedule_learned_check(struct schedule_learned *l) {
    const double reals[] = {l->items, l->days, l->caused, l->postings, l->heat, l->gap};
    if (!sane(reals, sizeof reals / sizeof *reals, l->hour) || l->halved < 0 || l->halved > HALVED_MOST ||
        l->marks < 0 || l->listed < 0 || l->until == TIME_NONE || !time_sane(l->until) ||
        !time_sane(l->missed) || (l->newest != TIME_NONE && !time_sane(l->newest)))
        schedule_learned_init(l);
}

void schedule_fleet_check(struct schedule_fleet *f) {
    const double reals[] = {f->polls, fabs(f->debt), f->planned, f->forecast, f->made};
    bool times =
        (f->until == TIME_NONE || time_sane(f->until)) && (f->solved == TIME_NONE || time_sane(f->solved));
    if (!sane(reals, sizeof reals / sizeof *reals, f->hour) || f->pace < SECOND || f->pace > PACE_MOST ||
        !times)
        schedule_fleet_init(f);
}

/* -- hours ----------------------------------------------------------------------------------------------- */

/* An hour's items, some of those beside it included: few items tell little of one hour. */
static double around(const float hour[SCHEDULE_HOURS], int h) {
    double beside = (double)hour[(h + 1) % SCHEDULE_HOURS] + (double)hour[(h + 23) % SCHEDULE_HOURS];
    return (1 - 2 * NEIGHBOUR) * (double)hour[h] + NEIGHBOUR * beside;
}

void schedule_hours(const struct schedule_learned *l, const struct schedule_fleet *fleet,
                    double ret[SCHEDULE_HOURS]) {
    double all = FLEET_BARE, own = FLEET_WEIGHT;
    for (int h = 0; h < SCHEDULE_HOURS; h++) {
        all += (double)fleet->hour[h];
        own += (double)l->hour[h];
    }
    for (int h = 0; h < SCHEDULE_HOURS; h++) {
        double common = ((double)fleet->hour[h] + FLEET_BARE / SCHEDULE_HOURS) / all;
        ret[h] = SCHEDULE_HOURS * (around(l->hour, h) + FLEET_WEIGHT * common) / own;
    }
}

static void hours_fade(float hour[SCHEDULE_HOURS], double days) {
    float left = (float)exp(-days / HOURS_MEMORY);
    for (int h = 0; h < SCHEDULE_HOURS; h++) hour[h] *= left;
}

static void fleet_learn(struct schedule_fleet *fleet, int64_t at) {
    if (fleet->until == TIME_NONE) fleet->until = at;
    if (at > fleet->until) {
        hours_fade(fleet->hour, days_of(at - fleet->until));
        fleet->until = at;
    }
    fleet->hour[hour_of(at)] += (float)exp(-days_of(fleet->until - at) / HOURS_MEMORY);
}

/* -- learning -------------------------------------------------------------------------------------------- */

double schedule_rate(const struct schedule_learned *l) {
    return (l->items + l->caused + PRIOR_ITEMS) / (l->days + PRIOR_DAYS);
}

double schedule_peak(const struct schedule_learned *l, const struct schedule_fleet *fleet) {
    double hours[SCHEDULE_HOURS], most = 0;
    schedule_hours(l, fleet, hours);
    for (int h = 0; h < SCHEDULE_HOURS; h++)
        if (hours[h] > most) most = hours[h];
    return schedule_rate(l) * most;
}

static double base_rate(const struct schedule_learned *l) {
    return (l->items + PRIOR_ITEMS) / (l->days + PRIOR_DAYS);
}

/* Items a day that the postings of late bring, at l->until. */
static double burst_rate(const struct schedule_learned *l) {
    return BURST_BRINGS * l->heat / BURST_FADES;
}

/* Carries the figures on to a later time. */
static void advance(struct schedule_learned *l, const double hours[SCHEDULE_HOURS], int64_t to) {
    if (to <= l->until) return;
    double passed = days_of(to - l->until), left = exp(-passed / MEMORY);
    l->items *= left;
    l->caused *= left;
    l->postings *= left;
    l->days *= left;
    l->heat *= exp(-passed / BURST_FADES);
    hours_fade(l->hour, passed);
    int64_t at = to - l->until > FORGOTTEN ? to - FORGOTTEN : l->until;
    while (at < to) {
        int64_t end = hour_end(at);
        if (end > to) end = to;
        l->days += days_of(end - at) * hours[hour_of(at)] * exp(-days_of(to - end) / MEMORY);
        at = end;
    }
    l->until = to;
}

/* n items came at once. dated: by their own word, so that the clock's marks can be seen. */
static void posting(struct schedule_learned *l, const double hours[SCHEDULE_HOURS], int64_t at, double n,
                    bool dated) {
    double by_itself = base_rate(l) * hours[hour_of(l->until)], burst = burst_rate(l);
    double because = burst / (by_itself + burst);
    if (l->newest != TIME_NONE && at > l->newest) {
        double gap = days_of(at - l->newest);
        l->gap = l->gap > 0 ? l->gap + GAP_LEARNS * (gap - l->gap) : gap;
    }
    l->items += (1 - because) * n;
    l->caused += because * n;
    l->postings++;
    l->heat++;
    l->hour[hour_of(at)] += (float)n;
    if (dated) l->mark[l->marks++ % SCHEDULE_MARKS] = (uint32_t)(at / SECOND);
}

static int by_time(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The dates that can be believed, in order. *ret_undated: the others. */
static size_t believed(const struct schedule_learned *l, const struct schedule_news *news, int64_t now,
                       int64_t *dates, size_t *ret_undated) {
    size_t n = 0;
    for (size_t i = 0; i < news->n; i++) {
        int64_t d = news->dates[i];
        if (!time_sane(d) || d > now) continue;
        if (!news->first && l->until != TIME_NONE && d < l->until - DATE_SLACK) continue;
        dates[n++] = d;
    }
    qsort(dates, n, sizeof *dates, by_time);
    /* All alike: that is when the document was made. */
    bool alike = n > 1 && dates[0] == dates[n - 1] && (news->first || now - dates[0] < MINUTE);
    if (alike) n = 0;
    *ret_undated = news->n - n;
    return n;
}

/* One look that showed these items. The first item of the first document is where time begins. */
static void take_items(struct schedule_learned *l, const double hours[SCHEDULE_HOURS], const int64_t *dates,
                       size_t n, bool first) {
    for (size_t i = 0; i < n;) {
        size_t k = i + 1;
        while (k < n && dates[k] - dates[i] < ONE_POSTING) k++;
        if (first && !i) {
            l->until = dates[0];
            l->newest = dates[0];
            l->heat = 1;
        } else {
            advance(l, hours, dates[i]);
            posting(l, hours, dates[i], (double)(k - i), true);
        }
        if (l->newest == TIME_NONE || dates[k - 1] > l->newest) l->newest = dates[k - 1];
        i = k;
    }
}

/* A document that shares no item with the last one: items were missed. A day without that takes one halving
 * back.
 */
static void note_missed(struct schedule_learned *l, const struct schedule_news *news, int64_t now) {
    if (!news->listed || news->first) return;
    if (!news->shared && l->listed) {
        l->halved += l->halved < HALVED_MOST;
        l->missed = now;
    } else if (l->halved && now - l->missed >= DAY) {
        l->halved--;
        l->missed = now;
    }
}

void schedule_learn(struct schedule_learned *l, const struct schedule_news *news,
                    struct schedule_fleet *fleet, int64_t now) {
    static const struct schedule_news none = {.shared = true};
    double hours[SCHEDULE_HOURS];
    size_t undated;
    if (!news) news = &none;
    if (l->until != TIME_NONE && now < l->until) l->until = now; /* the clock was set back */
    bool first = l->until == TIME_NONE;
    AUTOFREE int64_t *dates = xcalloc(news->n + 1, sizeof *dates);
    size_t n = believed(l, news, now, dates, &undated);
    schedule_hours(l, fleet, hours);
    take_items(l, hours, dates, n, first);
    if (l->until == TIME_NONE) l->until = now;
    advance(l, hours, now);
    if (undated && !first) {
        posting(l, hours, now, (double)undated, false);
        l->newest = now;
    }
    for (size_t i = 0; i < n; i++)
        if (now - dates[i] < FORGOTTEN) fleet_learn(fleet, dates[i]);
    note_missed(l, news, now);
    if (news->listed) l->listed = (int64_t)news->listed;
}

/* -- looking ahead --------------------------------------------------------------------------------------- */

int64_t schedule_pace(double a_day, int64_t pace) {
    double ms = (double)pace * sqrt(24.0 / a_day);
    return ms < 1e15 ? (int64_t)ms : INT64_C(1000000000000000);
}

/* Days of the feed's hours within a stretch. */
static double days_within(const double hours[SCHEDULE_HOURS], int64_t from, int64_t to) {
    double days = (double)((to - from) / DAY);
    for (int64_t at = from + (to - from) / DAY * DAY; at < to;) {
        int64_t end = hour_end(at);
        if (end > to) end = to;
        days += days_of(end - at) * hours[hour_of(at)];
        at = end;
    }
    return days;
}

/* The rate after a silence that chance hardly explains: the feed has ended, or pauses, and the silence itself
 * is what is known of it. */
static double rate_after_silence(const struct schedule_learned *l, const double hours[SCHEDULE_HOURS],
                                 double rate, int64_t now) {
    if (l->newest == TIME_NONE || now <= l->newest) return rate;
    double silence = days_within(hours, l->newest, now);
    double by_themselves = l->postings * l->items / (l->items + l->caused + PRIOR_ITEMS);
    double expected = silence * by_themselves / (l->days + PRIOR_DAYS);
    double chance = exp(-expected), alive = chance / (chance + ENDS);
    double left = silence > 0 && 1 / silence < rate ? 1 / silence : rate;
    return alive * rate + (1 - alive) * left;
}

/* What the postings of late bring at `now`, beyond what they bring on any day. */
static double burst_excess(const struct schedule_learned *l, double usual, int64_t now) {
    if (l->until == TIME_NONE || now < l->until) return 0;
    double excess = burst_rate(l) * exp(-days_of(now - l->until) / BURST_FADES) - BURST_BRINGS * usual;
    return excess > 0 ? excess : 0;
}

int64_t schedule_ahead(const struct schedule_learned *l, const struct schedule_fleet *fleet, double polls,
                       int64_t now, int64_t longest, bool *ret_burst) {
    double hours[SCHEDULE_HOURS];
    schedule_hours(l, fleet, hours);
    double rate = rate_after_silence(l, hours, schedule_rate(l), now);
    double excess = burst_excess(l, rate * hours[hour_of(now)], now);
    int64_t at = now;
    *ret_burst = excess > rate;
    while (at < now + longest) {
        double usual = rate * hours[hour_of(at)];
        int64_t end = hour_end(at);
        if (excess > BURST_MATTERS * usual && end > at + STEP) end = at + STEP;
        if (end > now + longest) end = now + longest;
        double density = sqrt((usual + excess) / 24.0) / (double)fleet->pace;
        double here = density * (double)(end - at);
        if (here >= polls) return at - now + (int64_t)(polls / density);
        polls -= here;
        excess *= exp(-days_of(end - at) / BURST_FADES);
        at = end;
    }
    return longest;
}
