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
    secret     BLOB NOT NULL, -- encrypted
    event      TEXT NOT NULL,
    body       BLOB NOT NULL,
    created_at REAL NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'exhausted')),
    attempts   INTEGER NOT NULL,
    due_at     REAL, -- NULL once it is delivered or given up
    CHECK ((state = 'waiting') = (due_at IS NOT NULL))
) STRICT;

CREATE INDEX message_due ON message (due_at) WHERE state = 'waiting';
CREATE INDEX message_of_job ON message (job_id);
