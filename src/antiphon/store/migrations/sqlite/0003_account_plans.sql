-- The plan of each account that was ever put on one; the others are on "free" since they were made.
CREATE TABLE account_plan (
    account_id      TEXT PRIMARY KEY REFERENCES account (id),
    subscription_id TEXT NOT NULL UNIQUE,
    plan            TEXT NOT NULL,
    since           REAL NOT NULL,
    until           REAL CHECK (until IS NULL OR until >= since)
) STRICT;
