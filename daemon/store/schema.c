#include "store/sql.h"

/* Each migration takes the database from the version before to its own, in one transaction. What was once
 * released is never edited: a change is a new row. */
const struct migration store_migrations[] = {
    {1,
     /* installation: the id in all keys. after_damage: feeds are yet to be told. */
     "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"

     /* One row a location. complete: a document was read to its end. quiet: its first document alerts on
      * nothing. read_at: the last complete document, or word that it did not change. */
     "CREATE TABLE feed(id INTEGER PRIMARY KEY AUTOINCREMENT, location TEXT NOT NULL UNIQUE,"
     " configured INTEGER NOT NULL, complete INTEGER NOT NULL DEFAULT 0, quiet INTEGER NOT NULL DEFAULT 0,"
     " read_at INTEGER NOT NULL DEFAULT 0, items INTEGER NOT NULL DEFAULT 0, title TEXT, etag TEXT,"
     " last_modified TEXT, validator_url TEXT, stamp TEXT, schedule TEXT);"
     "CREATE TABLE memory(feed INTEGER, plugin TEXT, bytes BLOB, PRIMARY KEY(feed, plugin)) WITHOUT ROWID;"

     "CREATE TABLE item(id INTEGER PRIMARY KEY AUTOINCREMENT, feed INTEGER NOT NULL,"
     " first_seen INTEGER NOT NULL, changed INTEGER, published INTEGER, verdict INTEGER NOT NULL,"
     " content BLOB NOT NULL, json TEXT NOT NULL);"
     "CREATE INDEX item_first_seen ON item(first_seen);"
     /* Marks outlive their items. item 0: this id is shared by two addresses, and no id. */
     "CREATE TABLE seen(feed INTEGER, key BLOB, item INTEGER NOT NULL, listed INTEGER NOT NULL,"
     " PRIMARY KEY(feed, key)) WITHOUT ROWID;"

     "CREATE TABLE alert(name TEXT PRIMARY KEY, digest BLOB NOT NULL, born INTEGER NOT NULL) WITHOUT ROWID;"
     /* Which alerts matched which items, fired or passed over. */
     "CREATE TABLE matched(id INTEGER PRIMARY KEY AUTOINCREMENT, item INTEGER NOT NULL, alert TEXT NOT NULL,"
     " level INTEGER NOT NULL, fired INTEGER NOT NULL, at INTEGER NOT NULL,"
     " story INTEGER NOT NULL DEFAULT 0, UNIQUE(item, alert));"
     "CREATE INDEX matched_fired ON matched(id) WHERE fired = 1;"

     /* state: 0 held, 1 pending, 2 sent, 3 dead, 4 merged. ended: when it came to 2, 3 or 4. */
     "CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, notify TEXT NOT NULL,"
     " recipient TEXT NOT NULL DEFAULT '', alert TEXT, kind TEXT NOT NULL, level INTEGER NOT NULL,"
     " state INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL,"
     " next INTEGER NOT NULL, ended INTEGER, story INTEGER NOT NULL DEFAULT 0,"
     " halve INTEGER NOT NULL DEFAULT 0, error TEXT, facts TEXT NOT NULL, UNIQUE(key, recipient));"
     "CREATE INDEX outbox_due ON outbox(notify, next, id) WHERE state = 1;"
     "CREATE INDEX outbox_flash ON outbox(notify, next, id) WHERE state = 1 AND level = 2;"
     "CREATE INDEX outbox_level ON outbox(state, level, id);"
     "CREATE INDEX outbox_notify ON outbox(notify, state);"
     "CREATE INDEX outbox_ended ON outbox(ended) WHERE state IN (2, 4);"},
    {2,
     /* WebSub subscriptions, one a feed at most. state: 0 wanted, 1 held, 2 leaving. */
     "CREATE TABLE lease(location TEXT PRIMARY KEY, hub TEXT NOT NULL, topic TEXT NOT NULL,"
     " path TEXT NOT NULL, secret TEXT NOT NULL, state INTEGER NOT NULL, asked INTEGER NOT NULL,"
     " until INTEGER NOT NULL, next INTEGER NOT NULL, failures INTEGER NOT NULL, error TEXT,"
     " pushed INTEGER NOT NULL DEFAULT 0, missed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"},
    {3, "ALTER TABLE outbox ADD COLUMN merged INTEGER;"}, /* the row that took it along */
    {4,
     /* learned: see learned.h. claim: a request is open; the feed is due then, should no answer ever come.
      * Rows so small that all claims of a pass are a few pages. */
     "ALTER TABLE feed ADD COLUMN learned BLOB;"
     "CREATE TABLE claim(feed INTEGER PRIMARY KEY, due INTEGER NOT NULL);"},
    {5,
     /* The story of each item, why it joined (enum story_why), how surely (thousandths), and the item of it
      * that was nearest. */
     "ALTER TABLE item ADD COLUMN story INTEGER;"
     "ALTER TABLE item ADD COLUMN why INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE item ADD COLUMN score INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE item ADD COLUMN near INTEGER NOT NULL DEFAULT 0;"
     "CREATE INDEX item_story ON item(story) WHERE story IS NOT NULL;"
     /* alert × story. story 0: from before there were stories; below 0: of an item by itself. form: what
      * deciding needs of it, as JSON. expired: the sources of one that was never
      * confirmed, else 0. */
     "CREATE TABLE thread(id INTEGER PRIMARY KEY, alert TEXT NOT NULL, story INTEGER NOT NULL,"
     " opened INTEGER NOT NULL, level INTEGER NOT NULL, confirmed INTEGER NOT NULL,"
     " expired INTEGER NOT NULL DEFAULT 0, form TEXT NOT NULL);"
     "CREATE INDEX thread_opened ON thread(opened);"
     /* What happened to threads: an item joined, or changed (enum decide_change). */
     "CREATE TABLE event(id INTEGER PRIMARY KEY AUTOINCREMENT, thread INTEGER NOT NULL, item INTEGER NOT "
     "NULL,"
     " change INTEGER NOT NULL, at INTEGER NOT NULL, why INTEGER NOT NULL, score INTEGER NOT NULL,"
     " near INTEGER NOT NULL, feed TEXT, publisher TEXT, facts TEXT NOT NULL);"
     "CREATE INDEX event_thread ON event(thread, id);"
     "CREATE INDEX event_item ON event(item);"
     "CREATE INDEX event_at ON event(at);"
     "INSERT INTO thread SELECT id, alert, 0, at, level, 1, 0, '{}' FROM matched WHERE fired = 1;"
     "INSERT INTO event SELECT id, id, item, 0, at, 0, 0, 0, NULL, NULL, '{}' FROM matched WHERE fired = 1;"
     /* Counted messages of alerts with a limit. */
     "CREATE TABLE lane(alert TEXT, notify TEXT, form TEXT NOT NULL, PRIMARY KEY(alert, notify))"
     " WITHOUT ROWID;"
     /* until 0: for ever. */
     "CREATE TABLE mute(id INTEGER PRIMARY KEY AUTOINCREMENT, what INTEGER NOT NULL, name TEXT NOT NULL,"
     " since INTEGER NOT NULL, until INTEGER NOT NULL, dropping INTEGER NOT NULL, why TEXT);"
     /* Held rows: of which event, in which pool (enum decide_pool) and, if it is that, for which mute.
      * thread: whose message it is. */
     "ALTER TABLE outbox ADD COLUMN event INTEGER;"
     "ALTER TABLE outbox ADD COLUMN pool INTEGER;"
     "ALTER TABLE outbox ADD COLUMN mute INTEGER;"
     "ALTER TABLE outbox ADD COLUMN thread INTEGER;"
     "CREATE INDEX outbox_held ON outbox(event, notify) WHERE state = 0;"
     /* What the receiving service calls the first message of a thread. */
     "CREATE TABLE posted(thread INTEGER, notify TEXT, recipient TEXT, name TEXT NOT NULL,"
     " PRIMARY KEY(thread, notify, recipient)) WITHOUT ROWID;"},
    {6,
     /* What the index of stories keeps of each item (story/gist.h), to be read at start in one walk. NULL: to
      * be made of the item's texts. */
     "CREATE TABLE gist(seen INTEGER, item INTEGER, story INTEGER NOT NULL, bytes BLOB,"
     " PRIMARY KEY(seen, item)) WITHOUT ROWID;"
     "INSERT INTO gist SELECT first_seen, id, story, NULL FROM item WHERE story IS NOT NULL;"},
    {7, /* What else of a story waits to be sent. */
     "CREATE INDEX outbox_story ON outbox(notify, story, id) WHERE state = 1;"},
    {0, NULL},
};
const int store_version = 7;
