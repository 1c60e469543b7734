-- Turns of jobs. By age alone, each of an account's thousand jobs would be admitted before another's one that is newer.
ALTER TABLE job ADD COLUMN turn REAL NOT NULL DEFAULT 0; -- when it was admitted, less its head start: the least is next
UPDATE job SET turn = created_at WHERE ended_at IS NULL;
DROP INDEX job_ready;
CREATE INDEX job_ready ON job (turn, seq, priority) WHERE state = 'pending' AND admitted = 1;

-- What has ended is forgotten some day.
CREATE INDEX job_ended_at ON job (ended_at) WHERE ended_at IS NOT NULL;

-- Lanes of messages: from one of an account's hosts to the next.
CREATE INDEX message_lane ON message (account, host, due_at) WHERE state = 'waiting';
