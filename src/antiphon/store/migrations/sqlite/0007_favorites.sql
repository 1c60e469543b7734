-- Voices of the catalogue that an account has marked.
CREATE TABLE favorite_voice (
    account_id TEXT NOT NULL REFERENCES account (id),
    voice_id   TEXT NOT NULL,
    at         REAL NOT NULL,
    PRIMARY KEY (account_id, voice_id)
) STRICT, WITHOUT ROWID;
