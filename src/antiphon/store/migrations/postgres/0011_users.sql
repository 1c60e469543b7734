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
    ended_at   double precision
);

CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_of_user ON session (user_id);

CREATE TABLE refresh_token (
    digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
    session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    created_at double precision NOT NULL,
    used_at    double precision
);

CREATE INDEX refresh_token_of_session ON refresh_token (session_id);

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
