# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_botctl_global_optspecs
    string join \n env-file= database-url= json q/quiet v/verbose h/help V/version
end

function __fish_botctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_botctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_botctl_using_subcommand
    set -l cmd (__fish_botctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c botctl -n "__fish_botctl_needs_command" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_needs_command" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_needs_command" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_needs_command" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_needs_command" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_needs_command" -s V -l version -d 'Print version'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "serve" -d 'Run the bot'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "migrate" -d 'Apply, revert and list schema migrations; import other databases'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "backup" -d 'Back up the database; list, verify, restore and prune backups'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "users" -d 'Manage users and roles'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "outbox" -d 'Inspect, retry or drop undelivered messages'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "webhook" -d 'Inspect, set or delete the webhook'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "status" -d 'Show the bot\'s health'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "health" -d 'Ask the running bot whether it is ready'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "config" -d 'Show and check the configuration'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "completions" -d 'Generate shell completion scripts'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "logs" -d 'View logs'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l sandbox-listen -d 'Address of the sandbox\'s chat page' -r
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l sandbox -d 'Try the bot without a token or a network'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l migrate -d 'Apply pending migrations first'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l print-unit -d 'Print a systemd unit for this program and directory, instead of running'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l webhook -d 'Receive updates by webhook; fail if WEBHOOK_URL is not set'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -f -a "up" -d 'Apply pending migrations; create the SQLite file if there is none'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -f -a "down" -d 'Revert the last migrations and delete their data'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -f -a "new" -d 'Create the files of a migration for both backends, with one timestamp'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -f -a "status" -d 'Show applied and pending migrations and checksum mismatches. Changes nothing'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -f -a "redo" -d 'Revert the last migration and apply it again, in one transaction'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -f -a "repair" -d 'Accept migrations that were changed after they were applied'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -f -a "transfer" -d 'Copy everything into another database, SQLite or PostgreSQL'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -f -a "adopt" -d 'Adopt a database of the old Python bot'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status redo repair transfer adopt help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l to -d 'Stop after this version' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l lock-timeout -d 'How long to wait for another run or a locked database: 90s, 5m, 1h' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l source -d 'Read the migrations from a directory like ./migrations instead of those built in' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l dry-run -d 'Print the SQL that would run, and change nothing'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l no-backup -d 'Skip the backup'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l to -d 'Revert everything after this version; 0 for everything' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l lock-timeout -d 'How long to wait for another run or a locked database: 90s, 5m, 1h' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l source -d 'Read the migrations from a directory like ./migrations instead of those built in' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l yes -d 'Skip confirmation'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l no-backup -d 'Skip the backup'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from new" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from new" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from new" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -l lock-timeout -d 'How long to wait for another run or a locked database: 90s, 5m, 1h' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -l source -d 'Read the migrations from a directory like ./migrations instead of those built in' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -l check -d 'Exit with code 3 unless the schema is exactly that of this program'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -l lock-timeout -d 'How long to wait for another run or a locked database: 90s, 5m, 1h' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -l source -d 'Read the migrations from a directory like ./migrations instead of those built in' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -l yes -d 'Skip confirmation'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -l no-backup -d 'Skip the backup'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from redo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from repair" -l lock-timeout -d 'How long to wait for another run or a locked database: 90s, 5m, 1h' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from repair" -l source -d 'Read the migrations from a directory like ./migrations instead of those built in' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from repair" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from repair" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from repair" -l yes -d 'Skip confirmation'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from repair" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from repair" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from repair" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from repair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from transfer" -l to -d 'Target database: sqlite://path, a path, or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from transfer" -l lock-timeout -d 'How long to wait for another run or a locked database: 90s, 5m, 1h' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from transfer" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from transfer" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from transfer" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from transfer" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from transfer" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from transfer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -l lock-timeout -d 'How long to wait for another run or a locked database: 90s, 5m, 1h' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -l dry-run -d 'Only report: work on a copy in the temporary directory (TMPDIR) and change nothing. The old bot may be running'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -l no-backup -d 'Skip the backup; requires --yes when not interactive'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -l yes -d 'Skip confirmation of --no-backup'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from adopt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "up" -d 'Apply pending migrations; create the SQLite file if there is none'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "down" -d 'Revert the last migrations and delete their data'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "new" -d 'Create the files of a migration for both backends, with one timestamp'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show applied and pending migrations and checksum mismatches. Changes nothing'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "redo" -d 'Revert the last migration and apply it again, in one transaction'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "repair" -d 'Accept migrations that were changed after they were applied'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "transfer" -d 'Copy everything into another database, SQLite or PostgreSQL'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "adopt" -d 'Adopt a database of the old Python bot'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -l compress -d 'Compress with zstd (SQLite; backups of PostgreSQL are always compressed)'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -f -a "create" -d 'Create a backup and verify it; the bot can keep running'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -f -a "list" -d 'List the backups, newest first'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -f -a "verify" -d 'Verify a backup: its checksum, then a trial restore with all checks'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -f -a "restore" -d 'Replace the database with a backup'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -f -a "prune" -d 'Remove old backups, with the reason for each decision'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and not __fish_seen_subcommand_from create list verify restore prune help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from create" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from create" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from create" -l compress -d 'Compress with zstd (SQLite; backups of PostgreSQL are always compressed)'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from create" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from list" -l max-age -d 'Maximum age of the newest good backup for --check: 90m, 26h, 7d' -r
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from list" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from list" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from list" -l check -d 'Exit with code 3 unless there is a recent good backup of the configured database'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from list" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from verify" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from verify" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from verify" -l all -d 'Verify all backups'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from verify" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from restore" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from restore" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from restore" -l yes -d 'Skip confirmation'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from restore" -l allow-extra-objects -d 'Also restore triggers, views, functions and tables that are not the bot\'s and that the database does not have'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from restore" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from restore" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from restore" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -l keep-days -d 'Keep backups of the last N days [default: BACKUP_KEEP_DAYS, unless --keep-last is given]' -r
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -l keep-last -d 'Keep the newest N good backups; with --keep-days, keep backups that match either' -r
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -l include-safety -d 'Also remove backups of the last 90 days that were made before a migration, an adoption or a restore'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -l dry-run -d 'Show what would be removed, and change nothing'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create a backup and verify it; the bot can keep running'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the backups, newest first'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Verify a backup: its checksum, then a trial restore with all checks'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "restore" -d 'Replace the database with a backup'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove old backups, with the reason for each decision'
complete -c botctl -n "__fish_botctl_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -f -a "list" -d 'List users, oldest first'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -f -a "show" -d 'Show a user: roles, master status and number of orders'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -f -a "grant" -d 'Grant a role to a user'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -f -a "revoke" -d 'Revoke a role from a user'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -f -a "sync" -d 'Grant the roles in ADMIN_IDS and DISPATCHER_IDS, as `botctl serve` does at each start'
complete -c botctl -n "__fish_botctl_using_subcommand users; and not __fish_seen_subcommand_from list show grant revoke sync help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from list" -l role -d 'Only users with this role' -r -f -a "ADMIN\t''
DISPATCHER\t''
MASTER\t''"
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from list" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from list" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from list" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from show" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from show" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from show" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from grant" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from grant" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from grant" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from grant" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from grant" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from grant" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from revoke" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from revoke" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from revoke" -l yes -d 'Skip confirmation'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from revoke" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from sync" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from sync" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from sync" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from sync" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from sync" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "list" -d 'List users, oldest first'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a user: roles, master status and number of orders'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "grant" -d 'Grant a role to a user'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Revoke a role from a user'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "sync" -d 'Grant the roles in ADMIN_IDS and DISPATCHER_IDS, as `botctl serve` does at each start'
complete -c botctl -n "__fish_botctl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -f -a "list" -d 'List pending messages and dead letters, oldest first'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -f -a "retry" -d 'Send dead letters again'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -f -a "drop" -d 'Delete dead letters'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and not __fish_seen_subcommand_from list retry drop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -l chat -d 'Only messages to this chat; groups have negative IDs' -r
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -l limit -d 'Maximum number of messages to list' -r
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -l dead -d 'Only dead letters'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -l pending -d 'Only pending messages'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l all -d 'All dead letters'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l all -d 'All dead letters'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l yes -d 'Skip confirmation'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from drop" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from drop" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from drop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "list" -d 'List pending messages and dead letters, oldest first'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "retry" -d 'Send dead letters again'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "drop" -d 'Delete dead letters'
complete -c botctl -n "__fish_botctl_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -f -a "info" -d 'Show the webhook as Telegram has it'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -f -a "set" -d 'Set the webhook to WEBHOOK_URL'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -f -a "delete" -d 'Delete the webhook, so that updates can be polled'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and not __fish_seen_subcommand_from info set delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from info" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from info" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from info" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from info" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from info" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from set" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from set" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from set" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from delete" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from delete" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from delete" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "info" -d 'Show the webhook as Telegram has it'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "set" -d 'Set the webhook to WEBHOOK_URL'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete the webhook, so that updates can be polled'
complete -c botctl -n "__fish_botctl_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand status" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand status" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand status" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand status" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand status" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand health" -l url -d 'URL of the listener [default: HTTP_LISTEN]' -r
complete -c botctl -n "__fish_botctl_using_subcommand health" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand health" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand health" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand health" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand health" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand config; and not __fish_seen_subcommand_from check show help" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand config; and not __fish_seen_subcommand_from check show help" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand config; and not __fish_seen_subcommand_from check show help" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand config; and not __fish_seen_subcommand_from check show help" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand config; and not __fish_seen_subcommand_from check show help" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand config; and not __fish_seen_subcommand_from check show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand config; and not __fish_seen_subcommand_from check show help" -f -a "check" -d 'Check the configuration and list all problems at once'
complete -c botctl -n "__fish_botctl_using_subcommand config; and not __fish_seen_subcommand_from check show help" -f -a "show" -d 'Show the effective configuration and its sources'
complete -c botctl -n "__fish_botctl_using_subcommand config; and not __fish_seen_subcommand_from check show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from check" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from check" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from check" -l online -d 'Also connect to Telegram, PostgreSQL, Redis and the Sentry host, for a few seconds each'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from show" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from show" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check the configuration and list all problems at once'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the effective configuration and its sources'
complete -c botctl -n "__fish_botctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand completions" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand completions" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand completions" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand completions" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand completions" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and not __fish_seen_subcommand_from tail help" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand logs; and not __fish_seen_subcommand_from tail help" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand logs; and not __fish_seen_subcommand_from tail help" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and not __fish_seen_subcommand_from tail help" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and not __fish_seen_subcommand_from tail help" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and not __fish_seen_subcommand_from tail help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and not __fish_seen_subcommand_from tail help" -f -a "tail" -d 'Print the last lines of the log, oldest first'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and not __fish_seen_subcommand_from tail help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -s n -l lines -d 'Number of lines from the end, or "all" [default: 50; all with --since]' -r
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l level -d 'Only lines of at least this severity' -r -f -a "trace\t''
debug\t''
info\t''
warn\t''
error\t''"
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l grep -d 'Only lines that match this regular expression; start it with (?i) to ignore case' -r
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l since -d 'Only lines since this time: an age (30m, 2h, 1d), 14:00, "2026-11-22 14:00", or RFC 3339' -r
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l until -d 'Only lines up to this time, in the same forms as --since' -r
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l chat -d 'Only lines about this chat: a user\'s Telegram ID, or the ID of a group' -r
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l update -d 'Only lines about this update' -r
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l env-file -d 'Read variables from this file; flags and the environment override it [default: .env if it exists]' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l database-url -d 'Use this database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -s f -l follow -d 'Print new lines as they are written, until Ctrl-C; wait for the log if it does not exist'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -l json -d 'Print the result as JSON'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -s q -l quiet -d 'Suppress progress messages'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -s v -l verbose -d 'Verbose output on stderr'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "tail" -d 'Print the last lines of the log, oldest first'
complete -c botctl -n "__fish_botctl_using_subcommand logs; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "serve" -d 'Run the bot'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "migrate" -d 'Apply, revert and list schema migrations; import other databases'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "backup" -d 'Back up the database; list, verify, restore and prune backups'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "users" -d 'Manage users and roles'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "outbox" -d 'Inspect, retry or drop undelivered messages'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "webhook" -d 'Inspect, set or delete the webhook'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "status" -d 'Show the bot\'s health'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "health" -d 'Ask the running bot whether it is ready'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "config" -d 'Show and check the configuration'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "completions" -d 'Generate shell completion scripts'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "logs" -d 'View logs'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate backup users outbox webhook status health config completions logs help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "up" -d 'Apply pending migrations; create the SQLite file if there is none'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "down" -d 'Revert the last migrations and delete their data'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "new" -d 'Create the files of a migration for both backends, with one timestamp'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "status" -d 'Show applied and pending migrations and checksum mismatches. Changes nothing'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "redo" -d 'Revert the last migration and apply it again, in one transaction'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "repair" -d 'Accept migrations that were changed after they were applied'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "transfer" -d 'Copy everything into another database, SQLite or PostgreSQL'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "adopt" -d 'Adopt a database of the old Python bot'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from backup" -f -a "create" -d 'Create a backup and verify it; the bot can keep running'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from backup" -f -a "list" -d 'List the backups, newest first'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from backup" -f -a "verify" -d 'Verify a backup: its checksum, then a trial restore with all checks'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from backup" -f -a "restore" -d 'Replace the database with a backup'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from backup" -f -a "prune" -d 'Remove old backups, with the reason for each decision'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "list" -d 'List users, oldest first'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "show" -d 'Show a user: roles, master status and number of orders'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "grant" -d 'Grant a role to a user'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "revoke" -d 'Revoke a role from a user'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "sync" -d 'Grant the roles in ADMIN_IDS and DISPATCHER_IDS, as `botctl serve` does at each start'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from outbox" -f -a "list" -d 'List pending messages and dead letters, oldest first'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from outbox" -f -a "retry" -d 'Send dead letters again'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from outbox" -f -a "drop" -d 'Delete dead letters'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "info" -d 'Show the webhook as Telegram has it'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "set" -d 'Set the webhook to WEBHOOK_URL'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "delete" -d 'Delete the webhook, so that updates can be polled'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check the configuration and list all problems at once'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show the effective configuration and its sources'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from logs" -f -a "tail" -d 'Print the last lines of the log, oldest first'
complete --keep-order --exclusive --command botctl --arguments "(BOTCTL_COMPLETE=fish botctl -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
