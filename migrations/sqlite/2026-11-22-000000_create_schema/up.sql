-- People, masters, orders and their history keep the names the old bot used, so that reports written against it still read.
-- Money is whole kopecks; times are UTC, microseconds at the most, always bound by the program.

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    telegram_id BIGINT NOT NULL UNIQUE,
    username TEXT,
    first_name TEXT,
    last_name TEXT,
    role TEXT NOT NULL DEFAULT 'UNKNOWN',
    locale TEXT CHECK (locale IN ('ru', 'en')),
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE masters (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    telegram_id BIGINT NOT NULL UNIQUE REFERENCES users (telegram_id),
    phone TEXT NOT NULL,
    specialization TEXT NOT NULL,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    is_approved BOOLEAN NOT NULL DEFAULT FALSE,
    work_chat_id BIGINT CHECK (work_chat_id < 0),
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    equipment_type TEXT NOT NULL,
    description TEXT NOT NULL,
    client_name TEXT NOT NULL,
    client_address TEXT NOT NULL,
    client_phone TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'NEW'
        CHECK (status IN ('NEW', 'ASSIGNED', 'ACCEPTED', 'ONSITE', 'DR', 'CLOSED', 'REFUSED')),
    assigned_master_id BIGINT REFERENCES masters (id),
    dispatcher_id BIGINT REFERENCES users (telegram_id),
    notes TEXT,
    scheduled_time TEXT,
    total_amount BIGINT CHECK (total_amount >= 0),
    materials_cost BIGINT CHECK (materials_cost >= 0 AND materials_cost <= total_amount),
    master_profit BIGINT,
    company_profit BIGINT,
    has_review BOOLEAN,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CHECK (status NOT IN ('ASSIGNED', 'ACCEPTED', 'ONSITE', 'DR') OR assigned_master_id IS NOT NULL),
    CHECK (master_profit + company_profit = total_amount - materials_cost)
);
CREATE INDEX orders_by_status ON orders (status, id);
CREATE INDEX orders_by_master ON orders (assigned_master_id, status, id);
CREATE INDEX orders_by_dispatcher ON orders (dispatcher_id);

CREATE TABLE order_status_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    old_status TEXT,
    new_status TEXT NOT NULL,
    changed_by BIGINT REFERENCES users (telegram_id),
    changed_at TIMESTAMP NOT NULL,
    notes TEXT
);
CREATE INDEX order_status_history_by_order ON order_status_history (order_id, id);

CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT REFERENCES users (telegram_id),
    action TEXT NOT NULL,
    details TEXT,
    timestamp TIMESTAMP NOT NULL
);
CREATE INDEX audit_log_by_user ON audit_log (user_id, id);

-- Every update that Telegram gave us, stored before it is confirmed; handled exactly once.
CREATE TABLE inbox (
    update_id BIGINT PRIMARY KEY NOT NULL,
    payload TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    done_at TIMESTAMP,
    outcome TEXT
);
CREATE INDEX inbox_unfinished ON inbox (update_id) WHERE done_at IS NULL;

-- What the bot has shown of an order and where; message_id is filled in once Telegram has it.
CREATE TABLE order_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    chat_id BIGINT NOT NULL,
    message_id INTEGER,
    kind TEXT NOT NULL CHECK (kind IN ('staff', 'master', 'notice')),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX order_messages_by_order ON order_messages (order_id, id);
CREATE INDEX order_messages_by_message ON order_messages (chat_id, message_id);

-- What the bot has decided to say; written in the transaction that decided it, sent by the courier.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    chat_id BIGINT NOT NULL,
    method TEXT NOT NULL,
    payload TEXT NOT NULL,
    order_message_id BIGINT REFERENCES order_messages (id) ON DELETE SET NULL,
    update_id BIGINT,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    lease_owner BIGINT,
    leased_until TIMESTAMP,
    last_error TEXT,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX outbox_pending ON outbox (id) WHERE state = 'pending';
CREATE INDEX outbox_pending_by_chat ON outbox (chat_id, id) WHERE state = 'pending';
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';

-- Where each person is in a conversation with several steps.
CREATE TABLE dialogues (
    chat_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (chat_id, user_id)
);
CREATE INDEX dialogues_by_expiry ON dialogues (expires_at);

CREATE TABLE job_runs (
    job TEXT PRIMARY KEY NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    outcome TEXT
);
