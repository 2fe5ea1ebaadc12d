//! What else a schema of PostgreSQL can hold, who owns it, and what depends on it from elsewhere.

use super::*;

/// A database that several roles use. It goes before they do, since they cannot go before what is theirs.
struct SharedDatabase {
    world: World,
    roles: Vec<Role>,
}

struct Role {
    name: String,
    server: String,
}

impl Drop for Role {
    fn drop(&mut self) {
        let mut conn = botctl::testing::db::open_connection(&self.server.parse().unwrap()).unwrap();
        execute(&mut conn, &format!("DROP ROLE {}", self.name));
    }
}

impl SharedDatabase {
    /// A database of the first of these roles, which are made with these rights; it has migrated it.
    fn new(rights: &[&str]) -> Self {
        let world = stopped_world().build(Backend::Postgres);
        let TestDatabase::Postgres { server, name } = &world.store else { panic!("not PostgreSQL") };
        let roles = rights.iter().zip('a'..).map(|(rights, which)| {
            let role = format!("{name}_{which}");
            world.run_sql(&format!("CREATE ROLE {role} LOGIN PASSWORD 'hunter2secret' {rights}"));
            Role { name: role, server: server.clone() }
        });
        let roles: Vec<Role> = roles.collect();
        world.run_sql(&format!("ALTER DATABASE {name} OWNER TO {}", roles[0].name));
        let shared = Self { world, roles };
        let output = shared.botctl_as(0, &["migrate", "up"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        shared
    }

    fn botctl_as(&self, role: usize, arguments: &[&str]) -> Output {
        let mut url = url::Url::parse(&self.world.store.url()).unwrap();
        url.set_username(&self.roles[role].name).unwrap();
        url.set_password(Some("hunter2secret")).unwrap();
        let mut command = self.world.command(arguments);
        command.env("DATABASE_URL", url.as_str());
        run_to_end(command)
    }
}

/// What belongs to whom.
const OWNERS: &str = "SELECT concat(c.relname, ' ', pg_get_userbyid(c.relowner)) AS word FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace
     UNION ALL SELECT concat(typname, ' ', pg_get_userbyid(typowner)) FROM pg_type
         WHERE typnamespace = 'public'::regnamespace
     UNION ALL SELECT concat(proname, ' ', pg_get_userbyid(proowner)) FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace
     ORDER BY word";

/// Who may do what.
const RIGHTS: &str =
    "SELECT concat_ws(' ', a.name, x.grantor::regrole, x.grantee::regrole, x.privilege_type, x.is_grantable)
         AS word
     FROM (
         SELECT relname::text, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace
         UNION ALL SELECT proname, proacl FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         UNION ALL SELECT typname, typacl FROM pg_type WHERE typnamespace = 'public'::regnamespace
         UNION ALL SELECT concat(attrelid::regclass, '.', attname), attacl FROM pg_attribute
     ) a (name, acl), LATERAL aclexplode(a.acl) x
     WHERE a.name NOT LIKE 'pg\\_%' ORDER BY word";

#[test]
fn only_tables_with_rows_in_the_archive_are_counted() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    run_all(
        &world,
        &[
            "CREATE TABLE visits (id int, d date) PARTITION BY RANGE (d)",
            "CREATE TABLE visits_2020 PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
            "INSERT INTO visits VALUES (1, '2020-02-02'), (2, '2020-03-03')",
            "CREATE EXTENSION pg_trgm",
            "CREATE TABLE of_extension (id int)",
            "ALTER EXTENSION pg_trgm ADD TABLE of_extension",
            // As an extension does whose table holds what people add to it.
            "UPDATE pg_extension SET extconfig = ARRAY['of_extension'::regclass::oid], extcondition = ARRAY['']
             WHERE extname = 'pg_trgm'",
            "INSERT INTO of_extension VALUES (7)",
            "CREATE TABLE \"my TABLE DATA x\" (id int)",
            "CREATE TABLE \"a SCHEMA - b\" (id int)",
            "CREATE UNLOGGED TABLE unlogged (id int)",
            "INSERT INTO unlogged VALUES (3)",
        ],
    );
    let path = world.make_backup();
    let rows = &world.listed_backups()[0]["manifest"]["rows"];
    assert_eq!((&rows["visits_2020"], &rows["unlogged"]), (&2.into(), &1.into()));
    assert!(rows.get("visits").is_none() && rows.get("of_extension").is_none(), "{rows}");
    run_all(&world, &["DELETE FROM visits", "DELETE FROM unlogged"]);
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
    let counts = "SELECT concat(id) AS word FROM visits UNION ALL SELECT concat(id) FROM unlogged
         UNION ALL SELECT concat(id) FROM of_extension ORDER BY word";
    assert_eq!(query_world(&world, counts), ["1", "2", "3", "7"]);
    run_all(
        &world,
        &[
            "CREATE FOREIGN DATA WRAPPER nothing",
            "CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing",
            "CREATE FOREIGN TABLE far (id int) SERVER nowhere",
        ],
    );
    let path = world.make_backup();
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
}

#[test]
fn owners_and_privileges_survive_a_restore_by_another_role() {
    if !has_postgres() {
        return;
    }
    let shared = SharedDatabase::new(&["", "", ""]);
    let (world, [bot, other, reader]) =
        (&shared.world, [0, 1, 2].map(|which| shared.roles[which].name.as_str()));
    let path = world.make_backup();
    run_all(
        world,
        &[
            "CREATE TABLE others (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY)",
            "CREATE TYPE mood AS ENUM ('good')",
            "CREATE FUNCTION one(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            &format!("GRANT CREATE ON SCHEMA public TO {other}"),
            &format!("ALTER TABLE others OWNER TO {other}"),
            &format!("ALTER TYPE mood OWNER TO {bot}"),
            &format!("ALTER ROUTINE one(mood) OWNER TO {bot}"),
            "REVOKE EXECUTE ON FUNCTION one(mood) FROM PUBLIC",
            &format!("GRANT USAGE ON TYPE mood TO {reader}"),
            &format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}"),
            &format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {reader} WITH GRANT OPTION"),
            &format!("GRANT UPDATE (first_name) ON users TO {reader}, PUBLIC"),
            &format!("REVOKE DELETE ON audit_log FROM {bot}"),
            &format!("ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO {other}"),
        ],
    );
    let newer = world.make_backup();
    let (owners, rights) = (query_world(world, OWNERS), query_world(world, RIGHTS));
    assert!(rights.iter().any(|right| right.starts_with("users.first_name")), "{rights:?}");
    world.botctl(&["backup", "restore", file_name(&newer), "--yes"], 0);
    assert_eq!(query_world(world, OWNERS), owners);
    assert_eq!(query_world(world, RIGHTS), rights);
    // Nor can a role that may only read.
    let output = shared.botctl_as(2, &["backup", "restore", file_name(&path), "--yes"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains(&format!("use {bot} or {other} in the address")), "{}", said(&output));
    // What was not there before belongs to the bot.
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
    world.botctl(&["backup", "restore", file_name(&newer), "--yes", "--allow-extra-objects"], 0);
    let now = query_world(world, OWNERS);
    assert!(now.contains(&format!("others {bot}")) && now.contains(&format!("mood {bot}")), "{now:?}");
    let output = shared.botctl_as(0, &["backup", "restore", file_name(&path), "--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(shared.botctl_as(0, &["users", "list"]).status.code(), Some(0));
    assert_eq!(shared.botctl_as(2, &["users", "list"]).status.code(), Some(0));
}

#[test]
fn objects_of_other_schemas_prevent_a_restore() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    run_all(
        &world,
        &[
            "CREATE TYPE mood AS ENUM ('good')",
            "CREATE VIEW ours AS SELECT * FROM users",
            "CREATE TABLE visits (d date) PARTITION BY RANGE (d)",
        ],
    );
    let path = world.make_backup();
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
    run_all(
        &world,
        &[
            "CREATE SCHEMA reports",
            "CREATE VIEW reports.people AS SELECT * FROM ours",
            "CREATE VIEW reports.names AS SELECT first_name FROM reports.people",
            "CREATE TABLE reports.seen (who bigint REFERENCES users (telegram_id), how mood DEFAULT 'good', n int)",
            "CREATE TABLE reports.visits_2020 PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
            "CREATE PUBLICATION everybody FOR TABLE users",
        ],
    );
    let output = said(&world.botctl(&["backup", "restore", file_name(&path), "--yes"], 3));
    for thing in [
        "view reports.people",
        "view reports.names",
        "table constraint seen_who_fkey on reports.seen",
        "table column reports.seen.how",
        "table reports.visits_2020",
        "publication relation public.users in publication everybody",
    ] {
        assert!(output.contains(thing), "{thing}: {output}");
    }
    let named = output.lines().next().unwrap().split("in no backup: ").nth(1).unwrap();
    assert_eq!(named.split(", ").count(), 6, "{output}");
    assert!(output.contains("drop them"), "{output}");
    assert_eq!(world.listed_backups().len(), 2);
    run_all(&world, &["DROP SCHEMA reports CASCADE", "DROP PUBLICATION everybody"]);
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
}

#[test]
fn objects_of_every_kind_are_dropped_before_restore() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    run_all(
        &world,
        &[
            "CREATE TYPE pair AS (a int, b int)",
            "CREATE TYPE span AS RANGE (subtype = int4)",
            "CREATE TYPE later",
            "CREATE TYPE mood AS ENUM ('good')",
            "CREATE DOMAIN small AS int CHECK (value < 10)",
            "CREATE FUNCTION how(mood, pair) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE PROCEDURE nothing() LANGUAGE sql AS ''",
            "CREATE AGGREGATE every_one(*) (sfunc = int8inc, stype = int8, initcond = '0')",
            "CREATE OPERATOR ## (leftarg = int, rightarg = int, function = plus)",
            "CREATE OPERATOR ## (rightarg = int, function = abs)",
            "CREATE OPERATOR CLASS small_ops FOR TYPE int4 USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int4, int4)",
            "CREATE OPERATOR FAMILY \"Many\" USING hash",
            "CREATE COLLATION plain FROM \"C\"",
            "CREATE CONVERSION odd FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
            "CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple)",
            "CREATE TEXT SEARCH CONFIGURATION search (COPY = simple)",
            "ALTER TEXT SEARCH CONFIGURATION search ALTER MAPPING FOR word WITH words",
            "CREATE TABLE \"Kinds\" (a pair, b span, c mood, d small, e text COLLATE plain, f int)",
            "CREATE STATISTICS about ON d, f FROM \"Kinds\"",
            "CREATE INDEX by_class ON \"Kinds\" (f small_ops)",
            "CREATE MATERIALIZED VIEW seen AS SELECT a, to_tsvector('search', e) FROM \"Kinds\"",
            "INSERT INTO \"Kinds\" VALUES ((1, 2), '[1,2)', 'good', 3, 'x', 4)",
        ],
    );
    let path = world.make_backup();
    world.botctl(&["backup", "verify"], 0);
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
    assert_eq!(query_world(&world, "SELECT a::text AS word FROM \"Kinds\""), ["(1,2)"]);
}

#[test]
fn trial_restore_has_the_needed_extensions() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    run_all(
        &world,
        &[
            "CREATE EXTENSION pg_trgm",
            "CREATE INDEX by_name ON users USING gin (first_name gin_trgm_ops)",
            "CREATE SCHEMA tools",
            "CREATE EXTENSION citext SCHEMA tools",
            "CREATE TABLE words (word tools.citext)",
        ],
    );
    let path = world.make_backup();
    let verified = world.run_json(&["backup", "verify"], 0);
    assert_eq!(verified["data"]["backups"][0]["restored"], true, "{verified}");
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
}

#[test]
fn unavailable_extension_does_not_fail_verification() {
    if !has_postgres() {
        return;
    }
    let shared = SharedDatabase::new(&["CREATEDB"]);
    let world = &shared.world;
    world.make_backup();
    let restored = |verified: &Output| said(verified).contains("good, restored and checked");
    let verified = shared.botctl_as(0, &["backup", "verify"]);
    assert!(restored(&verified), "{}", said(&verified));
    // Only a superuser may make this one.
    run_all(world, &["CREATE EXTENSION bloom", "CREATE INDEX by_id ON users USING bloom (role)"]);
    world.make_backup();
    let verified = shared.botctl_as(0, &["backup", "verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
    assert!(said(&verified).contains("not restored, because no scratch database"), "{}", said(&verified));
}
