-- Each account has its first project without a row: its id is the account's, its name "default".
CREATE TABLE project (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    name       text NOT NULL CHECK (name <> 'default'),
    created_at double precision NOT NULL,
    UNIQUE (account_id, name),
    CHECK (id <> account_id)
);

-- What a month may cost, and what it has: whoever changes a row has locked the account's.
CREATE TABLE budget (
    account_id uuid NOT NULL REFERENCES account (id),
    project_id uuid, -- NULL is the whole account
    amount     bigint NOT NULL CHECK (amount >= 0),
    month      double precision NOT NULL, -- when the month began to which `spent` belongs, in Unix seconds
    spent      bigint NOT NULL CHECK (spent >= 0)
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX budget_of ON budget (account_id, coalesce(project_id, '00000000-0000-0000-0000-000000000000'));

CREATE TABLE temporary_key (
    id                  uuid PRIMARY KEY,
    parent_id           uuid NOT NULL REFERENCES api_key (id),
    digest              bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    permission          text NOT NULL,
    created_at          double precision NOT NULL,
    expires_at          double precision NOT NULL,
    client_reference_id text NOT NULL,
    single_use          boolean NOT NULL,
    longest_session     double precision,
    used_at             double precision -- of those for one use
);

CREATE INDEX temporary_key_expiry ON temporary_key (expires_at);

CREATE TABLE cloned_voice (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    project_id uuid NOT NULL,
    name       text NOT NULL,
    filename   text NOT NULL,
    created_at double precision NOT NULL,
    clip       text NOT NULL,
    -- What was measured in the clip: all of it, or nothing.
    pitch      double precision,
    span       double precision,
    pace       double precision,
    tilt       double precision,
    fault      text NOT NULL,
    UNIQUE (project_id, name),
    CHECK (num_nulls(pitch, span, pace, tilt) IN (0, 4))
);

CREATE INDEX cloned_voice_of_project ON cloned_voice (project_id, id);

ALTER TABLE api_key ADD COLUMN project_id uuid;
UPDATE api_key SET project_id = account_id;
ALTER TABLE api_key ALTER COLUMN project_id SET NOT NULL;

UPDATE open_request SET project_id = account_id WHERE project_id IS NULL;
ALTER TABLE open_request ALTER COLUMN project_id SET NOT NULL;

-- NULL is the account's first project.
ALTER TABLE usage ADD COLUMN project_id uuid;

-- All questions to the log go by this: what was served, who was at work when, what a month was charged. Not in it are
-- those that were refused at once, which can be many.
CREATE INDEX usage_in_time ON usage (account_id, at, id, dialect, (coalesce(project_id, account_id)))
WHERE status = 200 OR latency_ms > 0 OR charged > 0;
