-- What the scheduled jobs have told of, so that a restart repeats nothing. An announcement about no order has no order_id.

CREATE TABLE announcements (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    count INTEGER NOT NULL DEFAULT 1,
    last_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX announcements_by_order ON announcements (order_id, kind, about) WHERE order_id IS NOT NULL;
CREATE UNIQUE INDEX announcements_by_kind ON announcements (kind, about) WHERE order_id IS NULL;
CREATE INDEX announcements_by_time ON announcements (last_at);
