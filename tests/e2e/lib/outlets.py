"""Feeds of outlets that are files: what stories are tested with."""
import os

from e2e import rss, write

# Eight that have nothing in common but the word that the alert looks for.
NEWS = ["Ferry company cancels harbour crossings as storm nears", "Storm damages roof of Shelbyville museum",
        "Choir sings through storm at open-air concert", "Insurance prices climb after storm season",
        "Storm in a teacup: baker sues rival over scones", "Vineyard owners fear storm before harvest",
        "Airport reopens following overnight storm", "Schoolgirl names storm after her hamster"]


def item(title, n, **more):
    return {"title": title, "guid": f"g{n}", "link": f"https://outlet{n}.example/news/{n}", **more}


def feeds(where, n):
    return "".join(f"[feed f{i}]\npath = {where}/{i}.xml\n" for i in range(n))


def put(where, n, items):
    write(os.path.join(where, f"{n}.xml"), rss(items, title=f"Outlet {n}", link=f"https://outlet{n}.example/"))
