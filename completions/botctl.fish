complete --keep-order --exclusive --command botctl --arguments "(BOTCTL_COMPLETE=fish botctl -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
