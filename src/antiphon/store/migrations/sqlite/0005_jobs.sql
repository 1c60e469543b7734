-- Jobs. This table is the queue: what is pending and admitted waits for a worker, what is running has a lease.
CREATE TABLE job (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    account    INTEGER NOT NULL REFERENCES account_number (number),
    project_id TEXT, -- NULL is the account's first
    key_id     TEXT,
    dialect    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    asked      BLOB NOT NULL,
    shown      BLOB NOT NULL,
    made       BLOB NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled', 'expired')),
    fence      INTEGER NOT NULL, -- how often it was claimed
    tries      INTEGER NOT NULL, -- of those, how often the worker did not give it back of its own accord
    priority   INTEGER NOT NULL,
    price      INTEGER NOT NULL CHECK (price >= 0),
    progress   REAL NOT NULL,
    stage      TEXT NOT NULL,
    fault      TEXT, -- its code
    fault_text TEXT,
    created_at REAL NOT NULL,
    started_at REAL,
    ended_at   REAL,
    deadline   REAL NOT NULL,
    span       INTEGER NOT NULL CHECK (span > 0), -- of the account's window, when this was submitted
    admitted   INTEGER NOT NULL CHECK (admitted IN (0, 1)),
    worker     TEXT,
    until      REAL,
    CHECK ((state = 'running') = (until IS NOT NULL)),
    CHECK ((state IN ('pending', 'running')) = (ended_at IS NULL))
) STRICT;

CREATE INDEX job_ready ON job (priority DESC, seq) WHERE state = 'pending' AND admitted = 1;
CREATE INDEX job_waiting ON job (account, priority DESC, seq) WHERE state = 'pending' AND admitted = 0;
CREATE INDEX job_in_window ON job (account) WHERE state IN ('pending', 'running') AND admitted = 1;
CREATE INDEX job_leased ON job (until) WHERE state = 'running';
CREATE INDEX job_deadline ON job (deadline) WHERE state IN ('pending', 'running');
CREATE INDEX job_of_account ON job (account, id);

CREATE TRIGGER job_ended BEFORE UPDATE ON job WHEN old.ended_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'a job that has ended stays as it is'); END;

-- What is to be delivered: the outbox. A row is made by the transaction that makes it true.
CREATE TABLE message (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    account    INTEGER NOT NULL REFERENCES account_number (number),
    job_id     TEXT NOT NULL,
    url        TEXT NOT NULL,
    host       TEXT NOT NULL, -- of the URL: hosts take turns
    secret     BLOB NOT NULL, -- encrypted; empty for the account's own
    event      TEXT NOT NULL,
    body       BLOB NOT NULL,
    created_at REAL NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'exhausted')),
    attempts   INTEGER NOT NULL, -- as many as are on record
    failed     INTEGER NOT NULL, -- of those, since it began to wait: its place in the schedule
    since      REAL NOT NULL, -- when it began to wait: when it was made, or replayed
    fence      INTEGER NOT NULL, -- how often it was claimed, replayed or given back
    held       INTEGER NOT NULL CHECK (held IN (0, 1)), -- it is being sent; due_at is the end of that lease
    due_at     REAL, -- NULL once it is delivered or given up
    ended_at   REAL,
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state = 'waiting') = (ended_at IS NULL))
) STRICT;

CREATE INDEX message_due ON message (host, due_at) WHERE state = 'waiting';
CREATE INDEX message_held ON message (seq) WHERE held = 1;
CREATE INDEX message_exhausted ON message (seq) WHERE state = 'exhausted';
CREATE INDEX message_ended ON message (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX message_of_account ON message (account, seq);
CREATE INDEX message_of_job ON message (job_id);

CREATE TABLE message_attempt (
    message      INTEGER NOT NULL REFERENCES message (seq) ON DELETE CASCADE,
    number       INTEGER NOT NULL, -- from 1 on
    at           REAL NOT NULL,
    status       INTEGER, -- NULL: there was no answer
    fault        TEXT NOT NULL,
    milliseconds INTEGER NOT NULL,
    PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;
