-- The plan of each account that was ever put on one; the others are on "free" since they were made.
CREATE TABLE account_plan (
    account_id      uuid PRIMARY KEY REFERENCES account (id),
    subscription_id uuid NOT NULL UNIQUE,
    plan            text NOT NULL,
    since           double precision NOT NULL,
    until           double precision CHECK (until IS NULL OR until >= since)
);
