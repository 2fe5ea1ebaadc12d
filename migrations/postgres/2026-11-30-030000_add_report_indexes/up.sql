-- A refused order has the date of its end too: the reports count it on that day.
UPDATE orders SET closed_at = coalesce(
    (SELECT history.changed_at FROM order_status_history AS history
     WHERE history.order_id = orders.id AND history.new_status = 'REFUSED'
     ORDER BY history.id DESC LIMIT 1),
    updated_at)
WHERE status = 'REFUSED';

-- The indexes hold all that most reports add up. SQLite needs deleted_at in them to read nothing else.
CREATE INDEX orders_by_creation ON orders (
    created_at, deleted_at, assigned_master_id, equipment_type_id, dispatcher_id
) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_end ON orders (
    closed_at, deleted_at, status, assigned_master_id, equipment_type_id, dispatcher_id,
    total_amount, materials_cost, master_profit, company_profit, has_review
) WHERE closed_at IS NOT NULL AND deleted_at IS NULL;
