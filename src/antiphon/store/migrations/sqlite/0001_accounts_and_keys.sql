-- Small facts about this database that are set once, such as a fingerprint of the server's secret.
CREATE TABLE pin (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL
) STRICT;

-- Never the key itself: its HMAC under the server's secret, and what a list may show of it.
CREATE TABLE api_key (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES account (id),
    name         TEXT NOT NULL,
    digest       BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    shown_prefix TEXT NOT NULL,
    permissions  TEXT, -- sorted, parted by spaces; NULL is everything
    created_at   REAL NOT NULL,
    last_used_at REAL,
    revoked_at   REAL,
    leaked_at    REAL
) STRICT;

CREATE INDEX api_key_of_account ON api_key (account_id, created_at);
