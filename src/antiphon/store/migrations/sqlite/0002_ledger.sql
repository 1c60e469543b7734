-- Double entry. A transfer is made of entries that sum to zero over the places where credits can be: the world (whence
-- they come and whither they expire), revenue, what is held, and lots. Amounts are millicredits, times Unix seconds.

-- Short names for accounts, because they stand in every row and every index below.
CREATE TABLE account_number (
    number     INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL UNIQUE REFERENCES account (id)
) STRICT;

INSERT INTO account_number (account_id) SELECT id FROM account ORDER BY id;

CREATE TRIGGER account_is_numbered AFTER INSERT ON account
BEGIN
    INSERT INTO account_number (account_id) VALUES (new.id);
END;

-- Credits granted at once. What is left in it and not held is `balance`; only entries change that (see below).
CREATE TABLE lot (
    number     INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    account    INTEGER NOT NULL REFERENCES account_number (number),
    bucket     TEXT NOT NULL CHECK (bucket IN ('free', 'subscription', 'payg')),
    balance    INTEGER NOT NULL CHECK (balance >= 0),
    expires_at REAL, -- NULL is never
    closed     INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)) -- its end has come and was seen to, once for all
) STRICT;

CREATE INDEX lot_spendable ON lot (account) WHERE balance > 0;
CREATE INDEX lot_ending ON lot (expires_at) WHERE closed = 0 AND expires_at IS NOT NULL;

-- AUTOINCREMENT: a number is never given twice, so that a transfer that is missing shows.
CREATE TABLE transfer (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE, -- made from what it is for, so that nothing happens twice
    kind       TEXT NOT NULL CHECK (kind IN ('grant', 'hold', 'settle', 'release', 'expire')),
    account    INTEGER NOT NULL,
    request_id TEXT, -- of holds and their ends
    at         REAL NOT NULL,
    note       TEXT NOT NULL,
    terms      TEXT -- of transfers that open or close a lot: [lot, bucket, expires_at, closed] as JSON
) STRICT;

-- Which transfers are whose, as far as `listed` says; what comes after that is little enough to be looked through. As an
-- index it would make each transfer write a page that no other transfer of its commit writes.
CREATE TABLE transfer_of_account (
    account INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    seq    INTEGER NOT NULL REFERENCES transfer (seq),
    place  INTEGER NOT NULL, -- -1 the world, -2 revenue, -3 what is held; else the number of a lot
    amount INTEGER NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (seq, place)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER entry_moves_balance AFTER INSERT ON entry WHEN new.place > 0
BEGIN
    UPDATE lot SET balance = balance + new.amount WHERE number = new.place;
END;

CREATE TRIGGER transfer_stays BEFORE UPDATE ON transfer BEGIN SELECT raise(ABORT, 'transfers are immutable'); END;
CREATE TRIGGER transfer_remains BEFORE DELETE ON transfer BEGIN SELECT raise(ABORT, 'transfers are immutable'); END;
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN SELECT raise(ABORT, 'entries are immutable'); END;
CREATE TRIGGER entry_remains BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'entries are immutable'); END;
CREATE TRIGGER lot_stays BEFORE UPDATE OF number, id, account, bucket ON lot
BEGIN SELECT raise(ABORT, 'what a lot is does not change'); END;
CREATE TRIGGER lot_remains BEFORE DELETE ON lot BEGIN SELECT raise(ABORT, 'lots remain'); END;
CREATE TRIGGER account_number_stays BEFORE UPDATE ON account_number
BEGIN SELECT raise(ABORT, 'an account keeps its number'); END;
CREATE TRIGGER account_number_remains BEFORE DELETE ON account_number
BEGIN SELECT raise(ABORT, 'an account keeps its number'); END;

-- A request at work: its lease and what it holds, in one row. Whoever ends it deletes the row, so that nobody can again.
CREATE TABLE open_request (
    id         TEXT PRIMARY KEY,
    account    INTEGER NOT NULL,
    project_id TEXT,
    dialect    TEXT NOT NULL,
    until      REAL NOT NULL, -- from then on it is taken for dead: no lease any more, and its hold is released soon
    slices     INTEGER NOT NULL,
    held       INTEGER NOT NULL CHECK (held >= 0),
    parts      TEXT NOT NULL, -- [[number of lot, lot, bucket, amount], ...] as JSON, in the order of their taking
    route      TEXT, -- of its idempotency key
    key        TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX open_request_of_account ON open_request (account, dialect, until, held);
CREATE INDEX open_request_of_project ON open_request (project_id, dialect, until) WHERE project_id IS NOT NULL;
CREATE INDEX open_request_until ON open_request (until);

CREATE TABLE idempotency (
    account     INTEGER NOT NULL,
    route       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    request_id  TEXT NOT NULL,
    expires_at  REAL NOT NULL,
    status      INTEGER, -- NULL while the request is in flight
    headers     TEXT,
    body        BLOB CHECK (length(body) <= 65536),
    artifact    TEXT,
    PRIMARY KEY (account, route, key)
) STRICT;

CREATE INDEX idempotency_expiry ON idempotency (expires_at);

-- One row a request: the request log.
CREATE TABLE usage (
    seq                 INTEGER PRIMARY KEY,
    id                  TEXT NOT NULL UNIQUE,
    account             INTEGER NOT NULL,
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
    CHECK (charged = paid_free + paid_subscription + paid_payg)
) STRICT;

-- As `transfer_of_account`.
CREATE TABLE usage_of_account (
    account INTEGER NOT NULL,
    id      TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

-- How far the lists by account go.
CREATE TABLE listed (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    transfer INTEGER NOT NULL,
    usage    INTEGER NOT NULL
) STRICT;

INSERT INTO listed VALUES (1, 0, 0);

-- The hash chain over transfers, a range a row: see store/seals.py.
CREATE TABLE seal (
    first_seq INTEGER PRIMARY KEY,
    last_seq  INTEGER NOT NULL UNIQUE,
    previous  BLOB NOT NULL CHECK (length(previous) = 32),
    marks     BLOB NOT NULL,
    hash      BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
