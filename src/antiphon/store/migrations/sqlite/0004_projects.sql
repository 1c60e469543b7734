-- Parts of an account. Each account has a first one whose id is the account's own: it is not here, and where a
-- `project_id` below may be NULL, NULL is that one.
CREATE TABLE project (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    name       TEXT NOT NULL CHECK (name <> 'default'), -- of the first one
    created_at REAL NOT NULL,
    UNIQUE (account_id, name)
) STRICT;

ALTER TABLE api_key ADD COLUMN project_id TEXT REFERENCES project (id);

-- What a month may cost. `spent` is kept in step by the ends of requests, of accounts that have a budget.
CREATE TABLE budget (
    account    INTEGER NOT NULL REFERENCES account_number (number),
    project_id TEXT NOT NULL, -- '' is the whole account
    amount     INTEGER NOT NULL CHECK (amount >= 0),
    month      TEXT NOT NULL, -- the one in which `spent` was spent, such as 2026-11
    spent      INTEGER NOT NULL CHECK (spent >= 0),
    PRIMARY KEY (account, project_id)
) STRICT, WITHOUT ROWID;

-- A request at work is always in a project from now on. One index serves leases and holds of accounts and of projects.
UPDATE open_request SET project_id = (SELECT account_id FROM account_number WHERE number = open_request.account)
WHERE project_id IS NULL;

DROP INDEX open_request_of_project;
DROP INDEX open_request_of_account;
CREATE INDEX open_request_of_account ON open_request (account, dialect, until, held, project_id);

-- Which requests a project had that were at work or charged, in the order of their ends: as `usage_of_account`, and as
-- far as `listed` says for that one.
ALTER TABLE usage ADD COLUMN project_id TEXT;

CREATE TABLE usage_of_project (
    account INTEGER NOT NULL,
    project TEXT NOT NULL, -- '' is the first
    dialect TEXT NOT NULL,
    at      REAL NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (account, project, dialect, at, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_of_project
SELECT account, '', dialect, at, seq FROM usage
WHERE seq <= (SELECT usage FROM listed) AND (status = 200 OR latency_ms > 0 OR charged > 0)
ORDER BY account, dialect, at, seq;

-- Totals by day of what was served, as far as the lists go.
CREATE TABLE usage_of_day (
    account  INTEGER NOT NULL,
    project  TEXT NOT NULL,
    dialect  TEXT NOT NULL,
    day      INTEGER NOT NULL, -- whole days since 1970-01-01
    model    TEXT NOT NULL,
    requests INTEGER NOT NULL,
    units    INTEGER NOT NULL,
    charged  INTEGER NOT NULL,
    PRIMARY KEY (account, project, dialect, day, model)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_of_day
SELECT account, '', dialect, CAST(at AS INTEGER) / 86400, model, count(*), sum(units), sum(charged) FROM usage
WHERE seq <= (SELECT usage FROM listed) AND status = 200
GROUP BY account, dialect, 4, model;

-- How long the longest of the listed requests took: how far behind a moment those have ended that were at work in it.
ALTER TABLE listed ADD COLUMN longest_ms INTEGER NOT NULL DEFAULT 0;

UPDATE listed SET longest_ms = coalesce((SELECT max(latency_ms) FROM usage WHERE seq <= listed.usage), 0);

-- Keys that are valid for minutes, for somebody else's hands.
CREATE TABLE temporary_key (
    id                  TEXT PRIMARY KEY,
    parent_id           TEXT NOT NULL REFERENCES api_key (id),
    digest              BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    permission          TEXT NOT NULL,
    created_at          REAL NOT NULL,
    expires_at          REAL NOT NULL,
    client_reference_id TEXT NOT NULL,
    single_use          INTEGER NOT NULL CHECK (single_use IN (0, 1)),
    longest_session     REAL, -- seconds; NULL has no end of its own
    used_at             REAL -- when its one use was begun
) STRICT;

CREATE INDEX temporary_key_expiry ON temporary_key (expires_at);

-- Voices that were measured in clips. The four figures are there together or not at all.
CREATE TABLE cloned_voice (
    id         TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    project_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    filename   TEXT NOT NULL,
    created_at REAL NOT NULL,
    clip       TEXT NOT NULL,
    pitch      REAL,
    span       REAL,
    pace       REAL,
    tilt       REAL,
    fault      TEXT NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, name)
) STRICT, WITHOUT ROWID;
