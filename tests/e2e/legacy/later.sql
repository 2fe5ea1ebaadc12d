-- What a later version of the old bot may have left: more columns and tables, columns that must not be NULL and have no
-- default, rules, views, triggers, roles and statuses nobody has heard of. All people are made up.
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('007_soft_delete');
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    telegram_id INTEGER NOT NULL UNIQUE,
    username TEXT,
    first_name TEXT,
    last_name TEXT,
    role TEXT DEFAULT 'UNKNOWN' NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    phone VARCHAR(20) NOT NULL,
    deleted_at TIMESTAMP,
    version INTEGER NOT NULL
);
INSERT INTO users VALUES
    (1, 501, 'anna_made_up', 'Anna', 'Admin', 'ADMIN', '2025-11-01 08:00:00', '', NULL, 1),
    (2, 502, NULL, 'Denis', NULL, 'MASTER,DISPATCHER', '2025-11-01T08:00:01.5', '', NULL, 1),
    (3, 503, '@senior', 'Semyon', 'Senior', 'SENIOR_MASTER', '2025-11-01T11:00:02+03:00', '', NULL, 3),
    (4, 504, NULL, 'Gone', 'Dispatcher', 'DISPATCHER', '2025-11-01 08:00:03', '', '2025-11-20 10:00:00', 2),
    (5, 505, NULL, 'Olga', NULL, 'ACCOUNTANT, MASTER', '2025-11-01 08:00:04', '', '', 1),
    (6, 506, NULL, 'Petr', 'Left', 'MASTER', '2025-11-01 08:00:05', '', '2025-11-21 10:00:00', 1);
CREATE TABLE masters (
    id INTEGER NOT NULL PRIMARY KEY,
    telegram_id INTEGER NOT NULL UNIQUE REFERENCES users (telegram_id),
    phone TEXT NOT NULL CHECK (length(phone) > 3),
    specialization TEXT NOT NULL,
    is_active BOOLEAN DEFAULT 1 NOT NULL,
    is_approved BOOLEAN DEFAULT 0 NOT NULL,
    work_chat_id INTEGER,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    rating FLOAT NOT NULL,
    deleted_at TIMESTAMP
);
INSERT INTO masters VALUES
    (1, 502, '8 (900) 000-05-02', 'ovens', 1, 1, -1001000000502, '2025-11-02 08:00:00', 4.5, NULL),
    (2, 503, '+79000000503', 'plumbing', 1, 1, 1000503, '2025-11-02 08:00:01', 5.0, NULL),
    (3, 505, '+79000000505', 'ovens', 'true', 1, NULL, '2025-11-02', 3.0, '2025-11-21 10:00:00'),
    (4, 506, '+79000000506', 'ovens', 1, 1, NULL, '2025-11-02 08:00:03', 3.0, NULL),
    (5, 507, '+79000000507', 'electrics', 1, 1, NULL, '2025-11-02 08:00:04', 3.0, NULL);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    equipment_type TEXT NOT NULL,
    description TEXT NOT NULL,
    client_name TEXT NOT NULL,
    client_address TEXT NOT NULL,
    client_phone TEXT NOT NULL,
    status TEXT DEFAULT 'NEW' CHECK (status <> 'x'),
    assigned_master_id INTEGER REFERENCES masters (id),
    dispatcher_id INTEGER REFERENCES users (telegram_id),
    notes TEXT,
    scheduled_time TEXT,
    total_amount FLOAT,
    materials_cost FLOAT,
    master_profit FLOAT,
    company_profit FLOAT,
    has_review INTEGER DEFAULT 0,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    version INTEGER NOT NULL,
    rescheduled_count INTEGER NOT NULL,
    prepayment_amount FLOAT,
    deleted_at TIMESTAMP,
    CHECK (rescheduled_count >= 0)
);
INSERT INTO orders VALUES
    (10, 'Телевизоры', 'The screen stays dark', 'Klara Client', 'Sample street 1', '+79990000010', 'NEW', NULL, 502, NULL, '⏭️ Пропустить', NULL, NULL, NULL, NULL, 0, '2025-11-03 08:00:00', '2025-11-03 08:00:00', 1, 0, 500.0, NULL),
    (11, 'Телевизоры', 'Deleted by mistake', 'Klara Client', 'Sample street 2', '+79990000011', 'CLOSED', 1, 502, NULL, NULL, 1000.0, 100.5, 360.0, 539.5, 0, '2025-11-03 08:00:01', '2025-11-03 08:00:01', 4, 0, NULL, '2025-11-10 12:00:00'),
    (12, 'Сантехника', 'Leaks -- and "hisses"; <b>&', 'Klara Client', 'Sample street 3', '89990000012', 'RESCHEDULED', 2, 504, '', 'tomorrow', NULL, NULL, NULL, NULL, NULL, '2025-11-03 08:00:02', NULL, 2, 3, NULL, NULL),
    (13, 'Сантехника', 'No master though on site', 'Klara Client', 'Sample street 4', '112', 'ONSITE', NULL, 502, NULL, '', NULL, NULL, NULL, NULL, 0, 'yesterday', '2025-11-04 09:00:00', 1, 0, NULL, NULL),
    (14, 'Электрика', 'Money that is off by a lot', 'Klara Client', 'Sample street 5', '+79990000014', 'CLOSED', 4, 999, NULL, NULL, 5000.0, 1000.005, 2000.0, 1000.0, 1, '2025-11-03 08:00:04', '2025-11-03 08:00:04', 1, 0, NULL, NULL),
    (15, 'Электрика', 'Materials beyond the total', 'Klara Client', 'Sample street 6', '+79990000015', 'closed', 3, 502, NULL, NULL, '1 200,50', 2000, -5, 'n/a', 'да', '2025-11-03 08:00:05', '2025-11-03 08:00:05', 1, 0, NULL, NULL),
    (16, 'Электрика', 'Paid less than nothing', 'Klara Client', 'Sample street 7', '+79990000016', 'CANCELLED', 5, 0, NULL, NULL, -100, 10, NULL, NULL, 7, 1762156806, '2025-11-03 08:00:06', 1, 0, NULL, NULL);
