-- The ledger's work. Each function is one transaction of its caller's; each begins by locking the rows of all accounts
-- it touches, in the order of their ids, and then those of open requests, in the order of theirs, so that no two can
-- wait for each other. Locking also gives the transaction its number before any `seq` is drawn: see ledger_horizon.
-- A refusal is a value that is returned: one bad operation does not undo its neighbours.

-- A hold: the first slice of a request that is to be opened, or a further one.
CREATE TYPE ask AS (
    n           integer,
    further     boolean,
    request_id  uuid,
    account_id  uuid, -- NULL for a further slice
    project_id  uuid,
    dialect     text,
    amount      bigint,
    spend       text[], -- buckets in order
    at          double precision,
    until       double precision,
    tiers       text[], -- of limits, and how many each allows
    most        integer[],
    route       text,
    key         text,
    fingerprint bytea,
    forget_at   double precision
);

CREATE TYPE ending AS (
    n          integer,
    overdue    boolean, -- only if nobody renewed it
    request_id uuid,
    charge     bigint,
    at         double precision,
    note       text,
    log        usage,
    status     integer, -- of the answer; NULL keeps none
    headers    text,
    body       bytea,
    artifact   text
);

-- What became of one of them. `code` is "done", "replay" or a refusal.
CREATE TYPE outcome AS (
    n            integer,
    code         text,
    tier         text,
    parts        part[],
    available    bigint,
    free         bigint,
    subscription bigint,
    payg         bigint,
    held         bigint,
    status       integer,
    headers      text,
    body         bytea,
    artifact     text
);

CREATE TYPE credit AS (
    seq bigint, request_id uuid, account_id uuid, at double precision, lot_id uuid, amount bigint
);

