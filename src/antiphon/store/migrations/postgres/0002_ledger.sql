-- Double entry. A transfer is made of entries that sum to zero over the places where credits can be: `world` (whence
-- they come and whither they expire), `revenue`, `held`, and lots by their ids. Amounts are millicredits, times are
-- Unix seconds. The tables of every request have no foreign keys: whoever writes them has locked the account's row,
-- and `antiphon ledger verify` finds what belongs to nothing.

-- What one lot gives to a hold.
CREATE TYPE part AS (lot_id uuid, bucket text, amount bigint);

-- Credits granted at once. What is left in it and not held is `balance`; only entries change that (see below).
CREATE TABLE lot (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    bucket     text NOT NULL CHECK (bucket IN ('free', 'subscription', 'payg')),
    balance    bigint NOT NULL CHECK (balance >= 0),
    -- An index over the balance itself would have to be written with every change of it.
    spendable  boolean NOT NULL GENERATED ALWAYS AS (balance > 0) STORED,
    expires_at double precision, -- NULL is never
    closed     boolean NOT NULL DEFAULT false -- its end has come and was seen to, once for all
) WITH (fillfactor = 50);

CREATE INDEX lot_spendable ON lot (account_id) WHERE spendable;
CREATE INDEX lot_open ON lot (account_id, bucket) WHERE NOT closed;
CREATE INDEX lot_ending ON lot (expires_at) WHERE NOT closed AND expires_at IS NOT NULL;

CREATE TABLE transfer (
    seq        bigint PRIMARY KEY, -- of one account in the order of commits; of several perhaps not; with gaps
    id         text COLLATE "C" NOT NULL UNIQUE, -- made from what it is for, so that nothing happens twice
    kind       text NOT NULL CHECK (kind IN ('grant', 'hold', 'settle', 'release', 'expire')),
    account_id uuid NOT NULL,
    request_id uuid, -- of holds and their ends
    at         double precision NOT NULL,
    note       text NOT NULL,
    terms      text -- of transfers that open or close a lot: [lot, bucket, expires_at, closed] as JSON
);

CREATE SEQUENCE transfer_seq OWNED BY transfer.seq;
CREATE INDEX transfer_of_account ON transfer (account_id, seq);

CREATE TABLE entry (
    seq    bigint NOT NULL,
    place  text COLLATE "C" NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (seq, place)
);

CREATE FUNCTION entries_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT seq INTO wrong FROM added GROUP BY seq HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the entries of transfer % do not sum to zero', wrong USING ERRCODE = 'check_violation';
    END IF;
    UPDATE lot SET balance = lot.balance + moved.amount
    FROM (
        SELECT place::uuid AS lot_id, sum(amount)::bigint AS amount FROM added
        WHERE place NOT IN ('held', 'revenue', 'world') GROUP BY place) AS moved
    WHERE lot.id = moved.lot_id AND moved.amount <> 0;
    RETURN NULL;
END $$;

-- Per statement: the entries of a transfer are added together, and those of many transfers cost one update of a lot.
CREATE TRIGGER entry_moves_balance AFTER INSERT ON entry REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION entries_move_balances();

CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % stay as they are', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER transfer_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer EXECUTE FUNCTION stays();
CREATE TRIGGER entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON entry EXECUTE FUNCTION stays();
CREATE TRIGGER lot_stays BEFORE UPDATE OF id, account_id, bucket ON lot EXECUTE FUNCTION stays();
CREATE TRIGGER lot_remains BEFORE DELETE OR TRUNCATE ON lot EXECUTE FUNCTION stays();

-- A request at work: its lease and what it holds, in one row. Whoever ends it deletes the row, so that nobody can again.
CREATE TABLE open_request (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    project_id uuid,
    dialect    text NOT NULL,
    until      double precision NOT NULL, -- from then on it is taken for dead: no lease, and its hold is released soon
    slices     integer NOT NULL,
    held       bigint NOT NULL CHECK (held >= 0),
    parts      part[] NOT NULL, -- in the order in which they were taken
    route      text, -- of its idempotency key
    key        text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE INDEX open_request_of_account ON open_request (account_id, dialect);
CREATE INDEX open_request_of_project ON open_request (project_id, dialect) WHERE project_id IS NOT NULL;
CREATE INDEX open_request_until ON open_request (until);

CREATE TABLE idempotency (
    account_id  uuid NOT NULL,
    route       text NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    request_id  uuid NOT NULL,
    expires_at  double precision NOT NULL,
    status      integer, -- NULL while the request is in flight
    headers     text,
    body        bytea CHECK (length(body) <= 65536),
    artifact    text,
    PRIMARY KEY (account_id, route, key)
);

CREATE INDEX idempotency_expiry ON idempotency (expires_at);

-- One row a request: the request log.
CREATE TABLE usage (
    id                  uuid NOT NULL,
    account_id          uuid NOT NULL,
    at                  double precision NOT NULL,
    key_id              uuid,
    request_id          text NOT NULL,
    dialect             text NOT NULL,
    route               text NOT NULL,
    modality            text NOT NULL,
    model               text NOT NULL,
    engine              text NOT NULL,
    units               bigint NOT NULL,
    unit                text NOT NULL,
    listed              bigint NOT NULL,
    status              integer NOT NULL,
    code                text NOT NULL,
    latency_ms          bigint NOT NULL,
    client_reference_id text NOT NULL,
    charged             bigint NOT NULL,
    paid_free           bigint NOT NULL,
    paid_subscription   bigint NOT NULL,
    paid_payg           bigint NOT NULL,
    PRIMARY KEY (account_id, id),
    CHECK (charged = paid_free + paid_subscription + paid_payg)
);

-- The hash chain over transfers, a range a row: see store/seals.py.
CREATE TABLE seal (
    first_seq bigint PRIMARY KEY,
    last_seq  bigint NOT NULL UNIQUE,
    previous  bytea NOT NULL CHECK (length(previous) = 32),
    marks     bytea NOT NULL,
    hash      bytea NOT NULL CHECK (length(hash) = 32)
);

-- One row for each process that sends batches: the last one that was committed, and which of its operations were done.
-- A process that lost its connection raises the fence, reads what became of its last batch, and no server process
-- that still works on that batch can commit it any more.
CREATE TABLE pump (
    id    uuid PRIMARY KEY,
    fence bigint NOT NULL,
    batch bigint NOT NULL,
    done  integer[] NOT NULL,
    seen  timestamptz NOT NULL DEFAULT now()
);