UPDATE sqlite_sequence SET seq = 40 WHERE name = 'orders';
CREATE TABLE order_status_history (
    id INTEGER NOT NULL PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    old_status TEXT,
    new_status TEXT NOT NULL,
    changed_by INTEGER REFERENCES users (telegram_id),
    changed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    notes TEXT
);
INSERT INTO order_status_history VALUES
    (1, 10, NULL, 'NEW', 502, '2025-11-03 08:00:00', NULL),
    (2, 11, NULL, 'NEW', 502, '2025-11-03 08:00:01', NULL),
    (3, 12, 'NEW', 'RESCHEDULED', 504, '2025-11-03 08:00:02', 'the client rang'),
    (4, 77, NULL, 'NEW', 502, '2025-11-03 08:00:03', NULL),
    (5, 14, 'assigned', 'CLOSED', 999, '2025-11-03 08:00:04', NULL);
CREATE TABLE audit_log (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id INTEGER REFERENCES users (telegram_id),
    action TEXT NOT NULL,
    details TEXT,
    timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    deleted_at TIMESTAMP
);
INSERT INTO audit_log VALUES
    (1, 502, 'CREATE_ORDER', 'Created order #10', '2025-11-03 08:00:00', NULL),
    (2, 998, 'CREATE_ORDER', 'Created order #11', '2025-11-03 08:00:01', NULL),
    (3, NULL, 'BACKUP', NULL, '2025-11-03 08:00:02', '2025-11-05 08:00:02');
CREATE TABLE specialization_rates (
    id INTEGER NOT NULL PRIMARY KEY,
    specialization VARCHAR(50) NOT NULL,
    master_percentage FLOAT NOT NULL CHECK (master_percentage BETWEEN 0 AND 100)
);
INSERT INTO specialization_rates VALUES (1, 'ovens', 45.5), (2, 'plumbing', 50);
CREATE TABLE financial_reports (
    id INTEGER NOT NULL PRIMARY KEY,
    master_id INTEGER NOT NULL REFERENCES masters (id),
    period TEXT NOT NULL,
    total DECIMAL(10, 2) NOT NULL
);
INSERT INTO financial_reports VALUES (1, 1, '2025-11', 12345.67), (2, 88, '2025-11', 1);
CREATE TABLE legacy_users (note TEXT);
CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO settings VALUES ('greeting', x'00ff');
CREATE INDEX idx_users_role ON users (role);
CREATE INDEX orders_by_status ON users (first_name);
CREATE VIEW active_orders AS
    SELECT o.*, m.phone FROM orders o JOIN masters m ON m.id = o.assigned_master_id
    WHERE o.deleted_at IS NULL;
CREATE VIEW broken_view AS SELECT * FROM a_table_dropped_long_ago;
CREATE TRIGGER orders_touch AFTER UPDATE ON orders BEGIN
    UPDATE orders SET version = version + 1 WHERE id = new.id;
END;
COMMIT;
