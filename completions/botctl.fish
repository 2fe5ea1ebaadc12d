# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_botctl_global_optspecs
    string join \n env-file= database-url= h/help V/version
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

complete -c botctl -n "__fish_botctl_needs_command" -l env-file -d 'The file to read variables from' -r -F
complete -c botctl -n "__fish_botctl_needs_command" -l database-url -d 'The database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_needs_command" -s V -l version -d 'Print version'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "serve" -d 'Run the bot'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "migrate" -d 'Bring the database\'s schema up to date, take a step back, or see where it stands'
complete -c botctl -n "__fish_botctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l sandbox-listen -d 'Where the sandbox\'s chat page listens' -r
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l env-file -d 'The file to read variables from' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l database-url -d 'The database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l sandbox -d 'Try it out without a token and without a network'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -l migrate -d 'Apply pending migrations first'
complete -c botctl -n "__fish_botctl_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status help" -l env-file -d 'The file to read variables from' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status help" -l database-url -d 'The database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status help" -f -a "up" -d 'Apply the migrations that are pending; make the SQLite file if there is none'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status help" -f -a "down" -d 'Take back the last migrations, and with them what they store'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status help" -f -a "new" -d 'Write the skeleton of a migration for both backends, with one timestamp'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status help" -f -a "status" -d 'Show which migrations are applied, and when'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and not __fish_seen_subcommand_from up down new status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l env-file -d 'The file to read variables from' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -l database-url -d 'The database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from up" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l env-file -d 'The file to read variables from' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l database-url -d 'The database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -l yes -d 'Do not ask'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from down" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from new" -l env-file -d 'The file to read variables from' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from new" -l database-url -d 'The database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -l env-file -d 'The file to read variables from' -r -F
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -l database-url -d 'The database: a path, sqlite://path or postgres://user@host/name' -r
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -l check -d 'Exit with 3 unless the schema is exactly the one of this program'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "up" -d 'Apply the migrations that are pending; make the SQLite file if there is none'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "down" -d 'Take back the last migrations, and with them what they store'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "new" -d 'Write the skeleton of a migration for both backends, with one timestamp'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show which migrations are applied, and when'
complete -c botctl -n "__fish_botctl_using_subcommand migrate; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate help" -f -a "serve" -d 'Run the bot'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate help" -f -a "migrate" -d 'Bring the database\'s schema up to date, take a step back, or see where it stands'
complete -c botctl -n "__fish_botctl_using_subcommand help; and not __fish_seen_subcommand_from serve migrate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "up" -d 'Apply the migrations that are pending; make the SQLite file if there is none'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "down" -d 'Take back the last migrations, and with them what they store'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "new" -d 'Write the skeleton of a migration for both backends, with one timestamp'
complete -c botctl -n "__fish_botctl_using_subcommand help; and __fish_seen_subcommand_from migrate" -f -a "status" -d 'Show which migrations are applied, and when'
