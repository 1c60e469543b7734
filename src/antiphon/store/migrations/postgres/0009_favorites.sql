-- Voices of the catalogue that an account has marked.
CREATE TABLE favorite_voice (
    account_id uuid NOT NULL REFERENCES account (id),
    voice_id   uuid NOT NULL,
    at         double precision NOT NULL,
    PRIMARY KEY (account_id, voice_id)
);
