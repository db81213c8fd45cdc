-- A history as version 1 left it: two runs, a room in which something was edited, deleted and
-- pinned, and a crash. Kept to prove that what people have can still be opened; never changed.
PRAGMA application_id = 1196184141;
PRAGMA user_version = 1;
CREATE TABLE rooms(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    state TEXT,
    pin INTEGER
);
CREATE TABLE authors(
    id INTEGER PRIMARY KEY,
    sub TEXT NOT NULL,
    shown TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    used INTEGER NOT NULL,
    UNIQUE(sub, shown, name, role)
);
CREATE TABLE epochs(
    id INTEGER PRIMARY KEY,
    epoch TEXT NOT NULL UNIQUE,
    began INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    jobs INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE marks(
    epoch INTEGER NOT NULL,
    room INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY(epoch, room)
) WITHOUT ROWID;
CREATE TABLE events(
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    at INTEGER NOT NULL,
    author INTEGER NOT NULL,
    stale INTEGER NOT NULL DEFAULT 0,
    target INTEGER,
    reply INTEGER,
    ref TEXT,
    text TEXT,
    PRIMARY KEY(room, seq)
) WITHOUT ROWID;
CREATE INDEX changes ON events(room, target) WHERE target IS NOT NULL;
CREATE TABLE audit(
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    author INTEGER NOT NULL,
    action TEXT NOT NULL,
    target INTEGER,
    room INTEGER,
    reason TEXT,
    until INTEGER
);
INSERT INTO rooms VALUES
    (1, 'lobby', '{"locked":true,"slow":5,"approve":false}', 1),
    (2, 'quiet', NULL, NULL);
INSERT INTO authors VALUES
    (1, 'sub-Ann', 'id-Ann', 'Ann', 'member', 7000),
    (2, 'sub-Lin', 'id-Lin', 'Lin', 'host', 6000);
INSERT INTO epochs VALUES (1, 'one', 500, 4500, 4), (2, 'two', 5000, 7500, 3);
INSERT INTO marks VALUES (1, 1, 4), (2, 1, 7);
INSERT INTO events VALUES
    (1, 1, 0, 1000, 1, 1, NULL, NULL, 'r1', 'one'),
    (1, 2, 0, 2000, 1, 2, NULL, 1, 'r2', 'two'),
    (1, 3, 1, 3000, 1, 0, 1, NULL, NULL, '一'),
    (1, 4, 2, 4000, 1, 0, 2, NULL, NULL, NULL),
    (1, 5, 5, 5000, 2, 0, 1, NULL, NULL, NULL),
    (1, 6, 6, 6000, 2, 0, NULL, NULL, NULL, '{"locked":true,"slow":5,"approve":false}'),
    (1, 7, 4, 7000, 1, 0, 1, NULL, NULL, '👍');
INSERT INTO audit VALUES (1, 6000, 2, 'lock', NULL, 1, NULL, NULL);
