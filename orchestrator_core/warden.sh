#!/bin/sh
# One path that the SDK can execute and that works from any folder, whatever the interpreter's
# own path looks like: the first line of a script must be short and free of spaces.
exec "${DENREI_WARDEN_PYTHON:-python3}" -I -S "${0%/*}/warden.py" "$@"
