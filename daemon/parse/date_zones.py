#!/usr/bin/env python3
"""Makes date_zones.inc from the system's tz database: python3 daemon/parse/date_zones.py >daemon/parse/date_zones.inc

For each zone the transitions of FIRST..LAST are looked up. Runs of them that one yearly rule explains become one
era with that rule, all others one era a transition. Every era is checked against the database before it is written.
Run it again after a release of the database that matters, then `clang-format` is not needed: .inc is not C code.
"""
import bisect, datetime, sys, zoneinfo

FIRST, LAST = 1970, 2040
# Their summer times go round Ramadan, so no yearly rule holds behind LAST.
BY_THE_MOON = ("Africa/Casablanca", "Africa/El_Aaiun", "Asia/Gaza", "Asia/Hebron")
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)


def offset(zone, minute):
    """Minutes east of UTC at a minute since 1970."""
    t = EPOCH + datetime.timedelta(minutes=minute)
    return round(t.astimezone(zone).utcoffset().total_seconds() / 60)


def minute_of(*day):
    return (datetime.datetime(*day, tzinfo=UTC) - EPOCH) // datetime.timedelta(minutes=1)


def transitions(zone):
    """[(minute, offset from then on)], the first one at the beginning of time."""
    at, end = minute_of(FIRST, 1, 1), minute_of(LAST, 1, 1)
    now = offset(zone, at)
    found = [(at, now)]
    while at < end:
        after = offset(zone, at + 1440)
        if after != now:
            low, high = at, at + 1440
            while high - low > 1:
                mid = (low + high) // 2
                low, high = (mid, high) if offset(zone, mid) == now else (low, mid)
            found.append((high, after))
            now = after
        at += 1440
    return found


def day_of(year, month, week, weekday):
    """Days since 1970 of the week-th weekday (0: Sunday; week 5: the last)."""
    first = minute_of(year, month, 1) // 1440
    day = first + (weekday - (first + 4)) % 7 + 7 * (min(week, 4) - 1)
    after = minute_of(year + month // 12, month % 12 + 1, 1) // 1440
    return day + 7 if week == 5 and day + 7 < after else day


def changes(minute, before):
    """The ways to say when in the year a change falls, in the local time before it: clocks may lie beyond their day."""
    ways = []
    for days in 0, 1, -1:
        clock = (minute + before) % 1440 + 1440 * days
        local = minute + before - clock
        t = EPOCH + datetime.timedelta(minutes=local)
        weeks = [(t.day - 1) // 7 + 1] if t.day <= 28 else []
        if day_of(t.year, t.month, 5, (t.weekday() + 1) % 7) == local // 1440:
            weeks.append(5)
        ways += [(t.month, week, (t.weekday() + 1) % 7, clock) for week in weeks]
    return ways


def year_of(minute):
    return (EPOCH + datetime.timedelta(minutes=minute)).year


def fits(change, minute, before):
    month, week, weekday, clock = change
    return day_of(year_of(minute + before - clock), month, week, weekday) * 1440 + clock == minute + before


def longest_rule(found, i):
    """(how many transitions from i on one yearly rule explains, the rule, its standard offset)."""
    best = (0, None, None)
    if i + 1 >= len(found) or i == 0:
        return best
    a, b = found[i - 1][1], found[i][1]
    if found[i + 1][1] != a:
        return best
    for one in changes(found[i][0], a):
        for two in changes(found[i + 1][0], b):
            n, year = 0, None
            while i + n < len(found):
                minute, after = found[i + n]
                before, wanted, change = (a, b, one) if n % 2 == 0 else (b, a, two)
                if after != wanted or not fits(change, minute, before):
                    break
                # Each of the two once a year, none left out.
                if n >= 2 and year_of(minute + before) != year_of(found[i + n - 2][0] + before) + 1:
                    break
                n += 1
            if n > best[0]:
                rule = (b - a, *one, *two) if b > a else (a - b, *two, *one)
                best = (n, rule, min(a, b))
    return best


def eras(found):
    """[(minute, offset, rule or None)]."""
    out, i = [(None, found[0][1], None)], 1
    while i < len(found):
        n, rule, standard = longest_rule(found, i)
        if n >= 3:
            out.append((found[i][0], standard, rule))
            i += n
            # A rule that explains the last year of all is the present one. Any other ends with its last change.
            if i < len(found) or year_of(found[-1][0]) < LAST - 1:
                out.append((*found[i - 1], None))
        else:
            out.append((*found[i], None))
            i += 1
    return out


def era_offset(zone_eras, minute):
    starts = [e[0] if e[0] is not None else -10**12 for e in zone_eras]
    _, standard, rule = zone_eras[bisect.bisect_right(starts, minute) - 1]
    if not rule:
        return standard
    save, m1, w1, d1, t1, m2, w2, d2, t2 = rule
    year = year_of(minute + standard)
    begin = day_of(year, m1, w1, d1) * 1440 + t1 - standard
    end = day_of(year, m2, w2, d2) * 1440 + t2 - standard - save
    summer = begin <= minute < end if begin < end else not end <= minute < begin
    return standard + (save if summer else 0)


def main():
    names = sorted(n for n in zoneinfo.available_timezones()
                   if n not in ("Factory", "localtime", "posixrules") and not n.startswith(("posix/", "right/")))
    by_transitions, places, rows, rules = {}, [], [], []
    for name in names:
        zone = zoneinfo.ZoneInfo(name)
        found = tuple(transitions(zone))
        if found not in by_transitions:
            own = eras(found)
            for minute, _ in found[1:]:
                for at in (minute - 1, minute, minute + 1):
                    if era_offset(own, at) != offset(zone, at):
                        sys.exit(f"{name}: minute {at} is wrong")
            for at in range(minute_of(FIRST, 1, 1), minute_of(LAST + 5, 1, 1), 1440 * 5):
                if era_offset(own, at) != offset(zone, at) and name not in BY_THE_MOON:
                    sys.exit(f"{name}: minute {at} is wrong")
            by_transitions[found] = (len(rows), len(own))
            for start, standard, rule in own:
                if rule and rule not in rules:
                    rules.append(rule)
                rows.append((start if start is not None else "ALWAYS", standard,
                             rules.index(rule) + 1 if rule else 0))
        places.append((name.lower(), *by_transitions[found]))
    places.sort()
    version = open("/usr/share/zoneinfo/tzdata.zi").readline().split()[-1]
    print(f"/* Made by date_zones.py from the tz database {version} (public domain): zones by name, the eras of each, and\n"
          " * the yearly rules of summer time. Minutes everywhere; see date_zone.c. */")
    for title, table in (("struct zone_rule zone_rules[]", rules), ("struct zone_era zone_eras[]", rows),
                         ("struct zone_place zone_places[]", places)):
        print(f"static const {title} = {{")
        line = ""
        for row in table:
            cell = "{" + ", ".join(f'"{v}"' if isinstance(v, str) and v != "ALWAYS" else str(v) for v in row) + "}, "
            if len(line) + len(cell) > 110:
                print(line.rstrip())
                line = ""
            line += cell
        print(line.rstrip())
        print("};")


main()