CREATE FUNCTION ledger_lock(accounts uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM account WHERE id = ANY (accounts) ORDER BY id FOR NO KEY UPDATE;
END $$;

-- What can be spent by bucket, and what is held: one row. (Of a function that returns a table, PostgreSQL plans the
-- body together with the query around it; any other would be parsed again with each.)
CREATE FUNCTION ledger_balance(account uuid, now double precision)
RETURNS TABLE (free bigint, subscription bigint, payg bigint, held bigint) LANGUAGE sql STABLE AS $$
    SELECT
        coalesce(sum(balance) FILTER (WHERE bucket = 'free'), 0)::bigint,
        coalesce(sum(balance) FILTER (WHERE bucket = 'subscription'), 0)::bigint,
        coalesce(sum(balance) FILTER (WHERE bucket = 'payg'), 0)::bigint,
        (SELECT coalesce(sum(open_request.held), 0)::bigint FROM open_request WHERE account_id = account)
    FROM lot
    WHERE account_id = account AND spendable AND (expires_at IS NULL OR expires_at > now)
$$;

-- Takes back all or part of a lot. The terms are written where it is closed by that.
CREATE FUNCTION ledger_expire(
    transfer_id text, account uuid, request uuid, now double precision, terms text, lot_id uuid, amount bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    number bigint := nextval('transfer_seq');
BEGIN
    INSERT INTO transfer VALUES (number, transfer_id, 'expire', account, request, now, '', terms);
    IF amount > 0 THEN
        INSERT INTO entry VALUES (number, lot_id::text, -amount), (number, 'world', amount);
    END IF;
END $$;

CREATE FUNCTION ledger_end(endings ending[]) RETURNS SETOF outcome LANGUAGE plpgsql AS $$
DECLARE
    gone      record;
    p         part;
    c         record;
    logged    usage;
    number    bigint;
    missing   bigint;
    paid      bigint;
    transfers transfer[] := '{}';
    entries   entry[] := '{}';
    backs     credit[] := '{}';
    logs      usage[] := '{}';
    done_n    integer[] := '{}';
    done_of   uuid[] := '{}';
    done_at   double precision[] := '{}';
BEGIN
    FOR gone IN
        DELETE FROM open_request AS r USING unnest(endings) AS e
        WHERE r.id = e.request_id AND r.held >= e.charge AND (NOT e.overdue OR r.until <= e.at)
        RETURNING e.n, e.charge, e.at, e.note, e.log, e.status, e.headers, e.body, e.artifact,
            r.id, r.account_id, r.held, r.parts, r.route, r.key
    LOOP
        done_n := done_n || gone.n;
        done_of := done_of || gone.account_id;
        done_at := done_at || gone.at;
        logged := gone.log;
        logged.charged := gone.charge;
        logged.paid_free := 0;
        logged.paid_subscription := 0;
        logged.paid_payg := 0;

        IF gone.held > 0 THEN
            number := nextval('transfer_seq');
            transfers := transfers || ROW(
                number, 'end:' || gone.id, CASE WHEN gone.charge > 0 THEN 'settle' ELSE 'release' END,
                gone.account_id, gone.id, gone.at, gone.note, NULL)::transfer;
            entries := entries || ROW(number, 'held', -gone.held)::entry;
            IF gone.charge > 0 THEN
                entries := entries || ROW(number, 'revenue', gone.charge)::entry;
            END IF;
            -- Charged in the order in which it was held; the rest goes back to where it came from.
            missing := gone.charge;
            FOREACH p IN ARRAY gone.parts LOOP
                paid := least(missing, p.amount);
                missing := missing - paid;
                IF p.bucket = 'free' THEN
                    logged.paid_free := logged.paid_free + paid;
                ELSIF p.bucket = 'subscription' THEN
                    logged.paid_subscription := logged.paid_subscription + paid;
                ELSE
                    logged.paid_payg := logged.paid_payg + paid;
                END IF;
                IF p.amount > paid THEN
                    backs := backs || ROW(
                        number, gone.id, gone.account_id, gone.at, p.lot_id, p.amount - paid)::credit;
                END IF;
            END LOOP;
        END IF;

        IF logged.id IS NOT NULL THEN
            logs := logs || logged;
        END IF;
        IF gone.key IS NOT NULL AND gone.status IS NULL THEN
            DELETE FROM idempotency
            WHERE account_id = gone.account_id AND route = gone.route AND key = gone.key AND request_id = gone.id;
        ELSIF gone.key IS NOT NULL THEN
            UPDATE idempotency
            SET status = gone.status, headers = gone.headers, body = gone.body, artifact = gone.artifact
            WHERE account_id = gone.account_id AND route = gone.route AND key = gone.key AND request_id = gone.id;
        END IF;
    END LOOP;

    INSERT INTO transfer SELECT * FROM unnest(transfers);
    INSERT INTO entry
    SELECT * FROM unnest(entries)
    UNION ALL
    SELECT seq, lot_id::text, sum(amount)::bigint FROM unnest(backs) GROUP BY seq, lot_id;
    -- What comes back to a lot that is over, expires at once.
    FOR c IN
        SELECT back.request_id, back.account_id, back.at, back.lot_id, sum(back.amount)::bigint AS amount
        FROM unnest(backs) AS back JOIN lot ON lot.id = back.lot_id
        WHERE lot.closed OR lot.expires_at <= back.at
        GROUP BY back.request_id, back.account_id, back.at, back.lot_id ORDER BY back.request_id, back.lot_id
    LOOP
        PERFORM ledger_expire(
            'expire:' || c.lot_id || '/' || c.request_id, c.account_id, c.request_id, c.at, NULL, c.lot_id, c.amount);
    END LOOP;
    INSERT INTO usage SELECT * FROM unnest(logs) ON CONFLICT (account_id, id) DO NOTHING;

    RETURN QUERY
    SELECT
        done.n, 'done', NULL, NULL::part[], NULL::bigint, b.free, b.subscription, b.payg, b.held,
        NULL::integer, NULL, NULL::bytea, NULL
    FROM unnest(done_n, done_of, done_at) AS done (n, account_id, at),
        LATERAL ledger_balance(done.account_id, done.at) AS b;
    IF cardinality(done_n) < cardinality(endings) THEN
        RETURN QUERY
        SELECT
            e.n, CASE WHEN r.held < e.charge THEN 'excess' ELSE 'ended' END, NULL, NULL::part[], NULL::bigint,
            NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::integer, NULL, NULL::bytea, NULL
        FROM unnest(endings) AS e LEFT JOIN open_request AS r ON r.id = e.request_id
        WHERE NOT e.n = ANY (done_n);
    END IF;
END $$;

CREATE FUNCTION ledger_hold(asks ask[]) RETURNS SETOF outcome LANGUAGE plpgsql AS $$
DECLARE
    a          record;
    kept       idempotency;
    result     outcome;
    i          integer;
    -- Leases that this batch took already, of the account and project that it is at.
    at_account uuid;
    at_dialect text;
    at_project uuid;
    of_account integer := 0;
    of_project integer := 0;
    leases     bigint;
    -- The lots of all accounts, each's soonest to end first. The amounts are followed here and written at the end.
    lots       uuid[];
    owners     uuid[];
    buckets    text[];
    balances   bigint[];
    ends       double precision[];
    first      integer := 1;
    wanted     text;
    number     bigint;
    missing    bigint;
    taken      bigint;
    transfers  transfer[] := '{}';
    entries    entry[] := '{}';
    opened     open_request[] := '{}';
BEGIN
    SELECT array_agg(id), array_agg(account_id), array_agg(bucket), array_agg(balance), array_agg(ending)
    INTO lots, owners, buckets, balances, ends
    FROM (
        SELECT id, account_id, bucket, balance, coalesce(expires_at, 'infinity') AS ending FROM lot
        WHERE spendable AND account_id = ANY (ARRAY(
            SELECT coalesce(asked.account_id, open_request.account_id)
            FROM unnest(asks) AS asked LEFT JOIN open_request ON asked.further AND open_request.id = asked.request_id))
        ORDER BY account_id, ending, id) AS sorted;

    FOR a IN
        SELECT
            asked.n, asked.further, asked.request_id, account.id AS account_id, asked.project_id,
            coalesce(asked.dialect, r.dialect) AS dialect, coalesce(r.slices, 0) AS slices, asked.amount, asked.spend,
            asked.at, asked.until, coalesce(cardinality(asked.tiers), 0) AS limits, asked.tiers, asked.most,
            asked.route, asked.key, asked.fingerprint, asked.forget_at,
            CASE WHEN cardinality(asked.tiers) > 0 THEN (
                SELECT count(*) FROM open_request AS other
                WHERE other.account_id = asked.account_id AND other.dialect = asked.dialect
                    AND other.until > asked.at) END AS in_account,
            CASE WHEN 'project' = ANY (asked.tiers) THEN (
                SELECT count(*) FROM open_request AS other
                WHERE other.project_id = asked.project_id AND other.dialect = asked.dialect
                    AND other.until > asked.at) END AS in_project
        FROM unnest(asks) AS asked
        LEFT JOIN open_request AS r ON asked.further AND r.id = asked.request_id
        LEFT JOIN account ON account.id = coalesce(asked.account_id, r.account_id)
        ORDER BY account.id, 6, asked.project_id, asked.n
    LOOP
        result := NULL;
        result.n := a.n;
        IF a.account_id IS NULL THEN
            result.code := CASE WHEN a.further THEN 'ended' WHEN a.amount > 0 THEN 'balance' ELSE 'account' END;
            RETURN NEXT result;
            CONTINUE;
        END IF;
        IF at_account IS DISTINCT FROM a.account_id OR at_dialect <> a.dialect THEN
            at_account := a.account_id;
            at_dialect := a.dialect;
            of_account := 0;
            of_project := 0;
        END IF;
        IF at_project IS DISTINCT FROM a.project_id THEN
            at_project := a.project_id;
            of_project := 0;
        END IF;

        IF a.key IS NOT NULL THEN
            SELECT * INTO kept FROM idempotency
            WHERE account_id = a.account_id AND route = a.route AND key = a.key AND expires_at > a.at;
            IF FOUND THEN
                IF kept.fingerprint <> a.fingerprint THEN
                    result.code := 'idempotency_mismatch';
                ELSIF kept.status IS NOT NULL THEN
                    result.code := 'replay';
                    result.status := kept.status;
                    result.headers := kept.headers;
                    result.body := kept.body;
                    result.artifact := kept.artifact;
                ELSE
                    -- In flight but not open any more, it left nothing behind: its name is free to be taken over.
                    PERFORM FROM open_request WHERE id = kept.request_id;
                    IF FOUND THEN
                        result.code := 'idempotency_in_flight';
                    END IF;
                END IF;
            END IF;
        END IF;
        FOR i IN 1 .. a.limits LOOP
            EXIT WHEN result.code IS NOT NULL;
            leases := CASE a.tiers[i] WHEN 'project' THEN a.in_project + of_project ELSE a.in_account + of_account END;
            IF leases >= a.most[i] THEN
                result.code := 'concurrency';
                result.tier := a.tiers[i];
            END IF;
        END LOOP;
        IF result.code IS NOT NULL THEN
            RETURN NEXT result;
            CONTINUE;
        END IF;

        WHILE owners[first] < a.account_id LOOP
            first := first + 1;
        END LOOP;
        result.available := -a.amount;
        i := first;
        WHILE owners[i] = a.account_id LOOP
            IF ends[i] > a.at AND buckets[i] = ANY (a.spend) THEN
                result.available := result.available + balances[i];
            END IF;
            i := i + 1;
        END LOOP;
        IF result.available < 0 THEN
            result.code := 'balance';
            RETURN NEXT result;
            CONTINUE;
        END IF;

        result.code := 'done';
        result.parts := '{}';
        IF a.amount > 0 THEN
            number := nextval('transfer_seq');
            transfers := transfers || ROW(
                number, 'hold:' || a.request_id || '/' || a.slices, 'hold', a.account_id, a.request_id, a.at,
                a.dialect, NULL)::transfer;
            entries := entries || ROW(number, 'held', a.amount)::entry;
            missing := a.amount;
            FOREACH wanted IN ARRAY a.spend LOOP
                i := first;
                WHILE missing > 0 AND owners[i] = a.account_id LOOP
                    IF buckets[i] = wanted AND balances[i] > 0 AND ends[i] > a.at THEN
                        taken := least(missing, balances[i]);
                        balances[i] := balances[i] - taken;
                        missing := missing - taken;
                        result.parts := result.parts || ROW(lots[i], wanted, taken)::part;
                        entries := entries || ROW(number, lots[i]::text, -taken)::entry;
                    END IF;
                    i := i + 1;
                END LOOP;
            END LOOP;
        END IF;
        RETURN NEXT result;

        IF a.further THEN
            UPDATE open_request
            SET slices = slices + 1, held = held + a.amount, parts = parts || result.parts
            WHERE id = a.request_id;
            CONTINUE;
        END IF;
        opened := opened || ROW(
            a.request_id, a.account_id, a.project_id, a.dialect, a.until, 1, a.amount, result.parts, a.route, a.key
        )::open_request;
        of_account := of_account + 1;
        IF a.project_id IS NOT NULL THEN
            of_project := of_project + 1;
        END IF;
        IF a.key IS NOT NULL THEN
            INSERT INTO idempotency (account_id, route, key, fingerprint, request_id, expires_at)
            VALUES (a.account_id, a.route, a.key, a.fingerprint, a.request_id, a.forget_at)
            ON CONFLICT (account_id, route, key) DO UPDATE
            SET fingerprint = excluded.fingerprint, request_id = excluded.request_id,
                expires_at = excluded.expires_at, status = NULL, headers = NULL, body = NULL, artifact = NULL;
        END IF;
    END LOOP;

    INSERT INTO open_request SELECT * FROM unnest(opened);
    INSERT INTO transfer SELECT * FROM unnest(transfers);
    INSERT INTO entry SELECT * FROM unnest(entries);
END $$;

-- A batch of one process. Ends come first: what they free can be taken.
CREATE FUNCTION ledger_run(
    pump_id uuid, fence_no bigint, batch_no bigint, endings ending[], asks ask[]
) RETURNS SETOF outcome LANGUAGE plpgsql AS $$
DECLARE
    requests uuid[];
    outcomes outcome[];
BEGIN
    requests := ARRAY(
        SELECT request_id FROM unnest(endings) UNION SELECT request_id FROM unnest(asks) WHERE further);
    PERFORM ledger_lock(ARRAY(
        SELECT account_id FROM unnest(asks) WHERE account_id IS NOT NULL
        UNION SELECT account_id FROM open_request WHERE id = ANY (requests)));
    PERFORM FROM open_request WHERE id = ANY (requests) ORDER BY id FOR UPDATE;

    IF cardinality(endings) > 0 THEN
        outcomes := ARRAY(SELECT o FROM ledger_end(endings) AS o);
    END IF;
    IF cardinality(asks) > 0 THEN
        outcomes := outcomes || ARRAY(SELECT o FROM ledger_hold(asks) AS o);
    END IF;

    INSERT INTO pump AS p (id, fence, batch, done)
    VALUES (pump_id, fence_no, batch_no, ARRAY(SELECT n FROM unnest(outcomes) WHERE code = 'done'))
    ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, done = excluded.done, seen = excluded.seen
    WHERE p.fence = excluded.fence;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the process has given up this batch' USING ERRCODE = 'transaction_rollback';
    END IF;
    RETURN QUERY SELECT * FROM unnest(outcomes);
END $$;

CREATE FUNCTION ledger_grant(
    transfer_id text, lot_id uuid, account uuid, lot_bucket text, amount bigint, now double precision,
    ends_at double precision, about text, lot_terms text
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM ledger_lock(ARRAY[account]);
    PERFORM FROM transfer WHERE id = transfer_id;
    IF FOUND THEN
        RETURN false;
    END IF;
    number := nextval('transfer_seq');
    INSERT INTO transfer VALUES (number, transfer_id, 'grant', account, NULL, now, about, lot_terms)
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO lot (id, account_id, bucket, balance, expires_at) VALUES (lot_id, account, lot_bucket, 0, ends_at);
    INSERT INTO entry VALUES (number, 'world', -amount), (number, lot_id::text, amount);
    RETURN true;
END $$;

-- Closes lots of accounts that are locked. What comes back to them later expires at once, whatever the clock says.
CREATE FUNCTION ledger_close(lots uuid[], now double precision) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    l     lot;
    ended double precision;
    count integer := 0;
BEGIN
    FOR l IN SELECT * FROM lot WHERE id = ANY (lots) AND NOT closed ORDER BY account_id, expires_at, id LOOP
        ended := least(now, l.expires_at);
        PERFORM ledger_expire(
            'expire:' || l.id, l.account_id, NULL, now, jsonb_build_array(l.id, l.bucket, ended, 1)::text,
            l.id, l.balance);
        UPDATE lot SET expires_at = ended, closed = true WHERE id = l.id;
        count := count + 1;
    END LOOP;
    RETURN count;
END $$;

CREATE FUNCTION ledger_expire_lots(now double precision, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    lots   uuid[];
    owners uuid[];
BEGIN
    SELECT array_agg(id), array_agg(account_id) INTO lots, owners FROM (
        SELECT id, account_id FROM lot
        WHERE NOT closed AND expires_at IS NOT NULL AND expires_at <= now ORDER BY expires_at LIMIT most) AS over;
    PERFORM ledger_lock(owners);
    RETURN ledger_close(lots, now);
END $$;

CREATE FUNCTION ledger_end_lots(account uuid, lot_bucket text, now double precision) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_lock(ARRAY[account]);
    RETURN ledger_close(
        ARRAY(SELECT id FROM lot WHERE account_id = account AND bucket = lot_bucket AND NOT closed), now);
END $$;

CREATE FUNCTION ledger_renew(requests uuid[], later double precision) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM open_request WHERE id = ANY (requests) ORDER BY id FOR UPDATE;
    RETURN QUERY
    UPDATE open_request SET until = greatest(until, later) WHERE id = ANY (requests) RETURNING id;
END $$;

-- The last number that was drawn, and a transaction that began after that: once all before it have ended, no lower
-- number can appear any more. Numbers are drawn by transactions that have an id, so the order of the lines matters.
CREATE FUNCTION ledger_horizon(OUT last_seq bigint, OUT later xid8) LANGUAGE plpgsql AS $$
BEGIN
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO last_seq FROM transfer_seq;
    later := pg_current_xact_id();
END $$;

-- The results of operations that were done, whose answer was lost on the way: as things stand now.
CREATE FUNCTION ledger_recall(endings ending[], asks ask[]) RETURNS SETOF outcome LANGUAGE sql STABLE AS $$
    SELECT
        e.n, 'done', NULL::text, NULL::part[], NULL::bigint, b.free, b.subscription, b.payg, b.held,
        NULL::integer, NULL::text, NULL::bytea, NULL::text
    FROM unnest(endings) AS e
    LEFT JOIN transfer ON transfer.id = 'end:' || e.request_id,
    LATERAL ledger_balance(coalesce((e.log).account_id, transfer.account_id), e.at) AS b
    UNION ALL
    SELECT
        a.n, 'done', NULL, open_request.parts,
        CASE WHEN 'free' = ANY (a.spend) THEN b.free ELSE 0 END
        + CASE WHEN 'subscription' = ANY (a.spend) THEN b.subscription ELSE 0 END
        + CASE WHEN 'payg' = ANY (a.spend) THEN b.payg ELSE 0 END,
        b.free, b.subscription, b.payg, b.held, NULL, NULL, NULL, NULL
    FROM unnest(asks) AS a
    JOIN open_request ON open_request.id = a.request_id,
    LATERAL ledger_balance(open_request.account_id, a.at) AS b
$$;
