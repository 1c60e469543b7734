-- Those who sign in. Never a password: its hash (argon2id), which names its salt and parameters.
CREATE TABLE app_user (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL UNIQUE REFERENCES account (id),
    email      TEXT NOT NULL UNIQUE,
    password   TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT;

-- Leave to register, once. Without an account a new one is made.
CREATE TABLE invite (
    id         TEXT PRIMARY KEY,
    digest     BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    account_id TEXT REFERENCES account (id),
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    used_at    REAL
) STRICT;

CREATE INDEX invite_of_account ON invite (account_id) WHERE used_at IS NULL AND account_id IS NOT NULL;

-- Sign-ins, and the tokens by which they went on: one is not used yet, the others tell who presents one again.
CREATE TABLE session (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES app_user (id),
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    ended_at   REAL,
    place      TEXT -- under which e-mail, and from where: hashed
) STRICT;

CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_of_user ON session (user_id, created_at);
CREATE INDEX session_of_place ON session (place, expires_at) WHERE place IS NOT NULL;

CREATE TABLE refresh_token (
    digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    created_at REAL NOT NULL,
    used_at    REAL
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_token_of_session ON refresh_token (session_id, created_at);

-- What an account's requests came to by day (UTC, by their ends), as far as `listed` says; what was refused at once is not
-- in it. Three times over, so that few rows answer most questions.
CREATE TABLE usage_total (
    account           INTEGER NOT NULL,
    apart             TEXT NOT NULL CHECK (apart IN ('all', 'models', 'keys')), -- what is told apart; the rest is ''
    day               INTEGER NOT NULL, -- whole days since 1970-01-01
    key_id            TEXT NOT NULL, -- '' is somebody who was signed in
    modality          TEXT NOT NULL,
    model             TEXT NOT NULL,
    requests          INTEGER NOT NULL,
    listed            INTEGER NOT NULL, -- of those that were charged
    paid_free         INTEGER NOT NULL,
    paid_subscription INTEGER NOT NULL,
    paid_payg         INTEGER NOT NULL,
    PRIMARY KEY (account, apart, day, key_id, modality, model)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_total
SELECT account, 'all', CAST(at AS INTEGER) / 86400, coalesce(key_id, ''), modality, model, count(*),
    sum(iif(charged > 0, listed, 0)), sum(paid_free), sum(paid_subscription), sum(paid_payg)
FROM usage
WHERE seq <= (SELECT usage FROM listed) AND (status = 200 OR latency_ms > 0 OR charged > 0)
GROUP BY 1, 3, 4, 5, 6;

INSERT INTO usage_total
SELECT account, 'models', day, '', modality, model, sum(requests),
    sum(listed), sum(paid_free), sum(paid_subscription), sum(paid_payg)
FROM usage_total WHERE apart = 'all' GROUP BY account, day, modality, model;

INSERT INTO usage_total
SELECT account, 'keys', day, key_id, '', '', sum(requests),
    sum(listed), sum(paid_free), sum(paid_subscription), sum(paid_payg)
FROM usage_total WHERE apart = 'all' GROUP BY account, day, key_id;
