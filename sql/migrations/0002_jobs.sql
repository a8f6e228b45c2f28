-- What must happen after a commit and may not be lost with the process that committed: it is written down in the same
-- transaction, and whoever has time does it. Done at least once: a worker that dies leaves its job to the next, so a job says
-- what is to be, not what to add.
CREATE TABLE jobs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (length(kind) BETWEEN 1 AND 50),
    payload     jsonb NOT NULL DEFAULT '{}',
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')),
    -- not before this moment; taking a job moves it on, so that a job whose worker died comes up again
    due_at      timestamptz NOT NULL DEFAULT now(),
    attempts    integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    last_error  text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CHECK ((state = 'waiting') = (finished_at IS NULL))
);
CREATE INDEX jobs_due ON jobs (due_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'dead';

-- One letter to a user, in the user's language, made from a template of that name with these data. Address and language are
-- those of the moment of sending. What the data hold (links with tokens) is forgotten as soon as the letter is gone.
CREATE FUNCTION mail_add(recipient bigint, template text, data jsonb DEFAULT '{}') RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO jobs (kind, payload)
        VALUES ('mail', jsonb_build_object('userId', recipient, 'template', template, 'data', data));
    END;
