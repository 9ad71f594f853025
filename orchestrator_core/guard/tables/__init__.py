"""What the guard knows of programs, as data: rules, wrappers, options, paths, languages."""
