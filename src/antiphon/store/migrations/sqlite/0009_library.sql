-- What signed-in users made. A row is there before the request is charged that makes it ('taken'), and is an item from
-- then on; the sweep finds out about it once ('kept'). What is out of the library has a row until its files are gone.
CREATE TABLE library_item (
    id         TEXT PRIMARY KEY, -- UUIDv7: in the order of their making
    account_id TEXT NOT NULL REFERENCES account (id),
    request_id TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('taken', 'kept', 'gone')),
    type       TEXT NOT NULL,
    title      TEXT NOT NULL,
    found_by   TEXT NOT NULL, -- the title, so that upper and lower case are the same
    model      TEXT NOT NULL,
    created_at REAL NOT NULL,
    path       TEXT NOT NULL UNIQUE,
    cover      TEXT UNIQUE,
    size       INTEGER NOT NULL CHECK (size >= 0),
    seconds    REAL,
    width      INTEGER,
    height     INTEGER,
    voice      TEXT,
    lyrics     TEXT
) STRICT;

CREATE INDEX library_of_account ON library_item (account_id, id) WHERE state <> 'gone';
CREATE INDEX library_of_request ON library_item (request_id) WHERE state = 'taken';
CREATE INDEX library_unsure ON library_item (created_at) WHERE state = 'taken';
CREATE INDEX library_gone ON library_item (created_at) WHERE state = 'gone';

-- The sum of `size` over an account's items that are not gone.
CREATE TABLE library_room (
    account_id TEXT PRIMARY KEY REFERENCES account (id),
    bytes      INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT, WITHOUT ROWID;
