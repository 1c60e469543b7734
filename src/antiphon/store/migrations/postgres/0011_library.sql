-- What signed-in users made. A row is there before the request is charged that makes it ('taken'), and is an item from
-- then on; the sweep finds out about it once ('kept'). What is out of the library has a row until its files are gone.
CREATE TABLE library_item (
    id         uuid PRIMARY KEY, -- UUIDv7: in the order of their making
    account_id uuid NOT NULL REFERENCES account (id),
    request_id uuid NOT NULL,
    state      text NOT NULL CHECK (state IN ('taken', 'kept', 'gone')),
    type       text NOT NULL,
    title      text NOT NULL,
    found_by   text NOT NULL, -- the title, so that upper and lower case are the same
    model      text NOT NULL,
    created_at double precision NOT NULL,
    path       text NOT NULL UNIQUE,
    cover      text UNIQUE,
    size       bigint NOT NULL CHECK (size >= 0),
    seconds    double precision,
    width      integer,
    height     integer,
    voice      text,
    lyrics     text
);

CREATE INDEX library_of_account ON library_item (account_id, id) WHERE state <> 'gone';
CREATE INDEX library_of_request ON library_item (request_id) WHERE state = 'taken';
CREATE INDEX library_unsure ON library_item (created_at) WHERE state = 'taken';
CREATE INDEX library_gone ON library_item (created_at) WHERE state = 'gone';

-- The sum of `size` over an account's items that are not gone.
CREATE TABLE library_room (
    account_id uuid PRIMARY KEY REFERENCES account (id),
    bytes      bigint NOT NULL CHECK (bytes >= 0)
);
