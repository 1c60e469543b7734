-- Those who sign in. Never a password: its hash (argon2id), which names its salt and parameters.
CREATE TABLE app_user (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL UNIQUE REFERENCES account (id),
    email      text COLLATE "C" NOT NULL UNIQUE,
    password   text NOT NULL,
    created_at double precision NOT NULL
);

-- Leave to register, once. Without an account a new one is made.
CREATE TABLE invite (
    id         uuid PRIMARY KEY,
    digest     bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    account_id uuid REFERENCES account (id),
    created_at double precision NOT NULL,
    expires_at double precision NOT NULL,
    used_at    double precision
);

CREATE INDEX invite_of_account ON invite (account_id) WHERE used_at IS NULL AND account_id IS NOT NULL;

-- Sign-ins, and the tokens by which they went on: one is not used yet, the others tell who presents one again.
CREATE TABLE session (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES app_user (id),
    created_at double precision NOT NULL,
    expires_at double precision NOT NULL,
    ended_at   double precision,
    place      uuid -- under which e-mail, and from where: hashed
);

CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_of_user ON session (user_id, created_at);
CREATE INDEX session_of_place ON session (place, expires_at) WHERE place IS NOT NULL;

CREATE TABLE refresh_token (
    digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
    session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    created_at double precision NOT NULL,
    used_at    double precision
);

CREATE INDEX refresh_token_of_session ON refresh_token (session_id, created_at);

-- What an account's requests came to by day (UTC, by their ends), of days that are over: added up when somebody first asks.
-- What was refused at once is not in it. Three times over, so that few rows answer most questions.
CREATE TABLE usage_total (
    account_id        uuid NOT NULL,
    apart             text COLLATE "C" NOT NULL CHECK (apart IN ('all', 'models', 'keys')), -- what is; the rest is ''
    day               integer NOT NULL, -- whole days since 1970-01-01
    key_id            text COLLATE "C" NOT NULL, -- '' is somebody who was signed in
    modality          text COLLATE "C" NOT NULL,
    model             text COLLATE "C" NOT NULL,
    requests          bigint NOT NULL,
    listed            bigint NOT NULL, -- of those that were charged
    paid_free         bigint NOT NULL,
    paid_subscription bigint NOT NULL,
    paid_payg         bigint NOT NULL,
    PRIMARY KEY (account_id, apart, day, key_id, modality, model)
);

-- All of an account's days before this one are in it.
CREATE TABLE usage_summed (
    account_id uuid PRIMARY KEY,
    day        integer NOT NULL
);

-- Add up an account's days before `until`, a week with anything in it at a time. Before which day all are then added up.
CREATE FUNCTION usage_sum(account uuid, until integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    since integer;
    next  integer;
BEGIN
    SELECT day INTO since FROM usage_summed WHERE account_id = account;
    IF since >= until THEN
        RETURN since;
    END IF;
    INSERT INTO usage_summed VALUES (account, 0) ON CONFLICT DO NOTHING;
    SELECT day INTO since FROM usage_summed WHERE account_id = account FOR UPDATE;
    IF since < until THEN
        SELECT floor(min(at) / 86400)::integer INTO since FROM usage
        WHERE account_id = account AND at >= since * 86400.0::double precision
            AND at < until * 86400.0::double precision AND (status = 200 OR latency_ms > 0 OR charged > 0);
        next := coalesce(least(since + 7, until), until);
        INSERT INTO usage_total
        SELECT
            account, CASE WHEN grouping(key) = 1 THEN 'models' WHEN grouping(model) = 1 THEN 'keys' ELSE 'all' END,
            day_of, coalesce(key, ''), coalesce(modality, ''), coalesce(model, ''), count(*),
            coalesce(sum(listed) FILTER (WHERE charged > 0), 0), sum(paid_free), sum(paid_subscription), sum(paid_payg)
        FROM usage,
            LATERAL (SELECT floor(at / 86400)::integer AS day_of, coalesce(key_id::text, '') AS key) AS found
        WHERE account_id = account AND at >= since * 86400.0::double precision
            AND at < next * 86400.0::double precision AND (status = 200 OR latency_ms > 0 OR charged > 0)
        GROUP BY GROUPING SETS ((day_of, key, modality, model), (day_of, modality, model), (day_of, key));
        UPDATE usage_summed SET day = next WHERE account_id = account;
        since := next;
    END IF;
    RETURN since;
END $$;

-- Take back what is left of a grant: its lot ends now. NULL: there is no such grant; 0 also where it had ended before.
CREATE FUNCTION ledger_end_grant(grant_id text, now double precision) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    given transfer;
    l     lot;
BEGIN
    SELECT * INTO given FROM transfer WHERE id = grant_id AND kind = 'grant';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM ledger_lock(ARRAY[given.account_id]);
    SELECT * INTO l FROM lot WHERE id = (given.terms::jsonb ->> 0)::uuid AND NOT closed;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    PERFORM ledger_close(ARRAY[l.id], now);
    RETURN l.balance;
END $$;
