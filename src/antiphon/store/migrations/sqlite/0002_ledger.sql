-- Double entry. A transfer is made of entries that sum to zero over the places where credits can be: `world` (whence
-- they come and whither they expire), `revenue`, `held`, and lots by their ids. Amounts are millicredits.

-- Credits granted at once. What is left in it and not held is `balance`; only entries change that (see below).
CREATE TABLE lot (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    bucket     TEXT NOT NULL CHECK (bucket IN ('free', 'subscription', 'payg')),
    balance    INTEGER NOT NULL CHECK (balance >= 0),
    expires_at REAL, -- NULL is never
    closed     INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)) -- its end has come and was seen to, once for all
) STRICT, WITHOUT ROWID;

CREATE INDEX lot_spendable ON lot (account_id) WHERE balance > 0;
CREATE INDEX lot_ending ON lot (expires_at) WHERE closed = 0 AND expires_at IS NOT NULL;

-- AUTOINCREMENT: a number is never given twice, so that a transfer that is missing shows.
CREATE TABLE transfer (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE, -- made from what it is for, so that nothing happens twice
    kind       TEXT NOT NULL CHECK (kind IN ('grant', 'hold', 'settle', 'release', 'expire')),
    account_id TEXT NOT NULL,
    request_id TEXT, -- of holds and their ends
    at         REAL NOT NULL,
    note       TEXT NOT NULL,
    terms      TEXT -- of transfers that open or close a lot: [lot, bucket, expires_at, closed] as JSON
) STRICT;

CREATE INDEX transfer_of_account ON transfer (account_id, seq);

CREATE TABLE entry (
    seq    INTEGER NOT NULL REFERENCES transfer (seq),
    place  TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (seq, place)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER entry_moves_balance AFTER INSERT ON entry WHEN new.place NOT IN ('held', 'revenue', 'world')
BEGIN
    UPDATE lot SET balance = balance + new.amount WHERE id = new.place;
END;

CREATE TRIGGER transfer_stays BEFORE UPDATE ON transfer BEGIN SELECT raise(ABORT, 'transfers are immutable'); END;
CREATE TRIGGER transfer_remains BEFORE DELETE ON transfer BEGIN SELECT raise(ABORT, 'transfers are immutable'); END;
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN SELECT raise(ABORT, 'entries are immutable'); END;
CREATE TRIGGER entry_remains BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'entries are immutable'); END;
CREATE TRIGGER lot_stays BEFORE UPDATE OF id, account_id, bucket ON lot
BEGIN SELECT raise(ABORT, 'what a lot is does not change'); END;
CREATE TRIGGER lot_remains BEFORE DELETE ON lot BEGIN SELECT raise(ABORT, 'lots remain'); END;

-- A request at work: its lease and what it holds, in one row. Whoever ends it deletes the row, so that nobody can again.
CREATE TABLE open_request (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT,
    dialect    TEXT NOT NULL,
    until      REAL NOT NULL, -- from then on it is taken for dead: no lease any more, and its hold is released soon
    slices     INTEGER NOT NULL,
    held       INTEGER NOT NULL CHECK (held >= 0),
    parts      TEXT NOT NULL, -- [[lot, bucket, amount], ...] as JSON, in the order in which they were taken
    route      TEXT, -- of its idempotency key
    key        TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX open_request_of_account ON open_request (account_id, dialect, until, held);
CREATE INDEX open_request_of_project ON open_request (project_id, dialect, until) WHERE project_id IS NOT NULL;
CREATE INDEX open_request_until ON open_request (until);

CREATE TABLE idempotency (
    account_id  TEXT NOT NULL,
    route       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    request_id  TEXT NOT NULL,
    expires_at  REAL NOT NULL,
    status      INTEGER, -- NULL while the request is in flight
    headers     TEXT,
    body        BLOB CHECK (length(body) <= 65536),
    artifact    TEXT,
    PRIMARY KEY (account_id, route, key)
) STRICT;

CREATE INDEX idempotency_expiry ON idempotency (expires_at);

-- One row a request: the request log.
CREATE TABLE usage (
    account_id          TEXT NOT NULL,
    id                  TEXT NOT NULL,
    at                  REAL NOT NULL,
    key_id              TEXT,
    request_id          TEXT NOT NULL,
    dialect             TEXT NOT NULL,
    route               TEXT NOT NULL,
    modality            TEXT NOT NULL,
    model               TEXT NOT NULL,
    engine              TEXT NOT NULL,
    units               INTEGER NOT NULL,
    unit                TEXT NOT NULL,
    listed              INTEGER NOT NULL,
    charged             INTEGER NOT NULL,
    paid_free           INTEGER NOT NULL,
    paid_subscription   INTEGER NOT NULL,
    paid_payg           INTEGER NOT NULL,
    status              INTEGER NOT NULL,
    code                TEXT NOT NULL,
    latency_ms          INTEGER NOT NULL,
    client_reference_id TEXT NOT NULL,
    PRIMARY KEY (account_id, id),
    CHECK (charged = paid_free + paid_subscription + paid_payg)
) STRICT, WITHOUT ROWID;

-- The hash chain over transfers, a range a row: see store/seals.py.
CREATE TABLE seal (
    first_seq INTEGER PRIMARY KEY,
    last_seq  INTEGER NOT NULL UNIQUE,
    previous  BLOB NOT NULL CHECK (length(previous) = 32),
    marks     BLOB NOT NULL,
    hash      BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
