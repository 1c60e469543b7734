-- Budgets: the two functions of the ledger that hold and end requests, once more, and what sets a budget.

-- When the month (UTC) of a moment began; both are Unix seconds.
CREATE FUNCTION ledger_month(moment double precision) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT extract(epoch FROM date_trunc('month', to_timestamp(moment) AT TIME ZONE 'UTC'))::double precision
$$;

-- What was charged this month, up to so long ago that no end of then can be on its way any more, is counted before the
-- account is locked, so that nobody waits for that; the rest under the lock, so that no charge is missed or counted
-- twice.
CREATE FUNCTION ledger_set_budget(
    account uuid, project uuid, most bigint, now double precision
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    began  double precision := ledger_month(now);
    recent double precision := greatest(began, now - 300);
    before bigint;
BEGIN
    SELECT coalesce(sum(charged), 0) INTO before FROM usage
    WHERE account_id = account AND (project IS NULL OR coalesce(project_id, account_id) = project)
        AND charged > 0 AND at >= began AND at < recent;
    PERFORM ledger_lock(ARRAY[account]);
    DELETE FROM budget WHERE account_id = account AND project_id IS NOT DISTINCT FROM project;
    INSERT INTO budget (account_id, project_id, amount, month, spent)
    SELECT account, project, most, began, before + coalesce(sum(charged), 0) FROM usage
    WHERE account_id = account AND (project IS NULL OR coalesce(project_id, account_id) = project)
        AND charged > 0 AND at >= recent;
END $$;

CREATE OR REPLACE FUNCTION ledger_end(endings ending[]) RETURNS SETOF outcome LANGUAGE plpgsql AS $$
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
    done_in   uuid[] := '{}';
    charges   bigint[] := '{}';
BEGIN
    FOR gone IN
        DELETE FROM open_request AS r USING unnest(endings) AS e
        WHERE r.id = e.request_id AND r.held >= e.charge AND (NOT e.overdue OR r.until <= e.at)
        RETURNING e.n, e.charge, e.at, e.note, e.log, e.status, e.headers, e.body, e.artifact,
            r.id, r.account_id, r.project_id, r.held, r.parts, r.route, r.key
    LOOP
        done_n := done_n || gone.n;
        done_of := done_of || gone.account_id;
        done_at := done_at || gone.at;
        done_in := done_in || gone.project_id;
        charges := charges || gone.charge;
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
    -- Few accounts have budgets. A month that has begun stays, whatever other clocks say.
    FOR c IN
        SELECT ended.account_id, ended.project_id, ledger_month(ended.at) AS month, sum(ended.charge)::bigint AS charge
        FROM unnest(done_of, done_in, done_at, charges) AS ended (account_id, project_id, at, charge)
        WHERE ended.charge > 0 AND EXISTS (SELECT FROM budget WHERE budget.account_id = ended.account_id)
        GROUP BY 1, 2, 3 ORDER BY 3
    LOOP
        UPDATE budget
        SET month = greatest(month, c.month),
            spent = CASE WHEN month < c.month THEN 0 ELSE spent END + c.charge
        WHERE account_id = c.account_id AND (project_id IS NULL OR project_id = c.project_id);
    END LOOP;

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

CREATE OR REPLACE FUNCTION ledger_hold(asks ask[]) RETURNS SETOF outcome LANGUAGE plpgsql AS $$
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
    -- The budgets of all accounts, each's own first: what is held is followed here as well.
    accounts   uuid[];
    capped     uuid[];
    cap_of     uuid[];
    cap_most   bigint[];
    cap_month  double precision[];
    cap_spent  bigint[];
    cap_held   bigint[];
    cap        integer := 1;
    used       bigint;
    wanted     text;
    number     bigint;
    missing    bigint;
    taken      bigint;
    transfers  transfer[] := '{}';
    entries    entry[] := '{}';
    opened     open_request[] := '{}';
BEGIN
    accounts := ARRAY(
        SELECT coalesce(asked.account_id, open_request.account_id)
        FROM unnest(asks) AS asked LEFT JOIN open_request ON asked.further AND open_request.id = asked.request_id);
    SELECT array_agg(id), array_agg(account_id), array_agg(bucket), array_agg(balance), array_agg(ending)
    INTO lots, owners, buckets, balances, ends
    FROM (
        SELECT id, account_id, bucket, balance, coalesce(expires_at, 'infinity') AS ending FROM lot
        WHERE spendable AND account_id = ANY (accounts) ORDER BY account_id, ending, id) AS sorted;
    SELECT
        array_agg(b.account_id), array_agg(b.project_id), array_agg(b.amount), array_agg(b.month), array_agg(b.spent),
        array_agg(b.held)
    INTO capped, cap_of, cap_most, cap_month, cap_spent, cap_held
    FROM (
        SELECT
            budget.*,
            (SELECT coalesce(sum(r.held), 0)::bigint FROM open_request AS r
             WHERE r.account_id = budget.account_id
                AND (budget.project_id IS NULL OR r.project_id = budget.project_id)) AS held
        FROM budget WHERE account_id = ANY (accounts) ORDER BY account_id, project_id NULLS FIRST) AS b;

    FOR a IN
        SELECT
            asked.n, asked.further, asked.request_id, account.id AS account_id,
            coalesce(asked.project_id, r.project_id, account.id) AS project_id,
            coalesce(asked.dialect, r.dialect) AS dialect, coalesce(r.slices, 0) AS slices, asked.amount, asked.spend,
            asked.at, asked.until, coalesce(cardinality(asked.tiers), 0) AS limits, asked.tiers, asked.most,
            asked.route, asked.key, asked.fingerprint, asked.forget_at,
            CASE WHEN cardinality(asked.tiers) > 0 THEN (
                SELECT count(*) FROM open_request AS other
                WHERE other.account_id = asked.account_id AND other.dialect = asked.dialect
                    AND other.until > asked.at) END AS in_account,
            CASE WHEN 'project' = ANY (asked.tiers) THEN (
                SELECT count(*) FROM open_request AS other
                WHERE other.project_id = coalesce(asked.project_id, asked.account_id) AND other.dialect = asked.dialect
                    AND other.until > asked.at) END AS in_project
        FROM unnest(asks) AS asked
        LEFT JOIN open_request AS r ON asked.further AND r.id = asked.request_id
        LEFT JOIN account ON account.id = coalesce(asked.account_id, r.account_id)
        ORDER BY account.id, dialect, project_id, asked.n
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
        END IF;
        WHILE capped[cap] < a.account_id LOOP
            cap := cap + 1;
        END LOOP;
        i := cap;
        WHILE result.code IS NULL AND a.amount > 0 AND capped[i] = a.account_id LOOP
            IF cap_of[i] IS NULL OR cap_of[i] = a.project_id THEN
                used := cap_held[i] + CASE WHEN cap_month[i] < ledger_month(a.at) THEN 0 ELSE cap_spent[i] END;
                IF used + a.amount > cap_most[i] THEN
                    result.code := CASE WHEN cap_of[i] IS NULL THEN 'organization_budget' ELSE 'project_budget' END;
                END IF;
            END IF;
            i := i + 1;
        END LOOP;
        IF result.code IS NOT NULL THEN
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
            i := cap;
            WHILE capped[i] = a.account_id LOOP
                IF cap_of[i] IS NULL OR cap_of[i] = a.project_id THEN
                    cap_held[i] := cap_held[i] + a.amount;
                END IF;
                i := i + 1;
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
        of_project := of_project + 1;
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
