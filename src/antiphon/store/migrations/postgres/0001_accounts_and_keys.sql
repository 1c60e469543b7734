-- Small facts about this database that are set once, such as a fingerprint of the server's secret.
CREATE TABLE pin (
    name  text PRIMARY KEY,
    value bytea NOT NULL
);

CREATE TABLE account (
    id         uuid PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    created_at double precision NOT NULL
);

-- Never the key itself: its HMAC under the server's secret, and what a list may show of it.
CREATE TABLE api_key (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES account (id),
    name         text NOT NULL,
    digest       bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    shown_prefix text NOT NULL,
    permissions  text, -- sorted, parted by spaces; NULL is everything
    created_at   double precision NOT NULL,
    last_used_at double precision,
    revoked_at   double precision,
    leaked_at    double precision
);

CREATE INDEX api_key_of_account ON api_key (account_id, created_at);
