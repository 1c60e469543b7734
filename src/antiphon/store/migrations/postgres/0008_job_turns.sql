-- Turns of jobs. By age alone, each of an account's thousand jobs would be admitted before another's one that is newer.
ALTER TABLE job ADD COLUMN turn double precision NOT NULL DEFAULT 0; -- when it was admitted, less its head start
UPDATE job SET turn = created_at WHERE ended_at IS NULL;
DROP INDEX job_ready;
CREATE INDEX job_ready ON job (turn, id) INCLUDE (priority) WHERE state = 'pending' AND admitted;

-- What has ended is forgotten some day.
CREATE INDEX job_ended_at ON job (ended_at) WHERE ended_at IS NOT NULL;

-- Lanes of messages: from one of an account's hosts to the next.
CREATE INDEX message_lane ON message (account_id, host, due_at) WHERE state = 'waiting';

DROP FUNCTION job_end;

-- Puts messages into the outbox; those that are there already are left as they are.
CREATE FUNCTION job_tell(owner uuid, of_job uuid, messages told[], now double precision)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO message (
        id, account_id, job_id, url, host, secret, event, body, created_at, state, attempts, failed, since, fence, held,
        due_at)
    SELECT m.id, owner, of_job, m.url, m.host, m.secret, m.event, m.body, now, 'waiting', 0, 0, now, 0, false, now
    FROM unnest(messages) WITH ORDINALITY AS m ORDER BY m.ordinality
    ON CONFLICT (id) DO NOTHING;
    IF FOUND THEN
        PERFORM pg_notify('antiphon_messages', '');
    END IF;
END $$;

-- The same while a job runs; false where it is not the claim's any more.
CREATE FUNCTION job_say(of_job uuid, fence_of integer, messages told[], now double precision)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    owner uuid;
BEGIN
    SELECT account_id INTO owner FROM job WHERE id = of_job;
    PERFORM ledger_lock(ARRAY[owner]);
    PERFORM FROM job WHERE id = of_job AND state = 'running' AND fence = fence_of FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM job_tell(owner, of_job, messages, now);
    RETURN true;
END $$;

-- Ends a job with its hold, if it has not ended and is still the claim's; its row as it is then, or why not.
CREATE FUNCTION job_close(
    e ending, state_now text, fence_of integer, made_now bytea, fault_now text, fault_text_now text, messages told[],
    head_start double precision, OUT code text, OUT closed job
) LANGUAGE plpgsql AS $$
DECLARE
    owner  uuid;
    logged usage;
BEGIN
    SELECT account_id INTO owner FROM job WHERE id = e.request_id;
    PERFORM ledger_lock(ARRAY[owner]);
    PERFORM FROM job
    WHERE id = e.request_id AND ended_at IS NULL AND (fence_of IS NULL OR (state = 'running' AND fence = fence_of))
    FOR UPDATE;
    IF NOT FOUND THEN
        code := 'ended';
        RETURN;
    END IF;
    PERFORM FROM open_request WHERE id = e.request_id FOR UPDATE;
    IF FOUND THEN
        SELECT o.code INTO code FROM ledger_end(ARRAY[e]) AS o;
        IF code <> 'done' THEN
            RETURN;
        END IF;
    ELSIF e.charge > 0 THEN
        code := 'hold_gone';
        RETURN;
    ELSE
        code := 'done';
        logged := e.log;
        IF logged.id IS NOT NULL THEN
            logged.charged := 0;
            logged.paid_free := 0;
            logged.paid_subscription := 0;
            logged.paid_payg := 0;
            INSERT INTO usage SELECT logged.* ON CONFLICT (account_id, id) DO NOTHING;
        END IF;
    END IF;
    UPDATE job
    SET state = state_now, made = made_now, fault = fault_now, fault_text = fault_text_now, ended_at = e.at,
        worker = NULL, until = NULL, progress = CASE state_now WHEN 'succeeded' THEN 1 ELSE progress END
    WHERE id = e.request_id
    RETURNING * INTO closed;
    PERFORM job_tell(owner, e.request_id, messages, e.at);
    UPDATE job SET admitted = true, turn = e.at - head_start * priority
    WHERE id = (
        SELECT id FROM job WHERE account_id = owner AND state = 'pending' AND NOT admitted
        ORDER BY priority DESC, id LIMIT 1)
    AND span > (SELECT count(*) FROM job AS other WHERE account_id = owner AND ended_at IS NULL AND admitted);
    IF FOUND THEN
        PERFORM pg_notify('antiphon_jobs', '');
    END IF;
END $$;

-- Planning costs more than what is planned, and all that is wanted is found by an index.
ALTER FUNCTION job_submit SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION job_submit SET enable_seqscan = off;
ALTER FUNCTION job_close SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION job_close SET enable_seqscan = off;
