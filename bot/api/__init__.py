"""The admin API: JSON over HTTP for scripts. The table of operations is in `routes.py`."""
