-- Jobs. This table is the queue: what is pending and admitted waits for a worker, what is running has a lease.
-- Whoever submits or ends a job locks its account first; whoever claims one passes over what is locked.
CREATE TABLE job (
    id         uuid PRIMARY KEY, -- UUIDv7: in the order of their making
    account_id uuid NOT NULL REFERENCES account (id),
    project_id uuid, -- NULL is the account's first
    key_id     uuid,
    dialect    text NOT NULL,
    kind       text NOT NULL,
    asked      bytea NOT NULL,
    shown      bytea NOT NULL,
    made       bytea NOT NULL,
    state      text NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled', 'expired')),
    fence      integer NOT NULL, -- how often it was claimed
    tries      integer NOT NULL, -- of those, how often the worker did not give it back of its own accord
    priority   integer NOT NULL,
    price      bigint NOT NULL CHECK (price >= 0),
    progress   double precision NOT NULL,
    stage      text NOT NULL,
    fault      text, -- its code
    fault_text text,
    created_at double precision NOT NULL,
    started_at double precision,
    ended_at   double precision,
    deadline   double precision NOT NULL,
    span       integer NOT NULL CHECK (span > 0), -- of the account's window, when this was submitted
    admitted   boolean NOT NULL,
    worker     text,
    until      double precision,
    CHECK ((state = 'running') = (until IS NOT NULL)),
    CHECK ((state IN ('pending', 'running')) = (ended_at IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);

CREATE INDEX job_ready ON job (priority DESC, id) WHERE state = 'pending' AND admitted;
CREATE INDEX job_waiting ON job (account_id, priority DESC, id) WHERE state = 'pending' AND NOT admitted;
CREATE INDEX job_in_window ON job (account_id) WHERE ended_at IS NULL AND admitted;
CREATE INDEX job_leased ON job (until) WHERE state = 'running';
CREATE INDEX job_deadline ON job (deadline) WHERE ended_at IS NULL;
CREATE INDEX job_of_account ON job (account_id, id);

-- What is to be delivered: the outbox. A row is made by the transaction that makes it true.
CREATE TABLE message (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         uuid NOT NULL UNIQUE,
    account_id uuid NOT NULL REFERENCES account (id),
    job_id     uuid NOT NULL,
    url        text NOT NULL,
    host       text NOT NULL, -- of the URL: hosts take turns
    secret     bytea NOT NULL, -- encrypted; empty for the account's own
    event      text NOT NULL,
    body       bytea NOT NULL,
    created_at double precision NOT NULL,
    state      text NOT NULL CHECK (state IN ('waiting', 'delivered', 'exhausted')),
    attempts   integer NOT NULL, -- as many as are on record
    failed     integer NOT NULL, -- of those, since it began to wait: its place in the schedule
    since      double precision NOT NULL, -- when it began to wait: when it was made, or replayed
    fence      integer NOT NULL, -- how often it was claimed, replayed or given back
    held       boolean NOT NULL, -- it is being sent; due_at is the end of that lease
    due_at     double precision, -- NULL once it is delivered or given up
    ended_at   double precision,
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state = 'waiting') = (ended_at IS NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01);

CREATE INDEX message_due ON message (host, due_at) WHERE state = 'waiting';
CREATE INDEX message_held ON message (seq) WHERE held;
CREATE INDEX message_exhausted ON message (seq) WHERE state = 'exhausted';
CREATE INDEX message_ended ON message (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX message_of_account ON message (account_id, seq);
CREATE INDEX message_of_job ON message (job_id);

CREATE TABLE message_attempt (
    message      bigint NOT NULL REFERENCES message (seq) ON DELETE CASCADE,
    number       integer NOT NULL, -- from 1 on
    at           double precision NOT NULL,
    status       integer, -- NULL: there was no answer
    fault        text NOT NULL,
    milliseconds integer NOT NULL,
    PRIMARY KEY (message, number)
);

CREATE TYPE told AS (id uuid, url text, host text, secret bytea, event text, body bytea);

-- Holds the price and lets the job wait, or says what the ledger says. Of `made` only what is asked for is read.
CREATE FUNCTION job_submit(
    a ask, made job, status_kept integer, headers_kept text, body_kept bytea, artifact_kept text
) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
    result outcome;
BEGIN
    PERFORM ledger_lock(ARRAY[a.account_id]);
    SELECT * INTO result FROM ledger_hold(ARRAY[a]);
    IF result.code <> 'done' THEN
        RETURN result;
    END IF;
    made.admitted := made.span > (
        SELECT count(*) FROM job WHERE account_id = a.account_id AND ended_at IS NULL AND admitted);
    INSERT INTO job SELECT made.*;
    IF status_kept IS NOT NULL AND a.key IS NOT NULL THEN
        UPDATE idempotency
        SET status = status_kept, headers = headers_kept, body = body_kept, artifact = artifact_kept
        WHERE account_id = a.account_id AND route = a.route AND key = a.key AND request_id = a.request_id;
        -- The answer is given now, not when the job ends.
        UPDATE open_request SET route = NULL, key = NULL WHERE id = a.request_id;
    END IF;
    IF made.admitted THEN
        PERFORM pg_notify('antiphon_jobs', '');
    END IF;
    RETURN result;
END $$;

-- Ends a job with its hold, if it has not ended and is still the claim's; its row as it is then, or none.
CREATE FUNCTION job_end(
    e ending, state_now text, fence_of integer, made_now bytea, fault_now text, fault_text_now text, messages told[]
) RETURNS SETOF job LANGUAGE plpgsql AS $$
DECLARE
    owner uuid;
    ended job;
BEGIN
    SELECT account_id INTO owner FROM job WHERE id = e.request_id;
    PERFORM ledger_lock(ARRAY[owner]);
    UPDATE job
    SET state = state_now, made = made_now, fault = fault_now, fault_text = fault_text_now, ended_at = e.at,
        worker = NULL, until = NULL, progress = CASE state_now WHEN 'succeeded' THEN 1 ELSE progress END
    WHERE id = e.request_id AND ended_at IS NULL AND (fence_of IS NULL OR (state = 'running' AND fence = fence_of))
    RETURNING * INTO ended;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM FROM open_request WHERE id = e.request_id FOR UPDATE;
    IF (SELECT count(*) FROM ledger_end(ARRAY[e]) WHERE code = 'done') <> 1 THEN
        RAISE EXCEPTION 'the hold of job % cannot be ended', e.request_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO message (
        id, account_id, job_id, url, host, secret, event, body, created_at, state, attempts, failed, since, fence, held,
        due_at)
    SELECT
        m.id, owner, e.request_id, m.url, m.host, m.secret, m.event, m.body, e.at, 'waiting', 0, 0, e.at, 0, false, e.at
    FROM unnest(messages) WITH ORDINALITY AS m ORDER BY m.ordinality;
    IF FOUND THEN
        PERFORM pg_notify('antiphon_messages', '');
    END IF;
    UPDATE job SET admitted = true
    WHERE id = (
        SELECT id FROM job WHERE account_id = owner AND state = 'pending' AND NOT admitted
        ORDER BY priority DESC, id LIMIT 1)
    AND span > (SELECT count(*) FROM job AS other WHERE account_id = owner AND ended_at IS NULL AND admitted);
    IF FOUND THEN
        PERFORM pg_notify('antiphon_jobs', '');
    END IF;
    RETURN NEXT ended;
END $$;
