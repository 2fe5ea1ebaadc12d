//! The tables as diesel sees them, one definition for both backends.

diesel::table! {
    users (id) {
        id -> BigInt,
        telegram_id -> BigInt,
        username -> Nullable<Text>,
        first_name -> Nullable<Text>,
        last_name -> Nullable<Text>,
        role -> Text,
        locale -> Nullable<Text>,
        created_at -> Timestamp,
        muted_notices -> Text,
        relayed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    masters (id) {
        id -> BigInt,
        telegram_id -> BigInt,
        phone -> Text,
        specialization -> Text,
        is_active -> Bool,
        is_approved -> Bool,
        work_chat_id -> Nullable<BigInt>,
        created_at -> Timestamp,
        work_thread_id -> Nullable<BigInt>,
        is_senior -> Bool,
        day_off_until -> Nullable<Timestamp>,
        added_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    chats (chat_id) {
        chat_id -> BigInt,
        title -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    access_requests (id) {
        id -> BigInt,
        user_id -> BigInt,
        created_at -> Timestamp,
        decision -> Nullable<Text>,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    orders (id) {
        id -> BigInt,
        equipment_type -> Text,
        description -> Text,
        client_name -> Text,
        client_address -> Text,
        client_phone -> Text,
        status -> Text,
        assigned_master_id -> Nullable<BigInt>,
        dispatcher_id -> Nullable<BigInt>,
        notes -> Nullable<Text>,
        scheduled_time -> Nullable<Text>,
        total_amount -> Nullable<BigInt>,
        materials_cost -> Nullable<BigInt>,
        master_profit -> Nullable<BigInt>,
        company_profit -> Nullable<BigInt>,
        has_review -> Nullable<Bool>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        visit_from -> Nullable<Timestamp>,
        visit_until -> Nullable<Timestamp>,
        equipment_type_id -> Nullable<BigInt>,
        promised_date -> Nullable<Date>,
        parts -> Nullable<Text>,
        prepayment -> Nullable<BigInt>,
        refuse_reason -> Nullable<Text>,
        out_of_city -> Nullable<Bool>,
        reschedule_count -> Integer,
        closed_at -> Nullable<Timestamp>,
        deleted_at -> Nullable<Timestamp>,
        repeat_of -> Nullable<BigInt>,
        rates -> Nullable<Text>,
    }
}

diesel::table! {
    equipment_types (id) {
        id -> BigInt,
        name -> Text,
        position -> BigInt,
        is_hidden -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    rates (id) {
        id -> BigInt,
        equipment_type_id -> Nullable<BigInt>,
        threshold -> BigInt,
        percent_below -> Integer,
        percent_from -> Integer,
        review_bonus -> Integer,
        out_of_city_bonus -> Integer,
        senior_floor -> Integer,
        cap -> Integer,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    ledger_entries (id) {
        id -> BigInt,
        master_id -> BigInt,
        order_id -> Nullable<BigInt>,
        kind -> Text,
        amount -> BigInt,
        note -> Nullable<Text>,
        created_by -> Nullable<BigInt>,
        created_at -> Timestamp,
        entry_key -> Text,
    }
}

diesel::table! {
    hand_overs (id) {
        id -> BigInt,
        master_id -> BigInt,
        amount -> BigInt,
        note -> Nullable<Text>,
        state -> Text,
        reason -> Nullable<Text>,
        created_by -> BigInt,
        created_at -> Timestamp,
        answered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    order_status_history (id) {
        id -> BigInt,
        order_id -> BigInt,
        old_status -> Nullable<Text>,
        new_status -> Text,
        changed_by -> Nullable<BigInt>,
        changed_at -> Timestamp,
        notes -> Nullable<Text>,
        for_master_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        action -> Text,
        details -> Nullable<Text>,
        timestamp -> Timestamp,
    }
}

diesel::table! {
    inbox (update_id) {
        update_id -> BigInt,
        payload -> Text,
        received_at -> Timestamp,
        done_at -> Nullable<Timestamp>,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    order_messages (id) {
        id -> BigInt,
        order_id -> BigInt,
        chat_id -> BigInt,
        message_id -> Nullable<Integer>,
        kind -> Text,
        created_at -> Timestamp,
        thread_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    order_files (id) {
        id -> BigInt,
        order_id -> BigInt,
        kind -> Text,
        file_id -> Text,
        added_by -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    order_changes (id) {
        id -> BigInt,
        order_id -> BigInt,
        changed_by -> Nullable<BigInt>,
        changed_at -> Timestamp,
        field -> Text,
        old_value -> Nullable<Text>,
        new_value -> Nullable<Text>,
    }
}

diesel::table! {
    order_comments (id) {
        id -> BigInt,
        order_id -> BigInt,
        author -> Nullable<BigInt>,
        text -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        chat_id -> BigInt,
        method -> Text,
        payload -> Text,
        order_message_id -> Nullable<BigInt>,
        update_id -> Nullable<BigInt>,
        state -> Text,
        attempts -> Integer,
        due_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        lease_owner -> Nullable<BigInt>,
        leased_until -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    dialogues (chat_id, thread_id, user_id) {
        chat_id -> BigInt,
        user_id -> BigInt,
        version -> BigInt,
        state -> Text,
        updated_at -> Timestamp,
        expires_at -> Timestamp,
        thread_id -> BigInt,
    }
}

diesel::table! {
    dialogue_questions (id) {
        id -> BigInt,
        chat_id -> BigInt,
        thread_id -> BigInt,
        user_id -> BigInt,
        order_id -> Nullable<BigInt>,
        action -> Nullable<Text>,
        message_id -> Nullable<Integer>,
        is_open -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    announcements (id) {
        id -> BigInt,
        order_id -> Nullable<BigInt>,
        kind -> Text,
        about -> Text,
        count -> Integer,
        last_at -> Timestamp,
    }
}

diesel::table! {
    job_runs (job) {
        job -> Text,
        started_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    order_search (order_id) {
        order_id -> BigInt,
        folded -> Text,
        order_updated_at -> Timestamp,
    }
}

diesel::table! {
    searches (id) {
        id -> BigInt,
        user_id -> BigInt,
        query -> Text,
        created_at -> Timestamp,
    }
}

diesel::joinable!(orders -> equipment_types (equipment_type_id));
diesel::joinable!(orders -> masters (assigned_master_id));
diesel::joinable!(order_status_history -> orders (order_id));
diesel::joinable!(order_files -> orders (order_id));
diesel::joinable!(order_changes -> orders (order_id));
diesel::joinable!(order_comments -> orders (order_id));
diesel::joinable!(order_messages -> orders (order_id));
diesel::joinable!(order_search -> orders (order_id));
diesel::joinable!(outbox -> order_messages (order_message_id));
diesel::allow_tables_to_appear_in_same_query!(
    users,
    masters,
    equipment_types,
    rates,
    ledger_entries,
    hand_overs,
    chats,
    access_requests,
    orders,
    order_status_history,
    audit_log,
    inbox,
    order_files,
    order_changes,
    order_comments,
    order_messages,
    order_search,
    outbox,
    dialogues,
    dialogue_questions,
    announcements,
    job_runs,
    searches,
    settings
);
